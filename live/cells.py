"""Map cells: the tiles of one zoom of the XYZ pyramid, and positions within them."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

ZOOM = 14  # 2.4 km wide at the equator; a 16,384th of it is 15 cm
_COLUMNS = 2**ZOOM
UNITS = 16_384
_NORTH = 85.051128779806


def place(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Columns and rows of points (degrees, EPSG:4326) in units of a 16,384th of a cell, from the north-west."""
    x = (lon + 180.0) / 360.0
    sine = np.sin(np.radians(np.clip(lat, -_NORTH, _NORTH)))
    y = 0.5 - np.log((1.0 + sine) / (1.0 - sine)) / (4.0 * math.pi)
    most = _COLUMNS * UNITS - 1
    scale = float(_COLUMNS * UNITS)
    return (
        np.clip((x * scale).astype(np.int64), 0, most),
        np.clip((y * scale).astype(np.int64), 0, most),
    )


def box(west: float, south: float, east: float, north: float) -> tuple[int, int, int, int]:
    """The cells that a box in degrees touches: least and greatest column, least and greatest row."""
    x, y = place(np.array([west, east]), np.array([north, south]))
    return int(x[0]) // UNITS, int(x[1]) // UNITS, int(y[0]) // UNITS, int(y[1]) // UNITS
