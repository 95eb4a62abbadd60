"""No tile is ever older than the question for it, and only what changed is rendered again."""

import asyncio
import threading

import mapbox_vector_tile
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from gis.access.roles import Role
from gis.access.scope import EVERYWHERE, Scope
from gis.changes import Feed
from gis.db import Database
from tests.conftest import account
from tests.tiles.test_tiles import decode, ids, street, tile_of  # noqa: F401 - a fixture
from tiles.cache import Subject
from tiles.engine import TileEngine
from tiles.metrics import TileMetrics
from tiles.pyramid import Tile
from tiles.render import render

PLACE = (118.0901, 36.8549)
EVERY = (("buildings",), ("areas", "areas_label"), ("grids", "grids_label"), ("areas", "grids", "buildings"))


def counted(client, outcome):
    """How many tiles had an outcome, by layer."""
    return {
        line.split('layer="')[1].split('"')[0]: float(line.rsplit(" ", 1)[1])
        for line in client.get("/metrics").text.splitlines()
        if line.startswith("gridtwin_tiles_total{") and f'outcome="{outcome}"' in line
    }


def test_whoever_asks_after_a_commit_sees_it_while_others_edit_and_read(db, dsn, street, service):  # noqa: F811
    """Two writers, one of them with transactions that overlap the other's, and three readers without a pause."""
    import psycopg

    client = service.client("admin")
    x, y = tile_of(118.0895, 36.8509, 15)
    first, second = (row[0] for row in db.execute("SELECT id FROM building WHERE code IN ('b9-0', 'b9-1') ORDER BY id"))
    committed = {first: 0, second: 0}
    faults, reads, done = [], [], threading.Event()

    def write(building, rounds, slow):
        with psycopg.connect(dsn) as connection:
            for number in range(1, rounds + 1):
                connection.execute("UPDATE building SET height = %s WHERE id = %s", (number, building))
                if slow:
                    connection.execute("SELECT pg_sleep(0.02)")
                connection.commit()
                committed[building] = number

    def read():
        own = service.client("admin")
        while not done.is_set():
            before = dict(committed)
            answer = own.get(f"/tiles/buildings/15/{x}/{y}.pbf")
            shown = mapbox_vector_tile.decode(answer.content)["buildings"]["features"]
            heights = {feature["id"]: feature["properties"]["height"] for feature in shown}
            reads.append(answer.headers["etag"])
            faults.extend((b, before[b], heights[b]) for b in before if before[b] and heights[b] < before[b])

    readers = [threading.Thread(target=read) for _ in range(3)]
    writers = [
        threading.Thread(target=write, args=(first, 150, False)),
        threading.Thread(target=write, args=(second, 30, True)),
    ]
    for thread in readers + writers:
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in readers:
        thread.join()
    assert not faults
    assert len(set(reads)) > 5, "the readers saw the edits as they were made"
    decoded = decode(client, "buildings", 15, x, y)["buildings"]["features"]
    assert {f["id"]: f["properties"]["height"] for f in decoded if f["id"] in committed} == {first: 150, second: 30}


def test_a_tile_is_rendered_once_and_again_only_after_an_edit_in_it(db, street, service):  # noqa: F811
    client = service.client("admin")
    x, y = tile_of(118.0803, 36.8504, 17)
    other = tile_of(118.0983, 36.8584, 17)
    for _ in range(3):
        client.get(f"/tiles/buildings/17/{x}/{y}.pbf")
        client.get(f"/tiles/buildings/17/{other[0]}/{other[1]}.pbf")
    assert counted(client, "rendered")["buildings"] == 2
    db.execute("UPDATE building SET name = '改' WHERE code = 'b0-0'")
    names = {f["properties"]["name"] for f in decode(client, "buildings", 17, x, y)["buildings"]["features"]}
    assert "改" in names
    client.get(f"/tiles/buildings/17/{other[0]}/{other[1]}.pbf")
    assert counted(client, "rendered")["buildings"] == 3, "the other tile was not touched"


@pytest.mark.parametrize("who", ["admin", "west"])
def test_the_tiles_of_a_block_are_rendered_at_once_and_are_what_each_is_alone(db, dsn, street, service, who):  # noqa: F811
    client = service.client(who)
    scope = (
        EVERYWHERE
        if who == "admin"
        else Scope(tuple(r[0] for r in db.execute("SELECT id FROM area WHERE code = 's0'")))
    )
    x, y = tile_of(118.0899, 36.8551, 17)
    block = [(x & ~1, y & ~1), (x | 1, y & ~1), (x & ~1, y | 1), (x | 1, y | 1)]

    async def alone():
        database = Database(dsn, size=2)
        await database.open()
        made = [await render(database, Tile(17, *place), ("buildings",), scope, None) for place in block]
        await database.close()
        return [one.tile for one in made]

    def asked():
        return [client.get(f"/tiles/buildings/17/{column}/{row}.pbf").content for column, row in block]

    assert asked() == asyncio.run(alone())
    assert (counted(client, "rendered")["buildings"], counted(client, "cached")["buildings"]) == (1, 3)
    db.execute("UPDATE building SET height = height + 1")
    assert asked() == asyncio.run(alone())
    assert (counted(client, "rendered")["buildings"], counted(client, "cached")["buildings"]) == (2, 6)


def test_what_was_committed_while_the_feed_was_cut_off_is_shown(db, street, service):  # noqa: F811
    client = service.client("admin")
    x, y = tile_of(118.0803, 36.8504, 17)
    decode(client, "buildings", 17, x, y)
    for number in range(5):
        db.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND (query LIKE 'LISTEN%' OR query LIKE '%outbox_trim%')"
            " AND pid <> pg_backend_pid()"
        )
        db.execute("UPDATE building SET name = %s WHERE code = 'b0-0'", (f"断{number}",))
        shown = {f["properties"]["name"] for f in decode(client, "buildings", 17, x, y)["buildings"]["features"]}
        assert f"断{number}" in shown


def test_another_plan_and_another_code_of_an_area_are_shown_at_once(db, street, service):  # noqa: F811
    client = service.client("admin")
    x, y = tile_of(*PLACE, 14)
    shown = lambda key, query="": {  # noqa: E731
        f["properties"][key]
        for f in decode(client, "grids", 14, x, y, query).get("grids", {"features": []})["features"]
    }
    assert len(shown("code")) == 4
    db.execute("UPDATE area SET code = 's0new' WHERE code = 's0'")
    assert shown("area_code") == {"s0new", "s1"}
    assert shown("code", "?kind=party") == set()
    plan = db.execute(
        "INSERT INTO plan (kind, name, state, valid) VALUES ('party', '党', 'published', '[2026-01-01,)') RETURNING id"
    ).fetchone()[0]
    db.execute("INSERT INTO grid_code (kind, code) VALUES ('party', 'p')")
    db.execute(
        "INSERT INTO grid (plan_id, id, code, name, geom) SELECT %s, c.id, c.code, '党委网格', a.geom"
        " FROM grid_code c, area a WHERE c.code = 'p' AND a.code = 's'",
        (plan,),
    )
    assert shown("code", "?kind=party") == {"p"}
    assert shown("kind", "?kind=party") == {"party"}
    db.execute("UPDATE plan SET state = 'superseded', valid = '[2026-01-01,2026-06-01)' WHERE id = %s", (plan,))
    assert shown("code", "?kind=party") == set()
    assert shown("code", "?kind=party&at=2026-05-01") == {"p"}
    db.execute("DELETE FROM plan WHERE id = %s", (plan,))
    assert shown("code", "?kind=party&at=2026-05-01") == set()
    ranks = {f["properties"]["rank"] for f in decode(client, "areas", 14, x, y)["areas"]["features"]}
    assert ranks == {40, 60}
    db.execute("UPDATE level SET rank = 65 WHERE code = 'community'")
    ranks = {f["properties"]["rank"] for f in decode(client, "areas", 14, x, y)["areas"]["features"]}
    assert ranks == {40, 65}


def test_scopes_share_a_tile_only_when_they_see_the_same_of_it(db, street, service):  # noqa: F811
    account(db, "west2", Role.VIEWER, ("s0",))
    account(db, "both", Role.VIEWER, ("s0", "s1"))
    everyone, west, west2, both = (service.client(name) for name in ("admin", "west", "west2", "both"))
    x, y = tile_of(118.0899, 36.8551, 16)
    path = f"/tiles/buildings/16/{x}/{y}.pbf"
    seen = {}
    for name, client in (("admin", everyone), ("west", west), ("west2", west2), ("both", both)) * 2:
        seen[name] = client.get(path).content
    assert seen["west"] == seen["west2"] != seen["admin"] == seen["both"]
    assert counted(everyone, "rendered")["buildings"] <= 3
    db.execute("UPDATE building SET area_id = (SELECT id FROM area WHERE code = 's1') WHERE code = 'b8-4'")
    moved = db.execute("SELECT id FROM building WHERE code = 'b8-4'").fetchone()[0]
    assert moved in ids(decode(both, "buildings", 16, x, y), "buildings")
    assert moved not in ids(decode(west, "buildings", 16, x, y), "buildings")


class Twin:
    """An engine on a database, without HTTP, with the tiles that are looked at."""

    def __init__(self, dsn):
        self.dsn = dsn

    async def __aenter__(self):
        self.database = Database(self.dsn, size=2)
        await self.database.open()
        self.feed = Feed(self.dsn)
        self.engine = TileEngine(
            self.database, self.feed, memory_bytes=2**26, renders=2, queue=10, metrics=TileMetrics(CollectorRegistry())
        )
        self.running = asyncio.create_task(self.feed.run())
        return self

    async def __aexit__(self, *_):
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)
        await self.engine.close()
        await self.database.close()

    async def fill(self, subjects, scope):
        assert await self.feed.caught_up()
        for subject in subjects:
            await self.engine.get(subject, scope, fresh=True)


building = st.integers(0, 18).flatmap(lambda i: st.integers(0, 8).map(lambda j: f"b{i}-{j}"))
offset = st.floats(-0.012, 0.012)
EDITS = st.one_of(
    st.tuples(st.just("UPDATE building SET height = height + 1 WHERE code = %s"), building),
    st.tuples(st.just("UPDATE building SET geom = ST_Translate(geom, %s, %s) WHERE code = %s"), offset, offset, building),
    st.tuples(st.just("UPDATE building SET geom = ST_Scale(geom, ST_Point(1.00001, 1.00001)) WHERE code = %s"), building),
    st.tuples(st.just("DELETE FROM building WHERE code = %s"), building),
    st.tuples(
        st.just("INSERT INTO building (name, geom) VALUES ('n', ST_Expand(ST_SetSRID(ST_Point(%s, %s), 4326), %s))"),
        st.floats(118.07, 118.11), st.floats(36.84, 36.87), st.sampled_from([1e-9, 1e-7, 1e-5, 1e-4, 3e-3]),
    ),
    st.tuples(st.just("UPDATE area SET name = name || '甲' WHERE code = %s"), st.sampled_from(["s", "s0", "s1"])),
    st.tuples(st.just("UPDATE area SET code = code || 'x' WHERE code = %s"), st.sampled_from(["s0", "s1"])),
    st.tuples(
        st.just("UPDATE grid SET geom = ST_Scale(geom, ST_Point(%s, 1)) WHERE code = %s"),
        st.floats(0.99999, 1.00001), st.sampled_from(["g0", "g1", "g2", "g3"]),
    ),
)  # fmt: skip
_ALL_SHAPES = (
    "SELECT id, 'buildings' AS layer, geom_3857, building::text AS row FROM building UNION ALL"
    " SELECT id, 'areas', geom_3857, area::text FROM area UNION ALL"
    " SELECT g.id, 'grids', g.geom_3857, g::text || a.code FROM grid g LEFT JOIN area a ON a.id = g.area_id"
)


def shapes(db):
    return {
        (layer, number): (row, box)
        for number, layer, row, *box in db.execute(
            "SELECT id, layer, row, ST_XMin(geom_3857), ST_YMin(geom_3857), ST_XMax(geom_3857), ST_YMax(geom_3857)"
            f" FROM ({_ALL_SHAPES}) every"
        )
    }


def near(box, tile):
    """Whether a box comes within 71 units of a tile: a little more than the 70 that count as drawn."""
    place = tile.box()
    margin = 71 * place["unit"] + 0.1
    return not (
        box[2] < place["west"] - margin
        or box[0] > place["east"] + margin
        or box[3] < place["south"] - margin
        or box[1] > place["north"] + margin
    )


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=st.lists(EDITS, min_size=1, max_size=4), limited=st.booleans())
def test_an_edit_drops_every_tile_that_it_alters_and_no_tile_that_it_does_not_reach(
    db, dsn, new_database, edits, limited, request
):
    if not db.execute("SELECT count(*) FROM area").fetchone()[0]:
        request.getfixturevalue("street")
    visible = [row[0] for row in db.execute("SELECT id FROM area WHERE path ~ 's.s0'")]
    scope = Scope(tuple(visible)) if limited else EVERYWHERE
    plan = db.execute("SELECT id FROM plan").fetchone()[0]
    subjects = [
        Subject(Tile(zoom, x + dx, y), layers, plan)
        for zoom in (8, 12, 15, 17, 20)
        for x, y in [tile_of(118.0906, 36.8504, zoom)]
        for dx in (0, 1)
        for layers in EVERY
    ]

    async def run():
        async with Twin(dsn) as twin:
            await twin.fill(subjects, scope)
            for statement, *values in edits:
                before = shapes(db)
                db.execute(statement, values)
                after = shapes(db)
                altered = [
                    (layer, found[1])
                    for key in before.keys() | after.keys()
                    if before.get(key) != after.get(key)
                    for layer, found in ((key[0], before.get(key)), (key[0], after.get(key)))
                    if found
                ]
                assert await twin.feed.caught_up()
                for subject in subjects:
                    kept = twin.engine.kept(subject, scope)
                    reached = any(layer in subject.layers and near(box, subject.tile) for layer, box in altered)
                    assert kept is not None or reached, (statement, values, subject)
                    if kept is not None:
                        now = await render(twin.database, subject.tile, subject.layers, scope, plan)
                        assert kept.tile.identity() == now.tile, (statement, values, subject)
                await twin.fill(subjects, scope)

    asyncio.run(run())


@pytest.mark.parametrize("tables", ["building", "area, grid, building, address, facility"])
def test_truncate_leaves_nothing_behind(db, dsn, street, tables):  # noqa: F811
    subject = Subject(Tile(15, *tile_of(*PLACE, 15)), ("buildings",), None)

    async def run():
        async with Twin(dsn) as twin:
            await twin.fill([subject], EVERYWHERE)
            assert twin.engine.kept(subject, EVERYWHERE)
            db.execute(f"TRUNCATE {tables} CASCADE")
            assert await twin.feed.caught_up()
            assert twin.engine.kept(subject, EVERYWHERE) is None
            assert (await twin.engine.get(subject, EVERYWHERE, fresh=True)).tile.identity() == b""

    asyncio.run(run())
