"""Another worker in a grid: what is open goes on with the new one, what is done stays whose it was."""

from datetime import UTC, date, datetime

from gis.access import people
from gis.clock import FixedClock
from tests.gis.issues.test_loop import act, report


def post(db, worker, begins, ends=None, deputy=None):
    db.execute(
        "INSERT INTO post (worker_id, role, grid_id, valid, deputy_id, deputy_during, noted_by)"
        " SELECT %s, 'grid_worker', id, daterange(%s, %s), %s, %s::daterange, 'test' FROM grid_code WHERE code = 's0001'",
        (worker, begins, ends, deputy, "[2026-05-10,2026-05-20)" if deputy else None),
    )


def test_what_is_open_goes_to_the_new_worker_and_history_stays(street, db, dsn, run_service):
    db.execute("DELETE FROM post")
    db.execute("INSERT INTO worker (id, name) VALUES ('w8', '赵'), ('w9', '钱')")
    db.execute("INSERT INTO worker (id, name, grid_id) SELECT 'w2', '孙', id FROM grid_code WHERE code = 's1001'")
    post(db, "w1", "2026-05-01", "2026-06-01", deputy="w8")
    post(db, "w9", "2026-06-01")
    people.settle(db, date(2026, 5, 2))
    service = run_service(dsn, clock=FixedClock(datetime(2026, 5, 2, 4, tzinfo=UTC)))
    desk, walker = service.client("desk"), service.client("walker")
    done, signed, sent, fresh = (report(walker, text=f"第{n}处暴露垃圾成堆") for n in range(4))
    assert {one["worker"] for one in (done, signed, sent, fresh)} == {"w1"}
    assert act(walker, done, "handle", note="已清理").status_code == 200
    assert act(walker, signed, "sign").status_code == 200
    assert act(desk, sent, "dispatch", worker="w2").status_code == 200

    def whose(issue):
        return desk.get(f"/api/issues/{issue['id']}").json()["worker"]

    people.settle(db, date(2026, 5, 10))  # the deputy stands in
    assert [whose(one) for one in (done, signed, sent, fresh)] == ["w1", "w8", "w2", "w8"]
    assert report(walker, text="垃圾又堆起来了")["worker"] == "w8"
    people.settle(db, date(2026, 5, 20))
    assert whose(fresh) == "w1"
    people.settle(db, date(2026, 6, 1))
    assert [whose(one) for one in (done, signed, sent, fresh)] == ["w1", "w9", "w2", "w9"]
    shown = desk.get(f"/api/issues/{signed['id']}").json()
    assert shown["state"] == "待处理"
    steps = [
        (event["action"], event["details"].get("from"), event["details"].get("worker")) for event in shown["events"]
    ]
    assert [step for step in steps if step[0] == "handover"] == [
        ("handover", "w1", "w8"), ("handover", "w8", "w1"), ("handover", "w1", "w9"),
    ]  # fmt: skip
    assert steps[0][0] == "report"
    assert any(step[0] == "sign" for step in steps)
    assert people.settle(db, date(2026, 6, 1)) == 0
    assert desk.get(f"/api/issues/{signed['id']}").json()["version"] == shown["version"]
