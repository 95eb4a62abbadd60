"""Webhooks: other systems are told of each step, signed, tried again, and listed where they can't be reached.

What is to be sent is written by a trigger in the step's own transaction. Nothing of a caller or a restricted class is
sent. `json` is our own form with an HMAC-SHA256 over `timestamp.body`; `wecom` and `dingtalk` are the texts that the
group robots of 企业微信 and 钉钉 take; `sms` is what a gateway takes for one message to the worker whose issue it is.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
import structlog

from gis.db import Row
from gis.errors import GridtwinError
from gis.issues import sms
from gis.issues.callers import key_of
from gis.issues.transitions import NAMES, TRANSITIONS
from gis.service import Service

log = structlog.get_logger("issues.webhooks")
_LOOK_S = 2.0
_ATTEMPTS = 8
_FIRST_WAIT = timedelta(seconds=5)
_TIMEOUT_S = 8.0
_LEASE = timedelta(minutes=1)
_CLAIM = """
UPDATE issue_delivery d SET attempts = attempts + 1, next_at = %(lease)s
FROM (SELECT id FROM issue_delivery WHERE delivered_at IS NULL AND dead_at IS NULL AND next_at <= %(now)s
      ORDER BY next_at LIMIT 20 FOR UPDATE SKIP LOCKED) due
WHERE d.id = due.id RETURNING d.id
"""
_SAY = """
SELECT d.id, d.attempts, w.url, w.secret, w.shape, w.template, w.accepts, e.id AS event, e.action, e.from_state,
  e.to_state, e.actor, e.at, e.note, i.id AS issue, i.text, i.class, c.name_zh, i.state, i.urgent, i.place, i.level,
  i.due_at, i.unit, a.code AS area, i.order_number, ST_X(i.geom) AS lon, ST_Y(i.geom) AS lat, wk.name AS worker,
  wk.phone
FROM issue_delivery d JOIN issue_webhook w ON w.id = d.webhook_id JOIN issue_event e ON e.id = d.event_id
JOIN issue i ON i.id = e.issue_id JOIN issue_class c ON c.code = i.class
LEFT JOIN area a ON a.id = i.area_id LEFT JOIN worker wk ON wk.id = i.worker_id
WHERE d.id = ANY(%(ids)s) AND NOT c.restricted AND (w.shape <> 'sms' OR coalesce(wk.phone, '') <> '')
"""


async def run(service: Service) -> None:
    """Sends what is due; never returns."""
    async with httpx.AsyncClient(timeout=_TIMEOUT_S, follow_redirects=False) as client:
        while True:
            try:
                sent = await send_due(service, client)
            except (GridtwinError, OSError) as failed:
                log.error("webhooks.failed", why=type(failed).__name__)
                sent = 0
            if not sent:
                await asyncio.sleep(_LOOK_S)


async def send_due(service: Service, client: httpx.AsyncClient) -> int:
    """Sends what is due now; returns how many were tried. One that dies while sending is tried again a minute later."""
    now = service.clock.now()
    async with service.database.connection() as connection:
        claimed = await (await connection.execute(_CLAIM, {"now": now, "lease": now + _LEASE})).fetchall()
    if not claimed:
        return 0
    ids = [row["id"] for row in claimed]
    rows = await service.database.all(_SAY, {"ids": ids})
    secrets = key_of(service.settings.data_dir)
    zone = service.settings.zone
    for row in rows:
        row["due"] = row["due_at"].astimezone(zone).strftime("%m-%d %H:%M") if row["due_at"] else ""
    failures = await asyncio.gather(*(_send(client, row, secrets.decrypt(bytes(row["secret"]))) for row in rows))
    for row, failure in zip(rows, failures, strict=True):
        if failure is None:
            await service.database.run("UPDATE issue_delivery SET delivered_at = %s, error = NULL WHERE id = %s",
                                       (service.clock.now(), row["id"]))  # fmt: skip
            continue
        dead = row["attempts"] >= _ATTEMPTS
        again = service.clock.now() + _FIRST_WAIT * 3 ** (row["attempts"] - 1)
        await service.database.run(
            "UPDATE issue_delivery SET error = %s, next_at = %s, dead_at = %s WHERE id = %s",
            (failure[:300], again, service.clock.now() if dead else None, row["id"]),
        )
    untold = sorted(set(ids) - {row["id"] for row in rows})  # of a restricted class by now, or to nobody's telephone
    if untold:
        await service.database.run("DELETE FROM issue_delivery WHERE id = ANY(%s)", (untold,))
    return len(ids)


async def _send(client: httpx.AsyncClient, row: Row, secret: bytes) -> str | None:
    """Why it failed, None when it was taken."""
    url, headers, body = written(row, secret, int(time.time()))
    try:
        answer = await client.post(url, content=body, headers=headers)
    except (httpx.HTTPError, httpx.InvalidURL) as failed:
        return type(failed).__name__
    if answer.status_code >= 300:
        return f"HTTP {answer.status_code}"
    if row["shape"] == "sms":
        return None if (row["accepts"] or "") in answer.text else "the gateway's answer doesn't say that it took it"
    if row["shape"] != "json":
        try:
            code = answer.json().get("errcode", 0)
        except (ValueError, AttributeError):
            return "no answer in JSON"
        return None if code == 0 else f"errcode {code}"
    return None


def written(row: Row, secret: bytes, now_s: int) -> tuple[str, dict[str, str], bytes]:
    """(address, headers, body) of a delivery."""
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "gridtwin"}
    if row["shape"] == "json":
        body = json.dumps(_told(row), ensure_ascii=False).encode()
        mark = hmac.new(secret, f"{now_s}.".encode() + body, hashlib.sha256).hexdigest()
        headers |= {"X-Gridtwin-Delivery": str(row["id"]), "X-Gridtwin-Timestamp": str(now_s)}
        headers |= {"X-Gridtwin-Signature": f"sha256={mark}"}
        return row["url"], headers, body
    if row["shape"] == "sms":
        if "{secret}" not in row["template"] and secret:
            headers["Authorization"] = f"Bearer {secret.decode()}"
        return row["url"], headers, sms.filled(row["template"], _short(row, secret))
    body = json.dumps({"msgtype": "text", "text": {"content": _sentence(row)}}, ensure_ascii=False).encode()
    if row["shape"] == "dingtalk" and secret:
        at = str(now_s * 1000)
        mark = base64.b64encode(hmac.new(secret, at.encode() + b"\n" + secret, hashlib.sha256).digest()).decode()
        joint = "&" if "?" in row["url"] else "?"
        return row["url"] + joint + urlencode({"timestamp": at, "sign": mark}), headers, body
    return row["url"], headers, body


def _told(row: Row) -> dict[str, Any]:
    return {
        "event": row["event"], "action": row["action"], "from": row["from_state"], "to": row["to_state"],
        "by": row["actor"], "at": row["at"].isoformat(), "note": row["note"],
        "issue": {
            "id": row["issue"], "text": row["text"], "class": row["class"], "name": row["name_zh"],
            "state": row["state"], "urgent": row["urgent"], "place": row["place"], "area": row["area"],
            "level": row["level"], "due_at": row["due_at"].isoformat() if row["due_at"] else None,
            "unit": row["unit"], "worker": row["worker"], "order_number": row["order_number"],
            "lon": round(row["lon"], 7), "lat": round(row["lat"], 7),
        },
    }  # fmt: skip


def _short(row: Row, secret: bytes) -> dict[str, str]:
    """What a template of an SMS may name."""
    place, urgent = row["place"] or "—", "紧急 " if row["urgent"] else ""
    return {
        "text": f"【{_title(row)}】{urgent}{row['name_zh']} #{row['issue']}，{place}：{row['text'][:60]}",
        "phone": row["phone"], "issue": str(row["issue"]), "class": row["name_zh"], "due": row["due"], "place": place,
        "worker": row["worker"] or "", "secret": secret.decode(),
    }  # fmt: skip


def _title(row: Row) -> str:
    rule = TRANSITIONS.get(row["action"])
    return rule.title.zh if rule else NAMES[row["action"]].zh if row["action"] in NAMES else "上报"


def _sentence(row: Row) -> str:
    lines = [
        f"【{_title(row)}】{'紧急 ' if row['urgent'] else ''}{row['name_zh']} #{row['issue']}",
        row["text"][:200],
        f"地点：{row['place'] or '—'}",
        f"状态：{row['state']}　处理人：{row['worker'] or row['unit'] or '—'}",
    ]
    return "\n".join(lines + ([f"说明：{row['note'][:200]}"] if row["note"] else []))
