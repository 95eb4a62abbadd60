"""Text that is longer than a cell may be goes on in further columns: `text`, `text__2`, `text__3` …

A .dbf takes 254 bytes a text, an Excel cell 32,767 characters. What an export writes so is joined again when it is
imported, but only if every cell before is full: a column that happens to bear such a name is left alone.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence

DBF_BYTES = 254
CELL_CHARACTERS = 32_767
_SHAPEFILE_NAME = 10
_FULL = 0.9  # a cell filled to less than this share of its size has no continuation
_FURTHER = re.compile(r"(.+)__([2-9]|[1-9]\d)")
_MOST = 99

Size = Callable[[str], int]


def split(text: str, most: int, size: Size) -> list[str]:
    """A text cut into pieces of at most `most`, none of which begins or ends in a blank (a .dbf loses those).

    Raises ValueError where a run of blanks is too long to be cut around, and for more than 99 pieces.
    """
    pieces: list[str] = []
    while size(text) > most:
        end = min(len(text), most)
        while size(text[:end]) > most:
            end -= max(1, (size(text[:end]) - most) // 4)
        least = end * _FULL
        while end > least and (text[end - 1].isspace() or text[end].isspace()):
            end -= 1
        if end <= least or len(pieces) == _MOST:
            raise ValueError(text[:40])
        pieces.append(text[:end])
        text = text[end:]
    return [*pieces, text]


def column_name(base: str, number: int, *, shapefile: bool) -> str:
    """The name of the `number`-th column of a text, the first being the field's own."""
    suffix = "" if number == 1 else f"__{number}"
    return (base[: _SHAPEFILE_NAME - len(suffix)] if shapefile else base) + suffix


def further_columns(columns: Sequence[str]) -> dict[str, list[str]]:
    """Columns that go on in others, each with those others in order."""
    found: dict[str, dict[int, str]] = {}
    for column in columns:
        parts = _FURTHER.fullmatch(column)
        if parts is None:
            continue
        base = parts.group(1)
        short = _SHAPEFILE_NAME - len(parts.group(2)) - 2
        wider = [one for one in columns if one == base or (len(base) == short and one[:short] == base)]
        whole = [one for one in wider if _FURTHER.fullmatch(one) is None]
        if len(whole) == 1:
            found.setdefault(whole[0], {})[int(parts.group(2))] = column
    return {
        base: [numbered[at] for at in sorted(numbered)]
        for base, numbered in found.items()
        if sorted(numbered) == list(range(2, len(numbered) + 2))
    }


def fits(pieces: Sequence[object], most: int, size: Size) -> bool:
    """Whether a row's pieces can be one text: none follows a cell that isn't full."""
    return all(
        not following or (isinstance(piece, str) and size(piece) >= _FULL * _FULL * most)
        for piece, following in itertools.pairwise(pieces)
    )


def joined(pieces: Sequence[object]) -> object:
    """The text of a row's pieces."""
    if not isinstance(pieces[0], str):
        return pieces[0]
    return "".join(str(piece) for piece in pieces if piece)
