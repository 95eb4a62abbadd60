"""The embedded database after the worst: killed programs, killed servers, leftovers, full disks."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from gis.errors import ClusterFailed, DataDirUnusable, DiskFull, OtherMajorVersion
from gis.settings import Settings
from gridtwin.local import database, faults, places, processes

pytest_plugins = ["embedded"]

Hold = Callable[[Settings], "subprocess.Popen[str]"]
Folder = Callable[[str], Settings]


def cluster_of(settings: Settings) -> Path:
    return settings.data_dir / "database" / "cluster"


def server_of(settings: Settings) -> int:
    server = processes.postmaster(cluster_of(settings))
    assert server is not None
    return server


def write(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE issue AS SELECT 7 AS id")


def read(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT id FROM issue").fetchone()
    assert row is not None
    return int(row[0])


def held(program: subprocess.Popen[str]) -> str:
    assert program.stdout is not None
    return program.stdout.readline().strip()


def test_a_killed_server_starts_again_with_all_that_was_committed(settings: Settings, hold: Hold) -> None:
    program = hold(settings)
    write(held(program))
    killed = server_of(settings)
    os.kill(killed, signal.SIGKILL)
    with database(settings) as url:
        assert read(url) == 7
        assert server_of(settings) != killed


def test_a_killed_program_leaves_a_server_that_the_next_one_adopts_and_stops(settings: Settings, hold: Hold) -> None:
    program = hold(settings)
    write(held(program))
    orphan = server_of(settings)
    program.kill()
    program.wait()
    with database(settings) as url:
        assert server_of(settings) == orphan
        assert read(url) == 7
    assert processes.postmaster(cluster_of(settings)) is None


def test_program_and_server_killed_together_start_again(settings: Settings, hold: Hold) -> None:
    program = hold(settings)
    write(held(program))
    program.kill()
    os.kill(server_of(settings), signal.SIGKILL)
    program.wait()
    with database(settings) as url:
        assert read(url) == 7


def test_a_backend_that_outlives_its_server_is_ended(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "PATIENCE", 0.2)
    with database(settings) as url:
        write(url)
        stuck = psycopg.connect(url)
        backend = stuck.info.backend_pid
        os.kill(backend, signal.SIGSTOP)
        os.kill(server_of(settings), signal.SIGKILL)
        with database(settings) as again:
            assert read(again) == 7
            assert backend not in processes.members(cluster_of(settings))
        stuck.close()


def test_a_number_in_postmaster_pid_that_another_program_bears_by_now_is_no_obstacle(settings: Settings) -> None:
    """As after a restart of a container, where the numbers come round; root's own server runs as another user."""
    with database(settings) as url:
        write(url)
        lines = processes.pid_file(cluster_of(settings))
        lock = (settings.data_dir / "database/socket/.s.PGSQL.5432.lock").read_text().splitlines()
    place = places.existing(settings.data_dir)
    assert place is not None
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, user=place.owner.uid if os.geteuid() == 0 else None) as other:
        stale = (str(other.pid), *lines[1:])
        (cluster_of(settings) / "postmaster.pid").write_text("\n".join(stale) + "\n")
        (settings.data_dir / "database/socket/.s.PGSQL.5432.lock").write_text("\n".join((str(other.pid), *lock[1:])))
        shutil.chown(cluster_of(settings) / "postmaster.pid", place.owner.uid, place.owner.gid)
        with database(settings) as url:
            assert read(url) == 7
        assert other.poll() is None


def test_an_initdb_killed_half_way_is_done_again(settings: Settings, hold: Hold) -> None:
    program = hold(settings)
    home = settings.data_dir / "database"
    while not list(home.glob("cluster.new-*/PG_VERSION")):
        assert program.poll() is None
    program.kill()
    program.wait()
    assert not cluster_of(settings).exists()
    with database(settings) as url:
        write(url)
    assert cluster_of(settings).is_dir()


def test_leftovers_of_an_attempt_never_touch_a_filled_cluster(settings: Settings) -> None:
    with database(settings) as url:
        write(url)
    (settings.data_dir / "database" / "cluster.new-0").mkdir()
    with database(settings) as url:
        assert read(url) == 7


def test_a_lost_password_file_is_replaced(settings: Settings) -> None:
    with database(settings) as url:
        write(url)
    (settings.data_dir / "database/password").unlink()
    with database(settings) as url:
        assert read(url) == 7


def test_a_server_whose_socket_was_swept_away_is_restarted(settings: Settings, hold: Hold) -> None:
    write(held(hold(settings)))
    shutil.rmtree(settings.data_dir / "database/socket")
    with database(settings) as url:
        assert read(url) == 7


def test_data_of_another_major_version_is_refused_by_both_names(settings: Settings) -> None:
    with database(settings):
        pass
    (cluster_of(settings) / "PG_VERSION").write_text("9\n")
    with (
        pytest.raises(OtherMajorVersion, match=r"written by PostgreSQL 9, and PostgreSQL \d\d") as refused,
        database(settings),
    ):
        pass
    assert "PostgreSQL 9 写成" in refused.value.message("zh")


def test_a_server_that_does_not_start_says_why_in_one_line(settings: Settings) -> None:
    with database(settings):
        pass
    with (cluster_of(settings) / "postgresql.auto.conf").open("a") as conf:
        conf.write("shared_buffers = 'plenty'\n")
    with (
        pytest.raises(ClusterFailed, match='invalid value for parameter "shared_buffers": "plenty"') as failed,
        database(settings),
    ):
        pass
    assert "\n" not in str(failed.value)


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings = Settings(data_dir=tmp_path / "file" / "data", database_url=None)
    with pytest.raises(DataDirUnusable, match="Not a directory"), database(settings):
        pass


def test_too_little_space_is_said_before_anything_is_made(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults, "NEEDED_MB", 10**9)
    with pytest.raises(DiskFull, match=r"has \d+ MB left and at least 1000000000 MB are needed"), database(settings):
        pass
    assert not cluster_of(settings).exists()


@pytest.fixture
def small_disk(settings: Settings) -> Iterator[bool]:
    """A disk of 90 MB under the data folder, where this user may mount one."""
    settings.data_dir.mkdir(mode=0o711)
    command = ["mount", "-t", "tmpfs", "-o", "size=90m,mode=711", "tmpfs", str(settings.data_dir)]
    mounted = os.geteuid() == 0 and subprocess.run(command, capture_output=True, check=False).returncode == 0
    yield mounted
    if mounted:
        subprocess.run(["umount", "--lazy", str(settings.data_dir)], check=True)


def test_a_disk_that_fills_up_is_one_sentence_and_costs_no_data(
    settings: Settings, small_disk: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not small_disk:
        said = 'FATAL:  could not write lock file "postmaster.pid": No space left on device'
        assert isinstance(faults.failure(said, settings.data_dir.parent, settings.data_dir), DiskFull)
        return
    with pytest.raises(DiskFull), database(settings):
        pass
    monkeypatch.setattr(faults, "NEEDED_MB", 0)
    with database(settings) as url:
        write(url)
    ballast = settings.data_dir / "ballast"
    with ballast.open("wb") as file:
        space = os.statvfs(settings.data_dir)
        os.posix_fallocate(file.fileno(), 0, space.f_bavail * space.f_frsize)
    with pytest.raises(DiskFull) as full, database(settings):
        pass
    assert "\n" not in str(full.value)
    ballast.unlink()
    with database(settings) as url:
        assert read(url) == 7
