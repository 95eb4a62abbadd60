"""The one table of what may be done with an issue, from which checks, buttons and the documentation are made."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

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


_OPEN = frozenset({State.OPEN})
_UNCLOSED = frozenset({State.OPEN, State.CHECK, State.RATE})

TRANSITIONS: dict[str, Transition] = {
    one.action: one
    for one in (
        Transition("sign", Both("签收", "Sign for it"), _OPEN, None, _FIELD),
        Transition("arrive", Both("到场", "On site"), _OPEN, None, _FIELD),
        Transition("dispatch", Both("派单", "Dispatch"), _OPEN, None, DESK),
        Transition("return", Both("退回", "Return"), _OPEN, None, _FIELD, ("note",)),
        Transition("handle", Both("处理完成", "Handled"), _OPEN, State.CHECK, _FIELD, ("note",)),
        Transition("pass", Both("核查通过", "Check passed"), frozenset({State.CHECK}), State.RATE, DESK),
        Transition("fail", Both("核查不通过", "Check failed"), frozenset({State.CHECK}), State.OPEN, DESK, ("note",)),
        Transition("rate", Both("评价", "Rate"), frozenset({State.RATE}), State.CLOSED, DESK, ("rating",)),
        Transition("merge", Both("合并", "Merge"), _OPEN, State.CLOSED, DESK, ("into",)),
        Transition("withdraw", Both("撤回", "Withdraw"), _OPEN, State.CLOSED, DESK, ("note",), own=True),
        Transition("reclassify", Both("改类别", "Change the class"), _UNCLOSED, None, DESK, ("class",), own=True),
        Transition("escalate", Both("上报上级", "Escalate"), _OPEN, None, DESK, ("note",)),
        Transition("extend", Both("延期", "Extend"), _OPEN, None, DESK, ("note", "until")),
        Transition("supervise", Both("督办", "Supervise"), _UNCLOSED, None, DESK, ("note",)),
        Transition("suspend", Both("挂账", "Suspend"), _OPEN, None, DESK, ("note",)),
        Transition("resume", Both("恢复", "Resume"), _OPEN, None, DESK),
        Transition("comment", Both("备注", "Comment"), frozenset(State), None, _FIELD, ("note",), own=True),
    )
}


def allowed(state: State, role: Role, *, own: bool) -> list[Transition]:
    """What somebody of this role may do with an issue in this state; `own` says that they reported it."""
    return [one for one in TRANSITIONS.values() if state in one.states and (role in one.roles or (own and one.own))]
