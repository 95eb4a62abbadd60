"""Fixes of phones: history by day, and what fits no day."""

from __future__ import annotations

from pathlib import Path

from gis.migrations import run_sql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql(Path(__file__).parent / "0009_fixes.sql")
