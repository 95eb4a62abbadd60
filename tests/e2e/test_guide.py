"""The guided quarter of an hour, walked as an evaluator walks it: from the printed link, by the card's links alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import Demo
from tests.e2e.test_issues import serious
from tests.e2e.test_page import browser  # noqa: F401 - a fixture

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
LONG = 60_000
WORDS = "煤气味很大，燃气管道泄漏了"


def test_an_evaluator_is_led_from_a_report_to_the_replay_and_each_step_is_seen(browser: Browser, demo_server: Demo):  # noqa: F811 - the fixture
    link = re.search(r"admin\s+(\S+/enter\?token=\S+)", demo_server.output.read_text("utf-8"))
    assert link
    context = browser.new_context(viewport={"width": 1000, "height": 700}, locale="zh-CN", reduced_motion="reduce")
    context.set_default_timeout(LONG)
    complaints: list[str] = []
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    page = context.new_page()
    page.goto(link[1])
    card = page.get_by_role("region", name="一刻钟导览")

    def step(name: str):
        return card.locator(f'[data-step="{name}"]')

    def follow(name: str, label: str, size: tuple[int, int] = (900, 600)) -> Page:
        expect(step(name)).to_have_attribute("aria-current", "step", timeout=LONG)
        with page.expect_popup() as opened:
            step(name).get_by_role("link", name=label).click()
        opened.value.set_viewport_size({"width": size[0], "height": size[1]})
        return opened.value

    def seen(name: str) -> None:
        expect(step(name)).to_have_attribute("data-seen", "true", timeout=LONG)

    phone = follow("report", "打开手机窗口", (400, 760))
    assert serious(page) == []
    phone.get_by_role("button", name="确认开通").click()
    tabs = phone.get_by_role("navigation")
    tabs.get_by_role("button", name="上报").click()
    phone.get_by_label("看到了什么？").fill(WORDS)
    phone.locator("form.report").get_by_role("button", name="上报", exact=True).click()
    seen("report")

    wall = follow("wall", "打开大屏")
    recent = wall.locator('[data-panel="recent"]')
    expect(recent).to_contain_text(WORDS, timeout=LONG)
    seen("wall")

    desk = follow("dispatch", "打开事件工作台")
    detail = desk.get_by_role("complementary", name="事件")
    expect(detail).to_contain_text(WORDS, timeout=LONG)  # the wall is drawing at the same time
    detail.get_by_role("button", name="派单").first.click()
    detail.locator('[data-worker="worker91"]').click()
    seen("dispatch")

    tabs.get_by_role("button", name="我的任务").click()
    phone.locator("ul.tasks button").filter(has_text=WORDS).first.click()
    phone.get_by_role("button", name="处理完成").click()
    phone.locator("article form textarea").fill("已关阀，燃气公司已到场")
    phone.locator("article form").get_by_role("button", name="处理完成").click()
    seen("handle")
    phone.close()

    desk.reload()
    detail.get_by_role("button", name="核查通过").first.click()
    detail.get_by_role("region", name="核查通过").get_by_role("button", name="核查通过").click()
    detail.get_by_role("button", name="评价").first.click()
    detail.get_by_role("region", name="评价").get_by_role("button", name="评价").click()
    seen("archive")
    desk.close()

    with page.expect_download() as saved:
        step("import").get_by_role("link", name="下载示例文件").click()
    planner = follow("import", "打开导入页", (1300, 800))
    content = Path(saved.value.path()).read_bytes()
    planner.get_by_label("选择文件").set_input_files(
        [{"name": saved.value.suggested_filename, "mimeType": "application/geo+json", "buffer": content}]
    )
    planner.get_by_role("button", name="检查").click()
    expect(planner.get_by_text("检查通过")).to_be_visible(timeout=LONG)
    planner.get_by_role("button", name="导入", exact=True).click()
    seen("import")
    planner.close()
    seen("change")
    wall.close()

    replay = follow("replay", "打开回放")
    expect(replay.locator(".wl-live")).to_contain_text("回放中")
    seen("replay")
    expect(card.get_by_role("status")).to_have_text("已完成 8 / 8")
    context.close()
    assert complaints == []
