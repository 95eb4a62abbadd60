"""What lies in a zone that somebody draws: buildings, households, facilities, workers, issues."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import shape

from gis.access.accounts import Account
from gis.access.roles import Permission
from gis.db import Database
from gis.errors import BadRequest
from gis.issues.visible import predicate
from gis.messages import Both
from live.layer import LiveLayer

MOST_ROWS = 500
MOST_CORNERS = 5000
MOST_KM2 = 500.0
_QUERY = (Path(__file__).parent / "zone.sql").read_text(encoding="utf-8")
_BUFFERED = """
SELECT ST_AsEWKB(z) AS zone, ST_IsEmpty(z) AS empty, ST_Area(z::geography) / 1e6 AS km2 FROM (
  SELECT CASE WHEN %(buffer)s > 0 THEN ST_Buffer(g::geography, %(buffer)s)::geometry ELSE g END AS z
  FROM (SELECT ST_MakeValid(ST_SetSRID(ST_GeomFromGeoJSON(%(geometry)s), 4326)) AS g) given) buffered
"""
_KINDS = {"Polygon", "MultiPolygon", "Point", "LineString", "MultiPoint", "MultiLineString"}
_WRONG = Both("请给出一个区域：多边形，或者点、线加缓冲距离", "a polygon, or a point or line with a buffer")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


async def _zone(database: Database, geometry: dict[str, Any], buffer_m: float) -> bytes:
    """The zone as EWKB, 4326; raises BadRequest for what is none."""
    if geometry.get("type") not in _KINDS or (buffer_m <= 0 and "Polygon" not in geometry["type"]):
        raise BadRequest(what="geometry", why=_WRONG)
    try:
        given = shape(geometry)
    except Exception as unreadable:  # shapely raises whatever its parts raise
        raise BadRequest(what="geometry", why=_WRONG) from unreadable
    west, south, east, north = given.bounds if not given.is_empty else (999.0,) * 4
    if shapely.get_num_coordinates(given) > MOST_CORNERS or not (
        -180 <= west <= east <= 180 and -85 <= south <= north <= 85
    ):
        raise BadRequest(what="geometry", why=_WRONG)
    row = await database.one(_BUFFERED, {"geometry": json.dumps(geometry), "buffer": buffer_m})
    assert row is not None  # noqa: S101 - a SELECT without a table
    if row["empty"] or row["km2"] > MOST_KM2:
        raise BadRequest(what="geometry", why=Both(f"区域最大 {MOST_KM2:.0f} 平方公里", f"at most {MOST_KM2:.0f} km²"))
    return bytes(row["zone"])


async def inside(layer: LiveLayer, account: Account, geometry: dict[str, Any], buffer_m: float) -> dict[str, Any]:
    """Counts and the first rows of what lies in a zone and within the scope. Raises BadRequest.

    `geometry` is GeoJSON in EPSG:4326, (lon, lat); `buffer_m` metres are added around it. A building counts that
    the zone touches; households and residents are those of these buildings. Issues are those that aren't closed.
    """
    database, scope = layer.service.database, account.scope
    zone = await _zone(database, geometry, buffer_m)
    issue_seen, values = predicate(account)
    fine = account.may(Permission.SEE_FINE)
    query = _QUERY.format(
        building_seen=scope.sql("b.area_id"), facility_seen=scope.sql("f.area_id"), grid_seen=scope.sql("g.area_id"),
        address_seen=scope.sql("a.area_id") if fine else "FALSE", issue_seen=issue_seen,
    )  # fmt: skip
    row = await database.one(query, {**values, **scope.values(), "zone": zone, "most": MOST_ROWS})
    assert row is not None  # noqa: S101 - one row for one zone
    area = shapely.from_wkb(zone)
    shapely.prepare(area)
    workers = []
    if account.may(Permission.SEE_WORKERS):
        for member, where in layer.hub.visible(scope):
            if shapely.contains_xy(area, where.lon, where.lat):
                told = layer.hub.described(member)
                workers.append({key: told[key] for key in ("id", "name", "status", "at", "lon", "lat")})
    counts = {
        key: int(row[key])
        for key in ("buildings", "households", "residents", "addresses", "facilities", "issues", "grids")
    }
    if not fine:
        del counts["addresses"]
    return {
        "geometry": row["geometry"],
        "area_m2": round(row["area_m2"], 1),
        "counts": {**counts, "workers": len(workers)},
        "buildings": row["building_rows"],
        "facilities": row["facility_rows"],
        "issues": row["issue_rows"],
        "workers": workers[:MOST_ROWS],
    }


def as_csv(found: dict[str, Any]) -> str:
    """The rows of all kinds in one table, for a spreadsheet: with a byte order mark, formulas made harmless."""
    out = io.StringIO()
    out.write("\ufeff")
    table = csv.writer(out)
    table.writerow(["kind", "id", "name", "detail", "households", "residents", "lon", "lat"])
    for kind in ("buildings", "facilities", "workers", "issues"):
        for row in found[kind]:
            name = row.get("name") or row.get("name_zh") or row.get("code") or ""
            detail = row.get("estate") or row.get("category") or row.get("status") or row.get("text") or ""
            size, at = (
                (row.get("households", ""), row.get("residents", "")),
                (round(row["lon"], 7), round(row["lat"], 7)),
            )
            word = "facility" if kind == "facilities" else kind[:-1]
            cells = [word, row["id"], name, detail, *size, *at]
            table.writerow([_harmless(cell) for cell in cells])
    return out.getvalue()


def _harmless(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else ("" if cell is None else cell)
