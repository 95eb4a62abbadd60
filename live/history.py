"""What is kept of the past: where everybody was last, and one worker's track."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from gis.db import Database
from live.judging import DOUBTFUL, Flag, distance_m
from live.whereabouts import MOVING, STANDING, Whereabouts

_LATEST = (Path(__file__).parent / "latest.sql").read_text(encoding="utf-8")
_LATEST_DAYS = 7
_MOVING_M_S = 0.7
_COLUMNS = "at, ST_X(geom) AS lon, ST_Y(geom) AS lat, altitude, accuracy, speed, heading, battery, flags"
_TRACK = f"""
SELECT {_COLUMNS} FROM fix
WHERE worker = %(worker)s AND at >= %(since)s AND at <= %(until)s AND geom IS NOT NULL AND flags & %(without)s = 0
UNION ALL
SELECT {_COLUMNS} FROM fix_stray
WHERE worker = %(worker)s AND at >= %(since)s AND at <= %(until)s AND geom IS NOT NULL AND flags & %(without)s = 0
ORDER BY at
"""  # noqa: S608 - names of columns
_STOP_M = 40.0
_STOP_S = 180.0


def micros(at: datetime) -> int:
    """µs since 1970 of an aware moment."""
    return round(at.timestamp() * 1e6)


async def latest(database: Database, now: datetime) -> dict[str, Whereabouts]:
    """Where every worker was last, by the reliable fixes of the newest days."""
    values = {"since": now - timedelta(days=_LATEST_DAYS), "until": now + timedelta(minutes=1), "doubtful": DOUBTFUL}
    rows = await database.all(_LATEST, values)
    return {row["worker"]: _whereabouts(row) for row in rows}


def _whereabouts(row: dict[str, Any]) -> Whereabouts:
    received = micros(row["received_at"])
    at = min(micros(row["at"]), received)
    moving = not row["flags"] & Flag.STANDING_STILL and (row["speed"] or 0.0) >= _MOVING_M_S
    return Whereabouts(
        lon=row["lon"],
        lat=row["lat"],
        at=at,
        anchor=(row["lon"], row["lat"]),
        heading=row["heading"],
        speed=row["speed"],
        accuracy=row["accuracy"],
        battery=row["battery"],
        status=MOVING if moving else STANDING,
        since=at,
        heard_at=received,
    )


async def track(
    database: Database, worker: str, since: datetime, until: datetime, *, clean: bool
) -> list[dict[str, Any]]:
    """A worker's fixes with a position from `since` to `until`, both included, in the order of their times.

    With `clean` only reliable ones. Rows hold at, lon, lat (degrees), altitude, accuracy (m), speed (m/s), heading
    (degrees), battery (0–1), flags.
    """
    without = DOUBTFUL if clean else 0
    values = {"worker": worker, "since": since, "until": until, "without": without}
    return await database.all(_TRACK, values)


@dataclass(frozen=True)
class Stop:
    """A stay at one place, (lon, lat)."""

    lon: float
    lat: float
    since: datetime
    until: datetime


def mileage_m(rows: list[dict[str, Any]]) -> float:
    """Metres along the reliable fixes of a track; steps within the receiver's noise don't count."""
    metres, last = 0.0, None
    for row in rows:
        if row["flags"] & DOUBTFUL:
            continue
        if last is None:
            last = row
            continue
        step = distance_m(last["lon"], last["lat"], row["lon"], row["lat"])
        if step > max(5.0, min(row["accuracy"] or 0.0, 50.0)):
            metres += step
            last = row
    return metres


def stops(rows: list[dict[str, Any]]) -> list[Stop]:
    """Where somebody stayed within 40 m for three minutes or longer, by the reliable fixes of a track."""
    found: list[Stop] = []
    reliable = [row for row in rows if not row["flags"] & DOUBTFUL]
    first = 0
    for index in range(1, len(reliable) + 1):
        begin = reliable[first]
        stays = index < len(reliable) and (
            distance_m(begin["lon"], begin["lat"], reliable[index]["lon"], reliable[index]["lat"]) <= _STOP_M
        )
        if stays:
            continue
        end = reliable[index - 1]
        if (end["at"] - begin["at"]).total_seconds() >= _STOP_S:
            found.append(Stop(begin["lon"], begin["lat"], begin["at"], end["at"]))
        first = index
    return found
