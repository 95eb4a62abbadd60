"""Issues from and to CSV: what a hotline exports, what a spreadsheet opens."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gis.access.accounts import Account
from gis.addresses import search
from gis.errors import BadRequest, GridtwinError
from gis.issues import places
from gis.issues.intake import SOURCES, Report, enabled, receive
from gis.issues.learned import Learned
from gis.service import Service

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "text": ("text", "内容", "事件内容", "诉求内容", "描述", "反映内容"),
    "lon": ("lon", "lng", "longitude", "经度"),
    "lat": ("lat", "latitude", "纬度"),
    "address": ("address", "place", "地址", "地点", "事发地址", "位置"),
    "at": ("at", "time", "时间", "上报时间", "来电时间", "受理时间"),
    "source": ("source", "来源", "事件来源"),
    "class": ("class", "类别", "类别代码", "事件类别"),
    "order_number": ("order_number", "工单号", "工单编号"),
    "caller_name": ("caller_name", "来电人", "联系人", "姓名"),
    "caller_phone": ("caller_phone", "电话", "联系电话", "来电号码"),
    "id": ("id", "编号"),
}
"""Our name -> what a file may call the column."""
_MOST = 5000
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
    raise BadRequest(what="file", why="it is neither UTF-8 nor GBK text")


def rows_of(text: str) -> list[dict[str, str]]:
    """The rows under our names. Raises BadRequest for a file without the columns that are needed."""
    if "\x00" in text:
        raise BadRequest(what="file", why="it holds a null character")
    try:
        lines = [line for line in csv.reader(io.StringIO(text, newline="")) if any(cell.strip() for cell in line)]
    except csv.Error as wrong:
        raise BadRequest(what="file", why="it can't be read as CSV") from wrong
    heads = [cell.strip().lower() for cell in lines[0]] if lines else []
    where = {name: heads.index(head) for name, heads_ in COLUMNS.items() for head in heads_ if head in heads}
    if "text" not in where or not ({"lon", "lat"} <= where.keys() or "address" in where):
        raise BadRequest(
            what="file", why="it needs the columns text (内容), and lon and lat (经度、纬度) or address (地址)"
        )
    if len(lines) > _MOST + 1:
        raise BadRequest(what="file", why=f"it has more than {_MOST} rows")
    return [{name: line[at].strip() if at < len(line) else "" for name, at in where.items()} for line in lines[1:]]


async def take_in(service: Service, learned: Learned, account: Account, body: bytes) -> dict[str, Any]:
    """Reports every row, or refuses the file with what is wrong in each row and stores nothing.

    A row is known by its `id`, its work order, or its content, so that a file sent twice changes nothing.
    """
    rows = rows_of(decoded(body))
    classes = await enabled(service)
    reports, findings = [], list[dict[str, Any]]()
    for number, row in enumerate(rows, 2):
        try:
            reports.append(await _report(service, account, row, set(classes)))
        except BadRequest as wrong:
            findings.append({"row": number, "what": wrong.message("zh")})
    if findings:
        return {"added": 0, "unchanged": 0, "findings": findings[:200]}
    added, ids = 0, list[int]()
    for number, report in enumerate(reports, 2):
        try:
            issue, fresh = await receive(service, learned, account, report)
        except GridtwinError as wrong:
            findings.append({"row": number, "what": wrong.message("zh")})
            continue
        added, ids = added + fresh, [*ids, issue]
    return {"added": added, "unchanged": len(ids) - added, "findings": findings, "issues": ids[:1000]}


async def _report(service: Service, account: Account, row: Mapping[str, str], classes: set[str]) -> Report:
    if not row["text"]:
        raise BadRequest(what="text", why="it is empty")
    lon, lat = await _place(service, account, row)
    at = None
    if row.get("at"):
        try:
            at = datetime.fromisoformat(row["at"].replace("/", "-"))
        except ValueError as wrong:
            raise BadRequest(what="at", why=f"{row['at']!r} is no time such as 2026-05-01 08:30") from wrong
        at = at.replace(tzinfo=service.settings.zone) if at.tzinfo is None else at
    if row.get("source") and row["source"] not in SOURCES:
        raise BadRequest(what="source", why=f"use one of {', '.join(SOURCES)}")
    if row.get("class") and row["class"] not in classes:
        raise BadRequest(what="class", why=f"there is no class {row['class']!r}")
    content = hashlib.sha256("\n".join(f"{name}={row[name]}" for name in sorted(row)).encode()).hexdigest()
    return Report(
        row["text"][:2000], lon, lat, at, row.get("source") or None, row.get("class") or None,
        f"csv:{account.id}:{row.get('id') or row.get('order_number') or content[:32]}", None,
        row.get("order_number") or None, row.get("caller_name") or None, row.get("caller_phone") or None,
    )  # fmt: skip


async def _place(service: Service, account: Account, row: Mapping[str, str]) -> tuple[float, float]:
    if row.get("lon") and row.get("lat"):
        try:
            lon, lat = float(row["lon"]), float(row["lat"])
        except ValueError as wrong:
            raise BadRequest(what="lon, lat", why="they are no numbers") from wrong
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            raise BadRequest(what="lon, lat", why="use degrees")
    else:
        found = await search.search(service.database, account.scope, row.get("address", ""), limit=1)
        if not found or found[0]["point"][0] is None:
            raise BadRequest(what="address", why=f"{row.get('address', '')!r} is no known address")
        lon, lat = (float(part) for part in found[0]["point"])
    spot = await places.locate(service.database, lon, lat)
    if account.scope.visible is not None and spot.get("area_id") not in account.scope.visible:
        raise BadRequest(what="lon, lat", why="the place lies outside your area")
    return lon, lat
