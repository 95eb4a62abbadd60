"""Thirty days of issues for the demo town: made up, marked so (示范数据), and the same each time.

Texts are the phrases that sorting learns from, places are the town's buildings, hours are those at which people report.
Most are archived with a rating; some of the last days are open, a few overdue. Three places are worse than others, so
that hot spots and recurring places have something to find.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from gis.issues import deadlines, phrases
from gis.settings import Settings
from gridtwin.demo import issue_photos

_PLACES = (Path(__file__).parent / "issues.sql").read_text("utf-8")
MANY = 1200
_DAYS = 30
_COMMON = {
    "0102": 12, "0507": 9, "0505": 10, "0506": 7, "2101": 6, "2102": 6, "2107": 8, "2106": 6, "0110": 5, "0404": 5,
    "0106": 4, "0104": 3, "0201": 4, "0501": 4, "0504": 4, "0508": 3, "0103": 3, "0301": 3, "0302": 2, "0116": 2,
    "2103": 2, "2104": 3, "2105": 4, "0101": 2, "0107": 2, "0108": 2, "0402": 1, "0406": 1, "0401": 1, "0408": 1,
    "0599": 2, "0118": 1, "0205": 1, "0202": 1, "0510": 1, "0511": 1, "0403": 1,
}  # fmt: skip
_HOURS = (1, 1, 0, 0, 0, 1, 3, 7, 11, 12, 10, 8, 4, 5, 8, 9, 8, 7, 6, 5, 4, 3, 2, 1)
_SOURCES = {"网格员": 58, "12345": 18, "居民": 16, "视频": 4, "传感器": 2, "上级": 2}
_DONE = (
    "已现场处理完毕",
    "已联系责任单位清理",
    "已劝离并恢复原状",
    "维修完成，已恢复使用",
    "已上门处理，居民认可",
    "已拍照留证并整改到位",
)
_RATED = {"满意": 83, "基本满意": 10, "不满意": 4, "未联系": 3}
_EVENT = (
    "INSERT INTO issue_event (issue_id, action, from_state, to_state, actor, at, note, details)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
)
_ISSUE = (Path(__file__).parent / "issue.sql").read_text("utf-8")


@dataclass
class Story:
    """What happened to an issue: its columns, and (action, from, to, actor, at, note) of each step."""

    columns: dict[str, Any]
    steps: list[tuple[str, str | None, str, str, datetime, str]]


def ensure(connection: psycopg.Connection, settings: Settings, now: datetime) -> int:
    """Makes the past of issues where the demo has none; returns how many were made."""
    row = connection.execute("SELECT demo AND NOT EXISTS (SELECT FROM issue) FROM twin").fetchone()
    if row is None or not row[0]:
        return 0
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        places = cursor.execute(_PLACES, {"seed": "issues", "most": 500}).fetchall()
        classes = {one["code"]: one for one in cursor.execute("SELECT * FROM issue_class").fetchall()}
        limits = cursor.execute(deadlines.LIMITS, {"area": None}).fetchall()
        if not places:
            return 0
        pictures = issue_photos.kept(settings.data_dir)
        stories = list(_stories(places, classes, limits, settings, now))
        cursor.executemany(_ISSUE, [story.columns for story in stories], returning=True)
        ids = []
        while True:
            ids += [one["id"] for one in cursor.fetchall()]
            if not cursor.nextset():
                break
        steps = [
            (number, action, before, after, actor, at, note, Jsonb({}))
            for number, story in zip(ids, stories, strict=True)
            for action, before, after, actor, at, note in story.steps
        ]
        cursor.executemany(_EVENT, steps)
        _picture(cursor, list(zip(ids, stories, strict=True)), pictures)
    return len(stories)


def _stories(
    places: list[dict[str, Any]], classes: dict[str, Any], limits: list[Any], settings: Settings, now: datetime
) -> Iterator[Story]:
    chance = random.Random("issues of the demo")  # noqa: S311 - a demo, the same one each time
    said: dict[str, list[str]] = {}
    for code, pattern in phrases.patterns():
        if code in _COMMON:
            said.setdefault(code, []).extend(phrases.bare(pattern, 3))
    worse = [(places[7], "0102"), (places[31], "0505"), (places[64], "2102")]
    midnight = now.astimezone(settings.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    moments = sorted(
        min(
            midnight
            - timedelta(days=chance.randint(0, _DAYS - 1))
            + timedelta(hours=chance.choices(range(24), _HOURS)[0], seconds=chance.randint(0, 3599)),
            now - timedelta(minutes=chance.randint(4, 400)),
        )
        for _ in range(MANY)
    )  # fmt: skip
    for at in moments:
        recent = now - at < timedelta(days=8)
        if chance.random() < (0.16 if recent else 0.04):
            place, code = chance.choice(worse)
        else:
            place, code = chance.choice(places), chance.choices(list(_COMMON), list(_COMMON.values()))[0]
        yield _story(chance, place, classes[code], chance.choice(said[code]), at.astimezone(UTC), now, limits, settings)


def _story(
    chance: random.Random, place: dict[str, Any], kind: Any, text: str, at: datetime, now: datetime, limits: list[Any],
    settings: Settings,
) -> Story:  # fmt: skip
    code, zone = kind["code"], settings.zone
    who, desk = "网格员（示范）", "派单员（示范）"
    due = deadlines.of_class(limits, code, ("answer", "handle"), at, zone)
    ends = datetime.fromisoformat(due["handle"])
    late = chance.random() < 0.07
    stuck = ends < now and now - at < timedelta(days=9) and chance.random() < 0.09
    handled = (
        now + timedelta(days=1)
        if stuck
        else ends + timedelta(hours=chance.uniform(1, 30))
        if late
        else at + (ends - at) * chance.uniform(0.03, 0.8)
    )
    returns = int(chance.random() < 0.05)
    signed = at + timedelta(minutes=chance.uniform(2, 50))
    checked = handled + timedelta(hours=chance.uniform(0.5, 9))
    rated = checked + timedelta(hours=chance.uniform(1, 26))
    level = chance.choices(("village", "town", "district"), (75, 17, 8))[0] if code == "2104" else "village"
    if code != "2104" and chance.random() < 0.06:
        level = "town"
    steps: list[tuple[str, str | None, str, str, datetime, str]] = [("report", None, "待处理", who, at, "")]
    state, result, rating, closed, changed = "待处理", None, None, None, at
    if signed < now:
        steps.append(("sign", "待处理", "待处理", who, signed, ""))
        due.pop("answer", None)
        changed = signed
    if level != "village" and signed < now:
        steps.append(("escalate", "待处理", "待处理", desk, signed + timedelta(minutes=20), "社区无法独立解决"))
    if handled < now:
        state, result, changed = "待核查", chance.choice(_DONE), handled
        due = deadlines.of_class(limits, code, ("check",), handled, zone)
        steps.append(("handle", "待处理", state, who, handled, result))
        if returns:
            steps.append(("fail", "待核查", "待处理", desk, handled + timedelta(minutes=25), "现场仍有遗留"))
            steps.append(("handle", "待处理", "待核查", who, handled + timedelta(minutes=80), "已再次处理"))
    if checked < now and state == "待核查":
        state, changed = "待评价", checked
        due = deadlines.of_class(limits, code, ("rate",), checked, zone)
        steps.append(("pass", "待核查", state, desk, checked, ""))
    if rated < now and state == "待评价":
        state, changed, closed = "已归档", rated, rated
        rating = chance.choices(list(_RATED), list(_RATED.values()))[0]
        due = {}
        steps.append(("rate", "待评价", state, desk, rated, ""))
    spread = 0.00012
    return Story(
        {
            "text": text, "source": chance.choices(list(_SOURCES), list(_SOURCES.values()))[0], "class": code,
            "confidence": round(chance.uniform(0.55, 0.98), 3),
            "candidates": Jsonb([{"class": code, "confidence": 0.9}]),
            "state": state, "urgent": kind["urgent"], "at": at, "changed": changed, "closed": closed,
            "worker": place["worker"], "unit": kind["unit"], "grid": place["grid"], "building": place["building"],
            "address": place["address"], "place": place["place"], "result": result, "rating": rating,
            "returns": returns if state != "待处理" else 0, "deadlines": Jsonb(due), "area_id": place["area_id"],
            "lon": place["lon"] + chance.gauss(0, spread), "lat": place["lat"] + chance.gauss(0, spread),
            "level": level,
            "handled": handled if handled < now else None, "in_time": handled <= ends if handled < now else None,
            "supervised": state == "待处理" and ends < now and chance.random() < 0.4,
        },
        steps,
    )  # fmt: skip


def _picture(cursor: psycopg.Cursor[Any], made: list[tuple[int, Story]], pictures: dict[Any, Any]) -> None:
    """Drawn photos on the latest issues of classes that have a drawing, with one of after where it was handled."""
    rows = []
    drawn = [one for one in made if one[1].columns["class"] in issue_photos.THEMES]
    for place, (number, story) in enumerate(drawn[-160:]):
        theme = issue_photos.THEMES[story.columns["class"]]
        for after, at in ((False, story.columns["at"]), (True, story.columns["handled"])):
            if at is not None:
                photo = pictures[theme, after][place % 3]
                rows.append((number, photo.sha256, photo.width, photo.height, "result" if after else "report", at))
    cursor.executemany(
        "INSERT INTO issue_photo (issue_id, sha256, width, height, stage, added_at) VALUES (%s, %s, %s, %s, %s, %s)",
        rows,
    )
