"""Small, whole files of every format that the importers read, each with what its import has to be told."""

from __future__ import annotations

import gzip
import json
import shutil
import struct
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import openpyxl
import pyogrio
import shapely


@dataclass(frozen=True)
class Sample:
    """A file (or a folder, for a FileGDB) and how it is imported."""

    path: Path
    kind: str
    options: dict[str, object] = field(default_factory=dict)


_NAMES = ["西社区1号楼", "银泰城", None, "亚运村\n二期", "金都花园，3号", "植物园"]
_CODES = [f"B{number}" for number in range(6)]
_LEVELS = [6, 18, 33, 2, 11, 7]


def make_samples(folder: Path) -> list[Sample]:
    """Writes one file of each format into a folder."""
    boxes = [shapely.box(118 + n / 1000, 36.8, 118.0005 + n / 1000, 36.8004) for n in range(6)]
    boxes[3] = shapely.MultiPolygon([boxes[3], shapely.box(118.003, 36.801, 118.0031, 36.8011)])
    boxes[4] = boxes[4].difference(boxes[4].buffer(-0.0001))
    made = [*_by_gdal(folder, boxes), *_texts(folder, boxes), *_tables(folder, boxes)]
    return [*made, *_maps(folder), *_packed(folder, made)]


def _write(path: Path, driver: str, boxes: list[object], **options: object) -> Path:
    fields = [np.array(_CODES, dtype=object), np.array(_NAMES, dtype=object), np.array(_LEVELS, dtype=np.int32)]
    geometry = options.pop("geometry_type", "Unknown")
    pyogrio.raw.write(
        path, shapely.to_wkb(np.array(boxes)), fields, ["code", "name", "levels"],
        geometry_type=geometry, crs="EPSG:4326", driver=driver, **options,
    )  # fmt: skip
    return path


def _by_gdal(folder: Path, boxes: list[object]) -> list[Sample]:
    shapes = folder / "shapes"
    shapes.mkdir()
    _write(shapes / "楼.shp", "ESRI Shapefile", boxes, geometry_type="Polygon", encoding="GBK")
    rings = [shapely.LineString(shapely.get_coordinates(box)[:5]) for box in boxes]
    drawing = folder / "d.dxf"
    pyogrio.raw.write(drawing, shapely.to_wkb(np.array(rings)), [np.array(["JZW"] * 6, dtype=object)], ["Layer"],
                      geometry_type="LineString", driver="DXF", crs="EPSG:4326")  # fmt: skip
    return [
        Sample(shapes / "楼.shp", "buildings"),
        Sample(_write(folder / "a.gpkg", "GPKG", boxes), "buildings"),
        Sample(_write(folder / "a.fgb", "FlatGeobuf", boxes), "buildings"),
        Sample(_write(folder / "a.kml", "LIBKML", boxes), "buildings"),
        Sample(_write(folder / "a.kmz", "LIBKML", boxes), "buildings"),
        Sample(_write(folder / "a.gdb", "OpenFileGDB", boxes, geometry_type="MultiPolygon", promote_to_multi=True),
               "buildings"),
        Sample(drawing, "buildings", {"crs": "EPSG:4326"}),
    ]  # fmt: skip


def _texts(folder: Path, boxes: list[object]) -> list[Sample]:
    features = [
        {"type": "Feature", "properties": {"code": code, "name": name, "levels": levels},
         "geometry": json.loads(shapely.to_geojson(box))}
        for code, name, levels, box in zip(_CODES, _NAMES, _LEVELS, boxes, strict=True)
    ]  # fmt: skip
    geojson, lines, topology = folder / "a.geojson", folder / "a.geojsonl", folder / "a.topojson"
    geojson.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), "utf-8")
    lines.write_text("\n".join(json.dumps(one, ensure_ascii=False) for one in features), "utf-8")
    arc = [[118.0, 36.8], [118.01, 36.8], [118.01, 36.81], [118.0, 36.81], [118.0, 36.8]]
    one = {"type": "Polygon", "arcs": [[0]], "properties": {"code": "T1", "name": "西社区"}}
    topology.write_text(json.dumps({"type": "Topology", "arcs": [arc], "objects": {
        "a": {"type": "GeometryCollection", "geometries": [one]}}}), "utf-8")  # fmt: skip
    return [
        Sample(geojson, "buildings"),
        Sample(lines, "buildings"),
        Sample(topology, "buildings", {"crs": "EPSG:4326"}),
    ]


def _tables(folder: Path, boxes: list[object]) -> list[Sample]:
    rows = [
        [code, name or "", levels, f"118.00{levels:02}", "36.80"]
        for code, name, levels in zip(_CODES, _NAMES, _LEVELS, strict=True)
    ]
    header = ["编码", "名称", "层数", "经度", "纬度"]
    csv, wkt, xlsx = folder / "a.csv", folder / "wkt.csv", folder / "a.xlsx"
    lines = [",".join(header), *(",".join(f'"{cell}"' for cell in row) for row in rows)]
    csv.write_bytes("\n".join(lines).encode("gb18030"))
    lines = ["code,name,wkt", *(f'{code},x,"{box}"' for code, box in zip(_CODES, boxes, strict=True))]
    wkt.write_text("\n".join(lines), "utf-8")
    book = openpyxl.Workbook()
    book.active.append(["设施清单（2026 年 5 月）"])
    for row in (header, *rows):
        book.active.append(row)
    book.active.merge_cells("A1:E1")
    book.active["F2"], book.active["F3"] = "备注", 12
    book.save(xlsx)
    told = {"crs": "EPSG:4326"}
    return [
        Sample(csv, "facilities", {**told, "encoding": "GB18030"}),
        Sample(wkt, "buildings", told),
        Sample(xlsx, "facilities", told),
        Sample(_old_excel(folder / "a.xls", [header, *rows]), "facilities", told),
    ]


def _old_excel(path: Path, rows: list[list[object]]) -> Path:
    """A BIFF2 worksheet: records of a type, a length and content."""
    records = [struct.pack("<HHHH", 0x0009, 4, 0x0002, 0x0010), struct.pack("<HHH", 0x0042, 2, 936)]
    for number, row in enumerate(rows):
        for at, cell in enumerate(row):
            text = str(cell).encode("gbk")
            body = struct.pack("<HH3xB", number, at, len(text)) + text
            records.append(struct.pack("<HH", 0x0004, len(body)) + body)
    path.write_bytes(b"".join([*records, struct.pack("<HH", 0x000A, 0)]))
    return path


def _maps(folder: Path) -> list[Sample]:
    corners = ((36.8, 118.0), (36.8, 118.001), (36.801, 118.001), (36.801, 118.0))
    nodes = "".join(f'<node id="{n + 1}" lat="{lat}" lon="{lon}"/>' for n, (lat, lon) in enumerate(corners))
    refs = "".join(f'<nd ref="{n}"/>' for n in (1, 2, 3, 4, 1))
    tags = '<tag k="building" v="yes"/><tag k="name" v="西社区"/>'
    xml, packed = folder / "a.osm", folder / "a.osm.pbf"
    xml.write_text(f'<?xml version="1.0"?><osm version="0.6">{nodes}<way id="9">{refs}{tags}</way></osm>', "utf-8")
    packed.write_bytes(_pbf(corners))
    return [Sample(xml, "buildings"), Sample(packed, "buildings")]


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def _field(number: int, content: bytes | int) -> bytes:
    if isinstance(content, int):
        return _varint(number << 3) + _varint(content)
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _zigzag(number: int) -> int:
    return number << 1 if number >= 0 else (-number << 1) - 1


def _pbf(corners: tuple[tuple[float, float], ...]) -> bytes:
    """An OpenStreetMap extract of one building; https://wiki.openstreetmap.org/wiki/PBF_Format."""

    def blob(kind: str, content: bytes) -> bytes:
        body = _field(1, content)
        head = _field(1, kind.encode()) + _field(3, len(body))
        return struct.pack(">I", len(head)) + head + body

    words = [b"", b"building", b"yes", b"name", "西社区".encode()]
    nodes = b"".join(
        _field(
            1, _field(1, _zigzag(n + 1)) + _field(8, _zigzag(round(lat * 1e7))) + _field(9, _zigzag(round(lon * 1e7)))
        )
        for n, (lat, lon) in enumerate(corners)
    )
    refs = b"".join(_varint(_zigzag(step)) for step in (1, 1, 1, 1, -3))
    way = _field(1, 9) + _field(2, bytes([1, 3])) + _field(3, bytes([2, 4])) + _field(8, refs)
    block = _field(1, b"".join(_field(1, word) for word in words)) + _field(2, nodes) + _field(2, _field(3, way))
    return blob("OSMHeader", _field(4, b"OsmSchema-V0.6")) + blob("OSMData", block)


def _packed(folder: Path, made: list[Sample]) -> list[Sample]:
    by_name = {sample.path.name: sample for sample in made}
    found = []
    for name in ("a.geojson", "a.geojsonl"):
        path = folder / f"packed-{name}.gz"
        path.write_bytes(gzip.compress(by_name[name].path.read_bytes()))
        found.append(Sample(path, "buildings"))
    shapes = folder / "shapes.zip"
    with zipfile.ZipFile(shapes, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted((folder / "shapes").iterdir()):
            archive.write(part, part.name)
    base = shutil.make_archive(str(folder / "base"), "zip", folder, "a.gdb")
    return [*found, Sample(shapes, "buildings"), Sample(Path(base), "buildings")]
