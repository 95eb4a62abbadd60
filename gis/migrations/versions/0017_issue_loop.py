"""The loop whole: levels, pauses, callers of the hotline, webhooks; counts that triggers keep."""

from __future__ import annotations

from pathlib import Path

from gis.migrations import run_sql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql(Path(__file__).parent / "0017_issue_loop.sql")
    run_sql(Path(__file__).parent / "0017_issue_tally.sql")
