"""Overland: batches of GeoJSON points; metres a second, battery 0–1, −1 means unknown."""

from __future__ import annotations

from typing import Any

from gis.errors import BadRequest
from live.fix import Fix
from live.formats import documents, values

ANSWER = b'{"result":"ok"}'  # anything else, and the app sends the batch again
_KNOWN = frozenset({"timestamp", "speed", "course", "horizontal_accuracy", "altitude", "battery_level", "unique_id"})


def read(body: bytes, now: int) -> list[Fix]:
    """The fixes of a body; log entries and features without a geometry are none. Raises BadRequest."""
    said = documents.decode(body)
    locations = said.get("locations") if isinstance(said, dict) else None
    if not isinstance(locations, list):
        raise BadRequest(what="locations", why='the body is {"locations": [GeoJSON features]}')
    found = (_fix(each, now) for each in locations if isinstance(each, dict))
    return [fix for fix in found if fix is not None]


def _fix(feature: dict[str, Any], now: int) -> Fix | None:
    geometry, said = feature.get("geometry"), feature.get("properties")
    if not isinstance(geometry, dict) or geometry.get("type") != "Point":
        return None
    said = said if isinstance(said, dict) else {}
    place = geometry.get("coordinates")
    place = place if isinstance(place, list) and len(place) >= 2 else [None, None]
    return values.fix(
        time=said.get("timestamp"),
        now=now,
        lon=place[0],
        lat=place[1],
        accuracy=values.measure(said.get("horizontal_accuracy")),
        speed=values.measure(said.get("speed")),
        heading=values.direction(said.get("course")),
        altitude=values.height(said.get("altitude", place[2] if len(place) > 2 else None)),
        battery=values.share(said.get("battery_level")),
        rest={name: value for name, value in said.items() if name not in _KNOWN},
    )
