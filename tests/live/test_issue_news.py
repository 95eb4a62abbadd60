"""Issues that change are told to who sees them, and to nobody else."""

import contextlib
import json

import pytest
from websockets.sync.client import connect

from gis.access.roles import Role
from tests.conftest import account
from tests.gis.issues.conftest import street  # noqa: F401 - a fixture
from tests.gis.issues.test_loop import act, report


@pytest.fixture
def watching(street, service):  # noqa: F811 - the fixture
    """Opens connections that are told of issues only."""
    with contextlib.ExitStack() as stack:

        def watch(username, query="?of=issues"):
            token = service.client(username).headers["Authorization"]
            address = f"{service.url.replace('http', 'ws')}/live{query}"
            return stack.enter_context(connect(address, additional_headers={"Authorization": token}, compression=None))

        yield watch


def news(socket):
    """The next message about issues."""
    while (message := json.loads(socket.recv(timeout=10)))["type"] != "issue":
        pass
    return [(one["id"], one["state"]) for one in message["issues"]]


def test_each_state_is_told_within_the_scope_and_so_is_what_sql_changes(watching, service, db):
    account(db, "admin", Role.ADMINISTRATOR)
    desk = service.client("desk")
    west, east, bureau, everything = (
        watching("west"),
        watching("east"),
        watching("bureau"),
        watching("desk", "?format=json"),
    )
    issue = report(desk)
    assert news(west) == news(everything) == [(issue["id"], "待处理")]
    act(desk, issue, "handle", note="好了")
    assert news(west) == [(issue["id"], "待核查")]
    db.execute("UPDATE issue SET state = '待评价' WHERE id = %s", (issue["id"],))
    assert news(west) == [(issue["id"], "待评价")]
    secret = report(desk, text="邻居因为漏水吵架，要求调解")
    far = report(desk, lon=118.15)
    assert news(east) == [(far["id"], "待处理")], "nothing of the neighbours came before"
    act(desk, far, "dispatch", handler="bureau")
    assert news(bureau) == [(far["id"], "待处理")], "a handling unit hears of its own"
    told = report(desk)
    assert news(west) == [(told["id"], "待处理")], f"the restricted {secret['id']} was not told"
