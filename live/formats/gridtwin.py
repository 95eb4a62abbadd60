"""Our own format, `POST /api/fixes`: `{"fixes":[{"lon","lat","at","accuracy","speed","heading","altitude","battery",
"id"?}],"crs"?}`, in metres, metres a second, degrees and 0–1, the time in ISO 8601 or epoch.

A batch as it should be is decoded straight into typed values; one that holds anything else is read with more patience.
"""

from __future__ import annotations

from typing import Any

import msgspec

from gis import crs
from gis.crs import Crs
from gis.errors import BadRequest
from live.fix import Fix, key_of, key_of_place
from live.formats import documents, values

_KNOWN = frozenset({"lon", "lat", "at", "accuracy", "speed", "heading", "altitude", "battery", "id", "mocked"})
_LATEST = 1e14  # the year 5138 in milliseconds
_MOST = values.MOST


class _Sent(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A fix as the format has it."""

    lon: float
    lat: float
    at: int | float | str
    accuracy: float | None = None
    speed: float | None = None
    heading: float | None = None
    altitude: float | None = None
    battery: float | None = None
    id: str | int | None = None
    mocked: bool | None = None


class _Batch(msgspec.Struct, gc=False):
    fixes: list[_Sent]
    crs: Any = None


_decode = msgspec.json.Decoder(_Batch).decode


def read(body: bytes, now: int) -> tuple[list[Fix], Crs | None]:
    """The fixes of a body, and the coordinate system that it names; `now` is µs since 1970.

    Raises BadRequest when the body as a whole can't be understood; a fix that can't be is kept with what it said.
    """
    try:
        typed = _decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return _read_patiently(body, now)
    return [_ordinary(each, now) for each in typed.fixes], _named(typed.crs)


def _read_patiently(body: bytes, now: int) -> tuple[list[Fix], Crs | None]:
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


def _ordinary(sent: _Sent, now: int) -> Fix:
    """The same as `_fix`, of values that have their types already; what `live.formats.values` says of each holds."""
    at, lon, lat, given = sent.at, sent.lon, sent.lat, sent.id
    accuracy, speed, heading, altitude, battery = sent.accuracy, sent.speed, sent.heading, sent.altitude, sent.battery
    if not isinstance(at, str) and 0 <= at < _LATEST:
        moment: int | None = round(at * 1e3 if at >= values.EPOCH_MS_FROM else at * 1e6)
    else:
        moment = now if at == "" else values.moment(at)
    if given is None or given == "":
        key, attributes = key_of_place(lon, lat, {}), None
    else:
        key, attributes = key_of(str(given), lon, lat, {}), {"id": str(given)}
    return Fix(
        moment,
        key,
        lon,
        lat,
        accuracy if accuracy is not None and 0.0 <= accuracy < _MOST else None,
        speed if speed is not None and 0.0 <= speed < _MOST else None,
        heading % 360.0 if heading is not None and 0.0 <= heading < _MOST else None,
        altitude if altitude is not None and -_MOST < altitude < _MOST else None,
        battery if battery is not None and 0.0 <= battery <= 1.0 else None,
        None if at == "" else at,
        attributes,
        sent.mocked is True,
    )


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
