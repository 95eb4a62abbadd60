"""Tables of people: titles above the header, headers in two rows, merged cells; CSV and Excel alike."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from importers.continued import CELL_CHARACTERS, fits, further_columns, joined
from importers.encodings import Guess
from importers.names import column_like
from importers.readers.source import BATCH_ROWS, Batch, Remark, unreadable
from importers.values import coordinate

EAST = ("lon", "lng", "longitude", "经度", "东经", "经度坐标", "x", "x坐标", "东坐标")
NORTH = ("lat", "latitude", "纬度", "北纬", "纬度坐标", "y", "y坐标", "北坐标")
WKT = ("wkt", "geometry", "geom", "the_geom", "几何", "wkt_geom")
_LOOK = 30  # rows in which the header is looked for

Row = list[Any]


@dataclass(frozen=True)
class Header:
    """The columns' names, and the number of rows above the data (title rows and the header itself)."""

    names: list[str]
    above: int
    titles: tuple[str, ...]


class TableSource:
    """Rows of cells as a source. `rows` gives all rows from the top, as often as it is called."""

    crs: str | None = None
    rows: int | None = None

    def __init__(self, path: Path, kind: str, layer: str, rows: Callable[[], Iterator[Row]]) -> None:
        self.path = path
        self.format = kind
        self.layer = layer
        self.encoding: str | None = None
        self.encodings: list[Guess] = []
        self.remarks: list[Remark] = []
        self._rows = rows
        header = find_header(list(itertools.islice(rows(), _LOOK)))
        if header is None:
            raise unreadable(path, "no-header")
        self._all_columns = header.names
        self._further = self._continued(header)
        hidden = {name for names in self._further.values() for name in names}
        self.columns = [name for name in header.names if name not in hidden]
        self.places = dict(enumerate(header.names))
        self._above = header.above
        if header.titles:
            self.remarks.append(
                Remark("title-rows", "info", {"row": header.above, "titles": " / ".join(header.titles)[:120]})
            )
        self.east = column_like(EAST, self.columns)
        self.north = column_like(NORTH, self.columns)
        self.wkt = column_like(WKT, self.columns)
        self.has_geometry = self.wkt is not None or (self.east is not None and self.north is not None)

    def batches(self, columns: Sequence[str]) -> Iterator[Batch]:
        """The rows in batches; `first_row` is the number of the row in the table, its header counted."""
        rows = itertools.islice(self._rows(), self._above, None)
        width = len(self._all_columns)
        first = self._above + 1
        while chunk := list(itertools.islice(rows, BATCH_ROWS)):
            padded = [row if len(row) >= width else [*row, *([None] * (width - len(row)))] for row in chunk]
            values = {name: self._values(name, padded) for name in columns}
            geometry, broken = self._shapes(padded)
            yield Batch(first, len(chunk), values, geometry, broken)
            first += len(chunk)

    def _continued(self, header: Header) -> dict[str, list[str]]:
        """The columns whose text goes on in others, in every row."""
        found = further_columns(header.names)
        for name in list(found):
            places = [header.names.index(one) for one in (name, *found[name])]
            for row in itertools.islice(self._rows(), header.above, None):
                pieces = [row[at] if at < len(row) else None for at in places]
                if not fits(pieces, CELL_CHARACTERS, len):
                    del found[name]
                    break
        return found

    def _values(self, name: str, rows: list[Row]) -> list[Any]:
        """The values of a column, with what of them stands in further columns."""
        places = [self._all_columns.index(one) for one in (name, *self._further.get(name, ()))]
        if len(places) == 1:
            return [row[places[0]] for row in rows]
        return [joined([row[at] for at in places]) for row in rows]

    def _shapes(self, rows: list[Row]) -> tuple[NDArray[np.object_] | None, dict[int, str]]:
        if not self.has_geometry:
            return None, {}
        geometry = np.empty(len(rows), dtype=object)
        broken: dict[int, str] = {}
        if self.wkt is not None:
            for index, text in enumerate(self._values(self.wkt, rows)):
                if text is None or not str(text).strip():
                    continue
                try:
                    geometry[index] = shapely.to_wkb(shapely.from_wkt(str(text)))
                except shapely.errors.GEOSException as error:
                    broken[index] = " ".join(str(error).split())[:200]
            return geometry, broken
        east, north = self._all_columns.index(str(self.east)), self._all_columns.index(str(self.north))
        for index, row in enumerate(rows):
            try:
                x, y = coordinate(row[east]), coordinate(row[north])
            except ValueError:
                broken[index] = f"{str(row[east])[:40]!r}, {str(row[north])[:40]!r}"
                continue
            if x is not None and y is not None:
                geometry[index] = struct.pack("<BIdd", 1, 1, x, y)
            elif x is not None or y is not None:
                broken[index] = f"{row[east]!r}, {row[north]!r}"
        return geometry, broken


def find_header(look: list[Row]) -> Header | None:
    """The header among the first rows: the first that names most columns, in words.

    A second row that fills the gaps left by merged cells of the first belongs to it.
    """
    filled = [[_text(cell) for cell in row] for row in look]
    width = max((sum(1 for cell in row if cell) for row in filled), default=0)
    for at, row in enumerate(filled):
        named = [cell for cell in row if cell]
        if len(named) < max(1 if width == 1 else 2, (width + 1) // 2) or not all(map(_is_word, named)):
            continue
        titles = tuple(cell for above in filled[:at] for cell in above if cell)
        under = filled[at + 1] if at + 1 < len(filled) else []
        if _is_second_row(row, under):
            return Header(_unique(_joined(row, under)), at + 2, titles)
        return Header(_unique(row), at + 1, titles)
    return None


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell).strip().lstrip("\ufeff")


def _is_word(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return True
    return False


def _is_second_row(row: list[str], under: list[str]) -> bool:
    """Whether all that stands under a header stands under its gaps (or where a gap begins), in words."""
    padded = row + [""] * (len(under) - len(row))
    # a cell merged over both rows stands in both
    places = [at for at, cell in enumerate(under) if cell and cell != padded[at]]
    if not places or not all(_is_word(under[at]) for at in places):
        return False
    gaps = {at for at, cell in enumerate(padded) if not cell}
    begins = {at for at in range(len(padded)) if padded[at] and at + 1 in gaps}
    return bool(gaps) and set(places) <= gaps | begins and len(set(places) & gaps) > 0


def _joined(row: list[str], under: list[str]) -> list[str]:
    width = max(len(row), len(under))
    row, under = row + [""] * (width - len(row)), under + [""] * (width - len(under))
    names, group = [], ""
    for top, below in zip(row, under, strict=True):
        group = top or (group if below else "")
        names.append(below or top)
    twice = {name for name in names if names.count(name) > 1}
    group = ""
    for at, (top, below) in enumerate(zip(row, under, strict=True)):
        group = top or group
        if names[at] in twice and below:
            names[at] = f"{group}{below}"
    return names


def _unique(names: list[str]) -> list[str]:
    """Names without repetition: a column without a name is called by its letter, a repeated one gets a number."""
    while names and not names[-1]:
        names = names[:-1]
    found: list[str] = []
    for at, name in enumerate(names):
        plain = name or _letter(at)
        candidate, count = plain, 2
        while candidate in found:
            candidate, count = f"{plain} ({count})", count + 1
        found.append(candidate)
    return found


def _letter(at: int) -> str:
    """A column's letters as spreadsheets count: 0 is A, 26 is AA."""
    letters = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
