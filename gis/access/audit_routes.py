"""The audit over HTTP: for the auditor alone, as JSON and as CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from gis.access import audit, audit_reading
from gis.access.audit_reading import Filter
from gis.access.http import SignedIn
from gis.access.roles import Permission
from gis.clock import moment
from gis.errors import BadRequest
from gis.messages import Both
from gis.service import Here

router = APIRouter(tags=["audit"])

_COLUMNS = ("seq", "at", "actor", "role", "action", "thing", "thing_id", "outcome", "areas", "address", "request",
            "detail", "hash")  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class AuditRow(BaseModel):
    """An act: who did what to which thing from where; `areas` are codes, `hash` chains it to the row before."""

    seq: int
    at: datetime
    actor: str
    role: str | None
    action: str
    thing: str
    thing_id: str
    outcome: str
    areas: list[str]
    address: str
    request: str
    detail: dict[str, Any]
    hash: str


class AuditPage(BaseModel):
    """Rows, newest first; `next` is the `before` of the page that follows, null on the last."""

    rows: list[AuditRow]
    next: int | None


def _filter(
    here: Here,
    actor: Annotated[str | None, Query(max_length=200)] = None,
    action: Annotated[str | None, Query(max_length=100, description="`account.add`, or `account` for all")] = None,
    thing: Annotated[str | None, Query(max_length=100)] = None,
    thing_id: Annotated[str | None, Query(max_length=200)] = None,
    outcome: Literal["done", "refused"] | None = None,
    since: Annotated[str | None, Query(max_length=40, description="A day or moment, inclusive")] = None,
    until: Annotated[str | None, Query(max_length=40, description="A day (inclusive) or moment")] = None,
) -> Filter:
    zone = here.settings.zone

    def when(name: str, text: str | None, *, begins: bool) -> datetime | None:
        if text is None:
            return None
        try:
            if begins and len(text) == 10:
                return moment(f"{text}T00:00:00", zone)
            return moment(text, zone)
        except (ValueError, OverflowError) as unreadable:
            why = Both("请写成 2026-05-01 或 ISO 8601 时间", "a day is written 2026-05-01, a moment in ISO 8601")
            raise BadRequest(what=name, why=why) from unreadable

    begin, end = when("since", since, begins=True), when("until", until, begins=False)
    return Filter(actor, action, thing, thing_id, outcome, begin, end)


Wanted = Annotated[Filter, Depends(_filter)]


@router.get("/api/audit", summary="The audit")
async def read_audit(
    account: SignedIn,
    here: Here,
    wanted: Wanted,
    before: Annotated[int | None, Query(ge=1, le=2**63 - 1, description="Rows before this `seq`")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> AuditPage:
    """Acts within the auditor's areas, newest first; whoever sees all areas reads every act."""
    account.require(Permission.AUDIT)
    found = await audit_reading.rows(here.database, account, wanted, before=before, limit=limit)
    following = found[-1]["seq"] if len(found) == limit else None
    return AuditPage(rows=[AuditRow(**row) for row in found], next=following)


@router.get(
    "/api/audit.csv",
    summary="The audit as CSV",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def export_audit(account: SignedIn, here: Here, wanted: Wanted, request: Request) -> StreamingResponse:
    """All acts that the filter lets through, as CSV for spreadsheets; the export is itself recorded."""
    account.require(Permission.AUDIT)
    async with here.database.transaction() as connection:
        asked = {name: value for name, value in vars(wanted).items() if value is not None}
        by = audit.who(request.scope, account)
        await audit.record(connection, here.clock.now(), by, "audit.export", "audit", detail=asked)

    async def lines() -> AsyncIterator[str]:
        yield "\ufeff" + _line(_COLUMNS)  # the mark that makes spreadsheets read UTF-8
        async for row in audit_reading.all_rows(here.database, account, wanted):
            yield _line([_cell(row[name]) for name in _COLUMNS])

    headers = {"Content-Disposition": 'attachment; filename="audit.csv"', "Cache-Control": "no-store"}
    return StreamingResponse(lines(), media_type="text/csv; charset=utf-8", headers=headers)


def _cell(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list):
        return " ".join(map(str, value))
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text  # a cell is never a formula


def _line(cells: tuple[str, ...] | list[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()
