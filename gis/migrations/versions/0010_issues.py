"""Issues: classes, states, events, photos and deadlines."""

from __future__ import annotations

from pathlib import Path

from gis.migrations import run_sql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql(Path(__file__).parent / "0010_issues.sql")
