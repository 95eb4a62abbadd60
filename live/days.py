"""The partitions of `fix`: one for each day of UTC, made ahead, rewritten when closed, dropped by retention."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import psycopg
import structlog
from psycopg import sql

log = structlog.get_logger("live.days")

_LOCK = 7_133_011  # advisory lock: whoever makes, rewrites or drops a day does it alone
_AHEAD_DAYS = 2
_CLOSED_AFTER = timedelta(hours=6)  # phones that were offline bring most of their fixes by then
_STILL_ARRIVING = timedelta(minutes=10)  # longer than any transaction that stores fixes
HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
_COLUMNS = sql.SQL(
    "worker, at, key, received_at, area_id, geom, altitude, accuracy, speed, heading, battery, flags, attributes"
)


def day_of(at: int) -> date:
    """The day of UTC of µs since 1970."""
    return date(1970, 1, 1) + timedelta(days=at // 86_400_000_000)


def _name(day: date) -> sql.Identifier:
    return sql.Identifier(f"fix_{day:%Y%m%d}")


def _bounds(day: date) -> sql.Composed:
    return sql.SQL("({}) TO ({})").format(f"{day} 00:00:00+00", f"{day + timedelta(days=1)} 00:00:00+00")


def _within(day: date) -> sql.Composed:
    return sql.SQL("CHECK (at >= {} AND at < {})").format(
        sql.Literal(f"{day} 00:00:00+00"), sql.Literal(f"{day + timedelta(days=1)} 00:00:00+00")
    )


def make(connection: psycopg.Connection, days: set[date]) -> None:
    """Makes the partitions of these days unless they are there; readers and writers of other days aren't held up."""
    for day in sorted(days):
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
            row = connection.execute("SELECT to_regclass(%s) IS NOT NULL", (f"public.fix_{day:%Y%m%d}",)).fetchone()
            if row and row[0]:
                continue
            connection.execute(
                sql.SQL("CREATE TABLE {} (LIKE fix INCLUDING DEFAULTS INCLUDING CONSTRAINTS)").format(_name(day))
            )
            connection.execute(
                sql.SQL("ALTER TABLE fix ATTACH PARTITION {} FOR VALUES FROM {}").format(_name(day), _bounds(day))
            )


def existing(connection: psycopg.Connection) -> list[date]:
    """The days that have a partition, oldest first."""
    rows = connection.execute(
        "SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid"
        " WHERE inhparent = 'public.fix'::regclass ORDER BY relname"
    ).fetchall()
    return [datetime.strptime(row[0], "fix_%Y%m%d").replace(tzinfo=UTC).date() for row in rows]


def tend(
    connection: psycopg.Connection,
    now: datetime,
    *,
    retention_days: int,
    closing: Callable[[psycopg.Connection, date], None] = lambda *_: None,
) -> None:
    """What has to be done from time to time: make days ahead, drop old ones for good, rewrite closed ones.

    `closing` is called with each day before it is rewritten; what it raises is tried again with the day.
    """
    today = now.date()
    make(connection, {today + timedelta(days=ahead) for ahead in range(_AHEAD_DAYS + 1)})
    drop(connection, now - timedelta(days=retention_days))
    done = {row[0] for row in connection.execute("SELECT day FROM fix_day")}
    for day in existing(connection):
        closed = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1) + _CLOSED_AFTER
        if closed < now and day not in done:
            closing(connection, day)
            rewrite(connection, day)


def drop(connection: psycopg.Connection, before: datetime) -> list[date]:
    """Drops the days that ended before a moment, and strays that arrived before it; returns the days."""
    gone = [day for day in existing(connection) if day + timedelta(days=1) <= before.date()]
    for day in gone:
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
            connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(_name(day)))
            connection.execute("DELETE FROM fix_day WHERE day = %s", (day,))
        log.info("day.dropped", day=str(day))
    connection.execute("DELETE FROM fix_stray WHERE received_at < %s", (before,))
    return gone


def rewrite(connection: psycopg.Connection, day: date, *, with_rows: tuple[str, bytes] | None = None) -> int:
    """Rewrites a closed day in the order (worker, time), with a spatial index; returns its rows.

    `with_rows` are the columns' names and rows in binary COPY that are added, in this order and none of them there.

    Fixes may arrive meanwhile: the day is copied while it is open, and what came during the copy is added under a
    lock that lasts only for that.
    """
    old, new = _name(day), sql.Identifier(f"fix_{day:%Y%m%d}_new")
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(new))
        since = connection.execute("SELECT now() - %s", (_STILL_ARRIVING,)).fetchone()
        connection.execute(
            sql.SQL("CREATE TABLE {} (LIKE fix INCLUDING DEFAULTS INCLUDING CONSTRAINTS, {})").format(new, _within(day))
        )
        connection.execute(
            sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {} ORDER BY worker, at, key").format(
                new, _COLUMNS, _COLUMNS, old
            )
        )
        if with_rows:
            columns, added = with_rows
            copying = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(new, sql.SQL(columns))
            with connection.cursor().copy(copying) as copy:
                copy.write(HEADER + added + TRAILER)
        connection.execute(sql.SQL("ALTER TABLE {} ADD PRIMARY KEY (worker, at, key)").format(new))
        # who was near a point between two times
        connection.execute(sql.SQL("CREATE INDEX ON {} USING gist (geom)").format(new))
        connection.execute("SET LOCAL lock_timeout = '5s'")
        connection.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(old))
        connection.execute(
            sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {} WHERE received_at >= {} ON CONFLICT DO NOTHING").format(
                new, _COLUMNS, _COLUMNS, old, sql.Literal(since[0] if since else None)
            )
        )
        connection.execute(sql.SQL("DROP TABLE {}").format(old))
        connection.execute(sql.SQL("ALTER TABLE {} RENAME TO {}").format(new, old))
        connection.execute(sql.SQL("ALTER TABLE fix ATTACH PARTITION {} FOR VALUES FROM {}").format(old, _bounds(day)))
        row = connection.execute(
            sql.SQL(
                "INSERT INTO fix_day (day, rows) SELECT {}, count(*) FROM {}"
                " ON CONFLICT (day) DO UPDATE SET rewritten_at = now(), rows = excluded.rows RETURNING rows"
            ).format(day, old)
        ).fetchone()
    connection.execute(sql.SQL("ANALYZE {}").format(old))
    rows = int(row[0]) if row else 0
    log.info("day.rewritten", day=str(day), rows=rows)
    return rows
