"""The embedded default: a private PostgreSQL with PostGIS, started and stopped with the program.

It is the same server as everywhere, so that nothing works in a demo and fails in production. Several
programs of one data folder share it; the last one to leave stops it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from gis.errors import DatabaseAway, DataDirUnusable
from gis.messages import Both
from gis.settings import Settings
from gridtwin.local import cluster, faults, places
from gridtwin.local.locks import Share, as_only_server, exclusively

__all__ = ["database", "discard", "leave_running", "revive", "server_lock", "stop"]

_IN_USE = Both("另一个程序正在使用其中的数据库。", "another program is using its database.")


@contextmanager
def database(settings: Settings, *, start: bool = True) -> Iterator[str]:
    """The libpq URL of the database in use, for as long as the context lasts.

    That is `settings.database_url` as it is, if set; else the embedded server, which is attached to if it
    runs and started if not. On leaving, the server is stopped unless another program uses it: each one holds
    a share that the kernel takes back even from a killed program, so a server that was orphaned is
    adopted by the next program and stopped by it.

    With `start=False` a server that doesn't run is not started: DatabaseAway. Besides, it raises
    PostgresMissing, PostgisMissing, DataDirUnusable, DiskFull, OtherMajorVersion and ClusterFailed.
    """
    if settings.database_url is not None:
        yield settings.database_url.get_secret_value()
        return
    place = places.prepare(settings.data_dir) if start else places.existing(settings.data_dir)
    if place is None:
        raise DatabaseAway()
    starting = settings.data_dir / "start.lock"
    with exclusively(starting):
        share = Share(settings.data_dir / "users.lock")
        try:
            url = _url(place, start=start)
        except BaseException:
            if share.is_last():
                cluster.stop(place)
            share.close()
            raise
    try:
        yield url
    finally:
        with exclusively(starting):
            try:
                if share.is_last():
                    cluster.stop(place)
            finally:
                share.close()


def server_lock(settings: Settings) -> AbstractContextManager[None]:
    """Makes this process the only server of the data folder. Raises AlreadyServing, naming the other."""
    places.make_data_dir(settings.data_dir)
    return as_only_server(settings.data_dir / "server.lock")


def revive(settings: Settings) -> bool:
    """Starts the embedded server again if it died while this program was using it; tells whether it had to.

    Raises what `database` raises.
    """
    place = places.existing(settings.data_dir)
    if place is None or cluster.running(place) is not None:
        return False
    with exclusively(settings.data_dir / "start.lock"):
        cluster.ensure_running(place)
    return True


def leave_running(settings: Settings) -> str:
    """The libpq URL of the database in use, started if need be and left running for programs that aren't ours.

    The next of our programs that leaves it as the last one stops it, as does `stop`.
    """
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    place = places.prepare(settings.data_dir)
    with exclusively(settings.data_dir / "start.lock"):
        return _url(place, start=True)


def stop(settings: Settings) -> bool:
    """Stops the embedded server; tells whether it ran. Raises DataDirUnusable while a program uses it."""
    place = places.existing(settings.data_dir)
    if place is None or cluster.running(place) is None:
        return False
    with exclusively(settings.data_dir / "start.lock"):
        share = Share(settings.data_dir / "users.lock")
        try:
            if not share.is_last():
                raise DataDirUnusable(path=settings.data_dir, why=_IN_USE)
            cluster.stop(place)
        finally:
            share.close()
    return True


def discard(settings: Settings) -> None:
    """Deletes the embedded database of a data folder for good. Raises DataDirUnusable while it is in use."""
    place = places.existing(settings.data_dir)
    if place is None:
        return
    with exclusively(settings.data_dir / "start.lock"):
        share = Share(settings.data_dir / "users.lock")
        try:
            if not share.is_last():
                raise DataDirUnusable(path=place.home, why=_IN_USE)
            cluster.stop(place)
            shutil.rmtree(place.home)
            link = settings.data_dir / "database"
            if link.is_symlink():
                link.unlink()
        finally:
            share.close()


def _url(place: places.Places, *, start: bool) -> str:
    try:
        url = cluster.ensure_running(place) if start else cluster.running(place)
    except OSError as fault:
        raise faults.of_system(fault, place.home) from fault
    if url is None:
        raise DatabaseAway()
    return url
