"""The demo's accounts: one a role, and the workers' that came with the town."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from gis.access.accounts import create, hash_password
from gis.access.roles import Role

STREET = "370303008"
COMMUNITY = "370303008017"  # 亚运村


@dataclass(frozen=True)
class DemoAccount:
    """An account that `make demo` makes and prints."""

    username: str
    role: Role
    areas: tuple[str, ...]
    says_zh: str
    says_en: str


NAMED = (
    DemoAccount("admin", Role.ADMINISTRATOR, (), "管理员：看到全部", "administrator: sees everything"),
    DemoAccount("command", Role.VIEWER, (STREET,), "街道指挥中心", "the street's command centre"),
    DemoAccount("community", Role.VIEWER, (COMMUNITY,), "亚运村社区指挥中心", "one community's centre"),
    DemoAccount("dispatcher", Role.DISPATCHER, (STREET,), "派单员", "dispatcher of the street"),
    DemoAccount("planner", Role.PLANNER, (STREET,), "网格规划员", "planner of the street's grids"),
    DemoAccount("auditor", Role.AUDITOR, (STREET,), "审计员", "auditor"),
)


def make(connection: psycopg.Connection, password: str) -> None:
    """Makes the accounts, or gives those that exist this password: the named ones and those of the grids' workers."""
    hashed = hash_password(password)
    for account in NAMED:
        create(connection, account.username, hashed, account.role, display_name=account.says_zh, areas=account.areas)
    rows = connection.execute(
        "SELECT w.id, w.name, a.code FROM worker w JOIN grid_in_force g ON g.id = w.grid_id"
        " JOIN area a ON a.id = g.area_id WHERE g.kind IN ('community', 'party')"
    ).fetchall()
    with connection.transaction():
        connection.execute(  # demo workers are on duty round the clock
            "INSERT INTO duty_hours (weekdays, starts, ends) SELECT '{1,2,3,4,5,6,7}', '00:00', '00:00'"
            " WHERE NOT EXISTS (SELECT FROM duty_hours)"
        )
        for worker, name, area in rows:
            create(connection, worker, hashed, Role.WORKER, display_name=name, areas=(area,))
