"""The table of steps in the docs is the one that is enforced."""

import re
from pathlib import Path

from gis.access.roles import Role
from gis.issues.transitions import DESK, NAMES, TRANSITIONS, State

ROOT = Path(__file__).resolve().parents[3]
DOCS = ROOT / "docs" / "issues.md"
WORDS = ROOT / "frontend" / "src" / "i18n" / "steps.ts"


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


def test_every_step_and_every_event_has_a_word_at_the_desk_and_on_the_phone():
    """One catalogue for buttons and history, which calls each step what the table calls it."""
    said = dict(re.findall(r"^  act_(\w+): \['([^']+)', '[^']+'\],$", WORDS.read_text("utf-8"), re.M))
    titles = {one.action: one.title.zh for one in TRANSITIONS.values()} | {name: one.zh for name, one in NAMES.items()}
    assert {name: said.get(name) for name in titles} == titles
    written = {
        action
        for file in sorted((ROOT / "gis").rglob("*.py"))
        for statement in re.findall(r"INTO issue_event.{0,200}", file.read_text("utf-8"), re.S)
        for action in re.findall(r"(?:VALUES \(%s, |SELECT id, )'([a-z_]+)'", statement)
    }
    assert written >= {"report", "handover"}
    assert written <= set(said)
