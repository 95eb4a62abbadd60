"""Where workers were last, side by side: what is derived from fixes goes on from there, for all of them at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from live.roster import Member

NEVER = 2**62


class Lasts:
    """A slot for each worker that was heard of.

    `at` is the time of their last fix (µs since 1970, −1 for none), `lon` and `lat` its place in degrees; `day` and
    `due` are the user's: a day, and a moment from which there is something to do.
    """

    def __init__(self) -> None:
        self._slots: dict[str, int] = {}
        self.at = np.full(1024, -1, np.int64)
        self.day = np.full(1024, -1, np.int64)
        self.due = np.full(1024, NEVER, np.int64)
        self.lon = np.zeros(1024)
        self.lat = np.zeros(1024)

    def slot(self, worker: str) -> int:
        """The slot of a worker who has one."""
        return self._slots[worker]

    def slots(self, members: Sequence[Member]) -> NDArray[np.int64]:
        """The slots of workers; whoever has none gets one."""
        known = self._slots
        found = [known.setdefault(member.id, len(known)) for member in members]
        while len(known) > len(self.at):
            size = len(self.at)
            self.at, self.day, self.due = (
                np.concatenate((self.at, np.full(size, -1, np.int64))),
                np.concatenate((self.day, np.full(size, -1, np.int64))),
                np.concatenate((self.due, np.full(size, NEVER, np.int64))),
            )
            self.lon, self.lat = (np.concatenate((each, np.zeros(size))) for each in (self.lon, self.lat))
        return np.array(found, np.int64)
