"""People of the grid from a table: one row a post. All of it or nothing, every finding at once.

A post that the file names again goes on, a grid's new worker ends the one before, and posts that the file doesn't name
stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg

from gis.access import people
from gis.access.people import POST_NAMES, PostRole
from gis.errors import UnreadableFile
from importers import mapping
from importers.findings import ERROR, WARNING, Finding, Findings
from importers.kinds import Field, Kind
from importers.posts import Row, write
from importers.readers import SeveralLayers, open_source
from importers.readers.source import CellError
from importers.request import ImportRequest
from importers.values import text

Connection = psycopg.Connection[Any]

KIND = Kind(
    "people", "post", "",
    (
        Field("id", "编号", aliases=("编号", "工号", "人员编号", "网格员编号"), required=True),
        Field("name", "姓名", aliases=("姓名", "名字"), required=True),
        Field("role", "岗位", aliases=("岗位", "职务", "角色", "类别"), required=True),
        Field("grid", "网格编码", aliases=("网格编码", "网格编号", "网格代码", "grid_code"), required=True),
        Field("building", "楼栋编码", aliases=("楼栋编码", "楼栋编号", "建筑编码", "building_code")),
        Field("unit", "单元", aliases=("单元", "单元号")),
        Field("phone", "手机", aliases=("手机", "手机号", "电话", "联系电话")),
        Field("from", "任职日期", aliases=("任职日期", "开始日期", "起始日期", "起")),
        Field("until", "离任日期", aliases=("离任日期", "结束日期", "截止日期", "止")),
        Field("deputy", "代理人编号", aliases=("代理人编号", "代理人", "代理")),
        Field("deputy_from", "代理开始", aliases=("代理开始", "代理开始日期")),
        Field("deputy_until", "代理结束", aliases=("代理结束", "代理结束日期")),
    ),
)  # fmt: skip
_ROLES: dict[str, PostRole] = {
    name: role for role, said in POST_NAMES.items() for name in (said.zh, role, said.en.lower())
}
_ID = re.compile(r"\w[\w.-]{0,59}")
_DATE = re.compile(r"(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*[-/.月]?\s*(\d{1,2})\s*日?")


@dataclass(frozen=True)
class Report:
    """What an import did: `passwords` of the accounts that it made, by worker; told this once."""

    findings: tuple[Finding, ...]
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    passwords: dict[str, str] | None = None

    @property
    def refused(self) -> bool:
        """Whether errors kept it from changing anything."""
        return any(finding.severity == ERROR for finding in self.findings)


class _TakenBack(Exception):
    """Ends the transaction of a dry run, or of an import that is refused."""


def run(dsn: str, file: Path, *, today: date, by: str, layer: str | None = None, dry_run: bool = False) -> Report:
    """Imports a table of people into the database at `dsn`; makes an account for whoever has none."""
    findings = Findings()
    report = Report(())
    try:
        with psycopg.connect(dsn, autocommit=True) as connection, connection.transaction():
            rows = list(_read(connection, file, layer, today, findings))
            _check_together(connection, rows, findings)
            if findings.errors:
                raise _TakenBack
            report = Report((), *write(connection, rows, today, by))
            for code, name in people.unattended(connection):
                findings.add("grid-unattended", WARNING, codes=(code,), value=name)
            if dry_run:
                raise _TakenBack
    except _TakenBack:
        pass  # the transaction is rolled back, which is all that was wanted
    except SeveralLayers as several:
        findings.add("several-layers", ERROR, layers=", ".join(several.layers))
    except UnreadableFile as unreadable:
        findings.add_unreadable(unreadable)
    made = None if dry_run else report.passwords
    return Report(tuple(findings), report.added, report.changed, report.unchanged, made)


def _read(connection: Connection, file: Path, layer: str | None, today: date, findings: Findings) -> Iterator[Row]:
    source = open_source(file, layer=layer)
    for remark in source.remarks:
        findings.add(remark.check, remark.severity, **remark.values)  # type: ignore[arg-type]
    mapped = mapping.match(KIND, source, ImportRequest("people", file), findings)
    mapping.require(KIND, mapped, source, findings, frozenset())
    if findings.errors:
        return
    grids = dict(connection.execute("SELECT code, id FROM grid_in_force").fetchall())
    buildings = dict(connection.execute("SELECT code, id FROM building WHERE code IS NOT NULL").fetchall())
    read = 0
    for batch in source.batches(sorted(set(mapped.columns.values()))):
        for at in range(batch.rows):
            number = batch.first_row + at
            given = {name: batch.columns[column][at] for name, column in mapped.columns.items()}
            if all(text(value) is None for value in given.values()):
                continue
            read += 1
            row = _row(given, number, today, grids, buildings, findings)
            if row is not None:
                yield row
    if not read:
        findings.add("no-rows", ERROR)


def _row(
    given: dict[str, Any],
    number: int,
    today: date,
    grids: dict[str, int],
    buildings: dict[str, int],
    findings: Findings,
) -> Row | None:
    before = findings.errors

    def wrong(check: str, value: object) -> None:
        findings.add(check, ERROR, rows=(number,), value=str(value)[:60])

    for name, value in given.items():
        if isinstance(value, CellError):
            findings.add("cell-error", ERROR, rows=(number,), field=name, field_zh=name, value=str(value)[:60])
    said = {field.name: text(given.get(field.name)) for field in KIND.fields}
    for field in KIND.fields:
        if field.required and said[field.name] is None:
            findings.add("value-missing", ERROR, rows=(number,), field=field.name, field_zh=field.title_zh)
    days = {name: _day(given.get(name)) for name in ("from", "until", "deputy_from", "deputy_until")}
    for name, day in days.items():
        if day is None and said[name] is not None:
            wrong("post-date-wrong", said[name])
    role = _ROLES.get((said["role"] or "").lower())
    if said["role"] and role is None:
        wrong("post-role-unknown", said["role"])
    if said["id"] and not _ID.fullmatch(said["id"]):
        wrong("person-id-form", said["id"])
    if said["grid"] and said["grid"] not in grids:
        wrong("post-grid-unknown", said["grid"])
    building = buildings.get(said["building"] or "")
    if (role in ("building_head", "unit_head") and building is None) or (role == "unit_head" and said["unit"] is None):
        wrong("post-building-missing", " ".join(filter(None, (said["building"], said["unit"]))) or "–")
    begins = days["from"] or today
    for first, last in ((begins, days["until"]), (days["deputy_from"] or begins, days["deputy_until"])):
        if last is not None and last < first:
            wrong("post-date-wrong", last)
    if findings.errors > before or role is None:
        return None
    return Row(
        number, said["id"] or "", said["name"] or "", role, said["grid"] or "", grids[said["grid"] or ""],
        building if role in ("building_head", "unit_head") else None,
        said["unit"] if role == "unit_head" else None,
        said["phone"] or "", begins, days["until"], said["deputy"], days["deputy_from"], days["deputy_until"],
    )  # fmt: skip


def _day(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    match = _DATE.fullmatch(text(value) or "")
    try:
        return date(*(int(part) for part in match.groups())) if match else None
    except ValueError:
        return None


def _check_together(connection: Connection, rows: list[Row], findings: Findings) -> None:
    known = {row[0] for row in connection.execute("SELECT id FROM worker")}
    taken = {
        row[0]
        for row in connection.execute(
            "SELECT username FROM account a WHERE NOT EXISTS"
            " (SELECT FROM worker w WHERE w.account_id = a.id AND w.id = a.username)"
        )
    }
    names: dict[str, str] = {}
    for row in rows:
        first = names.setdefault(row.id, row.name)
        if first != row.name:
            findings.add("person-name-differs", ERROR, rows=(row.number,), value=row.id, first=first, second=row.name)
        if row.id in taken:
            findings.add("account-taken", ERROR, rows=(row.number,), value=row.id)
    for row in rows:
        if row.deputy and (row.deputy == row.id or (row.deputy not in known and row.deputy not in names)):
            findings.add("post-deputy-unknown", ERROR, rows=(row.number,), value=row.deputy)
    by_grid: dict[int, list[Row]] = {}
    by_worker: dict[str, list[Row]] = {}
    for row in rows:
        if row.role != "grid_worker":
            continue
        for other in by_grid.setdefault(row.grid_id, []):
            if other.id != row.id and row.meets(other):
                findings.add(
                    "two-workers-a-grid", ERROR, rows=(other.number, row.number),
                    value=row.grid, first=other.name, second=row.name,
                )  # fmt: skip
        for other in by_worker.setdefault(row.id, []):
            if other.grid_id != row.grid_id and row.meets(other):
                findings.add(
                    "two-grids-a-worker", ERROR, rows=(other.number, row.number),
                    value=row.name, first=other.grid, second=row.grid,
                )  # fmt: skip
        by_grid[row.grid_id].append(row)
        by_worker[row.id].append(row)
