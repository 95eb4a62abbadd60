"""Walls that are signed in by a link, and keys of other systems."""

from datetime import UTC, datetime, timedelta

from gis.clock import FixedClock

BEGAN = datetime(2026, 5, 1, tzinfo=UTC)


def make_wall(admin, areas=("s0",)):
    made = admin.post("/api/walls", json={"name": "大厅", "areas": list(areas)})
    assert made.status_code == 201, made.text
    return made.json()["id"], made.json()["link"].split("#")[1]


def test_a_wall_opens_its_link_once_and_sees_its_areas_only(town, service):
    admin = service.client("admin")
    number, token = make_wall(admin)
    assert admin.get("/api/walls").json()["walls"][0]["signed_in"] is False
    wall = service.client()
    who = wall.post("/api/session/link", json={"token": token})
    assert (who.status_code, who.json()["role"], who.json()["via"]) == (200, "viewer", "wall")
    assert [area["code"] for area in wall.get("/api/areas").json()["areas"]] == ["s0"]
    assert service.client().post("/api/session/link", json={"token": token}).status_code == 401, "it was spent"
    row = admin.get("/api/walls").json()["walls"][0]
    assert (row["id"], row["signed_in"], row["link_expires_at"]) == (number, True, None)
    assert row["last_seen_at"]
    assert all("大厅" not in row["display_name"] for row in admin.get("/api/accounts").json()["accounts"])


def test_a_revoked_wall_is_out(town, service):
    admin, wall = service.client("admin"), service.client()
    number, token = make_wall(admin)
    wall.post("/api/session/link", json={"token": token})
    assert admin.delete(f"/api/walls/{number}").status_code == 204
    assert wall.get("/api/areas").status_code == 401
    assert admin.get("/api/walls").json()["walls"] == []


def test_a_new_link_signs_the_old_screen_out(town, service):
    admin, old, new = service.client("admin"), service.client(), service.client()
    number, token = make_wall(admin)
    old.post("/api/session/link", json={"token": token})
    link = admin.post(f"/api/walls/{number}/link").json()["link"]
    assert old.get("/api/areas").status_code == 401
    assert new.post("/api/session/link", json={"token": link.split("#")[1]}).status_code == 200


def test_a_wall_stays_for_months_and_its_link_for_a_day(dsn, town, run_service):
    clock = FixedClock(BEGAN)
    service = run_service(dsn, clock=clock)
    admin, wall = service.client("admin"), service.client()
    _, token = make_wall(admin)
    _, late = make_wall(admin)
    wall.post("/api/session/link", json={"token": token})
    clock.advance(timedelta(hours=25))
    assert service.client().post("/api/session/link", json={"token": late}).status_code == 401
    clock.advance(timedelta(days=300))
    assert wall.get("/api/areas").status_code == 200
    clock.advance(timedelta(days=100))
    assert wall.get("/api/areas").status_code in (200, 401)  # remembered for half a second at most


def test_the_page_behind_the_link_runs_under_the_policy(town, service):
    page = service.client().get("/enter/wall")
    assert page.status_code == 200
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert "<script src=" in page.text
    assert service.client().get("/enter/wall.js").headers["Content-Type"].startswith("text/javascript")


def test_a_key_is_shown_once_and_sees_its_areas_until_it_is_revoked(db, town, service):
    admin = service.client("admin")
    made = admin.post("/api/keys", json={"name": "12345 热线", "areas": ["s1"], "days": 30}).json()
    machine = service.client()
    machine.headers["Authorization"] = f"Bearer {made['token']}"
    assert machine.get("/api/session").json()["role"] == "machine"
    assert [area["code"] for area in machine.get("/api/areas").json()["areas"]] == ["s1"]
    assert machine.get("/tiles/addresses/16/1/1.pbf").status_code == 403, "other systems get nothing fine-grained"
    row = admin.get("/api/keys").json()["keys"][0]
    assert "token" not in row
    assert row["last_used_at"]
    stored = "".join(
        str(row) for table in ("api_key", "session", "audit") for row in db.execute(f"SELECT * FROM {table}")
    )
    assert made["token"] not in stored
    assert admin.delete(f"/api/keys/{made['id']}").status_code == 204
    assert machine.get("/api/session").status_code == 401


def test_a_key_ends_at_its_day(dsn, town, run_service):
    clock = FixedClock(BEGAN)
    service = run_service(dsn, clock=clock)
    made = service.client("admin").post("/api/keys", json={"name": "k", "areas": ["s1"], "days": 30}).json()
    clock.advance(timedelta(days=31))
    machine = service.client()
    machine.headers["Authorization"] = f"Bearer {made['token']}"
    assert machine.get("/api/session").status_code == 401


def test_an_administrator_of_an_area_sees_the_walls_and_keys_of_that_area(town, service):
    admin, limited = service.client("admin"), service.client("west-admin")
    inside, _ = make_wall(admin, ["s0"])
    outside, _ = make_wall(admin, ["s0", "s1"])
    admin.post("/api/keys", json={"name": "east", "areas": ["s1"]})
    assert [wall["id"] for wall in limited.get("/api/walls").json()["walls"]] == [inside]
    assert limited.delete(f"/api/walls/{outside}").status_code == 404
    assert limited.get("/api/keys").json() == {"keys": []}
    assert limited.post("/api/keys", json={"name": "x", "areas": ["s1"]}).status_code == 400
