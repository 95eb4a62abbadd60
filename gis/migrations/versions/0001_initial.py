"""The first schema: tables, and the outbox with its statement-level triggers."""

from __future__ import annotations

from pathlib import Path

from gis.migrations import run_sql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    here = Path(__file__).parent
    run_sql(here / "0001_initial.sql")
    run_sql(here / "0001_triggers.sql")
