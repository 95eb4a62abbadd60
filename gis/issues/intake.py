"""Intake: a report is stored as it came, sorted, placed, and given its deadlines, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from gis.access.accounts import Account
from gis.access.roles import Role
from gis.db import Row
from gis.errors import BadRequest, NotFound, Taken
from gis.issues import callers, deadlines, places
from gis.issues.learned import Learned
from gis.issues.sorting import SURE, Sorted, Sorter
from gis.issues.transitions import State
from gis.issues.urgency import denies, is_urgent
from gis.issues.visible import predicate, require_hand
from gis.messages import Both
from gis.service import Service

SOURCES = ("网格员", "12345", "居民", "视频", "传感器", "上级")
OUTSIDE = Both("位置不在您的辖区内", "the place lies outside your area")
_CANDIDATES = 3
_SAID = 0.95
_AHEAD = timedelta(days=1)
_FIRST_YEAR, _LAST_YEAR = 2000, 2100

_ORDER = """
SELECT i.id, i.client_id, {seen} AS seen FROM issue i JOIN issue_class c ON c.code = i.class
WHERE i.order_number = %(order)s
"""
_INSERT = (Path(__file__).parent / "intake.sql").read_text("utf-8")


@dataclass(frozen=True)
class Report:
    """What somebody reports; the place in degrees, EPSG:4326. `result`: it was solved on the spot (即报即处)."""

    text: str
    lon: float
    lat: float
    at: datetime | None = None
    source: str | None = None
    code: str | None = None
    client_id: str | None = None
    result: str | None = None
    order_number: str | None = None
    caller_name: str | None = None
    caller_phone: str | None = None


async def receive(service: Service, learned: Learned, account: Account, report: Report) -> tuple[int, bool]:
    """Stores a report; returns (id, whether it is new). The same client id again gives the issue that it made.

    Raises NotAllowed for who only looks, BadRequest for a place, time, source or class that can't be, Taken for a work
    order that has another issue.
    """
    require_hand(account)
    if report.client_id is not None:
        known = await _known(service, account, report.client_id)
        if known is not None:
            return known, False
    values = await prepared(service, learned, account, report)
    async with service.database.transaction() as connection:
        number = await store(connection, service, account, report, values)
    if number is not None:
        return number, True
    if report.order_number is not None:
        await _require_new_order(service, account, report)
    known = await _known(service, account, report.client_id or "")
    if known is None:
        raise NotFound(what=Both("事件", "issue"))
    return known, False


def moment(service: Service, at: datetime | None) -> datetime:
    """When something was reported: what was said, at the latest now. Raises BadRequest for what can't be."""
    now = service.clock.now()
    if at is None:
        return now
    check_year("at", at)
    if at > now + _AHEAD:
        why = Both("时间在将来一天以后，请核对手机或电脑的时钟", "it lies more than a day ahead: see to the clock")
        raise BadRequest(what="at", why=why)
    return min(at.astimezone(UTC), now)


def check_year(name: str, at: datetime | date) -> None:
    """Raises BadRequest for moments and days that no issue has."""
    if not _FIRST_YEAR <= at.year < _LAST_YEAR:
        why = Both(f"须在 {_FIRST_YEAR} 年至 {_LAST_YEAR} 年之间", f"it lies between {_FIRST_YEAR} and {_LAST_YEAR}")
        raise BadRequest(what=name, why=why)


async def prepared(service: Service, learned: Learned, account: Account, report: Report) -> dict[str, Any]:
    """The columns of a report's issue: sorted, placed, with its deadlines. Raises BadRequest."""
    database, now = service.database, service.clock.now()
    at = moment(service, report.at)
    spot = await places.locate(database, report.lon, report.lat)
    _require_within(account, spot)
    classes = await enabled(service)
    if report.code is not None and report.code not in classes:
        raise BadRequest(what="class", why=no_class(report.code))
    sorter = await learned.sorter()
    ranked = ranks(sorter, report.text, classes)
    best = Sorted(report.code, 1.0) if report.code else _likeliest(ranked, classes)
    own_class = classes.get(best.code)
    sure = best.confidence >= SURE
    source = report.source or ("12345" if report.order_number else "网格员" if account.role is Role.WORKER else "居民")
    if source not in SOURCES:
        raise BadRequest(what="source", why=Both(f"请用 {'、'.join(SOURCES)}", f"use one of {', '.join(SOURCES)}"))
    state = State.CHECK if report.result else State.OPEN
    steps = ("check",) if report.result else ("answer", "arrive", "handle", "plan")
    values: dict[str, Any] = {
        "client_id": report.client_id,
        "order_number": report.order_number,
        "text": report.text,
        "source": source,
        "class": best.code,
        "confidence": best.confidence,
        "candidates": Jsonb(_candidates(best, ranked)),
        "words": sorter.words(report.text, best.code),
        "state": state.value,
        "urgent": bool(sure and own_class and own_class["urgent"]) or is_urgent(report.text),
        "at": at,
        "now": now,
        "reporter": account.number,
        "phone": account.worker,
        "worker_id": spot.get("worker_id"),
        "unit": own_class["unit"] if own_class else "",
        "grid_id": spot.get("grid_id"),
        "building_id": spot.get("building_id"),
        "address_id": spot.get("address_id"),
        "place": spot.get("address") or spot.get("building") or spot.get("grid"),
        "result": report.result,
        "dispatched": now if spot.get("worker_id") else None,
        "handled": now if report.result else None,
        "in_time": True if report.result else None,
        "area_id": spot.get("area_id"),
        "lon": report.lon,
        "lat": report.lat,
    }
    limits = await database.all(deadlines.LIMITS, {"area": spot.get("area_id")})
    values["deadlines"] = Jsonb(deadlines.of_class(limits, best.code, steps, at, service.settings.zone))
    return values


async def store(
    connection: AsyncConnection[Any], service: Service, account: Account, report: Report, values: dict[str, Any]
) -> int | None:
    """Writes a prepared report in a transaction; None when its client id or work order is there already."""
    row = await (await connection.execute(_INSERT, values)).fetchone()
    if row is None:
        return None
    await connection.execute(
        "INSERT INTO issue_event (issue_id, action, to_state, actor_id, actor, at, note)"
        " VALUES (%s, 'report', %s, %s, %s, %s, %s)",
        (row["id"], values["state"], account.number, account.display_name, values["now"], report.result or ""),
    )
    if report.caller_name or report.caller_phone:
        await callers.keep(connection, service, row["id"], report.caller_name, report.caller_phone)
    return int(row["id"])


def no_class(code: str) -> Both:
    """Why a class can't be used."""
    return Both(f"没有类别 {code}", f"there is no class {code!r}")


def ranks(sorter: Sorter, text: str, classes: Mapping[str, Row]) -> list[Sorted]:
    """The classes of a text, likeliest first. What says that there is no danger ("没有着火") is of no urgent class,
    unless people have said so of this very text."""
    ranked = sorter.sort(text, allowed=classes.keys())
    if not ranked or ranked[0].confidence >= _SAID or not denies(text):
        return ranked
    return [one for one in ranked if not classes[one.code]["urgent"]] or ranked


def _likeliest(ranked: Sequence[Sorted], classes: Mapping[str, Row]) -> Sorted:
    """The class of a text: the likeliest. Where that is uncertain no restricted one, which would hide the issue from
    those who could say better; unless the restricted ones together are likely enough."""
    if not ranked:
        return Sorted("0199", 0.0)
    best = ranked[0]
    hidden = sum(one.confidence for one in ranked if classes[one.code]["restricted"])
    if best.confidence >= SURE or hidden >= SURE:
        return best
    return next((one for one in ranked if not classes[one.code]["restricted"]), best)


async def _require_new_order(service: Service, account: Account, report: Report) -> None:
    """Raises Taken when another issue bears the work order's number, and names it to those who see it."""
    seen, values = predicate(account)
    row = await service.database.one(_ORDER.format(seen=seen), {**values, "order": report.order_number})
    if row is not None and (report.client_id is None or row["client_id"] != report.client_id):
        what = Both(f"工单号 {report.order_number}", f"work order {report.order_number}")
        raise Taken(what=what, issue=row["id"] if row["seen"] else None)


async def _known(service: Service, account: Account, client_id: str) -> int | None:
    """The issue that this account made with this id; BadRequest when somebody else used it."""
    row = await service.database.one(
        "SELECT id, reporter_id, reported_by FROM issue WHERE client_id = %s", (client_id,)
    )
    if row is None:
        return None
    if (row["reporter_id"], row["reported_by"]) != (account.number, account.worker):
        raise BadRequest(what="id", why=Both("已被其他上报人使用", "it was used by another reporter"))
    return int(row["id"])


def _require_within(account: Account, spot: Row) -> None:
    visible = account.scope.visible
    if visible is not None and spot.get("area_id") not in visible:
        raise BadRequest(what="lon, lat", why=OUTSIDE)


def _candidates(best: Sorted, ranked: Sequence[Sorted]) -> list[dict[str, Any]]:
    """The likeliest classes, the chosen one first."""
    others = [one for one in ranked if one.code != best.code]
    return [{"class": one.code, "confidence": one.confidence} for one in (best, *others)[:_CANDIDATES]]


async def enabled(service: Service) -> dict[str, Row]:
    """Code -> class, for those that may be used."""
    rows = await service.database.all(
        "SELECT code, group_code, name_zh, name_en, unit, restricted, urgent FROM issue_class"
        " WHERE enabled ORDER BY code"
    )
    return {row["code"]: row for row in rows}
