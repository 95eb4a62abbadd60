"""Imports know which areas they reached, so that their history has a scope."""

from __future__ import annotations

from pathlib import Path

from gis.migrations import run_sql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql(Path(__file__).parent / "0012_reach.sql")
