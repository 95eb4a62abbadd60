"""One place in the coordinate systems that people here use, and a place read from what somebody typed."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import numpy as np

from gis import crs
from gis.crs_candidates import candidates
from gis.errors import BadRequest
from gis.messages import Both

SHOWN = ("EPSG:4326", "EPSG:4490", "EPSG:4548", crs.GCJ02)
"""The systems of the readout, in its order."""

_DMS = re.compile(
    r"(?P<before>[NSEW东西南北])?(?P<deg>\d{1,3}(?:\.\d+)?)[°度d]"
    r"(?:(?P<min>\d{1,2}(?:\.\d+)?)['′分m])?(?:(?P<sec>\d{1,2}(?:\.\d+)?)(?:\"|″|''|′′|秒|s))?(?P<after>[NSEW东西南北])?",
    re.I,
)
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
_NAME = re.compile(
    r"^\s*(?P<name>EPSG[:：]?\s*\d{4,5}|(?:WGS|GCJ|BD|CGCS)[-_ ]?\d{2,4}|高德|百度|火星(?:坐标)?)\s*[:：,;\s]", re.I
)
_EAST, _WEST, _NORTH, _SOUTH = "E东", "W西", "N北", "S南"


@dataclass(frozen=True)
class Position:
    """A place in one system: easting and northing in metres, or longitude and latitude in degrees, as numbers.

    `usable` says whether the system is meant for that place.
    """

    crs: str
    title: str
    x: float
    y: float
    degrees: bool
    usable: bool


@dataclass(frozen=True)
class Reading:
    """What typed numbers may mean: a place (lon, lat) in 4326, the system in which it was read, and why."""

    crs: str
    swapped: bool
    reason: Both
    lon: float
    lat: float


def everywhere(lon: float, lat: float) -> list[Position]:
    """The place (degrees, EPSG:4326) in every system of the readout; one that has no such place is left out."""
    found = []
    for name in SHOWN:
        system = crs.parse(name)
        x, y = (float(value) for value in crs.from_storage(np.array([[lon, lat]], dtype=np.float64), system)[0])
        if not (np.isfinite(x) and np.isfinite(y)):
            continue
        area = crs.area_of_use(system)
        usable = area is None or (area[0] <= lon <= area[2] and area[1] <= lat <= area[3])
        digits = 7 if system.is_degrees else 3
        found.append(Position(system.name, system.title, round(x, digits), round(y, digits), system.is_degrees, usable))
    return found


def read(text: str) -> list[Reading]:
    """What two numbers may mean, likeliest first; nothing when the text isn't a pair of coordinates.

    A system may be named before them (`4548 594785, 4080873`); degrees may have minutes, seconds and hemispheres.
    Raises BadRequest when the named system isn't one.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    named = _NAME.match(plain)
    rest = plain[named.end() :] if named else plain
    if not named and len(_NUMBER.findall(plain)) == 3:
        first, _, after = plain.partition(" ")
        if re.fullmatch(r"\d{4,5}:?", first):
            named_text, rest = first.rstrip(":"), after
            return _in_named(named_text, rest)
    if named:
        return _in_named(named["name"], rest)
    pair = _pair(rest)
    if pair is None:
        return []
    found, swapped = pair
    if swapped is not None:  # hemispheres say which is which
        return _degrees_readings(found)
    return [
        Reading(one.crs.name, one.swapped, Both(one.reason_zh, one.reason_en), one.lon, one.lat)
        for one in candidates(np.array([found], dtype=np.float64))
    ]


def _in_named(name: str, rest: str) -> list[Reading]:
    pair = _pair(rest)
    if pair is None:
        return []
    try:
        system = crs.parse(name)
    except crs.UnknownCrs as unknown:
        raise BadRequest(what="q", why=Both("没有这个坐标系", str(unknown))) from unknown
    (x, y), _ = pair
    words = Both("按所写的坐标系", "in the system that was named")
    readings = []
    for swapped, place in ((False, (x, y)), (True, (y, x))):
        lon, lat = (float(v) for v in crs.to_storage(np.array([place], dtype=np.float64), system)[0])
        if np.isfinite(lon) and np.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90:
            readings.append(Reading(system.name, swapped, words, lon, lat))
    # (lon, lat) is the rule; latitude first only when the rule gives no place, or for surveyors' north before east
    if not system.is_degrees and not system.is_offset:
        readings.sort(key=lambda one: one.swapped != (x > y and x < 1e7))
    return readings[:1]


def _degrees_readings(place: tuple[float, float]) -> list[Reading]:
    lon, lat = place
    if abs(lon) > 180 or abs(lat) > 90:
        return []
    return [
        Reading(one.crs.name, False, Both(one.reason_zh, one.reason_en), one.lon, one.lat)
        for one in candidates(np.array([place], dtype=np.float64))
        if not one.swapped
    ]


def _pair(text: str) -> tuple[tuple[float, float], bool | None] | None:
    """Two numbers as (x, y); the second value says whether hemispheres told the order (None: they didn't)."""
    parts = list(_DMS.finditer(text.upper()))
    if len(parts) == 2:
        values = [_angle(part) for part in parts]
        sides = [(part["before"] or part["after"] or "").upper() for part in parts]
        if all(sides):
            signed = [-v if side in _WEST + _SOUTH else v for v, side in zip(values, sides, strict=True)]
            if sides[0] in _EAST + _WEST and sides[1] in _NORTH + _SOUTH:
                return (signed[0], signed[1]), False
            if sides[0] in _NORTH + _SOUTH and sides[1] in _EAST + _WEST:
                return (signed[1], signed[0]), True
            return None
        return (values[0], values[1]), None
    if not re.fullmatch(r"[\s(\[]*[-+]?\d+(?:\.\d+)?[\s]*[,;\s/][\s]*[-+]?\d+(?:\.\d+)?[\s)\]]*", text):
        return None
    x, y = (float(number) for number in _NUMBER.findall(text))
    return (x, y), None


def _angle(part: re.Match[str]) -> float:
    return float(part["deg"]) + float(part["min"] or 0) / 60 + float(part["sec"] or 0) / 3600
