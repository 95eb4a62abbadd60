"""CSV: rows of text, with longitude and latitude in two columns, or WKT in one, or no geometry."""

from __future__ import annotations

import csv
import io
import itertools
import zlib
from collections.abc import Iterator
from pathlib import Path

from importers.encodings import Guess, candidates, known
from importers.readers.source import Remark, encoding_remarks, open_plain, unreadable
from importers.readers.tables import Row, TableSource
from importers.values import unguarded

_LONGEST_FIELD = 64 * 1024 * 1024  # characters of one field: a polygon as WKT can be long
_LOOK = 1 << 20  # bytes in which an encoding has to be possible


def open_delimited(path: Path, encoding: str | None = None) -> TableSource:
    """Opens a CSV file, also gzipped. Raises UnreadableFile.

    Text that is UTF-8 from the first byte to the last is read as such; any other text needs `encoding`.
    """
    guesses: list[Guess] = []
    remarks: list[Remark] = []
    if encoding is None:
        encoding, guesses = _encoding(path)
        if guesses:
            remarks = encoding_remarks(guesses, "GB18030")
    elif not known(encoding):
        raise unreadable(path, "encoding-unknown", encoding=encoding)
    csv.field_size_limit(_LONGEST_FIELD)
    chosen = "utf-8-sig" if encoding.upper() in ("UTF-8", "UTF8") else encoding
    source = TableSource(path, "CSV", path.name.split(".")[0], lambda: _rows(path, chosen))
    source.encoding, source.encodings = encoding, guesses
    source.remarks += remarks
    return source


def _encoding(path: Path) -> tuple[str, list[Guess]]:
    """UTF-8 where the whole file is; else the likeliest encoding, and all that are possible."""
    try:
        with open_plain(path) as file:
            start = file.read(4)
            if start.startswith((b"\xff\xfe", b"\xfe\xff")):
                return "utf-16", []
        with open_plain(path) as file:
            decoder = _Utf8()
            while block := file.read(_LOOK):
                if not decoder.goes_on(block):
                    break
            else:
                if decoder.ended():
                    return "UTF-8", []
        with open_plain(path) as file:
            look = file.read(_LOOK)
    except (EOFError, zlib.error, OSError) as broken:
        raise unreadable(path, broken) from broken
    cells = [cell for line in look.splitlines()[:-1] or [look] for cell in line.split(b",")]
    guesses = [guess for guess in candidates(cells) if guess.encoding != "UTF-8"]
    return (guesses[0].encoding if guesses else "GB18030"), guesses


class _Utf8:
    """Whether bytes that arrive in blocks are UTF-8."""

    def __init__(self) -> None:
        self._rest = b""

    def goes_on(self, block: bytes) -> bool:
        """Takes a block; False when it can't be UTF-8."""
        together = self._rest + block
        try:
            together.decode("utf-8")
            self._rest = b""
        except UnicodeDecodeError as broken:
            if broken.reason != "unexpected end of data" or len(together) - broken.start > 3:
                return False
            self._rest = together[broken.start :]
        return True

    def ended(self) -> bool:
        """Whether no character is half there."""
        return not self._rest


def _rows(path: Path, encoding: str) -> Iterator[Row]:
    try:
        with open_plain(path) as file, io.TextIOWrapper(file, encoding, errors="replace", newline="") as text:
            look = list(itertools.islice(text, 5))
            sample = max(look, key=len, default="")
            delimiter = max(",;\t|", key=sample.count)
            for row in csv.reader(itertools.chain(look, text), delimiter=delimiter):
                yield [unguarded(cell) for cell in row]
    except (csv.Error, EOFError, zlib.error, OSError, UnicodeError) as broken:
        raise unreadable(path, broken) from broken
