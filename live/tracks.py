"""A track as GeoJSON and as GPX 1.1."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote
from xml.sax.saxutils import escape

import msgspec
import numpy as np
from numpy.typing import NDArray

from live.history import Track, mileage_m, stops
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


def _times(at: NDArray[np.int64]) -> list[str]:
    """µs since 1970 in ISO 8601, UTC, as `iso` writes them."""
    written = np.datetime_as_string(at.astype("datetime64[us]"), unit="us").tolist()
    return [f"{text[:19]}Z" if text.endswith(".000000") else f"{text}Z" for text in written]


def _numbers(values: NDArray[np.float32], digits: int) -> list[str]:
    return ["null" if value != value else repr(value) for value in values.astype(np.float64).round(digits).tolist()]


def geojson(member: Member, since: datetime, until: datetime, rows: Track) -> bytes:
    """A FeatureCollection of one point a fix: (lon, lat) in EPSG:4326 with 7 decimals, the rest in its properties."""
    flags = {bits: msgspec.json.encode(flags_of(bits)).decode() for bits in np.unique(rows["flags"]).tolist()}
    columns = zip(
        rows["lon"].tolist(),
        rows["lat"].tolist(),
        _times(rows["at"]),
        _numbers(rows["accuracy"], 2),
        _numbers(rows["speed"], 3),
        _numbers(rows["heading"], 2),
        _numbers(rows["altitude"], 2),
        _numbers(rows["battery"], 4),
        rows["flags"].tolist(),
        strict=True,
    )
    features = ",".join(
        f'{{"type":"Feature","geometry":{{"type":"Point","coordinates":[{lon:.7f},{lat:.7f}]}},"properties":{{"at":"{at}",'
        f'"accuracy":{accuracy},"speed":{speed},"heading":{heading},"altitude":{altitude},"battery":{battery},'
        f'"flags":{flags[bits]}}}}}'
        for lon, lat, at, accuracy, speed, heading, altitude, battery, bits in columns
    )
    told = {
        "type": "FeatureCollection",
        "worker": member.id,
        "from": iso(since),
        "to": iso(until),
        "mileage_m": round(mileage_m(rows), 1),
        "stops": [
            {
                "lon": round(stop.lon, 7),
                "lat": round(stop.lat, 7),
                "since": _times(np.array([stop.since]))[0],
                "until": _times(np.array([stop.until]))[0],
            }
            for stop in stops(rows)
        ],
    }
    return b"".join((msgspec.json.encode(told)[:-1], b',"features":[', features.encode(), b"]}"))


def gpx(name: str, rows: Track) -> str:
    """GPX 1.1 with one track segment."""
    points = "\n".join(
        f'      <trkpt lat="{lat:.7f}" lon="{lon:.7f}">'
        + (f"<ele>{altitude:.1f}</ele>" if altitude == altitude else "")
        + f"<time>{at}</time></trkpt>"
        for lon, lat, altitude, at in zip(
            rows["lon"].tolist(), rows["lat"].tolist(), rows["altitude"].tolist(), _times(rows["at"]), strict=True
        )
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<gpx version="1.1" creator="gridtwin" xmlns="http://www.topografix.com/GPX/1/1">\n'
        f"  <trk>\n    <name>{escape(name)}</name>\n    <trkseg>\n{points}\n    </trkseg>\n  </trk>\n</gpx>\n"
    )


def quoted(text: str) -> str:
    """A name for Content-Disposition."""
    return quote(text, safe="")
