"""A table of people becomes posts and accounts, all of it or nothing, and history stays."""

import re
from datetime import date

import openpyxl
import pytest
from typer.testing import CliRunner

from gis.access import people as posts
from importers import people

TODAY = date(2026, 5, 10)
HEAD = [
    "编号",
    "姓名",
    "岗位",
    "网格编码",
    "楼栋编码",
    "单元",
    "任职日期",
    "离任日期",
    "代理人编号",
    "代理开始",
    "代理结束",
]


@pytest.fixture
def town(db):
    db.execute(
        "INSERT INTO area (code, name, level, path, geom)"
        " VALUES ('s0', '甲社区', 'community', 's0', ST_MakeEnvelope(118, 36, 118.2, 36.1, 4326))"
    )
    db.execute("INSERT INTO plan (kind, name, state, valid) VALUES ('community', '现行', 'published', '[2026-01-01,)')")
    db.execute("INSERT INTO grid_code (kind, code) VALUES ('community', 'g1'), ('community', 'g2')")
    db.execute(
        "INSERT INTO grid (plan_id, id, code, name, area_id, geom)"
        " SELECT p.id, c.id, c.code, c.code || '网格', a.id, a.geom FROM plan p, grid_code c, area a"
    )
    db.execute(
        "INSERT INTO building (code, name, geom) VALUES ('b1', '1号楼', ST_MakeEnvelope(118.01, 36.01, 118.02, 36.02, 4326))"
    )


@pytest.fixture
def load(dsn, tmp_path, town):
    def go(*rows, today=TODAY, dry_run=False):
        book = openpyxl.Workbook()
        book.active.append(HEAD)
        for row in rows:
            book.active.append([*row, *[None] * (len(HEAD) - len(row))])
        file = tmp_path / "people.xlsx"
        book.save(file)
        return people.run(dsn, file, today=today, by="test", dry_run=dry_run)

    return go


def seen(report, severity="error"):
    return [(finding.check, finding.rows) for finding in report.findings if finding.severity == severity]


def test_people_their_posts_and_accounts_are_made(db, load, service):
    report = load(
        ["w1", "张三", "网格员", "g1"],
        ["w2", "李四", "网格员", "g2", None, None, date(2026, 1, 1)],
        ["h1", "王五", "站长", "g1"],
        ["b1", "赵六", "楼长", "g1", "b1"],
        ["b1", "赵六", "单元长", "g1", "b1", "2"],
    )
    assert (seen(report), report.added, sorted(report.passwords)) == ([], 5, ["b1", "h1", "w1", "w2"])
    assert db.execute("SELECT count(*) FROM grid_responsible").fetchone() == (2,)
    signed = service.client().post("/api/session", json={"username": "h1", "password": report.passwords["h1"]})
    assert (signed.status_code, signed.json()["role"]) == (200, "station_head")
    again = load(["w1", "张三", "网格员", "g1"], ["w2", "李四", "网格员", "g2"])
    assert (again.added, again.changed, again.unchanged, again.passwords) == (0, 0, 2, {})


def test_a_new_worker_ends_the_one_before_and_history_stays(db, load):
    load(["w1", "张三", "网格员", "g1", None, None, "2026-01-01"])
    load(["w2", "李四", "网格员", "g1", None, None, "2026/6/1"])
    posts_of = "SELECT worker_id, valid::text, in_force FROM post ORDER BY lower(valid)"
    assert db.execute(posts_of).fetchall() == [
        ("w1", "[2026-01-01,2026-06-01)", True), ("w2", "[2026-06-01,)", False),
    ]  # fmt: skip
    posts.settle(db, date(2026, 6, 1))
    assert db.execute(posts_of).fetchall()[1] == ("w2", "[2026-06-01,)", True)


def test_a_deputy_is_named_for_a_while(db, load):
    load(
        ["w1", "张三", "网格员", "g1", None, None, None, None, "w2", "2026年5月9日", "20260512"],
        ["w2", "李四", "网格员", "g2"],
    )
    responsible = (
        "SELECT worker_id, holder_id FROM grid_responsible r JOIN grid_code c ON c.id = grid_id WHERE code = 'g1'"
    )
    assert db.execute(responsible).fetchone() == ("w2", "w1")
    posts.settle(db, date(2026, 5, 13))
    assert db.execute(responsible).fetchone() == ("w1", "w1")


@pytest.mark.parametrize(
    ("rows", "check", "at"),
    [
        ([["w1", "张三", "组长", "g1"]], "post-role-unknown", (1,)),
        ([["w1", "张三", "网格员", "g9"]], "post-grid-unknown", (1,)),
        ([["w 1", "张三", "网格员", "g1"]], "person-id-form", (1,)),
        ([["w1", None, "网格员", "g1"]], "value-missing", (1,)),
        ([["w1", "张三", "楼长", "g1", "b9"]], "post-building-missing", (1,)),
        ([["w1", "张三", "单元长", "g1", "b1"]], "post-building-missing", (1,)),
        ([["w1", "张三", "网格员", "g1", None, None, "2026-02-30"]], "post-date-wrong", (1,)),
        ([["w1", "张三", "网格员", "g1", None, None, "2026-02-02", "2026-02-01"]], "post-date-wrong", (1,)),
        ([["w1", "张三", "网格员", "g1", None, None, None, None, "w9"]], "post-deputy-unknown", (1,)),
        ([["w1", "张三", "网格员", "g1"], ["w2", "李四", "网格员", "g1"]], "two-workers-a-grid", (1, 2)),
        ([["w1", "张三", "网格员", "g1"], ["w1", "张三", "网格员", "g2"]], "two-grids-a-worker", (1, 2)),
        ([["w1", "张三", "网格员", "g1"], ["w1", "李四", "站长", "g1"]], "person-name-differs", (2,)),
    ],
)
def test_what_is_wrong_is_named_with_its_row_and_nothing_changes(db, load, rows, check, at):
    report = load(*rows)
    found = seen(report)
    assert [name for name, _ in found] == [check]
    shown = found[0][1]
    assert [row - shown[0] for row in shown] == [row - at[0] for row in at]
    for finding in report.findings:
        assert re.search(r"[一-鿿]", finding.message("zh") + finding.remedy("zh"))
        assert "…" not in finding.message("en") + finding.remedy("en")
    assert db.execute("SELECT (SELECT count(*) FROM post), (SELECT count(*) FROM worker)").fetchone() == (0, 0)


def test_grids_without_a_worker_are_named_and_a_dry_run_changes_nothing(db, load):
    report = load(["w1", "张三", "网格员", "g1"], dry_run=True)
    assert [check for check, _ in seen(report, "warning")] == ["grid-unattended"]
    assert (report.added, report.passwords) == (1, None)
    assert db.execute("SELECT count(*) FROM worker").fetchone() == (0,)


def test_somebody_elses_account_is_not_taken(db, load):
    from tests.conftest import account

    account(db, "w1")
    assert [check for check, _ in seen(load(["w1", "张三", "网格员", "g1"]))] == ["account-taken"]


def test_the_sheet_has_a_card_for_everybody_and_only_its_owner_reads_it(dsn, load, tmp_path, monkeypatch, service):
    from gridtwin.cli import app

    load(["w1", "张三", "网格员", "g1"], dry_run=True)
    monkeypatch.setenv("GRIDTWIN_DATABASE_URL", dsn)
    sheet = tmp_path / "sheet.html"
    command = ["import", "people", str(tmp_path / "people.xlsx"), "--sheet", str(sheet), "--server", service.url]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    shown = sheet.read_text(encoding="utf-8")
    assert shown.count("<article>") == 1
    assert "张三" in shown
    assert sheet.stat().st_mode & 0o777 == 0o600
    password = re.search(r"密码 <code>([^<]+)", shown)[1]
    assert password in done.output
    assert service.client().post("/api/session", json={"username": "w1", "password": password}).status_code == 200
