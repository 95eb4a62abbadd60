"""Imports can be taken back, and remember how a file of the same shape was mapped."""

from __future__ import annotations

from pathlib import Path

from gis.migrations import run_sql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql(Path(__file__).parent / "0002_imports.sql")
