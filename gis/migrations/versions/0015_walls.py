"""Screens of walls, scenes of their tours."""

from __future__ import annotations

from pathlib import Path

from gis.migrations import run_sql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql(Path(__file__).parent / "0015_walls.sql")
