"""Tiles over HTTP: content codings, ETag and 304, one render for many, an end with the client, a bound on the queue."""

import contextlib
import gzip
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import mapbox_vector_tile
import psycopg
import pytest
import zstandard

from tests.tiles.test_fresh import counted
from tests.tiles.test_tiles import street, tile_of  # noqa: F401 - a fixture
from tiles.encoded import accepted_coding

PATH = "/tiles/buildings/{}/{}/{}.pbf"


def path_of(zoom, lon=118.0901, lat=36.8549):
    x, y = tile_of(lon, lat, zoom)
    return PATH.format(zoom, x, y)


def raw(client, path, **headers):
    """Status, headers and the bytes as they were sent."""
    with client.stream("GET", path, headers=headers) as answer:
        return answer.status_code, answer.headers, b"".join(answer.iter_raw())


def test_each_content_coding_has_the_same_content_and_an_etag_of_its_own(street, service):  # noqa: F811
    client = service.client("admin")
    path = path_of(15)
    _, plain, identity = raw(client, path, **{"Accept-Encoding": "identity"})
    _, gzipped, small = raw(client, path, **{"Accept-Encoding": "gzip, deflate"})
    _, zstded, smaller = raw(client, path, **{"Accept-Encoding": "gzip, deflate, br, zstd"})
    assert "content-encoding" not in plain
    assert gzipped["content-encoding"] == "gzip"
    assert zstded["content-encoding"] == "zstd"
    assert gzip.decompress(small) == identity == zstandard.decompress(smaller)
    assert len(small) < len(identity) > len(smaller)
    assert len({plain["etag"], gzipped["etag"], zstded["etag"]}) == 3
    for headers in (plain, gzipped, zstded):
        assert headers["vary"] == "Authorization, Cookie, Accept-Encoding"
        assert headers["cache-control"] == "private, no-cache"
        for coding in ("identity", "gzip", "zstd"):
            status, _, body = raw(client, path, **{"If-None-Match": headers["etag"], "Accept-Encoding": coding})
            assert (status, body) == (304, b"")
    head = client.head(path, headers={"Accept-Encoding": "gzip"})
    assert (head.content, head.headers["content-length"]) == (b"", str(len(small)))
    assert raw(client, path, **{"If-None-Match": '"another", W/"one"'})[0] == 200
    assert raw(client, path, **{"If-None-Match": f'"another", W/{plain["etag"]}'})[0] == 304


@pytest.mark.parametrize(
    ("accept", "coding"),
    [
        ("", ""),
        ("gzip", "gzip"),
        ("gzip;q=0.5, zstd;q=0.4", "gzip"),
        ("gzip;q=0, *;q=0.3", "zstd"),
        ("identity;q=1, gzip;q=0.5", ""),
        ("GZIP", "gzip"),
        ("*", "zstd"),
        ("br", ""),
        ("gzip;q=x", ""),
        ("zstd" + "," * 300, ""),
    ],
)
def test_accept_encoding_is_read_as_the_standard_says(accept, coding):
    assert accepted_coding(accept.encode()) == coding


@contextlib.contextmanager
def locked(dsn):
    """While this lasts, whoever draws buildings has to wait."""
    with psycopg.connect(dsn) as connection:
        connection.execute("LOCK TABLE building IN ACCESS EXCLUSIVE MODE")
        yield connection
        connection.rollback()


def waiting(db, wanted):
    """Whether so many tile statements wait; asked again until it is so, or for ten seconds."""
    deadline = time.monotonic() + 10
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        " AND query LIKE '%%ST_AsMVT%%' AND pid <> pg_backend_pid()"
    )
    while (found := db.execute(query).fetchone()[0]) != wanted and time.monotonic() < deadline:
        time.sleep(0.02)
    return found == wanted


def abandoned(client):
    """How many clients went before their tile was there."""
    text = client.get("/metrics").text
    return float(text.split("\ngridtwin_tiles_abandoned_total ")[1].split()[0])


def impatient(service, client, path):
    """A connection that has asked for a tile and isn't answered yet."""
    place = urlsplit(service.url)
    connection = socket.create_connection((place.hostname, place.port))
    lines = [f"GET {path} HTTP/1.1", "Host: x", f"Authorization: {client.headers['Authorization']}", "", ""]
    connection.sendall("\r\n".join(lines).encode())
    return connection


def test_a_statement_ends_with_its_client_but_not_while_another_waits(db, dsn, street, service):  # noqa: F811
    client = service.client("admin")
    path = path_of(15)
    with locked(dsn) as lock:
        first, second = impatient(service, client, path), impatient(service, client, path)
        assert waiting(db, 1), "two clients, one statement"
        first.close()
        assert waiting(db, 1)
        second.close()
        assert waiting(db, 0), "nobody wants it any more"
        with ThreadPoolExecutor(1) as patient:
            gone = impatient(service, client, path)
            assert waiting(db, 1)
            answer = patient.submit(client.get, path)
            while counted(service.client("admin"), "joined")["buildings"] < 2:
                time.sleep(0.02)
            gone.close()
            while abandoned(client) < 3:
                time.sleep(0.02)
            lock.rollback()
            assert answer.result().status_code == 200


def test_one_render_answers_all_who_ask_at_once(db, dsn, street, service):  # noqa: F811
    clients = [service.client("admin") for _ in range(8)]
    watcher = service.client("admin")
    with ThreadPoolExecutor(8) as many:
        with locked(dsn):
            answers = [many.submit(client.get, path_of(15)) for client in clients]
            while counted(watcher, "joined")["buildings"] < 7:
                time.sleep(0.02)
        assert len({answer.result().content for answer in answers}) == 1
    assert counted(watcher, "rendered")["buildings"] == 1


@pytest.mark.parametrize("many", [100, 101])
def test_a_heavy_tile_is_not_rendered_along_and_who_waited_for_it_gets_it(db, dsn, street, service, many):  # noqa: F811
    x, y = (number & ~1 for number in tile_of(118.2, 36.9, 17))
    db.execute(
        "INSERT INTO building (name, geom) SELECT 'n', ST_Transform(ST_Expand(ST_Centroid(ST_TileEnvelope(17, %s, %s)),"
        " 10 + i * 0.1), 4326) FROM generate_series(1, %s) i",
        (x + 1, y, many),
    )
    watcher, clients = service.client("admin"), [service.client("admin") for _ in range(2)]
    with ThreadPoolExecutor(2) as both:
        with locked(dsn):
            light = both.submit(clients[0].get, PATH.format(17, x, y))
            while counted(watcher, "rendered")["buildings"] < 1:
                time.sleep(0.02)
            heavy = both.submit(clients[1].get, PATH.format(17, x + 1, y))
            while counted(watcher, "joined")["buildings"] < 1:
                time.sleep(0.02)
        assert light.result().status_code == 200
        assert len(mapbox_vector_tile.decode(heavy.result().content)["buildings"]["features"]) == many
    assert counted(watcher, "rendered")["buildings"] == (1 if many == 100 else 2)


def test_past_the_queue_s_bound_tiles_are_refused_with_the_time_to_come_back(db, dsn, street, run_service):  # noqa: F811
    service = run_service(dsn, tile_queue=2, database_pool=3)  # two renders at once
    client = service.client("admin")
    x, y = tile_of(118.0901, 36.8549, 17)
    paths = [PATH.format(17, x + 2 * column, y) for column in range(4)]  # each of another block
    with ThreadPoolExecutor(4) as many:
        with locked(dsn):
            answers = [many.submit(service.client("admin").get, path) for path in paths]
            while counted(client, "rendered")["buildings"] < 4:
                time.sleep(0.02)
            refused = client.get(PATH.format(17, x, y + 2))
            assert (refused.status_code, refused.headers["Retry-After"]) == (503, "2")
            assert refused.json()["code"] == "overloaded"
            assert counted(client, "refused")["buildings"] == 1
        assert {answer.result().status_code for answer in answers} == {200}
    assert client.get(PATH.format(17, x, y + 2)).status_code == 200


def test_a_tile_that_takes_too_long_is_given_up(db, dsn, street, run_service):  # noqa: F811
    service = run_service(dsn, tile_timeout_ms=200)
    client = service.client("admin")
    with locked(dsn):
        assert client.get(path_of(15)).status_code == 503
    assert client.get(path_of(15)).status_code == 200


def test_an_unchanged_tile_asks_nothing_of_the_tables(db, dsn, street, service):  # noqa: F811
    client = service.client("admin")
    etag = client.get(path_of(15)).headers["etag"]
    with locked(dsn):
        assert client.get(path_of(15)).status_code == 200
        assert client.get(path_of(15), headers={"If-None-Match": etag}).status_code == 304


def test_memory_is_bounded_and_what_is_asked_for_again_stays(db, dsn, street, run_service):  # noqa: F811
    service = run_service(dsn, tile_memory_mb=1)
    client = service.client("admin")
    db.execute("UPDATE building SET name = repeat(md5(code), 60)")  # 2 KB each, that don't compress together
    often = path_of(17, 118.0803, 36.8504)
    x, y = tile_of(118.0803, 36.8504, 16)
    for _ in range(3):
        client.get(often)
    for zoom in (16, 17, 18):
        x, y = tile_of(118.0803, 36.8604, zoom)
        for column in range(12):
            for row in range(12):
                client.get(PATH.format(zoom, x + column, y + row))
                client.get(often)
    kept = next(
        float(line.split()[1])
        for line in client.get("/metrics").text.splitlines()
        if line.startswith("gridtwin_tiles_kept_bytes ")
    )
    assert 0 < kept <= 2**20
    with locked(dsn):
        assert client.get(often).status_code == 200
