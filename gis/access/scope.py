"""Scope by area: the one predicate that every query, tile, search, count and export goes through.

Row-level security is not used: PostGIS operators aren't leakproof, so a policy keeps the planner from using the
spatial index. The predicate is written into each query instead, by `Scope.sql`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

_COLUMN = re.compile(r"[a-z_]+(\.[a-z_]+)?")


@dataclass(frozen=True)
class Scope:
    """The areas that somebody sees, each with all below it already in the list; None means all areas.

    Rows without an area (a building outside every area) are seen only by those who see all.
    """

    visible: tuple[int, ...] | None

    @property
    def everywhere(self) -> bool:
        """Whether nothing is hidden."""
        return self.visible is None

    @cached_property
    def areas(self) -> frozenset[int] | None:
        """The visible areas as a set, None for all."""
        return None if self.visible is None else frozenset(self.visible)

    def sql(self, column: str) -> str:
        """The predicate on a column that holds an area's id. The query binds `%(visible)s` from `values()`."""
        if not _COLUMN.fullmatch(column):
            raise ValueError(f"{column!r} is no column")
        return "TRUE" if self.visible is None else f"{column} = ANY(%(visible)s)"

    def sql_any(self, column: str) -> str:
        """`sql` for a column that holds an array of areas' ids, one of which has to be visible."""
        if not _COLUMN.fullmatch(column):
            raise ValueError(f"{column!r} is no column")
        return "TRUE" if self.visible is None else f"{column} && %(visible)s::bigint[]"

    def sees(self, area_id: int | None) -> bool:
        """Whether a row of this area is visible, where no query is asked."""
        return self.visible is None or area_id in self.visible

    def values(self) -> dict[str, list[int]]:
        """What `sql` binds."""
        return {} if self.visible is None else {"visible": list(self.visible)}


EVERYWHERE = Scope(None)
NOWHERE = Scope(())
