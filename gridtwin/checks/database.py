"""Checks of the database in use, embedded or not."""

from __future__ import annotations

from datetime import UTC, datetime

from gis import migrations
from gis.access import people
from gis.errors import GridtwinError
from gis.messages import Both
from gridtwin.checks.finding import MEND_ABOVE, UNREACHABLE, Finding, Subject, of_error, of_failure, plain
from gridtwin.local import cluster, places
from gridtwin.local.installation import EXTENSIONS


def embedded_cluster(subject: Subject) -> Finding:
    """The private cluster starts."""
    if not subject.embedded:
        return Finding(True, Both("未使用", "not in use"))
    if isinstance(subject.failure, GridtwinError):
        return of_failure(subject.failure)
    place = places.existing(subject.settings.data_dir)
    if place is None or cluster.made_by(place) is None:
        return Finding(False, Both("没有建成", "it could not be made"), MEND_ABOVE)
    version = cluster.made_by(place)
    was = (
        Both("正在运行", "it runs")
        if subject.ran_before
        else Both("未运行，为检查而启动", "stopped; started for these checks")
    )
    return Finding(True, Both(f"PostgreSQL {version}，{was.zh}", f"PostgreSQL {version}, {was.en}"))


def authentication(subject: Subject) -> Finding:
    """Nobody gets into the private cluster without a password."""
    if not subject.embedded:
        return Finding(True, Both("由数据库管理员负责", "up to whoever runs that server"))
    place = places.existing(subject.settings.data_dir)
    rules_file = None if place is None else place.cluster / "pg_hba.conf"
    if rules_file is None or not rules_file.exists():
        return Finding(False, Both("没有 pg_hba.conf", "there is no pg_hba.conf"), MEND_ABOVE)
    rules = [line.split() for line in rules_file.read_text().splitlines() if line.strip() and line.strip()[0] != "#"]
    open_ones = sorted({word for rule in rules for word in rule[3:] if word in ("trust", "password", "md5")})
    if open_ones:
        return Finding(
            False,
            Both(f"pg_hba.conf 中有 {', '.join(open_ones)}", f"pg_hba.conf says {', '.join(open_ones)}"),
            Both(f"请在 {rules_file} 中全部改为 scram-sha-256。", f"Write scram-sha-256 in its place in {rules_file}."),
        )
    return Finding(True, plain("scram-sha-256"))


def database_answers(subject: Subject) -> Finding:
    """The database can be reached."""
    if subject.connection is not None:
        return Finding(True, plain(f"PostgreSQL {subject.value('SHOW server_version')}"))
    found = plain("") if subject.failure is None else of_error(subject.failure)
    remedy = Both("请检查 GRIDTWIN_DATABASE_URL 与数据库服务器。", "Look at GRIDTWIN_DATABASE_URL and at that server.")
    return Finding(False, found, MEND_ABOVE if subject.embedded else remedy)


def extensions(subject: Subject) -> Finding:
    """The database in use offers what the schema needs."""
    if subject.connection is None:
        return UNREACHABLE
    query = "SELECT array_agg(name::text) FROM pg_available_extensions WHERE name = ANY(%s)"
    offered = subject.value(query, list(EXTENSIONS))
    missing = [name for name in EXTENSIONS if not isinstance(offered, list) or name not in offered]
    if missing:
        remedy = Both(
            "请在数据库服务器上安装 PostGIS 3 与 contrib 扩展。", "Install PostGIS 3 and contrib on that server."
        )
        return Finding(False, Both(f"缺少 {', '.join(missing)}", f"missing: {', '.join(missing)}"), remedy)
    return Finding(True, plain(", ".join(EXTENSIONS)))


def nothing_is_lost(subject: Subject) -> Finding:
    """What was answered survives a power cut."""
    if subject.connection is None:
        return UNREACHABLE
    wrong = [
        name for name in ("fsync", "full_page_writes", "synchronous_commit") if subject.value(f"SHOW {name}") == "off"
    ]
    if wrong:
        names = ", ".join(wrong)
        remedy = Both(
            f"请用 ALTER SYSTEM RESET 恢复：{names}，然后重新启动。", f"ALTER SYSTEM RESET {names}, then restart."
        )
        return Finding(False, Both(f"已关闭：{names}", f"off: {names}"), remedy)
    return Finding(True, plain("fsync, full_page_writes, synchronous_commit"))


def schema_version(subject: Subject) -> Finding:
    """The database has the schema that this program needs."""
    if subject.connection is None:
        return UNREACHABLE
    found, head = migrations.current_version(subject.connection), migrations.head()
    if found == head:
        return Finding(True, plain(head))
    if found is None:
        remedy = Both("请运行 gridtwin up 或 gridtwin migrate。", "Run `gridtwin up` or `gridtwin migrate`.")
        return Finding(None, Both("数据库还是空的", "the database is still empty"), remedy)
    if found not in migrations.known_versions():
        return Finding(
            False,
            Both(f"{found}，本程序只认识到 {head}", f"{found}, and this program knows up to {head}"),
            Both("请使用更新的程序版本。", "Use a newer version of the program."),
        )
    remedy = Both("请运行 gridtwin migrate。", "Run `gridtwin migrate`.")
    return Finding(False, Both(f"{found}，需要 {head}", f"{found}, and {head} is needed"), remedy)


def time_zone(subject: Subject) -> Finding:
    """Both this program and the database know the time zone in which days are counted."""
    name = subject.settings.time_zone
    now = datetime.now(subject.settings.zone)
    if subject.connection is not None:
        subject.value("SELECT now() AT TIME ZONE %s", name)
    return Finding(True, plain(f"{name}, {now:%Y-%m-%d %H:%M %z}"))


def clock(subject: Subject) -> Finding:
    """This machine and the database agree on the time, to two seconds."""
    if subject.connection is None:
        return UNREACHABLE
    theirs = subject.value("SELECT clock_timestamp()")
    if not isinstance(theirs, datetime):
        return UNREACHABLE
    apart = abs((theirs - datetime.now(UTC)).total_seconds())
    found = Both(f"与数据库相差 {apart:.1f} 秒", f"{apart:.1f} s from the database's")
    remedy = Both("请在两台机器上启用时间同步（NTP）。", "Have both machines synchronise their clocks (NTP).")
    return Finding(apart <= 2, found, remedy)


def responsible_workers(subject: Subject) -> Finding:
    """Every grid of the plan in force has one responsible worker (格定人)."""
    if subject.connection is None:
        return UNREACHABLE
    if migrations.current_version(subject.connection) != migrations.head():
        return Finding(None, Both("数据库结构不是最新", "the schema is not the newest"), MEND_ABOVE)
    empty = people.unattended(subject.connection)  # two can't be: the table of posts refuses them
    if not empty:
        return Finding(True, Both("每个网格有且只有一名网格员", "every grid has its one worker"))
    named = ", ".join(f"{name} ({code})" for code, name in empty[:5]) + (" …" if len(empty) > 5 else "")
    remedy = Both("请用 gridtwin import people 为其填写网格员。", "Give them one with `gridtwin import people`.")
    return Finding(
        None, Both(f"{len(empty)} 个网格没有网格员：{named}", f"{len(empty)} grids have no worker: {named}"), remedy
    )
