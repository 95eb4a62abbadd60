"""Events at fences, derived from reliable fixes as they come; what arrives late makes a worker's day anew.

A day (of the service's time zone) begins anew: whoever is inside at their first fix has entered then. So a day's events
follow from the day's fixes alone, whatever the order of their arrival, and making them twice changes nothing.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import psycopg
import shapely
import structlog
from numpy.typing import NDArray

from live.after import Reliable
from live.fences import BACK, ENTER, OUTSIDE, Event, Fence, Fences, Stay, due, follow
from live.judging import DOUBTFUL
from live.lasts import Lasts
from live.roster import Member

log = structlog.get_logger("live.fences")

_LIST = (Path(__file__).parent / "fence_list.sql").read_text(encoding="utf-8")
_LOOK_S = 3.0  # how soon a new zone counts
_AGAIN_S = 0.5  # of each second may go into days that are made anew
_VERSION = """
SELECT (SELECT count(*) || '/' || coalesce(max(changed_at)::text, '') FROM zone) || '/' ||
  (SELECT coalesce(string_agg(id || '.' || revision, ',' ORDER BY id), '') FROM plan WHERE state = 'published')
"""
_STORE = """
INSERT INTO geofence_event (worker, at, kind, fence, fence_id, day, area_id, seconds, geom)
SELECT worker, timestamptz 'epoch' + at * interval '1 microsecond', kind, fence, fence_id, date '1970-01-01' + day,
  area_id, seconds, ST_SetSRID(ST_MakePoint(lon, lat), 4326)
FROM unnest(%s::text[], %s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::int[], %s::bigint[], %s::real[],
  %s::float8[], %s::float8[]) AS n (worker, at, kind, fence, fence_id, day, area_id, seconds, lon, lat)
ON CONFLICT DO NOTHING
"""
_FIXES = """
SELECT (date_part('epoch', at) * 1000000)::bigint AS at, ST_X(geom) AS lon, ST_Y(geom) AS lat FROM fix
WHERE worker = %(worker)s AND at >= %(since)s AND at < %(until)s AND geom IS NOT NULL AND flags & %(doubtful)s = 0
ORDER BY at
"""
_OPEN = """
SELECT DISTINCT ON (worker, fence, fence_id, kind IN ('outside', 'back')) worker, fence, fence_id, kind,
  (date_part('epoch', at) * 1000000)::bigint AS at
FROM geofence_event WHERE worker = ANY(%s) AND day = %s AND kind IN ('enter', 'leave', 'outside', 'back')
ORDER BY worker, fence, fence_id, kind IN ('outside', 'back'), at DESC
"""


@dataclass(frozen=True)
class Happened:
    """An event and whose it is."""

    member: Member
    event: Event

    def told(self) -> dict[str, Any]:
        """As JSON clients are told."""
        event = self.event
        return {
            "worker": self.member.id,
            "number": self.member.number,
            "kind": event.kind,
            "fence": event.fence.kind,
            "id": event.fence.id,
            "name": event.fence.name,
            "at": moment(event.at).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "lon": round(event.lon, 7),
            "lat": round(event.lat, 7),
            "seconds": event.seconds,
        }


class Way(NamedTuple):
    """A worker's fixes of a day, from place `first` to `until` of what is derived from, and the worker's slot."""

    member: Member
    slot: int
    first: int
    until: int
    day: int


class FenceEvents:
    """Derives and stores events; called in a thread, one call at a time. `fresh` and `outside` are read elsewhere."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._fences: Fences | None = None
        self._version = ""
        self._looked = -_LOOK_S
        self._drawn = True
        self._stays: dict[str, Stay] = {}
        self._lasts = Lasts()
        self._away: set[str] = set()
        self._again: dict[tuple[str, int], Member] = {}
        self._hours: dict[int, int] = {}
        self.fresh: deque[Happened] = deque(maxlen=10_000)
        """What has happened and is still to be told to those who look on."""
        self.outside: frozenset[str] = frozenset()
        """The workers who were outside their own grid at their last reliable fix."""

    def take(self, connection: psycopg.Connection, fixes: Reliable) -> None:
        """Derives the events of new fixes, stores them, and makes some days anew."""
        fences = self._refreshed(connection)
        if len(fixes) and fences.fences:
            self._store(connection, self._derive(connection, fences, fixes))
        self._make_again(connection, fences)
        if self._away != self.outside:
            self.outside = frozenset(self._away)

    def look_again(self) -> None:
        """Says that fences have changed; otherwise that is found out within a few seconds."""
        self._drawn = True

    def missed(self, workers: set[Member]) -> None:
        """Their present day is made anew."""
        today = self._day(round(time.time() * 1e6))
        self._again.update({(member.id, today): member for member in workers})

    def close(self, connection: psycopg.Connection) -> None:
        """Makes anew what is left, as far as that is soon done."""
        self._make_again(connection, self._refreshed(connection))

    # Fences ------------------------------------------------------------------------------------------------------

    def _refreshed(self, connection: psycopg.Connection) -> Fences:
        if self._fences is not None and not self._drawn and time.monotonic() - self._looked < _LOOK_S:
            return self._fences
        self._drawn = False
        self._looked = time.monotonic()
        row = connection.execute(_VERSION).fetchone()
        version = str(row[0]) if row else ""
        if self._fences is None or version != self._version:
            rows = connection.execute(_LIST).fetchall()
            shapes = shapely.from_wkb([bytes(row[5]) for row in rows])
            self._fences = Fences(
                [
                    Fence(kind, identity, code, shape, _micros(since) if since else 0, dwell_s, name, area_id)
                    for (kind, identity, code, name, area_id, _, since, dwell_s), shape in zip(
                        rows, shapes, strict=True
                    )
                ]
            )
            self._version = version
            for worker, stay in self._stays.items():  # how long a stay is told may be another now
                self._lasts.due[self._lasts.slot(worker)] = due(self._fences, stay)
        return self._fences

    # Deriving ----------------------------------------------------------------------------------------------------

    def _derive(self, connection: psycopg.Connection, fences: Fences, fixes: Reliable) -> list[Happened]:
        """The events of new fixes, each worker going on from where they were."""
        starts = np.flatnonzero(np.r_[True, fixes.worker[1:] != fixes.worker[:-1]])
        ends = np.r_[starts[1:], len(fixes)]
        members = [fixes.members[place] for place in fixes.worker[starts].tolist()]
        days = self._days(fixes.at)
        slots = self._lasts.slots(members)
        fresh = np.flatnonzero(self._lasts.day[slots] < 0).tolist()
        self._recall(connection, [members[place] for place in fresh], days[starts[fresh]].tolist())
        last = self._lasts.at[slots]
        late = np.logical_or.reduceat(fixes.late, starts) | ((last >= 0) & (fixes.at[starts] <= last))
        one_day = days[starts] == days[ends - 1]
        for place in np.flatnonzero(late).tolist():
            for day in np.unique(days[starts[place] : ends[place]]).tolist():
                self._again[(members[place].id, day)] = members[place]
        ways: list[Way] = []
        for place in np.flatnonzero(~late & ~one_day).tolist():
            first, end = int(starts[place]), int(ends[place])
            for day in np.unique(days[first:end]).tolist():
                until = first + int(np.searchsorted(days[first:end], day, "right"))
                ways.append(Way(members[place], int(slots[place]), first, until, day))
                first = until
        whole = np.flatnonzero(~late & one_day)
        ways += map(
            Way, [members[place] for place in whole.tolist()], slots[whole].tolist(), starts[whole].tolist(),
            ends[whole].tolist(), days[starts[whole]].tolist(),
        )  # fmt: skip
        return self._followed(fences, fixes, ways)

    def _followed(self, fences: Fences, fixes: Reliable, ways: Sequence[Way]) -> list[Happened]:
        """The events of ways; whoever stays where they were costs next to nothing."""
        if not ways:
            return []
        lasts = self._lasts
        slots, first, until, day = (
            np.array(column, np.int64) for column in zip(*[way[1:] for way in ways], strict=True)
        )
        # of several days of a worker, only the first can go on from the last place, and only on its day
        goes_on = (lasts.at[slots] >= 0) & (lasts.day[slots] == day) & ~np.r_[False, slots[1:] == slots[:-1]]
        lengths = until - first + goes_on
        ends = np.cumsum(lengths)
        begins = ends - lengths
        places = np.arange(int(ends[-1])) + np.repeat(first - goes_on - begins, lengths)
        at, lon, lat = fixes.at[places], fixes.lon[places], fixes.lat[places]
        before, earlier = begins[goes_on], slots[goes_on]
        at[before], lon[before], lat[before] = lasts.at[earlier], lasts.lon[earlier], lasts.lat[earlier]
        first_ones = np.zeros(len(at), np.bool_)
        first_ones[begins] = True
        look = fences.look(lon, lat, at, first_ones)
        changes = np.add.reduceat(look.changed, begins, dtype=np.int64)
        crossed = np.zeros(len(ways), np.bool_)
        crossed[np.searchsorted(ends, [place for place, _ in look.crossed], "right")] = True
        calm = goes_on & (changes == 1) & ~crossed & (at[ends - 1] < lasts.due[slots])
        lasts.at[slots], lasts.lon[slots], lasts.lat[slots] = at[ends - 1], lon[ends - 1], lat[ends - 1]
        events: list[Happened] = []
        for place in np.flatnonzero(~calm).tolist():
            way = ways[place]
            stay = self._stays.get(way.member.id)
            if stay is None or stay.day != way.day:
                stay = self._stays[way.member.id] = Stay(way.day)
            own = fences.of_grid.get(way.member.grid or "")
            span = int(begins[place]), int(ends[place])
            happened = follow(fences, look, stay, own, span, bool(goes_on[place]), at, lon, lat)
            events += [Happened(way.member, event) for event in happened]
            self._keep(fences, way.member.id, way.slot, stay)
        return events

    def _keep(self, fences: Fences, worker: str, slot: int, stay: Stay) -> None:
        self._stays[worker] = stay
        self._lasts.day[slot], self._lasts.due[slot] = stay.day, due(fences, stay)
        if stay.outside:
            self._away.add(worker)
        else:
            self._away.discard(worker)

    def _recall(self, connection: psycopg.Connection, members: Sequence[Member], days: Sequence[int]) -> None:
        """After a restart: where workers are inside of, by the events of their day."""
        unknown = {member.id: day for member, day in zip(members, days, strict=True) if member.id not in self._stays}
        for day in set(unknown.values()):
            workers = [worker for worker, of in unknown.items() if of == day]
            for worker, fence, identity, kind, at in connection.execute(_OPEN, (workers, _date(day))):
                stay = self._stays.setdefault(worker, Stay(day))
                if kind == ENTER:
                    stay.inside[(fence, identity)] = at
                elif kind in (OUTSIDE, BACK):
                    stay.outside = kind == OUTSIDE
                    (self._away.add if stay.outside else self._away.discard)(worker)

    # Days made anew ----------------------------------------------------------------------------------------------

    def _make_again(self, connection: psycopg.Connection, fences: Fences) -> None:
        until = time.monotonic() + _AGAIN_S
        while self._again and time.monotonic() < until:
            (worker, day), member = next(iter(self._again.items()))
            self._make(connection, fences, member, day)
            del self._again[(worker, day)]

    def make_day(self, connection: psycopg.Connection, member: Member, day: int) -> None:
        """Makes a worker's day (counted from 1970) anew: its events are replaced by those that its fixes give."""
        self._make(connection, self._refreshed(connection), member, day)

    def _make(self, connection: psycopg.Connection, fences: Fences, member: Member, day: int) -> None:
        begin = datetime.combine(_date(day), datetime.min.time(), self._zone)
        end = datetime.combine(_date(day + 1), datetime.min.time(), self._zone)
        values = {"worker": member.id, "since": begin, "until": end, "doubtful": DOUBTFUL}
        rows = connection.execute(_FIXES, values).fetchall()
        stay = Stay(day)
        events: list[Happened] = []
        if rows and fences.fences:
            columns = np.array([row[0] for row in rows], np.int64), np.array([row[1:] for row in rows], np.float64)
            count = len(rows)
            nothing = np.zeros(count, np.bool_)
            fixes = Reliable(
                [member], np.zeros(count, np.int64), columns[0], columns[1][:, 0], columns[1][:, 1], nothing
            )
            first = np.arange(count) == 0
            look = fences.look(fixes.lon, fixes.lat, fixes.at, first)
            own = fences.of_grid.get(member.grid or "")
            happened = follow(fences, look, stay, own, (0, count), False, fixes.at, fixes.lon, fixes.lat)
            events = [Happened(member, event) for event in happened]
        with connection.transaction():
            connection.execute("DELETE FROM geofence_event WHERE worker = %s AND day = %s", (member.id, _date(day)))
            self._store(connection, events, tell=False)
        known = self._stays.get(member.id)
        if known is None or known.day <= day:
            slot = int(self._lasts.slots([member])[0])
            self._lasts.at[slot] = -1
            if rows:
                self._lasts.at[slot], self._lasts.lon[slot], self._lasts.lat[slot] = rows[-1]
            self._keep(fences, member.id, slot, stay)

    # Storing -----------------------------------------------------------------------------------------------------

    def _store(self, connection: psycopg.Connection, happened: Sequence[Happened], *, tell: bool = True) -> None:
        if not happened:
            return
        days = self._days(np.array([each.event.at for each in happened], np.int64)).tolist()
        connection.execute(
            _STORE,
            (
                [each.member.id for each in happened],
                [each.event.at for each in happened],
                [each.event.kind for each in happened],
                [each.event.fence.kind for each in happened],
                [each.event.fence.id for each in happened],
                days,
                [each.member.area_id for each in happened],
                [each.event.seconds for each in happened],
                [each.event.lon for each in happened],
                [each.event.lat for each in happened],
            ),
        )
        if tell:
            self.fresh.extend(happened)

    def _days(self, at: NDArray[np.int64]) -> NDArray[np.int64]:
        """The days of the time zone, counted from 1970."""
        hours = at // 3_600_000_000
        for hour in np.unique(hours).tolist():
            if hour not in self._hours:
                offset = datetime.fromtimestamp(hour * 3600, self._zone).utcoffset() or timedelta()
                self._hours[hour] = int(offset.total_seconds())
        known = np.array(sorted(self._hours), np.int64)
        shift = np.array([self._hours[hour] for hour in known.tolist()], np.int64)
        return (at // 1_000_000 + shift[np.searchsorted(known, hours)]) // 86_400

    def _day(self, at: int) -> int:
        return int(self._days(np.array([at], np.int64))[0])


def _date(day: int) -> date:
    return date(1970, 1, 1) + timedelta(days=day)


def _micros(at: datetime) -> int:
    return round(at.timestamp() * 1e6)


def moment(at: int) -> datetime:
    """µs since 1970 as a moment in UTC."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)


def forget(connection: psycopg.Connection, before: date) -> None:
    """Drops the events of the days before a day."""
    connection.execute("DELETE FROM geofence_event WHERE day < %s", (before,))
