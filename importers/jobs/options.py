"""What a browser or program asks of an import, in the words of `gridtwin import`, turned into a request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gis.access.accounts import Account
from gis.errors import BadRequest
from gis.messages import Both
from importers.catalogue import CHECKS
from importers.kinds import kind_of
from importers.request import ImportRequest

Name = Annotated[str, Field(max_length=500)]
_REPEATED = {"map": "columns", "set": "constants", "allow": "allow"}
_WRONG = {  # pydantic's names of what is wrong with a value
    "extra_forbidden": "没有这个选项",
    "missing": "必须给出",
    "string_too_long": "太长",
    "bool_parsing": "应为 true 或 false",
    "date_from_datetime_parsing": "日期应写成 2026-01-31",
    "date_parsing": "日期应写成 2026-01-31",
}
_CALLED = {"from": "in_force_from", "dry_run": "dry_run"}


class Options(BaseModel):
    """How a file is to be read, and what as: the options of `gridtwin import`."""

    model_config = ConfigDict(extra="forbid")

    kind: Name
    layer: Name | None = None
    crs: Annotated[str, Field(max_length=20_000)] | None = None
    encoding: Name | None = None
    columns: dict[Name, Name] = Field(default={}, description="field -> column (`--map`)")
    constants: dict[Name, Name] = Field(default={}, description="field -> one value for all rows (`--set`)")
    grid_kind: Name = "community"
    within: Name | None = None
    exact: bool = Field(default=False, description="take no column but those in `columns`")
    fresh: bool = Field(default=False, description="leave aside how the last file of this shape was read")
    replace: bool = False
    yes: bool = False
    repair: bool = False
    swap: bool = False
    allow: list[Name] = []
    in_force_from: date | None = Field(default=None, description="day from which imported grids are in force")

    def request(self, file: Path, account: Account, zone: ZoneInfo, *, dry_run: bool) -> ImportRequest:
        """The request for the importers; raises BadRequest for what they don't know."""
        kind = kind_of(self.kind)
        for field in (*self.columns, *self.constants):
            kind.field(field)
        for check in self.allow:
            if check not in CHECKS or not CHECKS[check].allowable:
                known = ", ".join(sorted(name for name, found in CHECKS.items() if found.allowable))
                raise BadRequest(
                    what="allow",
                    why=Both(f"没有 {check} 这一项；可以放行的有：{known}", f"{check!r} is none of {known}"),
                )
        if self.replace and self.within is None:
            why = Both("请用 within 说明文件涉及的区域", "say with `within` which area the file is about")
            raise BadRequest(what="replace", why=why)
        day = self.in_force_from
        return ImportRequest(
            kind=self.kind,
            file=file,
            crs=self.crs or None,
            encoding=self.encoding or None,
            layer=self.layer or None,
            columns=dict(self.columns),
            constants=dict(self.constants),
            grid_kind=self.grid_kind,
            within=self.within or None,
            exact=self.exact,
            fresh=self.fresh,
            replace=self.replace,
            yes=self.yes,
            dry_run=dry_run,
            repair=self.repair,
            swap=self.swap,
            in_force_from=datetime(day.year, day.month, day.day, tzinfo=zone) if day else None,
            allow=frozenset(self.allow),
            by=account.username,
            zone=zone,
            visible=account.scope.visible,
        )


def from_fields(fields: Iterable[tuple[str, str]]) -> tuple[Options, bool]:
    """The options of a form, under the names of the command line, and whether it is only a trial.

    `map` and `set` (field=column, field=value) and `allow` may be repeated. Raises BadRequest.
    """
    values: dict[str, Any] = {"columns": {}, "constants": {}, "allow": []}
    for given, value in fields:
        name = given.strip().removeprefix("--").replace("-", "_")
        if name in ("map", "set"):
            field, equals, meant = value.partition("=")
            if not equals or not field.strip() or not meant.strip():
                why = Both(f"“{value[:80]}”应写成 字段=值", f"{value[:80]!r} is not of the form field=value")
                raise BadRequest(what=name, why=why)
            values[_REPEATED[name]][field.strip()] = meant.strip()
        elif name == "allow":
            values["allow"] += [check.strip() for check in value.split(",") if check.strip()]
        elif value:
            values[_CALLED.get(name, name)] = value
    dry_run = str(values.pop("dry_run", "")).lower() in ("1", "true", "yes", "on")
    return read(values), dry_run


def read(values: Mapping[str, Any]) -> Options:
    """Options of values; raises BadRequest, which names the first that can't be used."""
    try:
        return Options.model_validate(values)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        why = Both(_WRONG.get(first["type"], "值无法理解"), first["msg"])
        raise BadRequest(what=".".join(str(part) for part in first["loc"]), why=why) from wrong
