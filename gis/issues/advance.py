"""The loop: one step of an issue, checked against the transition table, noted, in one transaction."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from gis.access.accounts import Account
from gis.access.roles import Role
from gis.errors import BadRequest, IssueChanged, NotAllowed, NotFound, WrongStep
from gis.issues.effects import Doing, Step
from gis.issues.transitions import RATINGS, TRANSITIONS, State, Transition, holds
from gis.issues.visible import named, predicate, reported, require_hand
from gis.messages import Both
from gis.service import Service

__all__ = ["Step", "advance"]

_FIND = """
SELECT i.id, i.state, i.class, i.version, i.reporter_id, i.reported_by, i.worker_id, i.handler_id, i.area_id,
  i.deadlines, i.returns, i.paused, i.extension, i.level, i.warned, i.text, i.place, i.in_time, i.reported_at
FROM issue i JOIN issue_class c ON c.code = i.class WHERE i.id = %(id)s AND {seen} FOR UPDATE OF i
"""
_LAST = """
SELECT e.action, e.actor_id, e.actor, e.note, e.details ->> 'from' AS from
FROM issue i JOIN issue_event e ON e.issue_id = i.id
WHERE i.id = %(id)s AND i.version = %(version)s AND e.action = ANY(%(steps)s) ORDER BY e.id DESC LIMIT 1
"""
# of somebody who walks: where they were heard of last, and how far that is from the issue
_WHERE = """
SELECT round(ST_X(n.geom)::numeric, 7)::float8 AS lon, round(ST_Y(n.geom)::numeric, 7)::float8 AS lat,
  round(ST_Distance(n.geom::geography, i.geom::geography))::int AS metres
FROM worker_now n, issue i
WHERE i.id = %(id)s AND n.at > %(since)s
  AND n.worker = coalesce(%(phone)s::text,
    (SELECT w.id FROM worker w WHERE w.account_id = %(me)s ORDER BY w.id LIMIT 1))
"""
_FRESH = timedelta(minutes=10)


async def advance(service: Service, account: Account, number: int, step: Step) -> None:
    """Does one step. A step that took the issue out of its actor's sight and is sent again with its version, because
    the answer was lost, changes nothing and raises nothing.

    Raises NotFound, NotAllowed, WrongStep (not from this state), IssueChanged (somebody was quicker), BadRequest
    (something is missing or can't be)."""
    require_hand(account)
    rule = TRANSITIONS.get(step.action)
    if rule is None:
        raise BadRequest(
            what="action", why=Both(f"请用 {'、'.join(TRANSITIONS)}", f"use one of {', '.join(TRANSITIONS)}")
        )
    _require(rule, step)
    seen, values = predicate(account)
    now = service.clock.now()
    async with service.database.transaction() as connection:
        row = await (await connection.execute(_FIND.format(seen=seen), {**values, "id": number})).fetchone()
        if row is None:
            if await _was_done(connection, account, number, step):
                return
            raise NotFound(what=named(number))
        if step.version is not None and step.version != row["version"]:
            raise IssueChanged(version=row["version"])
        state = State(row["state"])
        if state not in rule.states:
            raise WrongStep(action=rule.title, state=state.value)
        if account.role not in rule.roles and not (rule.own and reported(account, row)):
            raise NotAllowed(what=rule.title)
        target = rule.to or state
        if not holds(rule, row):
            raise WrongStep(action=rule.title, state=state.value)
        doing = Doing(connection, service, account, row, step, target, now)
        changes = {"state": target.value, "changed_at": now, **await doing.changes()}
        columns = ", ".join(f"{name} = %({name})s" for name in changes)
        await connection.execute(
            f"UPDATE issue SET {columns}, version = version + 1 WHERE id = %(id)s",  # noqa: S608 - names from _changes
            {**changes, "id": number},
        )
        told = {key: value for key, value in {**_told(step), **doing.told}.items() if value is not None}
        told |= await _where(connection, account, number, now)
        await connection.execute(
            "INSERT INTO issue_event (issue_id, action, from_state, to_state, actor_id, actor, at, note, details)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (number, step.action, state.value, target.value, account.number, account.display_name, now, step.note,
             Jsonb(told)),
        )  # fmt: skip


async def _was_done(connection: AsyncConnection[Any], account: Account, number: int, step: Step) -> bool:
    """Whether the last step was this one, done by this account on the version that it names."""
    if step.version is None:
        return False
    bound = {"id": number, "version": step.version + 1, "steps": list(TRANSITIONS)}
    last = await (await connection.execute(_LAST, bound)).fetchone()
    if last is None or (last["action"], last["note"]) != (step.action, step.note):
        return False
    if account.number is None:  # a phone whose worker has no account
        return last["actor_id"] is None and account.worker is not None and last["from"] == account.worker
    return bool(last["actor_id"] == account.number)


def _require(rule: Transition, step: Step) -> None:
    given = {**_told(step), "text": step.text, "note": step.note.strip()}
    for name in rule.needs:
        if not given[name]:
            raise BadRequest(what=name, why=Both("此步骤必须填写", "this step needs it"))
    if step.rating is not None and step.rating not in RATINGS:
        raise BadRequest(what="rating", why=Both(f"请用 {'、'.join(RATINGS)}", f"use one of {', '.join(RATINGS)}"))


async def _where(
    connection: AsyncConnection[Any], account: Account, number: int, now: datetime
) -> dict[str, float | int]:
    """Where a worker does a step: lon, lat (degrees) and metres to the issue; nothing for who sits at a desk."""
    if account.worker is None and account.role is not Role.WORKER:
        return {}
    bound = {"id": number, "since": now - _FRESH, "phone": account.worker, "me": account.number}
    return await (await connection.execute(_WHERE, bound)).fetchone() or {}


def _told(step: Step) -> dict[str, Any]:
    return {
        "class": step.code,
        "worker": step.worker,
        "handler": step.handler,
        "rating": step.rating,
        "into": step.into,
        "until": step.until.isoformat() if step.until else None,
    }
