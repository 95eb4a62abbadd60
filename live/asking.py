"""What the routes of the past share: times in a query, who is within the scope, and that reading is recorded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Depends, Query, Request

from gis.access import audit
from gis.access.accounts import Account
from gis.access.roles import Permission
from gis.areas import hierarchy
from gis.clock import moment
from gis.errors import BadRequest
from gis.messages import Both
from live.formats import values
from live.layer import LiveLayer
from live.roster import Member

Since = Annotated[str | None, Query(alias="from", description="ISO 8601, a day, or epoch")]
Until = Annotated[str | None, Query(alias="to", description="ISO 8601, a day, or epoch; both ends count")]
Reason = Annotated[str, Query(max_length=500, description="Why it is read; it is recorded")]
Area = Annotated[str | None, Query(description="Code of an area: only what lies in it")]


def _layer(request: Request) -> LiveLayer:
    layer = request.app.state.live
    assert isinstance(layer, LiveLayer)  # noqa: S101 - set by create_app
    return layer


Layer = Annotated[LiveLayer, Depends(_layer)]


def at(name: str, text: str | None, layer: LiveLayer, *, end: bool = False) -> datetime | None:
    """A moment of the query; a day means its beginning, or with `end` its end. Raises BadRequest."""
    if not text:
        return None
    zone = layer.service.settings.zone
    try:
        if values.number(text) is not None and (micros := values.moment(text)) is not None:
            return datetime.fromtimestamp(micros / 1e6, zone)
        if len(text) == 10 and not end:
            return datetime.fromisoformat(text).replace(tzinfo=zone)
        return moment(_with_plus(text), zone)
    except (ValueError, OverflowError, OSError) as unreadable:
        why = Both("请用 ISO 8601 时间、日期或时间戳", "a time in ISO 8601, a day, or epoch")
        raise BadRequest(what=name, why=why) from unreadable


def _with_plus(text: str) -> str:
    """The + of an offset arrives as a blank when nobody encoded it."""
    head, blank, offset = text.rpartition(" ")
    return f"{head}+{offset}" if blank and "T" in head else text


def span(
    layer: LiveLayer, since: str | None, until: str | None, *, usual: timedelta, most: timedelta
) -> tuple[datetime, datetime]:
    """The time between `from` and `to`: `usual` long up to now unless said, at most `most`. Raises BadRequest."""
    end = at("to", until, layer, end=True) or layer.service.clock.now()
    begin = at("from", since, layer) or end - usual
    if end < begin:
        raise BadRequest(what="to", why=Both("结束时间早于开始时间", "the end lies before the beginning"))
    if end - begin > most:
        days = most.days
        raise BadRequest(what="to", why=Both(f"一次最多查询 {days} 天", f"at most {days} days at a time"))
    return begin, end


async def members_of(layer: LiveLayer, account: Account, area: str | None) -> list[Member]:
    """The workers of an area, or all, within the scope, by number; raises NotFound for an area that isn't seen."""
    account.require(Permission.SEE_WORKERS)
    inside = None if area is None else await below(layer, account, area)
    await layer.roster.refresh()
    seen = [
        member
        for member in layer.roster.members.values()
        if account.scope.sees(member.area_id) and (inside is None or member.area_id in inside)
    ]
    return sorted(seen, key=lambda member: member.number)


async def below(layer: LiveLayer, account: Account, area: str) -> set[int]:
    """The ids of an area and of all below it; raises NotFound for one that isn't seen."""
    await hierarchy.one(layer.service.database, account.scope, area)
    rows = await layer.service.database.all(
        "SELECT below.id FROM area a JOIN area below ON below.path <@ a.path WHERE a.code = %s", (area,)
    )
    return {row["id"] for row in rows}


async def record(
    request: Request,
    account: Account,
    layer: LiveLayer,
    action: str,
    thing: str,
    thing_id: str,
    *,
    areas: Sequence[int] | None,
    reason: str,
    **told: Any,
) -> None:
    """Writes down that a past is read, before it is; raises BadRequest when a reason is required and there is none."""
    if layer.service.settings.track_reason == "required" and not reason.strip():
        raise BadRequest(what="reason", why=Both("请说明查看轨迹的原因", "say why the track is read"))
    async with layer.service.database.transaction() as connection:  # nobody reads without a record of it
        by = audit.who(request.scope, account)
        detail = {**told, "reason": reason.strip()}
        await audit.record(
            connection, layer.service.clock.now(), by, action, thing, thing_id, areas=areas, detail=detail
        )
