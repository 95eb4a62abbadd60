"""Limits of one level of the loop."""

from __future__ import annotations

from pathlib import Path

from gis.migrations import run_sql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql(Path(__file__).parent / "0019_issue_levels.sql")
