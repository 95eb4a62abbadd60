"""What an import did, kept so that it can be taken back: who, when, from which file, and the rows as they were."""

from __future__ import annotations

import glob
import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from gis.access import audit
from importers.kinds import Kind
from importers.request import ImportRequest

Connection = psycopg.Connection[Any]


def stored_columns(table: str) -> list[str]:
    """The columns of a table that PostgreSQL does not derive by itself."""
    from gis.schema import metadata  # SQLAlchemy: a second of loading that a start needn't wait for

    return [column.name for column in metadata.tables[table].columns if column.computed is None]


def row_json(table: str, *, without: frozenset[str] = frozenset()) -> sql.Composed:
    """A row `t` as JSON, its geometry as hexadecimal EWKB, so that nothing is rounded."""
    parts = [
        sql.SQL("t.geom::text AS geom") if name == "geom" else sql.SQL("t.{}").format(sql.Identifier(name))
        for name in stored_columns(table)
        if name not in without
    ]
    return sql.SQL("(SELECT to_jsonb(x) FROM (SELECT {}) x)").format(sql.SQL(", ").join(parts))


def digest(table: str) -> sql.Composed:
    """The digest of a row `t`, without the area, which follows the areas' borders by itself."""
    return sql.SQL("md5({}::text)").format(row_json(table, without=frozenset({"area_id"})))


class History:
    """The record of one import; its methods take queries that give ids."""

    def __init__(self, connection: Connection, kind: Kind, run: int) -> None:
        self._connection = connection
        self._table = kind.table
        self.run = run

    def keep(self, operation: str, ids: sql.Composable) -> None:
        """Keeps rows as they are now, before they are `changed` or `removed`."""
        self._connection.execute(
            sql.SQL(
                "INSERT INTO import_row (import_id, row_id, operation, before)"
                " SELECT {run}, t.id, {operation}, {row} FROM {table} t WHERE t.id IN ({ids})"
            ).format(
                run=self.run,
                operation=operation,
                row=row_json(self._table),
                table=sql.Identifier(self._table),
                ids=ids,
            )
        )

    def note_changed(self) -> None:
        """Notes what the changed rows look like afterwards."""
        self._connection.execute(
            sql.SQL(
                "UPDATE import_row r SET after = {digest} FROM {table} t"
                " WHERE r.import_id = {run} AND r.operation = 'changed' AND t.id = r.row_id"
            ).format(digest=digest(self._table), table=sql.Identifier(self._table), run=self.run)
        )

    def insert(self, statement: sql.Composable) -> None:
        """Runs an INSERT that ends in `RETURNING id` and notes the ids."""
        self._connection.execute(
            sql.SQL(
                "WITH fresh AS ({statement}) UPDATE import_run"
                " SET added_ids = added_ids + coalesce((SELECT range_agg(int8range(id, id, '[]')) FROM fresh), '{{}}')"
                " WHERE id = {run}"
            ).format(statement=statement, run=self.run)
        )

    def note_plan(self, plan_id: int) -> None:
        """Notes the plan that an import of grids made."""
        self._connection.execute("UPDATE import_run SET plan_id = %s WHERE id = %s", (plan_id, self.run))


def begin(
    connection: Connection, kind: Kind, request: ImportRequest, counts: tuple[int, int, int, int], now: datetime
) -> History:
    """Records an import: kind, file and its hash, who, when, and how many rows it adds, changes, removes and leaves."""
    row = connection.execute(
        "INSERT INTO import_run (kind, file_name, file_sha256, imported_by, imported_at,"
        " added, changed, removed, unchanged) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id",
        (kind.name, request.file.name, file_sha256(request.file), request.by, now, *counts),
    ).fetchone()
    return History(connection, kind, int(row[0]) if row else 0)


def note_in_audit(
    connection: Connection, now: datetime, by: str, action: str, number: int, told: dict[str, Any]
) -> None:
    """Appends what became of an import to the audit, as an act that concerns the areas it reached; last of all."""
    row = connection.execute("SELECT reach, file_name, kind FROM import_run WHERE id = %s", (number,)).fetchone()
    reach, file, kind = row if row else ([], "", "")
    areas = [area for area in reach or [] if area > 0]
    told = {"kind": kind, "file": file, **told}
    audit.record_now(connection, now, audit.Who(by), action, "import", number, areas=areas, detail=told)


_PARTS = (".shx", ".dbf", ".prj", ".cpg")


def file_sha256(path: Path) -> bytes:
    """The SHA-256 of a file, of a folder's files one after the other (a FileGDB), or of a .shp and its parts."""
    digest_of_all = hashlib.sha256()
    parts = [path]
    if path.is_dir():
        parts = sorted(path.rglob("*"))
    elif path.suffix.lower() == ".shp":
        beside = {part.name.lower(): part for part in path.parent.glob(f"{glob.escape(path.stem)}.*")}
        parts += [part for end in _PARTS if (part := beside.get(f"{path.stem}{end}".lower())) is not None]
    for file in parts:
        if file.is_file():
            with file.open("rb") as opened:
                while block := opened.read(1 << 20):
                    digest_of_all.update(block)
    return digest_of_all.digest()
