"""What a phone's positions come in, told from where its worker says they stand.

Phones in China give positions in WGS 84, or moved by some hundred metres into GCJ-02 or BD-09, and don't say which. At
enrolment the worker moves the map until its needle points at where they are; the offset tells the system.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

import numpy as np
import pyproj

from gis.access.devices import DeviceCrs
from gis.crs import parse, to_storage

_NEAR_M = 80.0  # as exactly as somebody points on a map
_VAGUE_M = 200.0  # a position that is vaguer than this tells nothing
_EARTH = pyproj.Geod(ellps="WGS84")


@dataclass(frozen=True)
class Placed:
    """The system that explains the offset, None when none does; metres, and where the phone's position lies then."""

    crs: DeviceCrs | None
    offset_m: float
    lon: float
    lat: float


def place(said: tuple[float, float], shown: tuple[float, float], accuracy_m: float) -> Placed:
    """Compares what a phone says, (lon, lat) as it comes, with where its worker stands, (lon, lat) in EPSG:4326."""
    read = {crs: to_storage(np.array([said], np.float64), parse(crs))[0].tolist() for crs in get_args(DeviceCrs)}
    apart = {crs: _metres((lon, lat), shown) for crs, (lon, lat) in read.items()}
    offset = apart["EPSG:4326"]
    nearest = min(apart, key=lambda crs: apart[crs])
    explained = accuracy_m <= _VAGUE_M and apart[nearest] <= max(_NEAR_M, accuracy_m)
    # another system than the usual one has to explain the offset clearly
    if not explained or (nearest != "EPSG:4326" and apart[nearest] > offset / 3):
        return Placed(None, offset, *said)
    return Placed(nearest, offset, *read[nearest])


def _metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    return float(_EARTH.inv(*one, *other)[2])
