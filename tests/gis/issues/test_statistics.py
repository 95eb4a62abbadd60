"""What issues tell: the numbers of panels are those of the rows."""

from tests.conftest import account
from tests.gis.issues.test_loop import HERE, act, report


def fold(db):
    """What the service does every few seconds; it may be at it just now."""
    while db.execute("SELECT issue_tally_fold(1000)").fetchone()[0] < 0:
        pass


def close(desk, issue, rating="满意"):
    act(desk, issue, "handle", note="已处理")
    act(desk, issue, "pass")
    return act(desk, issue, "rate", rating=rating)


def test_the_tally_is_what_counting_every_row_gives(street, service, db):
    desk = service.client("desk")
    issues = [report(desk, text=text) for text in ("路灯坏了不亮", "消防通道停满了车", "楼道里堆满垃圾", "井盖没了")]
    close(desk, issues[0])
    close(desk, issues[1], rating="不满意")
    act(desk, issues[2], "handle", note="好了")
    act(desk, issues[2], "fail", note="没好")
    act(desk, issues[3], "withdraw", note="误报")
    fold(db)
    rows = "SELECT * FROM issue_tally WHERE n <> 0 ORDER BY facet, key, area_id, below, day"
    kept = db.execute(rows).fetchall()
    db.execute("SELECT issue_tally_rebuild('Asia/Shanghai')")
    assert db.execute(rows).fetchall() == kept

    told = desk.get("/api/issues/statistics", params={"area": "s"}).json()
    assert told["states"] == {"待处理": 1, "待核查": 0, "待评价": 0, "已归档": 3}
    assert told["rates"] == {"closed": 0.6667, "pleased": 0.5, "in_time": 1.0, "returned": 0.25}
    assert told["today"] == {"reported": 4, "closed": 3}
    assert told["trend"]["reported"] == {"this_week": 4, "last_week": 0, "change": None}
    assert sum(told["hours"]) == sum(one["n"] for one in told["classes"]) == 4
    assert {one["area"]: one["n"] for one in told["areas"]} == {"s0": 4, "s1": 0}
    assert told["levels"] == {"village": 2, "town": 0, "district": 0}


def test_numbers_are_never_behind_and_follow_areas_that_are_moved(street, service, db):
    account(db, "chief")
    desk, chief = service.client("desk"), service.client("chief")
    db.execute(
        "INSERT INTO area (code, name, level, path, geom) VALUES"
        " ('t', '另一街道', 'street', 't', ST_MakeEnvelope(119, 36, 119.2, 36.1, 4326))"
    )

    def told(client, area=None):
        params = {"area": area} if area else {}
        one = client.get("/api/issues/statistics", params=params).json()
        listed = client.get("/api/issues", params=params).json()["features"]
        assert one["counts"]["reported"] == sum(one["states"].values()) == sum(one["hours"]) == len(listed)
        assert one["counts"]["reported"] == sum(day["reported"] for day in one["days"])
        assert one["now"]["open"] == sum(row["properties"]["state"] != "已归档" for row in listed)
        return one["counts"]["reported"], {row["area"]: row["n"] for row in one["areas"]}

    def every():
        return told(chief), told(chief, "s"), told(chief, "t")

    issues = [report(desk) for _ in range(3)] + [report(desk, lon=118.15)]
    close(desk, issues[0])
    before = ((4, {"s": 4, "t": 0}), (4, {"s0": 3, "s1": 1}), (0, {}))
    assert every() == before, "whether folded or not"
    assert told(desk) == (4, {"s": 4}), "the scope is a street"
    fold(db)
    assert every() == before
    report(desk, lon=118.15)
    assert every() == ((5, {"s": 5, "t": 0}), (5, {"s0": 3, "s1": 2}), (0, {})), "a part of it folded"
    db.execute("UPDATE area SET parent_id = (SELECT id FROM area WHERE code = 't'), path = 't.s1' WHERE code = 's1'")
    moved = ((5, {"s": 3, "t": 2}), (3, {"s0": 3}), (2, {"s1": 2}))
    assert every() == moved
    fold(db)
    assert every() == moved
    assert db.execute("SELECT stale FROM issue_tally_zone").fetchone() == (False,)


def test_statistics_stop_at_the_scope_and_come_as_csv(street, service):
    report(service.client("walker"))
    assert service.client("west").get("/api/issues/statistics").json()["counts"]["reported"] == 1
    assert service.client("east").get("/api/issues/statistics").json()["counts"]["reported"] == 0
    sheet = service.client("west").get("/api/issues/statistics?format=csv")
    assert sheet.headers["Content-Type"].startswith("text/csv")
    assert "state,待处理,1," in sheet.text
    assert service.client("west").get("/api/issues/statistics?from=2026-05-02&to=2026-05-01").status_code == 400


def test_the_same_thing_again_at_one_place_is_named(street, service, db):
    desk = service.client("desk")
    for _ in range(3):
        report(desk, text="单元门口垃圾没人收")
    (place,) = desk.get("/api/issues/recurring").json()["places"]
    assert (place["class"], place["n"], place["place"]) == ("0102", 3, "示范路1号3号楼2单元301")
    assert service.client("east").get("/api/issues/recurring").json()["places"] == []
    assert HERE["lon"] == round(place["lon"], 4)
