"""Shapefiles: whether all parts are there and whole, and what encoding their text is in.

GDAL reads them byte for byte as Latin-1, and the bytes are decoded here: so no text is lost to a wrong guess.
"""

from __future__ import annotations

import codecs
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from gis import crs as systems
from importers.continued import DBF_BYTES, fits, further_columns, joined
from importers.encodings import Guess, candidates, known
from importers.readers.ogr import OgrSource
from importers.readers.source import Batch, Remark, encoding_remarks, unreadable

_RAW = "ISO-8859-1"
# language driver ids of the .dbf header that say an encoding for certain
_DRIVERS = {0x4D: "GB18030", 0x4F: "Big5", 0x7A: "GB18030", 0x78: "Big5", 0x13: "Shift_JIS", 0x03: "windows-1252"}
_PAGES = {
    "936": "GB18030",
    "GBK": "GB18030",
    "GB2312": "GB18030",
    "950": "Big5",
    "65001": "UTF-8",
    "1252": "windows-1252",
}
_LOOK = 20_000_000  # bytes of a .dbf that are looked at for its encoding


class ShapefileSource(OgrSource):
    """A Shapefile, given by its .shp. Raises UnreadableFile."""

    def __init__(self, path: Path, *, encoding: str | None = None, told_as: Path | None = None) -> None:
        told = told_as or path
        parts = _parts(path)
        for suffix in (".shx", ".dbf"):
            if suffix not in parts:
                raise unreadable(told, "shapefile-part", part=suffix)
        _check_length(told, path, parts[".shx"])
        if ".prj" in parts:
            _check_projection(told, parts[".prj"])
        said = encoding or _said(parts)
        fields, raw = _look_at_dbf(told, parts[".dbf"])
        guesses = candidates([*fields, *raw])
        remarks: list[Remark] = []
        if said is None or not known(said) or not _decodes([*fields, *raw], said):
            if encoding is not None:
                raise unreadable(told, "encoding-wrong", encoding=encoding, known=_possible(guesses))
            remarks = encoding_remarks(guesses, "GB18030") if guesses else []
            said = guesses[0].encoding if guesses else "UTF-8"
        super().__init__(path, str(path), "ESRI Shapefile", encoding=_RAW, told_as=told)
        self.encoding = said
        self.encodings = guesses if remarks else []
        self.remarks += remarks
        self.raw_columns = list(self.columns)
        self._raw_names = {_name(name, said): name for name in self.columns}
        self._further: dict[str, list[str]] = {}
        self.columns = list(self._raw_names)
        self._further = self._continued()
        hidden = {name for names in self._further.values() for name in names}
        self.columns = [name for name in self._raw_names if name not in hidden]

    def batches(self, columns: Sequence[str]) -> Iterator[Batch]:
        """The rows in batches, their text decoded; what can't be becomes U+FFFD, which a check reports."""
        wanted = [*columns, *(more for name in columns for more in self._further.get(name, ()))]
        raw = [self._raw_names[name] for name in wanted]
        encoding = self.encoding or "UTF-8"
        for batch in super().batches(raw):
            read = {
                name: [_decoded(value, encoding) for value in batch.columns[source]]
                for name, source in zip(wanted, raw, strict=True)
            }
            batch.columns = {name: self._joined(name, read) for name in columns}
            yield batch

    def _joined(self, name: str, read: dict[str, list[Any]]) -> list[Any]:
        """The values of a column with what of them stands in further columns."""
        if name not in self._further:
            return read[name]
        return [joined(row) for row in zip(*(read[one] for one in (name, *self._further[name])), strict=True)]

    def _continued(self) -> dict[str, list[str]]:
        """The columns whose text goes on in others, in every row."""
        found = further_columns(self.columns)
        encoding = self.encoding or "UTF-8"

        def size(text: str) -> int:
            return len(text.encode(encoding, "replace"))

        for name in list(found):
            names = [name, *found[name]]
            for batch in self.batches(names):
                rows = zip(*(batch.columns[one] for one in names), strict=True)
                if not all(fits(row, DBF_BYTES, size) for row in rows):
                    del found[name]
                    break
        return found


def _decoded(value: Any, encoding: str) -> Any:
    if not isinstance(value, str) or value.isascii():
        return value
    return value.encode("latin-1", "replace").decode(encoding, "replace")


def _name(raw: str, encoding: str) -> str:
    """A column's name; what its ten bytes hold of a last character is left out."""
    if raw.isascii():
        return raw
    return codecs.getincrementaldecoder(encoding)("replace").decode(raw.encode("latin-1", "replace"))


def _parts(path: Path) -> dict[str, Path]:
    """The files that belong to a .shp, by suffix in lower case."""
    return {
        other.suffix.lower(): other
        for other in path.parent.iterdir()
        if other.stem.lower() == path.stem.lower() and other.is_file()
    }


def _check_length(told: Path, path: Path, index: Path) -> None:
    """The .shp and .shx say their own length in their headers."""
    for part in (path, index):
        with part.open("rb") as file:
            header = file.read(100)
        if len(header) < 100 or struct.unpack(">i", header[:4])[0] != 9994:
            raise unreadable(told, "shapefile-header", part=part.suffix)
        wanted = 2 * struct.unpack(">i", header[24:28])[0]
        if part.stat().st_size < wanted:
            raise unreadable(told, "cut", part=part.suffix, size=part.stat().st_size, whole=wanted)


def _check_projection(told: Path, path: Path) -> None:
    try:
        systems.parse(path.read_text(encoding="utf-8", errors="replace"))
    except systems.UnknownCrs as unknown:
        raise unreadable(told, "prj") from unknown


def _look_at_dbf(told: Path, path: Path) -> tuple[list[bytes], list[bytes]]:
    """The raw names of the fields and the raw texts of the first rows; raises UnreadableFile when it is broken."""
    size = path.stat().st_size
    with path.open("rb") as file:
        header = file.read(32)
        if len(header) < 32:
            raise unreadable(told, "dbf-header")
        rows, start, width = struct.unpack("<IHH", header[4:12])
        described = file.read(max(0, start - 32))
        if start < 33 or width < 1 or len(described) < start - 32 or b"\r" not in described:
            raise unreadable(told, "dbf-header")
        if size < start + rows * width:
            raise unreadable(told, "cut", part=".dbf", size=size, whole=start + rows * width)
        fields: list[tuple[bytes, int, int]] = []
        at = 1
        for offset in range(0, described.rindex(b"\r") - 31, 32):
            name, letter, length = described[offset : offset + 11], described[offset + 11], described[offset + 16]
            if letter == ord("C"):
                length += described[offset + 17] << 8
            fields.append((name.split(b"\0")[0], letter, length))
        if 1 + sum(length for _, _, length in fields) > width:
            raise unreadable(told, "dbf-header")
        body = file.read(min(rows * width, _LOOK))
    texts: dict[bytes, None] = {}
    for begin in range(0, len(body) - width + 1, width):
        at = begin + 1
        for _, letter, length in fields:
            if letter == ord("C"):
                text = body[at : at + length].rstrip(b" \0")
                if not text.isascii():
                    texts[text] = None
            at += length
    return [name for name, _, _ in fields], list(texts)


def _said(parts: dict[str, Path]) -> str | None:
    """The encoding that .cpg or the .dbf's header names."""
    if ".cpg" in parts:
        page = parts[".cpg"].read_bytes()[:40].decode("ascii", "replace").strip().upper()
        page = page.removeprefix("CP").removeprefix("ANSI ").removeprefix("OEM ").strip()
        return _PAGES.get(page, page) or None
    with parts[".dbf"].open("rb") as file:
        header = file.read(32)
    return _DRIVERS.get(header[29]) if len(header) == 32 else None


def _decodes(raw: Sequence[bytes], encoding: str) -> bool:
    """Whether all texts can be read; a character cut off at a field's end is let pass."""
    for text in raw:
        try:
            text.decode(encoding)
        except UnicodeDecodeError as broken:
            if len(text) - broken.start > 3:
                return False
    return True


def _possible(guesses: list[Guess]) -> str:
    return ", ".join(guess.encoding for guess in guesses) or "–"
