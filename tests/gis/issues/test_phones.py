"""What a worker's phone may do with issues: report, and its own worker's tasks; nothing else."""

import io
from datetime import UTC, datetime

import pytest
from PIL import Image

from gis.access.roles import Role
from tests.conftest import account
from tests.gis.issues.test_loop import HERE, act, report
from tests.live.conftest import eventually


@pytest.fixture
def phone(street, service, db):
    """Gives a worker a phone, and its client."""
    account(db, "admin", Role.ADMINISTRATOR)

    def enrol(worker="w1"):
        token = service.client("admin").post("/api/devices", json={"worker": worker}).json()["token"]
        client = service.client()
        client.headers["Authorization"] = f"Bearer {token}"
        return client

    return enrol


def picture(colour):
    body = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(body, "JPEG")
    return {"photo": ("p.jpg", body.getvalue(), "image/jpeg")}


def test_a_phone_reports_with_a_photo_and_does_its_task_whole(phone, service):
    mine, desk = phone(), service.client("desk")
    issue = report(mine, id="a-1")
    assert (issue["worker"], issue["source"], issue["worker_name"]) == ("w1", "网格员", "王")
    assert mine.post("/api/issues", json={"text": "又一次", **HERE, "id": "a-1"}).status_code == 200
    photos = f"/api/issues/{issue['id']}/photos"
    assert mine.post(photos, files=picture("red")).status_code == 201
    assert [one["id"] for one in mine.get("/api/issues").json()["features"]] == [issue["id"]]
    assert act(desk, issue, "dispatch", worker="w1").status_code == 200
    assert act(mine, issue, "sign").json()["events"][-1]["actor"] == "王"
    assert act(mine, issue, "arrive").status_code == 200
    added = mine.post(photos, params={"stage": "result"}, files=picture("green")).json()["photo"]
    assert act(mine, issue, "handle", note="已清理").json()["state"] == "待核查"
    assert [one["stage"] for one in desk.get(f"/api/issues/{issue['id']}").json()["pictures"]] == ["report", "result"]
    assert mine.get(added).headers["Content-Type"] == "image/jpeg"
    assert mine.get("/api/issues/classes").status_code == 200


def test_a_step_of_a_phone_says_where_it_was_done_to_those_who_see_workers(phone, service, db):
    mine, desk, bureau = phone(), service.client("desk"), service.client("bureau")
    issue = report(mine)
    assert mine.post("/api/duty", json={"on": True}).status_code == 200
    now = datetime.now(UTC)
    sent = mine.post("/api/fixes", json={"fixes": [{"lon": 118.0102, "lat": 36.0111, "at": now.isoformat()}]})
    assert sent.status_code == 200, sent.text
    eventually(lambda: db.execute("SELECT count(*) FROM worker_now").fetchone() == (1,))
    assert act(desk, issue, "dispatch", worker="w1").status_code == 200
    assert act(mine, issue, "arrive").status_code == 200
    told = desk.get(f"/api/issues/{issue['id']}").json()["events"][-1]["details"]
    assert (told["lon"], told["lat"], told["metres"]) == (118.0102, 36.0111, 100)
    assert "metres" not in desk.get(f"/api/issues/{issue['id']}").json()["events"][-2]["details"]
    assert act(desk, issue, "dispatch", handler="bureau").status_code == 200
    for event in bureau.get(f"/api/issues/{issue['id']}").json()["events"]:
        assert not {"lon", "lat", "metres"} & set(event["details"])


def test_a_phone_tells_its_own_reports_from_its_tasks_and_learns_whom_it_may_pass_one_on_to(phone, service, db):
    mine, desk = phone(), service.client("desk")
    task, reported = report(desk), report(mine, "井盖丢了")
    told = {one["id"]: one["properties"]["mine"] for one in mine.get("/api/issues").json()["features"]}
    assert told == {task["id"]: False, reported["id"]: True}
    (walker,) = mine.get(f"/api/issues/{task['id']}/workers").json()["workers"]
    assert (walker["worker"], walker["lon"], walker["metres"]) == ("w1", None, None), "not where anybody is"
    account(db, "elsewhere", Role.HANDLER, ("s1",))
    units = mine.get(f"/api/issues/{task['id']}/units").json()["units"]
    assert [one["handler"] for one in units] == ["bureau"]
    assert service.client("west").get(f"/api/issues/{task['id']}/units").status_code == 403
    assert (
        act(mine, task, "transfer", note="归城管", handler="bureau").json()["events"][-1]["to_name"] == units[0]["name"]
    )


def test_a_phone_sees_no_issue_of_others_and_decides_nothing(phone, service, db):
    db.execute("INSERT INTO worker (id, name, grid_id) SELECT 'w2', '李', id FROM grid_code WHERE code = 's1001'")
    first, second, desk = phone(), phone("w2"), service.client("desk")
    issue = report(first)
    assert second.get("/api/issues").json()["features"] == []
    assert second.get(f"/api/issues/{issue['id']}").status_code == 404
    assert act(second, issue, "sign").status_code == 404
    for action, more in (("dispatch", {"worker": "w2"}), ("supervise", {"note": "x"}), ("merge", {"into": 1})):
        assert act(first, issue, action, **more).status_code == 403, action
    assert first.get("/tiles/streets,areas,buildings/14/13563/6393.pbf").status_code == 200, "a map to put the point on"
    assert first.get("/api/issues/guess", params={"text": "路灯不亮"}).json()["candidates"][0]["class"] == "2107"
    for path in (
        "/api/workers",
        "/tiles/addresses/16/54253/25572.pbf",
        "/tiles/areas.json",
        "/api/areas?level=street",
        "/tiles/issues/14/13571/6360.pbf",
        "/api/session",
    ):
        assert first.get(path).status_code == 403, path
    act(desk, issue, "dispatch", worker="w2")
    assert [one["id"] for one in second.get("/api/issues", params={"state": "待处理"}).json()["features"]] == [
        issue["id"]
    ]
    seen = second.get(f"/api/issues/{issue['id']}").json()["version"]
    for _ in range(2):  # the second is what a phone sends again that lost the answer
        left = act(second, issue, "return", note="不在我的网格", version=seen)
        assert (left.status_code, left.json()["worker"], left.json()["actions"]) == (200, None, [])
    assert act(first, issue, "return", note="不在我的网格", version=seen).status_code == 409, "another worker's step"
    assert second.get("/api/issues").json()["features"] == []


def test_a_phone_without_an_account_keeps_its_reports_apart_and_may_cross_the_road(phone, db):
    db.execute("INSERT INTO worker (id, name, grid_id) SELECT 'w2', '李', id FROM grid_code WHERE code = 's1001'")
    mine = phone("w2")
    issue = report(mine, id="b-1")
    assert issue["area"] == "s0", "over there in the same street"
    assert [one["id"] for one in mine.get("/api/issues").json()["features"]] == [issue["id"]]
    assert phone("w1").post("/api/issues", json={"text": "x", **HERE, "id": "b-1"}).status_code == 400
    assert act(mine, issue, "withdraw", note="看错了").status_code == 200, "who reported it may take it back"
    outside = mine.post("/api/issues", json={"text": "路灯坏了", "lon": 10.0, "lat": 36.0})
    assert outside.status_code == 400


def test_lists_find_words_numbers_several_states_and_what_is_overdue(street, service, db):
    desk = service.client("desk")
    lamp = report(desk, text="路灯不亮100%")
    waste = report(desk, text="楼道有垃圾", result="已清理")

    def found(**query):
        return [one["id"] for one in desk.get("/api/issues", params=query).json()["features"]]

    assert found(q="路灯") == found(q="0%") == found(q=f"#{lamp['id']}") == [lamp["id"]]
    assert found(q="1_0") == []
    assert found(state="待处理,待核查") == [waste["id"], lamp["id"]]
    assert desk.get("/api/issues", params={"state": "新"}).status_code == 400
    assert found(overdue=True) == []
    db.execute("UPDATE issue SET deadlines = jsonb_build_object('handle', now() - interval '1 hour') WHERE id = %s",
               (lamp["id"],))  # fmt: skip
    assert found(overdue=True) == [lamp["id"]]
    db.execute("UPDATE issue SET state = '已归档' WHERE id = %s", (lamp["id"],))
    assert found(overdue=True) == []
