"""The embedded database in quiet times: who may reach it, who shares it, and where it lies."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, text

from gis.errors import AlreadyServing, DatabaseAway, DataDirUnusable
from gis.settings import Settings
from gridtwin.local import database, discard, leave_running, places, processes, revive, server_lock, stop
from gridtwin.local.installation import installation

pytest_plugins = ["embedded"]

Hold = Callable[[Settings], "subprocess.Popen[str]"]
Folder = Callable[[str], Settings]
Running = tuple[Settings, str]


def server_of(settings: Settings) -> int | None:
    return processes.postmaster(settings.data_dir / "database" / "cluster")


def answer(url: str, query: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [str(value) for row in connection.execute(query) for value in row]


def test_it_is_a_private_utf8_server_that_loses_nothing_and_listens_on_no_network(running: Running) -> None:
    expected = {
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "data_checksums": "on",
        "listen_addresses": "",
        "jit": "off",
        "TimeZone": "UTC",
        "server_encoding": "UTF8",
        "password_encryption": "scram-sha-256",
        "unix_socket_permissions": "0700",
    }
    _settings, url = running
    found = {name: answer(url, f"SHOW {name}")[0] for name in expected}
    collation = answer(url, "SELECT datcollate FROM pg_database WHERE datname = current_database()")
    who = answer(url, "SELECT current_user, current_database()")
    assert found == expected
    assert collation == ["C.UTF-8"]
    assert who == ["gridtwin", "gridtwin"]


def test_nobody_gets_in_without_the_password(running: Running) -> None:
    settings, url = running
    rules = (settings.data_dir / "database/cluster/pg_hba.conf").read_text().splitlines()
    methods = {rule.split()[-1] for rule in rules if rule.strip() and not rule.startswith("#")}
    password = (settings.data_dir / "database/password").read_text().strip()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url.replace(password, "guessed"))
    with pytest.raises(psycopg.OperationalError, match="no password supplied"):
        psycopg.connect(url.replace(f":{password}", ""))
    assert methods == {"scram-sha-256"}


def test_only_the_servers_user_can_open_its_folder_password_and_socket(running: Running) -> None:
    settings, _url = running
    home = settings.data_dir / "database"
    modes = {name: stat.S_IMODE((home / name).stat().st_mode) for name in (".", "password", "socket")}
    assert modes == {".": 0o700, "password": 0o600, "socket": 0o700}


def test_the_server_runs_as_an_ordinary_user_in_a_session_of_its_own(running: Running) -> None:
    settings, _url = running
    server = server_of(settings)
    assert server is not None
    runs_as = Path(f"/proc/{server}").stat().st_uid
    assert runs_as != 0
    assert runs_as == (os.geteuid() or pwd.getpwnam("postgres").pw_uid)
    assert os.getsid(server) != os.getsid(0)


def test_psql_sqlalchemy_and_gdal_understand_the_url(running: Running) -> None:
    _settings, url = running
    subprocess.run(
        [
            installation().program("psql"),
            url,
            "-qc",
            "CREATE EXTENSION postgis; CREATE TABLE building (id int, geom geometry(Point, 4326))",
        ],
        check=True,
    )
    layers = subprocess.run(["ogrinfo", "-ro", f"PG:{url}"], check=True, capture_output=True, text=True)
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM building")).scalar_one() == 0
    engine.dispose()
    assert "building" in layers.stdout


def test_who_comes_second_shares_the_server_and_who_leaves_last_stops_it(settings: Settings, hold: Hold) -> None:
    with database(settings):
        server = server_of(settings)
        assert server is not None
        with database(settings, start=False) as url:
            assert answer(url, "SELECT 1") == ["1"]
            assert server_of(settings) == server
        other = hold(settings)
        assert other.stdout is not None
        shared = other.stdout.readline().strip()
        assert server_of(settings) == server
    assert answer(shared, "SELECT 1") == ["1"]
    assert server_of(settings) == server
    other.communicate("")
    assert server_of(settings) is None


def test_what_was_written_is_there_at_the_next_start(settings: Settings) -> None:
    with database(settings) as url, psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE grid AS SELECT 7 AS code")
    with database(settings) as url:
        assert answer(url, "SELECT code FROM grid") == ["7"]


def test_an_operators_own_setting_outlives_a_restart(settings: Settings) -> None:
    with database(settings) as url, psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET work_mem = '7MB'")
    with database(settings) as url:
        assert answer(url, "SHOW work_mem") == ["7MB"]


def test_two_data_folders_run_side_by_side(folder: Folder) -> None:
    with database(folder("east")) as east, database(folder("west")) as west:
        with psycopg.connect(east) as connection:
            connection.execute("CREATE TABLE grid ()")
        assert answer(east, "SELECT count(*) FROM pg_tables WHERE tablename = 'grid'") == ["1"]
        assert answer(west, "SELECT count(*) FROM pg_tables WHERE tablename = 'grid'") == ["0"]


@pytest.mark.parametrize("name", ["网格, 数字 'twin'", "d" * 90], ids=["odd signs", "long"])
def test_a_data_folder_that_no_socket_path_can_name_works(folder: Folder, name: str) -> None:
    settings = folder(name)
    with database(settings) as url:
        socket = Path(answer(url, "SHOW unix_socket_directories")[0])
        assert answer(url, "SELECT 1") == ["1"]
        assert not socket.is_relative_to(settings.data_dir)
        assert stat.S_IMODE(socket.stat().st_mode) == 0o700
    assert not socket.exists()


def test_a_short_socket_folder_that_somebody_else_laid_out_is_refused(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = folder("d" * 90)
    place = places.prepare(settings.data_dir)
    trap = places.socket_folder(place)
    trap.rmdir()
    trap.symlink_to(settings.data_dir)
    try:
        with pytest.raises(DataDirUnusable, match=str(trap)), database(settings):
            pass
    finally:
        trap.unlink()


def test_a_folder_closed_to_the_servers_user_is_no_obstacle(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    settings = Settings(data_dir=tmp_path / "data", database_url=None)
    with database(settings) as url:
        assert answer(url, "SELECT 1") == ["1"]
        home = (settings.data_dir / "database").resolve()
    assert home.is_relative_to(places.ELSEWHERE if os.geteuid() == 0 else settings.data_dir)
    discard(settings)
    assert not home.exists()


def test_a_moved_data_folder_takes_its_data_along(tmp_path: Path) -> None:
    before = Settings(data_dir=tmp_path / "before", database_url=None)
    with database(before) as url, psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE grid AS SELECT 7 AS code")
    before.data_dir.rename(tmp_path / "after")
    after = Settings(data_dir=tmp_path / "after", database_url=None)
    with database(after) as url:
        assert answer(url, "SELECT code FROM grid") == ["7"]
    discard(after)


def test_a_copied_link_to_a_database_is_refused(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    original, copy = folder("original"), folder("copy")
    elsewhere = original.data_dir.parent / "elsewhere"
    home = elsewhere / "1234"
    places.make_data_dir(original.data_dir)
    elsewhere.mkdir(mode=0o711)
    place = places.prepare(original.data_dir)
    place.home.rename(home)
    (original.data_dir / "database").symlink_to(home)
    (home / "belongs-to").write_text(str(original.data_dir))
    shutil.copytree(original.data_dir, copy.data_dir, symlinks=True)
    with pytest.raises(DataDirUnusable, match="is a copy of"), database(copy):
        pass
    shutil.rmtree(copy.data_dir)


def test_a_database_that_is_set_is_used_as_it_is(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, database_url="postgresql://city@db.example/twin")
    with database(settings) as url:
        assert url == "postgresql://city@db.example/twin"
    assert list(tmp_path.iterdir()) == []


def test_who_must_not_start_it_is_told_that_it_is_away(settings: Settings) -> None:
    with pytest.raises(DatabaseAway), database(settings, start=False):
        pass
    with database(settings):
        pass
    with pytest.raises(DatabaseAway), database(settings, start=False):
        pass


def test_a_second_server_is_refused_and_told_who_is_first(settings: Settings) -> None:
    with server_lock(settings):
        with pytest.raises(AlreadyServing) as refused, server_lock(settings):
            pass
        assert refused.value.values == {"pid": str(os.getpid()), "path": settings.data_dir}
    with server_lock(settings):
        pass


def test_a_database_in_use_is_not_discarded(settings: Settings) -> None:
    with database(settings), pytest.raises(DataDirUnusable, match="is using"):
        discard(settings)
    discard(settings)
    assert not (settings.data_dir / "database").exists()


def test_it_can_be_left_running_for_other_programs_and_stopped(settings: Settings) -> None:
    url = leave_running(settings)
    assert answer(url, "SELECT 1") == ["1"]
    assert stop(settings)
    assert server_of(settings) is None
    assert not stop(settings)


def test_it_is_not_stopped_under_a_program_that_uses_it(settings: Settings) -> None:
    with database(settings) as url:
        with pytest.raises(DataDirUnusable, match="is using"):
            stop(settings)
        assert answer(url, "SELECT 1") == ["1"]


def test_who_uses_it_can_bring_it_back(settings: Settings) -> None:
    with database(settings) as url:
        assert not revive(settings)
        server = server_of(settings)
        assert server is not None
        os.kill(server, signal.SIGKILL)
        assert revive(settings)
        assert answer(url, "SELECT 1") == ["1"]
