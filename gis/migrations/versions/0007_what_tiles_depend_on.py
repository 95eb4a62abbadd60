"""What a tile shows besides its own rows is noted: plans, levels, codes of areas."""

from __future__ import annotations

from pathlib import Path

from gis.migrations import run_sql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql(Path(__file__).parent / "0007_what_tiles_depend_on.sql")
