"""No secret stands in any log: a real service that logs every request, everything that it and its database say."""

from __future__ import annotations

import base64
import contextlib
import secrets

import httpx
import psycopg
import pytest
from oidc_provider_mock import User, run_server_in_thread
from operated import operated
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from gis.access.roles import Role
from tests.conftest import PASSWORD, _run_folder, account

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the OpenID provider's own
AREA = (
    "INSERT INTO area (code, name, level, path, geom) VALUES"
    " ('s0', '社区', 'community', 's0', ST_MakeEnvelope(118, 36, 118.1, 36.1, 4326))"
)


def everything_secret(url: str, provider: str) -> list[str]:
    """Uses every way in, rightly and wrongly; returns the secrets that were used."""
    wrong = f"wrong-{secrets.token_urlsafe(12)}"
    used = [PASSWORD, wrong]
    with httpx.Client(base_url=url, timeout=30) as browser:
        browser.post("/api/session", json={"username": "admin", "password": wrong})
        browser.post("/api/session", json={"username": wrong, "password": PASSWORD})  # in the wrong field
        browser.post("/api/session", content=f'{{"username": "admin", "password": "{wrong}')
        signed = browser.post("/api/session", json={"username": "admin", "password": PASSWORD})
        used.append(browser.cookies["gridtwin_session"])
        assert signed.status_code == 200, signed.text
        browser.headers["Origin"] = url
        wall = browser.post("/api/walls", json={"name": "大屏", "areas": ["s0"]}).json()["link"].partition("#")[2]
        key = browser.post("/api/keys", json={"name": "x", "areas": ["s0"]}).json()["token"]
        code = browser.post("/api/enrolments", json={"worker": "w1"}).json()["link"].rpartition("#code=")[2]
        made = browser.post("/api/devices", json={"worker": "w1", "app": "traccar"}).json()
        browser.post("/api/session/password", json={"present": wrong, "new": f"{wrong} and longer"})
        used += [wall, key, code, made["token"]]
    with httpx.Client(base_url=url, timeout=30) as stranger:
        assert stranger.post("/api/session/link", json={"token": wall}).status_code == 200
        used.append(stranger.cookies["gridtwin_session"])
        assert stranger.get("/api/areas", headers={"Authorization": f"Bearer {key}"}).status_code == 200
        used.append(stranger.post("/api/enrolments/spend", json={"code": code}).json()["token"])
        stranger.post("/api/enrolments/spend", json={"code": code})
        token = made["token"]
        place = {"lat": "36.05", "lon": "118.05"}
        for identity in (f"{made['id']}-{token}", f"{made['id']}-{wrong}", token):
            stranger.get("/osmand", params={"id": identity, **place})
            stranger.post("/osmand", data={"id": identity, **place})
        stranger.get(f"/osmand/{made['id']}-{token}")  # typed into the address by mistake
        basic = base64.b64encode(f"w1:{token}".encode()).decode()
        used.append(basic)
        stranger.post("/owntracks", content=b"{", headers={"Authorization": f"Basic {basic}"})
        stranger.post("/overland", content=b"[", headers={"Authorization": f"Bearer {token}"})
        stranger.post("/api/fixes", json={"fixes": [{"lon": token}]}, headers={"Authorization": f"Bearer {token}"})
        stranger.get("/enter", params={"token": wall})
        stranger.get(f"/api/areas?token={key}")
        with contextlib.suppress(InvalidStatus):
            connect(
                f"{url.replace('http', 'ws')}/live?token={key}", additional_headers={"Authorization": f"Bearer {key}"}
            )
    with httpx.Client(base_url=url, timeout=30) as browser:
        there = browser.get("/api/session/oidc").headers["Location"]
        used.append(browser.cookies["gridtwin_openid"])
        back = httpx.URL(httpx.post(there, data={"sub": "s-1"}).headers["Location"])
        used += [back.params["code"], "geheimnis-of-the-client"]
        for _ in range(2):
            browser.get(f"{back.path}?{back.query.decode()}")
        assert browser.get("/api/session").json()["via"] == "openid"
        used.append(browser.cookies["gridtwin_session"])
    with httpx.Client(base_url=url) as nonsense:
        nonsense.headers["Authorization"] = f"Bearer {used[2]}"
        nonsense.request("BREW", f"/nowhere?token={wall}")
    return [secret for secret in used if secret]


def test_no_secret_stands_in_any_log_or_in_the_audit(dsn, db, tmp_path):
    db.execute(AREA)
    account(db, "admin", Role.ADMINISTRATOR)
    account(db, "zhang", Role.VIEWER, ("s0",))
    db.execute("INSERT INTO worker (id, name) VALUES ('w1', '网格员')")
    people = [User(sub="s-1", claims={"preferred_username": "zhang"})]
    with run_server_in_thread(user_claims=people, require_nonce=True) as provider:
        issuer = f"http://localhost:{provider.server_port}"
        chosen = {"openid_issuer": issuer, "openid_client": "gridtwin", "openid_secret": "geheimnis-of-the-client"}
        with operated(dsn, tmp_path, "-v", log_format="json", **chosen) as service:
            used = everything_secret(service.url, issuer)
    said = service.said.read_text()
    assert said.count("/osmand") > 5, "every request is logged, or this proves nothing"
    logs = {"service": said}
    for file in (_run_folder() / "data" / "database" / "log").glob("*.log"):
        logs[file.name] = file.read_text(errors="replace")
    logs["audit"] = "\n".join(row[0] for row in db.execute("SELECT audit::text FROM audit"))
    assert "wall.add" in logs["audit"] or "wall" in logs["audit"]
    found = [(where, secret) for where, text in logs.items() for secret in used if secret in text]
    assert found == []
    with psycopg.connect(dsn) as connection:  # and the database holds no token, only its hash
        for table in ("session", "device", "enrolment", "api_key", "wall"):
            text = str(connection.execute(f"SELECT coalesce(string_agg(t::text, ' '), '') FROM {table} t").fetchone())
            assert [secret for secret in used if secret in text] == [], table
