"""The road out: one snapshot, its rows in batches, into a file that appears whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pyogrio
import shapely

from gis import crs as systems
from gis.errors import ExportRefused
from gis.messages import Both
from importers.continued import CELL_CHARACTERS
from importers.export import query
from importers.export.query import Connection, Rows
from importers.export.request import ExportRequest
from importers.export.writers import WRITERS, Layer, pieces_needed
from importers.kinds import Kind

_NAMED = 5  # values that a refusal names


def export(dsn: str, request: ExportRequest) -> int:
    """Writes one layer into `request.file`, in place of a file that is there; returns the number of rows.

    Raises BadRequest for what can't be understood, NotFound for an area that is not there or not within the scope,
    ExportRefused when the format can't hold the rows without loss. Only then is nothing written.
    """
    kind = request.checked_kind()
    system = request.system()
    with psycopg.connect(dsn) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        connection.execute("SET LOCAL jit = off")
        query.check(connection, request)
        layer = Layer(kind, system, request.codec(), _pieces(connection, kind, request))
        counted = _Counted()
        try:
            folder = Path(tempfile.mkdtemp(prefix=".gridtwin-export-", dir=request.file.absolute().parent))
        except OSError as closed:
            raise ExportRefused(why=f"{request.file.absolute().parent}: {closed.strerror}") from closed
        try:
            made = folder / f"file{request.file.suffix}"
            try:
                WRITERS[request.format](made, layer, counted.pass_on(_transformed(connection, kind, request, system)))
            except (pyogrio.errors.DataSourceError, pyogrio.errors.FeatureError, pyogrio.errors.FieldError) as failed:
                raise ExportRefused(why=" ".join(str(failed).split())[:300]) from failed
            if request.format == "shp" and request.file.suffix.lower() == ".shp":
                _lay_out(made, request.file)
            else:
                made.replace(request.file)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    return counted.rows


def _lay_out(packed: Path, file: Path) -> None:
    """The parts of a packed Shapefile beside each other, the .shp last: without it nobody opens the others."""
    folder = packed.parent / "parts"
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(folder)  # written by us a moment ago
    for part in sorted(folder.iterdir(), key=lambda part: part.suffix == ".shp"):
        part.replace(file.with_suffix(part.suffix))


class _Counted:
    """Counts rows that pass by."""

    def __init__(self) -> None:
        self.rows = 0

    def pass_on(self, batches: Iterator[Rows]) -> Iterator[Rows]:
        """The batches as they are."""
        for rows, shapes in batches:
            self.rows += len(rows)
            yield rows, shapes


def _transformed(connection: Connection, kind: Kind, request: ExportRequest, system: systems.Crs) -> Iterator[Rows]:
    for rows, shapes in query.batches(connection, kind, request):
        there = systems.transform_shapes(shapes, system, systems.from_storage)
        if not _finite(there):
            raise ExportRefused(
                why=Both(
                    f"部分坐标无法换算到 {system.title}；请改用 EPSG:4326",
                    f"some coordinates can't be given in {system.title}; use EPSG:4326",
                )
            )
        yield rows, there


def _finite(shapes: object) -> bool:
    return bool(abs(shapely.get_coordinates(shapes)).max(initial=0.0) < 1e12)


def _pieces(connection: Connection, kind: Kind, request: ExportRequest) -> dict[str, int]:
    """In how many columns each text has to stand; raises ExportRefused for text that the encoding hasn't got."""
    codec = request.codec()
    fields = query.text_fields(kind)
    pieces: dict[str, int] = {}
    strange: dict[str, None] = {}
    if request.format == "xlsx" and kind.geometry != "point":
        pieces["wkt"] = _wkt_pieces(connection, kind, request)
    if request.format not in ("shp", "xlsx") and codec == "UTF-8":
        return pieces
    for row in query.texts(connection, kind, request):
        for field, text in zip(fields, row, strict=True):
            if text is None or (text.isascii() and len(text) < 100):
                continue
            try:
                text.encode(codec)
                needed = pieces_needed(field, text, request.format, codec)
            except UnicodeEncodeError as unknown:
                strange[f"{text[unknown.start]} ({text[:30]})"] = None
                continue
            except ValueError:
                raise ExportRefused(
                    why=Both(
                        f"字段 {field.name} 的文字过长（{len(text)} 个字符），{request.format} 存不下；请改用 gpkg",
                        f"{field.name} has a text of {len(text)} characters, too long for {request.format}; use gpkg",
                    )
                ) from None
            if needed > pieces.get(field.name, 1):
                pieces[field.name] = needed
    if strange:
        some, many = ", ".join(list(strange)[:_NAMED]), len(strange)
        raise ExportRefused(
            why=Both(
                f"{many} 处文字含 {codec} 没有的字符：{some}；请用 --encoding UTF-8",
                f"{many} texts have characters that {codec} hasn't got: {some}; use --encoding UTF-8",
            )
        )
    return pieces


def _wkt_pieces(connection: Connection, kind: Kind, request: ExportRequest) -> int:
    """In how many cells the longest WKT has to stand: a coordinate takes 42 characters at most."""
    most = max(
        (
            int(shapely.get_num_coordinates(shapes).max(initial=0))
            for _, shapes in query.batches(connection, kind, request)
        ),
        default=0,
    )
    return max(1, -(-most * 48 // int(CELL_CHARACTERS * 0.9)))
