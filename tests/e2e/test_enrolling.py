"""A phone's code that is opened in a browser inside another app, which can't keep a page open or follow a position."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, expect

from tests.conftest import Demo
from tests.e2e.test_issues import PHONE, People, api, serious
from tests.e2e.test_page import browser  # noqa: F401 - a fixture

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("demo"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
WECHAT = (
    "Mozilla/5.0 (Linux; Android 14; M2012K11AC) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/116.0.0.0 "
    "Mobile Safari/537.36 MicroMessenger/8.0.49.2600(0x28003137) WeChat/arm64 NetType/WIFI Language/zh_CN"
)


@pytest.fixture
def people(browser: Browser, demo_server: Demo) -> Iterator[People]:  # noqa: F811 - the fixture
    with ExitStack() as stack:
        yield People(browser, demo_server, stack)


def test_inside_wechat_a_code_says_where_to_open_it_and_stays_unspent(people: People):
    demo = people.demo
    link = api(demo, "/api/enrolments", people.token("admin"), {"worker": "worker94"})["link"]
    code = link.rpartition("#code=")[2]
    inside = people.page(user_agent=WECHAT, **PHONE)
    asked: list[str] = []
    inside.on("request", lambda request: asked.append(request.url))
    inside.goto(link)
    expect(inside.get_by_role("heading", name="在浏览器打开")).to_be_visible()
    assert serious(inside) == []
    assert not [url for url in asked if "/api/enrolments" in url], "the code has not left the address bar"
    assert api(demo, "/api/enrolments/look", "", {"code": code})["worker"] == "worker94", "and is unspent"
    assert people.complaints == []
