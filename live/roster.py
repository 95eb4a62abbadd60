"""Who the workers are: name, number in frames, and the area whose centre is responsible for them."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from gis.db import Database

_FRESH_S = 5.0
_QUERY = """
SELECT w.id, w.name, w.number, g.code AS grid, g.name AS grid_name, g.area_id
FROM worker w LEFT JOIN grid_in_force g ON g.id = w.grid_id
"""


@dataclass(frozen=True, slots=True)
class Member:
    """One worker. `area_id` is the area of their grid in the plan in force, None without one."""

    id: str
    name: str
    number: int
    area_id: int | None
    grid: str | None
    grid_name: str | None


class Roster:
    """The workers as the database has them, read again every few seconds while they are asked for."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._read_at = -_FRESH_S
        self._reading = asyncio.Lock()
        self.members: dict[str, Member] = {}

    async def find(self, worker: str) -> Member | None:
        """A worker by id; one who isn't known is looked for in the database."""
        found = self.members.get(worker)
        if found is None:
            await self.refresh()
            found = self.members.get(worker)
        return found

    async def refresh(self, *, at_once: bool = False) -> bool:
        """Reads the roster unless that was just done; returns whether anything is different."""
        async with self._reading:
            if not at_once and time.monotonic() - self._read_at < _FRESH_S:
                return False
            rows = await self._database.all(_QUERY)
            self._read_at = time.monotonic()
            members = {
                row["id"]: Member(row["id"], row["name"], row["number"], row["area_id"], row["grid"], row["grid_name"])
                for row in rows
            }
            if members == self.members:
                return False
            self.members = members
            return True
