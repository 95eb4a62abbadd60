"""Scenes of walls say whether photos of issues are shown."""

from __future__ import annotations

from pathlib import Path

from gis.migrations import run_sql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql(Path(__file__).parent / "0021_wall_photos.sql")
