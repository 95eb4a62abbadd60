"""What can't be is refused in its user's words, with nothing changed: dates, numbers, texts, and what only looks given."""

from datetime import UTC, datetime, timedelta

import pytest

from gis.access.roles import Role
from tests.conftest import account
from tests.gis.issues.test_loop import HERE, act, report

FIRST, LAST = "0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-10:00"
IN_WORDS = "须在 2000 年至 2100 年之间"


@pytest.mark.parametrize("at", [FIRST, LAST, "1900-01-01T00:00:00+08:00", "1999-12-31"])
def test_moments_that_no_issue_has_are_refused_everywhere(street, service, db, at):
    account(db, "other", Role.MACHINE, ("s",))
    desk, other = service.client("desk"), service.client("other")
    issue = report(desk)
    day = at[:10]
    answers = [
        desk.post("/api/issues", json={"text": "路灯坏了", **HERE, "at": at}),
        act(desk, issue, "extend", note="x", until=at),
        desk.get("/api/issues", params={"since": at}),
        *(
            desk.get(f"/api/issues/{what}", params={name: day})
            for what in ("statistics", "hotspots", "recurring")
            for name in ("from", "to")
        ),
        *(other.get("/open311/v2/requests.json", params={name: at}) for name in ("start_date", "end_date")),
    ]
    assert [(one.status_code, IN_WORDS in one.text) for one in answers] == [(400, True)] * len(answers)
    told = other.get("/open311/v2/requests.xml", params={"end_date": at})
    assert (told.status_code, told.headers["Content-Type"].split(";")[0]) == (400, "text/xml")
    assert "<errors><error><code>400</code>" in told.text
    assert db.execute("SELECT count(*) FROM issue").fetchone() == (1,)


def test_a_clock_that_is_days_ahead_is_told_and_one_that_is_minutes_ahead_is_forgiven(street, service):
    desk, now = service.client("desk"), datetime.now(UTC)
    ahead = desk.post("/api/issues", json={"text": "路灯坏了", **HERE, "at": (now + timedelta(days=2)).isoformat()})
    assert (ahead.status_code, "时钟" in ahead.json()["detail"]) == (400, True)
    issue = report(desk, at=(now + timedelta(minutes=5)).isoformat())
    assert datetime.fromisoformat(issue["at"]) < now + timedelta(minutes=1)


def test_a_blank_result_solves_nothing(street, service):
    assert report(service.client("walker"), result="   ")["state"] == "待处理"


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda desk: desk.get("/api/issues/999"), "没有找到事件 999"),
        (lambda desk: desk.post("/api/issues", json={**HERE}), "text 不正确：必须填写"),
        (lambda desk: desk.post("/api/issues", json={"text": "长" * 2001, **HERE}), "text 不正确：最多 2000 个字"),
        (lambda desk: desk.post("/api/issues", json={"text": "x", "lon": "a", "lat": 1}), "lon 不正确：须为数字"),
        (lambda desk: desk.post("/api/issues", json={"text": "x", "lon": 200, "lat": 1}), "lon 不正确：不能大于 180"),
        (lambda desk: desk.get("/api/issues", params={"since": "gestern"}), "since 不正确：须为时间"),
        (lambda desk: desk.get("/api/issues", params={"limit": "abc"}), "limit 不正确：须为整数"),
        (lambda desk: desk.post("/api/issues/1/actions", json={"action": "sign", "x": 1}), "x 不正确：没有此参数"),
    ],
)  # fmt: skip
def test_errors_in_chinese_hold_no_english(street, service, ask, words):
    detail = ask(service.client("desk")).json()["detail"]
    assert words in detail


def test_open311_answers_in_its_own_form_whatever_is_asked(street, service, db):
    account(db, "other", Role.MACHINE, ("s",))
    other = service.client("other")
    for wrong in ({"page": "abc"}, {"page_size": "x"}, {"page": "0"}):
        answer = other.get("/open311/v2/requests.json", params=wrong)
        assert (answer.status_code, answer.json()[0]["code"]) == (400, 400)
    form = {"service_code": "2107", "lat": 36.0102, "long": 118.0102, "description": "长" * 2001}
    answer = other.post("/open311/v2/requests.json", data=form)
    assert (answer.status_code, answer.json()[0]["code"]) == (400, 400), "nothing is cut"


def test_limits_are_no_longer_than_a_year_and_webhooks_may_name_every_event(street, service, db):
    account(db, "chief")
    chief = service.client("chief")
    for amount, status in ((100_000, 400), (501, 400), (500, 200)):
        limit = {"step": "handle", "amount": amount, "unit": "working_day"}
        assert chief.put("/api/issues/limits", json=limit).status_code == status
    hook = {"name": "市平台", "url": "http://127.0.0.1:9/", "actions": ["handover", "photo", "late", "dispatch"]}
    assert chief.post("/api/issues/webhooks", json=hook).status_code == 201
    assert chief.post("/api/issues/webhooks", json={**hook, "actions": ["x"]}).status_code == 400


def test_what_is_denied_is_sorted_as_no_alarm(street, service):
    desk = service.client("desk")
    for text in ("没有着火", "没着火", "烟花爆竹燃放", "楼道里有烟头"):
        issue = report(desk, text=text)
        assert (issue["urgent"], issue["class"] == "0499" and not issue["unsure"]) == (False, False), text
    guessed = desk.get("/api/issues/guess", params={"text": "没有着火"}).json()["candidates"]
    assert "0499" not in {one["class"] for one in guessed}
    assert report(desk, text="老人摔倒了")["urgent"]
