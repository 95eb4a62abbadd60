"""The deadlines of another class, as if the issue had been of it from the start.

A limit counts from when its step began, so changing the class gives no new time: not what ran out (it stays late), not
what was granted (an extension is kept when it is later), not while it was suspended.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from gis.db import Row
from gis.issues import deadlines
from gis.issues.transitions import State

EVENTS = """
SELECT action, from_state, to_state, at, details FROM issue_event
WHERE issue_id = %(id)s AND action IN ('report', 'fail', 'rework', 'escalate', 'sign', 'dispatch', 'transfer',
  'ask_extension', 'approve', 'extend', 'suspend', 'resume')
ORDER BY id
"""


@dataclass
class Run:
    """How an issue has been 待处理 until now: since when, and since when it waits for an answer; the latest extension
    (until, granted at); when it was suspended and went on (None: it is suspended now)."""

    began: datetime
    waits: datetime
    granted: tuple[datetime, datetime] | None = None
    pauses: list[tuple[datetime, datetime | None]] = field(default_factory=list)


def run_of(events: Iterable[Row], reported_at: datetime) -> Run:
    """Reads an issue's history (`EVENTS`)."""
    run, signed, asked = Run(reported_at, reported_at), False, None
    for event in events:
        at, action = event["at"], event["action"]
        part = action == "report" and "split_from" in event["details"]
        comes_back = event["to_state"] == State.OPEN and event["from_state"] not in (None, State.OPEN)
        if part or comes_back or action == "escalate":
            run, signed, asked = Run(at, at), False, None
        elif action == "sign":
            signed = True
        elif action in ("dispatch", "transfer") and signed:
            run.waits, signed = at, False
        elif action == "ask_extension":
            asked = event["details"].get("until")
        elif action in ("approve", "extend"):
            until = event["details"].get("until") if action == "extend" else asked
            run.granted = (datetime.fromisoformat(until), at) if until else run.granted
        elif action == "suspend":
            run.pauses.append((at, None))
        elif action == "resume" and run.pauses:
            run.pauses[-1] = (run.pauses[-1][0], at)
    return run


def of_other_class(
    limits: list[Row],
    code: str,
    level: str,
    run: Run,
    due: Mapping[str, str],
    paused: Mapping[str, Any] | None,
    now: datetime,
    zone: ZoneInfo,
) -> tuple[dict[str, str], dict[str, Any] | None]:
    """What `due` and `paused` of an open issue become with another class: running deadlines, and what is left of those
    that are suspended."""
    units = deadlines.units(limits, code, level)
    fresh: dict[str, str] = {}
    for step in {*due, *(paused or {}), "handle"}:
        start = run.waits if step == "answer" else run.began
        fresh |= _suspended(deadlines.of_class(limits, code, (step,), start, zone, level), units, run, start, zone)
    if run.granted is not None:
        until, granted_at = run.granted
        kept = _suspended({"handle": until.isoformat()}, units, run, granted_at, zone)["handle"]
        if "handle" not in fresh or datetime.fromisoformat(kept) > datetime.fromisoformat(fresh["handle"]):
            fresh["handle"] = kept
    if paused is None:
        return fresh | {step: at for step, at in due.items() if datetime.fromisoformat(at) <= now}, None
    stopped = run.pauses[-1][0] if run.pauses else now
    left = deadlines.pause(fresh, units, stopped, zone)
    return {}, left | {step: rest for step, rest in paused.items() if "due" in rest}


def _suspended(
    due: dict[str, str], units: Mapping[str, str], run: Run, since: datetime, zone: ZoneInfo
) -> dict[str, str]:
    """Deadlines that began at a moment, moved by the suspensions since then that are over."""
    for stopped, going in run.pauses:
        if stopped >= since and going is not None:
            due = deadlines.resume(deadlines.pause(due, units, stopped, zone), going, zone)
    return due
