"""The replay of an area: where every worker was between two times, in columns that a browser takes as they are."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from gis.db import Database
from live.judging import DOUBTFUL, Flag
from live.roster import Member

BINARY = "application/vnd.gridtwin.replay"
MOST_POINTS = 4_000_000
MOST_POINTS_JSON = 400_000
_MAGIC = b"GTR1"
_QUERY = (Path(__file__).parent / "replay.sql").read_text(encoding="utf-8")
_PACKED = np.dtype([("at", ">i8"), ("lon", ">i4"), ("lat", ">i4"), ("standing", "u1")])
_EPOCH_MS = 946_684_800_000
_MOVING_M_S = 0.7


@dataclass(frozen=True)
class Replay:
    """Columns over all points: worker by worker, each in the order of time."""

    members: list[Member]
    counts: list[int]
    at: NDArray[np.uint32]
    """ms since `since`."""
    lon: NDArray[np.int32]
    """1e-7 degrees, EPSG:4326."""
    lat: NDArray[np.int32]
    standing: NDArray[np.uint8]


async def read(database: Database, members: list[Member], since: datetime, until: datetime, step_s: float) -> Replay:
    """Where the members were, by reliable fixes, at most one in each `step_s` seconds; who was nowhere is left out."""
    values = {
        "workers": [member.id for member in members],
        "since": since,
        "until": until,
        "step": step_s,
        "doubtful": DOUBTFUL,
        "still": int(Flag.STANDING_STILL),
        "moving": _MOVING_M_S,
    }
    rows = await database.all(_QUERY, values)
    found = np.frombuffer(b"".join(row["packed"] for row in rows), _PACKED)
    begin = int(since.timestamp() * 1000)
    return Replay(
        [members[row["place"] - 1] for row in rows],
        [len(row["packed"]) // _PACKED.itemsize for row in rows],
        np.clip(found["at"] // 1000 + _EPOCH_MS - begin, 0, 2**32 - 1).astype("<u4"),
        found["lon"].astype("<i4"),
        found["lat"].astype("<i4"),
        found["standing"].astype("u1"),
    )


def named(member: Member, *, names: bool) -> dict[str, Any]:
    """Who a worker is; without `names` only the number that live frames use, too."""
    if not names:
        return {"number": member.number}
    return {"number": member.number, "id": member.id, "name": member.name, "grid": member.grid}


def _head(replay: Replay, since: datetime, until: datetime, step_s: float, *, names: bool) -> dict[str, Any]:
    first = np.cumsum([0, *replay.counts]).tolist()
    return {
        "from": round(since.timestamp() * 1000),
        "to": round(until.timestamp() * 1000),
        "step": step_s,
        "points": int(first[-1]),
        "workers": [
            {**named(member, names=names), "first": first[index], "count": replay.counts[index]}
            for index, member in enumerate(replay.members)
        ],
    }


def binary(replay: Replay, since: datetime, until: datetime, step_s: float, *, names: bool) -> bytes:
    """`GTR1`, the length of the head (u32), the head as JSON, blanks up to a multiple of 4, then the columns."""
    head = msgspec.json.encode(_head(replay, since, until, step_s, names=names))
    head += b" " * (-len(head) % 4)
    columns = (replay.at, replay.lon, replay.lat, replay.standing)
    return b"".join((_MAGIC, struct.pack("<I", len(head)), head, *(column.tobytes() for column in columns)))


def as_json(replay: Replay, since: datetime, until: datetime, step_s: float, *, names: bool) -> bytes:
    """The same for programs: each worker with `at` (ms since 1970), `lon`, `lat` (degrees), `standing`."""
    head = _head(replay, since, until, step_s, names=names)
    for worker in head["workers"]:
        part = slice(worker.pop("first"), None)
        part = slice(part.start, part.start + worker.pop("count"))
        worker["at"] = (replay.at[part].astype(np.int64) + head["from"]).tolist()
        worker["lon"] = (replay.lon[part] / 1e7).round(7).tolist()
        worker["lat"] = (replay.lat[part] / 1e7).round(7).tolist()
        worker["standing"] = (replay.standing[part] > 0).tolist()
    return msgspec.json.encode(head)
