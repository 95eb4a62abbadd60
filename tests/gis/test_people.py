"""People of the grid: posts come into force at their day, and lists stop at the scope."""

from datetime import date

from gis.access import people


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


def test_a_grid_without_anybody_is_named(db, workers):
    assert people.unattended(db) == []
    db.execute("UPDATE worker SET grid_id = NULL WHERE id = 'worker1'")
    assert people.unattended(db) == [("s0001", "0号社区第一网格")]


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
