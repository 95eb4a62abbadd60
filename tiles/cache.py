"""Encoded tiles under a memory bound, found by what they show, dropped by where something changed."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from gis.changes import Change
from gis.snapshot import Snapshot
from tiles.encoded import Encoded
from tiles.layers import LAYERS
from tiles.pyramid import Tile, touched

_PROVEN_SHARE = 0.8  # of the memory, for tiles that were asked for twice: a walk over the map can't push them out

Areas = frozenset[int] | None
"""Whose rows a tile shows: of these areas, or everything (None)."""


class Subject:
    """What a tile shows, whoever asks: place, layers, and the plan of its grids."""

    __slots__ = ("_hash", "layers", "plan_id", "tile")

    def __init__(self, tile: Tile, layers: tuple[str, ...], plan_id: int | None) -> None:
        self.tile = tile
        self.layers = layers
        self.plan_id = plan_id
        self._hash = hash((tile.z, tile.x, tile.y, layers, plan_id))  # it is looked up several times a question

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Subject)
            and self.tile == other.tile
            and self.layers == other.layers
            and self.plan_id == other.plan_id
        )

    def __repr__(self) -> str:
        return f"Subject({self.tile!r}, {self.layers!r}, {self.plan_id!r})"

    def depends_on(self, change: Change) -> bool:
        """Whether a change is of a layer that this shows, of its plan where it has one. Says nothing of the place."""
        return any(change.layer in LAYERS[name].changes(self.tile.z) for name in self.layers) and (
            change.plan_id is None or self.plan_id is None or change.plan_id == self.plan_id
        )

    def shows(self, change: Change) -> bool:
        """Whether a change may alter this tile."""
        if not self.depends_on(change):
            return False
        if change.extent is None:
            return True
        first_x, last_x, first_y, last_y = touched(change.extent, self.tile.z)
        return first_x <= self.tile.x <= last_x and first_y <= self.tile.y <= last_y


@dataclass(eq=False, slots=True)
class Served:
    """A tile, and whose rows it shows."""

    tile: Encoded
    areas: Areas


@dataclass(eq=False, slots=True)
class Kept(Served):
    """A tile as it is kept, with the snapshot that it was rendered in."""

    snapshot: Snapshot
    at_end: Callable[[], None] | None = None
    """Takes away what else has to go when this isn't kept any longer."""
    read: Callable[[], bool] | None = None
    """Whether it was given by others (tiles/mirror.py) since this was last asked."""
    ended: bool = False

    def end(self) -> None:
        """It isn't kept any longer."""
        self.ended = True
        if self.at_end:
            self.at_end()


@dataclass(slots=True)
class _Slot:
    """The tiles of one subject: one for each set of areas that somebody's scope leaves of those present in it."""

    entries: dict[Areas, Kept] = field(default_factory=dict)
    present: frozenset[int | None] | None = None
    """The areas of all rows in the tile (None for rows without one), where it was asked for."""
    present_in: Snapshot | None = None


class TileCache:
    """Least recently used goes first, out of those that were asked for once before those asked for again."""

    def __init__(self, bound_bytes: int) -> None:
        self.bound = bound_bytes
        self.bytes = 0
        self.evicted = 0
        self._proven_bytes = 0
        self._by_place: dict[int, dict[tuple[int, int], dict[Subject, _Slot]]] = {}
        self._new: OrderedDict[tuple[Subject, Areas], int] = OrderedDict()
        self._ahead: set[tuple[Subject, Areas]] = set()
        self._proven: OrderedDict[tuple[Subject, Areas], int] = OrderedDict()

    def __len__(self) -> int:
        """How many tiles are kept."""
        return len(self._new) + len(self._proven)

    def find(self, subject: Subject, visible: frozenset[int] | None, *, asked: bool = True) -> Kept | None:
        """The tile as somebody sees it who sees the areas `visible` (None: all), if it is kept.

        With `asked=False` nobody has asked for it: it isn't worth more for that.
        """
        slot = self._slot(subject)
        if slot is None:
            return None
        areas = None
        if visible is not None:
            if slot.present is None or slot.present_in is None:
                return None
            areas = seen_of(slot.present, visible)
            everything = slot.entries.get(None)
            if areas is None and everything and not slot.present_in.covers(everything.snapshot):
                return None  # what is everything by now may be more than what was present when that was asked
        kept = slot.entries.get(areas)
        if kept is None:
            return None
        if asked:
            self._use((subject, areas))
        return kept

    def _use(self, key: tuple[Subject, Areas]) -> None:
        if key in self._ahead:
            self._ahead.remove(key)
        elif key in self._proven:
            self._proven.move_to_end(key)
        else:
            size = self._proven[key] = self._new.pop(key)
            self._proven_bytes += size
            while self._proven_bytes > self.bound * _PROVEN_SHARE and len(self._proven) > 1:
                demoted, size = self._proven.popitem(last=False)
                self._proven_bytes -= size
                self._new[demoted] = size

    def keep(self, subject: Subject, areas: Areas, tile: Encoded, snapshot: Snapshot, *, ahead: bool = False) -> Kept:
        """Keeps a tile that was rendered in a snapshot which sees every change that has been told so far.

        `ahead` says that nobody has asked for it yet.
        """
        self._forget(subject, areas)
        kept = Kept(tile, areas, snapshot)
        if tile.size > self.bound // 4:
            kept.end()
            return kept
        place = self._by_place.setdefault(subject.tile.z, {}).setdefault((subject.tile.x, subject.tile.y), {})
        place.setdefault(subject, _Slot()).entries[areas] = kept
        self._new[subject, areas] = tile.size
        if ahead:
            self._ahead.add((subject, areas))
        self.bytes += tile.size
        self._make_room()
        return kept

    def learn(self, subject: Subject, present: frozenset[int | None], snapshot: Snapshot) -> None:
        """Remembers the areas of a tile's rows for as long as a tile of the subject is kept."""
        slot = self._slot(subject)
        if slot:
            slot.present, slot.present_in = present, snapshot

    def grew(self, subject: Subject, areas: Areas, tile: Encoded) -> None:
        """Counts what a tile takes after another coding of it was made."""
        key = (subject, areas)
        slot = self._slot(subject)
        kept = slot.entries.get(areas) if slot else None
        if kept is None or kept.tile is not tile:  # dropped in the meantime
            return
        order = self._proven if key in self._proven else self._new
        grown = tile.size - order[key]
        order[key] = tile.size
        self.bytes += grown
        if order is self._proven:
            self._proven_bytes += grown
        self._make_room()

    def hear(self, change: Change) -> int:
        """Drops the tiles that a change may alter, but for those that were rendered after it; returns how many."""
        if change.extent is None or not all(map(math.isfinite, change.extent)):
            places = [(place, slots) for zoom in self._by_place.values() for place, slots in zoom.items()]
        else:
            places = [found for zoom in tuple(self._by_place) for found in self._touched(zoom, change.extent)]
        dropped = 0
        for _, slots in places:
            for subject, slot in tuple(slots.items()):
                if not subject.depends_on(change):
                    continue
                if slot.present_in is not None and not slot.present_in.sees(change.transaction):
                    slot.present = slot.present_in = None
                for areas, kept in tuple(slot.entries.items()):
                    if not kept.snapshot.sees(change.transaction):
                        self._forget(subject, areas)
                        dropped += 1
        return dropped

    def clear(self) -> None:
        """Drops everything."""
        for zoom in self._by_place.values():
            for slots in zoom.values():
                for slot in slots.values():
                    for kept in slot.entries.values():
                        kept.end()
        self._by_place.clear()
        self._new.clear()
        self._ahead.clear()
        self._proven.clear()
        self.bytes = self._proven_bytes = 0

    def _touched(
        self, zoom: int, extent: tuple[float, float, float, float]
    ) -> Iterator[tuple[tuple[int, int], dict[Subject, _Slot]]]:
        kept = self._by_place[zoom]
        west, east, north, south = touched(extent, zoom)
        if (east - west + 1) * (south - north + 1) <= len(kept):
            for x in range(west, east + 1):
                for y in range(north, south + 1):
                    if slots := kept.get((x, y)):
                        yield (x, y), slots
        else:
            for (x, y), slots in tuple(kept.items()):
                if west <= x <= east and north <= y <= south:
                    yield (x, y), slots

    def _slot(self, subject: Subject) -> _Slot | None:
        zoom = self._by_place.get(subject.tile.z)
        place = zoom.get((subject.tile.x, subject.tile.y)) if zoom else None
        return place.get(subject) if place else None

    def _forget(self, subject: Subject, areas: Areas) -> None:
        key = (subject, areas)
        self._ahead.discard(key)
        size = self._new.pop(key, None)
        if size is None:
            size = self._proven.pop(key, None)
            if size is None:
                return
            self._proven_bytes -= size
        self.bytes -= size
        zoom = self._by_place[subject.tile.z]
        place = (subject.tile.x, subject.tile.y)
        slots = zoom[place]
        slots[subject].entries.pop(areas).end()
        if not slots[subject].entries:
            del slots[subject]
            if not slots:
                del zoom[place]
                if not zoom:
                    del self._by_place[subject.tile.z]

    def _make_room(self) -> None:
        while self.bytes > self.bound:
            subject, areas = key = next(iter(self._new or self._proven))
            slot = self._slot(subject)
            read = slot.entries[areas].read if slot else None
            if read and read():
                self._use(key)
                continue
            self._forget(subject, areas)
            self.evicted += 1


def seen_of(present: frozenset[int | None], visible: frozenset[int]) -> Areas:
    """What somebody who sees `visible` sees of a tile: None when that is everything in it."""
    seen = frozenset(area for area in present if area is not None and area in visible)
    return None if len(seen) == len(present) else seen
