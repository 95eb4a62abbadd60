"""Phones: each with a token of its own, for one worker."""

from __future__ import annotations

from pathlib import Path

from gis.migrations import run_sql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql(Path(__file__).parent / "0004_devices.sql")
