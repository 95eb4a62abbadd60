"""What `gridtwin check` verifies: each check has a title, says what it found, and knows the remedy.

All of them run, whatever the others find, so that everything that is wrong is named at once.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg

from gis.errors import GridtwinError
from gis.messages import Both
from gis.settings import Settings
from gridtwin import local
from gridtwin.checks import danger, database, machine
from gridtwin.checks.finding import NOTHING, REPORT, Check, Finding, Subject, of_failure, plain
from gridtwin.local import places, processes

__all__ = ["CHECKS", "CheckResult", "run_checks"]


@dataclass(frozen=True)
class CheckResult:
    """One check's outcome. `ok` is None for a warning; `remedy` is empty when there is nothing to do."""

    title: str
    ok: bool | None
    found: str
    remedy: str


CHECKS: tuple[tuple[Both, Check], ...] = (
    (Both("Python", "Python"), machine.python_version),
    (Both("PostgreSQL 程序", "PostgreSQL programs"), machine.postgresql_programs),
    (Both("数据目录", "data folder"), machine.data_folder),
    (Both("磁盘空间", "disk space"), machine.disk_space),
    (Both("内置数据库", "embedded database"), database.embedded_cluster),
    (Both("数据库登录方式", "database sign-in"), database.authentication),
    (Both("数据库连接", "database connection"), database.database_answers),
    (Both("数据库扩展", "database extensions"), database.extensions),
    (Both("数据安全", "durability"), database.nothing_is_lost),
    (Both("数据库结构", "schema version"), database.schema_version),
    (Both("网格员", "grid workers"), database.responsible_workers),
    (Both("网页", "pages"), machine.front_end),
    (Both("端口", "port"), machine.port),
    (Both("监听地址", "address"), machine.host),
    (Both("访问地址", "origin"), danger.origin),
    (Both("证书", "certificate"), danger.certificate),
    (Both("统一认证", "OpenID provider"), danger.openid),
    (Both("到数据库的连接", "way to the database"), danger.database_way),
    (Both("限速", "limits"), danger.limits),
    (Both("其他网站", "other sites"), danger.other_sites),
    (Both("示范账号", "demo accounts"), danger.demo),
    (Both("文件权限", "private files"), danger.private_files),
    (Both("审计链", "audit"), danger.audit),
    (Both("时区", "time zone"), database.time_zone),
    (Both("时钟", "clock"), database.clock),
)


def run_checks(settings: Settings, *, language: str = "en") -> list[CheckResult]:
    """Runs every check and raises nothing; titles, findings and remedies are in `zh` or `en`.

    An embedded database that doesn't run is started for as long as it takes.
    """
    results: list[CheckResult] = []
    with contextlib.suppress(GridtwinError), _subject(settings) as subject:
        results = [_run(title, check, subject, language) for title, check in CHECKS]
    return results


def _run(title: Both, check: Check, subject: Subject, language: str) -> CheckResult:
    try:
        finding = check(subject)
    except (GridtwinError, psycopg.Error) as wrong:
        finding = of_failure(wrong)
    except Exception as wrong:  # a check that fails is a finding, not the end of the others
        said = str(wrong).strip().splitlines()
        finding = Finding(False, plain(said[0] if said else type(wrong).__name__), REPORT)
    remedy = NOTHING if finding.ok else finding.remedy
    if language == "zh":
        return CheckResult(title.zh, finding.ok, finding.found.zh, remedy.zh)
    return CheckResult(title.en, finding.ok, finding.found.en, remedy.en)


@contextlib.contextmanager
def _subject(settings: Settings) -> Iterator[Subject]:
    subject = Subject(settings)
    with contextlib.ExitStack() as stack:
        try:
            subject.ran_before = subject.embedded and _runs(settings)
            dsn = stack.enter_context(local.database(settings))
            connection = psycopg.connect(dsn, autocommit=True, connect_timeout=10)
            subject.connection = stack.enter_context(contextlib.closing(connection))
        except (GridtwinError, psycopg.Error) as failure:
            subject.failure = failure
        yield subject


def _runs(settings: Settings) -> bool:
    place = places.existing(settings.data_dir)
    return place is not None and processes.postmaster(place.cluster) is not None
