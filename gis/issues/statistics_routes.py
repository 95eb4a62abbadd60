"""What issues tell, over HTTP: JSON for panels, CSV for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import PlainTextResponse

from gis.access.http import SignedIn
from gis.errors import BadRequest
from gis.issues import statistics
from gis.issues.intake import check_year
from gis.issues.showing import photos_allowed
from gis.messages import Both
from gis.service import Here

router = APIRouter(tags=["issues"])
_OR_CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}
Area = Annotated[str | None, Query(description="code of an area, with all below it")]
From = Annotated[date | None, Query(alias="from", description="first day; 29 days before `to` unless said")]
To = Annotated[date | None, Query(description="last day, today unless said")]
Format = Annotated[str, Query(pattern="^(json|csv)$")]


def sheet(heads: Sequence[str], rows: Iterable[Sequence[Any]], name: str) -> Response:
    """A CSV file that spreadsheets open with its Chinese intact; what looks like a formula is made a text."""
    written = io.StringIO()
    writing = csv.writer(written)
    writing.writerow(heads)
    for row in rows:
        writing.writerow(
            [f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t\r" and cell else cell for cell in row]
        )
    disposition = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return PlainTextResponse("\ufeff" + written.getvalue(), media_type="text/csv", headers=disposition)


def _require_order(first: date | None, last: date | None) -> None:
    for name, day in (("from", first), ("to", last)):
        if day:
            check_year(name, day)
    if first and last and (first > last or (last - first).days > 3660):
        why = Both("from 须早于 to，且相差不超过十年", "from is the earlier day, at most ten years before to")
        raise BadRequest(what="from, to", why=why)


@router.get(
    "/api/issues/statistics",
    summary="What issues tell",
    response_model=None,
    responses=_OR_CSV,
)
async def get_statistics(
    account: SignedIn,
    here: Here,
    area: Area = None,
    first: From = None,
    to: To = None,
    format: Format = "json",  # noqa: A002 - the parameter's name
) -> Response | dict[str, Any]:
    """States, rates, classes, sources, hours, levels, areas, days, the trend against last week, and the latest photos.

    Counts hold restricted classes too; `latest` only what the account may see. `format=csv` gives the counts as rows of
    (facet, key, n, closed).
    """
    _require_order(first, to)
    told = await statistics.statistics(here, account, area, first, to)
    if not await photos_allowed(here, account):
        told["latest"] = []
    if format == "json":
        return told
    rows: list[Sequence[Any]] = [("state", key, n, "") for key, n in told["states"].items()]
    rows += [("class", one["class"], one["n"], one["closed"]) for one in told["classes"]]
    rows += [("source", key, n, "") for key, n in told["sources"].items()]
    rows += [("hour", hour, n, "") for hour, n in enumerate(told["hours"])]
    rows += [("level", key, "", n) for key, n in told["levels"].items()]
    rows += [("area", one["area"], one["n"], one["closed"]) for one in told["areas"]]
    rows += [("day", one["day"], one["reported"], one["closed"]) for one in told["days"]]
    rows += [("rate", key, value, "") for key, value in told["rates"].items()]
    return sheet(("facet", "key", "n", "closed"), rows, "issues-statistics")


@router.get(
    "/api/issues/recurring",
    summary="Places where the same is reported again and again",
    response_model=None,
    responses=_OR_CSV,
)
async def get_recurring(
    account: SignedIn,
    here: Here,
    area: Area = None,
    first: From = None,
    to: To = None,
    least: Annotated[int, Query(ge=2, le=1000)] = 3,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    format: Format = "json",  # noqa: A002 - the parameter's name
) -> Response | dict[str, Any]:
    """Buildings, and stretches of 50 m where there is none, at which one class was reported at least `least` times."""
    _require_order(first, to)
    rows = await statistics.recurring(here, account, area, first, to, least, limit)
    if format == "json":
        return {"places": rows}
    heads = ("place", "class", "name_zh", "n", "open", "latest", "lon", "lat")
    return sheet(heads, ([row[head] for head in heads] for row in rows), "issues-recurring")


@router.get("/api/issues/hotspots", summary="Hot spots in space and time", response_model=None, responses=_OR_CSV)
async def get_hot_spots(
    account: SignedIn,
    here: Here,
    area: Area = None,
    first: From = None,
    to: To = None,
    class_: Annotated[str | None, Query(alias="class", pattern=r"^\d{2}(\d{2})?$")] = None,
    side: Annotated[float, Query(ge=50, le=5000, description="side of a cell, metres")] = 250,
    format: Format = "json",  # noqa: A002 - the parameter's name
) -> Response | dict[str, Any]:
    """`cells` that are hot (Gi*, q at most 0.1) and `clusters` of the last days (Kulldorff's scan, p at most 0.05).

    The formulas stand in docs/issues.md. Only issues that the account may see count.
    """
    _require_order(first, to)
    if first and to and (to - first).days > 366:
        raise BadRequest(what="from, to", why=Both("最多一年", "at most a year"))
    told = await statistics.hot_spots(here, account, area, first, to, class_, side)
    if format == "json":
        return told
    rows = [("cell", one["lon"], one["lat"], one["n"], one["z"], one["p"], one["q"], "", "") for one in told["cells"]]
    rows += [
        ("cluster", one["lon"], one["lat"], one["n"], "", one["p"], "", one["radius_m"], one["from"])
        for one in told["clusters"]
    ]
    return sheet(("kind", "lon", "lat", "n", "z", "p", "q", "radius_m", "from"), rows, "issues-hotspots")
