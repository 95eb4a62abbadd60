"""The demo town keeps its contract: exact counts, exact tiling, no overlaps, the same bytes each time."""

from __future__ import annotations

import csv
import hashlib
import json
import math
import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from shapely.geometry import shape

from gridtwin.demo.town import generate, generate_files, names, outline
from gridtwin.demo.town.frame import Frame
from gridtwin.demo.town.plan import positions

METRES = (89_200.0, 110_980.0)  # a degree of longitude and of latitude at 36.855° N


class Written:
    """The files of a town, read back."""

    def __init__(self, folder: Path) -> None:
        self.paths = generate_files(folder, seed=1)
        self.layers = {k: self._features(p) for k, p in self.paths.items() if p.suffix == ".geojson"}
        with self.paths["addresses"].open(encoding="utf-8", newline="") as lines:
            self.addresses = list(csv.DictReader(lines))

    @staticmethod
    def _features(path: Path) -> list[dict[str, Any]]:
        return [
            {**feature["properties"], "shape": shape(feature["geometry"])}
            for feature in json.loads(path.read_text(encoding="utf-8"))["features"]
        ]

    def shapes(self, layer: str) -> np.ndarray[Any, Any]:
        return np.array([row["shape"] for row in self.layers[layer]], dtype=object)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Written:
    return Written(tmp_path_factory.mktemp("town"))


def in_metres(shapes: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.asarray(shapely.transform(shapes, lambda c: (c - (118.09, 36.855)) * METRES))


def test_the_numbers_are_those_of_the_street(town: Written) -> None:
    layers = town.layers
    levels = Counter(row["level"] for row in layers["areas"])
    assert levels == {"county": 1, "street": 1, "community": 31}
    assert len(layers["grids"]) == 96
    assert len(layers["party_grids"]) == 12
    assert len(layers["buildings"]) == 2_044
    homes = [b for b in layers["buildings"] if b["use"] in ("residential", "village")]
    assert len({b["estate"] for b in homes}) == 108
    assert sum(b["households"] for b in layers["buildings"]) == 55_000 == len(town.addresses)
    assert sum(b["residents"] for b in layers["buildings"]) == 160_000
    assert sum(int(a["residents"]) for a in town.addresses) == 160_000


def test_communities_bear_their_official_names_and_codes(town: Written) -> None:
    names = {row["code"]: row["name"] for row in town.layers["areas"] + town.layers["grids"]}
    assert names["370303008017001"] == "亚运村第1网格"
    assert names["370303008"] == "四宝山街道"
    assert names["370303008017"] == "亚运村社区"
    assert names["370303008022"] == "金都花园社区"
    assert names["370303008024"] == "植物园社区"
    assert names["370303008026"] == "银泰城社区"
    assert names["370303008200"] == "尚庄村"
    communities = [row for row in town.layers["areas"] if row["level"] == "community"]
    assert sum(row["name"].endswith("社区") for row in communities) == 12
    assert sum(row["name"].endswith("村") for row in communities) == 19
    assert {row["parent"] for row in communities} == {"370303008"}
    street = next(row for row in town.layers["areas"] if row["level"] == "street")
    assert street["parent"] == "370399"


def test_codes_and_names_are_unique_and_well_formed(town: Written) -> None:
    for layer, rows in town.layers.items():
        codes = [row["code"] for row in rows]
        assert len(set(codes)) == len(codes), layer
    assert all(re.fullmatch(r"370303008\d{6}", row["code"]) for row in town.layers["grids"])
    assert all(row["code"].startswith(row["area"]) for row in town.layers["grids"])
    assert all(re.fullmatch(r"3703030089\d{5}", row["code"]) for row in town.layers["party_grids"])
    assert all(row["code"][:15] == row["grid"] for row in town.layers["buildings"])
    names = Counter(row["name"] for row in town.layers["buildings"])
    assert all(row["name"] for row in town.layers["buildings"])
    assert [name for name, count in names.items() if count > 1] == []
    assert len({a["code"] for a in town.addresses}) == 55_000
    assert len({a["text"] for a in town.addresses}) == 55_000


def test_every_level_tiles_the_one_above_exactly(town: Written) -> None:
    areas = town.layers["areas"]
    street = next(row["shape"] for row in areas if row["level"] == "street")
    assert next(row["shape"] for row in areas if row["level"] == "county").normalize() == street.normalize()
    communities = [row for row in areas if row["level"] == "community"]
    whole = {"370303008": street} | {row["code"]: row["shape"] for row in communities}
    children: dict[str, list[Any]] = {"370303008": [row["shape"] for row in communities]}
    for row in town.layers["grids"]:
        children.setdefault(row["area"], []).append(row["shape"])
    assert set(children) == set(whole)
    for code, parts in children.items():
        union = shapely.union_all(parts)
        assert shapely.difference(whole[code], union).area == 0, code
        assert shapely.difference(union, whole[code]).area == 0, code
    party = shapely.union_all(town.shapes("party_grids"))
    assert shapely.symmetric_difference(street, party).area == 0


@pytest.mark.parametrize("layer", ["grids", "party_grids"])
def test_grids_are_a_valid_coverage_of_single_polygons(town: Written, layer: str) -> None:
    shapes = town.shapes(layer)
    assert shapely.is_valid(shapes).all()
    assert (shapely.get_num_geometries(shapes) == 1).all()
    assert shapely.coverage_is_valid(shapes)
    communities = [row["shape"] for row in town.layers["areas"] if row["level"] == "community"]
    assert shapely.coverage_is_valid(np.array(communities, dtype=object))


def test_every_party_grid_is_made_of_whole_community_grids(town: Written) -> None:
    for party in town.layers["party_grids"]:
        inside = [
            g["shape"] for g in town.layers["grids"] if party["shape"].contains(shapely.point_on_surface(g["shape"]))
        ]
        assert shapely.symmetric_difference(party["shape"], shapely.union_all(inside)).area == 0


def test_grids_are_balanced_by_residents(town: Written) -> None:
    residents = Counter[str]()
    for building in town.layers["buildings"]:
        residents[building["grid"]] += building["residents"]
    urban = {row["code"] for row in town.layers["areas"] if row["name"].endswith("社区")}
    counts = [residents[g["code"]] for g in town.layers["grids"] if g["area"] in urban]
    assert np.median(counts) == pytest.approx(160_000 / 96, rel=0.5)
    assert max(residents.values()) < 5_000
    assert min(residents[g["code"]] for g in town.layers["grids"]) > 20


def test_no_building_overlaps_another_or_a_street_or_water(town: Written) -> None:
    buildings = in_metres(town.shapes("buildings"))
    assert shapely.is_valid(buildings).all()
    tree = shapely.STRtree(buildings)
    left, right = tree.query(buildings, predicate="intersects")
    assert [(a, b) for a, b in zip(left.tolist(), right.tolist(), strict=True) if a < b] == []
    widths = np.array([row["width"] for row in town.layers["streets"]])
    roads = shapely.buffer(in_metres(town.shapes("streets")), widths / 2, cap_style="flat")
    assert tree.query(roads, predicate="intersects").size == 0
    water = in_metres(np.array([g["shape"] for g in town.layers["ground"] if g["kind"] == "water"], dtype=object))
    assert tree.query(water, predicate="intersects").size == 0


def test_buildings_stand_inside_their_grid(town: Written) -> None:
    grids = {row["code"]: row["shape"] for row in town.layers["grids"]}
    for building in town.layers["buildings"]:
        assert grids[building["grid"]].contains(building["shape"]), building["name"]


def test_slabs_face_south_and_keep_the_sun_rule(town: Written) -> None:
    slabs = [b for b in town.layers["buildings"] if b["use"] == "residential"]
    boxes = shapely.oriented_envelope(in_metres(np.array([b["shape"] for b in slabs], dtype=object)))
    for slab, box in zip(slabs, boxes, strict=True):
        corners = shapely.get_coordinates(box)
        sides = corners[1:3] - corners[:2]
        east, north = max(sides.tolist(), key=lambda side: math.hypot(*side))
        assert abs(math.degrees(math.atan2(north, east)) % 180 - 90) >= 75, slab["name"]
    outlines = in_metres(np.array([b["shape"] for b in slabs], dtype=object))
    middles = shapely.get_coordinates(shapely.centroid(outlines))
    near, far = shapely.STRtree(outlines).query(outlines, predicate="dwithin", distance=120)
    for i, k in zip(near.tolist(), far.tolist(), strict=True):
        east, north = middles[k] - middles[i]
        if slabs[i]["estate"] == slabs[k]["estate"] and north > abs(east):
            assert outlines[i].distance(outlines[k]) > 1.15 * slabs[i]["height"], slabs[i]["name"]


def test_addresses_are_complete_and_lie_at_their_building(town: Written) -> None:
    buildings = {row["code"]: row for row in town.layers["buildings"]}
    per_building = Counter(a["building_code"] for a in town.addresses)
    assert per_building == {code: b["households"] for code, b in buildings.items() if b["households"]}
    for address in town.addresses[::37]:
        assert int(address["floor"]) == int(address["room"]) // 100
        parts = ("province", "city", "district", "street", "community", "road", "road_no")
        assert address["text"].startswith("".join(address[part] for part in parts))
        assert address["text"].endswith(f"{address['unit']}{address['room']}室")
        home = buildings[address["building_code"]]["shape"]
        place = shapely.Point(float(address["lon"]), float(address["lat"]))
        assert place.within(home.buffer(2e-5))
        assert address["note"] == "示范数据"


def test_facilities_are_of_many_kinds_and_inside_the_street(town: Written) -> None:
    kinds = Counter(row["category"] for row in town.layers["facilities"])
    assert len(kinds) >= 12
    assert kinds["service_center"] == 31
    assert sum(kinds.values()) >= 300
    street = town.layers["areas"][1]["shape"]
    assert shapely.covers(street.buffer(5e-4), town.shapes("facilities")).all()


def test_no_facility_lies_in_the_lake(town: Written) -> None:
    lake = next(row["shape"] for row in town.layers["ground"] if row["name"] == "玉龙湖")
    assert not shapely.intersects(lake, town.shapes("facilities")).any()


def test_streets_and_ground_are_named_and_classed(town: Written) -> None:
    classes = {row["class"] for row in town.layers["streets"]}
    assert classes == {"expressway", "arterial", "secondary", "local", "lane"}
    assert all(row["name"] and row["width"] > 0 for row in town.layers["streets"])
    assert {"water", "park", "green", "school", "industrial", "farmland", "residential", "village", "plaza"} <= {
        row["kind"] for row in town.layers["ground"]
    }
    assert shapely.is_valid(town.shapes("ground")).all()


def test_everything_is_marked_as_generated(town: Written) -> None:
    assert all(row["note"] == "示范数据" for rows in town.layers.values() for row in rows)


def test_coordinates_have_seven_decimals(town: Written) -> None:
    for layer in town.layers:
        points = shapely.get_coordinates(town.shapes(layer))
        assert (points == np.round(points, 7)).all()
    assert all(re.fullmatch(r"\d+\.\d{7}", a["lon"]) for a in town.addresses[:100])


def test_the_same_seed_writes_the_same_bytes(town: Written, tmp_path: Path) -> None:
    again = generate_files(tmp_path, seed=1)
    for kind, path in town.paths.items():
        assert hashlib.sha256(path.read_bytes()).digest() == hashlib.sha256(again[kind].read_bytes()).digest(), kind


@pytest.mark.parametrize("scale", [0, 100])
def test_a_scale_out_of_range_is_refused(scale: int) -> None:
    with pytest.raises(ValueError, match="at least 1 and at most 99"):
        generate(scale=scale)


def test_names_and_codes_stay_unique_in_the_largest_city() -> None:
    found = [pair for index in range(99) for pair in names.communities(index).values()]
    assert len({code for code, _ in found}) == len(found) == 99 * 31
    assert len({name for _, name in found}) == len(found)
    assert len({names.street(index)[1] for index in range(99)}) == 99


def test_the_outlines_of_a_larger_city_meet_without_gap_or_overlap() -> None:
    town = generate(seed=1, scale=5)
    frame = Frame(town.seed)
    outlines = np.array([outline(frame, at) for at in positions(5)], dtype=object)
    assert shapely.coverage_is_valid(outlines)
    county = town.county().shape
    assert shapely.symmetric_difference(county, shapely.union_all(outlines)).area == 0
    assert county.geom_type == "Polygon"
