"""Accounts are managed, walls and keys sign in, and what was done is recorded."""

from __future__ import annotations

from pathlib import Path

from gis.migrations import run_sql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql(Path(__file__).parent / "0006_access.sql")
