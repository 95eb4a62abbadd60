"""Our own format, `POST /api/fixes`: `{"fixes":[{"lon","lat","at","accuracy","speed","heading","altitude","battery",
"id"?}],"crs"?}`, in metres, metres a second, degrees and 0–1, the time in ISO 8601 or epoch.
"""

from __future__ import annotations

from typing import Any

from gis import crs
from gis.crs import Crs
from gis.errors import BadRequest
from live.fix import Fix
from live.formats import documents, values

_KNOWN = frozenset({"lon", "lat", "at", "accuracy", "speed", "heading", "altitude", "battery", "id", "mocked"})


def read(body: bytes, now: int) -> tuple[list[Fix], Crs | None]:
    """The fixes of a body, and the coordinate system that it names; `now` is µs since 1970.

    Raises BadRequest when the body as a whole can't be understood; a fix that can't be is kept with what it said.
    """
    batch = documents.decode(body)
    fixes = batch.get("fixes") if isinstance(batch, dict) else None
    if not isinstance(fixes, list):
        raise BadRequest(what="fixes", why='the body is {"fixes": [{"lon": …, "lat": …, "at": …}]}')
    return [_fix(each, now) for each in fixes], _named(batch.get("crs"))


def _named(name: object) -> Crs | None:
    if name is None:
        return None
    try:
        return crs.parse(str(name))
    except crs.UnknownCrs as unknown:
        raise BadRequest(what="crs", why=str(unknown)) from unknown


def _fix(each: object, now: int) -> Fix:
    if not isinstance(each, dict):
        return values.fix(time="?", now=now, lon=None, lat=None, rest={"sent": each})
    rest: dict[str, Any] | None = {name: value for name, value in each.items() if name not in _KNOWN}
    get = each.get
    return values.fix(
        time=get("at"),
        now=now,
        lon=get("lon"),
        lat=get("lat"),
        source_id=get("id"),
        accuracy=values.measure(get("accuracy")),
        speed=values.measure(get("speed")),
        heading=values.direction(get("heading")),
        altitude=values.height(get("altitude")),
        battery=values.share(get("battery")),
        mocked=values.yes(get("mocked")),
        rest=rest,
    )
