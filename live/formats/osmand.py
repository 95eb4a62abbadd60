"""Traccar Client and OsmAnd: parameters in the query or a form body (speed in knots, battery in %), the JSON location
form (metres a second, 0–1), and a JSON array of either as a batch.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from gis.errors import BadRequest
from live.fix import Fix
from live.formats import documents, values

_FLAT = frozenset(
    {"id", "deviceid", "device_id", "timestamp", "lat", "lon", "location", "speed", "bearing", "heading", "altitude",
     "accuracy", "batt", "mock"}
)  # fmt: skip
_NESTED = frozenset({"timestamp", "coords", "battery", "mock", "uuid"})


def read(query: bytes, content_type: str, body: bytes, now: int) -> tuple[str, list[Fix]]:
    """The device's id and its fixes; a heartbeat is a fix without coordinates. `now` is µs since 1970.

    Raises BadRequest without an id, with more than one, or when a JSON body can't be understood.
    """
    shared: dict[str, Any] = dict(_pairs(query))
    if body.strip() and (body.lstrip()[:1] in (b"{", b"[") or "json" in content_type):
        said = _json(body)
    else:
        said = [{**shared, **dict(_pairs(body))}]
    ids = {str(found) for each in said if (found := _id(each)) is not None}
    if not ids and (found := _id(shared)) is not None:
        ids = {str(found)}
    if len(ids) != 1:
        raise BadRequest(what="id", why="name the device" if not ids else "one request is from one device")
    return ids.pop(), [_fix(place, now) for each in said for place in _places(each)]


def _pairs(text: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=200)
    except ValueError as broken:
        raise BadRequest(what="body", why=str(broken)) from broken


def _json(body: bytes) -> list[dict[str, Any]]:
    said = documents.decode(body)
    said = said if isinstance(said, list) else [said]
    return [each if isinstance(each, dict) else {"timestamp": "?", "sent": each} for each in said]


def _id(each: dict[str, Any]) -> object:
    for name in ("id", "deviceid", "device_id"):
        if each.get(name) not in (None, ""):
            return each[name]
    return None


def _places(each: dict[str, Any]) -> list[dict[str, Any]]:
    """The locations that one object holds: itself, or one, or a list of them under `location`."""
    inside = each.get("location")
    if isinstance(inside, list):
        return [place for place in inside if isinstance(place, dict)]
    return [inside] if isinstance(inside, dict) else [each]


def _fix(place: dict[str, Any], now: int) -> Fix:
    return _nested(place, now) if isinstance(place.get("coords"), dict) else _flat(place, now)


def _flat(said: dict[str, Any], now: int) -> Fix:
    """The parameters of the query and form, wherever they stand."""
    lat, lon = said.get("lat"), said.get("lon")
    pair = str(said.get("location") or "").split(",")
    if lat is None and lon is None and len(pair) == 2:
        lat, lon = pair
    rest = {name: value for name, value in said.items() if name not in _FLAT}
    return values.fix(
        time=said.get("timestamp"),
        now=now,
        lon=lon,
        lat=lat,
        accuracy=values.measure(said.get("accuracy")),
        speed=values.measure(said.get("speed"), values.KNOT),
        heading=values.direction(said.get("bearing", said.get("heading"))),
        altitude=values.height(said.get("altitude")),
        battery=values.share(said.get("batt"), 100),
        mocked=values.yes(said.get("mock")),
        rest=rest,
    )


def _nested(said: dict[str, Any], now: int) -> Fix:
    """The JSON location form."""
    coords, battery = said["coords"], said.get("battery")
    battery = battery if isinstance(battery, dict) else {"level": battery}
    rest = {name: value for name, value in said.items() if name not in _NESTED and value not in ({}, None)}
    if "is_charging" in battery:
        rest["charge"] = battery["is_charging"]
    return values.fix(
        time=said.get("timestamp"),
        now=now,
        lon=coords.get("longitude"),
        lat=coords.get("latitude"),
        source_id=said.get("uuid"),
        accuracy=values.measure(coords.get("accuracy")),
        speed=values.measure(coords.get("speed")),
        heading=values.direction(coords.get("heading")),
        altitude=values.height(coords.get("altitude")),
        battery=values.share(battery.get("level")),
        mocked=values.yes(said.get("mock")),
        rest=rest,
    )
