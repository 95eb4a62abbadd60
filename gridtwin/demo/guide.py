"""The guided quarter of an hour (评估导览): what an evaluator does next, ticked when the service has really seen it.

Only the demo has it. It leads through pages in several roles, so its links are given to whoever may take every role
anyhow: the demo's administrator, and the browser in which the administrator opened it (a cookie of its own, because
each link signs the browser in as somebody else).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel

from gis.access import enrolment
from gis.access.audit import who
from gis.access.http import SignedIn
from gis.access.scope import EVERYWHERE
from gis.db import Database
from gis.errors import NotFound
from gis.service import Here, Service

router = APIRouter(tags=["demo"])

COOKIE = "gridtwin_guide"
WORKER = "worker91"
"""Whose phone it is: one who doesn't walk by themselves."""
_HERE = Path(__file__).parent
_SEEN = (_HERE / "guide.sql").read_text(encoding="utf-8")
_FREE = (_HERE / "guide_places.sql").read_text(encoding="utf-8")
_PLACE = """
SELECT ST_X(p) AS lon, ST_Y(p) AS lat, area FROM (
  SELECT ST_PointOnSurface(b.geom) AS p, a.code AS area, b.id FROM worker w
  JOIN grid_in_force f ON f.id = w.grid_id JOIN grid g ON g.id = f.id AND g.plan_id = f.plan_id
  JOIN area a ON a.id = g.area_id JOIN building b ON ST_Covers(g.geom, ST_PointOnSurface(b.geom)) WHERE w.id = %s
  ORDER BY ST_Distance(b.geom, ST_Centroid(g.geom)), b.id LIMIT 1) found
"""
_MADE = "SELECT count(*) AS n FROM building WHERE code LIKE 'GUIDE-%%'"
_BUILDINGS, _APART = 3, 0.0008
_EAST, _NORTH = 0.00018, 0.00006  # half of 32 m by 14 m, in degrees at the demo's latitude

STEPS = ("report", "wall", "dispatch", "handle", "archive", "import", "change", "replay")


class GuideStep(BaseModel):
    """A step; `seen_at` is when the service saw it done, `link` opens its page in its role, `file` is what it needs."""

    step: str
    seen_at: datetime | None
    link: str
    role: str
    file: str | None = None


class Guide(BaseModel):
    """The steps in their order; `now` is the service's clock: what an evaluator who begins now gives as `since`."""

    now: datetime
    since: datetime
    issue: int | None
    steps: list[GuideStep]


def _key(here: Service) -> str | None:
    """The administrator's one-click token; None outside the demo."""
    return next((token for token, username in here.entrances.items() if username == "admin"), None)


def _let_in(here: Service, request: Request, username: str) -> str:
    key = _key(here)
    if key is None or (username != "admin" and request.cookies.get(COOKIE) != key):
        raise NotFound(what="guide")
    return key


@router.get("/api/demo/guide", summary="The guided quarter of an hour (demo)")
async def get_guide(
    account: SignedIn,
    here: Here,
    request: Request,
    response: Response,
    since: Annotated[datetime | None, Query(description="When the evaluator began; now unless said")] = None,
) -> Guide:
    """Each step with a link that opens its page in its role, and when the service saw it done; only in the demo."""
    key = _let_in(here, request, account.username)
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, key, httponly=True, samesite="lax", secure=secure, path="/")
    now = here.clock.now()
    begun = since if since is not None and since.tzinfo else now
    today = now.astimezone(here.settings.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    seen = await here.database.one(_SEEN, {"since": begun, "today": today}) or {}
    yesterday = (today - timedelta(hours=12)).date().isoformat()
    desk = f"/desk?issue={seen['issue']}" if seen.get("issue") else "/desk"
    place = await here.database.one(_PLACE, (WORKER,))
    around = f"/wall#at=area:{place['area']}" if place else "/wall"
    pages = {
        "report": ("", "/api/demo/guide/phone", "worker"),
        "wall": ("command", around, "command"),
        "dispatch": ("dispatcher", desk, "dispatcher"),
        "handle": ("", "/phone", "worker"),
        "archive": ("dispatcher", desk, "dispatcher"),
        "import": ("planner", "/planner", "planner"),
        "change": ("command", around, "command"),
        "replay": ("command", f"{around}{'&' if '#' in around else '#'}replay={yesterday}", "command"),
    }
    steps = [
        GuideStep(
            step=step,
            seen_at=seen.get(step),
            link=_entrance(here, pages[step][0], pages[step][1]),
            role=pages[step][2],
            file="/api/demo/guide/buildings.geojson" if step == "import" else None,
        )
        for step in STEPS
    ]
    return Guide(now=now, since=begun, issue=seen.get("issue"), steps=steps)


@router.get("/api/demo/guide/phone", status_code=303, summary="A phone for the guide (demo)")
async def get_phone(account: SignedIn, here: Here, request: Request) -> RedirectResponse:
    """Leads to the phone's page with a code that makes this browser the guide's phone, at a place within its grid."""
    _let_in(here, request, account.username)
    by = who(request.scope, account)
    code, _ = await enrolment.make(here.database, here.clock, EVERYWHERE, WORKER, hours=1, by=by)
    place = await here.database.one(_PLACE, (WORKER,))
    at = f"&at={place['lon']:.6f},{place['lat']:.6f}" if place else ""
    return RedirectResponse(f"/phone#code={quote(code)}{at}", status_code=303, headers={"Cache-Control": "no-store"})


@router.get("/api/demo/guide/buildings.geojson", summary="A file to import (demo)", response_class=Response)
async def get_buildings(account: SignedIn, here: Here, request: Request) -> Response:
    """Three buildings on free ground of the guide's grid; each time three more."""
    _let_in(here, request, account.username)
    features = await _new_buildings(here.database)
    collection = {"type": "FeatureCollection", "name": "guide", "features": features}
    headers = {"Content-Disposition": 'attachment; filename="guide-buildings.geojson"', "Cache-Control": "no-store"}
    return Response(json.dumps(collection, ensure_ascii=False), media_type="application/geo+json", headers=headers)


def _entrance(here: Service, username: str, page: str) -> str:
    """A link that signs in first, where somebody has to be signed in."""
    token = next((token for token, name in here.entrances.items() if name == username), None)
    return page if not username or token is None else f"/enter?token={quote(token)}&to={quote(page, safe='')}"


async def _new_buildings(database: Database) -> list[dict[str, Any]]:
    made = await database.one(_MADE)
    first = (made["n"] if made else 0) + 1
    rows = await database.all(_FREE, {"worker": WORKER})
    places = _apart([(row["lon"], row["lat"]) for row in rows])
    return [_building(number, lon, lat) for number, (lon, lat) in enumerate(places, start=first)]


def _building(number: int, lon: float, lat: float) -> dict[str, Any]:
    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)]
    ring = [[round(lon + x * _EAST, 7), round(lat + y * _NORTH, 7)] for x, y in corners]
    name = f"导览新楼{number}号"
    return {
        "type": "Feature",
        "properties": {"code": f"GUIDE-{number}", "name": name, "use": "residential", "levels": 18, "height": 54},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def _apart(places: list[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """The first few (lon, lat) that lie so far apart that their buildings don't touch."""
    taken: list[tuple[float, float]] = []
    for place in places:
        if all(math.dist(place, other) > _APART for other in taken):
            taken.append(place)
            yield place
        if len(taken) == _BUILDINGS:
            return
