"""The schema's versions, and how a database gets from one to the next."""

from __future__ import annotations

from pathlib import Path

import psycopg
from alembic import command, op
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.engine import Connection

from gis.errors import PostgisMissing, SchemaBehind, UnknownSchema

_LOCK = 7_133_001  # advisory lock: two programs that start at once migrate one after the other


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    return config


def known_versions() -> list[str]:
    """All versions that this program knows, newest first."""
    return [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()]


def heads() -> list[str]:
    """The versions that no other follows: there has to be one."""
    return list(ScriptDirectory.from_config(_config()).get_heads())


def head() -> str:
    """The version that this program needs."""
    return known_versions()[0]


def run_sql(file: Path) -> None:
    """Runs a whole .sql file in the migration's transaction (`:` and `%` are taken as they stand)."""
    connection: Connection = op.get_bind()
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
