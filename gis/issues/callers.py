"""Callers of the hotline (12345): name and telephone encrypted at rest, masked on screen, each reading in the audit.

The key lies in the data folder (`callers.key`), not in the database: a copy of the database alone tells no number.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import structlog
from cryptography.fernet import Fernet, InvalidToken
from psycopg import AsyncConnection

from gis.access import audit
from gis.access.accounts import Account
from gis.access.audit import Who
from gis.errors import NotAllowed, NotFound
from gis.issues.transitions import DESK
from gis.messages import Both
from gis.service import Service

log = structlog.get_logger("issues.callers")
_READ = Both("查看来电人信息", "read who called")


def key_of(folder: Path) -> Fernet:
    """This installation's key, made at first use; only its user may read it."""
    file = folder / "callers.key"
    try:
        return Fernet(file.read_bytes())
    except FileNotFoundError:
        folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f"callers.key.{os.getpid()}"
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as writing:
        writing.write(Fernet.generate_key())
        writing.flush()
        os.fsync(writing.fileno())
    try:
        os.link(fresh, file)  # whoever is first makes the key
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    return Fernet(file.read_bytes())


async def keep(
    connection: AsyncConnection[Any], service: Service, issue_id: int, name: str | None, phone: str | None
) -> None:
    """Stores who called about an issue."""
    key = key_of(service.settings.data_dir)
    hidden = [key.encrypt(text.encode()) if text else None for text in (name, phone)]
    await connection.execute(
        "INSERT INTO issue_caller (issue_id, name, phone) VALUES (%s, %s, %s)", (issue_id, *hidden)
    )


async def _plain(service: Service, issue_id: int) -> tuple[str | None, str | None] | None:
    row = await service.database.one("SELECT name, phone FROM issue_caller WHERE issue_id = %s", (issue_id,))
    if row is None:
        return None
    key = key_of(service.settings.data_dir)
    try:
        name, phone = (key.decrypt(bytes(row[part])).decode() if row[part] else None for part in ("name", "phone"))
    except InvalidToken:
        log.error("callers.key is another one than the callers were encrypted with")
        return "?", "?"
    return name, phone


def mask(name: str | None, phone: str | None) -> dict[str, str | None]:
    """The first character of the name, and the telephone without its middle."""
    hidden = None
    if phone:
        keep_first, keep_last = (3, 4) if len(phone) >= 10 else (1, 1)
        hidden = phone[:keep_first] + "*" * max(1, len(phone) - keep_first - keep_last) + phone[-keep_last:]
    return {"name": name[:1] + "*" * max(1, len(name) - 1) if name else None, "phone": hidden}


async def masked(service: Service, account: Account, issue_id: int) -> dict[str, str | None] | None:
    """Who called, masked, for the desk; None for everybody else and where nobody called."""
    if account.role not in DESK or account.worker is not None:
        return None
    found = await _plain(service, issue_id)
    return mask(*found) if found else None


async def read(service: Service, account: Account, by: Who, issue_id: int, reason: str) -> dict[str, str | None]:
    """Who called, in full, for the desk; the reading is recorded first. Raises NotAllowed, NotFound."""
    if account.role not in DESK or account.worker is not None:
        raise NotAllowed(what=_READ)
    found = await _plain(service, issue_id)
    if found is None:
        raise NotFound(what=Both(f"事件 {issue_id} 的来电人", f"caller of issue {issue_id}"))
    now = service.clock.now()
    async with service.database.transaction() as connection:
        row = await (await connection.execute("SELECT area_id FROM issue WHERE id = %s", (issue_id,))).fetchone()
        areas = [row["area_id"]] if row and row["area_id"] is not None else None
        await audit.record(
            connection, now, by, "issue.caller.read", "issue", issue_id, areas=areas, detail={"reason": reason}
        )
    return {"name": found[0], "phone": found[1]}
