"""The main road in a child process: a file that breaks a reader takes only that, and the parent starts at once."""

from __future__ import annotations

from gis.errors import ReaderFailed
from gis.messages import Both
from importers.child import Elsewhere, apart
from importers.findings import ERROR, Findings
from importers.request import ImportReport, ImportRequest, Progress

_RUN = Elsewhere[ImportReport]("importers.load", "run")


def run_apart(dsn: str, request: ImportRequest, progress: Progress | None = None) -> ImportReport:
    """`load.run` with bounds on memory and silence; a reader that breaks down is a finding like others."""
    try:
        return apart(_RUN, dsn, request, progress=progress or (lambda stage, done, total: None))
    except ReaderFailed as failed:
        findings = Findings()
        why = failed.values["why"]
        zh, en = why if isinstance(why, Both) else (why, why)
        findings.add("reader-failed", ERROR, why_zh=zh, why_en=en)
        return ImportReport(None, tuple(findings))
