"""Signing in at an OpenID provider: a real one, on loopback."""

import httpx
import pytest
from oidc_provider_mock import User, run_server_in_thread

from gis.access.roles import Role
from tests.conftest import account

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the provider's own
BROWSER = {"Accept": "text/html,*/*"}
_PEOPLE = [
    User(sub="s-1", claims={"preferred_username": "zhang", "name": "张三"}),
    User(sub="s-2", claims={"preferred_username": "zhang"}),
    User(sub="s-3", claims={"preferred_username": "nobody", "name": "无名"}),
    User(sub="s-4", claims={"email": "zhang@example.com", "email_verified": False}),
]


@pytest.fixture(scope="module")
def provider():
    with run_server_in_thread(user_claims=_PEOPLE, require_nonce=True) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def signing_in(dsn, db, town, run_service, provider):
    account(db, "zhang", Role.VIEWER, ("s0",))

    def make(**chosen):
        return run_service(
            dsn, **{"openid_issuer": provider, "openid_client": "gridtwin", "openid_secret": "geheim", **chosen}
        )

    return make


def at_the_provider(browser, subject):
    """What a browser does: goes to the provider, signs in, and is sent back; returns the way back."""
    there = browser.get("/api/session/oidc?to=/admin")
    assert there.status_code == 303
    with httpx.Client(timeout=30) as elsewhere:
        answer = elsewhere.post(there.headers["Location"], data={"sub": subject})
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"].removeprefix(str(browser.base_url).rstrip("/"))


def test_somebody_with_an_account_signs_in_at_the_provider(db, signing_in):
    service = signing_in()
    browser = service.client()
    assert browser.get("/api/session/ways").json() == {"openid": "OpenID"}
    there = browser.get("/api/session/oidc")
    asked = httpx.URL(there.headers["Location"]).params
    assert (asked["code_challenge_method"], asked["response_type"]) == ("S256", "code")
    assert asked["state"]
    assert asked["nonce"]
    cookie = there.headers["Set-Cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    back = browser.get(at_the_provider(browser, "s-1"), headers=BROWSER)
    assert (back.status_code, back.headers["Location"]) == (303, "/admin"), back.text
    who = browser.get("/api/session").json()
    assert (who["username"], who["via"], who["areas"][0]["code"]) == ("zhang", "openid", "s0")
    assert [row[0] for row in db.execute("SELECT action FROM audit WHERE thing_id = 'zhang'")] == ["account.bind"]
    # bound now: another identity of that name is somebody else
    other = service.client()
    assert other.get(at_the_provider(other, "s-2")).json()["code"] == "openid-unknown"
    assert other.get("/api/session").status_code == 401
    # a name that changes here doesn't matter, a disabled account does
    db.execute("UPDATE account SET username = 'zhang3' WHERE username = 'zhang'")
    again = service.client()
    again.get(at_the_provider(again, "s-1"))
    assert again.get("/api/session").json()["username"] == "zhang3"
    db.execute("UPDATE account SET disabled = true WHERE username = 'zhang3'")
    late = service.client()
    assert late.get(at_the_provider(late, "s-1")).json()["code"] == "openid-unknown"


def test_nobody_registers_themselves_unless_that_is_set(db, signing_in):
    browser = (service := signing_in()).client()
    refused = browser.get(at_the_provider(browser, "s-3"), headers=BROWSER)
    assert refused.headers["Location"] == "/admin?refused=openid-unknown"
    assert db.execute("SELECT count(*) FROM account WHERE username = 'nobody'").fetchone() == (0,)
    browser = (service := signing_in(openid_register="viewer")).client()
    assert browser.get(at_the_provider(browser, "s-3")).status_code == 303
    who = browser.get("/api/session").json()
    assert (who["username"], who["display_name"], who["role"], who["areas"]) == ("nobody", "无名", "viewer", [])
    assert browser.get("/api/areas").json() == {"areas": []}
    assert service.client("admin").get("/api/accounts").text.count("nobody") > 0


def test_an_address_of_mail_counts_only_when_it_is_verified(db, signing_in):
    account(db, "zhang@example.com", Role.VIEWER, ("s0",))
    browser = signing_in(openid_claim="email").client()
    assert browser.get(at_the_provider(browser, "s-4")).json()["code"] == "openid-unknown"


def test_what_did_not_begin_here_ends_nowhere(signing_in):
    service = signing_in()
    browser, other = service.client(), service.client()
    back = at_the_provider(browser, "s-1")
    assert other.get(back).json()["code"] == "openid-refused", "another browser"
    forged = back.replace("state=", "state=x")
    assert browser.get(forged).json()["code"] == "openid-refused", "another state"
    assert browser.get(back.replace("code=", "code=x")).json()["code"] == "openid-refused", "a code that nobody gave"
    assert browser.get("/api/session/oidc/callback?error=access_denied").json()["code"] == "openid-refused"
    assert browser.get("/api/session/oidc?to=https://elsewhere.example").status_code == 400
    mixed = at_the_provider(browser, "s-1") + "&iss=https://elsewhere.example"
    assert browser.get(mixed).json()["code"] == "openid-refused", "another issuer"
    assert browser.get("/api/session").status_code == 401


def test_an_answer_to_another_attempt_is_refused(signing_in):
    browser = signing_in().client()
    at_the_provider(browser, "s-1")
    first = browser.cookies.get("gridtwin_openid")
    back = at_the_provider(browser, "s-1")  # its nonce is another
    state, nonce, *rest = browser.cookies.get("gridtwin_openid").split(".")
    mixed = ".".join([state, first.split(".")[1], *rest])
    answer = browser.get(back, headers={"Cookie": f"gridtwin_openid={mixed}"})
    assert answer.json()["code"] == "openid-refused"


def test_a_provider_that_is_away_is_said_and_without_one_there_is_no_such_page(signing_in, service):
    away = signing_in(openid_issuer="http://127.0.0.1:9").client().get("/api/session/oidc")
    assert (away.status_code, away.json()["code"]) == (502, "openid-away")
    assert service.client().get("/api/session/oidc").status_code == 404
    assert service.client().get("/api/session/ways").json() == {"openid": None}
