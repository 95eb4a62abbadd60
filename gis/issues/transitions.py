"""The one table of what may be done with an issue, from which checks, buttons and the documentation are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from gis.access.roles import Role
from gis.messages import Both


class State(StrEnum):
    """Where an issue stands; the words are those of the service's answers."""

    OPEN = "待处理"
    CHECK = "待核查"
    RATE = "待评价"
    CLOSED = "已归档"


RATINGS = ("满意", "基本满意", "不满意", "未联系")
DESK = frozenset({Role.ADMINISTRATOR, Role.DISPATCHER, Role.STATION_HEAD})
_FIELD = DESK | {Role.WORKER, Role.HANDLER}


@dataclass(frozen=True)
class Transition:
    """One thing that may be done: in which states, by which roles, where it leads, and what it has to say.

    `to` None keeps the state. `needs` are the fields that must be given.
    """

    action: str
    title: Both
    states: frozenset[State]
    to: State | None
    roles: frozenset[Role]
    needs: tuple[str, ...] = ()
    own: bool = False
    """Whether the reporter may do it too, whatever their role."""
    when: str = ""
    """Conditions of `CONDITIONS` besides the state, joined by commas."""


_OPEN = frozenset({State.OPEN})
_UNCLOSED = frozenset({State.OPEN, State.CHECK, State.RATE})

CONDITIONS: dict[str, Callable[[Mapping[str, Any]], bool]] = {
    "suspended": lambda issue: issue["paused"] is not None,
    "not suspended": lambda issue: issue["paused"] is None,
    "extension asked": lambda issue: issue["extension"] is not None,
    "below district": lambda issue: issue["level"] != "district",
}
"""What a step may ask of an issue besides its state: name -> whether it is so."""

TRANSITIONS: dict[str, Transition] = {
    one.action: one
    for one in (
        Transition("sign", Both("签收", "Sign for it"), _OPEN, None, _FIELD),
        Transition("arrive", Both("到场", "On site"), _OPEN, None, _FIELD),
        Transition("plan", Both("上报方案", "File a plan"), _OPEN, None, _FIELD, ("note",)),
        Transition("dispatch", Both("派单", "Dispatch"), _OPEN, None, DESK),
        Transition("transfer", Both("转办", "Pass on"), _OPEN, None, _FIELD, ("note",)),
        Transition("return", Both("退回", "Return"), _OPEN, None, _FIELD, ("note",)),
        Transition("handle", Both("处理完成", "Handled"), _OPEN, State.CHECK, _FIELD, ("note",)),
        Transition("pass", Both("核查通过", "Check passed"), frozenset({State.CHECK}), State.RATE, DESK),
        Transition("fail", Both("核查不通过", "Check failed"), frozenset({State.CHECK}), State.OPEN, DESK, ("note",)),
        Transition("rate", Both("评价", "Rate"), frozenset({State.RATE}), State.CLOSED, DESK, ("rating",)),
        Transition("rework", Both("重新处理", "Handle again"), frozenset({State.RATE}), State.OPEN, DESK, ("note",)),
        Transition("merge", Both("合并", "Merge"), _OPEN, State.CLOSED, DESK, ("into",)),
        Transition("split", Both("拆分", "Split"), _OPEN, None, DESK, ("text",)),
        Transition("withdraw", Both("撤回", "Withdraw"), _OPEN, State.CLOSED, DESK, ("note",), own=True),
        Transition("reclassify", Both("改类别", "Change the class"), _UNCLOSED, None, DESK, ("class",), own=True),
        Transition("escalate", Both("上报上级", "Escalate"), _OPEN, None, DESK, ("note",), when="below district"),
        Transition("ask_extension", Both("申请延期", "Ask for an extension"), _OPEN, None, _FIELD, ("note", "until")),
        Transition("approve", Both("同意延期", "Allow it"), _OPEN, None, DESK, when="extension asked, not suspended"),
        Transition("refuse", Both("不同意延期", "Refuse it"), _OPEN, None, DESK, ("note",), when="extension asked"),
        Transition("extend", Both("延期", "Extend"), _OPEN, None, DESK, ("note", "until"), when="not suspended"),
        Transition("supervise", Both("督办", "Supervise"), _UNCLOSED, None, DESK, ("note",)),
        Transition("suspend", Both("挂账", "Suspend"), _OPEN, None, DESK, ("note",), when="not suspended"),
        Transition("resume", Both("恢复", "Resume"), _OPEN, None, DESK, when="suspended"),
        Transition("comment", Both("备注", "Comment"), frozenset(State), None, _FIELD, ("note",), own=True),
    )
}


def allowed(state: State, role: Role, *, own: bool, issue: Mapping[str, Any]) -> list[Transition]:
    """What somebody of this role may do with an issue in this state; `own` says that they reported it."""
    return [
        one
        for one in TRANSITIONS.values()
        if state in one.states and (role in one.roles or (own and one.own)) and holds(one, issue)
    ]


def holds(rule: Transition, issue: Mapping[str, Any]) -> bool:
    """Whether the step's condition is so."""
    return all(CONDITIONS[name](issue) for name in rule.when.split(", ") if name)


NAMES = {
    "report": Both("上报", "Reported"),
    "soon": Both("即将到期", "Due soon"),
    "late": Both("已超期", "Overdue"),
    "remind": Both("未签收，提醒", "Not signed for, reminded"),
    "silent": Both("未签收，改派", "Silent, reassigned"),
    "handover": Both("网格员变更，改派", "Another worker in the grid"),
    "photo": Both("添加照片", "Photo added"),
}
"""What events are called that are no steps."""
