"""Rows of a batch → values of the fields, with a finding for each that can't be."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from importers.findings import ERROR, Findings
from importers.kinds import REAL, TEXT, WHOLE, Field, Kind
from importers.mapping import Mapping
from importers.readers import Batch
from importers.values import number, text, whole

_CONVERT: dict[str, Callable[[Any], Any]] = {TEXT: text, REAL: number, WHOLE: whole}


class RowReader:
    """Converts batches for one kind and mapping; what can't be converted becomes None and a finding."""

    def __init__(self, kind: Kind, mapping: Mapping, findings: Findings) -> None:
        self._kind = kind
        self._mapping = mapping
        self._findings = findings
        self.fields = [field for field in kind.fields if field.name in mapping]
        self._code_form = re.compile(kind.code_form, re.DOTALL)

    def read(self, batch: Batch) -> dict[str, list[Any]]:
        """The values of all mapped fields, by field name."""
        values: dict[str, list[Any]] = {}
        for field in self.fields:
            if field.name in self._mapping.columns:
                given = batch.columns[self._mapping.columns[field.name]]
            else:
                given = [self._mapping.constants[field.name]] * batch.rows
            values[field.name] = self._convert(field, given, batch.first_row)
        if "code" in values:
            self._check_codes(values["code"], batch.first_row)
        return values

    def _convert(self, field: Field, given: list[Any], first_row: int) -> list[Any]:
        convert = _CONVERT[field.type]
        try:
            found = [convert(value) for value in given]
        except ValueError:
            found = [self._one(convert, field, value, row) for row, value in enumerate(given, start=first_row)]
        if field.least is not None and field.most is not None:
            self._check_range(field, found, first_row)
        if field.required and None in found:
            for row, value in enumerate(found, start=first_row):
                if value is None:
                    self._findings.add("value-missing", ERROR, rows=(row,), field=field.name)
        if field.default is not None:
            found = [field.default if value is None else value for value in found]
        return found

    def _one(self, convert: Callable[[Any], Any], field: Field, value: Any, row: int) -> Any:
        try:
            return convert(value)
        except ValueError:
            shown = repr(value)[:60]
            self._findings.add("not-a-number", ERROR, rows=(row,), field=field.name, value=shown)
            return None

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
                field=field.name, value=f"{value:g}", least=f"{least:g}", most=f"{most:g}",
            )  # fmt: skip
            found[index] = None

    def _check_codes(self, codes: list[Any], first_row: int) -> None:
        form = self._code_form.fullmatch
        for row, code in enumerate(codes, start=first_row):
            if code is not None and not form(code):
                letters = self._kind.code_letters or "1–200"
                self._findings.add("code-form", ERROR, rows=(row,), value=repr(code[:80]), form=letters)
