"""Several people do whatever they like with issues, again and again, over restarts: the table holds all the same."""

import io
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from PIL import Image

from gis.clock import FixedClock
from gis.issues.transitions import RATINGS, TRANSITIONS, State
from tests.gis.issues.test_loop import HERE

_MOVES_DEADLINES = {
    *(
        "sign",
        "arrive",
        "plan",
        "dispatch",
        "transfer",
        "handle",
        "pass",
        "fail",
        "rate",
        "rework",
        "merge",
        "withdraw",
    ),
    *("reclassify", "escalate", "approve", "extend", "suspend", "resume"),
}
# all walks go on by one clock: nobody is to be signed out on the way
_LASTING = {"issue_silent_minutes": 0, "issue_remind_minutes": 0, "session_days": 3650}
_ROLES = {"desk": "dispatcher", "walker": "worker", "west": "viewer"}


def done(issue):
    """An issue without what the service's own clock notes meanwhile, and without whose report it is to who asks."""
    steps = [one for one in issue["events"] if one["action"] not in ("soon", "late", "remind", "silent")]
    return {**issue, "events": steps, "mine": None}


def walking(run_service, dsn, db):
    """The machine, on one database for all its walks."""

    class Walk(RuleBasedStateMachine):
        @initialize()
        def begin(self):
            db.execute("TRUNCATE issue CASCADE")
            self.clock = FixedClock(datetime(2026, 5, 6, 1, tzinfo=UTC))
            self.restart()
            self.known, self.photos = {}, {}

        @rule()
        def restart(self):
            if not hasattr(Walk, "services"):
                Walk.services = [run_service(dsn, clock=self.clock, **_LASTING) for _ in range(2)]
                Walk.clients = [{name: one.client(name) for name in _ROLES} for one in Walk.services]
                Walk.clock = self.clock
            self.clock = Walk.clock
            self.turn = 1 - getattr(self, "turn", 1)  # the other process, which knows nothing of what this one did

        def ask(self, who):
            return self.clients[self.turn][who]

        @rule(
            who=st.sampled_from(["desk", "walker"]),
            number=st.integers(0, 2),
            text=st.sampled_from(["路灯坏了", "垃圾没人收"]),
        )
        def report(self, who, number, text):
            body = {"text": text, **HERE, "id": f"{who}-{number}"}
            answer = self.ask(who).post("/api/issues", json=body)
            assert answer.status_code in (200, 201)
            issue = answer.json()
            assert (answer.status_code == 200) == (issue["id"] in self.known), "a retry is the same issue"
            if answer.status_code == 201:
                self.known[issue["id"]] = issue
                self.photos[issue["id"]] = set()

        @rule(data=st.data(), number=st.integers(0, 3))
        def photograph(self, data, number):
            if not self.known:
                return
            issue = data.draw(st.sampled_from(sorted(self.known)))
            body = io.BytesIO()
            Image.new("RGB", (8, 8), (number * 60, 0, 0)).save(body, "PNG")
            answer = self.ask("desk").post(f"/api/issues/{issue}/photos", files={"photo": ("x.png", body.getvalue())})
            assert answer.status_code == 201
            self.photos[issue].add(answer.json()["photo"])

        @rule(hours=st.integers(1, 30))
        def wait(self, hours):
            self.clock.advance(timedelta(hours=hours))

        @rule(
            data=st.data(),
            who=st.sampled_from(list(_ROLES)),
            action=st.sampled_from(list(TRANSITIONS)),
            stale=st.booleans(),
        )
        def act(self, data, who, action, stale):
            if not self.known:
                return
            number = data.draw(st.sampled_from(sorted(self.known)))
            before = self.known[number]
            step = {
                "action": action, "note": "说明", "class": data.draw(st.sampled_from(["0102", "2107"])), "worker": "w1",
                "rating": data.draw(st.sampled_from(RATINGS)), "into": data.draw(st.sampled_from(sorted(self.known))),
                "until": (self.clock.now() + timedelta(days=3)).isoformat(), "text": "另一件事",
                "version": before["version"] - stale,
            }  # fmt: skip
            answer = self.ask(who).post(f"/api/issues/{number}/actions", json=step)
            now = self.ask("desk").get(f"/api/issues/{number}").json()
            offered = {one["action"] for one in before["actions"]} if who == "desk" else None
            if answer.status_code != 200:
                assert answer.status_code in (400, 403, 404, 409)
                assert done(now) == done(before), "what is refused changes nothing"
                assert stale or offered is None or action not in offered or action in ("merge", "approve")
                return
            assert not stale
            rule_of = TRANSITIONS[action]
            assert State(before["state"]) in rule_of.states
            assert now["state"] == (rule_of.to.value if rule_of.to else before["state"])
            assert now["version"] == before["version"] + 1
            assert done(now)["events"][-1]["action"] == action
            assert _ROLES[who] in rule_of.roles or rule_of.own
            if action not in _MOVES_DEADLINES:
                assert now["deadlines"] == before["deadlines"], "no deadline moves by itself"
            self.known[number] = now
            if action == "split":
                for feature in self.ask("desk").get("/api/issues").json()["features"]:
                    if feature["id"] not in self.known:
                        self.known[feature["id"]] = self.ask("desk").get(f"/api/issues/{feature['id']}").json()
                        self.photos[feature["id"]] = set()

        @invariant()
        def nothing_is_lost_or_moves_by_itself(self):
            for number, known in getattr(self, "known", {}).items():
                now = self.ask("desk").get(f"/api/issues/{number}").json()
                assert set(now["photos"]) >= self.photos[number]
                ours = {k: v for k, v in now.items() if k not in ("photos", "pictures", "alike", "events", "mine")}
                assert ours == {k: v for k, v in known.items() if k in ours} | {"actions": now["actions"]}
                self.known[number] = now

    return Walk


def test_nobody_leads_an_issue_where_the_table_does_not(street, dsn, db, run_service):
    run_state_machine_as_test(
        walking(run_service, dsn, db),
        settings=settings(
            max_examples=6,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
