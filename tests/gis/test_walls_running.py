"""Walls as they run: they beat, their tours have scenes, one centre shows another what both may see, operators look on."""

import base64

import pytest

from gis.access.roles import Role
from tests.conftest import account

JPEG = b"\xff\xd8\xff\xe0" + bytes(200) + b"\xff\xd9"


@pytest.fixture
def centres(db):
    """A street with two communities, each with a viewer; a dispatcher of the street, and a worker."""
    db.execute(
        "INSERT INTO area (code, name, level, path, geom) VALUES"
        " ('s', '示范街道', 'street', 's', ST_MakeEnvelope(118, 36, 118.2, 36.1, 4326))"
    )
    db.execute(
        "INSERT INTO area (code, name, level, parent_id, path, geom)"
        " SELECT 's' || i, i || '号社区', 'community', id, ('s.s' || i)::ltree,"
        " ST_MakeEnvelope(118 + i * 0.1, 36, 118.1 + i * 0.1, 36.1, 4326) FROM area, generate_series(0, 1) i"
    )
    account(db, "admin")
    account(db, "street", Role.VIEWER, ("s",))
    account(db, "west", Role.VIEWER, ("s0",))
    account(db, "east", Role.VIEWER, ("s1",))
    account(db, "westadmin", Role.ADMINISTRATOR, ("s0",))
    account(db, "worker", Role.WORKER, ("s0",))


def beat(client, screen, **more):
    said = {"screen": screen, "version": "0.1.0", "live": True, "webgl": True, "width": 1920, "height": 1080}
    answer = client.post("/api/walls/beat", json={**said, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


def scene(**more):
    return {"centre": "s0", "name": "小区", "address": "#at=area:s0", "seconds": 20, **more}


def test_operators_see_every_wall_of_theirs_with_its_picture(centres, service):
    west, street = service.client("west"), service.client("street")
    beat(west, "west-screen-1", frame_rate=59.5, delay_ms=120, picture=base64.b64encode(JPEG).decode())
    beat(street, "street-screen")
    seen = service.client("westadmin").get("/api/walls/screens").json()["screens"]
    assert [(row["username"], row["frame_rate"], row["delay_ms"]) for row in seen] == [("west", 59.5, 120)]
    picture = service.client("westadmin").get(f"/api/walls/screens/{seen[0]['id']}/picture")
    assert picture.content == JPEG
    every = service.client("admin").get("/api/walls/screens").json()["screens"]
    assert {row["username"] for row in every} == {"west", "street"}
    other = next(row["id"] for row in every if row["username"] == "street")
    assert service.client("westadmin").get(f"/api/walls/screens/{other}/picture").status_code == 404
    assert west.get("/api/walls/screens").status_code == 403
    refused = west.post("/api/walls/beat", json={"screen": "x" * 10, "picture": "aGVsbG8="})
    assert refused.status_code == 400


def test_a_tour_belongs_to_its_centre(centres, service):
    west, east, street = service.client("west"), service.client("east"), service.client("street")
    made = west.post("/api/walls/scenes", json=scene(begins="08:00", ends="18:00"))
    assert made.status_code == 201
    number = made.json()["id"]
    west.post("/api/walls/scenes", json=scene(name="二"))
    assert [one["name"] for one in west.get("/api/walls/scenes").json()["scenes"]] == ["小区", "二"]
    assert west.patch(f"/api/walls/scenes/{number}", json={"position": 9, "begins": None}).json()["begins"] is None
    assert [one["name"] for one in west.get("/api/walls/scenes?centre=s0").json()["scenes"]] == ["二", "小区"]
    assert len(street.get("/api/walls/scenes").json()["scenes"]) == 2
    assert street.get("/api/walls/scenes?centre=s").json()["scenes"] == []
    assert east.get("/api/walls/scenes").json()["scenes"] == []
    assert east.patch(f"/api/walls/scenes/{number}", json={"name": "x"}).status_code == 404
    assert east.delete(f"/api/walls/scenes/{number}").status_code == 404
    assert east.post("/api/walls/scenes", json=scene()).status_code == 404
    assert service.client("worker").get("/api/walls/scenes").status_code == 403
    assert west.delete(f"/api/walls/scenes/{number}").status_code == 204


def test_a_centre_shows_another_only_what_both_see(centres, service, db):
    west, east, street = service.client("west"), service.client("east"), service.client("street")
    for client, screen in ((west, "west-screen-1"), (east, "east-screen-1"), (street, "street-screen")):
        beat(client, screen)
    to = {row["name"]: row["id"] for row in street.get("/api/walls/screens/others").json()["screens"]}
    assert set(to) == {"west", "east"}
    assert [row["name"] for row in west.get("/api/walls/screens/others").json()["screens"]] == ["street"]
    beat(west, "west-screen-2", place="西社区")
    own = west.get("/api/walls/screens/others?screen=west-screen-1").json()["screens"][-1]
    assert (own["own"], own["place"], own["width"]) == (True, "西社区", 1920)
    shown = {"name": "看这里", "area": "s0", "address": "#at=area:s0"}
    assert street.post(f"/api/walls/screens/{to['east']}/show", json=shown).status_code == 404
    assert east.post(f"/api/walls/screens/{to['west']}/show", json=shown).status_code == 404
    assert street.post(f"/api/walls/screens/{to['west']}/show", json=shown).status_code == 204
    sent = beat(west, "west-screen-1")["sent"]
    assert (sent["name"], sent["address"], sent["by"]) == ("看这里", "#at=area:s0", "street")
    assert beat(west, "west-screen-1")["sent"] is None
    assert west.post(f"/api/walls/screens/{own['id']}/show", json=shown).status_code == 204
    assert beat(west, "west-screen-2")["sent"]["name"] == "看这里", "two screens of one account"
    assert db.execute("SELECT count(*) FROM audit WHERE action = 'wall.show'").fetchone()[0] == 2
