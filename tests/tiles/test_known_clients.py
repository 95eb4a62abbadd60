"""Whoever has asked before is answered by a shorter way: nobody can tell it from the usual one."""

import socket

import httpx
import pytest

from gis.access.roles import Role
from tests.conftest import account
from tests.tiles.test_fresh import counted
from tests.tiles.test_tiles import street, tile_of  # noqa: F401 - a fixture

X, Y = tile_of(118.0803, 36.8504, 16)
PATH = f"/tiles/buildings/16/{X}/{Y}.pbf"
OWN = {"date", "x-request-id"}


class Line:
    """A connection that is written to and read from byte by byte."""

    def __init__(self, service, client):
        url = httpx.URL(service.url)
        self.socket = service.closing.enter_context(socket.create_connection((url.host, url.port), timeout=30))
        self.head = f"Host: {url.host}\r\nAuthorization: {client.headers['Authorization']}\r\n"
        self.read = service.closing.enter_context(self.socket.makefile("rb"))

    def request(self, path, method="GET", more=""):
        return f"{method} {path} HTTP/1.1\r\n{self.head}{more}\r\n".encode()

    def answer(self):
        status = int(self.read.readline().split()[1])
        headers = {}
        while line := self.read.readline().strip():
            name, _, value = line.decode().partition(": ")
            headers.setdefault(name, []).append(value)
        return status, headers, self.read.read(int(headers.get("content-length", ["0"])[0]))

    def ask(self, path, **how):
        self.socket.sendall(self.request(path, **how))
        return self.answer()


@pytest.mark.parametrize("path", [PATH, "/tiles/grids,areas/14/{}/{}.pbf".format(*tile_of(118.0901, 36.8549, 14))])
@pytest.mark.parametrize("more", ["", "Accept-Encoding: gzip, zstd\r\n", "Origin: https://map.example\r\n"])
def test_the_shorter_way_gives_the_same_answer(dsn, street, run_service, path, more):  # noqa: F811
    service = run_service(dsn, tile_origins="https://map.example")
    line = Line(service, service.client("admin"))
    same = lambda answer: (answer[0], {n: v for n, v in answer[1].items() if n not in OWN}, answer[2])  # noqa: E731
    first, *others = [same(line.ask(path, more=more)) for _ in range(4)]
    assert first[0] == 200
    assert first[2]
    assert others == [first] * 3
    again = f"{more}If-None-Match: {first[1]['etag'][0]}\r\n"
    first, *others = [same(line.ask(path, more=again)) for _ in range(4)]
    assert (first[0], first[2], others) == (304, b"", [first] * 3)
    line.socket.sendall(line.request(path, "HEAD", more))
    assert line.read.readline().startswith(b"HTTP/1.1 200")


def test_requests_in_one_go_are_answered_in_their_order_and_in_pieces_too(street, service):  # noqa: F811
    line = Line(service, service.client("admin"))
    tile = line.ask(PATH)[2]
    other = PATH.replace(str(Y), str(Y + 1))
    line.socket.sendall(line.request(PATH) + line.request("/healthz") + line.request(other) + line.request(PATH))
    answers = [line.answer() for _ in range(4)]
    assert [answer[0] for answer in answers] == [200] * 4
    assert answers[0][2] == answers[3][2] == tile
    assert b"ok" in answers[1][2]
    asked = line.request(PATH)
    for cut in (1, 10, 60, len(asked) - 1):  # what comes while an answer is under way waits for it
        line.socket.sendall(line.request(PATH))
        line.socket.sendall(asked[:cut])
        line.socket.sendall(asked[cut:])
        assert [line.answer()[2] for _ in range(2)] == [tile, tile]
    line.socket.sendall(line.request("/api/session", "POST", "Content-Length: 3\r\n") + b"{}}" + line.request(PATH))
    assert line.answer()[0] in (400, 422)
    assert line.answer()[2] == tile
    line.socket.sendall(line.request(PATH, more="Connection: close\r\n"))
    assert line.answer()[2] == tile
    assert line.read.read() == b""


def test_what_cannot_be_answered_is_refused_in_the_usual_words(street, service):  # noqa: F811
    line = Line(service, service.client("admin"))
    line.ask(PATH)
    for path, status in (
        ("/tiles/nothing/16/1/1.pbf", 404),
        ("/tiles/buildings/23/1/1.pbf", 404),
        ("/tiles/buildings/2/9/1.pbf", 404),
        ("/tiles/buildings/2/x/1.pbf", 404),
        (PATH + "?at=yesterday", 200),
        (PATH.replace("buildings", "grids") + "?at=yesterday", 400),
    ):
        answer = line.ask(path)
        assert answer[0] == status, (path, answer)
    assert line.ask(PATH)[0] == 200


def test_another_role_scope_or_no_sign_in_at_all_is_noticed(db, street, service):  # noqa: F811
    account(db, "reader", Role.VIEWER, ("s0",))
    client = service.client("reader")
    line = Line(service, client)
    addresses = PATH.replace("buildings", "addresses")
    allowed = line.ask(addresses)[0]
    west = line.ask(PATH)[2]
    assert [line.ask(PATH)[2] for _ in range(3)] == [west] * 3
    db.execute("UPDATE account_area SET area_id = (SELECT id FROM area WHERE code = 's1')")
    while line.ask(PATH)[2] == west:
        pass
    assert line.ask(addresses)[0] == allowed
    assert client.delete("/api/session").is_success
    assert line.ask(PATH)[0] == 401


def test_it_is_counted_like_any_other(street, service):  # noqa: F811
    client = service.client("admin")
    line = Line(service, client)
    before = counted(client, "cached")["buildings"], counted(client, "rendered")["buildings"]
    for path in [PATH, PATH.replace(str(Y), str(Y + 2))] * 3:  # of another block
        line.ask(path)
    assert (counted(client, "cached")["buildings"], counted(client, "rendered")["buildings"]) == (
        before[0] + 4,
        before[1] + 2,
    )
    answered = [
        text for text in client.get("/metrics").text.splitlines()
        if text.startswith("gridtwin_requests_total{") and ".pbf" in text and 'status="200"' in text
    ]  # fmt: skip
    assert float(answered[0].rsplit(" ", 1)[1]) == 6


def test_who_asks_too_often_is_told_so_here_too(dsn, street, run_service):  # noqa: F811
    service = run_service(dsn, rate_account=1, rate_free="none")
    line = Line(service, service.client("admin"))
    told = [line.ask(PATH)[0] for _ in range(40)]
    assert told[:15] == [200] * 15
    assert told[-1] == 429
