"""Excel: .xlsx by openpyxl, row by row; .xls by xlrd."""

from __future__ import annotations

import re
import struct
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
import xlrd
from openpyxl.utils import range_boundaries
from openpyxl.utils.exceptions import InvalidFileException

from importers.readers.source import CellError, Remark, SeveralLayers, unreadable
from importers.readers.tables import Row, TableSource

_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s+ref="([A-Z0-9:]+)"')
_LARGEST_SHEET = 2 << 30  # bytes of one sheet's XML; more is a bomb
_FAULTS = (
    zipfile.BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, TypeError, IndexError, OSError,
    AttributeError, EOFError, NotImplementedError, RuntimeError, AssertionError,
)  # fmt: skip

Fills = dict[tuple[int, int], tuple[int, int]]


def open_xlsx(path: Path, layer: str | None = None) -> TableSource:
    """Opens a sheet of an .xlsx file; raises UnreadableFile, SeveralLayers."""
    try:
        with zipfile.ZipFile(path) as packed:
            if any(part.file_size > _LARGEST_SHEET for part in packed.infolist()):
                raise unreadable(path, "sheet-large")
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        names = [sheet.title for sheet in book.worksheets if sheet.max_row is None or sheet.max_row > 0]
        states = {sheet.title: sheet.sheet_state for sheet in book.worksheets}
        part = {sheet.title: str(getattr(sheet, "_worksheet_path", "")) for sheet in book.worksheets}
        book.close()
    except _FAULTS as broken:
        raise unreadable(path, "no-workbook", why=broken) from broken
    name = _chosen(path, [name for name in names if states[name] == "visible"] or names, names, layer)
    merged, formulas = _look_at_xml(path, part[name])
    source = TableSource(path, "XLSX", name, lambda: _xlsx_rows(path, name, merged))
    if merged:
        source.remarks.append(Remark("merged-cells", "info", {"count": len(set(merged.values()))}))
    for column, cells in (_formulas_without_value(path, name) if formulas else {}).items():
        if column in source.places:
            values: dict[str, object] = {"cells": ", ".join(cells[:10]), "count": len(cells)}
            source.remarks.append(Remark("formula-without-value", "error", values, source.places[column]))
    return source


def _chosen(path: Path, shown: list[str], all_of_them: list[str], layer: str | None) -> str:
    if layer is not None:
        if layer not in all_of_them:
            raise unreadable(path, "sheet", layer=layer, known=", ".join(all_of_them))
        return layer
    if not shown:
        raise unreadable(path, "no-sheet")
    if len(shown) > 1:
        raise SeveralLayers(shown)
    return shown[0]


def _look_at_xml(path: Path, part: str) -> tuple[Fills, bool]:
    """Which cells a merged cell covers (→ its top left one), counted from 1; and whether there are formulas."""
    fills: Fills = {}
    formulas = False
    try:
        with zipfile.ZipFile(path) as packed, packed.open(part.lstrip("/")) as file:
            rest = b""
            while block := file.read(1 << 20):
                text = rest + block
                formulas = formulas or b"<f>" in text or b"<f " in text
                for found in _MERGED.finditer(text):
                    if found.end() > len(rest):
                        _spread(found.group(1).decode(), fills)
                rest = text[-200:]
    except _FAULTS as broken:
        raise unreadable(path, broken) from broken
    return fills, formulas


def _spread(reference: str, fills: Fills) -> None:
    bounds = range_boundaries(reference)
    left, top, right, bottom = (0 if bound is None else int(bound) for bound in bounds)
    if 0 in (left, top, right, bottom) or (bottom - top + 1) * (right - left + 1) > 1_000_000:
        return
    if right > left and bottom == top:
        return  # merged across: a title or a group of columns, which the header understands by itself
    for row in range(top, bottom + 1):
        for column in range(left, right + 1):
            if (row, column) != (top, left):
                fills[row, column] = (top, left)


def _xlsx_rows(path: Path, name: str, fills: Fills) -> Iterator[Row]:
    origins = set(fills.values())
    kept: dict[tuple[int, int], Any] = {}
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        try:
            sheet = book[name]
            sheet.reset_dimensions()
            for number, cells in enumerate(sheet.iter_rows(), start=1):
                row = [CellError(cell.value) if cell.data_type == "e" else cell.value for cell in cells]
                if fills:
                    _fill(row, number, fills, origins, kept)
                yield row
        finally:
            book.close()
    except _FAULTS as broken:
        raise unreadable(path, broken) from broken


def _fill(row: Row, number: int, fills: Fills, origins: set[tuple[int, int]], kept: dict[Any, Any]) -> None:
    for at in range(len(row)):
        place = (number, at + 1)
        if place in origins:
            kept[place] = row[at]
        elif place in fills and row[at] is None:
            row[at] = kept.get(fills[place])


def _formulas_without_value(path: Path, name: str) -> dict[int, list[str]]:
    """The cells whose formula was never computed, by column, from 0: a program wrote them, Excel never saw them.

    A formula whose outcome is no text at all was computed.
    """
    lost: dict[int, list[str]] = {}
    try:
        written = openpyxl.load_workbook(path, read_only=True, data_only=False)
        computed = openpyxl.load_workbook(path, read_only=True, data_only=True)
        try:
            for formulas, values in zip(written[name].iter_rows(), computed[name].iter_rows(), strict=False):
                for at, (formula, value) in enumerate(zip(formulas, values, strict=False)):
                    if formula.data_type == "f" and value.value is None and value.data_type != "str":
                        lost.setdefault(at, []).append(str(formula.coordinate))
        finally:
            written.close()
            computed.close()
    except _FAULTS as broken:
        raise unreadable(path, broken) from broken
    return lost


def open_xls(path: Path, layer: str | None = None) -> TableSource:
    """Opens a sheet of an .xls file; raises UnreadableFile, SeveralLayers."""
    try:
        book = xlrd.open_workbook(str(path), on_demand=True, logfile=_Nowhere(), formatting_info=False)
        names = [str(name) for name in book.sheet_names()]
        shown = [name for name in names if book.sheet_by_name(name).visibility == 0 and book.sheet_by_name(name).nrows]
    except (xlrd.XLRDError, xlrd.compdoc.CompDocError, *_STRUCT_FAULTS) as broken:
        raise unreadable(path, "no-workbook", why=broken) from broken
    name = _chosen(path, shown, names, layer)
    return TableSource(path, "XLS", name, _xls_rows(path, book, name))


_STRUCT_FAULTS = (*_FAULTS, struct.error, UnicodeError, MemoryError, OverflowError, ArithmeticError, LookupError)


def _xls_rows(path: Path, book: Any, name: str) -> Callable[[], Iterator[Row]]:
    def rows() -> Iterator[Row]:
        try:
            sheet = book.sheet_by_name(name)
            for at in range(sheet.nrows):
                yield [_xls_value(cell, book.datemode) for cell in sheet.row(at)]
        except (xlrd.XLRDError, *_STRUCT_FAULTS) as broken:
            raise unreadable(path, broken) from broken

    return rows


def _xls_value(cell: Any, datemode: int) -> Any:
    if cell.ctype == xlrd.XL_CELL_DATE:
        return datetime(*xlrd.xldate_as_tuple(cell.value, datemode)) if cell.value >= 1 else cell.value
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return CellError(xlrd.error_text_from_code.get(cell.value, "#ERROR"))
    if cell.ctype in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK):
        return None
    return bool(cell.value) if cell.ctype == xlrd.XL_CELL_BOOLEAN else cell.value


class _Nowhere:
    """xlrd writes its warnings to a file; they tell a user nothing."""

    def write(self, text: str) -> None:
        """Forgets it."""
