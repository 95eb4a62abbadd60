"""Accounts, as an administrator manages them over HTTP."""

import pytest

from tests.conftest import PASSWORD

GOOD = "vier blaue Elefanten tanzen"


def signs_in(service, username, password):
    return service.client().post("/api/session", json={"username": username, "password": password}).status_code


def test_an_account_is_made_used_changed_and_deleted(town, service):
    admin = service.client("admin")
    made = admin.post(
        "/api/accounts", json={"username": "张三", "display_name": "张三", "role": "station_head", "areas": ["s0"]}
    )
    assert made.status_code == 201, made.text
    password, number = made.json()["new_password"], made.json()["id"]
    assert [area["code"] for area in made.json()["areas"]] == ["s0"]
    assert signs_in(service, "张三", password) == 200
    listed = {row["username"]: row for row in admin.get("/api/accounts").json()["accounts"]}
    assert listed["张三"]["last_seen_at"]
    assert "new_password" not in listed["张三"]

    reset = admin.patch(f"/api/accounts/{number}", json={"reset_password": True, "areas": ["s0", "s1"]})
    assert reset.status_code == 200, reset.text
    assert signs_in(service, "张三", password) == 401
    assert signs_in(service, "张三", reset.json()["new_password"]) == 200
    assert len(reset.json()["areas"]) == 2

    assert admin.patch(f"/api/accounts/{number}", json={"disabled": True}).json()["disabled"] is True
    assert signs_in(service, "张三", reset.json()["new_password"]) == 401
    assert admin.delete(f"/api/accounts/{number}").status_code == 204
    assert admin.get("/api/accounts").text.count("张三") == 0


def test_only_administrators_manage_accounts(town, service):
    for username in ("west", "auditor"):
        client = service.client(username)
        for method, path in (
            ("GET", "/api/accounts"), ("GET", "/api/roles"), ("GET", "/api/walls"), ("GET", "/api/keys"),
            ("DELETE", "/api/accounts/1"), ("DELETE", "/api/walls/1"), ("DELETE", "/api/keys/1"),
        ):  # fmt: skip
            assert client.request(method, path).status_code == 403, (username, path)


def test_an_administrator_of_an_area_gives_no_more_than_that(db, town, service):
    limited = service.client("west-admin")
    make = lambda **new: limited.post("/api/accounts", json={"username": "new", "role": "viewer", **new})  # noqa: E731
    assert make(areas=["s1"]).status_code == 400, "an area that it doesn't see"
    assert make(areas=["s"]).status_code == 400, "the area above"
    assert make(areas=[]).status_code == 400, "no area at all"
    assert make(role="administrator", areas=[]).json()["code"] == "not-grantable"
    assert make(role="administrator", areas=["s0"]).status_code == 201

    assert {row["username"] for row in limited.get("/api/accounts").json()["accounts"]} == {
        "west-admin", "west", "west-auditor", "new",
    }  # fmt: skip
    for username in ("admin", "east", "auditor"):
        number = db.execute("SELECT id FROM account WHERE username = %s", (username,)).fetchone()[0]
        assert limited.patch(f"/api/accounts/{number}", json={"reset_password": True}).status_code == 404
        assert limited.delete(f"/api/accounts/{number}").status_code == 404


def test_losing_its_area_widens_nobody(db, town, service):
    limited = service.client("west-admin")
    db.execute("DELETE FROM area WHERE code = 's0'")
    assert limited.get("/api/areas").json()["areas"] == []
    assert limited.get("/api/accounts").json()["accounts"] == []


def test_administrators_cant_lock_themselves_out(db, town, service):
    admin = service.client("admin")
    number = db.execute("SELECT id FROM account WHERE username = 'admin'").fetchone()[0]
    for change in ({"disabled": True}, {"role": "viewer"}, {"areas": ["s0"]}):
        assert admin.patch(f"/api/accounts/{number}", json=change).status_code == 403
    assert admin.delete(f"/api/accounts/{number}").status_code == 403
    assert admin.patch(f"/api/accounts/{number}", json={"display_name": "张主任"}).status_code == 200


@pytest.mark.parametrize("username", ["", " ", "two words", "wall:1", "a" * 61, "\x00", "<b>"])
def test_names_that_could_be_mistaken_are_refused(town, service, username):
    answer = service.client("admin").post("/api/accounts", json={"username": username, "role": "viewer"})
    assert answer.status_code == 400


def test_a_name_is_given_once(town, service):
    answer = service.client("admin").post("/api/accounts", json={"username": "ｗｅｓｔ", "role": "viewer"})
    assert (answer.status_code, answer.json()["code"]) == (409, "taken"), "full-width letters are the same letters"


@pytest.mark.parametrize(
    "password", ["short", "password123", "1234567890", "woaini1314520", "qwertyuiop", "Gridtwin2024", "wangge12345",
                 "zhangsan2024", "88888888888", "sibaoshan123"],
)  # fmt: skip
def test_short_common_and_local_passwords_are_refused(town, service, password):
    new = {"username": "zhangsan", "role": "viewer", "areas": ["s0"], "password": password}
    answer = service.client("admin").post("/api/accounts", json=new)
    assert (answer.status_code, answer.json()["code"]) == (422, "weak-password")


def test_changing_ones_own_password_ends_the_other_sign_ins(town, service):
    here, elsewhere = service.client("west"), service.client("west")
    wrong = here.post("/api/session/password", json={"present": "wrong", "new": GOOD})
    assert (wrong.status_code, wrong.json()["code"]) == (403, "wrong-password")
    weak = here.post("/api/session/password", json={"present": PASSWORD, "new": "west123456"})
    assert weak.json()["code"] == "weak-password"
    assert here.post("/api/session/password", json={"present": PASSWORD, "new": GOOD}).status_code == 204
    assert here.get("/api/session").status_code == 200
    assert elsewhere.get("/api/session").status_code == 401
    assert signs_in(service, "west", GOOD) == 200


def test_what_a_role_may_do_changes_at_once(db, town, service):
    admin, west = service.client("admin"), service.client("west")
    assert [area["code"] for area in west.get("/api/areas").json()["areas"]] == ["s0"]
    number = db.execute("SELECT id FROM account WHERE username = 'west'").fetchone()[0]
    admin.patch(f"/api/accounts/{number}", json={"areas": ["s0", "s1"]})
    assert [area["code"] for area in west.get("/api/areas").json()["areas"]] == ["s0", "s1"]


def test_codes_above_the_scope_are_told_nowhere(town, service):
    west = service.client("west")
    assert west.get("/api/areas").json()["areas"][0]["path"] == "s0"
    properties = west.get("/api/areas/s0").json()["properties"]
    assert (properties["path"], properties["parent"], properties["ancestors"]) == ("s0", None, [])
    assert service.client("auditor").get("/api/areas/s0").json()["properties"]["path"] == "s.s0"
