"""Issues as they are told to somebody, and the parameters that several routes read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gis.access.accounts import Account
from gis.db import Row
from gis.errors import BadRequest, NotFound
from gis.issues import callers, listing, places
from gis.issues.intake import check_year
from gis.issues.shapes import Alike, WholeIssue
from gis.issues.sorting import SURE
from gis.issues.transitions import State
from gis.issues.visible import reported
from gis.messages import Both
from gis.service import Service
from gis.walls import scenes

_BOX = Both("请用 西,南,东,北（度，小者在前）", "use west,south,east,north in degrees, the smaller ones first")


def clean(text: str | None) -> str | None:
    """A short text without null characters and blanks around it; None for nothing."""
    return (text or "").replace("\x00", "").strip() or None


async def photos_allowed(here: Service, account: Account) -> bool:
    """Whether who asks is shown photos: a wall only where its scene allows."""
    return await scenes.shows_photos(here.database, account, here.clock.now().astimezone(here.settings.zone).time())


def shown(row: Row, account: Account, *, photos: bool = True) -> dict[str, Any]:
    """An issue's row as it is told to somebody."""
    number = row["id"]
    return {
        **row,
        "at": row["reported_at"],
        "unsure": row["confidence"] < SURE,
        "suspended": row["paused"] is not None,
        "mine": reported(account, row),
        "building": row["building_id"],
        "address": row["address_id"],
        "worker": row["worker_id"],
        "lon": round(row["lon"], 7),
        "lat": round(row["lat"], 7),
        "photos": [f"/api/issues/{number}/photos/{photo}" for photo in row["photos"]] if photos else [],
    }


async def left(here: Service, account: Account, number: int) -> WholeIssue:
    """An issue after a step of this account: as `whole`, or as it was left where the step took it out of sight."""
    try:
        return await whole(here, account, number)
    except NotFound:
        row = await listing.one(here.database, account, number, left=True)
    shows = {**shown(row, account, photos=False), "pictures": [], "caller": None, "history": [], "alike": []}
    return WholeIssue(**shows)


async def whole(here: Service, account: Account, number: int) -> WholeIssue:
    """An issue with its history and what may be done; raises NotFound."""
    row = await listing.one(here.database, account, number)
    alike = await places.alike(here.database, account, row) if row["state"] != State.CLOSED else []
    photos = await photos_allowed(here, account)
    if not photos:
        alike = [{**one, "photo": None} for one in alike]
    pictures = [{**one, "photo": f"/api/issues/{number}/photos/{one['id']}"} for one in row["pictures"] if photos]
    history = await places.history(here.database, account, row)
    caller = await callers.masked(here, account, number) if row["order_number"] or row["source"] == "12345" else None
    return WholeIssue(
        **{**shown(row, account, photos=photos), "pictures": pictures, "caller": caller, "history": history},
        alike=[Alike(**one) for one in alike],
    )


def states(text: str | None) -> list[str] | None:
    """States joined by commas; raises BadRequest."""
    if not text:
        return None
    states = [part.strip() for part in text.split(",")]
    if unknown := [part for part in states if part not in set(State)]:
        why = Both(f"没有状态 {unknown[0]}，请用 {'、'.join(State)}", f"{unknown[0]!r} is none of {', '.join(State)}")
        raise BadRequest(what="state", why=why)
    return states


def zoned(name: str, at: datetime | None, here: Service) -> datetime | None:
    """A moment; without an offset it is one of the service's zone. Raises BadRequest for one that no issue has."""
    if at is None:
        return None
    check_year(name, at)
    return at.replace(tzinfo=here.settings.zone) if at.tzinfo is None else at


def box(text: str | None) -> tuple[float, float, float, float] | None:
    """west,south,east,north in degrees; raises BadRequest."""
    if text is None:
        return None
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError as wrong:
        raise BadRequest(what="bbox", why=_BOX) from wrong
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise BadRequest(what="bbox", why=_BOX)
    return west, south, east, north
