"""The only place that knows coordinate systems: EPSG codes, and the Chinese offsets GCJ-02 and BD-09.

Storage is EPSG:4326. Coordinates are numpy arrays of shape (n, 2) in the order (lon, lat) or (east, north),
degrees or metres. GCJ-02 is what Amap, Tencent and WeChat phones give; BD-09 is Baidu's, on top of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from pyproj.exceptions import CRSError

Coordinates = NDArray[np.float64]

STORAGE = "EPSG:4326"
GCJ02 = "GCJ-02"
BD09 = "BD-09"

# the constants of the published GCJ-02 formula: Krasovsky 1940, and its eccentricity squared
_A = 6378245.0
_EE = 0.006693421622965823
# where the formula applies: the box of China that all implementations share
_WEST, _EAST, _SOUTH, _NORTH = 72.004, 137.8347, 0.8293, 55.8271
_ITERATIONS = 12  # the inverse gains about three decimals a round; 1e-12 degrees are reached after five
_EXACT = 1e-12  # degrees

_OFFSETS = {
    "GCJ02": GCJ02, "GCJ": GCJ02, "AMAP": GCJ02, "火星": GCJ02, "火星坐标": GCJ02, "高德": GCJ02,
    "BD09": BD09, "BD09LL": BD09, "BAIDU": BD09, "百度": BD09, "百度坐标": BD09,
}  # fmt: skip
_NAMED = {"WGS84": 4326, "CGCS2000": 4490}
# what a file says whose coordinates are offset: no program but ours knows it, and none takes it for WGS 84
_OFFSET_WKT = (
    'GEOGCS["{name}",DATUM["{name}",SPHEROID["WGS 84",6378137,298.257223563]],'
    'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]]'
)


class UnknownCrs(ValueError):
    """A name of a coordinate system that can't be understood; the message is one line."""


@dataclass(frozen=True)
class Crs:
    """A coordinate system by its name: `EPSG:4548`, `GCJ-02`, `BD-09`, or a WKT without a code."""

    name: str
    definition: str

    @property
    def is_offset(self) -> bool:
        """Whether it is GCJ-02 or BD-09."""
        return self.name in (GCJ02, BD09)

    @property
    def is_storage(self) -> bool:
        """Whether nothing has to be done: 4326, or 4490, which equals it to a few centimetres."""
        return self.name in (STORAGE, "EPSG:4490", "OGC:CRS84")

    @property
    def is_degrees(self) -> bool:
        """Whether its coordinates are degrees."""
        return self.is_offset or _proj(self.definition).is_geographic

    @property
    def title(self) -> str:
        """Its name with what it means in words."""
        if self.is_offset:
            return self.name
        words = _proj(self.definition).name
        return self.name if words == self.name else f"{self.name} ({words})"


def parse(text: str) -> Crs:
    """The coordinate system that a text names: an EPSG code, GCJ-02, BD-09, WGS84, CGCS2000, PROJ or WKT text.

    Raises UnknownCrs.
    """
    short = re.sub(r"[\s_-]", "", text).upper()
    if short in _OFFSETS:
        return Crs(_OFFSETS[short], _OFFSETS[short])
    if short in _NAMED:
        return Crs(f"EPSG:{_NAMED[short]}", f"EPSG:{_NAMED[short]}")
    if short.isdigit():
        text = f"EPSG:{short}"
    try:
        found = _proj(text)
    except CRSError as unknown:
        raise UnknownCrs(f"{text[:80]!r} is no coordinate system that PROJ knows") from unknown
    offset = re.sub(r"^(GCS_)?|[\s_-]", "", found.name).upper()
    if offset in _OFFSETS and found.is_geographic:
        return Crs(_OFFSETS[offset], _OFFSETS[offset])
    authority = found.to_authority(min_confidence=100)
    if authority is None and found.is_bound and found.source_crs is not None:
        authority = found.source_crs.to_authority(min_confidence=100)
    if authority is None:
        return Crs(found.name or "unnamed", found.to_wkt())
    name = ":".join(authority)
    return Crs(name, name)


def definition(crs: Crs) -> str:
    """What a file is to say of its coordinate system: a code, or WKT; `parse` understands it again."""
    return _OFFSET_WKT.format(name=crs.name) if crs.is_offset else crs.definition


@lru_cache(maxsize=256)
def _proj(definition: str) -> pyproj.CRS:
    return pyproj.CRS.from_user_input(definition)


@lru_cache(maxsize=64)
def _transformer(source: str, target: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(_proj(source), _proj(target), always_xy=True)


def area_of_use(crs: Crs) -> tuple[float, float, float, float] | None:
    """West, south, east and north of where a projected system is meant to be used, in degrees; else None."""
    if crs.is_offset or crs.is_degrees:
        return None
    area = _proj(crs.definition).area_of_use
    return None if area is None else (area.west, area.south, area.east, area.north)


def to_storage(coordinates: Coordinates, crs: Crs) -> Coordinates:
    """Coordinates of a system as (lon, lat) in EPSG:4326; what can't be converted becomes infinite."""
    if crs.is_storage:
        return coordinates
    if crs.name == GCJ02:
        return gcj02_to_wgs84(coordinates)
    if crs.name == BD09:
        return bd09_to_wgs84(coordinates)
    return _projected(coordinates, crs.definition, STORAGE)


def from_storage(coordinates: Coordinates, crs: Crs) -> Coordinates:
    """(lon, lat) in EPSG:4326 as coordinates of another system."""
    if crs.is_storage:
        return coordinates
    if crs.name == GCJ02:
        return wgs84_to_gcj02(coordinates)
    if crs.name == BD09:
        return wgs84_to_bd09(coordinates)
    return _projected(coordinates, STORAGE, crs.definition)


def _projected(coordinates: Coordinates, source: str, target: str) -> Coordinates:
    east, north = _transformer(source, target).transform(coordinates[:, 0], coordinates[:, 1])
    return np.column_stack((east, north))


def transform_shapes(shapes: Any, crs: Crs, change: Callable[[Coordinates, Crs], Coordinates]) -> Any:
    """An array of shapely geometries with every vertex changed by `to_storage` or `from_storage`, in 2D."""
    if crs.is_storage:
        return shapely.force_2d(shapes)
    return shapely.transform(shapes, lambda xy: change(xy, crs))


def _inside_china(lon: Coordinates, lat: Coordinates) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = (lon >= _WEST) & (lon <= _EAST) & (lat >= _SOUTH) & (lat <= _NORTH)
    return inside


def _offset(lon: Coordinates, lat: Coordinates) -> tuple[Coordinates, Coordinates]:
    """How far GCJ-02 shifts a place, in degrees of longitude and latitude: the published polynomial."""
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    wave = 20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)
    d_lat = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    d_lat = d_lat + wave * 2.0 / 3.0
    d_lat = d_lat + (20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y / 3.0 * np.pi)) * 2.0 / 3.0
    d_lat = d_lat + (160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)) * 2.0 / 3.0
    d_lon = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    d_lon = d_lon + wave * 2.0 / 3.0
    d_lon = d_lon + (20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x / 3.0 * np.pi)) * 2.0 / 3.0
    d_lon = d_lon + (150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)) * 2.0 / 3.0
    latitude = np.radians(lat)
    magic = 1.0 - _EE * np.sin(latitude) ** 2
    d_lat = d_lat * 180.0 / ((_A * (1.0 - _EE)) / (magic * np.sqrt(magic)) * np.pi)
    d_lon = d_lon * 180.0 / (_A / np.sqrt(magic) * np.cos(latitude) * np.pi)
    return d_lon, d_lat


def wgs84_to_gcj02(coordinates: Coordinates) -> Coordinates:
    """WGS 84 → GCJ-02; the identity outside China."""
    with np.errstate(invalid="ignore"):
        lon, lat = coordinates[:, 0], coordinates[:, 1]
        d_lon, d_lat = _offset(lon, lat)
        inside = _inside_china(lon, lat)
        return np.column_stack((np.where(inside, lon + d_lon, lon), np.where(inside, lat + d_lat, lat)))


def gcj02_to_wgs84(coordinates: Coordinates) -> Coordinates:
    """GCJ-02 → WGS 84 by fixed-point iteration, as there is no closed form; the identity outside China."""
    with np.errstate(invalid="ignore"):
        lon, lat = coordinates[:, 0], coordinates[:, 1]
        inside = _inside_china(lon, lat)
        guess_lon, guess_lat = lon.copy(), lat.copy()
        for _ in range(_ITERATIONS):
            d_lon, d_lat = _offset(guess_lon, guess_lat)
            next_lon, next_lat = lon - d_lon, lat - d_lat
            step = np.maximum(np.abs(next_lon - guess_lon), np.abs(next_lat - guess_lat))[inside]
            guess_lon, guess_lat = next_lon, next_lat
            if not step.size or float(np.nanmax(step, initial=0.0)) < _EXACT:
                break
        return np.column_stack((np.where(inside, guess_lon, lon), np.where(inside, guess_lat, lat)))


_X_PI = np.pi * 3000.0 / 180.0


def gcj02_to_bd09(coordinates: Coordinates) -> Coordinates:
    """GCJ-02 → BD-09, the published formula; the identity outside China."""
    with np.errstate(invalid="ignore"):
        inside = _inside_china(coordinates[:, 0], coordinates[:, 1])
        return np.where(inside[:, None], _bd09_unbounded(coordinates), coordinates)


def bd09_to_gcj02(coordinates: Coordinates) -> Coordinates:
    """BD-09 → GCJ-02: the published approximate inverse (good to a decimetre), then iterated until exact."""
    with np.errstate(invalid="ignore"):
        lon, lat = coordinates[:, 0], coordinates[:, 1]
        inside = _inside_china(lon, lat)
        guess = np.column_stack((lon - 0.0065, lat - 0.006))
        for _ in range(_ITERATIONS):
            error = _bd09_unbounded(guess) - coordinates
            guess = guess - error
            if float(np.nanmax(np.abs(error[inside]), initial=0.0)) < _EXACT:
                break
        return np.where(inside[:, None], guess, coordinates)


def _bd09_unbounded(coordinates: Coordinates) -> Coordinates:
    lon, lat = coordinates[:, 0], coordinates[:, 1]
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _X_PI)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _X_PI)
    return np.column_stack((radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006))


def wgs84_to_bd09(coordinates: Coordinates) -> Coordinates:
    """WGS 84 → BD-09; the identity outside China."""
    return gcj02_to_bd09(wgs84_to_gcj02(coordinates))


def bd09_to_wgs84(coordinates: Coordinates) -> Coordinates:
    """BD-09 → WGS 84; the identity outside China."""
    return gcj02_to_wgs84(bd09_to_gcj02(coordinates))
