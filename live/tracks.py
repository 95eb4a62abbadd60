"""A track as GeoJSON and as GPX 1.1."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

import msgspec

from live.history import mileage_m, stops
from live.judging import Flag
from live.roster import Member

GPX = "application/gpx+xml"
_NAMES = [(int(flag), str(flag.name).lower()) for flag in Flag]


def flags_of(bits: int) -> list[str]:
    """The names of a fix's flags."""
    return [name for bit, name in _NAMES if bits & bit]


def iso(at: datetime) -> str:
    """A moment in ISO 8601, UTC."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def geojson(member: Member, since: datetime, until: datetime, rows: list[dict[str, Any]]) -> bytes:
    """A FeatureCollection of one point a fix: (lon, lat) in EPSG:4326 with 7 decimals, the rest in its properties."""
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [round(row["lon"], 7), round(row["lat"], 7)]},
            "properties": {
                "at": iso(row["at"]),
                "accuracy": row["accuracy"],
                "speed": row["speed"],
                "heading": row["heading"],
                "altitude": row["altitude"],
                "battery": row["battery"],
                "flags": flags_of(row["flags"]),
            },
        }
        for row in rows
    ]
    return msgspec.json.encode(
        {
            "type": "FeatureCollection",
            "worker": member.id,
            "from": iso(since),
            "to": iso(until),
            "mileage_m": round(mileage_m(rows), 1),
            "stops": [
                {
                    "lon": round(stop.lon, 7),
                    "lat": round(stop.lat, 7),
                    "since": iso(stop.since),
                    "until": iso(stop.until),
                }
                for stop in stops(rows)
            ],
            "features": features,
        }
    )


def gpx(name: str, rows: list[dict[str, Any]]) -> str:
    """GPX 1.1 with one track segment."""
    points = "\n".join(
        f'      <trkpt lat="{row["lat"]:.7f}" lon="{row["lon"]:.7f}">'
        + (f"<ele>{row['altitude']:.1f}</ele>" if row["altitude"] is not None else "")
        + f"<time>{iso(row['at'])}</time></trkpt>"
        for row in rows
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<gpx version="1.1" creator="gridtwin" xmlns="http://www.topografix.com/GPX/1/1">\n'
        f"  <trk>\n    <name>{escape(name)}</name>\n    <trkseg>\n{points}\n    </trkseg>\n  </trk>\n</gpx>\n"
    )


def quoted(text: str) -> str:
    """A name for Content-Disposition."""
    return quote(text, safe="")
