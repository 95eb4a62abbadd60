"""The table of steps in the docs is the one that is enforced."""

import re
from pathlib import Path

from gis.access.roles import Role
from gis.issues.transitions import DESK, TRANSITIONS, State

DOCS = Path(__file__).resolve().parents[3] / "docs" / "issues.md"


def test_the_table_in_the_docs_is_the_one_that_is_enforced():
    rows = re.findall(
        r"^\| `(\w+)` \| (\S+) \| ([^|]+) \| (\S+) \| ([^|]+) \| ([^|]*) \| ([^|]*) \|$", DOCS.read_text("utf-8"), re.M
    )
    stated = {
        action: (title, states.split(), to, who, needs.strip(), when.strip())
        for action, title, states, to, who, needs, when in rows
    }
    enforced = {
        one.action: (
            one.title.zh,
            [state.value for state in State if state in one.states],
            one.to.value if one.to else "–",
            ("field" if Role.WORKER in one.roles else "desk") + (", own" if one.own else ""),
            ", ".join(one.needs),
            one.when,
        )
        for one in TRANSITIONS.values()
    }
    assert stated == enforced
    assert all(one.roles >= DESK for one in TRANSITIONS.values())
