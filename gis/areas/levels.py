"""Levels of the hierarchy: data that an administrator sets, since cities differ (区县 街道 社区 or 县 镇 片 村)."""

from __future__ import annotations

import re

import psycopg

from gis.errors import BadRequest

_CODE = re.compile(r"[a-z][a-z0-9_]*")


def listing(connection: psycopg.Connection) -> list[tuple[str, int, str, str]]:
    """(code, rank, Chinese name, English name), widest first."""
    return [
        (str(code), int(rank), str(zh), str(en))
        for code, rank, zh, en in connection.execute("SELECT code, rank, name_zh, name_en FROM level ORDER BY rank")
    ]


def put(connection: psycopg.Connection, code: str, rank: int, name_zh: str, name_en: str) -> None:
    """Adds a level or changes one; raises BadRequest when the hierarchy would no longer go downwards."""
    if not _CODE.fullmatch(code):
        raise BadRequest(what="code", why="a level's code is made of a-z, 0-9 and _, and begins with a letter")
    if not 0 < rank < 1000:
        raise BadRequest(what="rank", why="it lies between 1 and 999; a parent's is smaller than its children's")
    try:
        with connection.transaction():
            connection.execute(
                "INSERT INTO level (code, rank, name_zh, name_en) VALUES (%s, %s, %s, %s)"
                " ON CONFLICT (code) DO UPDATE SET rank = excluded.rank, name_zh = excluded.name_zh,"
                " name_en = excluded.name_en",
                (code, rank, name_zh, name_en),
            )
            upside_down = connection.execute(
                "SELECT c.code FROM area c JOIN area p ON p.id = c.parent_id JOIN level lc ON lc.code = c.level"
                " JOIN level lp ON lp.code = p.level WHERE lp.rank >= lc.rank LIMIT 1"
            ).fetchone()
            if upside_down:
                raise BadRequest(what="rank", why=f"area {upside_down[0]} would rank above its parent")
    except psycopg.errors.UniqueViolation as taken:
        raise BadRequest(what="rank", why="another level has this rank") from taken
