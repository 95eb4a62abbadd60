"""People of the grid: posts come into force at their day, and lists stop at the scope."""

from datetime import date

import psycopg
import pytest

from gis.access import people
from gis.access.roles import Role
from tests.conftest import account


def post(db, worker, role, grid, valid, deputy=None, during=None):
    db.execute(
        "INSERT INTO post (worker_id, role, grid_id, valid, deputy_id, deputy_during, noted_by)"
        " SELECT %s, %s, id, %s, %s, %s, 'test' FROM grid_code WHERE code = %s",
        (worker, role, valid, deputy, during, grid),
    )


def responsible(db):
    return dict(
        db.execute("SELECT c.code, r.worker_id FROM grid_responsible r JOIN grid_code c ON c.id = r.grid_id").fetchall()
    )


def test_posts_begin_and_end_at_their_day_and_history_stays(db, workers):
    post(db, "worker1", "grid_worker", "s0001", "[2026-01-01,2026-05-01)")
    post(db, "机动", "grid_worker", "s0001", "[2026-05-01,)")
    people.settle(db, date(2026, 4, 30))
    assert responsible(db) == {"s0001": "worker1"}
    people.settle(db, date(2026, 5, 1))
    assert responsible(db) == {"s0001": "机动"}
    assert dict(db.execute("SELECT id, grid_id IS NOT NULL FROM worker").fetchall()) == {
        "worker1": False, "worker2": True, "机动": True,
    }  # fmt: skip
    assert db.execute("SELECT count(*) FROM post").fetchone() == (2,)


def test_two_workers_change_places_in_one_night(db, workers):
    post(db, "worker1", "grid_worker", "s0001", "[2026-01-01,2026-05-01)")
    post(db, "worker2", "grid_worker", "s1001", "[2026-01-01,2026-05-01)")
    post(db, "worker2", "grid_worker", "s0001", "[2026-05-01,)")
    post(db, "worker1", "grid_worker", "s1001", "[2026-05-01,)")
    people.settle(db, date(2026, 4, 1))
    people.settle(db, date(2026, 5, 1))
    assert responsible(db) == {"s0001": "worker2", "s1001": "worker1"}


def test_a_deputy_stands_in_while_the_holder_is_away(db, workers):
    post(db, "worker1", "grid_worker", "s0001", "[2026-01-01,)", "worker2", "[2026-05-01,2026-05-08)")
    for day, who in ((date(2026, 4, 30), "worker1"), (date(2026, 5, 1), "worker2"), (date(2026, 5, 8), "worker1")):
        people.settle(db, day)
        assert responsible(db)["s0001"] == who


def test_an_account_sees_the_areas_of_its_persons_posts_unless_somebody_chose_others(db, workers):
    for worker in ("worker1", "worker2"):
        account(db, worker, Role.WORKER, ("s0",))
    db.execute("UPDATE worker w SET account_id = a.id FROM account a WHERE a.username = w.id")
    account(db, "worker2", Role.WORKER, ("s0", "s1"))
    post(db, "worker1", "grid_worker", "s0001", "[2026-01-01,2026-06-01)")
    post(db, "worker1", "grid_worker", "s1001", "[2026-06-01,2026-09-01)")
    post(db, "worker2", "grid_worker", "s1001", "[2026-01-01,2026-06-01)")
    post(db, "worker2", "grid_worker", "s0001", "[2026-06-01,)")

    def seen(worker):
        query = (
            "SELECT array_agg(a.code ORDER BY a.code) FROM account_area JOIN area a ON a.id = area_id"
            " JOIN account ON account.id = account_id WHERE username = %s"
        )
        return db.execute(query, (worker,)).fetchone()[0]

    people.settle(db, date(2026, 5, 1))
    assert (seen("worker1"), seen("worker2")) == (["s0"], ["s0", "s1"])
    people.settle(db, date(2026, 6, 1))
    assert (seen("worker1"), seen("worker2")) == (["s1"], ["s0", "s1"])
    people.settle(db, date(2026, 9, 1))
    assert seen("worker1") is None, "who left sees nothing"
    acts = db.execute("SELECT actor, thing_id FROM audit WHERE action = 'account.change'").fetchall()
    assert acts == [("system", "worker1")] * 2


def test_a_grid_without_anybody_is_named(db, workers):
    assert people.unattended(db) == []
    db.execute("UPDATE worker SET grid_id = NULL WHERE id = 'worker1'")
    assert people.unattended(db) == [("s0001", "0号社区第一网格")]
    with pytest.raises(psycopg.errors.UniqueViolation):  # and nobody can put two there
        db.execute("UPDATE worker SET grid_id = (SELECT min(id) FROM grid_code) WHERE id <> 'head'")


def test_people_are_listed_within_the_scope(db, workers, service):
    post(db, "机动", "station_head", "s0001", "[2026-01-01,)")
    people.settle(db, date(2026, 5, 1))
    admin, head = service.client("admin"), service.client("head")
    assert [row["id"] for row in admin.get("/api/people").json()["people"]] == ["worker1", "worker2", "机动"]
    assert [row["id"] for row in head.get("/api/people").json()["people"]] == ["worker1", "机动"]
    found = admin.get("/api/people", params={"q": "机动"}).json()["people"][0]
    assert found["posts"] == [
        {"role": "station_head", "grid": "s0001", "building": None, "unit": None, "from": "2026-01-01", "until": None,
         "in_force": True, "deputy": None, "deputy_in_force": False}
    ]  # fmt: skip
    first = admin.get("/api/people", params={"limit": 2}).json()
    assert first["next"] == "worker2"
    assert [row["id"] for row in admin.get("/api/people", params={"after": "worker2"}).json()["people"]] == ["机动"]
    assert service.client("viewer").get("/api/people").status_code == 403
