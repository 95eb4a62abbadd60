"""Facility categories by their code or their Chinese or English name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

from importers.findings import ERROR, Findings
from importers.kinds import Field


def resolve(connection: psycopg.Connection[Any], fields: Sequence[Field], findings: Findings) -> None:
    """Turns the names in `staged.category` into codes; an unknown one is an error that lists the known."""
    if not any(field.name == "category" for field in fields):
        return
    connection.execute(
        "UPDATE staged s SET category = c.code FROM facility_category c"
        " WHERE s.category <> c.code AND lower(s.category) IN (lower(c.code), c.name_zh, lower(c.name_en))"
    )
    unknown = connection.execute(
        "SELECT category, array_agg(row ORDER BY row) FROM staged"
        " WHERE category NOT IN (SELECT code FROM facility_category) GROUP BY category ORDER BY min(row)"
    ).fetchall()
    if not unknown:
        return
    known = ", ".join(
        f"{code} ({name})" for code, name in connection.execute("SELECT code, name_zh FROM facility_category")
    )
    for category, rows in unknown:
        findings.add(
            "unknown-category", ERROR, rows=tuple(rows), size=len(rows), unit="rows", value=category, known=known
        )
