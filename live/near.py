"""Who was near a place between two times: by their fixes, and by the way between two of them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gis.db import Database, Row
from live.judging import DOUBTFUL
from live.tracks import iso

MOST_ROWS = 500_000
_QUERY = (Path(__file__).parent / "near.sql").read_text(encoding="utf-8")
_METRES = 111_195.0  # a degree of latitude
_AROUND_M = 300.0  # fixes this far outside count as ends of a way that leads through
_ONE_WAY = timedelta(seconds=120)  # between two fixes that lie farther apart in time nobody knows the way
_ONE_VISIT = timedelta(seconds=300)


async def visits(
    database: Database, workers: Sequence[str], place: tuple[float, float], radius_m: float,
    since: datetime, until: datetime,
) -> dict[str, list[dict[str, Any]]]:  # fmt: skip
    """When each worker was within `radius_m` of a place (lon, lat): since, until, the nearest distance in metres."""
    lon, lat = place
    north = (radius_m + _AROUND_M) / _METRES
    east = north / max(0.01, math.cos(math.radians(lat)))
    values = {
        "workers": list(workers), "since": since, "until": until, "doubtful": DOUBTFUL, "most": MOST_ROWS,
        "west": lon - east, "east": lon + east, "south": lat - north, "north": lat + north,
        "open": await _open(database, since),
    }  # fmt: skip
    rows = await database.all(_QUERY, values)
    found: dict[str, list[dict[str, Any]]] = {}
    for worker, group in itertools.groupby(rows, lambda row: str(row["worker"])):
        if times := _of_one(list(group), place, radius_m):
            found[worker] = times
    return found


async def _open(database: Database, since: datetime) -> datetime:
    """The beginning of the first day from `since` on that isn't closed yet, UTC."""
    closed = {row["day"] for row in await database.all("SELECT day FROM fix_day WHERE day >= %s", (since.date(),))}
    day = since.astimezone(UTC).date()
    while day in closed:
        day += timedelta(days=1)
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _of_one(rows: list[Row], place: tuple[float, float], radius_m: float) -> list[dict[str, Any]]:
    """The visits of one worker whose fixes around the place are given in the order of their times."""
    scale = _METRES * math.cos(math.radians(place[1]))
    points = [(row["at"], (row["lon"] - place[0]) * scale, (row["lat"] - place[1]) * _METRES) for row in rows]
    passes: list[tuple[datetime, float]] = []
    for index, (at, x, y) in enumerate(points):
        if (there := math.hypot(x, y)) <= radius_m:
            passes.append((at, there))
        elif index + 1 < len(points) and points[index + 1][0] - at <= _ONE_WAY:
            share, on_the_way = _nearest((x, y), points[index + 1][1:])
            if on_the_way <= radius_m:
                passes.append((at + share * (points[index + 1][0] - at), on_the_way))
    found: list[dict[str, Any]] = []
    for at, metres in passes:
        if found and at - found[-1]["until"] <= _ONE_VISIT:
            found[-1]["until"] = max(at, found[-1]["until"])
            found[-1]["nearest_m"] = min(found[-1]["nearest_m"], round(metres, 1))
        else:
            found.append({"since": at, "until": at, "nearest_m": round(metres, 1)})
    return [{**visit, "since": iso(visit["since"]), "until": iso(visit["until"])} for visit in found]


def _nearest(here: tuple[float, float], there: tuple[float, float]) -> tuple[float, float]:
    """Where on the way from here to there one is nearest to the origin: the share of the way, and the distance."""
    east, north = there[0] - here[0], there[1] - here[1]
    length = east * east + north * north
    share = 0.0 if not length else min(1.0, max(0.0, -(here[0] * east + here[1] * north) / length))
    return share, math.hypot(here[0] + share * east, here[1] + share * north)
