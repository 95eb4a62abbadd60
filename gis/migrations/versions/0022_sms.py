"""SMS gateways beside webhooks."""

from __future__ import annotations

from pathlib import Path

from gis.migrations import run_sql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql(Path(__file__).parent / "0022_sms.sql")
