"""Signing in, and seeing only one's own area: over HTTP, as a client would."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gis.access.roles import Role
from gis.access.scope import Scope
from tests.conftest import PASSWORD, account


@pytest.fixture
def two_communities(db):
    db.execute(
        "INSERT INTO area (code, name, level, path, geom) VALUES"
        " ('s', '示范街道', 'street', 's', ST_MakeEnvelope(118, 36, 118.2, 36.1, 4326))"
    )
    db.execute(
        "INSERT INTO area (code, name, level, parent_id, path, geom)"
        " SELECT 's' || i, i || '号社区', 'community', id, ('s.s' || i)::ltree,"
        " ST_MakeEnvelope(118 + i * 0.1, 36, 118.1 + i * 0.1, 36.1, 4326) FROM area, generate_series(0, 1) i"
    )
    db.execute(
        "INSERT INTO building (name, estate, households, residents, geom)"
        " SELECT i || '号楼', '同名小区', 10, 25, ST_MakeEnvelope(118.01 + i * 0.02, 36.01, 118.011 + i * 0.02, 36.011, 4326)"
        " FROM generate_series(0, 7) i"
    )
    db.execute(
        "INSERT INTO address (text, unit, floor, room, residents, building_id, geom)"
        " SELECT '示范路1号' || b.name || u || '单元' || f || '0' || r, u, f, f || '0' || r, 2, b.id, ST_PointOnSurface(b.geom)"
        " FROM building b, generate_series(1, 2) u, generate_series(1, 11) f, generate_series(1, 2) r"
    )
    account(db, "admin")
    account(db, "street", Role.VIEWER, ("s",))
    account(db, "west", Role.VIEWER, ("s0",))
    account(db, "auditor", Role.AUDITOR, ("s",))
    account(db, "nowhere", Role.VIEWER)


def test_a_wrong_password_and_an_unknown_account_get_the_same_answer(two_communities, service):
    client = service.client()
    wrong = client.post("/api/session", json={"username": "admin", "password": "wrong"})
    unknown = client.post("/api/session", json={"username": "nobody", "password": "wrong"})
    assert wrong.status_code == unknown.status_code == 401
    assert {**wrong.json(), "request": ""} == {**unknown.json(), "request": ""}


def test_the_cookie_is_kept_from_scripts_and_other_sites(two_communities, service):
    client = service.client()
    answer = client.post("/api/session", json={"username": "street", "password": PASSWORD})
    cookie = answer.headers["Set-Cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert client.get("/api/session").json()["areas"] == [{"code": "s", "name": "示范街道", "level": "street"}]
    forged = client.delete("/api/session", headers={"Sec-Fetch-Site": "cross-site"})
    assert forged.status_code == 403
    assert client.get("/api/session").status_code == 200


def test_signing_out_ends_the_token(two_communities, service):
    client = service.client("street")
    assert client.get("/api/session").status_code == 200
    assert client.delete("/api/session").status_code == 204
    assert client.get("/api/session").status_code == 401


def test_only_the_digest_of_a_token_is_stored(db, two_communities, service):
    token = service.client("street").headers["Authorization"].split()[1]
    stored = b"".join(row[0] for row in db.execute("SELECT token_sha256 FROM session"))
    assert token.encode() not in stored
    assert len(stored) == 32


def test_areas_searches_cards_and_counts_stop_at_the_scope(db, two_communities, service):
    west, street = service.client("west"), service.client("street")
    assert [area["code"] for area in west.get("/api/areas").json()["areas"]] == ["s0"]
    assert west.get("/api/areas").json()["areas"][0]["parent"] is None, "who is above is not told"
    assert len(street.get("/api/areas").json()["areas"]) == 3
    assert west.get("/api/areas/s1").status_code == 404
    assert west.get("/api/areas/s1/summary").status_code == 404
    other = db.execute("SELECT b.id FROM building b JOIN area a ON a.id = area_id WHERE a.code = 's1'").fetchone()[0]
    assert west.get(f"/api/buildings/{other}").status_code == 404
    assert west.get(f"/api/buildings/{other}/households").status_code == 404
    found = west.get("/api/search", params={"q": "同名小区"}).json()["results"]
    assert (found[0]["kind"], found[0]["detail"]) == ("estate", "5 栋")
    assert west.get("/api/search", params={"q": "7号楼"}).json()["results"] == []


def test_a_summary_counts_what_the_database_has(db, two_communities, service):
    summary = service.client("street").get("/api/areas/s/summary").json()
    buildings, households, residents = db.execute(
        "SELECT count(*), sum(households), sum(residents) FROM building"
    ).fetchone()
    addresses = db.execute("SELECT count(*) FROM address").fetchone()[0]
    assert summary == {
        "grids": 0, "buildings": buildings, "addresses": addresses, "households": households,
        "residents": residents, "workers": 0,
        "issues": {"待处理": 0, "待核查": 0, "待评价": 0, "已归档": 0},
    }  # fmt: skip


def test_a_summary_of_a_kind_counts_its_grids_and_their_workers(db, two_communities, service):
    for kind, grids in (("community", 2), ("party", 1)):
        db.execute(
            "WITH made AS (INSERT INTO plan (kind, name, state, valid) VALUES (%(kind)s, '一', 'published', '[2026-01-01,)')"
            " RETURNING id), codes AS (INSERT INTO grid_code (kind, code)"
            " SELECT %(kind)s, %(kind)s || n FROM generate_series(1, %(grids)s) n RETURNING id, code),"
            " workers AS (INSERT INTO worker (id, name, grid_id) SELECT code, code, id FROM codes)"
            " INSERT INTO grid (plan_id, id, code, name, area_id, geom)"
            " SELECT made.id, codes.id, codes.code, codes.code, area.id, area.geom FROM made, codes, area WHERE area.code = 's0'",
            {"kind": kind, "grids": grids},
        )
    client = service.client("street")
    for kind, grids in (("community", 2), ("party", 1)):
        summary = client.get("/api/areas/s/summary", params={"kind": kind}).json()
        assert (summary["grids"], summary["workers"]) == (grids, grids)


def test_households_come_as_a_matrix_top_floor_first(db, two_communities, service):
    building = db.execute("SELECT min(id) FROM building").fetchone()[0]
    units = service.client("street").get(f"/api/buildings/{building}/households").json()["units"]
    assert [unit["unit"] for unit in units] == ["1", "2"]
    floors = [floor["floor"] for floor in units[0]["floors"]]
    assert floors == [str(number) for number in range(11, 0, -1)]
    assert [room["room"] for room in units[0]["floors"][-1]["rooms"]] == ["101", "102"]


def test_fine_grained_elements_are_for_roles_that_need_them(db, two_communities, service):
    auditor = service.client("auditor")
    building = db.execute("SELECT min(id) FROM building").fetchone()[0]
    assert auditor.get(f"/api/buildings/{building}").status_code == 200
    assert auditor.get(f"/api/buildings/{building}/households").status_code == 403
    assert auditor.get("/tiles/addresses/16/1/1.pbf").status_code == 403
    assert auditor.get("/api/search", params={"q": "示范路"}).json()["results"] == []
    assert service.client("street").get("/api/search", params={"q": "示范路"}).json()["results"] != []


def test_an_account_without_area_sees_nothing(two_communities, service):
    nowhere = service.client("nowhere")
    assert nowhere.get("/api/areas").json() == {"areas": []}
    assert nowhere.get("/api/twin").json()["bounds"] is None
    assert nowhere.get("/tiles/buildings/8/211/100.pbf").content == b""


def test_wildcards_are_words(two_communities, service):
    client = service.client("street")
    for words in ("%", "_", "\\", "'", "%s", "{}"):
        assert client.get("/api/search", params={"q": words}).json() == {"results": []}


def test_errors_speak_the_language_that_is_asked_for(service):
    client = service.client()
    chinese = client.get("/api/areas")
    english = client.get("/api/areas", headers={"Accept-Language": "en-GB,en;q=0.9,zh;q=0.5"})
    assert chinese.json()["detail"] == "请先登录。"
    assert english.json()["detail"] == "Sign in first."
    assert english.headers["Content-Type"] == "application/problem+json"


def test_one_click_links_exist_only_where_they_are_given(dsn, db, two_communities, run_service):
    running = run_service(dsn, entrances={"open-sesame": "west"})
    client = running.client()
    assert client.get("/enter?token=guess").status_code == 401
    answer = client.get("/enter?token=open-sesame")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert client.get("/api/session").json()["username"] == "west"


def test_every_answer_carries_safe_headers(service):
    for path in ("/", "/api/areas", "/healthz", "/nowhere", "/tiles/areas.json"):
        headers = service.client().get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Request-Id"]


def test_a_body_that_is_too_large_is_refused(service):
    answer = service.client().post("/api/session", content=b"x" * 3_000_000)
    assert answer.status_code == 413


def test_a_broken_body_gets_its_reason(service):
    answer = service.client().post("/api/session", json={"username": "x"})
    assert answer.status_code == 400
    assert "password" in answer.json()["detail"]


def test_a_database_that_goes_away_is_told_and_comes_back(dsn, db, two_communities, service):
    client = service.client("street")
    db.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    answers = [client.get("/api/areas").status_code for _ in range(12)]
    assert set(answers) <= {200, 503}
    assert answers[-1] == 200


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(visible=st.sets(st.sampled_from(["s", "s0", "s1"])))
def test_the_predicate_lets_through_what_is_visible_and_nothing_else(db, two_communities, visible):
    codes = dict(db.execute("SELECT code, id FROM area").fetchall())
    scope = Scope(tuple(codes[code] for code in visible))
    query = f"SELECT a.code FROM building b JOIN area a ON a.id = b.area_id WHERE {scope.sql('b.area_id')}"
    seen = {row[0] for row in db.execute(query, scope.values())}
    assert seen == visible & {"s0", "s1"}
    assert Scope(None).sql("b.area_id") == "TRUE"


def test_streets_and_what_people_call_things_are_found(service, db):
    db.execute(
        "INSERT INTO street (name, class, geom) SELECT '鲁泰大道', 'arterial',"
        " ST_MakeLine(ST_Point(118 + i / 100.0, 36, 4326), ST_Point(118 + (i + 1) / 100.0, 36, 4326))"
        " FROM generate_series(0, 2) i"
    )
    db.execute(
        "INSERT INTO facility (name, category, geom) VALUES ('鲁泰大道消防栓', 'hydrant', ST_Point(118, 36, 4326))"
    )
    account(db, "admin")
    seen = service.client("admin")

    def found(words):
        return [(one["kind"], one["name"]) for one in seen.get("/api/search", params={"q": words}).json()["results"]]

    assert found("鲁泰大道") == [("street", "鲁泰大道"), ("facility", "鲁泰大道消防栓")]
    assert found("消火栓") == found("hydrant") == [("facility", "鲁泰大道消防栓")]
    assert found("火") == []
