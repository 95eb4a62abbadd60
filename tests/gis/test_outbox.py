"""Every commit reaches the outbox, by whatever program, with where the old and the new shapes were."""

import asyncio
import shutil
import subprocess
from dataclasses import dataclass

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gis import changes

PSQL = shutil.which("psql")


def box(lon, lat, size=0.0002):
    return f"ST_MakeEnvelope({lon}, {lat}, {lon + size}, {lat + size}, 4326)"


def noted(db, layer="buildings"):
    return db.execute("SELECT operation, rows, extent FROM outbox WHERE layer = %s ORDER BY id", (layer,)).fetchall()


def clear(db):
    db.execute("DELETE FROM outbox")


def covered(db, geometry):
    """Whether some noted extent covers a shape given in 4326."""
    return db.execute(
        f"SELECT EXISTS (SELECT FROM outbox WHERE extent IS NULL OR ST_Covers(extent, ST_Transform({geometry}, 3857)))"
    ).fetchone()[0]


@pytest.fixture
def building(db):
    db.execute(f"INSERT INTO building (name, geom) VALUES ('一号楼', {box(118.09, 36.85)})")
    clear(db)


def test_an_update_by_psql_notes_where_it_was_and_where_it_is(dsn, db, building):
    subprocess.run(
        [PSQL, dsn, "-qc", "UPDATE building SET geom = ST_Translate(geom, 0.01, 0)"], check=True, capture_output=True
    )
    assert covered(db, box(118.09, 36.85))
    assert covered(db, box(118.10, 36.85))
    assert not covered(db, box(118.095, 36.85)), "what lies between was not touched"
    assert sum(rows for _, rows, _ in noted(db)) == 1


def test_a_change_of_name_alone_is_noted_once_where_the_building_stands(db, building):
    db.execute("UPDATE building SET name = '二号楼'")
    assert [(operation, rows) for operation, rows, _ in noted(db)] == [("UPDATE", 1)]
    assert covered(db, box(118.09, 36.85))


def test_an_update_that_changes_nothing_is_not_noted(db, building):
    db.execute("UPDATE building SET name = name")
    assert noted(db) == []


def test_a_delete_is_noted_where_the_building_was(db, building):
    db.execute("DELETE FROM building")
    assert covered(db, box(118.09, 36.85))


def test_a_truncate_drops_the_layer(db, building):
    db.execute("TRUNCATE building")
    assert noted(db) == [("TRUNCATE", 0, None)]


def test_a_bulk_update_of_all_is_collapsed_to_cells_that_cover_every_building(db):
    db.execute(
        "INSERT INTO building (name, geom) SELECT 'b' || i || '-' || j, ST_MakeEnvelope("
        " 118 + i * 0.0005, 36 + j * 0.0005, 118.0002 + i * 0.0005, 36.0002 + j * 0.0005, 4326)"
        " FROM generate_series(1, 100) i, generate_series(1, 60) j"
    )
    clear(db)
    db.execute("UPDATE building SET height = 10")
    rows = noted(db)
    assert sum(count for _, count, _ in rows) == 6000
    assert len(rows) < 200
    uncovered = db.execute(
        "SELECT count(*) FROM building WHERE NOT EXISTS (SELECT FROM outbox WHERE ST_Covers(extent, geom_3857))"
    ).fetchone()[0]
    assert uncovered == 0


def test_a_rolled_back_change_is_not_noted(db, building):
    with db.transaction(force_rollback=True):
        db.execute("DELETE FROM building")
    assert noted(db) == []


def test_every_drawn_table_has_the_triggers(db):
    drawn = {
        row[0]
        for row in db.execute(
            "SELECT f_table_name FROM geometry_columns WHERE f_geometry_column = 'geom_3857' AND f_table_schema = 'public'"
        )
    }
    watched = {
        row[0]
        for row in db.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE 'outbox_%' GROUP BY 1 HAVING count(*) = 4"
        )
    }
    # where workers are changes too often for notes, and no tile of it is kept
    assert drawn - {"worker_now"} == watched


def test_another_plan_in_force_redraws_the_grids(db):
    plan = db.execute(
        "INSERT INTO plan (kind, name, state, valid) VALUES ('community', 'a', 'published', '[2026-01-01,)') RETURNING id"
    ).fetchone()[0]
    clear(db)
    db.execute("UPDATE plan SET state = 'superseded', valid = '[2026-01-01, 2026-02-01)' WHERE id = %s", (plan,))
    assert noted(db, "grids") == [("UPDATE", 0, None)]


def test_two_plans_of_a_kind_are_never_in_force_at_one_time(db):
    db.execute("INSERT INTO plan (kind, name, state, valid) VALUES ('community', 'a', 'published', '[2026-01-01,)')")
    with pytest.raises(psycopg.errors.ExclusionViolation):
        db.execute(
            "INSERT INTO plan (kind, name, state, valid) VALUES ('community', 'b', 'superseded', '[2025-01-01, 2026-02-01)')"
        )


@dataclass
class Listener:
    """Reads batches of the stream as a service would."""

    stream: object

    async def changes(self, wanted):
        found = []
        async with asyncio.timeout(20):
            while len(found) < wanted:
                found += (await anext(self.stream)).changes
        return found


def test_the_stream_tells_each_commit_once_and_in_time(dsn, db):
    async def listen():
        listener = Listener(changes.stream(dsn))
        first = await anext(listener.stream)
        assert first.gap, "nothing is known of what was before"
        for number in range(3):
            await asyncio.to_thread(
                db.execute, f"INSERT INTO building (name, geom) VALUES ('x', {box(118 + number, 36)})"
            )
        return await listener.changes(3)

    found = asyncio.run(listen())
    assert [(change.layer, change.operation, change.rows) for change in found] == [("buildings", "INSERT", 1)] * 3


def test_a_transaction_that_began_first_and_committed_last_is_not_missed(dsn, db):
    async def listen():
        listener = Listener(changes.stream(dsn))
        await anext(listener.stream)
        with psycopg.connect(dsn) as slow:
            slow.execute(f"INSERT INTO building (name, geom) VALUES ('slow', {box(118, 36)})")
            await asyncio.to_thread(db.execute, f"INSERT INTO building (name, geom) VALUES ('fast', {box(119, 36)})")
            fast = await listener.changes(1)
            await asyncio.to_thread(slow.commit)
        return fast, await listener.changes(1)

    fast, slow = asyncio.run(listen())
    assert fast[0].extent[0] > slow[0].extent[0]


def test_what_was_committed_while_the_connection_was_lost_is_told_afterwards(dsn, db):
    states = []

    async def listen():
        listener = Listener(changes.stream(dsn, connected=states.append))
        await anext(listener.stream)
        waiting = asyncio.ensure_future(listener.changes(1))
        await asyncio.sleep(0)
        db.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND query LIKE 'LISTEN%' OR wait_event = 'ClientRead' AND pid <> pg_backend_pid()"
            " AND datname = current_database()"
        )
        db.execute(f"INSERT INTO building (name, geom) VALUES ('x', {box(118, 36)})")
        return await waiting

    assert len(asyncio.run(listen())) == 1
    assert states == [True, False, True]


def test_trimming_past_a_reader_is_told_as_a_gap(dsn, db):
    async def listen():
        stream = changes.stream(dsn)
        first = await anext(stream)
        await asyncio.to_thread(db.execute, f"INSERT INTO building (name, geom) VALUES ('x', {box(118, 36)})")
        await asyncio.to_thread(db.execute, "UPDATE outbox SET noted_at = now() - interval '3 days'")
        assert await asyncio.to_thread(changes.trim, db) == 1
        batch = await anext(stream)
        return first, batch

    _, batch = asyncio.run(listen())
    assert batch.gap or batch.changes, "either it was read before the trim, or the reader knows that it missed it"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    moves=st.lists(
        st.tuples(st.floats(-0.02, 0.02), st.floats(-0.02, 0.02), st.floats(1e-6, 0.01)), min_size=1, max_size=5
    )
)
def test_extents_cover_every_shape_that_ever_was(db, moves):
    db.execute("TRUNCATE building")
    clear(db)
    here = box(118, 36)
    db.execute(f"INSERT INTO building (name, geom) VALUES ('b', {here})")
    for east, north, size in moves:
        before = here
        here = box(118 + east, 36 + north, size)
        clear(db)
        db.execute(f"UPDATE building SET geom = {here}")
        if db.execute(f"SELECT NOT ST_Equals({before}, {here})").fetchone()[0]:
            assert covered(db, before)
            assert covered(db, here)
