"""What the phone and the desk ask of issues: whose phone reported one, and when the next deadline is."""

from __future__ import annotations

from pathlib import Path

from gis.migrations import run_sql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql(Path(__file__).parent / "0014_desk.sql")
