"""Work on files in a process of its own: what breaks there is one sentence here."""

from __future__ import annotations

import os
import signal
import time

import pytest
from planner_files import checks, feature, square, value

import importers.apart
from gis.errors import BadRequest, ReaderFailed
from importers import child
from importers.apart import run_apart
from importers.child import apart
from importers.request import ImportRequest


def add(one, other):
    return one + other


def count(number, *, progress):
    for step in range(number):
        progress("read", step, number)
    return number


def break_down():
    os.kill(os.getpid(), signal.SIGSEGV)


def leave():
    os._exit(7)


def hang():
    time.sleep(60)


def gorge():
    return len(bytearray(child.MEMORY_BYTES * 2))


def refuse():
    raise BadRequest(what="kind", why="no such")


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    """The child finds this file's functions."""
    monkeypatch.setenv("PYTHONPATH", os.path.dirname(__file__))  # noqa: PTH120 - an environment variable


def test_an_outcome_and_progress_come_back():
    assert apart(add, 2, 3) == 5
    told = []
    assert apart(count, 3, progress=lambda *one: told.append(one)) == 3
    assert told == [("read", 0, 3), ("read", 1, 3), ("read", 2, 3)]


@pytest.mark.parametrize(("work", "said"), [(break_down, "SIGSEGV"), (leave, "(7)"), (gorge, "memory")])
def test_a_child_that_dies_is_one_sentence(work, said):
    with pytest.raises(ReaderFailed, match=said):
        apart(work)


def test_a_child_that_hangs_is_ended():
    with pytest.raises(ReaderFailed, match="no progress"):
        apart(hang, silent_s=1.0)


def test_a_refusal_is_the_same_error_in_both_languages():
    with pytest.raises(BadRequest) as refused:
        apart(refuse)
    assert refused.value.message("zh") == "参数 kind 不正确：no such"


def test_an_import_in_a_child_is_an_import(dsn, db, write):
    file = write([feature(square(118, 36.8, 0.001), code="B1", name="楼")])
    assert run_apart(dsn, ImportRequest("buildings", file)).added == 1
    assert value(db, "SELECT name FROM building") == "楼"


def test_a_reader_that_breaks_down_is_a_finding(dsn, write, monkeypatch):
    monkeypatch.setattr(importers.apart, "apart", lambda *_, progress: apart(break_down))
    report = run_apart(dsn, ImportRequest("buildings", write([])))
    assert checks(report) == ["reader-failed"]
    assert "SIGSEGV" in next(iter(report.findings)).message("zh")
