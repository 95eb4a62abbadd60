"""What each step changes: the columns of the issue, and where it needs them other rows, within one transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from gis.access.accounts import Account
from gis.db import Row
from gis.errors import BadRequest
from gis.issues import deadlines, running
from gis.issues.intake import no_class
from gis.issues.transitions import State
from gis.issues.urgency import is_urgent
from gis.issues.visible import predicate
from gis.messages import Both
from gis.service import Service

LEVELS = ("village", "town", "district")
STEPS = {State.OPEN: ("answer", "arrive", "handle", "plan"), State.CHECK: ("check",), State.RATE: ("rate",)}
"""The deadlines that begin when an issue comes into a state."""
_WORKER = """
SELECT w.id FROM worker w LEFT JOIN grid_in_force g ON g.id = w.grid_id WHERE w.id = %(worker)s AND {seen} LIMIT 1
"""
_OTHER = """
SELECT i.id FROM issue i JOIN issue_class c ON c.code = i.class
WHERE i.id = %(into)s AND i.state <> '已归档' AND {seen}
"""
_SPLIT = (Path(__file__).parent / "split.sql").read_text("utf-8")


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
    text: str | None = None


@dataclass
class Doing:
    """A step that is being done: its issue is locked, its rule has been checked."""

    connection: AsyncConnection[Any]
    service: Service
    account: Account
    row: Row
    step: Step
    target: State
    now: datetime
    told: dict[str, Any] = field(default_factory=dict)
    """What its event tells besides, or (None) doesn't tell."""

    async def changes(self) -> dict[str, Any]:
        """The columns that it changes. Raises BadRequest for what can't be."""
        due: dict[str, str] = dict(self.row["deadlines"])
        changed: dict[str, Any] = {}
        if self.target is not State(self.row["state"]):
            due = await self._due(STEPS.get(self.target, ()))
            changed.update(paused=None, extension=None)
        effect = getattr(self, f"_{self.step.action}", None)
        if effect is not None:
            changed.update(await effect(due))
        changed["deadlines"] = Jsonb(due)
        kept = {
            name: told for name, told in self.row["warned"].items() if due.get(name) == self.row["deadlines"].get(name)
        }
        changed["warned"] = Jsonb(kept)
        return changed

    async def _due(self, steps: tuple[str, ...], code: str | None = None, level: str | None = None) -> dict[str, str]:
        """Deadlines that begin now."""
        limits = await deadlines.limits_on(self.connection, self.row["area_id"])
        zone = self.service.settings.zone
        return deadlines.of_class(limits, code or self.row["class"], steps, self.now, zone, level or self.row["level"])

    async def _sign(self, due: dict[str, str]) -> dict[str, Any]:
        due.pop("answer", None)
        return {"signed_at": self.now}

    async def _arrive(self, due: dict[str, str]) -> dict[str, Any]:
        due.pop("arrive", None)
        return {}

    async def _plan(self, due: dict[str, str]) -> dict[str, Any]:
        due.pop("plan", None)
        return {}

    async def _handle(self, _: dict[str, str]) -> dict[str, Any]:
        limit = self.row["deadlines"].get("handle")
        in_time = self.now <= datetime.fromisoformat(limit) if limit else None
        if self.row["in_time"] is False:  # what was late once is not in time the second time
            in_time = False
        return {"result": self.step.note, "handled_at": self.now, "in_time": in_time}

    async def _fail(self, _: dict[str, str]) -> dict[str, Any]:
        return {"returns": self.row["returns"] + 1}

    _rework = _fail

    async def _return(self, _: dict[str, str]) -> dict[str, Any]:
        self.told["from"] = self.row["worker_id"]
        return {"worker_id": None, "handler_id": None, "signed_at": None, "dispatched_at": None, **await self._fail({})}

    async def _rate(self, _: dict[str, str]) -> dict[str, Any]:
        return {"rating": self.step.rating, "closed_at": self.now}

    async def _withdraw(self, _: dict[str, str]) -> dict[str, Any]:
        return {"closed_at": self.now}

    async def _merge(self, _: dict[str, str]) -> dict[str, Any]:
        seen, values = predicate(self.account)
        found = await self.connection.execute(_OTHER.format(seen=seen), {**values, "into": self.step.into})
        other = await found.fetchone()
        if other is None or other["id"] == self.row["id"]:
            why = Both(f"没有另一件未归档的事件 {self.step.into}", f"there is no other open issue {self.step.into}")
            raise BadRequest(what="into", why=why)
        return {"merged_into": other["id"], "closed_at": self.now}

    async def _split(self, _: dict[str, str]) -> dict[str, Any]:
        code = self.step.code or self.row["class"]
        kind = await self._class(code)
        made = await self.connection.execute(
            _SPLIT,
            {"text": self.step.text, "class": code, "now": self.now, "id": self.row["id"],
             "urgent": kind["urgent"] or is_urgent(self.step.text or ""),
             "deadlines": Jsonb(await self._due(STEPS[State.OPEN], code))},
        )  # fmt: skip
        row = await made.fetchone()
        # whoever sees this issue needn't see the part: its class may be a restricted one
        self.told.update({"into": row and row["id"], "class": None})
        await self.connection.execute(
            "INSERT INTO issue_event (issue_id, action, to_state, actor_id, actor, at, note, details)"
            " VALUES (%s, 'report', '待处理', %s, %s, %s, %s, %s)",
            (row and row["id"], self.account.number, self.account.display_name, self.now, self.step.note,
             Jsonb({"split_from": self.row["id"]})),
        )  # fmt: skip
        return {}

    async def _escalate(self, due: dict[str, str]) -> dict[str, Any]:
        level = LEVELS[LEVELS.index(self.row["level"]) + 1]
        due.clear()
        due.update(await self._due(STEPS[State.OPEN], level=level))
        return {"level": level, "worker_id": None, "handler_id": None, "signed_at": None, "dispatched_at": None,
                "paused": None, "extension": None}  # fmt: skip

    async def _ask_extension(self, _: dict[str, str]) -> dict[str, Any]:
        until = self._until()
        return {"extension": Jsonb({"until": until, "note": self.step.note, "by": self.account.display_name})}

    async def _approve(self, due: dict[str, str]) -> dict[str, Any]:
        until = datetime.fromisoformat(self.row["extension"]["until"])
        if until <= self.now:
            why = Both("申请的时间已过", "the time that was asked for lies in the past by now")
            raise BadRequest(what="until", why=why)
        due["handle"] = until.isoformat()
        return {"extension": None}

    async def _refuse(self, _: dict[str, str]) -> dict[str, Any]:
        return {"extension": None}

    async def _extend(self, due: dict[str, str]) -> dict[str, Any]:
        due["handle"] = self._until()
        return {"extension": None}

    def _until(self) -> str:
        until = self.step.until
        if until is None or until <= self.now:
            raise BadRequest(what="until", why=Both("时间已过", "it lies in the past"))
        return until.astimezone(self.now.tzinfo).isoformat()

    async def _supervise(self, _: dict[str, str]) -> dict[str, Any]:
        return {"supervised": True}

    async def _suspend(self, due: dict[str, str]) -> dict[str, Any]:
        limits = await deadlines.limits_on(self.connection, self.row["area_id"])
        units = deadlines.units(limits, self.row["class"], self.row["level"])
        left = deadlines.pause(due, units, self.now, self.service.settings.zone)
        due.clear()
        return {"paused": Jsonb(left)}

    async def _resume(self, due: dict[str, str]) -> dict[str, Any]:
        left, changed = self.row["paused"], dict[str, Any]()
        if self.step.code:
            changed = await self._reclassify(due)
            left = changed["paused"].obj if "paused" in changed else left
        due.update(deadlines.resume(left, self.now, self.service.settings.zone))
        return {**changed, "paused": None}

    async def _reclassify(self, due: dict[str, str]) -> dict[str, Any]:
        code = self.step.code or self.row["class"]
        kind = await self._class(code)
        urgent = kind["urgent"] or is_urgent(self.row["text"])
        changed = {"class": code, "confidence": 1.0, "unit": kind["unit"], "urgent": urgent}
        if self.target is State.OPEN and code != self.row["class"]:
            found = await self.connection.execute(running.EVENTS, {"id": self.row["id"]})
            run = running.run_of(await found.fetchall(), self.row["reported_at"])
            limits = await deadlines.limits_on(self.connection, self.row["area_id"])
            fresh, left = running.of_other_class(
                limits, code, self.row["level"], run, due, self.row["paused"], self.now, self.service.settings.zone
            )
            due.clear()
            due.update(fresh)
            if left is not None:
                changed["paused"] = Jsonb(left)
        return changed

    async def _class(self, code: str) -> Row:
        query = "SELECT unit, urgent FROM issue_class WHERE code = %s AND enabled"
        row: Row | None = await (await self.connection.execute(query, (code,))).fetchone()
        if row is None:
            raise BadRequest(what="class", why=no_class(code))
        return row

    async def _dispatch(self, due: dict[str, str]) -> dict[str, Any]:
        changed = await self._assigned()
        if "answer" not in due and self.row["paused"] is None:
            due.update(await self._due(("answer",)))
        return {**changed, "dispatched_at": self.now, "signed_at": None}

    async def _transfer(self, due: dict[str, str]) -> dict[str, Any]:
        """Who passes an issue on has nothing to do with it any more."""
        changed: dict[str, Any] = {"worker_id": None, "handler_id": None}
        changed.update(await self._dispatch(due))
        return changed

    async def _assigned(self) -> dict[str, Any]:
        """Whom an issue is sent to: a worker within the scope, or a handling unit's account. A worker takes it over
        from a unit; beside a unit the worker of the place stays."""
        step, changed = self.step, dict[str, Any]()
        self.told["from"] = self.row["worker_id"]
        if not step.worker and not step.handler:
            raise BadRequest(what="worker, handler", why=Both("请指定其中之一", "name one of them"))
        if step.worker:
            seen, values = self.account.scope.sql("g.area_id"), self.account.scope.values()
            found = await self.connection.execute(_WORKER.format(seen=seen), {"worker": step.worker, **values})
            if await found.fetchone() is None:
                why = Both(f"您的辖区内没有网格员 {step.worker}", f"there is no worker {step.worker!r} in your area")
                raise BadRequest(what="worker", why=why)
            changed.update(worker_id=step.worker, handler_id=None)
        if step.handler:
            found = await self.connection.execute(
                "SELECT id FROM account WHERE username = %s AND role = 'handler' AND NOT disabled", (step.handler,)
            )
            row = await found.fetchone()
            if row is None:
                why = Both(f"没有处置单位 {step.handler}", f"there is no handling unit {step.handler!r}")
                raise BadRequest(what="handler", why=why)
            changed["handler_id"] = row["id"]
        return changed
