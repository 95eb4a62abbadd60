"""Which column of the file becomes which field: by equal name, by the names that planners use, or as told."""

from __future__ import annotations

from dataclasses import dataclass

from importers.encodings import looks_like_mojibake
from importers.findings import ERROR, INFO, WARNING, Findings
from importers.kinds import Field, Kind
from importers.names import column_like, columns_like
from importers.readers import Source
from importers.request import ImportRequest

_SHAPEFILE_NAME = 10  # bytes that a .dbf keeps of a column's name


@dataclass(frozen=True)
class Mapping:
    """`columns` gives each mapped field its column; `constants` gives a field one value for all rows."""

    columns: dict[str, str]
    constants: dict[str, str]

    def __contains__(self, field: str) -> bool:
        return field in self.columns or field in self.constants


def match(kind: Kind, source: Source, request: ImportRequest, findings: Findings) -> Mapping:
    """Maps the columns of a source; raises BadRequest for a field that the kind doesn't have.

    Columns that end up unused are named in a finding: nothing disappears silently.
    """
    for garbled in filter(looks_like_mojibake, source.columns):
        findings.add("mojibake", ERROR, field=garbled, field_zh=garbled, value=garbled[:60])
    columns: dict[str, str] = {}
    constants = {kind.field(name).name: value for name, value in request.constants.items()}
    for name, column in request.columns.items():
        found = column if column in source.columns else column_like((column,), source.columns)
        if found is None:
            findings.add("column-missing", ERROR, column=column, columns=", ".join(source.columns))
        else:
            columns[kind.field(name).name] = found
    taken = set(columns.values()) | {c for c in coordinate_columns(source) if c}
    for field in kind.fields:
        if request.exact or field.name in columns or field.name in constants:
            continue
        candidates = [column for column in _candidates(field, source) if column not in taken]
        if candidates:
            columns[field.name] = candidates[0]
            taken.add(candidates[0])
        if len(candidates) > 1:
            findings.add(
                "column-twice", WARNING,
                field=field.name, columns=", ".join(candidates), used=candidates[0],
            )  # fmt: skip
    unused = [column for column in source.columns if column not in taken]
    if unused:
        findings.add(
            "column-dropped", INFO, size=len(unused), unit="columns",
            columns=", ".join(unused), fields=", ".join(field.name for field in kind.fields),
        )  # fmt: skip
    return Mapping(columns, constants)


def require(kind: Kind, mapping: Mapping, source: Source, findings: Findings, exempt: frozenset[str]) -> None:
    """Notes an error for every required field that has neither a column nor a constant, but those exempt."""
    for field in kind.fields:
        if field.required and field.name not in mapping and field.name not in exempt:
            findings.add(
                "field-missing", ERROR,
                field=field.name, title_zh=field.title_zh, columns=", ".join(source.columns) or "–",
            )  # fmt: skip


def _candidates(field: Field, source: Source) -> list[str]:
    names = (field.name, *field.aliases)
    found = columns_like(names, source.columns)
    if not found and source.format == "ESRI Shapefile":
        found = columns_like([short for name in names if (short := _cut(name, source.encoding))], source.columns)
    return found


def _cut(name: str, encoding: str | None) -> str | None:
    """What a .dbf keeps of a longer name; a character that does not fit whole is lost."""
    written = name.encode(encoding or "UTF-8", "ignore")
    if len(written) <= _SHAPEFILE_NAME:
        return None
    return written[:_SHAPEFILE_NAME].decode(encoding or "UTF-8", "ignore")


def coordinate_columns(source: Source) -> tuple[str | None, ...]:
    """The columns that a table's geometry was made from; they are used, not dropped."""
    names = tuple(getattr(source, name, None) for name in ("east", "north", "wkt"))
    return names if source.has_geometry else ()
