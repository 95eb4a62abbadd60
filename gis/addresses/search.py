"""Finding addresses: by what was typed, best first, and by a place, nearest first.

Candidates come from an index and are bounded; which of them is best is judged here. Three million addresses answer in
well under 100 ms, because no query reads more than `_MOST` rows of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gis.access.scope import Scope
from gis.addresses.words import Wish, folded, understand
from gis.db import Database, Row

_MOST = 600  # candidates of one query
_TRIGRAM = 3  # characters; shorter words can't use the index
_FEW = 200_000  # so many rows are read through in a moment
_NEAR_M = 2_500.0
_FAR_KM = 20.0  # from here on distance counts no more
_REACH_M = 500.0  # a place further than this from every address has none


def _sql(name: str) -> str:
    return (Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8")


_BY_WORDS, _BY_NUMBERS, _BY_PLACE = _sql("by_words"), _sql("by_numbers"), _sql("by_place")
_DETAILS, _NEAREST = _sql("details"), _sql("nearest")


@dataclass(frozen=True)
class Near:
    """A place that results should be close to, in degrees."""

    lon: float
    lat: float


async def search(
    database: Database, scope: Scope, text: str, *, limit: int, near: Near | None = None
) -> list[dict[str, Any]]:
    """Addresses within the scope that fit the words, best first, each with `score` from 0 to 1."""
    wish = understand(text)
    if not wish.words and not wish.numbers:
        return []
    found = await _candidates(database, scope, wish, near)
    scores = {row["id"]: _score(wish, row, near) for row in found}
    lengths = {row["id"]: (len(row["text"]), row["text"]) for row in found}
    best = sorted(scores, key=lambda number: (-scores[number], lengths[number], number))[:limit]
    return [{**row, "score": scores[row["id"]]} for row in await _details(database, scope, best)]


async def nearest(database: Database, scope: Scope, lon: float, lat: float, *, limit: int) -> list[dict[str, Any]]:
    """Addresses within 500 m of a place (degrees), each with its `distance` in metres; of the place's building first.

    The score falls from 1 at the place to 0 at 500 m.
    """
    query = _NEAREST.format(seen=scope.sql("d.area_id"), building_seen=scope.sql("b.area_id"))
    values = {"lon": lon, "lat": lat, "limit": limit, "radius": _REACH_M, **scope.values()}
    distances = {row["id"]: float(row["distance"]) for row in await database.all(query, values)}
    rows = await _details(database, scope, list(distances))
    return [
        {
            **row,
            "distance": round(distances[row["id"]], 2),
            "score": round(max(0.0, 1 - distances[row["id"]] / _REACH_M), 4),
        }
        for row in rows
    ]


async def _candidates(database: Database, scope: Scope, wish: Wish, near: Near | None) -> list[Row]:
    found: list[Row] = []
    values = {"regexes": [word.regex for word in wish.words], "most": _MOST, **scope.values()}
    for parts in wish.parts:
        named = {name: parts.get(name) for name in ("building", "unit", "floor", "room")}
        query = _BY_NUMBERS.format(seen=scope.sql("d.area_id"))
        found += await _ask(database, query, {**values, **named})
    if found:
        return list({row["id"]: row for row in found}.values())
    words = wish.spelled_out()
    values["regexes"] = [word.regex for word in words]
    likes = sorted((word.like for word in words), key=lambda like: -max(map(len, like.split("%"))))[:3]
    values |= {f"like_{n + 1}": likes[n] if n < len(likes) else "%" for n in range(3)}
    longest = max(len(piece) for word in words for piece in word.pieces)
    if longest < _TRIGRAM and not await _is_small(database):
        return await _ask(database, _BY_PLACE.format(seen=scope.sql("d.area_id")), values)
    box = "false"
    if near is not None:
        box = "d.geom_3857 && ST_Expand(ST_Transform(ST_SetSRID(ST_Point(%(lon)s, %(lat)s), 4326), 3857), %(reach)s)"
        reach = _NEAR_M / max(0.1, math.cos(math.radians(near.lat)))
        values |= {"lon": near.lon, "lat": near.lat, "reach": reach}
    return await _ask(database, _BY_WORDS.format(seen=scope.sql("d.area_id"), near=box), values)


async def _ask(database: Database, query: str, values: Mapping[str, Any]) -> list[Row]:
    # planned for these very words: a plan for any words can't know whether they are rare
    async with database.connection() as connection:
        cursor = await connection.execute(query, values, prepare=False, binary=True)
        return await cursor.fetchall()


async def _is_small(database: Database) -> bool:
    row = await database.one("SELECT reltuples AS about FROM pg_class WHERE oid = 'address'::regclass")
    return row is not None and row["about"] < _FEW


async def _details(database: Database, scope: Scope, ids: list[int]) -> list[Row]:
    query = _DETAILS.format(
        seen=scope.sql("d.area_id"), building_seen=scope.sql("b.area_id"), grid_seen=scope.sql("g.area_id")
    )
    order = {number: place for place, number in enumerate(ids)}
    rows = await database.all(query, {"ids": ids, **scope.values()}) if ids else []
    return sorted(rows, key=lambda row: order[row["id"]])


def _score(wish: Wish, row: Row, near: Near | None) -> float:
    """How well an address fits: all of it typed is 1; else what share was typed, whether in one run, and to its end."""
    text = folded(row["text"])
    pieces = [piece for word in wish.words for piece in word.pieces]
    if text == wish.folded:
        score = 1.0
    else:
        typed = sum(map(len, pieces)) + sum(map(len, wish.numbers))
        share = min(1.0, typed / max(1, len(text)))
        in_one_run = bool(wish.numbers) or wish.folded.rstrip("室户") in text
        last = wish.numbers[-1] if wish.numbers else pieces[-1]
        to_its_end = text.rstrip("室户").endswith(last)
        # 银泰城 3-2-301 means the estate of that name, beside the number, before a house anywhere in 银泰城社区
        beside = 1.0 if not (wish.numbers and pieces) else (text.rfind(pieces[-1]) + len(pieces[-1])) / len(text)
        score = 0.31 + 0.29 * share + 0.2 * in_one_run + 0.15 * to_its_end + 0.04 * beside
    if near is not None:
        score -= 0.25 * min(1.0, _kilometres(near, row["lon"], row["lat"]) / _FAR_KM)
    return round(max(0.0, score), 4)


def _kilometres(near: Near, lon: float, lat: float) -> float:
    """Roughly, for ranking only."""
    return 111.2 * math.hypot((lon - near.lon) * math.cos(math.radians(near.lat)), lat - near.lat)
