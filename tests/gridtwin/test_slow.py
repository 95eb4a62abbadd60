"""Requests that dribble in, bodies that are too large, and connections that say nothing: each ends, and with a reason."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from operated import operated


@pytest.fixture
def server(dsn, tmp_path):
    """A service with little patience; yields its port."""
    with operated(dsn, tmp_path, request_timeout_s="1") as service:
        yield service.port
    assert "Traceback" not in service.said.read_text()


async def heard(port: int, *parts: bytes) -> bytes:
    """What a connection hears until its end that sends these parts and then one byte now and then."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for part in parts:
        writer.write(part)

    async def dribble() -> None:
        while parts:
            await asyncio.sleep(0.2)
            writer.write(b"x")

    dribbling = asyncio.create_task(dribble())
    try:
        async with asyncio.timeout(60):
            return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        dribbling.cancel()
        await asyncio.gather(dribbling, return_exceptions=True)
        writer.close()


def test_whoever_dribbles_a_request_in_is_shown_out_and_others_are_served_meanwhile(server):
    async def all_at_once():
        slow = [
            heard(server),
            heard(server, b"GET / HTTP/1.1\r\nHost: x\r\nAccept-Language: zh\r\nX-Slow: "),
            heard(server, b"POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n{"),
            heard(server, b"POST /osmand HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\nid="),
            heard(server, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", b"\r\n\r\n"),
        ]
        async with httpx.AsyncClient() as client:
            asked = asyncio.gather(*slow)
            while not asked.done():
                assert (await client.get(f"http://127.0.0.1:{server}/healthz")).status_code == 200
                await asyncio.sleep(0.05)
            return await asked

    silent, head, body, phone, after = asyncio.run(all_at_once())
    assert silent == b""
    for answer in (head, body, phone):
        assert answer.startswith(b"HTTP/1.1 408 "), answer
        assert b'"code":"too-slow"' in answer
    assert after.startswith(b"HTTP/1.1 200 ")


def test_a_body_over_its_limit_is_refused_however_it_is_sent(server):
    too_much = b"x" * (2 << 20) + b"xx"
    for content in (too_much, iter([too_much[: 1 << 20], too_much[1 << 20 :]])):
        answer = httpx.post(f"http://127.0.0.1:{server}/osmand", content=content)
        assert (answer.status_code, answer.json()["code"]) == (413, "too-big")
