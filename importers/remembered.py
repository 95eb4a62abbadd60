"""How the last file of the same shape was read: columns, constants, coordinate system, encoding, axes.

A planner gets the same table every month. What was said once on the command line or in the browser holds for the next
file with the same columns, and the report says so. What is said now goes before it; what the file itself says goes
before it too, unless it was overruled then and says the same now.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import msgspec
import numpy as np
import psycopg
from psycopg.types.json import Jsonb

from gis import crs as systems
from gis.errors import UnreadableFile
from importers import whereabouts
from importers.findings import INFO, WARNING, Findings
from importers.kinds import Kind
from importers.names import column_like
from importers.readers import Source, open_source
from importers.request import ImportRequest

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Remembered:
    """What was said of a file. `file_crs` is what the file said itself; `used_at` when it was last used."""

    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    crs: str | None = None
    file_crs: str | None = None
    encoding: str | None = None
    swap: bool = False
    used_at: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        """It for programs."""
        return msgspec.to_builtins(self)  # type: ignore[no-any-return]


def recall(connection: Connection, kind: Kind, source: Source) -> Remembered | None:
    """What is remembered of files that look like this one (opened without an encoding); None when nothing is."""
    row = connection.execute(
        "SELECT mapping, used_at FROM import_mapping WHERE kind = %s AND columns_sha256 = %s",
        (kind.name, shape(source)),
    ).fetchone()
    if row is None:
        return None
    said, used_at = row
    known = {one.name for one in kind.fields}
    return Remembered(
        columns={name: column for name, column in said.get("columns", {}).items() if name in known},
        constants={name: text for name, text in said.get("constants", {}).items() if name in known},
        crs=said.get("crs"),
        file_crs=said.get("file_crs"),
        encoding=said.get("encoding"),
        swap=bool(said.get("swap")),
        used_at=used_at,
    )


def shape(source: Source) -> bytes:
    """What files of one shape have in common: format and columns, in whatever order, by their bytes in the file."""
    names = sorted(getattr(source, "raw_columns", source.columns))
    return hashlib.sha256("\x1f".join([source.format, *names]).encode("utf-8", "surrogateescape")).digest()


def remember(connection: Connection, kind: Kind, key: bytes, request: ImportRequest, source: Source) -> None:
    """Keeps what was said for this file; when nothing had to be said, what was remembered is forgotten."""
    said = {
        "columns": dict(request.columns),
        "constants": dict(request.constants),
        "crs": request.crs,
        "encoding": request.encoding,
        "swap": request.swap or None,
    }
    kept: dict[str, Any] = {name: value for name, value in said.items() if value}
    if not kept:
        connection.execute("DELETE FROM import_mapping WHERE kind = %s AND columns_sha256 = %s", (kind.name, key))
        return
    if request.crs:
        kept["file_crs"] = source.crs
    connection.execute(
        "INSERT INTO import_mapping (kind, columns_sha256, mapping) VALUES (%s, %s, %s)"
        " ON CONFLICT (kind, columns_sha256) DO UPDATE SET mapping = excluded.mapping, used_at = now()",
        (kind.name, key, Jsonb(kept)),
    )


@dataclass(frozen=True)
class Opened:
    """A file, opened as it is to be read: the request with what was remembered, and the key to remember it by."""

    source: Source
    request: ImportRequest
    key: bytes
    used: dict[str, str]

    def tell(self, findings: Findings) -> None:
        """Says what was taken from memory; where text or place depend on it, as a warning."""
        if self.used:
            grave = self.used.keys() & {"--crs", "--encoding", "--swap"}
            findings.add(
                "remembered", WARNING if grave else INFO,
                options=" ".join(f"{option} {value}".strip() for option, value in self.used.items()),
            )  # fmt: skip


def open_remembering(connection: Connection, kind: Kind, request: ImportRequest) -> Opened:
    """Opens a request's file, filling in what it leaves unsaid from memory. Raises UnreadableFile, SeveralLayers."""

    def opened(encoding: str | None) -> Source:
        return open_source(request.file, layer=request.layer, encoding=encoding, kind=kind.name, wanted=kind.geometry)

    source = plain = opened(request.encoding)
    if request.encoding is not None:
        try:
            plain = opened(None)
        except UnreadableFile:
            plain = source
    key = shape(plain)
    memory = None if request.fresh else recall(connection, kind, plain)
    if memory is None:
        return Opened(source, request, key, {})
    used: dict[str, str] = {}
    if memory.encoding and request.encoding is None and source.encodings:
        try:
            source = opened(memory.encoding)
        except UnreadableFile:
            pass  # it isn't in that encoding: the candidates are listed as for any file
        else:
            request = replace(request, encoding=memory.encoding)
            used["--encoding"] = memory.encoding
    if memory.crs and request.crs is None and memory.file_crs == source.crs and _plausible(memory, source, connection):
        request = replace(request, crs=memory.crs, swap=request.swap or memory.swap)
        used["--crs"] = memory.crs
        if memory.swap:
            used["--swap"] = ""
    said = request.columns.keys() | request.constants.keys()
    columns = {
        name: column
        for name, column in memory.columns.items()
        if name not in said and column_like((column,), source.columns)
    }
    constants = {name: text for name, text in memory.constants.items() if name not in said}
    used |= {f"--map {name}={column}": "" for name, column in columns.items()}
    used |= {f"--set {name}={text}": "" for name, text in constants.items()}
    request = replace(request, columns={**columns, **request.columns}, constants={**constants, **request.constants})
    return Opened(source, request, key, used)


def _plausible(memory: Remembered, source: Source, connection: Connection) -> bool:
    """Whether the remembered system fits: not when others put the file on the areas that are there and it doesn't."""
    corners = whereabouts.corners(source)
    corners = corners[np.isfinite(corners).all(axis=1)]
    box = whereabouts.areas_box(connection)
    if box is None or not len(corners):
        return True
    middle = np.median(corners, axis=0, keepdims=True)
    try:
        lon, lat = systems.to_storage(middle[:, ::-1] if memory.swap else middle, systems.parse(str(memory.crs)))[0]
    except systems.UnknownCrs:
        return False
    west, south, east, north = box
    if west <= lon <= east and south <= lat <= north:
        return True
    return not any(one.on_areas for one in whereabouts.place(corners, connection))
