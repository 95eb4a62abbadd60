"""Rows of a batch → values of the fields, with a finding for each that can't be."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from importers.encodings import looks_like_mojibake
from importers.findings import ERROR, INFO, Findings
from importers.kinds import REAL, TEXT, WHOLE, Field, Kind
from importers.mapping import Mapping
from importers.readers import Batch
from importers.readers.source import CellError
from importers.values import number, text, whole

_CONVERT: dict[str, Callable[[Any], Any]] = {TEXT: text, REAL: number, WHOLE: whole}
_EXACT = 1e15  # spreadsheets keep fifteen digits of a number; the others become zeros
_CODES = ("code", "parent", "area", "building_code")
_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " "}
_SCIENTIFIC = re.compile(r"\d(\.\d+)?E\+\d\d")
_LOOK_FOR_MOJIBAKE = 50_000  # rows whose text is looked at closely; in all rows lost characters are looked for


def _named(field: Field) -> str:
    """A field in Chinese, with the name by which --map knows it."""
    return f"{field.title_zh}（{field.name}）"


class RowReader:
    """Converts batches for one kind and mapping; what can't be converted becomes None and a finding.

    `empty` are the places of the last batch's rows that hold nothing at all; `skipped` are their row numbers so far.
    """

    def __init__(self, kind: Kind, mapping: Mapping, findings: Findings) -> None:
        self._kind = kind
        self._mapping = mapping
        self._findings = findings
        self.fields = [field for field in kind.fields if field.name in mapping]
        self.empty: set[int] = set()
        self.skipped: list[int] = []
        self._code_form = re.compile(kind.code_form, re.DOTALL)

    def read(self, batch: Batch) -> dict[str, list[Any]]:
        """The values of all mapped fields, by field name."""
        given = {name: batch.columns[column] for name, column in self._mapping.columns.items()}
        self._find_empty(batch, given)
        values: dict[str, list[Any]] = {}
        for field in self.fields:
            if field.name in self._mapping.columns:
                column = given[field.name]
            else:
                column = [self._mapping.constants[field.name]] * batch.rows
            values[field.name] = self._convert(field, column, batch.first_row)
        if "code" in values:
            self._check_codes(values["code"], batch.first_row)
        return values

    def _find_empty(self, batch: Batch, given: dict[str, list[Any]]) -> None:
        bare = set(range(batch.rows))
        if batch.geometry is not None:
            bare = {at for at in bare if batch.geometry[at] is None and at not in batch.broken}
        for column in given.values():
            if not bare:
                break
            bare = {at for at in bare if column[at] is None or (isinstance(column[at], str) and not column[at].strip())}
        self.empty = bare
        self.skipped += [batch.first_row + at for at in sorted(bare)]

    def _convert(self, field: Field, given: list[Any], first_row: int) -> list[Any]:
        convert = _CONVERT[field.type]
        if field.type == TEXT and any(isinstance(value, (date, CellError, float)) for value in given):
            found = [self._one(convert, field, value, row) for row, value in enumerate(given, start=first_row)]
        else:
            try:
                found = [convert(value) for value in given]
            except ValueError:
                found = [self._one(convert, field, value, row) for row, value in enumerate(given, start=first_row)]
        if field.type == TEXT and field.name in self._mapping.columns:
            self._check_text(field, found, first_row)
            if field.name in _CODES:
                found = self._narrowed(field, found, first_row)
                self._check_digits(field, found, first_row)
        if field.least is not None and field.most is not None:
            self._check_range(field, found, first_row)
        if field.required and None in found:
            for at, value in enumerate(found):
                if value is None and at not in self.empty and text(given[at]) is None:
                    self._findings.add(
                        "value-missing", ERROR, rows=(first_row + at,), field=field.name, field_zh=_named(field)
                    )
        if field.default is not None:
            found = [field.default if value is None else value for value in found]
        return found

    def _one(self, convert: Callable[[Any], Any], field: Field, value: Any, row: int) -> Any:
        check = "not-a-number"
        if isinstance(value, CellError):
            check = "cell-error"
        elif isinstance(value, date):
            check = "date-in-text" if field.type == TEXT else "date-in-number"
        elif field.type == TEXT:
            if not isinstance(value, float) or abs(value) < _EXACT:
                return convert(value)
            check = "digits-lost"
        else:
            try:
                return convert(value)
            except ValueError:
                pass
        self._findings.add(check, ERROR, rows=(row,), field=field.name, field_zh=_named(field), value=str(value)[:60])
        return None

    def _check_text(self, field: Field, found: list[Any], first_row: int) -> None:
        """Text that was read in the wrong encoding, or damaged before it came here."""
        closely = first_row < _LOOK_FOR_MOJIBAKE
        garbled = {
            value
            for value in set(found)
            if value is not None
            and not value.isascii()
            and ("\ufffd" in value or (closely and looks_like_mojibake(value)))
        }
        if not garbled:
            return
        for at, value in enumerate(found):
            if value in garbled:
                self._findings.add(
                    "mojibake",
                    ERROR,
                    rows=(first_row + at,),
                    field=field.name,
                    field_zh=_named(field),
                    value=value[:60],
                )

    def _narrowed(self, field: Field, found: list[Any], first_row: int) -> list[Any]:
        """Codes in half width: an input method leaves `３７０３` where 3703 is meant, and both look the same."""
        wide = [at for at, value in enumerate(found) if value is not None and not value.isascii()]
        meant = {at: found[at].translate(_HALF_WIDTH) for at in wide}
        changed = tuple(at for at in wide if meant[at] != found[at])
        if not changed:
            return found
        self._findings.add(
            "full-width", INFO, rows=tuple(first_row + at for at in changed), size=len(changed), unit="rows",
            field=field.name, field_zh=_named(field), value=found[changed[0]][:60], count=len(changed),
        )  # fmt: skip
        return [meant.get(at, value) for at, value in enumerate(found)]

    def _check_digits(self, field: Field, found: list[Any], first_row: int) -> None:
        """Codes that a spreadsheet has written as numbers: `3.70303E+17`."""
        for at, value in enumerate(found):
            if value is not None and "E+" in value and _SCIENTIFIC.fullmatch(value):
                self._findings.add(
                    "digits-lost", ERROR, rows=(first_row + at,), field=field.name, field_zh=_named(field), value=value
                )
                found[at] = None

    def _check_range(self, field: Field, found: list[Any], first_row: int) -> None:
        least, most = field.least or 0, field.most or 0
        for index, value in enumerate(found):
            if value is None or least <= value <= most:
                continue
            check = "absurd-height" if field.name == "height" and value > most else "number-out-of-range"
            self._findings.add(
                check, ERROR, rows=(first_row + index,),
                size=float(value) if check == "absurd-height" else None,
                unit="m" if check == "absurd-height" else "",
                field=field.name, field_zh=_named(field), value=f"{value:g}", least=f"{least:g}", most=f"{most:g}",
            )  # fmt: skip
            found[index] = None

    def _check_codes(self, codes: list[Any], first_row: int) -> None:
        form = self._code_form.fullmatch
        for row, code in enumerate(codes, start=first_row):
            if code is not None and not form(code):
                letters = self._kind.code_letters or "1–200"
                self._findings.add("code-form", ERROR, rows=(row,), value=repr(code[:80]), form=letters)
