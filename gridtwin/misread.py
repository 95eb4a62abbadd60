"""What is wrong with a parameter, in words: pydantic's findings in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gis.messages import Both

_SAYS: dict[str, Both] = {
    "missing": Both("必须填写", "it is missing"),
    "string_too_short": Both("至少 {min_length} 个字", "at least {min_length} characters"),
    "string_too_long": Both("最多 {max_length} 个字", "at most {max_length} characters"),
    "too_short": Both("至少 {min_length} 项", "at least {min_length}"),
    "too_long": Both("最多 {max_length} 项", "at most {max_length}"),
    "string_pattern_mismatch": Both("格式不符（{pattern}）", "it doesn't have the form {pattern}"),
    "greater_than_equal": Both("不能小于 {ge}", "it is at least {ge}"),
    "greater_than": Both("须大于 {gt}", "it is greater than {gt}"),
    "less_than_equal": Both("不能大于 {le}", "it is at most {le}"),
    "less_than": Both("须小于 {lt}", "it is less than {lt}"),
    "finite_number": Both("须为有限的数", "it is a finite number"),
    "extra_forbidden": Both("没有此参数", "there is no such parameter"),
    "literal_error": Both("请用 {expected}", "use {expected}"),
    "enum": Both("请用 {expected}", "use {expected}"),
    "json_invalid": Both("不是 JSON", "it is no JSON"),
}
_KINDS: dict[str, Both] = {
    "string": Both("须为文字", "it is a text"),
    "int": Both("须为整数", "it is a whole number"),
    "float": Both("须为数字", "it is a number"),
    "bool": Both("须为 true 或 false", "it is true or false"),
    "datetime": Both("须为时间，如 2026-05-01T08:00:00+08:00", "it is a time such as 2026-05-01T08:00:00+08:00"),
    "date": Both("须为日期，如 2026-05-01", "it is a date such as 2026-05-01"),
    "time": Both("须为时刻，如 08:00", "it is a time of day such as 08:00"),
    "list": Both("须为列表", "it is a list"),
    "dict": Both("须为对象", "it is an object"),
    "model": Both("须为对象", "it is an object"),
}


def why(finding: Mapping[str, Any]) -> Both | str:
    """Why a parameter can't be used; pydantic's own words where there are none of ours."""
    kind = str(finding["type"])
    said = _SAYS.get(kind) or _KINDS.get(kind.split("_")[0])
    if said is None:
        return str(finding["msg"]).removeprefix("Value error, ")
    given = finding.get("ctx") or {}
    try:
        return Both(said.zh.format_map(given), said.en.format_map(given))
    except KeyError:
        return str(finding["msg"])
