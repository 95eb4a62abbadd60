"""What a check looks at and what it says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import psycopg

from gis.errors import (
    ClusterFailed,
    DataDirUnusable,
    DiskFull,
    GridtwinError,
    OtherMajorVersion,
    PostgisMissing,
    PostgresMissing,
)
from gis.messages import Both
from gis.settings import Settings

NOTHING = Both("", "")


@dataclass(frozen=True)
class Finding:
    """A check's outcome in both languages. `ok` is None for a warning."""

    ok: bool | None
    found: Both
    remedy: Both = NOTHING


@dataclass
class Subject:
    """What is checked: the settings, and the database in use or why there is none."""

    settings: Settings
    connection: psycopg.Connection | None = None
    failure: GridtwinError | psycopg.Error | None = None
    ran_before: bool = False

    @property
    def embedded(self) -> bool:
        """Whether the database is the private one."""
        return self.settings.database_url is None

    def value(self, query: str, *values: object) -> object:
        """The first value of a query's first row, None when there is no connection."""
        if self.connection is None:
            return None
        row = self.connection.execute(query.encode(), values or None).fetchone()
        return row[0] if row else None


Check = Callable[[Subject], Finding]

REMEDIES: dict[type[GridtwinError], Both] = {
    PostgresMissing: Both("请运行 make setup 安装。", "Run `make setup`, which installs it."),
    PostgisMissing: Both("请运行 make setup 安装。", "Run `make setup`, which installs it."),
    DataDirUnusable: Both(
        "请用 GRIDTWIN_DATA_DIR 指定一个可写的目录。", "Set GRIDTWIN_DATA_DIR to a folder that this user can write."
    ),
    DiskFull: Both("请清理该磁盘。", "Free some space on that disk."),
    OtherMajorVersion: Both("请安装写入数据的 PostgreSQL 版本。", "Install the PostgreSQL that wrote the data."),
    ClusterFailed: Both("请按日志中的原因处理后重试。", "Mend what the log names, then try again."),
}
"""What to do about an error that a check meets; its own sentence has the particulars."""

MEND_ABOVE = Both("请先解决上面的问题。", "Mend what is wrong above first.")
REPORT = Both("这是程序的缺陷，请报告。", "This is a fault of the program: please report it.")
UNREACHABLE = Finding(False, Both("数据库无法连接", "the database can't be reached"), MEND_ABOVE)


def plain(text: str) -> Both:
    """Words that are the same in both languages: names, versions, paths."""
    return Both(text, text)


def of_failure(error: GridtwinError | psycopg.Error) -> Finding:
    """The finding for an error that a check met."""
    remedy = next((REMEDIES[kind] for kind in type(error).__mro__ if kind in REMEDIES), MEND_ABOVE)
    return Finding(False, of_error(error), remedy)


def of_error(error: GridtwinError | psycopg.Error) -> Both:
    """An error's own sentence."""
    if isinstance(error, GridtwinError):
        return Both(error.message("zh"), error.message("en"))
    return plain(str(error).strip().splitlines()[0])
