"""Standard addresses (标准地址): one a household, 省 市 区 街道 社区 路 门牌号 小区 楼栋 单元 楼层 户室."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gridtwin.demo.town.frame import to_lonlat
from gridtwin.demo.town.model import Building

PROVINCE, CITY, DISTRICT = "山东省", "淄博市", "高新区"
COLUMNS = (
    "code",
    "text",
    "province",
    "city",
    "district",
    "street",
    "community",
    "road",
    "road_no",
    "estate",
    "building",
    "unit",
    "floor",
    "room",
    "building_code",
    "residents",
    "lon",
    "lat",
    "note",
)
Address = tuple[str, ...]


def addresses(building: Building, street: str, community: str, note: str) -> Iterator[Address]:
    """The addresses of one building, in the order of stairwell, floor and door, as rows of `COLUMNS`.

    The room 1001 is the first door on the tenth floor: floor = room // 100. A row of courtyards
    (院落) has no stairwells; its rooms 101, 102 … are its yards from west to east.
    """
    yards = building.use == "village"
    rooms = [
        (unit, floor, door)
        for unit in range(1, building.units + 1)
        for floor in range(1, building.levels + 1)
        for door in range(1, building.per_floor + 1)
    ]
    if building.vacant:
        ground = [room for room in rooms if room[1] == 1][: building.vacant]
        rooms = [room for room in rooms if room not in ground]
    place = np.array(rooms, dtype=float)
    doors = building.units * building.per_floor
    along = ((place[:, 0] - 1) * building.per_floor + place[:, 2] - 0.5) / doors
    x0, y0, x1, y1 = building.axis
    across = ((place[:, 1] * 5) % building.levels / building.levels - 0.5) * (0.0 if yards else 6.0)
    length = max(float(np.hypot(x1 - x0, y1 - y0)), 1e-9)
    x = x0 + (x1 - x0) * along - (y1 - y0) / length * across
    y = y0 + (y1 - y0) * along + (x1 - x0) / length * across
    points = to_lonlat(np.column_stack((x, y)))
    head = f"{PROVINCE}{CITY}{DISTRICT}{street}{community}{building.road}{building.road_no}"
    head += building.label.removeprefix(building.road_no) if yards else building.estate + building.label
    for (unit, floor, door), residents, (lon, lat) in zip(rooms, building.residents, points.tolist(), strict=True):
        room = f"{floor}{door:02d}"
        stair = "" if yards else f"{unit}单元"
        yield (
            f"{building.code}{unit:02d}{floor:02d}{door:02d}",
            f"{head}{stair}{room}室",
            PROVINCE,
            CITY,
            DISTRICT,
            street,
            community,
            building.road,
            building.road_no,
            building.estate,
            building.label,
            stair,
            str(floor),
            room,
            building.code,
            str(residents),
            f"{lon:.7f}",
            f"{lat:.7f}",
            note,
        )
