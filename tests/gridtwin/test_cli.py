"""The command line, as a shell sees it: stdout, stderr and exit codes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

GRIDTWIN = Path(sys.executable).parent / "gridtwin"
POINT = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"code": "h1", "name": "一号栓", "category": "hydrant"},
            "geometry": {"type": "Point", "coordinates": [118.09, 36.855]},
        }
    ],
}


@pytest.fixture
def gridtwin(dsn, tmp_path):
    def run(*words, **environment):
        return subprocess.run(
            [GRIDTWIN, *words],
            env={
                **os.environ,
                "GRIDTWIN_DATABASE_URL": dsn,
                "GRIDTWIN_DATA_DIR": str(tmp_path),
                "LANG": "C",
                **environment,
            },
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.mark.parametrize(
    "words", [("nope",), ("check", "--bad"), ("import", "buildings"), ("import", "planets", "x"), ("level", "set", "a")]
)
def test_wrong_usage_exits_64_with_one_line(gridtwin, words):
    answer = gridtwin(*words)
    assert (answer.returncode, answer.stdout) == (64, "")
    assert "Traceback" not in answer.stderr


def test_a_wrong_setting_is_named(gridtwin):
    answer = gridtwin("db-url", GRIDTWIN_PORT="http")
    assert answer.returncode == 2
    assert "GRIDTWIN_PORT" in answer.stderr
    chinese = gridtwin("db-url", GRIDTWIN_TIME_ZONE="Mars/Base", LANG="zh_CN.UTF-8")
    assert "不能使用" in chinese.stderr


def test_the_database_url_is_all_that_stdout_holds(gridtwin, dsn):
    assert gridtwin("db-url").stdout == f"{dsn}\n"


def test_a_file_is_imported_and_its_second_import_changes_nothing(gridtwin, db, tmp_path):
    file = tmp_path / "hydrants.geojson"
    file.write_text(json.dumps(POINT))
    first = gridtwin("import", "facilities", str(file), "--json")
    assert first.returncode == 0, first.stderr
    assert json.loads(first.stdout)["added"] == 1
    second = json.loads(gridtwin("import", "facilities", str(file), "--json").stdout)
    assert (second["added"], second["changed"], second["unchanged"]) == (0, 0, 1)
    assert db.execute("SELECT code, name FROM facility").fetchall() == [("h1", "一号栓")]


def test_a_refused_file_exits_2_and_changes_nothing(gridtwin, db, tmp_path):
    file = tmp_path / "hydrants.geojson"
    file.write_text('{"type": "FeatureCollection", "features": [')
    answer = gridtwin("import", "facilities", str(file))
    assert answer.returncode == 2
    assert "Traceback" not in answer.stderr
    assert db.execute("SELECT count(*) FROM facility").fetchone()[0] == 0


def test_migrating_an_empty_database_and_again(gridtwin, server_dsn):
    from tests.conftest import named

    with psycopg.connect(server_dsn, autocommit=True) as connection:
        connection.execute("CREATE DATABASE t_cli_empty")
    try:
        url = named(server_dsn, "t_cli_empty")
        assert gridtwin("migrate", GRIDTWIN_DATABASE_URL=url).stdout.startswith("empty -> ")
        assert "nothing to do" in gridtwin("migrate", GRIDTWIN_DATABASE_URL=url).stdout
    finally:
        with psycopg.connect(server_dsn, autocommit=True) as connection:
            connection.execute("DROP DATABASE t_cli_empty WITH (FORCE)")


def test_a_schema_from_the_future_is_one_sentence(gridtwin, db):
    db.execute("UPDATE alembic_version SET version_num = '9999'")
    for words in (("serve",), ("migrate",), ("user", "list")):
        answer = gridtwin(*words, GRIDTWIN_PORT="18942")
        assert answer.returncode == 2
        assert "9999 is unknown to this program" in answer.stderr
        assert "Traceback" not in answer.stderr


def test_levels_are_data(gridtwin):
    assert gridtwin("level", "set", "lane", "65", "街巷", "Lane").returncode == 0
    assert "街巷" in gridtwin("level", "list").stdout
    taken = gridtwin("level", "set", "other", "65", "别的", "Other")
    assert (taken.returncode, "another level has this rank" in taken.stderr) == (2, True)


def test_accounts_are_made_with_a_password_that_is_not_short(gridtwin):
    short = gridtwin("user", "create", "zhang", "--role", "planner", GRIDTWIN_PASSWORD="short")
    assert (short.returncode, "10 characters" in short.stderr) == (2, True)
    made = gridtwin("user", "create", "zhang", "--role", "planner", GRIDTWIN_PASSWORD="long enough word")
    assert made.returncode == 0, made.stderr
    assert "zhang" in gridtwin("user", "list").stdout
    nowhere = gridtwin("user", "create", "li", "--role", "viewer", "--area", "x", GRIDTWIN_PASSWORD="long enough word")
    assert "there is no area x" in nowhere.stderr


def test_check_names_what_is_wrong_with_the_remedy(gridtwin, db):
    db.execute("UPDATE alembic_version SET version_num = '9999'")
    answer = gridtwin("check", "--json")
    assert answer.returncode == 2
    wrong = [check for check in json.loads(answer.stdout)["checks"] if check["ok"] is False]
    assert wrong
    assert all(check["remedy"] for check in wrong)
