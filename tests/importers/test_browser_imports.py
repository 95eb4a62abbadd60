"""Imports over HTTP, with real child processes: one request, step by step, scope, limits, and what goes wrong."""

from __future__ import annotations

import io
import json
import os
import signal
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from planner_files import feature, square, value

from gis.access.roles import Role
from importers.jobs.place import Place
from importers.load import LOCK
from tests.conftest import Running, account


def geojson(*features: dict[str, Any]) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False).encode()


def house(code: str, lon: float = 118.001, lat: float = 36.801, **properties: object) -> dict[str, Any]:
    return feature(square(lon, lat, 0.0005), code=code, **properties)


def settled(client: httpx.Client, job: str) -> dict[str, Any]:
    """The state of an upload once nothing is done to it."""
    while (state := client.get(f"/api/imports/{job}").json())["state"] in ("waiting", "running"):
        pass
    return state


@pytest.fixture
def planners(db: psycopg.Connection, town: None, service: Running) -> Callable[[str], httpx.Client]:
    """Clients of accounts: `all` sees everything, `west` is a planner of the western community, `viewer` may not."""
    account(db, "all")
    account(db, "west", Role.PLANNER, ("w",))
    account(db, "street", Role.PLANNER, ("s",))
    account(db, "viewer", Role.VIEWER, ("s",))
    return service.client


def test_one_request_imports_a_file_or_says_why_not(planners, db):
    client = planners("street")
    file = geojson(house("b1", name="一号楼"), house("b2", 118.003, name="二号楼"))
    tried = client.post(
        "/api/imports", files={"file": ("楼.geojson", file)}, data={"kind": "buildings", "dry-run": "true"}
    )
    assert tried.status_code == 200, tried.text
    assert (tried.json()["import"], tried.json()["added"]) == (None, 2)
    assert value(db, "SELECT count(*) FROM building") == 0
    done = client.post("/api/imports?kind=buildings", files={"file": ("楼.geojson", file)}).json()
    assert (done["added"], done["changed"], done["removed"], done["unchanged"]) == (2, 0, 0, 0)
    assert value(db, "SELECT name FROM building WHERE code = 'b2'") == "二号楼"
    again = client.post("/api/imports", files={"file": ("楼.geojson", file)}, data={"kind": "buildings"}).json()
    assert again["unchanged"] == 2
    twice = geojson(house("b1"), house("b1", 118.003))
    refused = client.post(
        "/api/imports",
        files={"file": ("x.geojson", twice)},
        data={"kind": "buildings", "within": "w", "replace": "true"},
        headers={"Accept-Language": "en"},
    )
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["code"] == "import-refused"
    found = [one for one in refused.json()["findings"] if one["severity"] == "error"]
    assert found[0]["check"] == "code-twice"
    assert set(found[0]) >= {"check", "severity", "where", "size", "remedy"}
    assert value(db, "SELECT count(*) FROM building") == 2
    history = client.get("/api/imports").json()["imports"]
    assert [(run["by"], run["file"], run["added"], run["unchanged"]) for run in history] == [
        ("street", "楼.geojson", 0, 2),
        ("street", "楼.geojson", 2, 0),
    ]


@pytest.mark.parametrize(
    ("fields", "file", "status"),
    [
        ({"kind": "castles"}, ("a.geojson", geojson()), 400),
        ({"kind": "buildings", "map": "nofield=x"}, ("a.geojson", geojson()), 400),
        ({"kind": "buildings", "map": "name"}, ("a.geojson", geojson()), 400),
        ({"kind": "buildings", "frobnicate": "1"}, ("a.geojson", geojson()), 400),
        ({"kind": "buildings", "replace": "true"}, ("a.geojson", geojson()), 400),
        ({"kind": "buildings"}, ("a.exe", b"MZ"), 422),
        ({"kind": "buildings"}, ("a.geojson", b"not json"), 422),
        ({"kind": "buildings"}, ("a.dwg", b"AC1032"), 422),
        ({"kind": "buildings"}, ("../../.geojson", b"x"), 400),
    ],
)
def test_what_can_not_be_imported_is_refused_in_words(planners, fields, file, status):
    answer = planners("all").post("/api/imports", data=fields, files={"file": file})
    assert answer.status_code == status, answer.text
    assert answer.json()["detail"]
    assert "Traceback" not in answer.text


def test_step_by_step_as_the_page_does_it(planners, db):
    client = planners("street")
    sent = geojson(house("b1", name="一号楼"), house("b1", 118.003, name="二号楼"))
    state = client.post("/api/imports", files={"file": ("b.geojson", sent)})
    assert state.status_code == 201, state.text
    job = state.json()["id"]
    assert state.headers["location"] == f"/api/imports/{job}"
    layer = state.json()["inspection"]["layers"][0]
    assert layer["rows"] == 2
    assert layer["kinds"]["buildings"] == {"code": "code", "name": "name"}
    shown = client.get(f"/api/imports/{job}/preview", params={"layer": layer["name"], "crs": "GCJ-02"}).json()
    assert len(shown["features"]) == 2
    assert shown["bbox"][0] == pytest.approx(118.001 - 0.0056, abs=0.001)
    assert client.get(f"/api/imports/{job}/preview", params={"layer": layer["name"], "crs": "x"}).status_code == 400
    assert client.post(f"/api/imports/{job}/check", json={"kind": "buildings"}).status_code == 202
    checked = settled(client, job)
    assert checked["report"]["refused"]
    assert checked["report"]["counts"]["error"] == 1
    places = client.get(f"/api/imports/{job}/findings").json()["features"]
    assert [one["properties"]["check"] for one in places] == ["code-twice"]
    mapped = {"kind": "buildings", "columns": {"code": "name"}}
    client.post(f"/api/imports/{job}/check", json=mapped)
    assert settled(client, job)["report"]["added"] == 2
    client.post(f"/api/imports/{job}/run", json=mapped)
    done = settled(client, job)["report"]
    assert value(db, "SELECT count(*) FROM building") == 2
    undone = client.post(f"/api/imports/{done['import']}/undo")
    assert (undone.status_code, undone.json()["removed"]) == (200, 2)
    assert value(db, "SELECT count(*) FROM building") == 0
    assert client.get("/api/imports").json()["imports"][0]["undone_by"] == "street"
    assert client.post(f"/api/imports/{done['import']}/undo").status_code == 422
    assert client.delete(f"/api/imports/{job}").status_code == 204
    assert client.get(f"/api/imports/{job}").status_code == 404


def test_text_in_another_encoding_is_seen_and_read_again(planners):
    client = planners("street")
    table = "编码,名称,经度,纬度\nf1,消防栓甲,118.001,36.801\n".encode("gb18030")
    state = client.post("/api/imports", files={"file": ("设施.csv", table)}, data={"encoding": "windows-1252"}).json()
    assert "±àÂë" in [column["name"] for column in state["inspection"]["layers"][0]["columns"]]
    offered = {one["encoding"]: one["samples"] for one in state["inspection"]["layers"][0]["encoding_candidates"]}
    assert "编码" in offered["GB18030"]  # the way back stays on the screen
    read = client.post(f"/api/imports/{state['id']}/inspect", json={"encoding": "GB18030"}).json()
    assert "编码" in [column["name"] for column in read["inspection"]["layers"][0]["columns"]]
    assert read["encoding"] == "GB18030"


def test_only_who_may_import_and_nobody_elses_upload(planners):
    assert planners(None).post("/api/imports", files={"file": ("a.csv", b"x")}).status_code == 401
    assert planners("viewer").get("/api/imports").status_code == 403
    assert planners("viewer").post("/api/imports", files={"file": ("a.csv", b"x")}).status_code == 403
    job = planners("street").post("/api/imports", files={"file": ("a.geojson", geojson(house("b1")))}).json()["id"]
    assert planners("all").get(f"/api/imports/{job}").status_code == 404
    assert planners("all").delete(f"/api/imports/{job}").status_code == 404
    assert [one["id"] for one in planners("street").get("/api/imports").json()["uploads"]] == [job]


def test_a_planner_of_one_community_changes_nothing_outside_it(planners, db):
    everything, west = planners("all"), planners("west")

    def post(client: httpx.Client, kind: str, *features: dict[str, Any], **fields: str) -> httpx.Response:
        return client.post(
            "/api/imports", files={"file": ("f.geojson", geojson(*features))}, data={"kind": kind, **fields}
        )

    assert post(everything, "buildings", house("east", 118.015, name="东")).status_code == 200
    before = db.execute("SELECT t.*::text FROM building t").fetchall()
    for features in ([house("new", 118.016)], [house("east", 118.001)]):
        refused = post(west, "buildings", *features)
        assert refused.status_code == 422
        assert "outside-scope" in [one["check"] for one in refused.json()["findings"]]
    table = {"file": ("f.csv", "编码,名称\neast,改名\n".encode())}
    assert west.post("/api/imports", files=table, data={"kind": "buildings"}).status_code == 422
    assert post(west, "buildings", house("w1"), within="e", replace="true", yes="true").status_code == 422
    line = {"type": "LineString", "coordinates": [[118.012, 36.801], [118.014, 36.802]]}
    assert post(west, "streets", feature(line, code="r1")).status_code == 422
    far = feature(square(118.01, 36.8), code="w2", name="格", level="grid", parent="w")
    assert post(west, "areas", far).status_code == 422
    own = feature(square(118.0, 36.8, 0.011), code="w", name="西社区", level="社区", parent="s")
    assert post(west, "areas", own).status_code == 422
    assert post(west, "grids", feature(square(118.01, 36.8), code="g1", name="格")).status_code == 422
    assert db.execute("SELECT t.*::text FROM building t").fetchall() == before
    assert value(db, "SELECT count(*) FROM area") == 3
    # inside, all of that works
    assert post(west, "buildings", house("w1")).json()["added"] == 1
    line["coordinates"] = [[118.002, 36.801], [118.004, 36.802]]
    assert post(west, "streets", feature(line, code="r1")).json()["added"] == 1
    grid = post(west, "grids", feature(square(118.0, 36.8), code="g1", name="格"))
    assert grid.json()["added"] == 1, grid.text
    inside = feature(square(118.0, 36.8, 0.005), code="w2", name="格", level="grid", parent="w")
    assert post(west, "areas", inside).json()["added"] == 1
    assert [run["kind"] for run in west.get("/api/imports").json()["imports"]] == [
        "areas", "grids", "streets", "buildings",
    ]  # fmt: skip
    first = min(run["id"] for run in everything.get("/api/imports").json()["imports"] if run["kind"] == "buildings")
    assert west.post(f"/api/imports/{first}/undo").status_code == 404
    assert everything.post(f"/api/imports/{first}/undo").status_code == 200


def test_the_parts_of_a_shapefile_belong_together_and_two_files_do_not(planners, tmp_path: Path):
    import numpy as np
    import pyogrio
    import shapely

    source = tmp_path / "roads.shp"
    pyogrio.raw.write(
        source, shapely.to_wkb([shapely.box(118.001, 36.801, 118.0015, 36.8015)]),
        [np.array(["一号楼"], dtype=object)], ["name"], geometry_type="Polygon", crs="EPSG:4326",
        encoding="UTF-8", driver="ESRI Shapefile",
    )  # fmt: skip
    parts = [("file", (path.name, path.read_bytes())) for path in sorted(tmp_path.glob("roads.*"))]
    client = planners("street")
    state = client.post("/api/imports", files=parts).json()
    assert (state["file"], state["inspection"]["layers"][0]["rows"]) == ("roads.shp", 1)
    two = [("file", ("a.geojson", geojson())), ("file", ("b.geojson", geojson()))]
    assert client.post("/api/imports", files=two).status_code == 400


def test_an_upload_may_be_larger_than_other_requests(planners):
    padded = geojson(house("b1")) + b" " * 3_000_000
    answer = planners("street").post("/api/imports", files={"file": ("b.geojson", padded)})
    assert (answer.status_code, answer.json()["size"] > 3_000_000) == (201, True)


def bomb() -> bytes:
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("a.shp", "w", force_zip64=True) as part,
    ):
        block = bytes(1 << 20)
        for _ in range(600):
            part.write(block)
    return packed.getvalue()


def test_archives_that_would_fill_the_disk_are_refused(planners):
    answer = planners("street").post("/api/imports", files={"file": ("a.zip", bomb())})
    assert answer.status_code == 400
    assert "0.6 GB" in answer.json()["detail"]


@pytest.fixture
def held(planners, run_service, db, dsn) -> Iterator[tuple[Running, httpx.Client]]:
    """A service that reads one file at a time, while somebody else's import holds the lock that writing needs."""
    busy = run_service(dsn, import_processes=1, import_max_mb=1)
    db.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
    yield busy, busy.client("street")
    db.execute("SELECT pg_advisory_unlock_all()")


def stuck(client: httpx.Client, db: psycopg.Connection) -> str:
    """An upload whose import waits for the lock."""
    job = client.post("/api/imports", files={"file": ("b.geojson", geojson(house("b1")))}).json()["id"]
    client.post(f"/api/imports/{job}/run", json={"kind": "buildings"})
    while not value(db, "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database"
                        " WHERE locktype = 'advisory' AND objid = %s AND NOT granted AND datname = current_database()",
                    LOCK):  # fmt: skip
        assert client.get(f"/api/imports/{job}").json()["state"] in ("waiting", "running")
    return job


def others(db: psycopg.Connection) -> int:
    return value(db, "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'gridtwin import%%'"
                     " AND datname = current_database()")  # fmt: skip


def test_a_cancelled_import_ends_in_the_database_too(held, db):
    _, client = held
    job = stuck(client, db)
    assert others(db) == 1
    assert client.post(f"/api/imports/{job}/run", json={"kind": "buildings"}).json()["code"] == "import-busy"
    assert client.post(f"/api/imports/{job}/cancel").json()["state"] == "cancelled"
    assert others(db) == 0
    db.execute("SELECT pg_advisory_unlock_all()")
    assert value(db, "SELECT count(*) FROM building") == 0
    client.post(f"/api/imports/{job}/run", json={"kind": "buildings"})
    assert settled(client, job)["report"]["added"] == 1


def test_a_reader_that_crashes_is_told_and_the_service_stays(held, db):
    _, client = held
    job = stuck(client, db)
    children = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    pids = [pid for file in children for pid in file.read_text().split()]
    child = next(pid for pid in pids if b"importers.jobs.child" in Path(f"/proc/{pid}/cmdline").read_bytes())
    assert int(Path(f"/proc/{child}/stat").read_text().rsplit(")", 1)[1].split()[16]) == os.nice(0) + 10, (
        "others come first"
    )
    os.kill(int(child), signal.SIGSEGV)
    state = settled(client, job)
    assert (state["state"], state["report"]) == ("failed", None)
    assert "崩溃" in state["problem"]
    assert client.get("/healthz").status_code == 200
    assert value(db, "SELECT count(*) FROM import_run WHERE kind = 'buildings'") == 0


def test_more_than_can_wait_is_sent_away(held, db):
    running, client = held
    stuck(client, db)
    answers = [client.post("/api/imports", files={"file": ("b.geojson", geojson(house("b1")))}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [201] * 5 + [503]
    assert answers[0].json()["state"] == "waiting"
    assert int(answers[-1].headers["retry-after"]) > 0
    too_big = client.post("/api/imports", files={"file": ("b.geojson", bytes(1_100_000))})
    assert (too_big.status_code, too_big.json()["code"]) == (413, "too-big")

    def endless() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        for _ in range(20):
            yield bytes(100_000)

    chunked = running.client("all").post(
        "/api/imports", content=endless(), headers={"Content-Type": "multipart/form-data; boundary=x"}
    )
    assert chunked.status_code == 413


def test_a_file_that_needs_too_much_memory_is_given_up(planners, run_service, dsn, db):
    client = run_service(dsn, import_memory_mb=256).client("street")
    wide = geojson(*(house(f"b{n}", name="名" * 20_000) for n in range(2_500)))
    answer = client.post("/api/imports", files={"file": ("b.geojson", wide)}, data={"kind": "buildings"})
    assert answer.status_code == 422
    assert "内存" in answer.json()["detail"], answer.text[:2000]
    assert value(db, "SELECT count(*) FROM building") == 0


def test_what_a_server_left_is_deleted_by_the_next(tmp_path: Path):
    gone, running = Place(tmp_path), Place(tmp_path)
    left, kept = gone.new(0), running.new(0)
    gone.let_go()
    Place(tmp_path).sweep()
    assert (left.exists(), kept.exists()) == (False, True)
    running.leave()
    assert not (tmp_path / "imports").exists()
