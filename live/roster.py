"""Who the workers are: name, number in frames, and the area whose centre is responsible for them."""

from __future__ import annotations

import asyncio
import time

import msgspec
from psycopg.rows import tuple_row

from gis.db import Database

_FRESH_S = 5.0
_QUERY = """
SELECT w.id, w.name, w.number, g.area_id, g.code, g.name
FROM worker w LEFT JOIN grid_in_force g ON g.id = w.grid_id
"""
# every change of a row gives it another xmin, by whatever program: cheap to ask for, where reading everybody isn't
_VERSION = """
SELECT (SELECT count(*) || ' ' || coalesce(sum(xmin::text::bigint), 0) FROM worker) || ' ' ||
  (SELECT count(*) || ' ' || coalesce(sum(g.xmin::text::bigint + p.id), 0)
   FROM grid g JOIN plan p ON p.id = g.plan_id AND p.state = 'published') AS version
"""


class Member(msgspec.Struct, frozen=True, gc=False):
    """One worker. `area_id` is the area of their grid in the plan in force, None without one."""

    id: str
    name: str
    number: int
    area_id: int | None
    grid: str | None
    grid_name: str | None


class Roster:
    """The workers as the database has them, looked at every few seconds while they are asked for."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._read_at = -_FRESH_S
        self._version = ""
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
        """Reads the roster if it changed, unless that was just asked; returns whether anything is different."""
        async with self._reading:
            if not at_once and time.monotonic() - self._read_at < _FRESH_S:
                return False
            row = await self._database.one(_VERSION)  # before the rows: a change in between is found the next time
            self._read_at = time.monotonic()
            version = str(row["version"]) if row else ""
            if version == self._version:
                return False
            async with self._database.connection() as connection:
                cursor = connection.cursor(row_factory=tuple_row, binary=True)
                await cursor.execute(_QUERY)
                members = {values[0]: Member(*values) for values in await cursor.fetchall()}
            self._version = version
            if members == self.members:
                return False
            self.members = members
            return True
