"""Duty over HTTP: switched by the phone, hours set by administrators and station heads (站长)."""

from __future__ import annotations

from datetime import datetime, time
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from gis.access import audit, duty
from gis.access.http import Phone, SignedIn
from gis.access.people import PostRole
from gis.access.roles import Permission
from gis.errors import BadRequest, NotAllowed
from gis.messages import Both
from gis.service import Here

router = APIRouter(tags=["access"])


class DutySwitch(BaseModel):
    """What a worker switches."""

    model_config = ConfigDict(extra="forbid")

    on: bool


class DutyNow(BaseModel):
    """Whether a worker's positions are taken now; `switched_until` is null unless they switched duty on themselves."""

    worker: str
    on_duty: bool
    switched_until: datetime | None


class DutyHours(BaseModel):
    """Hours on some weekdays (ISO, 1 is Monday); `ends` at or before `starts` is on the following day."""

    weekdays: list[Annotated[int, Field(ge=1, le=7)]] = Field(min_length=1, max_length=7)
    starts: time
    ends: time


class DutyRule(BaseModel):
    """The hours of a worker, of a post, or (neither) of all who have none of their own."""

    model_config = ConfigDict(extra="forbid")

    worker: str | None = Field(default=None, max_length=100)
    role: PostRole | None = None
    hours: list[DutyHours] = Field(max_length=21)


class DutyRules(BaseModel):
    """All hours that are set."""

    rules: list[DutyRule]


@router.get("/api/duty", summary="A phone's duty")
async def get_duty(phone: Phone, here: Here) -> DutyNow:
    """Whether the positions of the phone's worker are taken now."""
    return DutyNow(worker=phone.worker_id, **await here.duty.state(phone.worker_id))


@router.post("/api/duty", summary="Switch duty on or off")
async def switch_duty(switch: DutySwitch, phone: Phone, here: Here) -> DutyNow:
    """The worker's own switch; it ends by itself after GRIDTWIN_DUTY_SWITCH_HOURS."""
    await here.duty.switch(phone.worker_id, on=switch.on)
    return DutyNow(worker=phone.worker_id, **await here.duty.state(phone.worker_id))


@router.get("/api/duty/hours", summary="Duty hours")
async def get_hours(account: SignedIn, here: Here) -> DutyRules:
    """The hours of all, of posts, and of the workers within the scope."""
    account.require(Permission.ENROL)
    rules: dict[tuple[str | None, PostRole | None], DutyRule] = {}
    for row in await duty.hours_of(here.database, account.scope):
        rule = rules.setdefault(
            (row["worker"], row["role"]), DutyRule(worker=row["worker"], role=row["role"], hours=[])
        )
        rule.hours.append(DutyHours(weekdays=row["weekdays"], starts=row["starts"], ends=row["ends"]))
    return DutyRules(rules=list(rules.values()))


@router.put("/api/duty/hours", status_code=204, summary="Set duty hours")
async def put_hours(rule: DutyRule, account: SignedIn, here: Here, request: Request) -> None:
    """Replaces the hours of one worker, of a post, or of all; an empty list takes them away."""
    account.require(Permission.ENROL)
    if rule.worker is not None and rule.role is not None:
        raise BadRequest(what="role", why="name a worker or a role, not both")
    if rule.worker is None and not account.scope.everywhere:
        raise NotAllowed(what=Both("设定全体或岗位的在岗时间", "set the hours of all or of a post"))
    hours = [(item.weekdays, _whole_minutes(item.starts), _whole_minutes(item.ends)) for item in rule.hours]
    async with here.database.transaction() as connection:
        await duty.set_hours(connection, account.scope, rule.worker, rule.role, hours)
        by, told = audit.who(request.scope, account), rule.model_dump(mode="json", include={"role", "hours"})
        await audit.record(connection, here.clock.now(), by, "duty.hours", "worker", rule.worker or "", detail=told)


def _whole_minutes(at: time) -> time:
    if at.tzinfo is not None or at.second or at.microsecond:
        raise BadRequest(what="hours", why="write times as 08:30, in the time zone of the service")
    return at
