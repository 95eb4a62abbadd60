"""nginx in front gives kept tiles by itself: the same answer, as fresh, in scope, and only while the service vouches."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import httpx
import mapbox_vector_tile
import psycopg
import pytest

from benchmarks.tiles import nginx
from benchmarks.tiles.servers import free_port
from gis.access.roles import Role
from tests.conftest import PASSWORD, account
from tests.tiles.test_tiles import street, tile_of  # noqa: F401 - a fixture

SHM = Path("/dev/shm")  # noqa: S108 - Linux's own tmpfs
pytestmark = pytest.mark.skipif(not nginx.there() or not SHM.is_dir(), reason="nginx or a tmpfs is absent")
X, Y = tile_of(118.0803, 36.8504, 16)
PATH = f"/tiles/buildings/16/{X}/{Y}.pbf"
WIDE = "/tiles/buildings/15/{}/{}.pbf".format(*tile_of(118.0901, 36.8549, 15))  # large enough to be compressed
GRIDS = "/tiles/grids/14/{}/{}.pbf".format(*tile_of(118.0901, 36.8549, 14))


@pytest.fixture
def folder():
    with tempfile.TemporaryDirectory(dir=SHM, prefix="gridtwin-tests-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


@pytest.fixture
def front(dsn, street, run_service, folder):  # noqa: F811
    """The service, and the URL of nginx in front of it."""
    service = run_service(dsn, tile_files=folder)
    with nginx.in_front_of(httpx.URL(service.url).port, folder) as port:
        yield service, f"http://127.0.0.1:{port}"


def visitor(service, url, username):
    headers = {"Authorization": service.client(username).headers["Authorization"]}
    return service.closing.enter_context(httpx.Client(base_url=url, headers=headers, timeout=30))


def by_nginx(answer):
    """Whether nginx gave it: the service's request ids are shorter."""
    return len(answer.headers["x-request-id"]) == 32


def ask_until(client, path, wanted, **headers):
    while not wanted(answer := client.get(path, headers=headers)):
        assert answer.status_code in (200, 304), answer.text
    return answer


def heights(answer):
    shown = mapbox_vector_tile.decode(answer.content).get("buildings", {"features": []})["features"]
    return {feature["id"]: feature["properties"]["height"] for feature in shown}


def test_nginx_answers_as_the_service_does(front):
    service, url = front
    direct = service.client("admin")
    client = service.closing.enter_context(httpx.Client(base_url=url, headers=dict(direct.headers)))
    for coding in ("identity", "gzip, deflate, br", "gzip, deflate, br, zstd"):
        theirs = direct.get(WIDE, headers={"Accept-Encoding": coding})
        ours = ask_until(client, WIDE, by_nginx, **{"Accept-Encoding": coding})
        assert ours.content == theirs.content
        told = [
            sorted((name, value) for name, value in answer.headers.multi_items() if name not in own) for answer in (ours, theirs)
            for own in [{"date", "server", "connection", "x-request-id"}]
        ]  # fmt: skip
        assert told[0] == told[1]
        for answer in (theirs, ours):
            again = client.get(WIDE, headers={"Accept-Encoding": coding, "If-None-Match": answer.headers["etag"]})
            assert (again.status_code, by_nginx(again), "content-encoding" in again.headers) == (304, True, False)
    # what it can't judge it passes on
    for path, headers in ((WIDE, {"Accept-Encoding": "gzip;q=0.5"}), (WIDE, {"Origin": "https://elsewhere.example"}),
                          (WIDE + "?kind=party", {}), (WIDE.replace("/15/", "/015/"), {})):  # fmt: skip
        assert not by_nginx(client.get(path, headers=headers))
    assert client.post(WIDE).status_code == 405
    assert client.head(WIDE, headers={"Accept-Encoding": "identity"}).headers["content-length"] != "0"
    # without the right token there is nothing
    token = direct.headers["Authorization"].split()[1]
    for given in (token[:22] + "A" * 20, "A" * 43):
        assert httpx.get(url + WIDE, headers={"Authorization": f"Bearer {given}"}).status_code == 401
    assert httpx.get(url + WIDE).status_code == 401
    assert by_nginx(httpx.get(url + WIDE, headers={"Cookie": f"gridtwin_session={token}"}))


def test_an_edit_by_another_program_takes_the_file_away_and_no_old_tile_comes_after_the_new(dsn, front):
    service, url = front
    client = visitor(service, url, "admin")
    far = PATH.replace(str(X), str(X + 400))
    for path in (PATH, far):
        ask_until(client, path, by_nginx)
    done, faults = threading.Event(), []

    def watch():
        own, newest, least = visitor(service, url, "admin"), 0, 0
        while not done.is_set():
            newest = max(heights(own.get(PATH)).values(), default=0)
            if newest < least:
                faults.append((newest, least))
            least = max(least, newest)

    watcher = threading.Thread(target=watch)
    watcher.start()
    with psycopg.connect(dsn, autocommit=True) as editor:
        for height in range(1000, 1030):
            editor.execute("UPDATE building SET height = %s WHERE code = 'b0-0'", (height,))
            ask_until(client, PATH, lambda answer, height=height: height in heights(answer).values())
            ask_until(client, PATH, by_nginx)
    done.set()
    watcher.join()
    assert not faults
    assert by_nginx(client.get(far)), "what wasn't touched is still given"


def test_each_sees_only_the_own_scope_and_nothing_after_signing_out(db, front):
    service, url = front
    account(db, "west", Role.VIEWER, ("s0",))
    account(db, "east", Role.VIEWER, ("s1",))
    seen = {}
    for name in ("admin", "west", "east"):
        client = visitor(service, url, name)
        seen[name] = set(heights(ask_until(client, PATH, by_nginx)))
        ask_until(client, GRIDS, by_nginx)
    assert seen["west"] | seen["east"] <= seen["admin"]
    assert not seen["west"] & seen["east"]
    assert seen["west"]
    client = visitor(service, url, "west")
    ask_until(client, PATH, by_nginx)
    assert client.delete("/api/session").is_success
    assert client.get(PATH).status_code == 401
    # another plan is what the same path means, at once
    client = visitor(service, url, "admin")
    old = ask_until(client, GRIDS, by_nginx).content
    db.execute("UPDATE plan SET state = 'superseded', valid = '[2020-01-01,2021-01-01)'")
    assert ask_until(client, GRIDS, lambda answer: answer.content != old).content == b""


def test_what_the_service_changed_itself_is_right_in_the_next_answer(front):
    service, url = front
    client = visitor(service, url, "admin")
    path = "/tiles/issues/16/{}/{}.pbf".format(*tile_of(118.0803, 36.8504, 16))
    for number in range(1, 6):
        told = client.post("/api/issues", json={"text": "路面有坑洼", "lon": 118.0803, "lat": 36.8504})
        assert told.status_code == 201, told.text
        shown = mapbox_vector_tile.decode(client.get(path).content)["issues"]["features"]
        assert len(shown) == number
        ask_until(client, path, by_nginx)


def test_without_the_database_nginx_gives_nothing(dsn, server_dsn, front, folder):
    service, url = front
    client = visitor(service, url, "admin")
    ask_until(client, PATH, by_nginx)
    name = dsn.partition("?")[0].rsplit("/", 1)[1]
    with psycopg.connect(server_dsn, autocommit=True) as other:
        other.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
    while client.get(PATH).status_code == 200:
        pass
    while [entry for entry in folder.iterdir() if re.fullmatch(r"\d+\.\d", entry.name)]:
        pass
    with psycopg.connect(server_dsn, autocommit=True) as other:
        other.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    while (answer := client.get(PATH)).status_code != 200 or not by_nginx(answer):
        pass


def test_a_service_that_is_killed_leaves_nothing_that_is_given(dsn, street, folder, tmp_path):  # noqa: F811
    """As a program of its own: killed and stopped, which no handler notices."""
    port = free_port()
    environment = {**os.environ, "GRIDTWIN_DATABASE_URL": dsn, "GRIDTWIN_PORT": str(port),
                   "GRIDTWIN_TILE_FILES": str(folder), "GRIDTWIN_DATA_DIR": str(tmp_path)}  # fmt: skip
    process = subprocess.Popen([str(Path(sys.executable).parent / "gridtwin"), "serve"], env=environment,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    try:
        with (
            nginx.in_front_of(port, folder) as own,
            httpx.Client(base_url=f"http://127.0.0.1:{own}", timeout=30) as client,
        ):
            while client.get("/readyz").status_code != 200:
                assert process.poll() is None
                time.sleep(0.1)
            asked = {"username": "admin", "password": PASSWORD}
            client.headers["Authorization"] = f"Bearer {client.post('/api/session', json=asked).json()['token']}"
            client.cookies.clear()
            for how, after in ((signal.SIGSTOP, signal.SIGCONT), (signal.SIGKILL, None)):
                ask_until(client, PATH, by_nginx)
                process.send_signal(how)
                if after:  # what is asked of a process that stands still is answered when it goes on
                    late = []
                    asking = threading.Thread(
                        target=lambda late=late: late.append(ask_until(client, PATH, lambda a: not by_nginx(a)))
                    )
                    asking.start()
                    asking.join(2)
                    assert not late
                    process.send_signal(after)
                    asking.join()
                    assert late[0].status_code == 200
                else:
                    process.wait()
                    with pytest.raises(AssertionError):
                        ask_until(client, PATH, lambda answer: False)
                    assert list(folder.rglob("*.small")) or list(folder.rglob("tree.*")), "the files are still there"
                    assert client.get(PATH).status_code == 502
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
