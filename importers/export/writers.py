"""One function a format: batches of rows into one file. Shapes are in the file's coordinate system already."""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyogrio
import shapely
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from gis import crs as systems
from gis.crs import Crs
from gis.errors import ExportRefused
from gis.messages import Both
from importers.continued import CELL_CHARACTERS, DBF_BYTES, column_name, split
from importers.export.query import Rows
from importers.kinds import TEXT, Field, Kind
from importers.values import guarded

_ARROW = {"text": pa.string(), "real": pa.float64(), "integer": pa.int32()}
_GEOMETRY = {"polygon": "MultiPolygon", "line": "MultiLineString", "point": "Point"}
_SHAPEFILE_GEOMETRY = {"polygon": "Polygon", "line": "LineString", "point": "Point"}
_MOST_ROWS = 1_048_576  # of an Excel sheet, the header counted
_DEFAULT_CRS = "EPSG:4326"  # what a GeoJSON that doesn't name its system is in


@dataclass(frozen=True)
class Layer:
    """What a writer has to know: the kind, the coordinate system, the encoding, and how long the texts are.

    `pieces` says in how many columns a text field has to stand, by field name.
    """

    kind: Kind
    crs: Crs
    encoding: str
    pieces: dict[str, int]

    @property
    def name(self) -> str:
        """The layer's name in files that name their layers."""
        return self.kind.name


def write_geopackage(path: Path, layer: Layer, batches: Iterator[Rows]) -> None:
    """A GeoPackage of one layer; polygons and lines are multi, as GIS programs want a layer to be of one type."""
    schema = pa.schema([(field.name, _ARROW[field.type]) for field in layer.kind.fields] + [("geom", pa.binary())])

    def arrow() -> Iterator[pa.RecordBatch]:
        for rows, shapes in batches:
            columns = [*zip(*rows, strict=True), shapely.to_wkb(_multi(shapes, layer.kind)).tolist()]
            yield pa.record_batch(
                [pa.array(column, one.type) for column, one in zip(columns, schema, strict=True)], schema=schema
            )

    pyogrio.write_arrow(
        pa.RecordBatchReader.from_batches(schema, arrow()), path, layer=layer.name, driver="GPKG",
        geometry_name="geom", geometry_type=_GEOMETRY[layer.kind.geometry], crs=systems.definition(layer.crs),
    )  # fmt: skip


def write_shapefile(path: Path, layer: Layer, batches: Iterator[Rows]) -> None:
    """A Shapefile in one archive, with its .cpg. Texts longer than 254 bytes go on in further columns."""
    folder = path.parent / f"{path.name}.parts"
    folder.mkdir()
    fields = layer.kind.fields
    schema = pa.schema(
        [
            (column_name(field.name, number, shapefile=True), _ARROW[field.type])
            for field in fields
            for number in range(1, layer.pieces.get(field.name, 1) + 1)
        ]
        + [("geom", pa.binary())]
    )

    def size(text: str) -> int:
        return len(text.encode(layer.encoding))

    def arrow() -> Iterator[pa.RecordBatch]:
        for rows, shapes in batches:
            columns: list[Any] = []
            for field, values in zip(fields, zip(*rows, strict=True), strict=True):
                columns += _pieces(values, layer.pieces.get(field.name, 1), DBF_BYTES, size)
            columns.append(shapely.to_wkb(shapes).tolist())
            yield pa.record_batch(
                [pa.array(column, one.type) for column, one in zip(columns, schema, strict=True)], schema=schema
            )

    pyogrio.write_arrow(
        pa.RecordBatchReader.from_batches(schema, arrow()), folder / f"{layer.name}.shp", driver="ESRI Shapefile",
        geometry_name="geom", geometry_type=_SHAPEFILE_GEOMETRY[layer.kind.geometry],
        crs=systems.definition(layer.crs), encoding=layer.encoding,
    )  # fmt: skip
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        for part in sorted(folder.iterdir()):
            packed.write(part, part.name)


def write_geojson(path: Path, layer: Layer, batches: Iterator[Rows]) -> None:
    """A FeatureCollection, one feature a line, every coordinate in full. Other systems than 4326 are named in `crs`."""
    named = ""
    if layer.crs.name != _DEFAULT_CRS:
        name = layer.crs.name if layer.crs.is_offset else f"urn:ogc:def:crs:{layer.crs.name.replace(':', '::')}"
        named = f'"crs":{{"type":"name","properties":{{"name":{json.dumps(name)}}}}},\n'
    names = [field.name for field in layer.kind.fields]
    with path.open("w", encoding="utf-8") as file:
        file.write(f'{{"type":"FeatureCollection",\n"name":"{layer.name}",\n{named}"features":[')
        between = "\n"
        for rows, shapes in batches:
            for row, shape in zip(rows, shapely.to_geojson(shapes), strict=True):
                properties = json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False)
                file.write(f'{between}{{"type":"Feature","properties":{properties},"geometry":{shape}}}')
                between = ",\n"
        file.write("\n]}\n")


def write_csv(path: Path, layer: Layer, batches: Iterator[Rows]) -> None:
    """Points in two columns, other shapes as WKT. UTF-8 begins with a mark, by which Excel knows it."""
    encoding = "utf-8-sig" if layer.encoding == "UTF-8" else layer.encoding
    fields = layer.kind.fields
    with path.open("w", encoding=encoding, newline="") as file:
        written = csv.writer(file)
        written.writerow([*(field.name for field in fields), *_place_columns(layer.kind)])
        texts = [at for at, field in enumerate(fields) if field.type == TEXT]
        for rows, shapes in batches:
            for row, place in zip(rows, _places(layer.kind, shapes), strict=True):
                cells = list(row)
                for at in texts:
                    cells[at] = guarded(cells[at])
                written.writerow([*cells, *place])


def write_xlsx(path: Path, layer: Layer, batches: Iterator[Rows]) -> None:
    """One sheet; whatever is text is text for Excel too (`3-1` no date, `=1` no formula)."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(layer.name)
    sheet.freeze_panes = "A2"
    fields = layer.kind.fields
    header = [
        column_name(field.name, number, shapefile=False)
        for field in fields
        for number in range(1, layer.pieces.get(field.name, 1) + 1)
    ]
    places = _place_columns(layer.kind)
    further = layer.pieces.get("wkt", 1)
    if places == ("wkt",):
        places = tuple(column_name("wkt", number, shapefile=False) for number in range(1, further + 1))
    sheet.append([*header, *places])
    count = 1
    for rows, shapes in batches:
        count += len(rows)
        if count > _MOST_ROWS:
            raise ExportRefused(
                why=Both(
                    f"Excel 工作表最多 {_MOST_ROWS - 1} 行；请缩小范围（--within）或改用 gpkg、csv",
                    f"an Excel sheet holds {_MOST_ROWS - 1} rows; choose a smaller area (--within), or gpkg or csv",
                )
            )
        for row, place in zip(rows, _places(layer.kind, shapes), strict=True):
            cells: list[Any] = []
            for field, value in zip(fields, row, strict=True):
                for (piece,) in _pieces((value,), layer.pieces.get(field.name, 1), CELL_CHARACTERS, len):
                    cells.append(_cell(sheet, piece))
            for value in place:
                pieces = _pieces((value,), further if isinstance(value, str) else 1, CELL_CHARACTERS, len)
                cells += [_cell(sheet, piece) for (piece,) in pieces]
            sheet.append(cells)
    book.save(path)


WRITERS = {
    "gpkg": write_geopackage,
    "shp": write_shapefile,
    "geojson": write_geojson,
    "csv": write_csv,
    "xlsx": write_xlsx,
}


def pieces_needed(field: Field, text: str, layer_format: str, encoding: str) -> int:
    """In how many columns a text has to stand in this format; raises ValueError when no number is enough."""
    if layer_format == "shp":
        if len(text) * 4 <= DBF_BYTES:
            return 1
        return len(split(text, DBF_BYTES, lambda part: len(part.encode(encoding))))
    if layer_format == "xlsx" and len(text) > CELL_CHARACTERS:
        return len(split(text, CELL_CHARACTERS, len))
    return 1


def _pieces(values: Sequence[Any], number: int, most: int, size: Any) -> list[list[Any]]:
    """Values as columns: one, or as many as the longest needs, empty at the end of the shorter ones."""
    if number == 1:
        return [list(values)]
    columns: list[list[Any]] = [[] for _ in range(number)]
    for value in values:
        parts: list[Any] = split(value, most, size) if isinstance(value, str) else [value]
        for at in range(number):
            columns[at].append(parts[at] if at < len(parts) else None)
    return columns


def _cell(sheet: Any, value: Any) -> Any:
    """A cell; text is marked as such, so that nothing in it becomes a formula, a date or an error."""
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet)
    cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
    cell.data_type = "s"
    return cell


def _place_columns(kind: Kind) -> tuple[str, ...]:
    return ("lon", "lat") if kind.geometry == "point" else ("wkt",)


def _places(kind: Kind, shapes: Any) -> Any:
    """The cells that say where: (lon, lat) or (east, north) as numbers, or WKT; every digit counts."""
    if kind.geometry == "point":
        return shapely.get_coordinates(shapes).tolist()
    return ((text,) for text in shapely.to_wkt(shapes, rounding_precision=-1))


def _multi(shapes: Any, kind: Kind) -> Any:
    if kind.geometry == "point":
        return shapes
    make, single = (shapely.multipolygons, 3) if kind.geometry == "polygon" else (shapely.multilinestrings, 1)
    lone = shapely.get_type_id(shapes) == single
    if lone.any():
        shapes = shapes.copy()
        shapes[lone] = make([[shape] for shape in shapes[lone]])
    return shapes
