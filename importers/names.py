"""Names of columns, compared as people write them: case, blanks, underscores and full width don't matter."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_NOISE = re.compile(r"[\s_\-.:：()（）*]+")


def plain(name: str) -> str:
    """A name reduced to what counts: NFKC, lower case, no blanks, underscores or brackets."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", name)).casefold()


def column_like(wanted: Sequence[str], columns: Sequence[str]) -> str | None:
    """The first column whose name is one of those wanted, in the order of the wanted ones."""
    by_name = {plain(column): column for column in reversed(columns)}
    for name in wanted:
        if plain(name) in by_name:
            return by_name[plain(name)]
    return None


def columns_like(wanted: Sequence[str], columns: Sequence[str]) -> list[str]:
    """All columns whose names are among those wanted, in the order of the wanted ones."""
    found: list[str] = []
    for name in wanted:
        found += [column for column in columns if plain(column) == plain(name) and column not in found]
    return found
