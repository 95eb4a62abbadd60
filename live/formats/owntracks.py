"""OwnTracks over HTTP: one JSON object a request; velocity in km/h, battery in %, `tst` in seconds."""

from __future__ import annotations

from live.fix import Fix
from live.formats import documents, values

ANSWER = b"[]"  # the app expects an array of messages for it; we have none
_KNOWN = frozenset({"_type", "tst", "lat", "lon", "acc", "alt", "batt", "vel", "cog", "_id"})


def read(body: bytes, now: int) -> list[Fix]:
    """The fixes of a body: one of a `location`, none of any other message or of an empty body.

    Raises BadRequest when it is no JSON.
    """
    if not body.strip():
        return []
    said = documents.decode(body)
    messages = said if isinstance(said, list) else [said]
    return [_fix(each, now) for each in messages if isinstance(each, dict) and each.get("_type") == "location"]


def _fix(said: dict[str, object], now: int) -> Fix:
    return values.fix(
        time=said.get("tst"),
        now=now,
        lon=said.get("lon"),
        lat=said.get("lat"),
        accuracy=values.measure(said.get("acc")),
        speed=values.measure(said.get("vel"), values.KMH),
        heading=values.direction(said.get("cog")),
        altitude=values.height(said.get("alt")),
        battery=values.share(said.get("batt"), 100),
        rest={name: value for name, value in said.items() if name not in _KNOWN},
    )
