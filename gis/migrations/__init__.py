"""The schema's versions, and how a database gets from one to the next.

Every command asks for the version; Alembic and SQLAlchemy, a second of loading, come only where something migrates.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from gis.errors import PostgisMissing, SchemaBehind, UnknownSchema

if TYPE_CHECKING:
    from alembic.config import Config

_VERSIONS = Path(__file__).parent / "versions"
_SAYS = re.compile(r'^(revision|down_revision)(?:: [^=]+)? = (?:"(\w+)"|None)$', re.MULTILINE)
_LOCK = 7_133_001  # advisory lock: two programs that start at once migrate one after the other


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    return config


@cache
def known_versions() -> tuple[str, ...]:
    """All versions that this program knows, newest first; read from the files' text."""
    said = (dict(_SAYS.findall(file.read_text(encoding="utf-8"))) for file in _VERSIONS.glob("[0-9]*.py"))
    follower = {one["down_revision"]: one["revision"] for one in said}
    versions: list[str] = []
    while (version := follower.get(versions[-1] if versions else "")) is not None:
        versions.append(version)
    return tuple(reversed(versions))


def heads() -> list[str]:
    """The versions that no other follows: there has to be one."""
    from alembic.script import ScriptDirectory

    return list(ScriptDirectory.from_config(_config()).get_heads())


def head() -> str:
    """The version that this program needs."""
    return known_versions()[0]


def run_sql(file: Path) -> None:
    """Runs a whole .sql file in the migration's transaction (`:` and `%` are taken as they stand)."""
    from alembic import op

    connection = op.get_bind()
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)  # noqa: S101 - narrows the type of our own engine
    driver.execute(file.read_bytes())


def current_version(connection: psycopg.Connection) -> str | None:
    """The version of a database, None when it has no schema yet."""
    row = connection.execute("SELECT to_regclass('public.alembic_version') IS NOT NULL").fetchone()
    if row is None or not row[0]:
        return None
    row = connection.execute("SELECT version_num FROM public.alembic_version").fetchone()
    return None if row is None else str(row[0])


def require_head(connection: psycopg.Connection) -> None:
    """Raises UnknownSchema or SchemaBehind unless the database has the version that this program needs."""
    found = current_version(connection)
    known = known_versions()
    if found is not None and found not in known:
        raise UnknownSchema(found=found, known=known[0])
    if found != known[0]:
        raise SchemaBehind(found=found or "0", known=known[0])


def upgrade(dsn: str) -> tuple[str | None, str]:
    """Brings a database to the newest version; returns (version before, version after).

    Raises UnknownSchema when it is newer than this program, PostgisMissing when an extension can't be made.
    """
    with psycopg.connect(dsn, autocommit=True) as guard:
        guard.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        before = current_version(guard)
        if before is not None and before not in known_versions():
            raise UnknownSchema(found=before, known=head())
        if before != head():
            _run(dsn)
        return before, head()


def _run(dsn: str) -> None:
    from alembic import command
    from sqlalchemy import create_engine

    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(dsn))
    config = _config()
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except (psycopg.errors.UndefinedFile, psycopg.errors.FeatureNotSupported) as absent:
        raise PostgisMissing(extension="postgis, ltree, pg_trgm, btree_gist", why=_line(absent)) from absent
    except psycopg.errors.InsufficientPrivilege as forbidden:
        raise PostgisMissing(extension="postgis", why=_line(forbidden)) from forbidden
    finally:
        engine.dispose()


def _line(error: psycopg.Error) -> str:
    return (error.diag.message_primary or str(error)).strip()
