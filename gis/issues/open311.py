"""Open311 GeoReport v2 (https://wiki.open311.org/GeoReport_v2/): our issues in its words, as JSON and XML.

`status` is only open or closed there; ours stands in `status_notes`. Times are ISO 8601 with the service's offset.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from xml.etree import ElementTree as Xml

from gis.access.accounts import Account
from gis.db import Row
from gis.issues.transitions import State
from gis.issues.visible import predicate, surroundings
from gis.service import Service

MOST = 1000
LONGEST = timedelta(days=90)
_UNSPEAKABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LIST = """
SELECT i.id, i.text, i.class, c.name_zh, i.state, i.unit, i.result, i.place, i.address_id, i.handler_id,
  i.reported_at, i.changed_at,
  i.deadlines, ST_X(i.geom) AS lon, ST_Y(i.geom) AS lat,
  (SELECT min(p.id) FROM issue_photo p WHERE p.issue_id = i.id) AS photo
FROM issue i JOIN issue_class c ON c.code = i.class
WHERE {seen} AND (%(ids)s::bigint[] IS NULL OR i.id = ANY(%(ids)s))
  AND (%(codes)s::text[] IS NULL OR i.class = ANY(%(codes)s))
  AND (%(first)s::timestamptz IS NULL OR i.reported_at >= %(first)s)
  AND (%(last)s::timestamptz IS NULL OR i.reported_at <= %(last)s)
  AND (%(closed)s::boolean IS NULL OR (i.state = '已归档') = %(closed)s)
ORDER BY i.reported_at DESC, i.id DESC LIMIT %(limit)s OFFSET %(offset)s
"""


async def services(service: Service) -> list[dict[str, Any]]:
    """The classes in use, as services."""
    rows = await service.database.all(
        'SELECT c.code, c.name_zh, c.name_en, c.unit, g.name_zh AS "group" FROM issue_class c'
        " JOIN issue_group g ON g.code = c.group_code WHERE c.enabled ORDER BY c.code"
    )
    return [
        {"service_code": row["code"], "service_name": row["name_zh"], "description": row["name_en"], "metadata": False,
         "type": "realtime", "keywords": row["unit"], "group": row["group"]}
        for row in rows
    ]  # fmt: skip


async def requests(
    service: Service,
    account: Account,
    base: str,
    *,
    ids: Sequence[int] | None = None,
    codes: Sequence[str] | None = None,
    first: datetime | None = None,
    last: datetime | None = None,
    closed: bool | None = None,
    limit: int = MOST,
    offset: int = 0,
) -> list[dict[str, Any]]:
    """Issues that the account sees, newest first, as service requests; `base` is the address of the service."""
    seen, values = predicate(account)
    bound = {"ids": list(ids) if ids is not None else None, "codes": list(codes) if codes else None, "first": first,
             "last": last, "closed": closed, "limit": min(limit, MOST), "offset": offset}  # fmt: skip
    rows = await service.database.all(_LIST.format(seen=seen), {**values, **bound})
    return [_request(service, {**row, **surroundings(account, row)}, base) for row in rows]


def _request(service: Service, row: Row, base: str) -> dict[str, Any]:
    def said(at: datetime | str | None) -> str:
        moment = datetime.fromisoformat(at) if isinstance(at, str) else at
        return moment.astimezone(service.settings.zone).isoformat(timespec="seconds") if moment else ""

    closed = row["state"] == State.CLOSED
    return {
        "service_request_id": str(row["id"]),
        "status": "closed" if closed else "open",
        "status_notes": row["state"] + (f"：{row['result']}" if row["result"] else ""),
        "service_name": row["name_zh"],
        "service_code": row["class"],
        "description": row["text"],
        "agency_responsible": row["unit"],
        "service_notice": "",
        "requested_datetime": said(row["reported_at"]),
        "updated_datetime": said(row["changed_at"]),
        "expected_datetime": said(row["deadlines"].get("handle")),
        "address": row["place"] or "",
        "address_id": str(row["address_id"] or ""),
        "zipcode": "",
        "lat": round(row["lat"], 7),
        "long": round(row["lon"], 7),
        "media_url": f"{base}/api/issues/{row['id']}/photos/{row['photo']}" if row["photo"] else "",
    }


def written(root: str, each: str, rows: Sequence[Mapping[str, Any]], form: str) -> tuple[str, str]:
    """(body, media type): a JSON array, or XML with a root and an element for each."""
    if form == "json":
        return json.dumps(rows, ensure_ascii=False), "application/json; charset=utf-8"
    top = Xml.Element(root)
    for row in rows:
        _element(Xml.SubElement(top, each), row)
    return _text(top)


def written_definition(code: str, form: str) -> tuple[str, str]:
    """The definition of a service: ours ask for nothing beyond the description."""
    if form == "json":
        return json.dumps({"service_code": code, "attributes": []}), "application/json; charset=utf-8"
    top = Xml.Element("service_definition")
    _element(top, {"service_code": code, "attributes": ""})
    return _text(top)


def _element(into: Xml.Element, row: Mapping[str, Any]) -> None:
    for name, value in row.items():
        text = str(value).lower() if isinstance(value, bool) else str(value)
        Xml.SubElement(into, name).text = _UNSPEAKABLE.sub("", text)


def _text(top: Xml.Element) -> tuple[str, str]:
    head = '<?xml version="1.0" encoding="utf-8"?>\n'
    return head + Xml.tostring(top, encoding="unicode"), "text/xml; charset=utf-8"
