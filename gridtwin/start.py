"""`gridtwin up` and `gridtwin serve`: from an empty folder to a service that answers."""

from __future__ import annotations

import contextlib
import secrets
import time

import psycopg
from rich.console import Console

from gis import migrations
from gis.settings import Settings
from gridtwin import local
from gridtwin import serve as server
from gridtwin.app import create_app
from gridtwin.demo import accounts as demo_accounts
from gridtwin.demo import load as demo_load


def up(settings: Settings, *, demo: bool, progress: Console) -> None:
    """Starts the database, migrates it, loads the demo if asked to, and serves until it is interrupted."""
    began = time.monotonic()
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
                entrances = {secrets.token_urlsafe(12): account.username for account in demo_accounts.NAMED}
            progress.print(f"• Ready after {time.monotonic() - began:.1f} s", markup=False)
            _announce(settings, entrances, password, progress)
            with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C is how it is meant to end
                server.run(create_app(settings, dsn, entrances=entrances), settings, listener)
            progress.print("• Stopping …", markup=False)


def serve(settings: Settings, *, progress: Console) -> None:
    """Serves a migrated database; raises SchemaBehind or UnknownSchema when it is not."""
    with (
        server.terminated_like_interrupted(),
        local.server_lock(settings),
        server.listen(settings) as listener,
        local.database(settings) as dsn,
    ):
        with psycopg.connect(dsn, autocommit=True) as connection:
            migrations.require_head(connection)
        _announce(settings, {}, "", progress)
        with contextlib.suppress(KeyboardInterrupt):
            server.run(create_app(settings, dsn), settings, listener)


def _password() -> str:
    return secrets.token_urlsafe(9)


def _announce(settings: Settings, entrances: dict[str, str], password: str, progress: Console) -> None:
    """What a visitor needs to know, last on the screen."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    url = f"http://{host}:{settings.port}"
    progress.print(f"\n  gridtwin  {url}\n", markup=False)
    if entrances:
        says = {account.username: account for account in demo_accounts.NAMED}
        progress.print("  示范数据 · demo data. One click signs you in:", markup=False)
        for token, username in entrances.items():
            account = says[username]
            progress.print(f"    {username:<11} {url}/enter?token={token}   {account.says_zh} · {account.says_en}",
                           markup=False, soft_wrap=True)  # fmt: skip
        progress.print(f"    worker1 … worker96 and all above: password {password}", markup=False)
    if settings.host not in ("127.0.0.1", "::1", "localhost"):
        progress.print(
            f"  Warning: {settings.host} can be reached from other machines, without encryption.", markup=False
        )
    progress.print("\n  Ctrl-C stops everything.\n", markup=False)
