"""Levels of the hierarchy, by their code or their Chinese or English name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg

from importers.names import plain


@dataclass(frozen=True)
class Level:
    """A level: the smaller the rank, the higher it stands."""

    code: str
    rank: int
    name_zh: str
    name_en: str


class Levels:
    """All levels of a database."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        found = connection.execute("SELECT code, rank, name_zh, name_en FROM level ORDER BY rank").fetchall()
        self.all = [Level(*row) for row in found]
        self.by_code = {level.code: level for level in self.all}
        self._by_name: dict[str, Level] = {}
        for level in self.all:
            for name in (level.name_zh, *level.name_zh.split("/"), level.name_en, level.code):
                self._by_name[plain(name)] = level

    def find(self, name: str) -> Level | None:
        """The level of a code or name; `街道/镇` is also found as `街道` and as `镇`."""
        return self._by_name.get(plain(name))

    @property
    def known(self) -> str:
        """All levels in one line."""
        return ", ".join(f"{level.code} ({level.name_zh})" for level in self.all)
