"""Where the workers are now, as a table."""

from __future__ import annotations

from pathlib import Path

from gis.migrations import run_sql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql(Path(__file__).parent / "0013_worker_now.sql")
