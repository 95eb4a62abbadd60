"""Issues as CSV over HTTP: out, and in."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response, UploadFile

from gis.access.http import SignedIn
from gis.errors import NotAllowed
from gis.issues import listing, sheets
from gis.issues.learned import learned_of
from gis.issues.showing import states, zoned
from gis.issues.statistics_routes import sheet
from gis.issues.transitions import DESK
from gis.issues.who import Dealing
from gis.messages import Both
from gis.service import Here

router = APIRouter(tags=["issues"])


@router.get("/api/issues/export", summary="Issues as CSV", response_class=Response)
async def export_issues(
    account: Dealing,
    here: Here,
    state: Annotated[str | None, Query(description="states joined by commas")] = None,
    class_: Annotated[str | None, Query(alias="class", description="a class, or the two digits of a group")] = None,
    area: Annotated[str | None, Query(description="code of an area, with all below it")] = None,
    since: Annotated[datetime | None, Query(description="reported at or after")] = None,
    limit: Annotated[int, Query(ge=1, le=50_000)] = 10_000,
) -> Response:
    """The issues that the account sees, newest first; without callers."""
    rows = await listing.listing(
        here.database, account, states=states(state), code=class_, area=area, since=zoned("since", since, here),
        bbox=None, before=None, limit=limit,
    )  # fmt: skip
    named = ({**row, "worker": row["worker_name"]} for row in rows)
    return sheet(sheets.HEADS, ([row[head] for head in sheets.HEADS] for row in named), "issues")


@router.post("/api/issues/import", summary="Issues from CSV", responses={422: {}})
async def import_issues(file: UploadFile, account: SignedIn, here: Here, response: Response) -> dict[str, Any]:
    """Reports every row of a CSV file (UTF-8 or GBK), or says what is wrong in which row (422) and stores nothing."""
    if account.role not in DESK:
        raise NotAllowed(what=Both("批量导入事件", "import issues"))
    told = await sheets.take_in(here, learned_of(here), account, await file.read())
    response.status_code = 422 if told["findings"] else 200
    return told
