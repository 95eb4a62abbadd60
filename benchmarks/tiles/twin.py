"""The database that all servers read: Tokyo's buildings and Cambridge's blocks, as the importers load them."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg

from benchmarks.imports import TOKYO
from gis.access.accounts import create, hash_password
from gis.access.roles import Role
from gis.migrations import upgrade
from gis.settings import Settings
from gridtwin import local
from importers.load import run
from importers.request import ImportRequest
from tiles import afar

BLOCKS = TOKYO.parents[1] / "cambridge" / "DEMOGRAPHICS_AdjustedBlocks2020.geojson.gz"
PASSWORD = "a benchmark's password"  # noqa: S105 - of a database that lives for minutes
# what a user of other servers has: shapes in 4326 with an index, and the properties that we send
_PEERS = """
CREATE SCHEMA peers;
CREATE TABLE peers.buildings_4326 AS
  SELECT id, code, name, height, levels, use, estate, units, households, geom FROM building ORDER BY id;
CREATE TABLE peers.areas_4326 AS SELECT id, code, name, level, geom FROM area ORDER BY id;
CREATE VIEW peers.buildings_3857 AS
  SELECT id, code, name, height, levels, use, estate, units, households, geom_3857::geometry(Geometry, 3857) AS geom
  FROM building;
CREATE VIEW peers.areas_3857 AS SELECT id, code, name, level, geom_3857::geometry(Geometry, 3857) AS geom FROM area;
ALTER TABLE peers.buildings_4326 ADD PRIMARY KEY (id);
ALTER TABLE peers.areas_4326 ADD PRIMARY KEY (id);
CREATE INDEX ON peers.buildings_4326 USING gist (geom);
CREATE INDEX ON peers.areas_4326 USING gist (geom);
"""


def there() -> bool:
    """Whether the real data lies beside the project."""
    return TOKYO.exists() and BLOCKS.exists()


@contextlib.contextmanager
def twin() -> Iterator[str]:
    """The URL of a database with both, and an account `bench` that sees everything; deleted at the end."""
    with tempfile.TemporaryDirectory(prefix="gridtwin-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        settings = Settings(data_dir=Path(folder) / "data", database_url=None)
        with local.database(settings) as dsn:
            upgrade(dsn)
            run(dsn, ImportRequest("buildings", TOKYO, columns={"code": "building_id"}, by="benchmark"))
            blocks = ImportRequest(
                "areas", BLOCKS, columns={"code": "GEOID20", "name": "GEOID20"}, constants={"level": "community"},
                by="benchmark",
            )  # fmt: skip
            report = run(dsn, blocks)
            assert not report.refused, report.findings[:3]
            with psycopg.connect(dsn, autocommit=True) as connection:
                connection.execute(_PEERS)
                connection.execute("VACUUM ANALYZE")
                create(connection, "bench", hash_password(PASSWORD), Role.ADMINISTRATOR)
            afar.renew(dsn)
            yield dsn
        local.discard(settings)
