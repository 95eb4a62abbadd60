"""The loop: one step of an issue, checked against the transition table, noted, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from gis.access.accounts import Account
from gis.db import Row
from gis.errors import BadRequest, IssueChanged, NotAllowed, NotFound, WrongStep
from gis.issues import deadlines
from gis.issues.intake import _LIMITS as LIMITS
from gis.issues.transitions import RATINGS, TRANSITIONS, State, Transition, allowed
from gis.issues.visible import predicate, reported
from gis.service import Service

_STEPS = {State.OPEN: ("answer", "arrive", "handle", "plan"), State.CHECK: ("check",), State.RATE: ("rate",)}
_FIND = """
SELECT i.id, i.state, i.class, i.version, i.reporter_id, i.reported_by, i.worker_id, i.handler_id, i.area_id,
  i.deadlines, i.returns
FROM issue i JOIN issue_class c ON c.code = i.class WHERE i.id = %(id)s AND {seen} FOR UPDATE OF i
"""


_WORKER = """
SELECT w.id FROM worker w LEFT JOIN grid_in_force g ON g.id = w.grid_id WHERE w.id = %(worker)s AND {seen} LIMIT 1
"""
_OTHER = """
SELECT i.id FROM issue i JOIN issue_class c ON c.code = i.class
WHERE i.id = %(into)s AND i.merged_into IS NULL AND {seen}
"""


@dataclass(frozen=True)
class Step:
    """What is to be done, with what it says; `version` is the one that the actor saw."""

    action: str
    version: int | None = None
    note: str = ""
    code: str | None = None
    worker: str | None = None
    handler: str | None = None
    rating: str | None = None
    into: int | None = None
    until: datetime | None = None


async def advance(service: Service, account: Account, number: int, step: Step) -> None:
    """Does one step. Raises NotFound, NotAllowed, WrongStep (not from this state), IssueChanged (somebody was
    quicker), BadRequest (something is missing or can't be)."""
    rule = TRANSITIONS.get(step.action)
    if rule is None:
        raise BadRequest(what="action", why=f"use one of {', '.join(TRANSITIONS)}")
    _require(rule, step)
    seen, values = predicate(account)
    now = service.clock.now()
    async with service.database.transaction() as connection:
        row = await (await connection.execute(_FIND.format(seen=seen), {**values, "id": number})).fetchone()
        if row is None:
            raise NotFound(what=f"issue {number}")
        if step.version is not None and step.version != row["version"]:
            raise IssueChanged(version=row["version"])
        state = State(row["state"])
        if state not in rule.states:
            raise WrongStep(action=rule.title, state=state.value)
        if rule not in allowed(state, account.role, own=reported(account, row)):
            raise NotAllowed(what=rule.title)
        target = rule.to or state
        changes = await _changes(connection, account, row, rule, step, target, service, now)
        columns = ", ".join(f"{name} = %({name})s" for name in changes)
        await connection.execute(
            f"UPDATE issue SET {columns}, version = version + 1 WHERE id = %(id)s",  # noqa: S608 - names from _changes
            {**changes, "id": number},
        )
        told = {key: value for key, value in _told(step).items() if value is not None}
        await connection.execute(
            "INSERT INTO issue_event (issue_id, action, from_state, to_state, actor_id, actor, at, note, details)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (number, step.action, state.value, target.value, account.number, account.display_name, now, step.note,
             Jsonb(told)),
        )  # fmt: skip


def _in_time(due: dict[str, str], now: datetime) -> bool | None:
    """Whether the deadline of handling was kept; None when there is none."""
    return now <= datetime.fromisoformat(due["handle"]) if "handle" in due else None


def _require(rule: Transition, step: Step) -> None:
    given = {**_told(step), "note": step.note.strip()}
    for name in rule.needs:
        if not given[name]:
            raise BadRequest(what=name, why="this step needs it")
    if step.rating is not None and step.rating not in RATINGS:
        raise BadRequest(what="rating", why=f"use one of {', '.join(RATINGS)}")


def _told(step: Step) -> dict[str, Any]:
    return {
        "class": step.code,
        "worker": step.worker,
        "handler": step.handler,
        "rating": step.rating,
        "into": step.into,
        "until": step.until.isoformat() if step.until else None,
    }


async def _changes(
    connection: Any,
    account: Account,
    row: Row,
    rule: Transition,
    step: Step,
    target: State,
    service: Service,
    now: datetime,
) -> dict[str, Any]:
    """The columns that a step changes."""
    changes: dict[str, Any] = {"state": target.value, "changed_at": now}
    due: dict[str, str] = dict(row["deadlines"])
    if target is not State(row["state"]):
        limits = await (await connection.execute(LIMITS, {"area": row["area_id"]})).fetchall()
        due = deadlines.of_class(limits, row["class"], _STEPS.get(target, ()), now, service.settings.zone)
    match rule.action:
        case "sign":
            due.pop("answer", None)
        case "arrive":
            due.pop("arrive", None)
        case "handle":
            changes.update(result=step.note, handled_at=now, in_time=_in_time(row["deadlines"], now))
        case "fail":
            changes["returns"] = row["returns"] + 1
        case "return":
            changes.update(worker_id=None, handler_id=None, returns=row["returns"] + 1)
        case "rate":
            changes.update(rating=step.rating, closed_at=now)
        case "withdraw":
            changes["closed_at"] = now
        case "suspend":
            due = {}
        case "extend" if step.until is not None:
            if step.until <= now:
                raise BadRequest(what="until", why="it lies in the past")
            due["handle"] = step.until.astimezone(now.tzinfo).isoformat()
        case "resume" | "reclassify":
            code = step.code or row["class"]
            known = await (
                await connection.execute("SELECT unit FROM issue_class WHERE code = %s AND enabled", (code,))
            ).fetchone()
            if known is None:
                raise BadRequest(what="class", why=f"there is no class {code!r}")
            if step.code:
                changes.update({"class": code, "confidence": 1.0, "unit": known["unit"]})
            if rule.action == "resume":
                limits = await (await connection.execute(LIMITS, {"area": row["area_id"]})).fetchall()
                due = deadlines.of_class(limits, code, _STEPS[State.OPEN], now, service.settings.zone)
        case "dispatch":
            changes.update(await _assigned(connection, account, step))
        case "merge":
            changes.update(merged_into=await _other(connection, account, row, step), closed_at=now)
    changes["deadlines"] = Jsonb(due)
    return changes


async def _assigned(connection: Any, account: Account, step: Step) -> dict[str, Any]:
    """Whom an issue is sent to: a worker within the scope, or a handling unit's account."""
    if not step.worker and not step.handler:
        raise BadRequest(what="worker, handler", why="name one of them")
    changes: dict[str, Any] = {}
    if step.worker:
        row = await (
            await connection.execute(
                _WORKER.format(seen=account.scope.sql("g.area_id")),
                {"worker": step.worker, **account.scope.values()},
            )
        ).fetchone()
        if row is None:
            raise BadRequest(what="worker", why=f"there is no worker {step.worker!r} in your area")
        changes["worker_id"] = step.worker
    if step.handler:
        row = await (
            await connection.execute(
                "SELECT id FROM account WHERE username = %s AND role = 'handler' AND NOT disabled", (step.handler,)
            )
        ).fetchone()
        if row is None:
            raise BadRequest(what="handler", why=f"there is no handling unit {step.handler!r}")
        changes["handler_id"] = row["id"]
    return changes


async def _other(connection: Any, account: Account, row: Row, step: Step) -> int:
    """The issue that this one is merged into."""
    seen, values = predicate(account)
    other = await (await connection.execute(_OTHER.format(seen=seen), {**values, "into": step.into})).fetchone()
    if other is None or other["id"] == row["id"]:
        raise BadRequest(what="into", why=f"there is no other issue {step.into}")
    return int(other["id"])
