"""Issues from and to CSV: what a hotline exports, what a spreadsheet opens."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gis.access.accounts import Account
from gis.addresses import search
from gis.errors import BadRequest, Taken
from gis.issues import places
from gis.issues.intake import OUTSIDE, SOURCES, Report, check_year, enabled, moment, no_class, prepared, store
from gis.issues.learned import Learned
from gis.issues.visible import predicate, require_hand
from gis.messages import Both
from gis.service import Service

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "text": ("text", "内容", "事件内容", "诉求内容", "描述", "反映内容"),
    "lon": ("lon", "lng", "longitude", "经度"),
    "lat": ("lat", "latitude", "纬度"),
    "address": ("address", "place", "地址", "地点", "事发地址", "位置"),
    "at": ("at", "reported_at", "time", "时间", "上报时间", "来电时间", "受理时间"),
    "source": ("source", "来源", "事件来源"),
    "class": ("class", "类别", "类别代码", "事件类别"),
    "order_number": ("order_number", "工单号", "工单编号"),
    "caller_name": ("caller_name", "来电人", "联系人", "姓名"),
    "caller_phone": ("caller_phone", "电话", "联系电话", "来电号码"),
    "id": ("id", "编号"),
}
"""Our name -> what a file may call the column."""
_MOST = 5000
_TOLD = 200  # findings
_LONGEST = {
    "text": 2000, "id": 60, "order_number": 60, "caller_name": 60, "caller_phone": 30, "at": 60, "source": 20,
    "class": 4, "lon": 60, "lat": 60, "address": 200,
}  # fmt: skip
"""Characters that a cell may have, as in a report over HTTP."""
_EXPORTED = {"id", "reported_at", "state", "made_up"}
"""The columns by which a file is known as our own export, whose `id` is the issue's number."""
_FORMULA = re.compile("^'(?=[=+@-])")
_KNOWN = """
SELECT i.id, i.text, coalesce(i.client_id = %(client)s OR i.order_number = %(order)s, false) AS borne, {seen} AS seen
FROM issue i JOIN issue_class c ON c.code = i.class
WHERE i.client_id = %(client)s OR i.order_number = %(order)s OR i.id = %(number)s::bigint
"""
HEADS = (
    *("id", "reported_at", "class", "name_zh", "state", "urgent", "source", "text", "place", "area", "grid", "worker"),
    *("unit", "level", "due_at", "closed_at", "rating", "returns", "in_time", "order_number", "lon", "lat", "made_up"),
)


def decoded(body: bytes) -> str:
    """UTF-8, or GB 18030 as Chinese spreadsheets write it. Raises BadRequest."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadRequest(what="file", why=Both("不是 UTF-8 或 GBK 文本", "it is neither UTF-8 nor GBK text"))


def rows_of(text: str) -> list[dict[str, str]]:
    """The rows under our names. Raises BadRequest for a file without the columns that are needed."""
    if "\x00" in text:
        raise BadRequest(what="file", why=Both("含有空字符", "it holds a null character"))
    try:
        lines = [line for line in csv.reader(io.StringIO(text, newline="")) if any(cell.strip() for cell in line)]
    except csv.Error as wrong:
        raise BadRequest(what="file", why=Both("不是可读的 CSV", "it can't be read as CSV")) from wrong
    heads = [cell.strip().lower() for cell in lines[0]] if lines else []
    where = {name: heads.index(head) for name, heads_ in COLUMNS.items() for head in heads_ if head in heads}
    if "text" not in where or not ({"lon", "lat"} <= where.keys() or "address" in where):
        why = Both(
            "缺少列：内容（text），以及经度、纬度（lon、lat）或地址（address）",
            "it needs the columns text (内容), and lon and lat (经度、纬度) or address (地址)",
        )
        raise BadRequest(what="file", why=why)
    if len(lines) > _MOST + 1:
        raise BadRequest(what="file", why=Both(f"超过 {_MOST} 行", f"it has more than {_MOST} rows"))
    rows = [{name: line[at].strip() if at < len(line) else "" for name, at in where.items()} for line in lines[1:]]
    if not set(heads) >= _EXPORTED:
        return rows
    kept = [{"number": row.pop("id"), **row} for row in rows]
    return [{name: _FORMULA.sub("", cell) for name, cell in row.items()} for row in kept]


async def take_in(service: Service, learned: Learned, account: Account, body: bytes) -> dict[str, Any]:
    """Reports every row, in one transaction, or refuses the file with what is wrong in each row and stores nothing.

    A row is known by its `id`, its work order, or its content, so that a file sent twice changes nothing; one of our
    own export by its issue. One `id` or work order with two texts is wrong.
    """
    require_hand(account)
    rows = rows_of(decoded(body))
    classes = set(await enabled(service))
    fresh, known, findings = list[tuple[int, Report]](), list[int](), list[dict[str, Any]]()
    borne: dict[tuple[str, str], tuple[int, Report]] = {}
    doubled = 0
    for number, row in enumerate(rows, 2):
        try:
            report = await _report(service, account, row, classes)
            names = [("id", report.client_id or ""), *([("order", report.order_number)] if report.order_number else [])]
            earlier = next((borne[name] for name in names if name in borne), None)
            if earlier is not None:
                _require_same(report, *earlier)
                doubled += 1
                continue
            borne.update(dict.fromkeys(names, (number, report)))
            issue = await _there(service, account, report, row.get("number", ""))
        except (BadRequest, Taken) as wrong:
            findings.append({"row": number, "what": wrong.message("zh")})
            continue
        if issue is None:
            fresh.append((number, report))
        else:
            known.append(issue)
    if not findings:
        values = [(number, one, await prepared(service, learned, account, one)) for number, one in fresh]
        made, findings = await _stored(service, account, values)
    if findings:
        return {"added": 0, "unchanged": 0, "findings": findings[:_TOLD]}
    return {"added": len(made), "unchanged": len(known) + doubled, "findings": [], "issues": [*made, *known][:1000]}


async def _stored(
    service: Service, account: Account, prepared_rows: list[tuple[int, Report, dict[str, Any]]]
) -> tuple[list[int], list[dict[str, Any]]]:
    """Writes all reports or none: (ids, what is wrong)."""
    ids, at = list[int](), 0
    try:
        async with service.database.transaction() as connection:
            for number, report, values in prepared_rows:
                at = number
                issue = await store(connection, service, account, report, values)
                if issue is None:  # somebody was quicker
                    raise Taken(what=_named(report))
                ids.append(issue)
    except Taken as wrong:
        return [], [{"row": at, "what": wrong.message("zh")}]
    return ids, []


def _named(report: Report) -> Both:
    if report.order_number:
        return Both(f"工单号 {report.order_number}", f"work order {report.order_number}")
    return Both("编号", "the id")


def _require_same(report: Report, row: int, earlier: Report) -> None:
    """Raises BadRequest for a row that bears the number of an earlier one and says something else."""
    if report != earlier:
        name = _named(report)
        why = Both(
            f"{name.zh} 与第 {row} 行相同，内容不同", f"{name.en} is that of row {row}, which says something else"
        )
        raise BadRequest(what="order_number" if report.order_number else "id", why=why)


async def _there(service: Service, account: Account, report: Report, number: str) -> int | None:
    """The issue that a row tells of, when it is there. Raises Taken when its work order or id has another text."""
    seen, values = predicate(account)
    given = int(number) if number.isascii() and number.isdigit() and len(number) < 19 else None
    bound = {**values, "client": report.client_id, "order": report.order_number, "number": given}
    for row in await service.database.all(_KNOWN.format(seen=seen), bound):
        if row["seen"] and row["text"].strip() == report.text:
            return int(row["id"])
        if row["borne"]:
            raise Taken(what=_named(report), issue=row["id"] if row["seen"] else None)
    return None


async def _report(service: Service, account: Account, row: Mapping[str, str], classes: set[str]) -> Report:
    if not row["text"]:
        raise BadRequest(what="text", why=Both("不能为空", "it is empty"))
    for name, most in _LONGEST.items():
        if len(row.get(name, "")) > most:
            raise BadRequest(what=name, why=Both(f"最多 {most} 字", f"at most {most} characters"))
    lon, lat = await _place(service, account, row)
    at = None
    if row.get("at"):
        try:
            at = datetime.fromisoformat(row["at"].replace("/", "-"))
        except ValueError as wrong:
            why = Both(
                f"{row['at']} 不是时间，如 2026-05-01 08:30", f"{row['at']!r} is no time such as 2026-05-01 08:30"
            )
            raise BadRequest(what="at", why=why) from wrong
        check_year("at", at)
        at = at.replace(tzinfo=service.settings.zone) if at.tzinfo is None else at
        moment(service, at)
    if row.get("source") and row["source"] not in SOURCES:
        why = Both(f"请用 {'、'.join(SOURCES)}", f"use one of {', '.join(SOURCES)}")
        raise BadRequest(what="source", why=why)
    if row.get("class") and row["class"] not in classes:
        raise BadRequest(what="class", why=no_class(row["class"]))
    content = hashlib.sha256("\n".join(f"{name}={row[name]}" for name in sorted(row)).encode()).hexdigest()
    return Report(
        row["text"], lon, lat, at, row.get("source") or None, row.get("class") or None,
        f"csv:{account.id}:{row.get('id') or row.get('order_number') or content[:32]}", None,
        row.get("order_number") or None, row.get("caller_name") or None, row.get("caller_phone") or None,
    )  # fmt: skip


async def _place(service: Service, account: Account, row: Mapping[str, str]) -> tuple[float, float]:
    if row.get("lon") and row.get("lat"):
        try:
            lon, lat = float(row["lon"]), float(row["lat"])
        except ValueError as wrong:
            raise BadRequest(what="lon, lat", why=Both("不是数字", "they are no numbers")) from wrong
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            raise BadRequest(what="lon, lat", why=Both("请用度", "use degrees"))
    else:
        found = await search.search(service.database, account.scope, row.get("address", ""), limit=1)
        if not found or found[0]["point"][0] is None:
            address = row.get("address", "")
            why = Both(f"没有地址「{address}」", f"{address!r} is no known address")
            raise BadRequest(what="address", why=why)
        lon, lat = (float(part) for part in found[0]["point"])
    spot = await places.locate(service.database, lon, lat)
    if account.scope.visible is not None and spot.get("area_id") not in account.scope.visible:
        raise BadRequest(what="lon, lat", why=OUTSIDE)
    return lon, lat
