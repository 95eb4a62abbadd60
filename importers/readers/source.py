"""What every reader gives: one layer of one file, its columns, and its rows in batches."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from gis.errors import UnreadableFile
from gis.messages import Both
from importers.encodings import Guess
from importers.readers.reasons import EXPORT_AGAIN, REASONS

BATCH_ROWS = 10_000


class CellError(str):
    """An error that a spreadsheet shows in a cell, such as `#REF!`."""


@dataclass
class Batch:
    """Some consecutive rows. `columns` maps names to values as the file has them; `geometry` holds WKB or None.

    `first_row` counts the file's data rows from 1; in a table it is the number that the table itself shows.
    `geometry` is None when the layer has no geometry at all. `broken` says why the geometry of a row (its index in
    the batch) could not be read.
    """

    first_row: int
    rows: int
    columns: dict[str, list[Any]]
    geometry: NDArray[np.object_] | None
    broken: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Remark:
    """Something that a reader saw on opening; it becomes a finding of that check.

    With `column` it matters only to those who read that column.
    """

    check: str
    severity: str
    values: dict[str, object]
    column: str | None = None


class ColumnsGrew(Exception):
    """Columns turned up that the first look had not shown: the file has to be read again with them."""


class Source(Protocol):
    """One layer of a file, opened. Nothing is guessed: what the file doesn't say is None, and remarks say why.

    `encoding` is what its text was read in, and `encodings` are the candidates where the file does not say.
    """

    path: Path
    format: str
    layer: str
    columns: list[str]
    crs: str | None
    rows: int | None
    has_geometry: bool
    encoding: str | None
    encodings: list[Guess]
    remarks: list[Remark]

    def batches(self, columns: Sequence[str]) -> Iterator[Batch]:
        """The rows with the named columns, in the file's order; may raise UnreadableFile or ColumnsGrew."""


class SeveralLayers(Exception):
    """The file has several layers and none was named."""

    def __init__(self, layers: Sequence[str]) -> None:
        self.layers = list(layers)
        super().__init__(", ".join(self.layers))


def unreadable(path: Path, reason: str | BaseException, **values: object) -> UnreadableFile:
    """The error of a file that can't be read: a reason of the catalogue, or what a library stumbled over."""
    if isinstance(reason, BaseException):
        reason, values = "damaged", {"why": reason}
    told = {name: _in_one_line(value) for name, value in values.items()}
    found = REASONS[reason]
    return UnreadableFile(
        file=path.name,
        why=Both(found.zh.format_map(told), found.en.format_map(told)),
        remedy=found.remedy or EXPORT_AGAIN,
    )


def _in_one_line(value: object) -> str:
    return " ".join(str(value).split())[:300] or type(value).__name__


def open_plain(path: Path) -> IO[bytes]:
    """A file's bytes, unpacked if it is gzipped (by its first bytes, whatever its name)."""
    with path.open("rb") as probe:
        packed = probe.read(2) == b"\x1f\x8b"
    return cast(IO[bytes], gzip.open(path, "rb")) if packed else path.open("rb")


def encoding_remarks(guesses: list[Guess], assumed: str) -> list[Remark]:
    """The error that a file's text could be in several encodings, with a sample in each."""
    samples = "; ".join(f"{guess.encoding}: {' '.join(' / '.join(guess.samples).split())[:80]}" for guess in guesses)
    best = guesses[0].encoding if guesses else assumed
    return [Remark("encoding-missing", "error", {"samples": samples or "–", "best": best})]
