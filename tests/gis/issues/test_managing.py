"""What an administrator sets about issues, and what other systems are told."""

import asyncio
import hashlib
import hmac
import json
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import httpx
import pytest

from gis.access.roles import Role
from gis.clock import FixedClock
from gis.db import Database
from gis.issues import webhooks
from gis.issues.callers import key_of
from tests.conftest import account
from tests.gis.issues.test_loop import act, report

HOOK = {"name": "市平台", "url": "http://127.0.0.1:9/", "secret": "s3cret"}


@pytest.fixture
def chief(street, db):
    account(db, "chief")
    account(db, "local", Role.ADMINISTRATOR, ("s0",))


def test_only_an_administrator_of_all_areas_sets_what_counts_for_all(chief, service, db):
    chief, local, desk = (service.client(name) for name in ("chief", "local", "desk"))
    kind = {"name_zh": "飞线充电", "name_en": "Flying leads", "unit": "消防站", "urgent": True}
    limit = {"class": "2108", "step": "handle", "amount": 1, "unit": "hour"}
    for other in (local, desk):
        assert other.put("/api/issues/classes/2108", json=kind).status_code == 403
        assert other.put("/api/issues/limits", json=limit).status_code == 403
        assert other.delete("/api/issues/limits/1").status_code == 403
        assert other.post("/api/issues/webhooks", json=HOOK).status_code == 403
        assert other.delete("/api/issues/webhooks/1").status_code == 403
    assert chief.put("/api/issues/limits", json=limit).status_code == 400, "there is no such class yet"
    assert chief.put("/api/issues/classes/0120", json=kind).status_code == 400, "new classes are local ones"
    assert chief.put("/api/issues/classes/2108", json=kind).status_code == 200
    number = chief.put("/api/issues/limits", json=limit).json()["id"]
    issue = report(desk, **{"class": "2108"})
    assert issue["urgent"]
    assert datetime.fromisoformat(issue["deadlines"]["handle"]) - datetime.fromisoformat(issue["at"]) == timedelta(
        hours=1
    )
    assert chief.delete(f"/api/issues/limits/{number}").status_code == 204
    assert chief.delete(f"/api/issues/limits/{number}").status_code == 404
    told = {row[0] for row in db.execute("SELECT action FROM audit")}
    assert told >= {"issue.class.set", "issue.limit.set", "issue.limit.removed"}


def test_the_2341_rule_is_switched_on_for_one_community(chief, service):
    local, desk = service.client("local"), service.client("desk")
    assert local.put("/api/issues/rules/s1", json={"rule_set": "2341"}).status_code == 404
    assert local.put("/api/issues/rules/s0", json={"rule_set": "none"}).status_code == 400
    assert local.put("/api/issues/rules/s0", json={"rule_set": "2341"}).status_code == 200
    issue = report(desk)
    at = datetime.fromisoformat(issue["at"])
    within = {step: (datetime.fromisoformat(due) - at).total_seconds() / 60 for step, due in issue["deadlines"].items()}
    assert within == {"answer": 20, "arrive": 30, "handle": 240, "plan": 1440}
    assert set(act(desk, issue, "plan", note="先围挡再修").json()["deadlines"]) == {"answer", "arrive", "handle"}
    assert local.put("/api/issues/rules/s0", json={"rule_set": "standard"}).status_code == 200
    assert set(report(desk)["deadlines"]) == {"answer", "handle"}


class Listener:
    """A small HTTP server that keeps what it is told and answers with `status`."""

    def __init__(self):
        self.status, self.heard = 200, []
        listener = self

        class Answer(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                listener.heard.append((self.path, dict(self.headers), body))
                self.send_response(listener.status)
                self.end_headers()
                self.wfile.write(b'{"errcode":0}')

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def listener():
    listening = Listener()
    yield listening
    listening.server.shutdown()
    listening.server.server_close()


def test_webhooks_are_signed_retried_and_listed_when_they_are_dead(chief, dsn, db, run_service, listener, tmp_path):
    chief = run_service(dsn, data_dir=tmp_path, issue_silent_minutes=0).client("chief")
    clock = FixedClock(datetime.now(UTC) + timedelta(days=1))  # the running service finds nothing due before that

    def send():
        async def once():
            database = Database(dsn, size=2, statement_timeout_ms=10_000)
            await database.open()
            here = SimpleNamespace(
                database=database, clock=clock, settings=SimpleNamespace(data_dir=tmp_path, zone=UTC)
            )
            async with httpx.AsyncClient() as client:
                while await webhooks.send_due(here, client):
                    pass
            await database.close()

        asyncio.run(once())

    # 短信: to the worker's telephone, in the gateway's own form, whose secret nobody reads again
    gateway = {**HOOK, "url": f"{listener.url}/sms", "shape": "sms", "accepts": '"errcode":0', "actions": ["report"],
               "template": '{"to": ["{phone}"], "msg": {"text": "{text}", "sign": "{secret}"}, "n": 1}'}  # fmt: skip
    for wrong in ("", "[]", '{"a": "{phone}"}', '{"a": "{phone}{text}{caller}"}'):
        assert chief.post("/api/issues/webhooks", json={**gateway, "template": wrong}).status_code == 400
    assert chief.post("/api/issues/webhooks", json={**HOOK, "template": gateway["template"]}).status_code == 400
    db.execute("UPDATE worker SET phone = '13900000001'")
    assert chief.post("/api/issues/webhooks", json=gateway).status_code == 201
    assert "s3cret" not in chief.get("/api/issues/webhooks").text
    for shape in ("json", "wecom", "dingtalk"):
        hook = {**HOOK, "url": f"{listener.url}/{shape}?key=1", "shape": shape, "actions": ["report"]}
        assert chief.post("/api/issues/webhooks", json=hook).status_code == 201
    db.execute("ALTER TABLE issue_delivery ALTER next_at SET DEFAULT now() + interval '1 hour'")
    issue = report(chief)
    report(chief, text="邻居吵架要求调解", **{"class": "2104"})
    listener.status = 500
    send()
    assert len(listener.heard) == 4, "nothing of a restricted class is told"
    sent = json.loads(next(body for path, _, body in listener.heard if path == "/sms"))
    assert (sent["to"], sent["n"], sent["msg"]["sign"]) == (["13900000001"], 1, "s3cret")
    assert issue["text"] in sent["msg"]["text"]
    path, headers, body = next(one for one in listener.heard if one[0].startswith("/json"))
    stamp = headers["X-Gridtwin-Timestamp"]
    mark = hmac.new(b"s3cret", f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    assert headers["X-Gridtwin-Signature"] == f"sha256={mark}"
    assert (json.loads(body)["action"], json.loads(body)["issue"]["id"]) == ("report", issue["id"])
    assert any("&sign=" in one[0] and b"\xe5\x9c\xb0\xe7\x82\xb9" in one[2] for one in listener.heard)
    for _ in range(7):
        clock.advance(timedelta(days=1))
        send()
    dead = chief.get("/api/issues/deliveries").json()["deliveries"]
    assert {(one["attempts"], one["error"]) for one in dead} == {(8, "HTTP 500")}
    listener.status = 200
    db.execute("UPDATE issue_delivery SET next_at = now() + interval '1 hour'")
    for one in dead:
        assert chief.post(f"/api/issues/deliveries/{one['id']}/retry").status_code == 202
    send()
    assert chief.get("/api/issues/deliveries").json()["deliveries"] == []
    assert b"s3cret" not in b"".join(bytes(row[0]) for row in db.execute("SELECT secret FROM issue_webhook"))
    assert key_of(tmp_path).decrypt(bytes(db.execute("SELECT secret FROM issue_webhook").fetchone()[0])) == b"s3cret"
