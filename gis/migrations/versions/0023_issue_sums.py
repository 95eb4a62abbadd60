"""Sums of issues up the hierarchy; recurring places from an index."""

from __future__ import annotations

from pathlib import Path

from gis.migrations import run_sql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql(Path(__file__).parent / "0023_issue_sums.sql")
