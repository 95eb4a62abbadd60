"""Sums of classes by month; what presses is found without reading all."""

from __future__ import annotations

from pathlib import Path

from gis.migrations import run_sql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql(Path(__file__).parent / "0020_issue_months.sql")
