"""A snapshot of PostgreSQL: which transactions it sees."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What `pg_current_snapshot()` tells: all before `xmax` had ended, but for those still `running`."""

    xmax: int
    running: frozenset[int]

    @classmethod
    def parse(cls, text: str) -> Snapshot:
        """From `xmin:xmax:running,…`, as PostgreSQL writes it."""
        _, xmax, running = text.split(":")
        return cls(int(xmax), frozenset(map(int, running.split(","))) if running else frozenset())

    @property
    def xmin(self) -> int:
        """The oldest transaction that may not be seen."""
        return min(self.running, default=self.xmax)

    def sees(self, transaction: int) -> bool:
        """Whether what that transaction committed is visible; the caller knows that it did commit."""
        return transaction < self.xmax and transaction not in self.running

    def covers(self, other: Snapshot) -> bool:
        """Whether this sees everything that the other one sees."""
        return self.xmax >= other.xmax and all(
            number in other.running for number in self.running if number < other.xmax
        )
