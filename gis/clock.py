"""The one clock. It is injected, so that tests and the demo can choose the hour."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """Tells the time in UTC."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        """The moment that was set."""
        return self._at

    def advance(self, by: timedelta) -> None:
        """Moves the clock."""
        self._at += by


def moment(text: str, zone: ZoneInfo) -> datetime:
    """A moment from what people write: an ISO date (its last instant is what counts) or an ISO time.

    A date means the end of that day in `zone`, so that `?at=2026-05-01` shows what was in force
    when the day closed; a time without offset is read in `zone`. Raises ValueError.
    """
    if len(text) == 10:
        day = date.fromisoformat(text)
        following = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(days=1)
        return following.astimezone(UTC) - timedelta(microseconds=1)
    parsed = datetime.fromisoformat(text)
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=zone)).astimezone(UTC)
