"""The chain of the audit: verified link by link, and shortened by whole closed months only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

_VERIFY = """
WITH start AS (
  SELECT coalesce(max(last_seq), 0) AS seq,
    coalesce((array_agg(last_hash ORDER BY last_seq DESC))[1], sha256('gridtwin')) AS hash
  FROM audit_closed
), link AS (
  SELECT a.seq, a.prev_hash = lag(a.hash, 1, start.hash) OVER w AS follows,
    a.seq = lag(a.seq, 1, start.seq) OVER w + 1 AS next, a.hash = audit_hash(a) AS fits
  FROM audit a, start WHERE a.seq > start.seq WINDOW w AS (ORDER BY a.seq)
)
SELECT count(*), min(seq) FILTER (WHERE NOT (follows AND next AND fits)), max(seq),
  (SELECT encode(hash, 'hex') FROM audit ORDER BY seq DESC LIMIT 1)
FROM link
"""

# the month (UTC) of the first row that is left, if it ended long enough ago
_CLOSE = """
WITH month AS (
  SELECT greatest(date_trunc('month', at AT TIME ZONE 'UTC'),
    (SELECT max(month) + interval '1 month' FROM audit_closed)) AS first
  FROM audit ORDER BY seq LIMIT 1
), until AS (
  SELECT first::date AS first, (first + interval '1 month') AT TIME ZONE 'UTC' AS ends FROM month
), last AS (
  SELECT coalesce((SELECT min(seq) - 1 FROM audit, until WHERE at >= ends), (SELECT max(seq) FROM audit)) AS seq
)
INSERT INTO audit_closed (month, first_seq, last_seq, last_hash)
SELECT first, (SELECT min(seq) FROM audit), audit.seq, audit.hash
FROM until, last JOIN audit USING (seq)
WHERE ends + make_interval(months => %(months)s) <= %(now)s
RETURNING last_seq
"""


@dataclass(frozen=True)
class Chain:
    """What verifying found: how many rows, the first that doesn't fit, and the head (number and hash)."""

    rows: int
    broken_at: int | None
    head: int | None
    head_hash: str


def verify(connection: psycopg.Connection[Any]) -> Chain:
    """Computes every hash anew and compares it with what is stored and with the row before."""
    row = connection.execute(_VERIFY.encode()).fetchone()
    rows, broken, head, head_hash = row or (0, None, None, None)
    return Chain(int(rows), broken, head, head_hash or "")


async def drop_old_months(connection: psycopg.AsyncConnection[Any], now: datetime, *, months: int) -> int:
    """Drops whole months that ended `months` months ago or earlier, keeping their last hash; returns rows dropped."""
    dropped = 0
    while True:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock(7133003)")
            cursor = await connection.execute(_CLOSE.encode(), {"now": now, "months": months})
            closed = await cursor.fetchone()
            if closed is None:
                return dropped
            last = closed["last_seq"] if isinstance(closed, dict) else closed[0]
            gone = await connection.execute("DELETE FROM audit WHERE seq <= %s", (last,))
            dropped += gone.rowcount
