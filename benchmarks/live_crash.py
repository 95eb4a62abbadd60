"""kill -9 of the service and of PostgreSQL under load: no fix that was accepted is lost, none is stored twice."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
import time
from dataclasses import dataclass, field

import httpx
import psycopg

from benchmarks.phones.place import PORT, Place, employ, place
from gridtwin.local import processes

_KILLS = 200
_PHONES = 8
_BATCH = 20
_MOST_S = 120.0

Identity = tuple[str, int, float]
"""A fix: worker, time in ms since 1970, longitude."""


@dataclass
class _Phone:
    """Sends batch after batch; one that wasn't answered with 200 is sent again, whole, until it was."""

    worker: str
    token: str
    stopped: threading.Event
    accepted: set[Identity] = field(default_factory=set)
    again: int = 0

    def run(self) -> None:
        """Sends until it is stopped and its last batch was accepted."""
        lap = 0
        with httpx.Client(base_url=f"http://127.0.0.1:{PORT}", timeout=20) as client:
            while not self.stopped.is_set():
                now = round(time.time() * 1e3) - _BATCH * 10
                fixes = [
                    {"lon": round(118 + (lap + k) % 9_000 * 1e-6, 6), "lat": 36.5, "at": now + k * 10}
                    for k in range(_BATCH)
                ]
                lap += _BATCH
                if self._until_accepted(client, fixes):
                    self.accepted.update((self.worker, int(each["at"]), each["lon"]) for each in fixes)

    def _until_accepted(self, client: httpx.Client, fixes: list[dict[str, float]]) -> bool:
        until = time.monotonic() + _MOST_S
        while time.monotonic() < until:
            with contextlib.suppress(httpx.TransportError):
                answer = client.post(
                    "/api/fixes", json={"fixes": fixes}, headers={"Authorization": f"Bearer {self.token}"}
                )
                if answer.status_code == 200:
                    said = answer.json()
                    assert said["accepted"] + said["duplicate"] == len(fixes), said
                    return True
                assert answer.status_code == 503, answer.text
            self.again += 1
            time.sleep(0.05)
        raise TimeoutError("the service did not come back")


@dataclass(frozen=True)
class Result:
    """What was accepted, what is stored, and how often something was sent again."""

    accepted: set[Identity]
    stored: list[Identity]
    again: int
    kills: int

    @property
    def lost(self) -> int:
        """Accepted fixes that aren't stored."""
        return len(self.accepted - set(self.stored))

    @property
    def doubled(self) -> int:
        """Fixes that are stored more than once."""
        return len(self.stored) - len(set(self.stored))


def crash(where: Place, tokens: list[str], kills: int, seed: int) -> Result:
    """Kills the service, PostgreSQL, or both, again and again at random moments, while phones send."""
    chance = random.Random(seed)
    stopped = threading.Event()
    phones = [_Phone(f"w{index}", token, stopped) for index, token in enumerate(tokens)]
    threads = [threading.Thread(target=phone.run) for phone in phones]
    cluster = where.settings.data_dir / "database" / "cluster"
    service = where.start()
    try:
        for thread in threads:
            thread.start()
        for _ in range(kills):
            _until_accepted_again(phones)
            time.sleep(chance.uniform(0, 0.5))
            victims = chance.choice(("service", "database", "both"))
            if victims != "service" and (server := processes.postmaster(cluster)) is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(server, signal.SIGKILL)
            if victims != "database":
                service.kill()
                service.wait()
                service = where.start()
        stopped.set()
        for thread in threads:
            thread.join()
        with psycopg.connect(where.dsn) as connection:
            stored = connection.execute(
                "SELECT worker, round(extract(epoch FROM at) * 1000)::bigint, ST_X(geom) FROM fix"
            ).fetchall()
    finally:
        stopped.set()
        service.terminate()
        service.wait(60)
    accepted: set[Identity] = set().union(*(phone.accepted for phone in phones))
    return Result(accepted, [(row[0], row[1], row[2]) for row in stored], sum(phone.again for phone in phones), kills)


def _until_accepted_again(phones: list[_Phone]) -> None:
    before = sum(len(phone.accepted) for phone in phones)
    until = time.monotonic() + _MOST_S
    while sum(len(phone.accepted) for phone in phones) == before:
        if time.monotonic() > until:
            raise TimeoutError("nothing is accepted any more")
        time.sleep(0.02)


def main() -> bool:
    """Prints what became of the fixes; whether none was lost and none doubled."""
    with place() as where:
        tokens = employ(where.dsn, _PHONES, _PHONES)
        result = crash(where, tokens, _KILLS, seed=1)
    print(f"{result.kills} times kill -9 of the service, of PostgreSQL or of both, {_PHONES} phones that try again")
    print(f"accepted {len(result.accepted):,}, stored {len(result.stored):,}, sent again {result.again:,} times")
    print(f"lost {result.lost}, doubled {result.doubled} (limit 0 and 0)", flush=True)
    return result.lost == 0 and result.doubled == 0
