"""`gridtwin up` and `gridtwin serve`: from an empty folder to a service that answers."""

from __future__ import annotations

import contextlib
import io
import secrets
import time
from datetime import UTC, datetime

import psycopg
import segno
from rich.console import Console
from starlette.types import ASGIApp

from gis import migrations
from gis.settings import Settings
from gridtwin import local, tls
from gridtwin import serve as server
from gridtwin.app import create_app
from gridtwin.demo import accounts as demo_accounts
from gridtwin.demo import issues as demo_issues
from gridtwin.demo import load as demo_load
from gridtwin.demo import past, phones
from gridtwin.tls import Tls

WALKING = 90  # worker91 … worker96 don't walk by themselves


def up(settings: Settings, *, demo: bool, progress: Console) -> None:
    """Starts the database, migrates it, loads the demo if asked to, and serves until it is interrupted."""
    began = time.monotonic()
    secured = tls.of(settings)
    with server.terminated_like_interrupted(), local.server_lock(settings), server.listen(settings) as listener:
        where = "GRIDTWIN_DATABASE_URL" if settings.database_url else str(settings.data_dir)
        progress.print(f"• Database ({where}) …", markup=False)
        with local.database(settings) as dsn:
            before, after = migrations.upgrade(dsn)
            if before != after:
                progress.print(f"• Schema {before or 'empty'} → {after}", markup=False)
            entrances: dict[str, str] = {}
            password = ""
            if demo:
                password = settings.demo_password.get_secret_value() if settings.demo_password else _password()
                demo_load.ensure(dsn, settings, progress=progress)
                with psycopg.connect(dsn, autocommit=True) as connection:
                    demo_accounts.make(connection, password)
                    made = demo_issues.ensure(connection, settings, datetime.now(UTC))
                    if made:
                        progress.print(f"• issues of the last 30 days: {made:,}, made up and marked so", markup=False)
                entrances = {secrets.token_urlsafe(12): account.username for account in demo_accounts.NAMED}
            progress.print(f"• Ready after {time.monotonic() - began:.1f} s", markup=False)
            _announce(settings, secured, entrances, password, progress)
            here = address(settings, secured)
            walking = phones.walking(dsn, here, workers=WALKING) if demo else contextlib.nullcontext()
            remembering = past.filling(dsn) if demo else contextlib.nullcontext()
            with walking, remembering, contextlib.suppress(KeyboardInterrupt):  # Ctrl-C is how it is meant to end
                server.run(_app(settings, dsn, secured, entrances), settings, listener, secured)
            progress.print("• Stopping …", markup=False)


def serve(settings: Settings, *, progress: Console) -> None:
    """Serves a migrated database; raises SchemaBehind or UnknownSchema when it is not."""
    secured = tls.of(settings)
    with (
        server.terminated_like_interrupted(),
        local.server_lock(settings),
        server.listen(settings) as listener,
        local.database(settings) as dsn,
    ):
        with psycopg.connect(dsn, autocommit=True) as connection:
            migrations.require_head(connection)
        _announce(settings, secured, {}, "", progress)
        with contextlib.suppress(KeyboardInterrupt):
            server.run(_app(settings, dsn, secured, {}), settings, listener, secured)


def address(settings: Settings, secured: Tls | None) -> str:
    """Where programs on this machine reach the service."""
    scheme = "https" if secured else "http"
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - replaced
    return f"{scheme}://[{host}]:{settings.port}" if ":" in host else f"{scheme}://{host}:{settings.port}"


def _password() -> str:
    return secrets.token_urlsafe(9)


def _app(settings: Settings, dsn: str, secured: Tls | None, entrances: dict[str, str]) -> ASGIApp:
    authority = secured.authority.read_bytes() if secured and secured.authority else None
    return create_app(settings, dsn, entrances=entrances, authority=authority)


def _announce(
    settings: Settings, secured: Tls | None, entrances: dict[str, str], password: str, progress: Console
) -> None:
    """What a visitor needs to know, last on the screen."""
    reached = tls.addresses(settings, secured=secured is not None)
    url = reached[0]
    progress.print(f"\n  gridtwin  {'  '.join(reached)}\n", markup=False, soft_wrap=True)
    if settings.host not in ("127.0.0.1", "::1", "localhost") and secured is not None:
        drawn = io.StringIO()
        segno.make(f"{url}/phone", error="m", micro=False).terminal(drawn, compact=True)
        progress.print(drawn.getvalue(), markup=False)
        if secured.authority:
            progress.print(f"  On a phone, trust this service first: {url}/ca.crt", markup=False, soft_wrap=True)
    if entrances:
        says = {account.username: account for account in demo_accounts.NAMED}
        progress.print("  示范数据 · demo data. One click signs you in:", markup=False)
        for token, username in entrances.items():
            account = says[username]
            progress.print(f"    {username:<11} {url}/enter?token={token}   {account.says_zh} · {account.says_en}",
                           markup=False, soft_wrap=True)  # fmt: skip
        progress.print("    一刻钟导览从 admin 的链接开始 · admin’s link has a guided quarter of an hour", markup=False)
        progress.print(f"    worker1 … worker96 and all above: password {password}", markup=False)
    if settings.host not in ("127.0.0.1", "::1", "localhost") and secured is None:
        progress.print(
            f"  Warning: {settings.host} can be reached from other machines, without encryption.", markup=False
        )
    progress.print("\n  Ctrl-C stops everything.\n", markup=False)
