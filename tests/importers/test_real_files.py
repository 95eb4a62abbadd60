"""Real files: Tokyo's buildings and Cambridge's hierarchy."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys

import msgspec
import numpy as np
import pyproj
import pytest
import shapely
from planner_files import SHARED, checks, value

CAMBRIDGE = SHARED / "cambridge"
TOKYO = SHARED / "tokyo" / "tokyo_central_buildings.geojsonl.gz"

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not SHARED.exists(), reason=f"the real data is not at {SHARED}"),
]


@pytest.fixture
def cambridge(load):
    """The city, its tracts and its block groups as areas of three levels."""
    reports = [
        load(
            "areas",
            CAMBRIDGE / "BOUNDARY_CityBoundary.geojson.gz",
            constants={"code": "cambridge", "name": "Cambridge", "level": "county"},
        ),
        load(
            "areas",
            CAMBRIDGE / "DEMOGRAPHICS_AdjustedTracts2020.geojson.gz",
            columns={"code": "GEOID20", "name": "NAME20"},
            constants={"level": "street"},
        ),
        load(
            "areas",
            CAMBRIDGE / "DEMOGRAPHICS_AdjustedBlockGroups2020.geojson.gz",
            columns={"code": "GEOID20", "name": "NAMELSAD20"},
            constants={"level": "community"},
        ),
    ]
    assert not any(report.refused for report in reports)
    return reports


BLOCKS = CAMBRIDGE / "DEMOGRAPHICS_AdjustedBlocks2020.geojson.gz"
BLOCK_COLUMNS = {"code": "GEOID20", "name": "NAME20"}


def told_of_cover(report):
    return [finding.message("en") for finding in report.findings if finding.check == "coverage"]


def test_four_levels_of_cambridge_each_tile_their_parent(cambridge, load, db):
    blocks = load("areas", BLOCKS, columns=BLOCK_COLUMNS, constants={"level": "grid"})
    assert "33 of 33 tile their parent cambridge exactly" in told_of_cover(cambridge[1])[0]
    assert "87 of 87 tile their 33 parents exactly" in told_of_cover(cambridge[2])[0]
    assert "1044 of 1044 tile their 87 parents exactly" in told_of_cover(blocks)[0]
    assert value(db, "SELECT count(*) FROM area WHERE nlevel(path) = 4") == 1044
    # a block's code begins with its block group's: the location found the right parent for each
    assert value(db, "SELECT bool_and(starts_with(a.code, p.code)) FROM area a JOIN area p ON p.id = a.parent_id"
                     " WHERE a.level = 'grid'")  # fmt: skip


def test_cambridges_blocks_are_grids_that_tile_their_communities(cambridge, load, db):
    report = load("grids", BLOCKS, columns=BLOCK_COLUMNS)
    assert report.added == 1044
    assert "1044 of 1044 tile their 87 parents exactly" in told_of_cover(report)[0]
    assert load("grids", BLOCKS, columns=BLOCK_COLUMNS).unchanged == 1044


def test_address_blocks_are_no_grids_and_every_overlap_and_gap_is_named(load, db):
    load(
        "areas",
        CAMBRIDGE / "BOUNDARY_CityBoundary.geojson.gz",
        constants={"code": "cambridge", "name": "Cambridge", "level": "community"},
    )
    file = CAMBRIDGE / "ADDRESS_MasterAddressBlocks.geojson.gz"
    report = load("grids", file, columns={"code": "UNQ_ID2", "name": "UNQ_ID2"})
    assert report.refused
    assert {"overlap", "gap", "outside-parent", "code-form"} <= set(checks(report))
    shapes = shapely.from_geojson(_features(file))
    tree = shapely.STRtree(shapes)
    one, other = tree.query(shapes, predicate="intersects")
    sharing = shapely.area(shapely.intersection(shapes[one], shapes[other])) > 0
    pairs = {frozenset((int(a) + 1, int(b) + 1)) for a, b in zip(one[sharing], other[sharing], strict=True) if a != b}
    assert {frozenset(f.rows) for f in report.findings if f.check == "overlap"} == pairs
    assert _gaps(report, "gap") == pytest.approx(_uncovered(shapes), rel=1e-3, abs=0.01)
    assert value(db, "SELECT count(*) FROM plan") == 0


def _gaps(report, check):
    """The sizes of the gaps that are errors, largest first, in m²."""
    return sorted((f.size for f in report.findings if f.check == check and f.severity == "error"), reverse=True)


def _uncovered(shapes):
    """What of the city no block covers, piece by piece, measured in UTM zone 19N (scale 0.9996 … 1.0004)."""
    city = shapely.from_geojson(gzip.decompress((CAMBRIDGE / "BOUNDARY_CityBoundary.geojson.gz").read_bytes()))
    to_utm = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:32619", always_xy=True)
    left = shapely.difference(shapely.union_all(shapely.get_parts(city)), shapely.union_all(shapes))
    pieces = shapely.transform(shapely.get_parts(left), lambda xy: np.column_stack(to_utm.transform(*xy.T)))
    wide = 2 * shapely.area(pieces) / shapely.length(pieces)
    return sorted(shapely.area(pieces)[(shapely.area(pieces) >= 1) & (wide >= 0.01)], reverse=True)


def _features(file):
    collection = json.loads(gzip.decompress(file.read_bytes()))
    return [json.dumps(feature["geometry"]) for feature in collection["features"]]


_ALONE = """
import json, re, sys
from pathlib import Path
from importers.load import run
from importers.request import ImportRequest
done = run(sys.argv[1], ImportRequest("buildings", Path(sys.argv[2]), columns={"code": "building_id"}, by="test"))
# not ru_maxrss, which begins with what the process that started this one has
peak_mb = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
print(json.dumps([peak_mb, done.added, done.changed, done.removed, done.unchanged]))
"""


def test_all_of_tokyos_buildings_arrive_once_with_their_heights_and_areas(dsn, db):
    # in a process of its own: what other tests took would count as its memory
    done = subprocess.run([sys.executable, "-c", _ALONE, dsn, str(TOKYO)], check=True, capture_output=True, text=True)
    peak_mb, *counts = json.loads(done.stdout)
    assert counts == [182_325, 0, 0, 0]
    assert value(db, "SELECT count(DISTINCT code) FROM building") == 182_325
    assert value(db, "SELECT count(*) FROM building WHERE height BETWEEN 1.89 AND 333.01") == 182_325
    assert peak_mb < 500, peak_mb
    with gzip.open(TOKYO) as lines:
        told = {
            (one := msgspec.json.decode(line))["properties"]["building_id"]: one["properties"]["roof_area"]
            for line in lines
        }
    ours = db.execute("SELECT code, ST_Area(geom::geography) FROM building").fetchall()
    off = [abs(area / told[code] - 1) for code, area in ours if told[code]]
    assert len(off) > 170_000  # the others have no roof_area
    assert np.median(off) < 0.01


def test_hydrants_with_repeated_numbers_are_refused_and_named(load):
    report = load(
        "facilities",
        CAMBRIDGE / "INFRA_Hydrants.geojson.gz",
        columns={"code": "HYDRANT_ID"},
        constants={"category": "hydrant"},
    )
    assert set(checks(report)) == {"code-twice"}
    twice = load("facilities", CAMBRIDGE / "INFRA_Hydrants.geojson.gz", constants={"category": "hydrant"})
    assert twice.added == 1960 - sum(len(f.rows) - 1 for f in twice.findings if f.check == "row-twice")
