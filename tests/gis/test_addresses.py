"""Addresses are found by what people type and by where they are, over HTTP, as a client would."""

import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gis.access.roles import Role
from gis.addresses.words import folded, understand
from tests.conftest import account

_STREETS = "山东省淄博市高新区示范街道"


@pytest.fixture
def town(db):
    """Two communities, an estate in each, buildings 1, 2 and 12 with 3 units, 11 floors and 2 doors a floor."""
    db.execute(
        "INSERT INTO area (code, name, level, path, geom) VALUES"
        " ('s', '示范街道', 'street', 's', ST_MakeEnvelope(118, 36, 118.2, 36.1, 4326))"
    )
    db.execute(
        "INSERT INTO area (code, name, level, parent_id, path, geom)"
        " SELECT 's' || i, (ARRAY['东风社区','西园社区'])[i + 1], 'community', id, ('s.s' || i)::ltree,"
        " ST_MakeEnvelope(118 + i * 0.1, 36, 118.1 + i * 0.1, 36.1, 4326) FROM area, generate_series(0, 1) i"
    )
    db.execute("INSERT INTO plan (kind, name, state, valid) VALUES ('community', '现行', 'published', '[2026-01-01,)')")
    db.execute("INSERT INTO grid_code (kind, code) VALUES ('community', 'g0')")
    db.execute(
        "INSERT INTO grid (plan_id, id, code, name, geom) SELECT plan.id, c.id, 'g0', '东风第一网格',"
        " ST_MakeEnvelope(118, 36, 118.1, 36.1, 4326) FROM plan, grid_code c"
    )
    db.execute(
        "INSERT INTO building (name, estate, geom)"
        " SELECT e || n || '号楼', e, ST_MakeEnvelope(118.01 + i * 0.1 + n * 0.001, 36.01,"
        " 118.0105 + i * 0.1 + n * 0.001, 36.0102, 4326)"
        " FROM unnest(ARRAY['金都花园','银泰城']) WITH ORDINALITY AS t (e, o), LATERAL (SELECT o - 1 AS i) x,"
        " unnest(ARRAY[1, 2, 12]) n"
    )
    db.execute(
        "INSERT INTO address (text, street, community, road, road_no, estate, building, unit, floor, room, building_id, geom)"
        f" SELECT '{_STREETS}' || a.name || '世纪路8号' || b.name || u || '单元' || f || '0' || r || '室', '示范街道', a.name,"
        " '世纪路', '8号', b.estate, substr(b.name, length(b.estate) + 1), u || '单元', f, f || '0' || r, b.id,"
        " ST_PointOnSurface(b.geom)"
        " FROM building b JOIN area a ON a.id = b.area_id, generate_series(1, 3) u, generate_series(1, 11) f,"
        " generate_series(1, 2) r"
    )
    account(db, "street", Role.VIEWER, ("s",))
    account(db, "west", Role.VIEWER, ("s0",))
    account(db, "auditor", Role.AUDITOR, ("s",))
    db.execute("ANALYZE")


def found(client, words, **more):
    answer = client.get("/api/addresses/search", params={"q": words, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()["addresses"]


@pytest.mark.parametrize(
    "words",
    [
        "金都花园12号楼3单元1001室",
        "金都花园12-3-1001",
        "金都花园 12-3-1001",
        "金都花园１２－３－１００１",
        "金都花园 12号楼-3-1001室",
        "东风社区 金都花园 12号楼 3单元 1001",
        "金都花园3单元1001 12号楼",
        "示范街道金都花园12号楼3单元1001",
    ],
)
def test_one_household_in_the_ways_that_people_type_it(town, service, words):
    first = found(service.client("street"), words)[0]
    assert first["text"] == f"{_STREETS}东风社区世纪路8号金都花园12号楼3单元1001室"
    assert first["parts"] == {
        "street": "示范街道", "community": "东风社区", "road": "世纪路", "road_no": "8号", "estate": "金都花园",
        "building": "12号楼", "unit": "3单元", "floor": "10", "room": "1001",
    }  # fmt: skip
    assert first["building"]["name"] == "金都花园12号楼"
    assert first["grid"]["name"] == "东风第一网格"
    assert 0 < first["score"] <= 1


def test_numbers_alone_find_the_room_in_every_estate(town, service):
    rows = found(service.client("street"), "12-3-1001")
    assert {(row["parts"]["estate"], row["parts"]["building"], row["parts"]["unit"], row["parts"]["room"]) for row in rows} == {
        (estate, "12号楼", "3单元", "1001") for estate in ("金都花园", "银泰城")
    }  # fmt: skip


def test_two_numbers_are_unit_and_room_or_building_and_room(town, service):
    rows = found(service.client("street"), "金都花园2-1001", limit=50)
    readings = {(row["parts"]["building"], row["parts"]["unit"]) for row in rows}
    assert readings == {(b, "2单元") for b in ("1号楼", "2号楼", "12号楼")} | {("2号楼", f"{u}单元") for u in (1, 2, 3)}


def test_a_number_is_a_whole_number(town, service):
    rows = found(service.client("street"), "2号楼", limit=100)
    assert {row["parts"]["building"] for row in rows} == {"2号楼"}


def test_what_was_typed_in_full_comes_first_with_a_score_of_one(town, service):
    text = f"{_STREETS}西园社区世纪路8号银泰城1号楼1单元101室"
    rows = found(service.client("street"), text)
    assert (rows[0]["text"], rows[0]["score"]) == (text, 1.0)
    scores = [row["score"] for row in found(service.client("street"), "银泰城1号楼", limit=30)]
    assert len(scores) == 30
    assert scores == sorted(scores, reverse=True)


def test_a_text_without_parts_is_found_as_it_was_written(db, town, service):
    for text in ("桃园里７号楼２单元３０２", "桃园里9-2-302"):
        db.execute("INSERT INTO address (text, geom, area_id) SELECT %s, 'SRID=4326;POINT(118.15 36.05)', id"
                   " FROM area WHERE code = 's1'", (text,))  # fmt: skip
    client = service.client("street")
    assert [row["text"] for row in found(client, "桃园里7-2-302")] == ["桃园里７号楼２单元３０２"]
    assert [row["text"] for row in found(client, "桃园里9-2-302")] == ["桃园里9-2-302"]


def test_near_brings_what_is_close_first(town, service):
    client = service.client("street")
    for estate, near in (("金都花园", "118.0125,36.01"), ("银泰城", "118.1125,36.01")):
        assert found(client, "3单元1001", near=near)[0]["parts"]["estate"] == estate
    for wrong in ("118", "a,b", "nan,3", "118,99", "1,2,3"):
        answer = client.get("/api/addresses/search", params={"q": "x", "near": wrong})
        assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")


def test_short_words_are_found_by_estate_road_and_community_in_a_large_table(db, town, service):
    # what ANALYZE would have written for millions of rows; autovacuum must not correct it meanwhile
    db.execute("ALTER TABLE address SET (autovacuum_enabled = false)")
    db.execute("UPDATE pg_class SET reltuples = 3000000 WHERE relname = 'address'")
    client = service.client("street")
    assert {row["parts"]["estate"] for row in found(client, "金都", limit=50)} == {"金都花园"}
    assert {row["parts"]["community"] for row in found(client, "西园", limit=50)} == {"西园社区"}
    assert found(client, "世纪") != []
    assert found(client, "没有") == []


def test_reverse_finds_the_buildings_own_addresses_first(db, town, service):
    client = service.client("street")
    lon, lat, name = db.execute(
        "SELECT ST_XMin(geom) + 0.00001, ST_YMin(geom) + 0.00001, name FROM building WHERE name = '金都花园2号楼'"
    ).fetchone()
    rows = client.get("/api/addresses/reverse", params={"lon": lon, "lat": lat, "limit": 10}).json()["addresses"]
    assert {row["building"]["name"] for row in rows} == {name}
    true = db.execute(
        "SELECT ST_Distance(geom::geography, ST_SetSRID(ST_Point(%s, %s), 4326)::geography) FROM address WHERE id = %s",
        (lon, lat, rows[0]["id"]),
    ).fetchone()[0]
    assert rows[0]["distance"] == pytest.approx(true, abs=0.01)
    assert client.get("/api/addresses/reverse", params={"lon": 118.05, "lat": 36.09}).json() == {"addresses": []}
    assert client.get("/api/addresses/reverse", params={"lon": 200, "lat": 36}).status_code == 400
    assert client.get("/api/addresses/reverse", params={"lon": "nan", "lat": 36}).status_code == 400


def test_addresses_stop_at_the_scope_and_at_the_role(db, town, service):
    west, auditor = service.client("west"), service.client("auditor")
    assert found(west, "银泰城") == []
    assert {row["parts"]["estate"] for row in found(west, "12-3-1001")} == {"金都花园"}
    place = {"lon": 118.1112, "lat": 36.0101}
    assert west.get("/api/addresses/reverse", params=place).json() == {"addresses": []}
    assert service.client("street").get("/api/addresses/reverse", params=place).json()["addresses"] != []
    assert auditor.get("/api/addresses/search", params={"q": "银泰城"}).status_code == 403
    assert auditor.get("/api/addresses/reverse", params=place).status_code == 403


def test_the_search_reads_its_indexes(db, town):
    """A plan on few rows says nothing, so the alternative is taken away: what is left must be an index."""
    db.execute("SET enable_seqscan = off")
    for condition, index in (
        ("folded(text) LIKE '%12号楼%3单元%'", "address_folded"),
        ("address_number(room) = '1001' AND address_number(unit) = '3'", "address_numbers"),
    ):
        plan = "\n".join(row[0] for row in db.execute(f"EXPLAIN SELECT id FROM address WHERE {condition}"))
        assert index in plan


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(
        st.one_of(
            st.characters(min_codepoint=0x20, max_codepoint=0x7E),
            st.characters(min_codepoint=0x2E80, max_codepoint=0xFFEF, exclude_categories=["Cs", "Cn"]),
        ),
        max_size=40,
    )
)
def test_python_and_postgres_fold_alike(db, text):
    assert db.execute("SELECT folded(%s)", (text,)).fetchone()[0] == folded(text)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.text(max_size=60))
def test_whatever_is_typed_gets_an_answer(town, service, words):
    answer = service.client("street").get("/api/addresses/search", params={"q": words or "x"})
    assert answer.status_code == 200, answer.text


@given(st.text("0123456789-号楼单元室金都花园 ", min_size=1, max_size=30))
def test_full_width_is_the_same_as_half_width(text):
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)
    assert unicodedata.normalize("NFKC", wide) == text
    assert understand(wide) == understand(text)
