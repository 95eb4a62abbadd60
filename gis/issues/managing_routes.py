"""What an administrator sets about issues: classes, limits, rule sets of areas, webhooks; each change is audited."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from gis.access import audit
from gis.access.accounts import Account
from gis.access.audit import who
from gis.access.http import SignedIn
from gis.access.roles import Permission
from gis.errors import BadRequest, NotAllowed, NotFound
from gis.issues import sms
from gis.issues.callers import key_of
from gis.issues.intake import no_class
from gis.issues.transitions import NAMES, TRANSITIONS
from gis.messages import Both
from gis.service import Here, Service

router = APIRouter(tags=["issues"])
Number = Annotated[int, Path(ge=1, le=2**63 - 1)]
_STEP = "^(answer|arrive|handle|plan|check|rate)$"
_LONGEST = {"minute": 100_000, "hour": 10_000, "working_hour": 2_000, "working_day": 500}
"""How long a limit may be: about a year, since each report counts it through the calendar."""
_EVERYWHERE = Both("设置全部区域的规则（需要管理全部区域）", "set rules of all areas")


_RULES = """
SELECT a.code AS area, a.name, r.rule_set FROM issue_rule_area r JOIN area a ON a.id = r.area_id
WHERE {seen} ORDER BY a.path
"""
_AREA = "SELECT a.id FROM area a WHERE a.code = %(code)s AND {seen}"


class ClassChange(BaseModel):
    """A class as it shall be."""

    model_config = ConfigDict(extra="forbid")

    name_zh: str = Field(min_length=1, max_length=40)
    name_en: str = Field(min_length=1, max_length=80)
    unit: str = Field(default="", max_length=40)
    restricted: bool = False
    urgent: bool = False
    enabled: bool = True


class Limit(BaseModel):
    """How long a step may take; without class or level it counts for all."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    rule_set: str = Field(default="standard", pattern=r"^[\w-]{1,30}$")
    class_: str | None = Field(default=None, alias="class", pattern=r"^\d{4}$")
    level: str | None = Field(default=None, pattern="^(village|town|district)$")
    step: str = Field(pattern=_STEP)
    amount: int = Field(ge=1, le=100_000)
    unit: str = Field(pattern="^(minute|hour|working_hour|working_day)$")


class RuleSet(BaseModel):
    """The rule set of an area and everything below it."""

    rule_set: str = Field(pattern=r"^[\w-]{1,30}$")


class NewWebhook(BaseModel):
    """Where steps are told: `shape` json, wecom (企业微信), dingtalk (钉钉) or sms; no `actions` means all.

    An `sms` gateway takes `template` filled in, for the worker whose issue it is; without `actions` it is told what
    the clock does. `accepts` is what its answer holds when it took it. The secret stands at `{secret}`, or is a bearer.
    """

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=60)
    url: str = Field(pattern=r"^https?://[^\s]+$", max_length=500)
    secret: str = Field(default="", max_length=200)
    shape: str = Field(default="json", pattern="^(json|wecom|dingtalk|sms)$")
    template: str | None = Field(default=None, max_length=2000)
    accepts: str | None = Field(default=None, max_length=100)
    actions: list[str] = Field(default=[], max_length=40)
    area: str | None = Field(default=None, max_length=30)


class Webhook(BaseModel):
    """A webhook, without its secret; `dead` deliveries were given up."""

    id: int
    name: str
    url: str
    shape: str
    template: str | None
    accepts: str | None
    actions: list[str]
    area: str | None
    enabled: bool
    created_at: datetime
    created_by: str
    waiting: int
    dead: int


def _require(account: Account, *, everywhere: bool = True) -> None:
    account.require(Permission.ADMINISTER)
    if everywhere and not account.scope.everywhere:
        raise NotAllowed(what=_EVERYWHERE)


async def _note(connection: Any, here: Service, request: Request, account: Account, action: str, thing: Any) -> None:
    await audit.record(connection, here.clock.now(), who(request.scope, account), action, "issues", thing)


@router.put("/api/issues/classes/{code}", summary="Set a class")
async def put_class(
    code: Annotated[str, Path(pattern=r"^\d{4}$")], new: ClassChange, account: SignedIn, here: Here, request: Request
) -> dict[str, Any]:
    """Changes a class, or makes one of a local class (21xx). It counts for reports from now on."""
    _require(account)
    values = {**new.model_dump(), "code": code, "group": code[:2]}
    async with here.database.transaction() as connection:
        known = await (await connection.execute("SELECT FROM issue_class WHERE code = %s", (code,))).fetchone()
        if known is None and not code.startswith("21"):
            raise BadRequest(
                what="code", why=Both("只能新增本地类别 2101 至 2199", "new classes are local ones, 2101 to 2199")
            )
        await connection.execute(
            "INSERT INTO issue_class (code, group_code, name_zh, name_en, unit, restricted, urgent, enabled) VALUES"
            " (%(code)s, %(group)s, %(name_zh)s, %(name_en)s, %(unit)s, %(restricted)s, %(urgent)s, %(enabled)s)"
            " ON CONFLICT (code) DO UPDATE SET name_zh = excluded.name_zh, name_en = excluded.name_en,"
            " unit = excluded.unit, restricted = excluded.restricted, urgent = excluded.urgent,"
            " enabled = excluded.enabled",
            values,
        )
        await _note(connection, here, request, account, "issue.class.set", code)
    return {"code": code, **new.model_dump()}


@router.get("/api/issues/limits", summary="How long steps may take")
async def list_limits(account: SignedIn, here: Here) -> dict[str, Any]:
    """The limits, and the areas whose rule set isn't `standard`."""
    limits = await here.database.all(
        "SELECT id, rule_set, class, level, step, amount, unit FROM issue_limit"
        " ORDER BY rule_set, class NULLS FIRST, level NULLS FIRST, step"
    )
    areas = await here.database.all(
        _RULES.format(seen=account.scope.sql("a.id")),
        account.scope.values(),
    )
    return {"limits": limits, "areas": areas}


@router.put("/api/issues/limits", summary="Set a limit")
async def put_limit(new: Limit, account: SignedIn, here: Here, request: Request) -> dict[str, Any]:
    """Sets how long a step may take. Deadlines that run already stay as they are."""
    _require(account)
    if new.amount > _LONGEST[new.unit]:
        most = _LONGEST[new.unit]
        raise BadRequest(what="amount", why=Both(f"此单位最多 {most}", f"at most {most} of this unit"))
    values = new.model_dump(by_alias=True)
    async with here.database.transaction() as connection:
        if new.class_ is not None:
            known = await connection.execute("SELECT FROM issue_class WHERE code = %s", (new.class_,))
            if await known.fetchone() is None:
                raise BadRequest(what="class", why=no_class(new.class_))
        row = await (
            await connection.execute(
                "INSERT INTO issue_limit (rule_set, class, level, step, amount, unit) VALUES (%(rule_set)s, %(class)s,"
                " %(level)s, %(step)s, %(amount)s, %(unit)s) ON CONFLICT (rule_set, coalesce(class, ''),"
                " coalesce(level, ''), step) DO UPDATE SET amount = excluded.amount, unit = excluded.unit RETURNING id",
                values,
            )
        ).fetchone()
        await _note(connection, here, request, account, "issue.limit.set", row["id"] if row else "")
    return {"id": row["id"] if row else None, **values}


@router.delete("/api/issues/limits/{limit_id}", status_code=204, summary="Take a limit away")
async def delete_limit(limit_id: Number, account: SignedIn, here: Here, request: Request) -> Response:
    """Takes a limit away; deadlines that run already stay."""
    _require(account)
    async with here.database.transaction() as connection:
        gone = await connection.execute("DELETE FROM issue_limit WHERE id = %s", (limit_id,))
        if not gone.rowcount:
            raise NotFound(what=Both(f"时限 {limit_id}", f"limit {limit_id}"))
        await _note(connection, here, request, account, "issue.limit.removed", limit_id)
    return Response(status_code=204)


@router.put("/api/issues/rules/{area}", summary="Set an area's rule set")
async def put_rule_set(
    area: Annotated[str, Path(max_length=30)], new: RuleSet, account: SignedIn, here: Here, request: Request
) -> dict[str, Any]:
    """Switches a rule set (`2341`) on for an area with everything below it; `standard` switches it off."""
    _require(account, everywhere=False)
    async with here.database.transaction() as connection:
        row = await (
            await connection.execute(
                _AREA.format(seen=account.scope.sql("a.id")),
                {"code": area, **account.scope.values()},
            )
        ).fetchone()
        if row is None:
            raise NotFound(what=area)
        known = await connection.execute("SELECT FROM issue_limit WHERE rule_set = %s LIMIT 1", (new.rule_set,))
        if await known.fetchone() is None:
            why = Both(f"没有规则 {new.rule_set}", f"there is no rule set {new.rule_set!r}")
            raise BadRequest(what="rule_set", why=why)
        await connection.execute("DELETE FROM issue_rule_area WHERE area_id = %s", (row["id"],))
        if new.rule_set != "standard":
            await connection.execute(
                "INSERT INTO issue_rule_area (area_id, rule_set) VALUES (%s, %s)", (row["id"], new.rule_set)
            )
        await _note(connection, here, request, account, "issue.rules.set", area)
    return {"area": area, "rule_set": new.rule_set}


@router.get("/api/issues/webhooks", summary="Webhooks")
async def list_webhooks(account: SignedIn, here: Here) -> dict[str, list[Webhook]]:
    """The webhooks, with how many deliveries wait and how many were given up."""
    _require(account)
    rows = await here.database.all(
        "SELECT w.id, w.name, w.url, w.shape, w.template, w.accepts, w.actions, a.code AS area, w.enabled,"
        " w.created_at, w.created_by,"
        " count(d.id) FILTER (WHERE d.delivered_at IS NULL AND d.dead_at IS NULL) AS waiting,"
        " count(d.dead_at) AS dead FROM issue_webhook w LEFT JOIN area a ON a.id = w.area_id"
        " LEFT JOIN issue_delivery d ON d.webhook_id = w.id GROUP BY w.id, a.code ORDER BY w.id"
    )
    return {"webhooks": [Webhook(**row) for row in rows]}


@router.post("/api/issues/webhooks", status_code=201, summary="Add a webhook")
async def add_webhook(new: NewWebhook, account: SignedIn, here: Here, request: Request) -> dict[str, int]:
    """Tells another system of steps from now on. The secret signs, and is never shown again."""
    _require(account)
    if unknown := [one for one in new.actions if one not in {*TRANSITIONS, *NAMES}]:
        raise BadRequest(what="actions", why=Both(f"没有步骤 {unknown[0]}", f"there is no step {unknown[0]!r}"))
    if new.shape == "sms":
        new = new.model_copy(update={"template": sms.check(new.template), "actions": new.actions or list(sms.ACTIONS)})
    elif new.template is not None or new.accepts is not None:
        raise BadRequest(what="template, accepts", why=Both("只用于短信", "only SMS has them"))
    hidden = key_of(here.settings.data_dir).encrypt(new.secret.encode())
    async with here.database.transaction() as connection:
        row = await (
            await connection.execute(
                "INSERT INTO issue_webhook (name, url, secret, shape, template, accepts, actions, area_id, created_at,"
                " created_by) SELECT %(name)s, %(url)s, %(secret)s, %(shape)s, %(template)s, %(accepts)s, %(actions)s,"
                " a.id, %(now)s, %(by)s"
                " FROM (SELECT %(area)s::text AS code) asked LEFT JOIN area a ON a.code = asked.code"
                " WHERE asked.code IS NULL OR a.id IS NOT NULL RETURNING id",
                {**new.model_dump(), "secret": hidden, "now": here.clock.now(), "by": account.username},
            )
        ).fetchone()
        if row is None:
            raise NotFound(what=new.area or "")
        await _note(connection, here, request, account, "issue.webhook.added", row["id"])
    return {"id": row["id"]}


@router.delete("/api/issues/webhooks/{webhook_id}", status_code=204, summary="Remove a webhook")
async def delete_webhook(webhook_id: Number, account: SignedIn, here: Here, request: Request) -> Response:
    """Tells it nothing any more; what waits is dropped."""
    _require(account)
    async with here.database.transaction() as connection:
        gone = await connection.execute("DELETE FROM issue_webhook WHERE id = %s", (webhook_id,))
        if not gone.rowcount:
            raise NotFound(what=Both(f"推送 {webhook_id}", f"webhook {webhook_id}"))
        await _note(connection, here, request, account, "issue.webhook.removed", webhook_id)
    return Response(status_code=204)


@router.get("/api/issues/deliveries", summary="Deliveries that wait or were given up")
async def list_deliveries(
    account: SignedIn, here: Here, dead: Annotated[bool, Query(description="only those given up")] = True
) -> dict[str, Any]:
    """The latest hundred deliveries that weren't taken, with why."""
    _require(account)
    rows = await here.database.all(
        "SELECT d.id, d.webhook_id AS webhook, e.issue_id AS issue, e.action, d.attempts, d.error, d.next_at, d.dead_at"
        " FROM issue_delivery d JOIN issue_event e ON e.id = d.event_id"
        " WHERE d.delivered_at IS NULL AND (NOT %s OR d.dead_at IS NOT NULL) ORDER BY d.id DESC LIMIT 100",
        (dead,),
    )
    return {"deliveries": rows}


@router.post("/api/issues/deliveries/{delivery_id}/retry", status_code=202, summary="Try a delivery again")
async def retry_delivery(delivery_id: Number, account: SignedIn, here: Here) -> dict[str, int]:
    """Tries one that was given up again, from the first attempt on."""
    _require(account)
    touched = await here.database.run(
        "UPDATE issue_delivery SET attempts = 0, dead_at = NULL, next_at = %s WHERE id = %s AND delivered_at IS NULL",
        (here.clock.now(), delivery_id),
    )
    if not touched:
        raise NotFound(what=Both(f"推送记录 {delivery_id}", f"delivery {delivery_id}"))
    return {"id": delivery_id}
