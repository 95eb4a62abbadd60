"""A piece of ground is named in the middle of its outline."""

from __future__ import annotations

from pathlib import Path

from gis.migrations import run_sql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql(Path(__file__).parent / "0008_ground_labels.sql")
