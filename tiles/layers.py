"""The allow-list of tile layers. Layers are declared, never discovered: the database holds citizens' data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

MINZOOM, MAXZOOM = 0, 22
EXTENT, BUFFER = 4096, 64
MERGED_ZOOM = 14
"""Up to here small buildings are drawn together where the twin holds many (tiles/afar.py)."""
GATHERED_ZOOM = 13
"""Up to here issues of one class, state and area that lie within 32 pixels are one point."""
_SNAPPED_ZOOM = 14  # up to here shapes are snapped to half a pixel, up to zoom 10 to a pixel, of a tile of 512
_UNCROWDED_ZOOM = 12  # from here on names and codes are there however many there are

_SQL = Path(__file__).parent / "sql"


@dataclass(frozen=True)
class Layer:
    """A layer: where its shapes stand, from which zoom it is served, and which properties at which zoom."""

    name: str
    table: str
    columns: tuple[tuple[int, str], ...]
    """(first zoom, SQL expressions separated by commas): the last row whose zoom is reached is what a tile gets."""
    fields: dict[str, str]
    """Property -> what it is, for TileJSON."""
    geometry: str
    """polygon, line, point, label, building or issue: which of sql/*.sql draws it."""
    scope_column: str | None
    """The column that the scope's predicate stands on; None for the base map."""
    minzoom: int = 0
    by_plan: bool = False
    fine: bool = False
    """Whether only roles that may see fine-grained elements (精细化治理要素) get it."""
    cache_control: str = "private, no-cache"
    """What clients may keep: the bytes depend on who asks and may change with any commit, so keep them and ask."""
    joins: str = ""
    title: str = ""
    volatile: bool = False
    """Whether it changes without a note in the outbox, so that no tile of it is kept."""

    crowds: bool = False
    """Whether below zoom 12 it gives up names and codes, and labels of small shapes, where there are too many."""

    def changes(self, zoom: int) -> tuple[str, ...]:
        """Under which layers the outbox notes changes of what this one draws at a zoom."""
        named = self.name.removesuffix("_label")
        return (named, "buildings_afar") if self.merged_at(zoom) else (named,)

    def columns_at(self, zoom: int) -> str:
        """The SQL expressions of the properties at a zoom."""
        return [columns for first, columns in self.columns if first <= zoom][-1]

    def crowded_at(self, zoom: int) -> bool:
        """Whether it looks at how many shapes there are."""
        return self.crowds and zoom < _UNCROWDED_ZOOM

    def merged_at(self, zoom: int) -> bool:
        """Whether it draws merged buildings where there are many."""
        return self.geometry == "building" and zoom <= MERGED_ZOOM

    def template(self, zoom: int) -> str:
        """The SQL that makes this layer of a tile, with {placeholders}."""
        name = "building_afar" if self.merged_at(zoom) else self.geometry
        if self.geometry == "issue":
            name = "issue_afar" if zoom <= GATHERED_ZOOM else "point"
        return (_SQL / f"{name}.sql").read_text(encoding="utf-8")

    def simplified(self, zoom: int) -> str:
        """The shape as a zoom draws it. Snapping moves a corner to the same place in all shapes that share it."""
        if self.geometry == "building":
            return "ST_Simplify(t.geom_3857, tile.unit * 3, true)" if zoom <= 15 else "t.geom_3857"
        if zoom > _SNAPPED_ZOOM:
            return "t.geom_3857"
        return f"ST_SnapToGrid(t.geom_3857, tile.unit * {8 if zoom <= 10 else 4})"


# the side, in pixels of a tile of 512, of a square as large as the shape: a label is shown where it has room
_ROOM = "(sqrt(ST_Area(t.geom_3857)) / tile.unit / 8)::int AS room"
_ROOM_FIELD = {"room": "side of a square as large, in pixels of a tile of 512"}
_AREA_FIELDS = {"code": "code", "name": "name", "level": "code of the level", "rank": "rank of the level, 10 widest"}
_NAMED = "CASE WHEN crowd.n <= 1000 THEN t.code END AS code, CASE WHEN crowd.n <= 1000 THEN t.name END AS name"
_AREA_COLUMNS = ((0, f"{_NAMED}, t.level, l.rank"), (_UNCROWDED_ZOOM, "t.code, t.name, t.level, l.rank"))
_AREA_JOIN = "JOIN level l ON l.code = t.level"
_GRID_FIELDS = {"code": "code", "name": "name", "kind": "kind of grid", "area_code": "code of the community"}
_GRID_COLUMNS = (
    (0, f"{_NAMED}, p.kind, a.code AS area_code"),
    (_UNCROWDED_ZOOM, "t.code, t.name, p.kind, a.code AS area_code"),
)
_GRID_JOIN = "JOIN plan p ON p.id = t.plan_id LEFT JOIN area a ON a.id = t.area_id"


# one address of a stairwell tells its name: of those in the tile, the one in the middle
_STAIRS = "PARTITION BY t.building_id, t.estate, t.building, t.unit"
_UNIT = (
    f"CASE WHEN row_number() OVER ({_STAIRS} ORDER BY ST_X(t.geom_3857), t.id) = (count(*) OVER ({_STAIRS}) + 1) / 2"
    " THEN nullif(t.unit, '') END AS unit"
)


def _with_room(columns: tuple[tuple[int, str], ...]) -> tuple[tuple[int, str], ...]:
    return tuple((first, f"{expressions}, {_ROOM}") for first, expressions in columns)


_ALL = (
    Layer("ground", "ground", ((0, "t.kind"), (12, "t.kind, t.name")), {"kind": "kind", "name": "name"}, "polygon",
          None, title="Ground: water, green, built-up land"),
    Layer("ground_label", "ground", ((0, f"t.kind, t.name, {_ROOM}"),),
          {"kind": "kind", "name": "name", **_ROOM_FIELD}, "label", None,
          minzoom=12, title="One point for each named piece of ground"),
    Layer("streets", "street", ((0, "t.class, t.width"), (12, "t.class, t.width, t.name")),
          {"class": "class", "width": "width in metres", "name": "name"}, "line", None, title="Streets"),
    Layer("areas", "area", _AREA_COLUMNS, _AREA_FIELDS, "polygon", "t.id", joins=_AREA_JOIN, crowds=True,
          title="Areas of all levels"),
    Layer("areas_label", "area", _with_room(_AREA_COLUMNS), {**_AREA_FIELDS, **_ROOM_FIELD}, "label",
          "t.id", joins=_AREA_JOIN, crowds=True, title="One point inside each area"),
    Layer("grids", "grid", _GRID_COLUMNS, _GRID_FIELDS, "polygon", "t.area_id", by_plan=True, joins=_GRID_JOIN,
          crowds=True, title="Grids of one kind"),
    Layer("grids_label", "grid", _with_room(_GRID_COLUMNS), {**_GRID_FIELDS, **_ROOM_FIELD}, "label",
          "t.area_id", by_plan=True, joins=_GRID_JOIN, crowds=True, title="One point inside each grid"),
    Layer("buildings", "building",
          ((0, "t.height, NULL::smallint AS levels, NULL::text AS use"), (13, "t.height, t.levels, t.use"),
           (15, "t.height, t.levels, t.use, t.name"),
           (16, "t.height, t.levels, t.use, t.name, t.code, t.estate, t.units, t.households")),
          {"height": "height in metres", "levels": "storeys", "use": "use", "name": "name", "code": "code",
           "estate": "estate (小区)", "units": "stairwells (单元)", "households": "households",
           "count": "how many small buildings a square stands for, up to zoom 14"},
          "building", "t.area_id", title="Buildings"),
    Layer("buildings_label", "building",
          ((0, f"t.name, t.estate, t.use, t.height, t.levels, t.units, t.households, {_ROOM}"),),
          {"name": "name", "estate": "estate", "use": "use", "height": "height in metres", "levels": "storeys",
           "units": "stairwells (单元)", "households": "households", **_ROOM_FIELD},
          "label", "t.area_id", minzoom=16, title="One point inside each building"),
    Layer("facilities", "facility", ((0, "t.category"), (14, "t.category, t.name, t.code")),
          {"category": "category", "name": "name", "code": "code"}, "point", "t.area_id",
          title="Public service elements (公共服务要素)"),
    Layer("addresses", "address", ((0, f"t.text, t.building_id, t.room, {_UNIT}"),),
          {"text": "standard address", "building_id": "id of the building", "room": "number of the household's door",
           "unit": "stairwell (单元), on one of its addresses in the tile"}, "point", "t.area_id", minzoom=16,
          fine=True, title="Standard addresses (标准地址)"),
    Layer("issues", "issue",
          ((0, "t.class, t.state, t.urgent, extract(epoch FROM t.due_at)::bigint AS due, a.code AS area"),),
          {"class": "code of the class", "state": "state, in Chinese", "urgent": "whether it goes first",
           "due": "the next deadline, in seconds since 1970", "area": "code of the area",
           "count": "how many of a class, state and area a point stands for, up to zoom 13"}, "issue",
          "t.area_id", fine=True, title="Issues that are not closed, but for restricted classes",
          joins="JOIN issue_class c ON c.code = t.class AND NOT c.restricted AND t.state <> '已归档'"
                " LEFT JOIN area a ON a.id = t.area_id"),
    Layer("workers", "worker_now", ((0, "t.worker, t.name, t.status, t.heading"),),
          {"worker": "id of the worker", "name": "name", "status": "moving, standing or silent",
           "heading": "degrees clockwise from north"}, "point", "t.area_id", fine=True, volatile=True,
          cache_control="private, no-store", title="Where the workers are (网格员)"),
)  # fmt: skip

LAYERS: dict[str, Layer] = {layer.name: layer for layer in _ALL}


@cache
def cache_control(layers: tuple[str, ...]) -> bytes:
    """The Cache-Control of a tile of these layers: that of the first, unless another may not be kept at all."""
    told = {LAYERS[name].cache_control for name in layers} or {"private, no-cache"}
    return ("private, no-store" if "private, no-store" in told else min(told)).encode()
