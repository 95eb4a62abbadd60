"""A real PostgreSQL for every test: one private server for the whole run, a fresh migrated database for each test."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx
import hypothesis
import psycopg
import pytest
import uvicorn
from starlette.types import ASGIApp
from xdist.remote import Producer
from xdist.scheduler import LoadGroupScheduling

from gis.access.accounts import create, hash_password
from gis.access.roles import Role
from gis.clock import Clock
from gis.migrations import upgrade
from gis.settings import Settings
from gridtwin import local
from gridtwin.app import create_app
from gridtwin.protocol import Protocol
from tests import tile_source


class _OneDemo(LoadGroupScheduling):
    """All tests of the demo in one process, so that one demo is started; the others where there is time.

    By the file's place: pytest 9.2 with pytest-xdist 3.8 doesn't see `xdist_group` (pytest-xdist issue 1386).
    """

    def _split_scope(self, nodeid: str) -> str:
        return "demo" if nodeid.startswith("tests/e2e/") else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> _OneDemo:
    """Which test goes to which process."""
    return _OneDemo(config, log)


# no timing asserts: how long an example takes says more about the machine than about the code
hypothesis.settings.register_profile("gridtwin", deadline=None)
hypothesis.settings.load_profile("gridtwin")

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "data"
PASSWORD = "correct horse battery"
_HASH = hash_password(PASSWORD)
_TEMPLATE = "template_gridtwin"


def _run_folder() -> Path:
    """One folder for all processes of a parallel run."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or f"solo{os.getpid()}"
    return Path(tempfile.gettempdir()) / f"gridtwin-tests-{os.getuid()}-{run[:16]}"


@contextlib.contextmanager
def _one_at_a_time(name: str) -> Iterator[None]:
    folder = _run_folder()
    folder.mkdir(mode=0o755, exist_ok=True)
    with (folder / name).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def named(dsn: str, database: str) -> str:
    """The same server, another database."""
    parts = urlsplit(dsn)
    return urlunsplit(parts._replace(path=f"/{database}"))


@pytest.fixture(scope="session")
def server_dsn() -> Iterator[str]:
    """The private server, shared by all processes of the run; the last to leave stops and deletes it."""
    settings = Settings(data_dir=_run_folder() / "data", database_url=None)
    with local.database(settings) as dsn:
        with _one_at_a_time("template.lock"), psycopg.connect(dsn, autocommit=True) as connection:
            made = connection.execute("SELECT FROM pg_database WHERE datname = %s", (_TEMPLATE,)).fetchone()
            if made is None:
                for setting in ("fsync = off", "full_page_writes = off", "max_wal_size = '4GB'"):
                    connection.execute(f"ALTER SYSTEM SET {setting}")  # dropping a database syncs the whole disk
                connection.execute("SELECT pg_reload_conf()")
                connection.execute("CREATE DATABASE template_making")
                upgrade(named(dsn, "template_making"))
                connection.execute(f"ALTER DATABASE template_making RENAME TO {_TEMPLATE}")
        yield dsn
    with contextlib.suppress(Exception), _one_at_a_time("template.lock"):
        local.discard(settings)


@pytest.fixture
def new_database(server_dsn: str) -> Iterator[Callable[[], str]]:
    """Makes migrated, empty databases; they are dropped at the end."""
    made: list[str] = []

    def make() -> str:
        name = f"t_{secrets.token_hex(8)}"
        with _one_at_a_time("template.lock"), psycopg.connect(server_dsn, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
        made.append(name)
        return named(server_dsn, name)

    yield make
    with psycopg.connect(server_dsn, autocommit=True) as connection:
        for name in made:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture
def dsn(new_database: Callable[[], str]) -> str:
    """A fresh, migrated, empty database of the test's own."""
    return new_database()


@pytest.fixture
def db(dsn: str) -> Iterator[psycopg.Connection]:
    """A connection to it, in autocommit."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


@dataclass
class Running:
    """A service that answers on loopback."""

    url: str
    dsn: str
    closing: contextlib.ExitStack

    def client(self, username: str | None = None) -> httpx.Client:
        """A client, signed in with a bearer token unless `username` is None."""
        client = self.closing.enter_context(httpx.Client(base_url=self.url, timeout=30))
        if username:
            answer = client.post("/api/session", json={"username": username, "password": PASSWORD})
            assert answer.status_code == 200, answer.text
            client.cookies.clear()
            client.headers["Authorization"] = f"Bearer {answer.json()['token']}"
        return client


@contextlib.contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """The application behind a real uvicorn on a free loopback port; yields its URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, http=Protocol, lifespan="on", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    failed: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(server.serve(sockets=[listener]))
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        assert server.started, failed
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@pytest.fixture
def run_service() -> Iterator[Callable[..., Running]]:
    """Starts services on given databases; they are stopped at the end."""
    with contextlib.ExitStack() as stack:

        def start(
            dsn: str, *, clock: Clock | None = None, entrances: dict[str, str] | None = None, **chosen: object
        ) -> Running:
            settings = Settings.model_validate({"database_pool": 4, "data_dir": _run_folder() / "unused", **chosen})
            app = create_app(settings, dsn, clock=clock, entrances=entrances)
            return Running(stack.enter_context(serving(app)), dsn, stack)

        yield start


@pytest.fixture
def service(dsn: str, run_service: Callable[..., Running]) -> Running:
    """The service on the test's own database."""
    return run_service(dsn)


def account(
    connection: psycopg.Connection, username: str, role: Role = Role.ADMINISTRATOR, areas: tuple[str, ...] = ()
) -> None:
    """An account with the tests' password."""
    create(connection, username, _HASH, role, areas=areas)


@dataclass
class Demo:
    """`gridtwin up --demo`, as a visitor has it."""

    url: str
    password: str
    dsn: str
    output: Path


@pytest.fixture(scope="session")
def demo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A real demo with its own data folder; its tests stand in tests/e2e, so that one process has it."""
    folder = tmp_path_factory.mktemp("demo")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tile_source.serving() as source:
        yield from _demo(folder, port, source.url)


def _demo(folder: Path, port: int, source: str) -> Iterator[Demo]:
    backgrounds = [
        {"code": code, "name_zh": code, "name_en": code, "crs": crs, "url": source + "/red/{z}/{x}/{y}",
         "attribution": "© 天地图"}
        for code, crs in (("xyz", "EPSG:3857"), ("wmts", "EPSG:4490"))
    ]  # fmt: skip
    environment = {
        **os.environ,
        "GRIDTWIN_DATA_DIR": str(folder / "data"),
        "GRIDTWIN_PORT": str(port),
        "GRIDTWIN_DEMO_PASSWORD": PASSWORD,
        "GRIDTWIN_DATABASE_URL": "",
        "GRIDTWIN_BACKGROUNDS": json.dumps(backgrounds),
    }
    output = folder / "output.txt"
    command = [str(Path(sys.executable).parent / "gridtwin")]
    with output.open("w") as log:
        process = subprocess.Popen([*command, "up", "--demo"], env=environment, stdout=log, stderr=log)
        try:
            url = f"http://127.0.0.1:{port}"
            deadline = time.monotonic() + 240
            while True:
                with contextlib.suppress(httpx.TransportError):
                    if httpx.get(f"{url}/readyz").status_code == 200:
                        break
                assert process.poll() is None, output.read_text()
                assert time.monotonic() < deadline, output.read_text()
                time.sleep(0.2)
            dsn = subprocess.run(
                [*command, "db-url"], env=environment, check=True, capture_output=True, text=True
            ).stdout.strip()
            yield Demo(url, PASSWORD, dsn, output)
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0, "Ctrl-C is a good end"
            local.discard(Settings(data_dir=folder / "data", database_url=None))
