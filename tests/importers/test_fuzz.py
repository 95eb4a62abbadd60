"""Damaged files of every format: clear findings, no traceback, no change. `python -m benchmarks.fuzz` does thousands."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_damaged_files_are_refused_clearly_and_change_nothing(town, dsn):
    command = [sys.executable, "-m", "benchmarks.fuzz", "--count", "80", "--seed", "20260501", "--dsn", dsn]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "80 damaged files" in done.stdout
    assert "seed 20260501" in done.stdout
