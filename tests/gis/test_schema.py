"""The tables in Python are the tables in PostgreSQL."""

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

import gis.issues.tables
import gis.walls.tables  # noqa: F401 - its tables are part of the metadata
from gis import migrations
from gis.errors import SchemaBehind, UnknownSchema
from gis.schema import metadata

_POSTGIS = {"spatial_ref_sys", "alembic_version"}


@pytest.mark.filterwarnings("ignore:Did not recognize type")
def test_schema_py_describes_what_the_migrations_make(dsn):
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(dsn))
    with engine.connect() as connection:
        # types of PostGIS, ltree and xid8 are compared by their columns' existence, not by reflection
        context = MigrationContext.configure(
            connection,
            opts={"compare_type": False, "include_name": lambda name, kind, _: kind != "table" or name not in _POSTGIS},
        )
        differences = compare_metadata(context, metadata)
    engine.dispose()
    # indexes stand in the migration alone, with the reason above each
    assert [
        d for d in differences if not (isinstance(d, tuple) and d[0] in {"remove_index", "remove_constraint"})
    ] == []


def test_migrating_twice_changes_nothing(dsn):
    assert migrations.upgrade(dsn) == (migrations.head(), migrations.head())


def test_a_schema_from_the_future_is_refused_in_one_sentence(dsn, db):
    db.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(UnknownSchema, match="9999 is unknown to this program"):
        migrations.upgrade(dsn)
    with pytest.raises(UnknownSchema):
        migrations.require_head(db)


def test_a_database_without_schema_is_behind(server_dsn):
    with (
        psycopg.connect(server_dsn, autocommit=True) as connection,
        pytest.raises(SchemaBehind, match="gridtwin migrate"),
    ):
        migrations.require_head(connection)


def test_there_is_one_head():
    assert migrations.heads() == [migrations.head()]


def test_every_index_says_who_uses_it():
    from pathlib import Path

    for file in (Path(migrations.__file__).parent / "versions").glob("*.sql"):
        lines = file.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines):
            if line.startswith(("CREATE INDEX", "CREATE UNIQUE INDEX")):
                assert lines[number - 1].startswith("-- "), f"{file.name}:{number + 1}"
