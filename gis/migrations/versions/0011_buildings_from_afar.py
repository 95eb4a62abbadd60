"""Buildings as they are drawn from afar."""

from __future__ import annotations

from pathlib import Path

from gis.migrations import run_sql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql(Path(__file__).parent / "0011_buildings_from_afar.sql")
