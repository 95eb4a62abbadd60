"""Making, starting and stopping the embedded PostgreSQL cluster.

Call these only while holding start.lock: they assume that nobody else starts or stops it.
"""

from __future__ import annotations

import os
import secrets
import shutil
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import psycopg

from gis.errors import ClusterFailed, DatabaseAway, OtherMajorVersion
from gis.messages import Both
from gridtwin.local import faults, processes, tuning
from gridtwin.local.installation import Installation, installation, installations
from gridtwin.local.owner import open_owned
from gridtwin.local.places import PORT, Places, private_folder, socket_folder

ROLE = "gridtwin"
DATABASE = "gridtwin"

_STARTING = "cluster.new-"
_TRIES = 3
_RECOVERY_SECONDS = 600  # a big database may replay its log for minutes after a power cut
_READY_SECONDS = 30  # one that calls itself ready has to answer within this
_NOT_READY = Both("它正在运行，但没有准备就绪。", "it runs and doesn't become ready.")
_SOCKET_LINE, _STATUS_LINE = 4, 7  # of postmaster.pid, from 0


def ensure_running(places: Places) -> str:
    """The DSN of the running server, which is made and started if it has to be."""
    if processes.postmaster(places.cluster) is not None:
        attached = _attach(places)
        if attached is not None:
            return attached
        stop(places)  # it runs, but its socket was swept away: nobody can reach it
    postgres = matching_installation(places)
    faults.check_space(places.home)
    if not places.cluster.exists():
        _create(places, postgres)
    elif not places.password.exists():
        _new_password(places, postgres)
    _start(places, postgres)
    attached = _attach(places)
    if attached is None:
        raise DatabaseAway()
    return attached


def running(places: Places) -> str | None:
    """The DSN of the server if it runs."""
    return _attach(places) if processes.postmaster(places.cluster) is not None else None


def stop(places: Places) -> None:
    """Stops the server, if it runs: open transactions are rolled back; after 30 s without ceremony.

    Either way nothing that was committed is lost.
    """
    if processes.postmaster(places.cluster) is None:
        return
    socket = _socket_in_use(places)
    postgres = matching_installation(places)
    for mode in ("fast", "immediate"):
        done = places.owner.run(_pg_ctl(postgres, places, "stop", seconds=30, mode=mode))
        if done.returncode == 0 or processes.postmaster(places.cluster) is None:
            if socket is not None and not socket.is_relative_to(places.home):
                with suppress(OSError):  # a short folder elsewhere is not left behind
                    socket.rmdir()
            return
    raise ClusterFailed(why=faults.reason(done.stdout), log=places.log)


def made_by(places: Places) -> int | None:
    """The major version of PostgreSQL that wrote the cluster; None when there is no cluster."""
    try:
        return int((places.cluster / "PG_VERSION").read_text().split(".")[0])
    except (FileNotFoundError, ValueError):
        return None


def matching_installation(places: Places) -> Installation:
    """The installed PostgreSQL that can serve the cluster. Raises OtherMajorVersion, PostgresMissing."""
    written_by = made_by(places)
    installed = [one.major for one in installations()]
    if written_by is not None and installed and written_by not in installed:
        raise OtherMajorVersion(
            path=places.home, found=written_by, installed=", ".join(map(str, installed)), log=places.log
        )
    return installation(written_by)


def dsn(places: Places, socket: Path) -> str:
    """The libpq URL of the database, as psql, SQLAlchemy and GDAL understand it."""
    password = places.password.read_text().strip()
    return f"postgresql://{ROLE}:{quote(password)}@/{DATABASE}?host={quote(str(socket))}&port={PORT}"


def _attach(places: Places) -> str | None:
    """The DSN of a server that runs; waits for one that is just starting, recovering, stopping or dying.

    None when it has ended or its socket is gone.
    """
    now = time.monotonic()
    give_up, complaint = now + _RECOVERY_SECONDS, ""
    while processes.postmaster(places.cluster) is not None:
        if time.monotonic() > give_up:
            raise ClusterFailed(why=faults.reason(complaint) or _NOT_READY, log=places.log)
        socket = _socket_in_use(places)
        if socket is not None and _is_ready(places):
            if not (socket / f".s.PGSQL.{PORT}").exists():
                return None
            url = dsn(places, private_folder(socket, places.owner))
            complaint = _complaint(url, places)
            if not complaint:
                return url
            give_up = min(give_up, now + _READY_SECONDS)
        time.sleep(0.05)
    return None


def _complaint(url: str, places: Places) -> str:
    """Why a connection fails at this moment; empty when it doesn't."""
    try:
        psycopg.connect(url, connect_timeout=10).close()
    except psycopg.OperationalError as fault:
        if "password authentication failed" in str(fault):
            why = Both(
                f"密码文件 {places.password} 与数据库不符。",
                f"the password in {places.password} is not the database's.",
            )
            raise ClusterFailed(why=why, log=places.log) from fault
        return str(fault)
    return ""


def _is_ready(places: Places) -> bool:
    lines = processes.pid_file(places.cluster)
    return len(lines) > _STATUS_LINE and lines[_STATUS_LINE].strip() == "ready"


def _create(places: Places, postgres: Installation) -> None:
    """Makes the cluster beside its place and renames it when it is complete.

    So a cluster that bears its name is complete, whatever killed an earlier attempt, and only folders that
    never bore it are removed.
    """
    for unfinished in places.home.glob(f"{_STARTING}*"):
        shutil.rmtree(unfinished, ignore_errors=True)
    _write_password(places)
    new = places.home / f"{_STARTING}{secrets.token_hex(4)}"
    options = ["--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums", "--no-instructions"]
    access = [f"--username={ROLE}", "--auth=scram-sha-256", f"--pwfile={places.password}"]
    made = places.owner.run([postgres.program("initdb"), "-D", str(new), *options, *access])
    if made.returncode != 0:
        shutil.rmtree(new, ignore_errors=True)
        raise faults.failure(made.stdout, places.home, places.log)
    with open_owned(new / "postgresql.conf", places.owner) as conf:
        conf.write(b"\ninclude_if_exists = 'gridtwin.conf'\n")
    _single_user(places, postgres, new, f"CREATE DATABASE {DATABASE}")
    new.rename(places.cluster)
    _sync(places.home)


def _new_password(places: Places, postgres: Installation) -> None:
    """Gives the role a new password when its file was lost."""
    _clear_leftovers(places)
    _write_password(places)
    password = places.password.read_text().strip()
    _single_user(places, postgres, places.cluster, f"ALTER ROLE {ROLE} PASSWORD '{password}'")


def _single_user(places: Places, postgres: Installation, cluster: Path, statement: str) -> None:
    """Runs one statement without starting a server that anybody could connect to."""
    command = [
        postgres.program("postgres"),
        "--single",
        "-D",
        str(cluster),
        "-c",
        "exit_on_error=on",
        "postgres",
    ]
    done = places.owner.run(command, stdin=statement + "\n")
    if done.returncode != 0:
        raise faults.failure(done.stdout, places.home, places.log)


def _write_password(places: Places) -> None:
    if places.password.exists() and places.password.stat().st_size > 0:
        return
    with open_owned(places.password, places.owner, truncate=True) as file:
        file.write(secrets.token_urlsafe(24).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _start(places: Places, postgres: Installation) -> None:
    """Starts the server, clearing away first what a crash has left; raises what its log says."""
    socket = socket_folder(places)
    values = tuning.settings(
        tuning.this_machine(places.home), socket=socket, log=places.log, port=PORT, lz4=postgres.lz4
    )
    with open_owned(places.cluster / "gridtwin.conf", places.owner, truncate=True) as conf:
        conf.write(tuning.as_conf(values).encode())
    command = _pg_ctl(postgres, places, "start", seconds=_RECOVERY_SECONDS)
    for attempt in range(1, _TRIES + 1):
        _clear_leftovers(places, socket)
        places.start_log.unlink(missing_ok=True)
        said = faults.Said(places.log)
        if places.owner.start(command, places.start_log) == 0:
            return
        text = said.text()
        in_the_way = "already exists" in text or "pre-existing shared memory block" in text
        if not in_the_way or attempt == _TRIES:
            raise faults.failure(text, places.home, places.log)


def _clear_leftovers(places: Places, socket: Path | None = None) -> None:
    """Removes what a killed server left: orphaned backends, its process number, its socket.

    PostgreSQL itself believes a number in postmaster.pid whenever any process of the same user bears it.
    """
    if processes.postmaster(places.cluster) is not None:
        return
    processes.end_orphans(places.cluster)
    (places.cluster / "postmaster.pid").unlink(missing_ok=True)
    if socket is not None:
        for name in (f".s.PGSQL.{PORT}", f".s.PGSQL.{PORT}.lock"):
            (socket / name).unlink(missing_ok=True)


def _socket_in_use(places: Places) -> Path | None:
    """The folder in which the running server has put its socket; None while it hasn't said so."""
    lines = processes.pid_file(places.cluster)
    return Path(lines[_SOCKET_LINE]) if len(lines) > _SOCKET_LINE and lines[_SOCKET_LINE] else None


def _pg_ctl(postgres: Installation, places: Places, action: str, *, seconds: int, mode: str | None = None) -> list[str]:
    """The command that starts or stops the server and waits until it has."""
    command = [postgres.program("pg_ctl"), action, "-D", str(places.cluster), "-w", "-t", str(seconds)]
    return command if mode is None else [*command, "-m", mode]


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
