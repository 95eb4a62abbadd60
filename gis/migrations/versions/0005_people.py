"""People of the grid with their posts, the hours in which positions are taken, and one-time codes for phones."""

from __future__ import annotations

from pathlib import Path

from gis.migrations import run_sql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql(Path(__file__).parent / "0005_people.sql")
