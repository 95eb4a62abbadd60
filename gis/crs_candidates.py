"""Which coordinate systems the numbers of a file without one could be in: candidates with reasons, never a choice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gis import crs as systems
from gis.crs import Coordinates, Crs

# CGCS2000 / Gauss-Kruger: the EPSG code of the first zone of each series, and the central meridians (EPSG registry)
_CM_3 = {117 + 3 * step: 4548 + step for step in range(-14, 7)}  # 4534 (75°E) … 4554 (135°E), without zone
_ZONE_3 = {25 + step: 4513 + step for step in range(21)}  # zones 25 … 45
_CM_6 = {75 + 6 * step: 4502 + step for step in range(11)}  # 4502 (75°E) … 4512 (135°E), without zone
_ZONE_6 = {13 + step: 4491 + step for step in range(11)}  # zones 13 … 23
_LIKELY_MERIDIAN = 117  # degrees east: the zone of Zibo, named first among equals
_CHINA = (72.0, 137.9, 0.8, 55.9)


@dataclass(frozen=True)
class Candidate:
    """A coordinate system that fits the numbers. `swapped`: the file has north (latitude) first.

    `lon` and `lat` are where the middle of the file would be.
    """

    crs: Crs
    swapped: bool
    reason_zh: str
    reason_en: str
    lon: float
    lat: float


def candidates(coordinates: Coordinates) -> list[Candidate]:
    """The systems that the coordinates of a file, shape (n, 2), fit; the likeliest first, none where nothing fits."""
    finite = coordinates[np.isfinite(coordinates).all(axis=1)]
    if not len(finite):
        return []
    low, high = finite.min(axis=0), finite.max(axis=0)
    middle = (low + high) / 2
    return _reading(middle, low, high, swapped=False) + _reading(middle[::-1], low[::-1], high[::-1], swapped=True)


def _reading(middle: Coordinates, low: Coordinates, high: Coordinates, *, swapped: bool) -> list[Candidate]:
    """The candidates when the first number of `middle` is the easting or longitude."""
    if low[0] >= -180 and high[0] <= 180 and low[1] >= -90 and high[1] <= 90:
        return _degrees(middle, swapped=swapped)
    if not 0.0 < low[1] <= high[1] < 6.2e6:
        return []
    found: list[Candidate] = []
    if low[0] >= 25e6 and high[0] < 46e6:
        zone = int(middle[0] // 1_000_000)
        words = (f"东坐标带 3 度带带号 {zone}", f"the easting begins with the 3-degree zone {zone}")
        found += _candidate(_ZONE_3.get(zone), middle, swapped, words)
    elif low[0] >= 13e6 and high[0] < 24e6:
        zone = int(middle[0] // 1_000_000)
        words = (f"东坐标带 6 度带带号 {zone}", f"the easting begins with the 6-degree zone {zone}")
        found += _candidate(_ZONE_6.get(zone), middle, swapped, words)
    elif low[0] >= 1.5e5 and high[0] <= 8.5e5 and low[1] > 1e6:
        meridians = sorted(_CM_3, key=lambda meridian: abs(meridian - _LIKELY_MERIDIAN))
        for meridian in meridians[:5]:
            words = (
                f"东坐标约 50 万且不带带号，中央经线须由资料提供者确认；此为 {meridian}°",
                f"eastings around 500,000 without a zone: whoever made it knows the meridian; this is {meridian}°E",
            )
            found += _candidate(_CM_3[meridian], middle, swapped, words)
        words = ("6 度带，不带带号，中央经线 117°", "a 6-degree zone without prefix, central meridian 117°E")
        found += _candidate(_CM_6[117], middle, swapped, words)
    if low[0] >= 8.0e6 and high[0] <= 15.4e6 and not swapped:
        words = ("数值在中国的 Web 墨卡托范围内", "the numbers are those of Web Mercator in China")
        found += _candidate(3857, middle, swapped, words)
    return found


def _degrees(middle: Coordinates, *, swapped: bool) -> list[Candidate]:
    west, east, south, north = _CHINA
    inside = west <= middle[0] <= east and south <= middle[1] <= north
    if swapped and not inside:
        return []
    order_zh, order_en = ("，纬度在前", ", latitude first") if swapped else ("", "")
    words = (f"数值是经纬度{order_zh}", f"the numbers are degrees{order_en}")
    found = _candidate(4490, middle, swapped, words)
    if inside:
        words = (
            f"数值是中国的经纬度{order_zh}，可能来自高德、腾讯或微信",
            f"degrees in China{order_en}: Amap, Tencent and WeChat give these",
        )
        found += _candidate(systems.GCJ02, middle, swapped, words)
        words = (f"数值是中国的经纬度{order_zh}，可能来自百度", f"degrees in China{order_en}: Baidu gives these")
        found += _candidate(systems.BD09, middle, swapped, words)
    return found


def _candidate(code: int | str | None, middle: Coordinates, swapped: bool, reason: tuple[str, str]) -> list[Candidate]:
    if code is None:
        return []
    crs = systems.parse(str(code))
    lon, lat = systems.to_storage(np.array([middle], dtype=np.float64), crs)[0]
    if not (np.isfinite(lon) and np.isfinite(lat)):
        return []
    return [Candidate(crs, swapped, reason[0], reason[1], float(lon), float(lat))]
