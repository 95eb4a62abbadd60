"""Buildings from afar: keeps the table `building_afar` in step with the buildings, by the outbox.

The rule: up to `FEW` buildings in the twin, each is drawn itself at every zoom. With more, up to zoom `UP_TO`, one
that is smaller than 5 × 5 pixels is drawn together with its small neighbours: a tile is divided into 64 × 64 cells, and
those of one area whose label points lie in one cell become one square as large as their footprints together. Up to
zoom `ALL_MERGED` all are drawn so. Nothing is left out: `count` says how many a square stands for. So a tile holds at
most 4,096 squares for each area, and as many larger buildings as there is ground for.
"""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from pathlib import Path

import psycopg
import structlog
from psycopg import Connection
from psycopg.rows import TupleRow

from gis.changes import Batch, Change, Feed, changes_since
from gis.snapshot import Snapshot
from tiles.layers import MERGED_ZOOM
from tiles.pyramid import HALF

log = structlog.get_logger("afar")

FEW = 4000
FROM, ALL_MERGED, UP_TO = 8, 12, MERGED_ZOOM
IDS = 2**40
"""Squares' ids begin here, so that none is taken for a building's."""
CELLS = 64  # cells along the side of a tile
LARGE_PIXELS = 5  # side of a square of that footprint, in pixels of a tile of 512
_MANY = 20_000  # cells past which making everything anew costs less than finding them
_SETTLE_S = 0.2  # commits that come together are taken together
_RETRY_S = 2.0

_SQUARES = (Path(__file__).parent / "sql" / "afar_cells.sql").read_text(encoding="utf-8")


def large(zoom: int) -> float:
    """The footprint from which a building is drawn itself, in square metres of EPSG:3857."""
    side: float = 2 * HALF / 2**zoom / 512 * LARGE_PIXELS
    return side * side


def _side(zoom: int) -> float:
    side: float = 2 * HALF / 2**zoom / CELLS
    return side


class Afar:
    """Renews the table soon after buildings have changed; of several processes one does it at a time."""

    def __init__(self, dsn: str, feed: Feed) -> None:
        self._dsn = dsn
        self._changed = asyncio.Event()
        feed.subscribe(self._hear)

    def _hear(self, batch: Batch) -> None:
        if batch.gap or any(change.layer == "buildings" for change in batch.changes):
            self._changed.set()

    async def run(self) -> None:
        """Renews for ever; a failure is told and tried again."""
        while True:
            await self._changed.wait()
            await asyncio.sleep(_SETTLE_S)
            self._changed.clear()
            try:
                renewed = await asyncio.to_thread(renew, self._dsn)
            except (psycopg.Error, OSError) as failed:
                log.warning("afar.failed", why=str(failed).splitlines()[0] if str(failed) else type(failed).__name__)
                renewed = None
            except Exception:  # a fault of ours must not end the task: the squares would stay as they are for ever
                log.exception("afar.failed")
                renewed = None
            if renewed is None:
                await asyncio.sleep(_RETRY_S)
                self._changed.set()


@dataclass(frozen=True)
class Renewed:
    """What was done: how many cells were made anew (None: all), and whether buildings are merged at all."""

    cells: int | None
    merged: bool


def renew(dsn: str) -> Renewed | None:
    """Brings the table up to now; None when another process is at it."""
    with psycopg.connect(dsn, autocommit=True, connect_timeout=5) as connection:
        connection.execute("SELECT set_config('jit', 'off', false), set_config('application_name', 'gridtwin', false)")
        with connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            taken = connection.execute("SELECT pg_try_advisory_xact_lock(7205759403792793)").fetchone()
            if not taken or not taken[0]:
                return None
            return _renew(connection)


def _renew(connection: Connection[TupleRow]) -> Renewed:
    row = connection.execute(
        "SELECT seen::text, pg_current_snapshot()::text, EXISTS (SELECT FROM building_afar),"
        " (SELECT count(*) FROM (SELECT FROM building LIMIT %s) b) FROM building_afar_state",
        (FEW + 1,),
    ).fetchone()
    assert row is not None  # noqa: S101 - the only row is there from the migration on
    seen, now, merged, buildings = row
    if buildings <= FEW:
        if merged:
            connection.execute("DELETE FROM building_afar")
        done = Renewed(None, merged=False)
    else:
        changes, gap = changes_since(connection, Snapshot.parse(seen)) if seen else ((), True)
        ours = [change for change in changes if change.layer == "buildings"]
        done = _renew_cells(connection, ours, known=merged and not gap)
    connection.execute("UPDATE building_afar_state SET seen = %s::pg_snapshot", (now,))
    return done


def _renew_cells(connection: Connection[TupleRow], changes: list[Change], *, known: bool) -> Renewed:
    if not known or sum(map(_number_of_cells, changes)) > _MANY:
        connection.execute("DELETE FROM building_afar")
        for zoom in range(FROM, UP_TO + 1):
            connection.execute(_squares(zoom, cells=False))
        return Renewed(None, merged=True)
    connection.execute(
        "CREATE TEMPORARY TABLE afar_cell (zoom smallint, cell_x int, cell_y int, box geometry) ON COMMIT DROP"
    )
    cells = {(zoom, x, y) for change in changes for zoom in range(FROM, UP_TO + 1) for x, y in _cells_of(change, zoom)}
    with connection.cursor() as cursor, cursor.copy("COPY afar_cell (zoom, cell_x, cell_y) FROM STDIN") as copy:
        for cell in cells:
            copy.write_row(cell)
    connection.execute("DELETE FROM building_afar b USING afar_cell c WHERE (b.zoom, b.cell_x, b.cell_y) ="
                       " (c.zoom, c.cell_x, c.cell_y)")  # fmt: skip
    for zoom in range(FROM, UP_TO + 1):
        connection.execute(_squares(zoom, cells=True))
    return Renewed(len(cells), merged=True)


def _number_of_cells(change: Change) -> float:
    """About how many cells of all zooms a change touches."""
    if change.extent is None or not all(map(math.isfinite, change.extent)):
        return math.inf
    west, south, east, north = change.extent
    return sum(
        ((east - west) / _side(zoom) + 1) * ((north - south) / _side(zoom) + 1) for zoom in range(FROM, UP_TO + 1)
    )


def _cells_of(change: Change, zoom: int) -> list[tuple[int, int]]:
    assert change.extent is not None  # noqa: S101 - whoever calls has looked
    west, south, east, north = change.extent
    side = _side(zoom)
    return [
        (x, y)
        for x in range(int((west + HALF) // side), int((east + HALF) // side) + 1)
        for y in range(int((HALF - north) // side), int((HALF - south) // side) + 1)
    ]


def _squares(zoom: int, *, cells: bool) -> str:
    """The statement that makes the squares of a zoom: of the cells in `afar_cell`, or of all."""
    side, half = repr(_side(zoom)), repr(HALF)
    box = (
        f"ST_MakeEnvelope(c.cell_x * {side} - {half}, {half} - (c.cell_y + 1) * {side},"
        f" (c.cell_x + 1) * {side} - {half}, {half} - c.cell_y * {side}, 3857)"
    )
    # a box for each cell, so that the buildings are found by their index
    source = (  # numbers of ours alone
        f"(SELECT DISTINCT ON (b.id) b.* FROM afar_cell c JOIN building b"  # noqa: S608
        f" ON b.geom_3857 && {box} WHERE c.zoom = {zoom}) b"
    )
    only = f" AND EXISTS (SELECT FROM afar_cell c WHERE (c.zoom, c.cell_x, c.cell_y) = ({zoom}, s.cell_x, s.cell_y))"
    return _SQUARES.format(
        zoom=zoom,
        side=side,
        half_world=half,
        largest="'Infinity'" if zoom <= ALL_MERGED else repr(large(zoom)),
        source=source if cells else "building b",
        only=only if cells else "",
    )
