"""The desk's lists as a dispatcher uses them: CSV out and in, and where trouble gathers."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import Demo
from tests.e2e.test_issues import People, people, place_of, serious  # noqa: F401 - a fixture
from tests.e2e.test_page import browser  # noqa: F401 - a fixture

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


def sheet(*rows: tuple[Any, ...]) -> dict[str, Any]:
    """A file as a spreadsheet of a hotline writes it."""
    written = io.StringIO()
    csv.writer(written).writerows([("内容", "经度", "纬度", "工单号"), *rows])
    return {"name": "工单.csv", "mimeType": "text/csv", "buffer": written.getvalue().encode("gb18030")}


def exported(page: Page) -> list[dict[str, str]]:
    with page.expect_download() as downloading:
        page.get_by_role("link", name="导出 CSV").click()
    text = downloading.value.path().read_text("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_a_csv_is_refused_taken_once_and_given_out(people: People, demo_server: Demo):  # noqa: F811 - the fixture
    lon, lat = place_of(demo_server, "worker17")
    page = people.page("dispatcher")
    page.goto(f"{demo_server.url}/desk")
    page.get_by_role("button", name="导入 CSV").click()
    dialog = page.get_by_role("dialog")
    good = ("楼道里堆满纸箱杂物", lon, lat, "GD-CSV-1")
    dialog.get_by_label("CSV 文件").set_input_files([sheet(good, ("路灯不亮", "abc", lat, "GD-CSV-2"))])
    dialog.get_by_role("button", name="导入").click()
    expect(dialog.get_by_role("row")).to_have_count(2)
    expect(dialog.get_by_role("cell").first).to_have_text("3")
    expect(dialog.get_by_role("status")).to_contain_text("没有导入")
    assert serious(page) == []
    for added, unchanged in ((1, 0), (0, 1)):
        dialog.get_by_label("CSV 文件").set_input_files([sheet(good)])
        dialog.get_by_role("button", name="导入").click()
        expect(dialog.get_by_role("status")).to_contain_text(f"{added} 件新登记 · {unchanged} 件已有")
    dialog.get_by_role("button", name="关闭").click()
    page.get_by_label("搜索文字、位置或编号").fill("堆满纸箱杂物")
    expect(page.get_by_role("list", name="事件").get_by_role("listitem").first).to_contain_text("堆满纸箱杂物")

    out = exported(page)
    assert [row["text"] for row in out if row["order_number"] == "GD-CSV-1"] == ["楼道里堆满纸箱杂物"]
    assert "已归档" not in {row["state"] for row in out}
    page.get_by_label("类别").select_option("0102")
    assert {row["class"] for row in exported(page)} == {"0102"}
    assert [said for said in people.complaints if "422" not in said] == []


def test_where_trouble_gathers_is_listed_and_shown(people: People, demo_server: Demo):  # noqa: F811 - the fixture
    page = people.page("dispatcher")
    page.goto(f"{demo_server.url}/desk")
    page.get_by_role("button", name="统计与热点").click()
    panel = page.get_by_role("complementary", name="统计与热点")
    told = page.request.get(f"{demo_server.url}/api/issues/recurring").json()["places"][0]
    first = panel.get_by_role("region", name="反复发生").get_by_role("listitem").first
    expect(first).to_contain_text(told["name_zh"])
    expect(first).to_contain_text(f"{told['n']} 次")
    expect(panel.get_by_role("region", name="热点").get_by_role("listitem").first).to_contain_text("件")
    assert serious(page) == []
    first.get_by_role("button").first.click()
    expect(page).to_have_url(re.compile(rf"map=1[78][\d.]*/{str(told['lat'])[:6]}\d*/{str(told['lon'])[:7]}"))
    page.get_by_label("类别").select_option("0102")
    page.get_by_label("时段").select_option("7")
    expect(panel).to_have_attribute("aria-busy", "false")
    page.get_by_label("时段").select_option("90")
    first.get_by_role("button", name="#").click()
    expect(page.get_by_role("complementary", name="事件")).to_contain_text("暴露垃圾")
    expect(panel).to_have_count(0)
    assert people.complaints == []
