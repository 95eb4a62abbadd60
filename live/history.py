"""What is kept of the past: where everybody was last, and one worker's track."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.db import Database
from live.judging import DOUBTFUL, Flag
from live.whereabouts import MOVING, STANDING, Whereabouts

_LATEST = (Path(__file__).parent / "latest.sql").read_text(encoding="utf-8")
_LATEST_DAYS = 7
_MOVING_M_S = 0.7
_TRACK = (Path(__file__).parent / "track.sql").read_text(encoding="utf-8")
_PACKED = np.dtype(
    [("at", ">i8"), ("lon", ">f8"), ("lat", ">f8")]
    + [(name, ">f4") for name in ("altitude", "accuracy", "speed", "heading", "battery")]
    + [("flags", ">i4")]
)
_LAST = np.dtype(
    [("number", ">i4"), ("at", ">i8"), ("received_at", ">i8"), ("lon", ">f8"), ("lat", ">f8")]
    + [(name, ">f4") for name in ("heading", "speed", "accuracy", "battery")]
    + [("flags", ">i4")]
)
_EPOCH_US = 946_684_800_000_000
_METRES = 111_195.0  # a degree of latitude
Track = NDArray[Any]
"""Fixes of a track, one structured row each."""
_STOP_M = 40.0
_STOP_S = 180.0


async def latest(database: Database, now: datetime) -> dict[int, Whereabouts]:
    """Where every worker (by number) was last, by the reliable fixes of the newest days."""
    values = {"since": now - timedelta(days=_LATEST_DAYS), "until": now + timedelta(minutes=1), "doubtful": DOUBTFUL}
    row = await database.one(_LATEST, values)
    found = np.frombuffer(row["packed"] if row and row["packed"] else b"", _LAST)
    received = found["received_at"].astype(np.int64) + _EPOCH_US
    at = np.minimum(found["at"].astype(np.int64) + _EPOCH_US, received)
    # a comparison with NaN is false
    moving = (found["flags"] & int(Flag.STANDING_STILL) == 0) & (found["speed"] >= _MOVING_M_S)
    columns = zip(
        found["number"].tolist(), found["lon"].tolist(), found["lat"].tolist(), at.tolist(), received.tolist(),
        *(_some(found[name]) for name in ("heading", "speed", "accuracy", "battery")), moving.tolist(), strict=True,
    )  # fmt: skip
    return {
        number: Whereabouts(
            lon, lat, at_, (lon, lat), heading, speed, accuracy, battery, MOVING if moves else STANDING, at_, heard
        )
        for number, lon, lat, at_, heard, heading, speed, accuracy, battery, moves in columns
    }


def _some(values: NDArray[Any]) -> list[float | None]:
    """Numbers as Python's own, None for NaN."""
    told: list[float | None] = values.tolist()
    for place in np.flatnonzero(np.isnan(values)).tolist():
        told[place] = None
    return told


async def track(database: Database, worker: str, since: datetime, until: datetime, *, clean: bool) -> Track:
    """A worker's fixes with a position from `since` to `until`, both included, in the order of their times.

    With `clean` only reliable ones. Columns are at (µs since 1970), lon, lat (degrees), altitude, accuracy (m), speed
    (m/s), heading (degrees), battery (0–1), flags; NaN for what a phone didn't say.
    """
    values = {"worker": worker, "since": since, "until": until, "without": DOUBTFUL if clean else 0}
    row = await database.one(_TRACK, values)
    found = np.frombuffer(row["packed"] if row and row["packed"] else b"", _PACKED)
    native = found.astype(found.dtype.newbyteorder("="))
    native["at"] += _EPOCH_US
    return native


@dataclass(frozen=True)
class Stop:
    """A stay at one place, (lon, lat); µs since 1970."""

    lon: float
    lat: float
    since: int
    until: int


def _flat(rows: Track) -> tuple[Track, list[float], list[float], list[int]]:
    """The reliable fixes of a track, with metres east and north of its first one, and µs since 1970."""
    reliable = rows[rows["flags"] & DOUBTFUL == 0]
    if not len(reliable):
        return reliable, [], [], []
    scale = _METRES * math.cos(math.radians(float(reliable["lat"][0])))
    return (
        reliable,
        ((reliable["lon"] - reliable["lon"][0]) * scale).tolist(),
        ((reliable["lat"] - reliable["lat"][0]) * _METRES).tolist(),
        reliable["at"].tolist(),
    )


def mileage_m(rows: Track) -> float:
    """Metres along the reliable fixes of a track; steps within the receiver's noise don't count."""
    reliable, x, y, _ = _flat(rows)
    noise = np.nan_to_num(reliable["accuracy"], nan=0.0).clip(5.0, 50.0).tolist()
    metres, last = 0.0, 0
    for index in range(1, len(x)):
        step = math.hypot(x[index] - x[last], y[index] - y[last])
        if step > noise[index]:
            metres += step
            last = index
    return metres


def stops(rows: Track) -> list[Stop]:
    """Where somebody stayed within 40 m for three minutes or longer, by the reliable fixes of a track."""
    reliable, x, y, at = _flat(rows)
    found: list[Stop] = []
    first = 0
    for index in range(1, len(x) + 1):
        if index < len(x) and math.hypot(x[index] - x[first], y[index] - y[first]) <= _STOP_M:
            continue
        if at[index - 1] - at[first] >= _STOP_S * 1e6:
            place = reliable[first]
            found.append(Stop(float(place["lon"]), float(place["lat"]), at[first], at[index - 1]))
        first = index
    return found
