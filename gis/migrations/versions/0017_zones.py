"""Zones, patrol targets, and what tracks say about them."""

from __future__ import annotations

from pathlib import Path

from gis.migrations import run_sql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql(Path(__file__).parent / "0017_zones.sql")
