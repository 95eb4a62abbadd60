"""Addresses are found by what people type: full-width or not, by numbers of unit and room, by short names."""

from __future__ import annotations

from pathlib import Path

from gis.migrations import run_sql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql(Path(__file__).parent / "0003_address_search.sql")
