"""The staging table: a temporary table that takes the file's rows by binary COPY."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
import shapely
from psycopg import sql

from importers.kinds import Field
from importers.shapes import Shapes

TABLE = "staged"
_BINARY = {"text": "text", "real": "float4", "integer": "int4"}


class Staging:
    """`staged(row, <fields>…, geom)` in a session of its own; `row` is the file's data row, counted from 1."""

    def __init__(self, connection: psycopg.Connection[Any], fields: Sequence[Field]) -> None:
        self._connection = connection
        self._fields = list(fields)
        self.rows = 0

    def create(self) -> None:
        """Makes it anew, empty."""
        self.rows = 0
        columns = [
            sql.SQL("{} {}").format(sql.Identifier(field.name), sql.SQL(field.sql_type)) for field in self._fields
        ]
        self._connection.execute(sql.SQL("DROP TABLE IF EXISTS pg_temp.staged"))
        self._connection.execute(
            sql.SQL("CREATE TEMP TABLE staged (row integer, {})").format(
                sql.SQL(", ").join([*columns, sql.SQL("geom geometry")])
            )
        )

    def copy(self, first_row: int, kept: Sequence[int], values: dict[str, list[Any]], shapes: Shapes) -> None:
        """Appends those rows of one batch that are kept, by their places in it."""
        wkb = shapely.to_wkb(shapely.set_srid(shapes, 4326), include_srid=True, output_dimension=2)
        rows: Sequence[int] = range(first_row, first_row + len(shapes))
        if len(kept) < len(shapes):
            rows = [first_row + at for at in kept]
            wkb = [wkb[at] for at in kept]
            values = {name: [column[at] for at in kept] for name, column in values.items()}
        names = [field.name for field in self._fields]
        statement = sql.SQL("COPY staged (row, {}) FROM STDIN (FORMAT BINARY)").format(
            sql.SQL(", ").join(sql.Identifier(name) for name in [*names, "geom"])
        )
        with self._connection.cursor().copy(statement) as copy:
            copy.set_types(["int4", *(_BINARY[field.sql_type] for field in self._fields), "bytea"])
            write = copy.write_row
            for row in zip(rows, *(values[name] for name in names), wkb, strict=True):
                write(row)
        self.rows += len(rows)

    def analyze(self) -> None:
        """Tells the planner how many rows there are."""
        self._connection.execute("ANALYZE staged")
