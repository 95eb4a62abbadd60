"""What was revoked is out within a second, live connections included."""

import asyncio
import time
from contextlib import asynccontextmanager

import psycopg
import pytest

from gis.access.sessions import Sessions
from gis.clock import SystemClock
from gis.db import Database
from gis.errors import NotSignedIn

END = {
    "session": "DELETE FROM session",
    "disabled": "UPDATE account SET disabled = true WHERE username = 'west'",
    "deleted": "DELETE FROM account WHERE username = 'west'",
    "role": "UPDATE account SET role = 'handler' WHERE username = 'west'",
    "areas": "DELETE FROM account_area",
    "expired": "UPDATE session SET expires_at = now() - interval '1 s'",
}


@asynccontextmanager
async def sessions_on(dsn):
    database = Database(dsn, size=2)
    await database.open()
    try:
        yield Sessions(database, SystemClock(), days=1)
    finally:
        await database.close()


def number_of(db, username):
    return db.execute("SELECT id FROM account WHERE username = %s", (username,)).fetchone()[0]


@pytest.mark.parametrize("how", END)
def test_a_live_connection_is_told_within_a_second(dsn, db, town, how):
    async def watch():
        async with sessions_on(dsn) as sessions:
            token, _ = await sessions.open(number_of(db, "west"))
            other, _ = await sessions.open(number_of(db, "east"))
            async with sessions.watch(token) as first, sessions.watch(token) as second, sessions.watch(other) as third:
                await asyncio.sleep(0)
                with psycopg.connect(dsn, autocommit=True) as elsewhere:
                    elsewhere.execute(
                        END[how] if how != "session" else "DELETE FROM session WHERE account_id = %s",
                        (number_of(db, "west"),) if how == "session" else None,
                    )
                await asyncio.wait_for(asyncio.gather(first.ended.wait(), second.ended.wait()), 10)
                assert third.ended.is_set() == (how in ("areas", "expired"))

    asyncio.run(watch())


def test_areas_that_are_rearranged_end_the_connections_that_saw_others(dsn, db, town):
    async def watch():
        async with sessions_on(dsn) as sessions:
            token, _ = await sessions.open(number_of(db, "west"))
            async with sessions.watch(token) as watched:
                db.execute(
                    "INSERT INTO area (code, name, level, parent_id, path, geom) SELECT 's00', '网格', 'grid', id,"
                    " 's.s0.s00', geom FROM area WHERE code = 's0'"
                )
                sessions.forget(areas_changed=True)
                await asyncio.wait_for(watched.ended.wait(), 10)

    asyncio.run(watch())


def test_nobody_watches_with_a_token_that_is_none(dsn, town):
    async def watch():
        async with sessions_on(dsn) as sessions:
            for token in (None, "", "unknown"):
                with pytest.raises(NotSignedIn):
                    async with sessions.watch(token):
                        pass

    asyncio.run(watch())


def test_what_was_looked_up_is_forgotten_in_less_than_a_second(dsn, db, town):
    async def use():
        async with sessions_on(dsn) as sessions:
            token, _ = await sessions.open(number_of(db, "west"))
            assert await sessions.find(token)
            began = time.monotonic()
            db.execute("DELETE FROM session")
            while await sessions.find(token):
                assert time.monotonic() - began < 10
                await asyncio.sleep(0.02)

    asyncio.run(use())
