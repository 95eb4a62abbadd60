"""Issues that changed, told to who looks on: found by the outbox, whatever program changed them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import structlog

from gis.changes import Batch, Change, Feed
from gis.db import Database, Row
from gis.errors import GridtwinError
from live.hub import Hub
from live.viewer import MOST_ISSUES

log = structlog.get_logger("live.news")
_RETRY_S = 1.0

# rows whose last change is one of those transactions (or of their subtransactions, which are numbered after them);
# xmin has 32 bits, so ages are compared
_CHANGED = """
SELECT i.id, i.state, i.class, i.urgent, i.version, i.changed_at, i.due_at, i.area_id, i.reporter_id, i.handler_id,
  ST_X(i.geom) AS lon, ST_Y(i.geom) AS lat, a.code AS area, c.restricted, w.account_id AS owner_id
FROM unnest(%(west)s::float8[], %(south)s::float8[], %(east)s::float8[], %(north)s::float8[]) AS box (w, s, e, n)
JOIN issue i ON i.geom_3857 && ST_MakeEnvelope(box.w, box.s, box.e, box.n, 3857)
  AND ((i.xmin::text::bigint - %(oldest)s) & 4294967295) < 2147483648
JOIN issue_class c ON c.code = i.class
LEFT JOIN area a ON a.id = i.area_id
LEFT JOIN worker w ON w.id = i.worker_id
GROUP BY i.id, a.code, c.restricted, w.account_id
LIMIT %(most)s
"""


@dataclass(frozen=True)
class News:
    """An issue that changed: `row` says who sees it, `shown` is what they are told."""

    row: Row
    shown: dict[str, Any]


class IssueNews:
    """Made once a process: hears of changes, asks what they were, tells the viewers."""

    def __init__(self, database: Database, hub: Hub, feed: Feed) -> None:
        self._database = database
        self._hub = hub
        self._changes: list[Change] = []
        self._all = False
        self._woken = asyncio.Event()
        feed.subscribe(self._hear)

    def _hear(self, batch: Batch) -> None:
        ours = [change for change in batch.changes if change.layer == "issues"]
        if not ours and not batch.gap:
            return
        if not self._hub.viewers:
            return
        self._changes += ours
        if batch.gap or len(self._changes) > MOST_ISSUES or any(change.extent is None for change in ours):
            self._all = True
            self._changes.clear()
        self._woken.set()

    async def run(self) -> None:
        """Tells for ever; when the database is away, viewers are told to ask again once it is back."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            changes, self._changes = self._changes, []
            everything, self._all = self._all, False
            try:
                news = None if everything else await self._look(changes)
            except GridtwinError:
                self._all = True
                await asyncio.sleep(_RETRY_S)
                self._woken.set()
                continue
            except Exception:  # a fault of ours must not end the task: nobody would be told any more
                log.exception("news.failed")
                news = None
            for viewer in tuple(self._hub.viewers):
                viewer.tell(news)

    async def _look(self, changes: list[Change]) -> list[News] | None:
        """What changed; None when it is too much to be told one by one."""
        boxes = [change.extent for change in changes if change.extent]
        if not boxes:
            return []
        rows = await self._database.all(
            _CHANGED,
            {
                "oldest": min(change.transaction for change in changes) & 0xFFFFFFFF,
                "most": MOST_ISSUES + 1,
                **{side: [box[at] for box in boxes] for at, side in enumerate(("west", "south", "east", "north"))},
            },
        )
        return None if len(rows) > MOST_ISSUES else [News(row, _shown(row)) for row in rows]


def _shown(row: Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "state": row["state"],
        "class": row["class"],
        "urgent": row["urgent"],
        "version": row["version"],
        "lon": round(row["lon"], 7),
        "lat": round(row["lat"], 7),
        "area": row["area"],
        "at": row["changed_at"],
        "due": int(row["due_at"].timestamp()) if row["due_at"] else None,
    }
