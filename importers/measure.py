"""Square metres and metres on the ellipsoid, never in Web Mercator.

Shapes in (lon, lat) are brought to Lambert's azimuthal equal-area projection around their own middle: areas are
exact there wherever it is centred, and lengths true to 1e-4 within 100 km.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray


def _on_the_ground(shapes: Any) -> Any:
    west, south, east, north = shapely.total_bounds(shapes)
    if not np.isfinite((west, south, east, north)).all():
        return shapes
    projection = f"+proj=laea +lat_0={(south + north) / 2} +lon_0={(west + east) / 2} +ellps=WGS84"
    change = pyproj.Transformer.from_crs("EPSG:4326", projection, always_xy=True)
    return shapely.transform(shapes, lambda xy: np.column_stack(change.transform(xy[:, 0], xy[:, 1])))


def areas_m2(shapes: Any) -> NDArray[np.float64]:
    """The areas of shapes in (lon, lat), in square metres."""
    return np.asarray(shapely.area(_on_the_ground(np.asarray(shapes, dtype=object))), dtype=np.float64)


def area_m2(shape: Any) -> float:
    """The area of one shape in (lon, lat), in square metres."""
    return float(areas_m2([shape])[0])


def widths_m(shapes: Any) -> NDArray[np.float64]:
    """How wide shapes are on average, in metres: twice the area by the perimeter, as of a long rectangle."""
    ground = _on_the_ground(np.asarray(shapes, dtype=object))
    around = shapely.length(ground)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(around > 0, 2.0 * shapely.area(ground) / around, 0.0), dtype=np.float64)
