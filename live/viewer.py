"""One wall: what it sees, what it has still to be told, and that it is told only the latest."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from gis.access.accounts import Account
from gis.access.scope import Scope
from gis.issues.visible import told
from live import cells, frames
from live.frames import Key
from live.notices import Notices
from live.roster import Member

if TYPE_CHECKING:
    from live.fence_events import Happened
    from live.hub import Hub
    from live.news import News

COUNTS_BELOW_ZOOM = 9.0
MOST_ISSUES = 500
"""So many changed issues are told one by one."""
MOST_HAPPENED = 1_000
_encode = msgspec.json.Encoder().encode


Audience = tuple[frozenset[int] | None, tuple[int, int, int, int] | None]
"""Whose scope and view are the same: the visible areas, and the least and greatest column and row of cells."""


class Seen:
    """The cells of a tick that an audience sees, one after the other as `body` too; made once for all of it."""

    def __init__(self, cells_: dict[Key, bytes]) -> None:
        self.cells = cells_
        self.body = b"".join(cells_.values())


@dataclass(frozen=True, slots=True)
class Tick:
    """What changed: each cell's changed workers as bytes, the workers themselves, and the ids of those who are gone."""

    delta: dict[Key, bytes]
    workers: list[Member]
    gone: list[str]
    _seen: dict[Audience, Seen] = field(default_factory=dict)

    def seen_by(self, audience: Audience) -> Seen:
        """What an audience sees of it."""
        seen = self._seen.get(audience)
        if seen is None:
            seen = self._seen[audience] = Seen({key: cell for key, cell in self.delta.items() if sees(audience, key)})
        return seen


def sees(audience: Audience, key: Key) -> bool:
    """Whether a cell is within the scope and touches the view."""
    areas, box = audience
    if areas is not None and key[0] not in areas:
        return False
    if box is None:
        return True
    west, east, north, south = box
    return west <= key[1] <= east and north <= key[2] <= south


@dataclass(frozen=True, slots=True)
class View:
    """What somebody looks at: a box in degrees (west, south, east, north) or everything, and the map's zoom."""

    box: tuple[float, float, float, float] | None = None
    zoom: float = 22.0


class Viewer(ABC):
    """Collects the changes for one client while it is busy, as sets: it never queues."""

    def __init__(self, hub: Hub, scope: Scope, now_ms: Callable[[], float]) -> None:
        self._hub = hub
        self._now_ms = now_ms
        self._sequence = 0
        self._whole = True
        self.wake = asyncio.Event()
        self.wake.set()
        self.notices = Notices(frozenset(), self.wake.set)
        self.reach: tuple[float, float, float, float] | None = None
        """What the scope's areas cover together, in 3857 (live/redrawn.py); None for everything."""
        self.see(scope, View())

    def see(self, scope: Scope, view: View) -> None:
        """Changes what is seen: everything is sent anew."""
        self.scope, self.view = scope, view
        self._areas = None if scope.visible is None else frozenset(scope.visible)
        self._audience = (self._areas, None if view.box is None else cells.box(*view.box))
        self._whole = True
        self.wake.set()

    def sees_cell(self, key: Key) -> bool:
        """Whether a cell is within the scope and touches the view."""
        return sees(self._audience, key)

    def sees_worker(self, member: Member) -> bool:
        """Whether a worker is within the scope and inside the view."""
        if self._areas is not None and member.area_id not in self._areas:
            return False
        where = self._hub.known.get(member.id)
        if where is None:
            return False
        if self.view.box is None:
            return True
        west, south, east, north = self.view.box
        return west <= where.lon <= east and south <= where.lat <= north

    @abstractmethod
    def take(self, tick: Tick) -> None:
        """Notes what a tick changed."""

    def tell(self, issues: Sequence[News] | None) -> None:  # noqa: B027 - a viewer may let it pass
        """Notes issues that changed; None: more than can be told."""

    def tell_happened(self, happened: Sequence[Happened]) -> None:  # noqa: B027 - a viewer may let it pass
        """Notes what happened at fences."""

    @abstractmethod
    def next(self) -> bytes | str | None:
        """The message that brings the client up to date; None when it is."""


class FrameViewer(Viewer):
    """Gets binary frames: the last tick's changes if it is up to date, whole cells if it missed any."""

    def __init__(self, hub: Hub, scope: Scope, now_ms: Callable[[], float]) -> None:
        self._behind: set[Key] = set()
        self._fresh: Seen | None = None
        super().__init__(hub, scope, now_ms)

    def take(self, tick: Tick) -> None:
        """Notes the cells that it sees."""
        seen = tick.seen_by(self._audience)
        if not seen.cells:
            return
        if self._fresh is None and not self._behind:
            self._fresh = seen
        else:
            self._behind.update(self._fresh.cells if self._fresh else (), seen.cells)
            self._fresh = None
        self.wake.set()

    def next(self) -> bytes | None:
        """A snapshot, or what changed since the last message."""
        counts = self.view.zoom < COUNTS_BELOW_ZOOM
        kind, count = frames.UPDATE, 0
        if self._whole:
            keys = [key for key in self._hub.held() if self.sees_cell(key)]
            kind, parts, count = frames.SNAPSHOT, list(self._cells_of(keys, counts=counts)), len(keys)
        elif self._fresh is not None and not counts:
            parts, count = [self._fresh.body], len(self._fresh.cells)
        elif self._behind or self._fresh:
            keys = list(self._behind or (self._fresh.cells if self._fresh else ()))
            parts, count = list(self._cells_of(keys, counts=counts)), len(keys)
        else:
            return None
        self._whole, self._fresh = False, None
        self._behind.clear()
        self._sequence += 1
        return frames.message(kind, self._sequence, self._hub.tick_ms, self._now_ms(), parts, count)

    def _cells_of(self, keys: list[Key], *, counts: bool) -> Iterator[bytes]:
        for key in keys:
            yield frames.count(key, self._hub.count(key)) if counts else self._hub.full(key)

    @property
    def sequence(self) -> int:
        """The number of the last message: it has to be acknowledged before the next."""
        return self._sequence


class JsonViewer(Viewer):
    """Gets JSON: a snapshot, then the workers that changed, those who left the view, and issues that changed."""

    def __init__(self, hub: Hub, scope: Scope, now_ms: Callable[[], float], account: Account) -> None:
        self._account = account
        self._issues: dict[int, dict[str, Any]] = {}
        self._reload = False
        self._happened: deque[dict[str, Any]] = deque(maxlen=MOST_HAPPENED)
        self._changed: dict[str, Member] = {}
        self._gone: set[str] = set()
        self._shown: set[str] = set()
        super().__init__(hub, scope, now_ms)

    def take(self, tick: Tick) -> None:
        """Notes the workers that it sees, and those it saw."""
        for member in tick.workers:
            if member.id in self._shown or self.sees_worker(member):
                self._changed[member.id] = member
        self._gone.update(self._shown.intersection(tick.gone))
        if self._changed or self._gone:
            self.wake.set()

    def tell(self, issues: Sequence[News] | None) -> None:
        """Notes the issues that it sees; past a bound only that they are to be asked for again."""
        if issues is None:
            self._reload = True
        else:
            self._issues.update({one.shown["id"]: one.shown for one in issues if told(self._account, one.row)})
        if len(self._issues) > MOST_ISSUES:
            self._reload = True
            self._issues.clear()
        if self._reload or self._issues:
            self.wake.set()

    def tell_happened(self, happened: Sequence[Happened]) -> None:
        """Notes what happened to workers and at fences that it sees; past a bound the oldest are left out."""
        for one in happened:
            if self.scope.sees(one.member.area_id) and self.scope.sees(one.event.fence.area_id):
                self._happened.append(one.told())
        if self._happened:
            self.wake.set()

    def _fences(self) -> str | None:
        if not self._happened:
            return None
        message = {"type": "geofence", "workers": [], "events": list(self._happened)}
        self._happened.clear()
        return _encode(message).decode()

    def _news(self) -> str | None:
        if not self._reload and not self._issues:
            return None
        message = {"type": "issue", "issues": list(self._issues.values()), "reload": self._reload}
        self._issues.clear()
        self._reload = False
        return _encode(message).decode()

    def next(self) -> str | None:
        """The next message: issues first, then who is gone, then who is there."""
        return self._news() or (None if self._whole else self._fences()) or self._workers()

    def _workers(self) -> str | None:
        if self._whole:
            members = [member for member in self._hub.roster.members.values() if self.sees_worker(member)]
            self._whole = False
            self._changed.clear()
            self._gone.clear()
            self._shown = {member.id for member in members}
            return self._message("snapshot", [self._hub.described(member) for member in members])
        left = self._gone | {
            worker for worker, member in self._changed.items() if worker in self._shown and not self.sees_worker(member)
        }
        if left:
            self._gone.clear()
            self._shown -= left
            for worker in left:
                self._changed.pop(worker, None)
            return self._message("remove", [{"id": worker} for worker in sorted(left)])
        seen = [member for member in self._changed.values() if self.sees_worker(member)]
        self._changed.clear()
        if not seen:
            return None
        self._shown.update(member.id for member in seen)
        return self._message("update", [self._hub.described(member) for member in seen])

    def _message(self, kind: str, workers: list[dict[str, Any]]) -> str:
        return _encode({"type": kind, "workers": workers}).decode()


class IssueViewer(JsonViewer):
    """Gets issues that changed, and no workers."""

    def take(self, tick: Tick) -> None:
        """Workers are not its business."""

    def tell_happened(self, happened: Sequence[Happened]) -> None:
        """Workers are not its business."""

    def _workers(self) -> str | None:
        return None
