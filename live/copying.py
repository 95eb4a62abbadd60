"""A copy of where everybody is in the database, for tiles and for programs that read the database."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from itertools import islice

import structlog

from gis.db import Database
from gis.errors import DatabaseAway, Overloaded
from live.hub import Hub
from live.viewer import Tick

log = structlog.get_logger("live.copying")

_EVERY_S = 1.0
_MOST = 2_000  # at once: making rows holds everything else up
_SHARE = 0.05  # of the time may be spent on it: what others store comes first
_PUT = """
INSERT INTO worker_now (id, worker, name, area_id, at, heading, status, geom)
SELECT id, worker, name, area_id, at, heading, status, ST_SetSRID(ST_MakePoint(lon, lat), 4326)
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::timestamptz[], %s::real[], %s::text[],
  %s::float8[], %s::float8[]) AS n (id, worker, name, area_id, at, heading, status, lon, lat)
ON CONFLICT (id) DO UPDATE SET worker = excluded.worker, name = excluded.name, area_id = excluded.area_id,
  at = excluded.at, heading = excluded.heading, status = excluded.status, geom = excluded.geom
"""


class Copying:
    """Hears every tick like a wall, and writes what changed about once a second."""

    def __init__(self, hub: Hub, database: Database) -> None:
        self._hub = hub
        self._database = database
        self._changed: set[str] = set()
        self._gone: set[str] = set()

    def take(self, tick: Tick) -> None:
        """Notes who changed."""
        self._changed.update(member.id for member in tick.workers)
        self._gone.update(tick.gone)

    async def run(self) -> None:
        """Writes for ever; what could not be written is tried again."""
        pause = _EVERY_S
        while True:
            await asyncio.sleep(pause)
            began = time.monotonic()
            changed = set(islice(self._changed, _MOST))
            self._changed -= changed
            gone, self._gone = self._gone, set()
            try:
                await self._write(changed, gone)
            except (DatabaseAway, Overloaded):
                self._changed |= changed
                self._gone |= gone
            except Exception:
                log.exception("copying.failed")
            pause = max(0.0 if self._changed else _EVERY_S, (time.monotonic() - began) / _SHARE)

    async def _write(self, changed: set[str], gone: set[str]) -> None:
        members, known = self._hub.roster.members, self._hub.known
        there = [members[worker] for worker in changed if worker in members and worker in known]
        if there:
            where = [known[member.id] for member in there]
            await self._database.run(
                _PUT,
                (
                    [member.number for member in there],
                    [member.id for member in there],
                    [member.name for member in there],
                    [member.area_id for member in there],
                    [datetime.fromtimestamp(w.at / 1e6, UTC) for w in where],
                    [w.heading for w in where],
                    [self._hub.status(member.id) for member in there],
                    [w.lon for w in where],
                    [w.lat for w in where],
                ),
            )
        if gone:
            await self._database.run("DELETE FROM worker_now WHERE worker = ANY(%s)", (list(gone),))
