"""Values as the file has them → values as the table wants them. One function a type, and nothing is guessed."""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import date, datetime
from typing import Any

import msgspec

_GUARDED = re.compile(r"'*[=+\-@\t\r]")  # how a cell begins that a spreadsheet takes for a formula, or a guarded one
_SIDE = "[EWNSewns]|东经|西经|北纬|南纬"
_SEXAGESIMAL = re.compile(  # after NFKC, which turns ″ into two ′ and ＇ into '
    rf"(?P<before>{_SIDE})?(?P<d>\d{{1,3}})[°度](?:(?P<m>\d{{1,2}}(?:\.\d+)?)['′’分])?"
    rf"(?:(?P<s>\d{{1,2}}(?:\.\d+)?)(?:[\"”秒]|['′’]{{2}}))?(?P<after>{_SIDE})?"
)
_EMPTY = frozenset(("", "null", "none", "n/a", "#n/a", "<null>", "-", "—", "/", "无"))


def text(value: Any) -> str | None:
    """A value as text: trimmed, empty is None, whole numbers without a decimal point, dates as ISO."""
    if value is None:
        return None
    if isinstance(value, str):
        trimmed = value.strip().replace("\x00", "")
        return trimmed or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if math.isnan(value):
            return None
        return str(int(value)) if value.is_integer() and abs(value) < 1e18 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace").replace("\x00", "").strip() or None
    if isinstance(value, (dict, list)):
        return msgspec.json.encode(value).decode()
    return str(value)


def number(value: Any) -> float | None:
    """A value as a number: full-width digits and thousands separators are read, empty is None.

    Raises ValueError when it is something else; NaN and infinity are no numbers.
    """
    if value is None:
        return None
    if isinstance(value, bool):
        raise ValueError(repr(value))
    if isinstance(value, (int, float)):
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(repr(value))
        return float(value)
    if not isinstance(value, str):
        raise ValueError(str(value))
    trimmed = value.strip()
    if trimmed.casefold() in _EMPTY:
        return None
    try:
        found = float(trimmed)
    except ValueError:
        written = unicodedata.normalize("NFKC", trimmed).replace(",", "").replace(" ", "")
        found = float(written)
    if not math.isfinite(found):
        raise ValueError(trimmed)
    return found


def coordinate(value: Any) -> float | None:
    """A number, or degrees with minutes and seconds (`118°03'46.2"E`, `118度3分46秒`); raises ValueError."""
    try:
        return number(value)
    except ValueError:
        found = _SEXAGESIMAL.fullmatch(unicodedata.normalize("NFKC", str(value)).replace(" ", ""))
        if found is None:
            raise
    degrees, minutes, seconds = (float(found[at] or 0) for at in ("d", "m", "s"))
    if minutes >= 60 or seconds >= 60:
        raise ValueError(str(value))
    west_or_south = (found["before"] or found["after"] or "").upper() in ("W", "S", "西经", "南纬")
    return (degrees + minutes / 60 + seconds / 3600) * (-1 if west_or_south else 1)


def whole(value: Any) -> int | None:
    """A value as a whole number; raises ValueError for fractions."""
    if type(value) is int:
        return value
    found = number(value)
    if found is None:
        return None
    if not found.is_integer():
        raise ValueError(str(value))
    return int(found)


def guarded(value: Any) -> Any:
    """A text for a CSV file: an apostrophe keeps a spreadsheet from running it as a formula."""
    return f"'{value}" if isinstance(value, str) and _GUARDED.match(value) else value


def unguarded(value: Any) -> Any:
    """A text from a CSV file without the apostrophe of `guarded`."""
    if isinstance(value, str) and value.startswith("'") and _GUARDED.match(value):
        return value[1:]
    return value
