"""Issues come in by the hotline, by CSV and by Open311, each as its senders send it."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

from gis.access.roles import Role
from gis.clock import FixedClock
from gis.db import Database
from gis.issues import timekeeper
from gis.settings import Settings
from tests.conftest import account
from tests.gis.issues.test_loop import HERE, act, report

CALL = {"order_number": "GD20260501-7", "caller": {"name": "张三丰", "phone": "13812345678"}, "source": "12345"}


def test_a_call_is_one_issue_and_who_called_is_hidden(street, service, db):
    desk = service.client("desk")
    issue = report(desk, text="市民来电反映3号楼路灯不亮", **CALL)
    assert (issue["source"], issue["order_number"]) == ("12345", "GD20260501-7")
    assert issue["caller"] == {"name": "张**", "phone": "138****5678"}
    again = desk.post("/api/issues", json={"text": "又来电", **HERE, **CALL})
    assert (again.status_code, again.json()["code"], again.json()["issue"]) == (409, "taken", issue["id"])
    assert service.client("west").get(f"/api/issues/{issue['id']}").json()["caller"] is None
    for row in db.execute("SELECT name, phone FROM issue_caller").fetchall():
        assert all(b"138" not in bytes(part) and "张".encode() not in bytes(part) for part in row)

    before = db.execute("SELECT count(*) FROM audit WHERE action = 'issue.caller.read'").fetchone()[0]
    assert service.client("west").get(f"/api/issues/{issue['id']}/caller").status_code == 403
    told = desk.get(f"/api/issues/{issue['id']}/caller", params={"reason": "回访"}).json()
    assert told == {"name": "张三丰", "phone": "13812345678"}
    rows = db.execute("SELECT actor, thing_id, detail FROM audit WHERE action = 'issue.caller.read'").fetchall()
    assert rows[before:] == [("desk", str(issue["id"]), {"reason": "回访"})]
    assert "13812345678" not in desk.get("/api/issues/export").text + json.dumps(desk.get("/api/issues").json())


def test_a_csv_of_the_hotline_is_taken_in_once_or_refused_whole(street, service, db):
    desk = service.client("desk")
    good = "工单号,诉求内容,经度,纬度,来电时间,联系人,联系电话\nA1,路灯坏了,118.0102,36.0102,2026/05/01 08:30,李四,13900001111\nA2,井盖没了,118.0102,36.0102,,,\n"

    def send(text, encoding="utf-8"):
        return desk.post("/api/issues/import", files={"file": ("工单.csv", text.encode(encoding), "text/csv")})

    bad = send(good + "A3,垃圾没人收,10,10,,,\nA4,,118.0102,36.0102,,,\n")
    assert bad.status_code == 422
    assert [one["row"] for one in bad.json()["findings"]] == [4, 5]
    assert db.execute("SELECT count(*) FROM issue").fetchone() == (0,)
    assert send(good, "gb18030").json()["added"] == 2
    assert {key: send(good).json()[key] for key in ("added", "unchanged")} == {"added": 0, "unchanged": 2}
    assert {row[0] for row in db.execute("SELECT source FROM issue")} == {"12345"}
    # nothing of a file with a mistake, also where only the database knows of it
    rest = "A9,消防通道堵了,118.0102,36.0102,,,\n"
    for wrong, row in (
        (f"{rest}A1,另一件事,118.0102,36.0102,,,\n", 3),
        (f"{rest}A9,另一件事,118.0102,36.0102,,,\n", 3),
        (f"{rest}{'9' * 5000},路灯坏了,118.0102,36.0102,,,\n", 3),
        (f"{rest}B1,路灯坏了,118.0102,36.0102,,,{'1' * 31}\n", 3),
        (f"{rest}B1,{'长' * 2001},118.0102,36.0102,,,\n", 3),
        (f"{rest}B1,路灯坏了,118.0102,36.0102,0001-01-01,,\n", 3),
        (f"{rest}B1,路灯坏了,118.0102,36.0102,9999-12-31 23:00,,\n", 3),
    ):
        refused = send(good.splitlines()[0] + "\n" + wrong)
        assert (refused.status_code, [one["row"] for one in refused.json()["findings"]]) == (422, [row]), wrong[:80]
    assert db.execute("SELECT count(*) FROM issue").fetchone() == (2,)
    twice = send(good.splitlines()[0] + "\n" + rest + rest).json()
    assert (twice["added"], twice["unchanged"]) == (1, 1), "the same row twice says nothing new"
    # our own export: known by its issues here, with its times elsewhere
    ours = desk.get("/api/issues/export").text
    assert send(ours).json()["unchanged"] == 3
    db.execute("TRUNCATE issue CASCADE")
    assert [send(ours).json()["added"] for _ in range(2)] == [3, 0]
    assert "2026-05-01 00:30:00+00:00" in desk.get("/api/issues/export").text
    db.execute("DELETE FROM issue WHERE text LIKE '消防%'")
    assert send("a,b\n1,2\n").status_code == 400
    assert service.client("west").post("/api/issues/import", files={"file": ("a.csv", b"x")}).status_code == 403
    sheet = desk.get("/api/issues/export", params={"class": "2107"}).text.splitlines()
    assert len(sheet) == 2
    assert sheet[0].startswith("\ufeffid,reported_at,class")


@pytest.fixture
def key(db):
    account(db, "other", Role.MACHINE, ("s",))


def parsed(body):
    return ElementTree.fromstring(body)  # noqa: S314 - our own answer


def test_open311_in_json_and_xml(street, service, key):
    anyone, other = service.client(), service.client("other")
    token = other.headers["Authorization"].split()[1]
    services = anyone.get("/open311/v2/services.json").json()
    assert {one["service_code"] for one in services} >= {"0102", "2107"}
    assert parsed(anyone.get("/open311/v2/services/2107.xml").content).findtext("service_code") == "2107"
    form = {"service_code": "2107", "lat": 36.0102, "long": 118.0102, "description": "路灯 <坏> & 了"}
    assert anyone.post("/open311/v2/requests.json", data=form).status_code == 403
    made = anyone.post("/open311/v2/requests.xml", data={**form, "api_key": token})
    number = parsed(made.content).findtext("request/service_request_id")
    (told,) = anyone.get(f"/open311/v2/requests/{number}.json", params={"api_key": token}).json()
    assert (told["status"], told["status_notes"], told["lat"], told["long"]) == ("open", "待处理", 36.0102, 118.0102)
    assert told["requested_datetime"].endswith("+08:00")
    asked = anyone.get("/open311/v2/requests.xml", params={"api_key": token, "status": "open", "service_code": "2107"})
    assert parsed(asked.content).findtext("request/description") == "路灯 <坏> & 了"
    assert anyone.get("/open311/v2/requests.json", params={"api_key": token, "status": "closed"}).json() == []
    old = {"api_key": token, "start_date": "2020-01-01T00:00:00Z", "end_date": "2030-01-01T00:00:00Z"}
    assert anyone.get("/open311/v2/requests.json", params=old).json() == [], "ninety days from the start, no more"
    for wrong, status in (({"service_code": "9999"}, 404), ({"lat": "x"}, 400), ({"lat": 1.0, "long": 2.0}, 400)):
        answer = anyone.post("/open311/v2/requests.json", data={**form, **wrong, "api_key": token})
        assert (answer.status_code, answer.json()[0]["code"]) == (status, status)


def test_another_system_learns_no_address_and_no_worker_by_reporting(street, service, key):
    """Its own report says the point that it named; a unit is told the place once the issue was sent to it."""
    desk, other, bureau = service.client("desk"), service.client("other"), service.client("bureau")
    made = other.post("/api/issues", json={"text": "路灯坏了", **HERE})
    assert made.status_code == 201, made.text
    number, hidden = made.json()["id"], ("worker", "worker_name", "place", "address")
    whole = desk.get(f"/api/issues/{number}").json()
    assert (whole["worker"], whole["worker_name"], whole["place"]) == ("w1", "王", "示范路1号3号楼2单元301")
    act(desk, whole, "dispatch", worker="w1")
    for told in (made.json(), other.get(f"/api/issues/{number}").json(), *listed(other)):
        assert {told[name] for name in hidden} == {None}
    assert "w1" not in other.get(f"/api/issues/{number}").text
    assert listed(other, q="示范路") == []
    assert len(listed(other, q="路灯")) == 1
    assert other.get("/api/issues", params={"worker": "w1"}).status_code == 403
    token = other.headers["Authorization"].split()[1]
    (asked,) = other.get(f"/open311/v2/requests/{number}.json", params={"api_key": token}).json()
    assert (asked["address"], asked["address_id"]) == ("", "")

    sent = report(desk, text="路灯坏了")
    act(desk, sent, "dispatch", handler="bureau")
    (told,) = listed(bureau, q="示范路")
    assert (told["id"], told["place"], told["worker_name"]) == (sent["id"], "示范路1号3号楼2单元301", None)


def listed(client, **asked):
    return [one["properties"] for one in client.get("/api/issues", params=asked).json()["features"]]


def look(dsn, clock):
    """What the service does every ten seconds, by a process that has just started."""

    async def once():
        database = Database(dsn, size=2, statement_timeout_ms=10_000)
        await database.open()
        here = SimpleNamespace(database=database, clock=clock, settings=Settings(issue_silent_minutes=0))
        await timekeeper.look(here)
        await database.close()

    asyncio.run(once())


def test_the_clock_warns_once_before_and_once_after(street, dsn, run_service, db):
    clock = FixedClock(datetime(2026, 5, 6, 1, 0, tzinfo=UTC))  # a Wednesday, nine o'clock
    issue = report(run_service(dsn, clock=clock).client("desk"))
    assert datetime.fromisoformat(issue["deadlines"]["answer"]) == clock.now() + timedelta(hours=2)

    def told():
        look(dsn, clock)
        rows = db.execute("SELECT action, details ->> 'step' FROM issue_event WHERE actor = '系统' ORDER BY id")
        return [row for row in rows if row[0] != "silent"]

    assert told() == []
    clock.advance(timedelta(minutes=95))
    assert told() == told() == [("soon", "answer"), ("remind", None)]
    clock.advance(timedelta(minutes=30))
    assert told() == told() == [("soon", "answer"), ("remind", None), ("late", "answer")]


def test_what_is_suspended_goes_on_with_what_was_left_of_its_working_time(street, dsn, run_service):
    clock = FixedClock(datetime(2026, 5, 6, 1, 0, tzinfo=UTC))
    desk = run_service(dsn, clock=clock).client("desk")
    issue = report(desk)
    due = datetime.fromisoformat(issue["deadlines"]["handle"])
    assert due == datetime(2026, 5, 6, 6, 30, tzinfo=UTC), "four working hours, with an hour and a half at noon"
    clock.advance(timedelta(hours=1))
    suspended = act(desk, issue, "suspend", note="等待产权单位").json()
    assert (suspended["suspended"], suspended["deadlines"]) == (True, {})
    assert act(desk, issue, "suspend", note="再次").status_code == 409
    clock.advance(timedelta(days=3))  # Saturday
    going = act(desk, issue, "resume").json()
    assert datetime.fromisoformat(going["deadlines"]["handle"]) == datetime(2026, 5, 9, 6, 30, tzinfo=UTC), (
        "9 May 2026 is a Saturday that is worked: three hours from ten o'clock, without noon"
    )


def test_an_extension_is_asked_for_and_allowed_and_a_part_split_off(street, service):
    walker, desk = service.client("walker"), service.client("desk")
    issue = report(walker)
    until = "2099-01-01T00:00:00+08:00"
    assert act(desk, issue, "approve").status_code == 409
    asked = act(walker, issue, "ask_extension", note="需要吊车", until=until).json()
    assert asked["extension"]["note"] == "需要吊车"
    assert act(walker, issue, "approve").status_code == 403
    allowed = act(desk, issue, "approve").json()
    assert allowed["extension"] is None
    assert datetime.fromisoformat(allowed["deadlines"]["handle"]) == datetime.fromisoformat(until)
    act(desk, issue, "split", text="楼道灯也坏了", **{"class": "2107"})
    part = desk.get("/api/issues").json()["features"][0]["properties"]
    assert (part["split_from"], part["class"], part["place"]) == (issue["id"], "2107", issue["place"])


def test_what_the_village_cannot_settle_goes_up_and_is_counted_where_it_ended(street, service):
    desk = service.client("desk")
    issue = report(desk, text="两家为宅基地吵架，要求调解")
    assert act(desk, issue, "escalate", note="社区调解不成").json()["level"] == "town"
    assert act(desk, issue, "escalate", note="镇上调解不成").json()["level"] == "district"
    assert act(desk, issue, "escalate", note="?").status_code == 409
    act(desk, issue, "handle", note="达成协议")
    act(desk, issue, "pass")
    act(desk, issue, "rate", rating="满意")
    told = desk.get("/api/issues/statistics").json()
    assert told["levels"] == {"village": 0, "town": 0, "district": 1}
