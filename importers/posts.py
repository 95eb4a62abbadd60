"""Posts of people, written so that history stays; and an account for everybody who has none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import psycopg
from psycopg.types.range import Range

from gis.access import accounts, people
from gis.access.passwords import hash_now, make_up
from gis.access.people import PostRole
from gis.access.roles import Role

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Row:
    """One row: a post of somebody. Dates are days, `until` the last one, None without an end."""

    number: int
    id: str
    name: str
    role: PostRole
    grid: str
    grid_id: int
    building_id: int | None
    unit: str | None
    phone: str
    begins: date
    until: date | None
    deputy: str | None
    deputy_from: date | None
    deputy_until: date | None

    @property
    def after(self) -> date | None:
        """The first day after the post."""
        return None if self.until is None else self.until + timedelta(days=1)

    def meets(self, other: Row) -> bool:
        """Whether the two are valid on a common day."""
        return (other.after is None or self.begins < other.after) and (self.after is None or other.begins < self.after)


_SAME = """
SELECT id, upper(valid), deputy_id, deputy_during FROM post
WHERE worker_id = %(id)s AND role = %(role)s AND grid_id = %(grid_id)s
  AND building_id IS NOT DISTINCT FROM %(building_id)s AND unit IS NOT DISTINCT FROM %(unit)s
  AND valid && daterange(%(begins)s, %(after)s)
ORDER BY lower(valid) DESC LIMIT 1
"""
# a new worker ends who was before: what has begun is shortened, what has not begun never comes into force
_SHORTEN = """
UPDATE post SET valid = daterange(lower(valid), %(begins)s), noted_by = %(by)s, noted_at = now()
WHERE role = 'grid_worker' AND id <> %(same)s AND lower(valid) < %(begins)s
  AND ((grid_id = %(grid_id)s AND worker_id <> %(id)s) OR (worker_id = %(id)s AND grid_id <> %(grid_id)s))
  AND valid && daterange(%(begins)s, %(after)s)
"""
_CANCEL = """
DELETE FROM post
WHERE role = 'grid_worker' AND id <> %(same)s AND lower(valid) >= %(begins)s
  AND ((grid_id = %(grid_id)s AND worker_id <> %(id)s) OR (worker_id = %(id)s AND grid_id <> %(grid_id)s))
  AND valid && daterange(%(begins)s, %(after)s)
"""


def write(connection: Connection, rows: Sequence[Row], today: date, by: str) -> tuple[int, int, int, dict[str, str]]:
    """Writes posts, settles what is in force, makes accounts: (added, changed, unchanged, passwords by worker)."""
    added = changed = unchanged = 0
    for row in {row.id: row for row in rows}.values():
        connection.execute(
            "INSERT INTO worker (id, name, phone) VALUES (%s, %s, %s) ON CONFLICT (id) DO UPDATE"
            " SET name = excluded.name, phone = coalesce(nullif(excluded.phone, ''), worker.phone)",
            (row.id, row.name, row.phone),
        )
    for row in rows:
        during = None
        if row.deputy:
            day_after = None if row.deputy_until is None else row.deputy_until + timedelta(days=1)
            during = Range(row.deputy_from or row.begins, day_after)
        values: dict[str, Any] = {
            "id": row.id, "role": row.role, "grid_id": row.grid_id, "building_id": row.building_id, "unit": row.unit,
            "begins": row.begins, "after": row.after, "deputy": row.deputy, "during": during, "by": by,
        }  # fmt: skip
        same = connection.execute(_SAME.encode(), values).fetchone()
        values["same"] = -1 if same is None else same[0]
        if row.role == "grid_worker":
            connection.execute(_SHORTEN.encode(), values)
            connection.execute(_CANCEL.encode(), values)
        if same is None:
            connection.execute(
                "INSERT INTO post"
                " (worker_id, role, grid_id, building_id, unit, valid, deputy_id, deputy_during, noted_by)"
                " VALUES (%(id)s, %(role)s, %(grid_id)s, %(building_id)s, %(unit)s,"
                " daterange(%(begins)s, %(after)s), %(deputy)s, %(during)s::daterange, %(by)s)",
                values,
            )
            added += 1
        elif (same[1], same[2], same[3]) == (row.after, row.deputy, during):
            unchanged += 1
        else:
            connection.execute(
                "UPDATE post SET valid = daterange(lower(valid), %(after)s), deputy_id = %(deputy)s,"
                " deputy_during = %(during)s::daterange, noted_by = %(by)s, noted_at = now() WHERE id = %(same)s",
                values,
            )
            changed += 1
    people.settle(connection, today)
    return added, changed, unchanged, _make_accounts(connection, rows)


def _make_accounts(connection: Connection, rows: Sequence[Row]) -> dict[str, str]:
    """An account for everybody who has none; returns their passwords."""
    have = {row[0] for row in connection.execute("SELECT id FROM worker WHERE account_id IS NOT NULL")}
    passwords: dict[str, str] = {}
    posts: dict[str, list[Row]] = {}
    for row in rows:
        posts.setdefault(row.id, []).append(row)
    for worker, held in posts.items():
        if worker in have:
            continue
        codes = [
            code
            for (code,) in connection.execute(
                "SELECT DISTINCT a.code FROM grid_in_force g JOIN area a ON a.id = g.area_id WHERE g.id = ANY(%s)",
                ([row.grid_id for row in held],),
            )
        ]
        head = any(row.role == "station_head" for row in held)
        passwords[worker] = make_up()
        account_id = accounts.create(
            connection, worker, hash_now(passwords[worker]), Role.STATION_HEAD if head else Role.WORKER,
            display_name=held[0].name, areas=codes,
        )  # fmt: skip
        connection.execute("UPDATE worker SET account_id = %s WHERE id = %s", (account_id, worker))
    return passwords
