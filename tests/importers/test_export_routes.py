"""Exports over HTTP and on the command line: within the scope, whole, and refused in one sentence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pyogrio
import pytest
from planner_files import feature, point, square

from gis.access.roles import Role
from tests.conftest import account


@pytest.fixture
def served(town, service, load, write, db):
    squares = [feature(square(118.0 + n / 100, 36.8, 0.001), code=f"B{n}", name="楼") for n in range(2)]
    load("buildings", write(squares, "b.geojson"))
    load("addresses", write([feature(point(118.0005, 36.8005), code="A", text="四宝山街道1号")], "a.geojson"))
    account(db, "admin")
    account(db, "west", Role.VIEWER, ("w",))
    account(db, "machine", Role.MACHINE, ("w",))
    return service


def test_a_file_within_the_scope_is_sent(served, tmp_path):
    assert served.client().get("/api/export/buildings").status_code == 401
    answer = served.client("west").get("/api/export/buildings", params={"format": "gpkg", "crs": "EPSG:4548"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/geopackage+sqlite3"
    assert 'filename="buildings_EPSG4548.gpkg"' in answer.headers["content-disposition"]
    file = tmp_path / "b.gpkg"
    file.write_bytes(answer.content)
    _, table = pyogrio.read_arrow(file)
    assert table.column("code").to_pylist() == ["B0"]
    assert len(served.client("admin").get("/api/export/buildings?format=geojson").json()["features"]) == 2
    assert len(served.client("admin").get("/api/export/buildings?format=geojson&within=e").json()["features"]) == 1


def test_what_may_not_be_seen_is_not_sent(served):
    assert served.client("machine").get("/api/export/addresses").status_code == 403
    assert served.client("west").get("/api/export/buildings?within=e").status_code == 404
    assert len(served.client("west").get("/api/export/addresses?format=geojson").json()["features"]) == 1


@pytest.mark.parametrize("query", ["buildings?format=dwg", "cars", "buildings?crs=EPSG:1", "grids?grid_kind=x",
                                   "buildings?encoding=GBK", "buildings?format=csv&encoding=x"])  # fmt: skip
def test_what_cannot_be_understood_is_a_problem(served, query):
    answer = served.client("admin").get(f"/api/export/{query}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_command_line_writes_it_and_does_not_overwrite(served, tmp_path):
    gridtwin = str(Path(sys.executable).parent / "gridtwin")

    def run(*words):
        environment = {**os.environ, "GRIDTWIN_DATABASE_URL": served.dsn}
        return subprocess.run([gridtwin, *words], env=environment, capture_output=True, text=True)

    file = tmp_path / "b.zip"
    done = run("export", "buildings", str(file), "--within", "w", "--encoding", "GBK", "--json")
    assert (done.returncode, json.loads(done.stdout)["rows"]) == (0, 1), done.stderr
    assert run("export", "buildings", str(file)).returncode == 2
    again = run("import", "buildings", str(file), "--json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["unchanged"] == 1
    assert run("export", "cars", str(file)).returncode == 64
    assert run("export", "buildings", str(tmp_path / "b.dwg")).returncode == 2
    assert [path.name for path in tmp_path.iterdir() if path.suffix in (".zip", ".dwg")] == ["b.zip"]
