"""`python -m benchmarks.fuzz [--count N] [--seed N]`: thousands of damaged files, imported one after the other.

Each import runs in a process forked for it. A refused file must give clear findings and leave the database as it was;
one that is accepted is taken back, after which the database must be as it was too. A traceback, a change, a finding
without a sentence, or a process that dies, hangs or runs out of bounds is a fault; the seed repeats them all.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import pickle
import random
import resource
import secrets
import select
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psycopg

from benchmarks.fuzz.damage import damaged_copy
from benchmarks.fuzz.samples import Sample, make_samples
from gis.migrations import upgrade
from gis.settings import Settings
from gridtwin import local
from importers.child import MEMORY_BYTES
from importers.inspect import inspect
from importers.load import run
from importers.request import ImportReport, ImportRequest
from importers.undo import undo

_LONGEST = 10_000  # characters of a finding
_HANGS_S = 60.0
_TABLES = ("area", "grid", "plan", "building", "address", "facility", "street", "ground")


def _state(dsn: str) -> str:
    """A digest of everything that an import could change."""
    parts = " || ".join(
        f"coalesce((SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t), '-')" for table in _TABLES
    )
    with psycopg.connect(dsn) as connection:
        row = connection.execute(f"SELECT {parts}").fetchone()
        return str(row[0]) if row else ""


def _unclear(report: ImportReport) -> str | None:
    """What is wrong with the sentences of a report."""
    if report.refused and not report.findings:
        return "refused without a finding"
    for finding in report.findings:
        for language in ("zh", "en"):
            sentences = finding.message(language), finding.remedy(language)
            if max(map(len, sentences)) > _LONGEST:
                return f"long: {finding.check}: {sentences[0][:200]!r}"
            if not all(sentences) or "Traceback" in sentences[0] or "\n" in sentences[0].strip()[:200]:
                return f"unclear: {finding.check}: {sentences[0][:200]!r}"
    return None


def _one(dsn: str, request: ImportRequest, before: str) -> tuple[str, str]:
    """Imports a file; (refused, accepted or fault; what was said)."""
    try:
        inspect(request.file, encoding=request.encoding)
        report = run(dsn, request)
        wrong = _unclear(report)
        if wrong is None and not report.refused and report.run is not None:
            taken_back = undo(dsn, report.run)
            wrong = "undo was refused" if taken_back.refused else None
        if wrong is None and _state(dsn) != before:
            wrong = "the database has changed"
        if wrong is not None:
            return "fault", wrong
        said = next((finding.message("en") for finding in report.findings), "")
        return ("refused" if report.refused else "accepted"), said[:1500]
    except MemoryError:
        return "refused", "out of memory"
    except BaseException:
        return "fault", traceback.format_exc()[-1500:]


def _apart(dsn: str, request: ImportRequest, before: str) -> tuple[str, str]:
    """`_one` in a forked process with bounds."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(ours)
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.write(theirs, pickle.dumps(_one(dsn, request, before)))
        os._exit(0)
    os.close(theirs)
    try:
        if not select.select([ours], [], [], _HANGS_S)[0]:
            os.kill(child, signal.SIGKILL)
            return "hung", f"no answer in {_HANGS_S:.0f} s"
        answer = b""
        while block := os.read(ours, 65_536):
            answer += block
    finally:
        os.close(ours)
        _, status = os.waitpid(child, 0)
    if not answer:
        code = os.waitstatus_to_exitcode(status)
        return "crashed", signal.Signals(-code).name if code < 0 else f"exit {code}"
    outcome: tuple[str, str] = pickle.loads(answer)
    return outcome


def _samples(folder: Path) -> list[Sample]:
    """The samples, made in a process of its own: GDAL is not to be started in the one that forks."""
    child = os.fork()
    if child == 0:
        try:
            (folder / "list").write_bytes(pickle.dumps(make_samples(folder)))
        except BaseException:
            traceback.print_exc()
        os._exit(0)
    os.waitpid(child, 0)
    made: list[Sample] = pickle.loads((folder / "list").read_bytes())
    return made


@contextlib.contextmanager
def _database(dsn: str | None, folder: Path) -> Iterator[str]:
    if dsn is not None:
        yield dsn
        return
    settings = Settings(data_dir=folder / "data", database_url=None)
    with local.database(settings) as own:
        upgrade(own)
        yield own
    local.discard(settings)


def fuzz(dsn: str, folder: Path, count: int, seed: int) -> bool:
    """Imports the damaged files and prints what became of them; whether there was no fault."""
    samples = _samples(folder)
    outcomes: Counter[tuple[str, str]] = Counter()
    faults: list[str] = []
    before = _state(dsn)
    began = time.monotonic()
    for sample in samples:
        outcome, said = _apart(dsn, ImportRequest(sample.kind, sample.path, **sample.options), before)  # type: ignore[arg-type]
        if outcome != "accepted":
            faults.append(f"the whole {sample.path.name} is {outcome}: {said}")
    for number in range(count):
        chance = random.Random(f"{seed}:{number}")
        sample, other = samples[number % len(samples)], chance.choice(samples)
        while other.path.is_dir():
            other = chance.choice(samples)
        place = folder / "damaged"
        place.mkdir()
        try:
            file, way = damaged_copy(chance, sample.path, place, other.path.read_bytes())
            request = ImportRequest(sample.kind, file, **sample.options)  # type: ignore[arg-type]
            outcome, said = _apart(dsn, request, before)
        finally:
            shutil.rmtree(place)
        name = sample.path.name.removeprefix("packed-")
        outcomes[name, outcome] += 1
        if outcome in ("fault", "hung", "crashed"):
            faults.append(f"{number} {name} ({way}): {outcome}: {said}")
            if _state(dsn) != before:
                faults.append(f"{number}: the database has changed")
                before = _state(dsn)
    print("format            refused  accepted  crashed  hung  fault")
    for sample in samples:
        name = sample.path.name.removeprefix("packed-")
        counts = [outcomes[name, outcome] for outcome in ("refused", "accepted", "crashed", "hung", "fault")]
        print(f"{name:16}{counts[0]:9}{counts[1]:10}{counts[2]:9}{counts[3]:6}{counts[4]:7}")
    for fault in faults:
        print(fault)
    print(f"{count} damaged files in {time.monotonic() - began:.0f} s, seed {seed}, {len(faults)} faults")
    return not faults


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--dsn", default=None, help="a migrated database; else one of its own")
    asked = parser.parse_args()
    seed = secrets.randbelow(2**32) if asked.seed is None else asked.seed
    with tempfile.TemporaryDirectory(prefix="gridtwin-fuzz-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        with _database(asked.dsn, folder) as dsn:
            return 0 if fuzz(dsn, folder, asked.count, seed) else 1


if __name__ == "__main__":
    sys.exit(main())
