"""Where somebody has passed, by day and map cell."""

from __future__ import annotations

from pathlib import Path

from gis.migrations import run_sql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql(Path(__file__).parent / "0016_passed.sql")
