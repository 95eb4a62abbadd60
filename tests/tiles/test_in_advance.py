"""Tiles in advance: warmed in the running service, and written to a file."""

import gzip
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import mapbox_vector_tile
import pyogrio
import pytest
from pmtiles.reader import MmapSource, Reader, all_tiles

from tests.tiles.test_fresh import counted
from tests.tiles.test_tiles import ids, street, tile_of  # noqa: F401 - a fixture

GRIDTWIN = Path(sys.executable).parent / "gridtwin"


@pytest.fixture
def gridtwin(dsn, tmp_path):
    def run(*words):
        environment = {**os.environ, "GRIDTWIN_DATABASE_URL": dsn, "GRIDTWIN_DATA_DIR": str(tmp_path), "LANG": "C"}
        return subprocess.run([GRIDTWIN, "tiles", *words], env=environment, capture_output=True, text=True, check=False)

    return run


def test_after_warming_the_first_visitor_finds_the_tiles_made(db, street, service, gridtwin):  # noqa: F811
    answer = gridtwin("warm", "admin", "--within", "s0", "--zooms", "12-16", "--url", service.url)
    assert answer.returncode == 0, answer.stderr
    assert " tiles, " in answer.stdout
    client = service.client("admin")
    before = counted(client, "rendered")["grids"]
    for zoom in (12, 14, 16):
        x, y = tile_of(118.085, 36.855, zoom)
        layers = "ground,ground_label,streets,areas,areas_label,grids,grids_label"
        assert client.get(f"/tiles/{layers}/{zoom}/{x}/{y}.pbf").status_code == 200
    assert counted(client, "rendered")["grids"] == before
    assert db.execute("SELECT count(*) FROM session").fetchone()[0] == 1, "its own sign-in has ended"


def test_an_area_in_a_file_holds_its_own_rows_only(db, street, gridtwin, tmp_path):  # noqa: F811
    file = tmp_path / "west.mbtiles"
    answer = gridtwin("export", str(file), "--within", "s0", "--zooms", "13-15")
    assert answer.returncode == 0, answer.stderr
    theirs = {
        row[0] for row in db.execute("SELECT b.id FROM building b JOIN area a ON a.id = area_id WHERE a.code = 's0'")
    }
    with sqlite3.connect(file) as book:
        metadata = dict(book.execute("SELECT name, value FROM metadata"))
        rows = book.execute("SELECT tile_data FROM tiles WHERE zoom_level = 15").fetchall()
    book.close()
    found = set()
    for (blob,) in rows:
        found |= set(ids(mapbox_vector_tile.decode(gzip.decompress(blob)), "buildings"))
    assert found == theirs
    assert metadata["format"] == "pbf"
    assert {layer["id"] for layer in json.loads(metadata["json"])["vector_layers"]} >= {"areas", "grids", "buildings"}
    assert "buildings" in {name for name, _ in pyogrio.list_layers(file)}, "GDAL opens it"
    again = gridtwin("export", str(file), "--zooms", "13")
    assert again.returncode == 64
    assert "--overwrite" in again.stderr


def test_pmtiles_hold_the_same_tiles(db, street, gridtwin, tmp_path):  # noqa: F811
    book, archive = tmp_path / "west.mbtiles", tmp_path / "west.pmtiles"
    for file in (book, archive):
        answer = gridtwin("export", str(file), "--within", "s0", "--zooms", "13-15")
        assert answer.returncode == 0, answer.stderr
    with sqlite3.connect(book) as rows:
        expected = {
            (z, x, 2**z - 1 - y): gzip.decompress(data) for z, x, y, data in rows.execute("SELECT * FROM tiles")
        }
    rows.close()
    with archive.open("rb") as file:
        reader = Reader(MmapSource(file))
        found = {place: gzip.decompress(data) for place, data in all_tiles(reader.get_bytes)}
        assert {layer["id"] for layer in reader.metadata()["vector_layers"]} >= {"areas", "grids", "buildings"}
        assert reader.header()["min_zoom"] == 13
    assert found == expected
    assert "buildings" in {name for name, _ in pyogrio.list_layers(archive)}, "GDAL opens it"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("warm", "admin", "--zooms", "9-3"), 64),
        (("warm", "admin", "--within", "nowhere"), 2),
        (("warm", "nobody"), 2),
        (("warm", "admin", "--url", "http://127.0.0.1:9"), 2),
        (("export", "a.zip"), 64),
        (("export", "a.mbtiles", "--layers", "account"), 64),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(db, street, gridtwin, words, code):  # noqa: F811
    answer = gridtwin(*words)
    assert (answer.returncode, answer.stdout) == (code, "")
    assert "Traceback" not in answer.stderr
