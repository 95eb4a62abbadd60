"""The demo's accounts, one a role, and a worker for each grid."""

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
    """Makes the accounts, or gives those that exist this password; one worker for each community grid in force."""
    hashed = hash_password(password)
    for account in NAMED:
        create(connection, account.username, hashed, account.role, display_name=account.says_zh, areas=account.areas)
    rows = connection.execute(
        "SELECT g.id, g.name, a.code FROM grid g JOIN plan ON plan.id = g.plan_id AND plan.state = 'published'"
        " JOIN area a ON a.id = g.area_id WHERE plan.kind = 'community' ORDER BY g.code"
    ).fetchall()
    with connection.transaction():
        connection.execute(  # demo workers are on duty round the clock
            "INSERT INTO duty_hours (weekdays, starts, ends) SELECT '{1,2,3,4,5,6,7}', '00:00', '00:00'"
            " WHERE NOT EXISTS (SELECT FROM duty_hours)"
        )
        for number, (grid_id, grid_name, community) in enumerate(rows, start=1):
            name = f"{grid_name}网格员（示范）"
            worker = f"worker{number}"
            account_id = create(connection, worker, hashed, Role.WORKER, display_name=name, areas=(community,))
            connection.execute(
                "INSERT INTO worker (id, name, account_id, grid_id) VALUES (%s, %s, %s, %s)"
                " ON CONFLICT (id) DO UPDATE SET name = excluded.name, account_id = excluded.account_id,"
                " grid_id = excluded.grid_id",
                (worker, name, account_id, grid_id),
            )
        connection.execute(
            "INSERT INTO post (worker_id, role, grid_id, valid, in_force, noted_by)"
            " SELECT id, 'grid_worker', grid_id, daterange(current_date - 1, NULL), true, 'demo' FROM worker"
            " WHERE grid_id IS NOT NULL AND NOT EXISTS"
            " (SELECT FROM post WHERE post.grid_id = worker.grid_id OR post.worker_id = worker.id)"
        )
