"""Phones of walking workers: they send through the real doors, each in the format of its app, with their faults."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.client
import json
import random
import ssl
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import psycopg
import structlog

from gis.access.devices import APPS, App, identifier, new_token
from gis.errors import BadRequest
from gis.issues import phrases
from gis.messages import Both
from gridtwin.demo import walkers
from gridtwin.demo.walkers import Walker

log = structlog.get_logger("simulate")

_SENDERS, _MOST_SENDERS = 6, 32
_EXTRA = "walker"
_NOISE_DEG = 2.5e-5  # 2.5 m
_MADE_BY = "gridtwin simulate"
_ONLY_DEMO = Both("只能在示范数据上模拟：真实网格员的轨迹不能由程序编造", "only demo data has made-up positions")


@dataclass(frozen=True)
class Fix:
    """What a phone knows before it is written in its app's format."""

    lon: float
    lat: float
    at: float
    speed: float
    heading: float
    accuracy: float
    battery: float


@dataclass(frozen=True)
class Login:
    """A phone's app and its credentials."""

    app: App
    device: int
    worker: str
    token: str


class Phone:
    """A worker's phone. With faults it loses the network, sends twice, jumps, tells a wrong time, and runs out."""

    def __init__(self, walker: Walker, login: Login, *, faults: bool) -> None:
        self.walker = walker
        self.login = login
        self._faults = faults
        self._chance = random.Random(login.worker)  # noqa: S311 - a demo, and the same one each time
        self._battery = self._chance.uniform(0.3, 1.0)
        self._kept: list[Fix] = []
        self._offline_until = 0.0
        self._held_until = 0.0
        self._held: list[Fix] = []
        self._late: list[tuple[float, list[Fix]]] = []

    def tick(self, seconds: float, now: float) -> list[tuple[str, str, dict[str, str], bytes]]:
        """The requests (method, path, headers, body) that it sends after `seconds` more."""
        step = self.walker.walk(seconds)
        chance = self._chance.random if self._faults else lambda: 1.0
        self._battery -= seconds / 36_000
        if self._battery <= 0:  # it lies dead for ten minutes, then on the charger
            self._battery, self._offline_until = 1.0, now + 600
            self._kept.clear()
        fix = Fix(
            step.lon + self._chance.gauss(0, _NOISE_DEG),
            step.lat + self._chance.gauss(0, _NOISE_DEG),
            now,
            step.speed,
            step.heading,
            self._chance.uniform(3, 15),
            max(0.01, self._battery),
        )
        if now < self._offline_until:  # a tunnel, a cellar: what is known is kept and sent later
            self._kept.append(fix)
            return []
        if self._faults and self._holds_back(fix, now, chance()):
            return []
        if chance() < 0.002:
            self._offline_until = now + self._chance.uniform(20, 120)
        fixes = [*self._kept, self._spoiled(fix, chance())]
        self._kept = []
        requests = [self._write(fixes)] * (2 if chance() < 0.05 else 1)
        while self._late and self._late[0][0] <= now:
            requests.append(self._write(self._late.pop(0)[1]))
        return requests

    def _holds_back(self, fix: Fix, now: float, luck: float) -> bool:
        """Some minutes are sent hours later, after newer fixes: about three in a hundred fixes come that late."""
        if now >= self._held_until:
            if luck >= 0.001:
                return False
            self._held_until = now + self._chance.uniform(60, 180)
            self._held = []
            self._late.append((now + self._chance.uniform(3_600, 14_400), self._held))
            self._late.sort(key=lambda due: due[0])
        self._held.append(fix)
        return True

    def _spoiled(self, fix: Fix, luck: float) -> Fix:
        if luck < 0.002:
            return Fix(0.0, 0.0, fix.at, 0.0, 0.0, fix.accuracy, fix.battery)
        if luck < 0.004:
            return Fix(fix.lon + 0.05, fix.lat, fix.at, fix.speed, fix.heading, fix.accuracy, fix.battery)
        if luck < 0.006:
            return Fix(fix.lon, fix.lat, fix.at + 7200, fix.speed, fix.heading, fix.accuracy, fix.battery)
        return fix

    def _write(self, fixes: list[Fix]) -> tuple[str, str, dict[str, str], bytes]:
        return _WRITERS[self.login.app](self.login, fixes)


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()


def _json(value: Any, **headers: str) -> tuple[dict[str, str], bytes]:
    return {"Content-Type": "application/json", **headers}, json.dumps(value).encode()


def _gridtwin(login: Login, fixes: list[Fix]) -> tuple[str, str, dict[str, str], bytes]:
    said = [{**vars(fix), "at": _iso(fix.at)} for fix in fixes]
    return "POST", "/api/fixes", *_json({"fixes": said}, Authorization=f"Bearer {login.token}")


def _traccar(login: Login, fixes: list[Fix]) -> tuple[str, str, dict[str, str], bytes]:
    said = [
        {
            "id": identifier(login.device, login.token),
            "timestamp": round(fix.at * 1000),
            "lat": fix.lat,
            "lon": fix.lon,
            "speed": fix.speed * 3600 / 1852,
            "bearing": fix.heading,
            "accuracy": fix.accuracy,
            "batt": fix.battery * 100,
        }
        for fix in fixes
    ]
    if len(said) == 1:
        return "GET", f"/osmand?{urlencode(said[0])}", {}, b""
    return "POST", "/osmand", *_json(said)


def _owntracks(login: Login, fixes: list[Fix]) -> tuple[str, str, dict[str, str], bytes]:
    basic = base64.b64encode(f"{login.worker}:{login.token}".encode()).decode()
    said = [
        {
            "_type": "location",
            "lat": fix.lat,
            "lon": fix.lon,
            "tst": int(fix.at),
            "vel": fix.speed * 3.6,
            "cog": fix.heading,
            "acc": fix.accuracy,
            "batt": fix.battery * 100,
        }
        for fix in fixes
    ]
    return "POST", "/owntracks", *_json(said[0] if len(said) == 1 else said, Authorization=f"Basic {basic}")


def _overland(login: Login, fixes: list[Fix]) -> tuple[str, str, dict[str, str], bytes]:
    said = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [fix.lon, fix.lat]},
            "properties": {
                "timestamp": _iso(fix.at),
                "speed": fix.speed,
                "course": fix.heading,
                "horizontal_accuracy": fix.accuracy,
                "battery_level": fix.battery,
            },
        }
        for fix in fixes
    ]
    return "POST", "/overland", *_json({"locations": said}, Authorization=f"Bearer {login.token}")


_WRITERS: dict[App, Callable[[Login, list[Fix]], tuple[str, str, dict[str, str], bytes]]] = {
    "gridtwin": _gridtwin,
    "traccar": _traccar,
    "owntracks": _owntracks,
    "overland": _overland,
}


def enrol(connection: psycopg.Connection, workers: list[str]) -> list[Login]:
    """A phone for each worker; the apps take turns. Phones of an earlier run are taken back. Raises BadRequest."""
    _only_demo(connection)
    logins = []
    with connection.transaction():
        connection.execute("DELETE FROM device WHERE created_by = %s", (_MADE_BY,))
        for index, worker in enumerate(workers):
            app, token = APPS[index % len(APPS)], new_token()
            made = connection.execute(
                "INSERT INTO device (worker_id, app, name, token_sha256, created_at, created_by)"
                " VALUES (%s, %s, '示范', %s, now(), %s) RETURNING id",
                (worker, app, hashlib.sha256(token.encode()).digest(), _MADE_BY),
            ).fetchone()
            logins.append(Login(app, int(made[0]) if made else 0, worker, token))
    return logins


def _only_demo(connection: psycopg.Connection) -> None:
    row = connection.execute("SELECT demo FROM twin").fetchone()
    if row is None or not row[0]:
        raise BadRequest(what="simulate", why=_ONLY_DEMO)


def simulate(
    dsn: str,
    url: str,
    *,
    workers: int,
    every_s: float,
    faults: bool,
    seed: int,
    stopped: threading.Event,
    reports: int = 0,
) -> int:
    """Walks the first workers until `stopped`; returns how many requests were answered well.

    After each `reports` rounds one of them reports an issue where they are; 0: none does.
    """
    with psycopg.connect(dsn, autocommit=True) as connection:
        walking = walkers.read(connection, workers, seed=seed)
        _only_demo(connection)
        walking += _more(connection, workers - len(walking), seed)
        logins = enrol(connection, [walker.worker for walker in walking])
    try:
        return _walk(url, walking, logins, every_s, stopped, faults=faults, reports=reports)
    finally:
        with contextlib.suppress(psycopg.OperationalError), psycopg.connect(dsn, autocommit=True) as connection:
            _take_back(connection)


def _more(connection: psycopg.Connection, count: int, seed: int) -> list[Walker]:
    """Walkers beyond the roster, for load: each walks in some grid and has none, so few see them."""
    _take_back(connection)
    networks = walkers.streets(connection, 100_000) if count > 0 else []
    if not networks:
        return []
    names = [f"{_EXTRA}{number}" for number in range(1, count + 1)]
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO worker (id, name) VALUES (%s, %s)", [(name, f"示范 {name}") for name in names])
    return [Walker(name, networks[place % len(networks)][1], seed) for place, name in enumerate(names)]


def _take_back(connection: psycopg.Connection) -> None:
    connection.execute("DELETE FROM worker WHERE id ~ %s", (f"^{_EXTRA}[0-9]+$",))


def _walk(
    url: str,
    walking: list[Walker],
    logins: list[Login],
    every_s: float,
    stopped: threading.Event,
    *,
    faults: bool,
    reports: int,
) -> int:
    chance = random.Random()  # noqa: S311 - a demo
    phones = [Phone(walker, login, faults=faults) for walker, login in zip(walking, logins, strict=True)]
    sender = _Sender(url)
    senders = min(_MOST_SENDERS, max(_SENDERS, len(phones) // 200))
    with contextlib.closing(sender), ThreadPoolExecutor(senders, thread_name_prefix="phone") as pool:
        while not stopped.is_set():
            began = time.monotonic()
            for first in range(0, len(phones), senders):  # spread over the interval after the first round
                some = phones[first : first + senders]
                now = time.time()
                list(pool.map(lambda phone, now=now: sender.send(phone.tick(every_s, now)), some))
                due = began + every_s * (first + len(some)) / len(phones)
                if sender.round and stopped.wait(max(0.0, due - time.monotonic())):
                    break
            sender.round += 1
            if reports and sender.round % reports == 0 and logins:
                _report(sender, phones, chance)
            stopped.wait(max(0.0, began + every_s - time.monotonic()))
    return sender.answered


def _report(sender: _Sender, phones: list[Phone], chance: random.Random) -> None:
    """A worker reports something at hand, now and then solved already; only our own app reports."""
    own = [phone for phone in phones if phone.login.app == "gridtwin"]
    if not own:
        return
    phone = chance.choice(own)
    pattern = chance.choice([pattern for code, pattern in phrases.patterns() if code in _SEEN])
    step = phone.walker.walk(0)
    said = {"text": chance.choice(phrases.bare(pattern, 5)), "lon": step.lon, "lat": step.lat, "source": "网格员",
            "id": f"demo-{uuid.uuid4()}"}  # fmt: skip
    if chance.random() < 0.25:
        said["result"] = "已现场处理完毕"
    sender.send([("POST", "/api/issues", *_json(said, Authorization=f"Bearer {phone.login.token}"))])


_SEEN = {"0102", "0104", "0106", "0110", "0201", "0504", "0505", "0506", "0507", "2101", "2102", "2106", "2107"}


class _Sender:
    """Keeps a connection for each thread; what fails is dropped, the next fix is soon."""

    def __init__(self, url: str) -> None:
        self._parts = urlsplit(url)
        self._local = threading.local()
        self._open: set[http.client.HTTPConnection] = set()
        self.answered = 0
        self.round = 0

    def send(self, requests: list[tuple[str, str, dict[str, str], bytes]]) -> None:
        for method, path, headers, body in requests:
            try:
                connection = getattr(self._local, "connection", None)
                if connection is None:
                    connection = self._connect()
                connection.request(method, path, body or None, headers)
                answer = connection.getresponse()
                answer.read()
                self.answered += answer.status in (200, 201)
                if answer.status >= 400:
                    log.warning("phone.refused", status=answer.status, path=path.split("?")[0])
            except (OSError, http.client.HTTPException):
                self._drop()

    def _connect(self) -> http.client.HTTPConnection:
        host, port = self._parts.hostname or "127.0.0.1", self._parts.port
        connection = http.client.HTTPConnection(host, port, timeout=5)
        if self._parts.scheme == "https":
            context = ssl.create_default_context()
            if host in ("127.0.0.1", "::1"):  # this machine's own certificate is made for its name in the network
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            connection = http.client.HTTPSConnection(host, port, timeout=5, context=context)
        self._local.connection = connection
        self._open.add(connection)
        return connection

    def _drop(self) -> None:
        connection, self._local.connection = getattr(self._local, "connection", None), None
        if connection is not None:
            connection.close()
            self._open.discard(connection)

    def close(self) -> None:
        """Closes what its threads left open."""
        for connection in self._open:
            connection.close()


@contextlib.contextmanager
def walking(dsn: str, url: str, *, workers: int, every_s: float = 4.0) -> Iterator[None]:
    """Workers walk while the block runs, in a thread of their own; their faults are those of real phones."""
    stopped = threading.Event()

    def run() -> None:
        try:
            simulate(dsn, url, workers=workers, every_s=every_s, faults=True, seed=1, stopped=stopped, reports=20)
        except Exception:
            log.exception("simulate.failed")

    thread = threading.Thread(target=run, name="walkers", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join(10)
