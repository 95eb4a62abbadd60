"""The file against what is there already: a source that is shifted as a whole, addresses off their building."""

from __future__ import annotations

from typing import Any

import numpy as np
import psycopg
import shapely
from numpy.typing import NDArray
from psycopg import sql

from gis import crs as systems
from gis.crs import Crs
from importers.findings import ERROR, WARNING, Findings
from importers.kinds import Kind
from importers.whereabouts import metres

Connection = psycopg.Connection[Any]
Places = NDArray[np.float64]

_COMPARED = 5_000  # rows whose places are compared
_FEWEST = 3  # pairs below which nothing is said about a shift
_SHIFTED_M = 20.0  # a median offset beyond this is a shift, if the rows agree on it
_AGREEING = 0.25  # share of the offset by which rows may differ and still agree
_EXPLAINED_M = 3.0  # an offset that remains below this is explained by a coordinate system
_OFF_BUILDING_M = 50.0
_ALIKE = 0.02  # share by which two outlines may differ and still be the same ground
_SAME_DEGREES = 2e-4  # about 20 m: closer than this an outline lies where it belongs
_HYPOTHESES = (systems.GCJ02, systems.BD09)


def check_drift(connection: Connection, kind: Kind, crs: Crs | None, findings: Findings) -> None:
    """Compares rows with the rows of the same code that are there, else with the areas that are there."""
    if crs is None:
        return
    pairs = _pairs(connection, kind)
    if len(pairs) >= _FEWEST:
        _compare_pairs(pairs, findings)
        return
    if kind.name in ("areas", "grids"):
        outlines = _outlines(connection)
        if outlines is not None:
            _compare_pairs(outlines, findings)
            return
    if kind.name != "areas":
        _compare_with_areas(connection, findings)


def _pairs(connection: Connection, kind: Kind) -> Places:
    """Places in the file and places there, (lon, lat, lon, lat), of rows with the same code."""
    there = sql.SQL(
        "grid t JOIN plan ON plan.id = t.plan_id AND plan.state = 'published'" if kind.table == "grid" else "{} t"
    ).format(sql.Identifier(kind.table))
    found = connection.execute(
        sql.SQL(
            "SELECT ST_X(n), ST_Y(n), ST_X(o), ST_Y(o) FROM (SELECT ST_Centroid(s.geom) AS n, ST_Centroid(t.geom) AS o"
            " FROM staged s JOIN {there} ON t.code = s.code"
            " WHERE s.geom IS NOT NULL AND NOT s.geom = t.geom LIMIT {most}) pairs"
        ).format(there=there, most=_COMPARED)
    ).fetchall()
    return np.array(found, dtype=np.float64).reshape(-1, 4)


def _outlines(connection: Connection) -> Places | None:
    """Corners of the file's outline, and of the same outline elsewhere among what is there: an area, or a level.

    (lon, lat, lon, lat); None when the file lies where such an outline lies, or no outline is like it.
    """
    row = connection.execute("SELECT ST_AsBinary(ST_Extent(geom)::geometry) FROM staged").fetchone()
    if row is None or row[0] is None:
        return None
    here = shapely.from_wkb(bytes(row[0]))
    boxes = connection.execute(
        "SELECT code, NULL, ST_AsBinary(ST_Envelope(geom)) FROM area"
        " UNION ALL SELECT NULL, level, ST_AsBinary(ST_Extent(geom)::geometry) FROM area GROUP BY level"
    ).fetchall()
    like: list[tuple[float, str | None, str | None, Any]] = []
    for code, level, wkb in boxes:
        there = shapely.from_wkb(bytes(wkb))
        size = np.array([_size(here), _size(there)])
        if (np.abs(size[0] - size[1]) <= _ALIKE * size[0].max()).all():
            like.append((here.centroid.distance(there.centroid), code, level, there))
    if not like or min(like, key=lambda one: one[0])[0] < _SAME_DEGREES:
        return None
    _, code, level, there = min(like, key=lambda one: one[0])
    if not _congruent(connection, here, code, level, there):
        return None
    return np.column_stack([shapely.get_coordinates(here)[:4], shapely.get_coordinates(there)[:4]])


def _size(box: Any) -> Places:
    west, south, east, north = shapely.bounds(box)
    return np.array([east - west, north - south])


def _congruent(connection: Connection, here: Any, code: str | None, level: str | None, there: Any) -> bool:
    """Whether the file's ground, moved by the distance of the two outlines, is the other ground."""
    ours = shapely.union_all(_shapes(connection.execute("SELECT ST_AsBinary(geom) FROM staged WHERE geom IS NOT NULL")))
    theirs = shapely.union_all(
        _shapes(connection.execute("SELECT ST_AsBinary(geom) FROM area WHERE code = %s OR level = %s", (code, level)))
    )
    by = np.array([there.centroid.x - here.centroid.x, there.centroid.y - here.centroid.y])
    moved = shapely.transform(ours, lambda lonlat: lonlat + by)
    return bool(shapely.area(shapely.symmetric_difference(moved, theirs)) < _ALIKE * shapely.area(theirs))


def _shapes(rows: Any) -> Any:
    return shapely.make_valid(shapely.from_wkb([bytes(wkb) for (wkb,) in rows]))


def _compare_pairs(pairs: Places, findings: Findings) -> None:
    new, old = pairs[:, :2], pairs[:, 2:]
    east, north = _offsets(new, old)
    middle = np.array([np.median(east), np.median(north)])
    length = float(np.hypot(*middle))
    spread = float(np.median(np.hypot(east - middle[0], north - middle[1])))
    if length < _SHIFTED_M or spread > _AGREEING * length:
        return
    hypothesis = _explanation(new, old)
    degrees = f"{np.median(new[:, 0] - old[:, 0]):+.6f}°, {np.median(new[:, 1] - old[:, 1]):+.6f}°"
    findings.add(
        "shifted", ERROR, point=(float(new[0, 0]), float(new[0, 1])), size=round(length, 1), unit="m",
        metres=length, east=float(middle[0]), north=float(middle[1]), degrees=degrees, **_advice(hypothesis),
    )  # fmt: skip


def _advice(hypothesis: str | None) -> dict[str, Any]:
    if hypothesis is None:
        return {
            "fits_zh": "", "fits_en": "",
            "remedy_zh": "向来源核实坐标系与偏移，改正后再导入。",
            "remedy_en": "Ask whoever made it about the coordinate system, and import the corrected file.",
        }  # fmt: skip
    return {
        "fits_zh": f"按 {hypothesis} 解读则吻合。", "fits_en": f"Read as {hypothesis} it fits.",
        "remedy_zh": f"用 --crs {hypothesis} 再导入。", "remedy_en": f"Import it with --crs {hypothesis}.",
    }  # fmt: skip


def _offsets(new: Places, old: Places) -> tuple[Places, Places]:
    """How far the new places lie off the old ones, in metres east and north."""
    lat = np.radians((new[:, 1] + old[:, 1]) / 2)
    per_degree = 111_320.0
    return (new[:, 0] - old[:, 0]) * per_degree * np.cos(lat), (new[:, 1] - old[:, 1]) * per_degree


def _explanation(new: Places, old: Places) -> str | None:
    """The offset system in which the file would lie where it belongs."""
    for name in _HYPOTHESES:
        east, north = _offsets(systems.to_storage(new, systems.parse(name)), old)
        if float(np.median(np.hypot(east, north))) < _EXPLAINED_M:
            return name
    return None


def _compare_with_areas(connection: Connection, findings: Findings) -> None:
    """Rows that lie in no area: counted, with how far off the file is; it may be ground that has no areas yet."""
    if connection.execute("SELECT FROM area LIMIT 1").fetchone() is None:
        return
    row = connection.execute(
        "SELECT count(*), count(*) FILTER (WHERE NOT EXISTS (SELECT FROM area a WHERE ST_Covers(a.geom, p))),"
        " avg(ST_X(p)), avg(ST_Y(p)) FROM (SELECT ST_PointOnSurface(geom) AS p FROM staged WHERE geom IS NOT NULL"
        " LIMIT %s) located",
        (_COMPARED,),
    ).fetchone()
    count, outside = (int(row[0]), int(row[1])) if row else (0, 0)
    if not count or not outside:
        return
    middle = connection.execute("SELECT ST_X(c), ST_Y(c) FROM (SELECT ST_Centroid(ST_Extent(geom)) AS c FROM area) box")
    there = middle.fetchone()
    away = metres(row[2], row[3], there[0], there[1]) / 1000 if row and there else 0.0
    remedy = (
        f"文件中部距已有区域中部 {away:,.1f} 公里：检查坐标系（--crs，例如 GCJ-02、BD-09）。",
        f"The file's middle is {away:,.1f} km from the areas' middle: check the coordinate system (--crs).",
    )
    findings.add(
        "off-areas", WARNING, size=outside, unit="rows", count=count, outside=outside,
        remedy_zh=remedy[0], remedy_en=remedy[1],
    )  # fmt: skip


def check_addresses(connection: Connection, findings: Findings) -> None:
    """Addresses that lie further than 50 m off the building that they name."""
    for row, code, building, away in connection.execute(
        "SELECT s.row, s.code, s.building_code, ST_Distance(s.geom::geography, b.geom::geography) FROM staged s"
        " JOIN building b ON b.id = s.building_id WHERE s.geom IS NOT NULL"
        " AND NOT ST_DWithin(s.geom, b.geom, 0.0002) AND ST_Distance(s.geom::geography, b.geom::geography) > %s"
        " ORDER BY row",
        (_OFF_BUILDING_M,),
    ).fetchall():
        findings.add(
            "address-off-building", WARNING, rows=(row,), codes=(code,) if code else (), size=round(away, 1), unit="m",
            building=building, metres=away,
        )  # fmt: skip
