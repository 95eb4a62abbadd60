"""A day's events follow from its fixes alone: taken as they come, group by group, or made anew from history."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from live import days
from live.after import Reliable
from live.fence_events import FenceEvents, moment
from live.roster import Member

WORKERS, FIXES = 8, 240
ZONE = ZoneInfo("Asia/Shanghai")


def test_events_are_the_same_however_the_fixes_arrive(street, db):
    chance = np.random.default_rng(5)
    grid, area = db.execute("SELECT code, area_id FROM grid ORDER BY code LIMIT 1").fetchone()
    db.execute(
        "INSERT INTO zone (kind, name, area_id, metres, geom, dwell_s, created_at, created_by, changed_at)"
        " SELECT 'zone', n::text, %s, 60, ST_Buffer(ST_SetSRID(ST_MakePoint(lon, lat), 4326)::geography, 60)::geometry,"
        " CASE WHEN n %% 2 = 0 THEN 60 END, '2020-01-01', 'test', now()"
        " FROM unnest(%s::float8[], %s::float8[]) WITH ORDINALITY AS z (lon, lat, n)",
        (area, list(118.09 + chance.random(120) * 0.02), list(36.04 + chance.random(120) * 0.02)),
    )
    db.execute("INSERT INTO worker (id, name) SELECT 'alike' || n, 'n' FROM generate_series(0, %s) n", (WORKERS - 1,))
    # two hours around a midnight of the time zone; some stand, most walk, some pause for long
    night = datetime.now(UTC).replace(hour=16, minute=0, second=0, microsecond=0) - timedelta(days=2)
    pauses = chance.choice([5, 10, 30, 400], size=(WORKERS, FIXES), p=[0.3, 0.5, 0.18, 0.02])
    at = round(night.timestamp() - 1200) * 1_000_000 + np.cumsum(pauses, axis=1) * 1_000_000
    walks = chance.random((WORKERS, 1)) < 0.8
    lon = np.clip(118.1 + np.cumsum(chance.normal(0, 1.5e-4, (WORKERS, FIXES)) * walks, axis=1), 118.09, 118.11)
    lat = np.clip(36.05 + np.cumsum(chance.normal(0, 1.2e-4, (WORKERS, FIXES)) * walks, axis=1), 36.04, 36.06)
    days.make(db, {days.day_of(int(each)) for each in at.flat})
    db.execute(
        "INSERT INTO fix (worker, at, key, received_at, geom, flags)"
        " SELECT worker, at, 1, now(), ST_SetSRID(ST_MakePoint(lon, lat), 4326), 0"
        " FROM unnest(%s::text[], %s::timestamptz[], %s::float8[], %s::float8[]) n (worker, at, lon, lat)",
        (
            [f"alike{worker}" for worker in range(WORKERS) for _ in range(FIXES)],
            [moment(int(each)) for each in at.flat],
            lon.ravel().tolist(),
            lat.ravel().tolist(),
        ),
    )
    members = [
        Member(f"alike{n}", "n", 1_000 + n, area if n % 2 else None, grid if n % 2 else None, None)
        for n in range(WORKERS)
    ]
    as_they_come = FenceEvents(ZONE)
    begin = 0
    while begin < FIXES:
        end = min(FIXES, begin + int(chance.integers(1, 25)))
        piece = (slice(None), slice(begin, end))
        place = np.repeat(np.arange(WORKERS), end - begin)
        late = np.zeros(len(place), np.bool_)
        group = Reliable(members, place, at[piece].ravel(), lon[piece].ravel(), lat[piece].ravel(), late)
        as_they_come.take(db, group)
        begin = end
    first = stored(db)
    kinds = {kind for _, _, kind, *_ in first}
    assert {"enter", "leave", "dwell", "outside", "back"} <= kinds
    db.execute("DELETE FROM geofence_event")
    anew = FenceEvents(ZONE)
    midnight = night.astimezone(ZONE).date().toordinal() - 719_163  # days since 1970
    for member in members:
        for day in (midnight - 1, midnight):
            anew.make_day(db, member, day)
    assert stored(db) == first


def stored(db):
    return db.execute(
        "SELECT worker, at, kind, fence, fence_id, day, seconds FROM geofence_event ORDER BY 1, 2, 3, 4, 5"
    ).fetchall()
