"""Tiles of backgrounds, fetched by the service for its signed-in users: bounded in size, number, time and memory.

Only addresses that the operator set are asked for, redirects are not followed, and only pictures are passed on. Tiles
of EPSG:4490 are drawn anew in Web Mercator: their columns are the same, so only rows of pixels move.
"""

from __future__ import annotations

import asyncio
import io
import math
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Annotated, NamedTuple

import httpx
import numpy as np
from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from PIL import Image

from gis.access.http import SignedIn
from gis.access.roles import Permission
from gis.backgrounds import Background
from gis.clock import Clock
from gis.errors import BackgroundAway, NoSuchTile, NotFound, Overloaded
from gis.settings import Settings

router = APIRouter(tags=["backgrounds"])

_LARGEST = 2 * 2**20
_WIDEST = 1024
_AT_ONCE, _WAITING = 16, 256
_FRESH, _AWAY = timedelta(days=1), timedelta(seconds=10)
_SIGNS = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"RIFF", "image/webp"))
_SIDE = 256


class Picture(NamedTuple):
    """A tile's bytes and what they are; no bytes where the source has no tile."""

    body: bytes
    media_type: str


class Backgrounds:
    """The backgrounds of one process: one client, one cache, one fetch for simultaneous questions."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._all = {background.code: background for background in settings.backgrounds}
        self._most = settings.background_memory_mb * 2**20
        self._clock = clock
        self._kept: OrderedDict[str, tuple[datetime, Picture | None]] = OrderedDict()
        self._size = 0
        self._asked: dict[str, asyncio.Task[Picture]] = {}
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._client: httpx.AsyncClient | None = None

    async def close(self) -> None:
        """Gives up what is still being fetched."""
        for task in self._asked.values():
            task.cancel()
        if self._client is not None:
            await self._client.aclose()

    async def tile(self, code: str, z: int, x: int, y: int) -> Picture:
        """A tile in Web Mercator; raises NotFound, NoSuchTile, Overloaded, BackgroundAway."""
        background = self._all.get(code)
        if background is None:
            raise NotFound(what=f"background {code}")
        if z > background.max_zoom or x >= 2**z or y >= 2**z or (z == 0 and background.crs != "EPSG:3857"):
            raise NoSuchTile(z=z, x=x, y=y)
        if background.crs == "EPSG:3857":
            picture = await self._source(background, z, x, y)
        else:
            picture = await self._bent(background, z, x, y)
        if not picture.body:
            raise NoSuchTile(z=z, x=x, y=y)
        return picture

    async def _bent(self, background: Background, z: int, x: int, y: int) -> Picture:
        rows = rows_of(z, y)
        key = f"{background.code} bent {z} {x} {y}"
        kept = self._find(key)
        if kept is not None:
            return kept
        pictures = await asyncio.gather(*(self._source(background, z, x, row) for row in rows))
        if not all(picture.body for picture in pictures):
            return Picture(b"", "")
        try:
            drawn = await asyncio.to_thread(bend, pictures, z, y, rows[0])
        except (OSError, ValueError) as broken:
            raise BackgroundAway(code=background.code) from broken
        self._keep(key, drawn)
        return drawn

    async def _source(self, background: Background, z: int, x: int, y: int) -> Picture:
        """A tile as its source has it, from memory or fetched once for all who ask."""
        key = f"{background.code} {z} {x} {y}"
        kept = self._find(key)
        if kept is not None:
            return kept
        task = self._asked.get(key)
        if task is None:
            if len(self._asked) >= _WAITING:
                raise Overloaded
            task = asyncio.create_task(self._fetch(key, background.address(z, x, y)))
            self._asked[key] = task
            task.add_done_callback(lambda _: self._asked.pop(key, None))
        return await asyncio.shield(task)

    async def _fetch(self, key: str, address: str) -> Picture:
        try:
            async with self._turn:
                picture = await self._ask(address)
        except (httpx.HTTPError, TimeoutError, _Unfit) as failed:
            self._keep(key, None)
            raise BackgroundAway(code=key.split()[0]) from failed
        self._keep(key, picture)
        return picture

    async def _ask(self, address: str) -> Picture:
        if self._client is None:
            # no proxy of the environment, no redirect: nothing but the address that was set is asked
            self._client = httpx.AsyncClient(
                follow_redirects=False,
                trust_env=False,
                timeout=httpx.Timeout(8, connect=3),
                headers={"User-Agent": "gridtwin"},
            )
        async with asyncio.timeout(15), self._client.stream("GET", address) as answer:
            if answer.status_code in (204, 404):
                return Picture(b"", "")
            if answer.status_code != 200:
                raise _Unfit
            body = bytearray()
            async for piece in answer.aiter_bytes():
                body += piece
                if len(body) > _LARGEST:
                    raise _Unfit
        for sign, media_type in _SIGNS:
            if body.startswith(sign):
                return Picture(bytes(body), media_type)
        raise _Unfit

    def _find(self, key: str) -> Picture | None:
        """What is kept of a tile; raises BackgroundAway while a failure is remembered."""
        at, picture = self._kept.get(key, (None, None))
        if at is None:
            return None
        if self._clock.now() - at > (_FRESH if picture else _AWAY):
            self._drop(key)
            return None
        self._kept.move_to_end(key)
        if picture is None:
            raise BackgroundAway(code=key.split()[0])
        return picture

    def _keep(self, key: str, picture: Picture | None) -> None:
        self._drop(key)
        self._kept[key] = (self._clock.now(), picture)
        self._size += _weight(key, picture)
        while self._size > self._most:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: str) -> None:
        if key in self._kept:
            self._size -= _weight(key, self._kept.pop(key)[1])


class _Unfit(Exception):
    """The answer is no picture, too large, or an error."""


def _weight(key: str, picture: Picture | None) -> int:
    return len(key) + 200 + (len(picture.body) if picture else 0)


def rows_of(z: int, y: int) -> list[int]:
    """The rows of the matrix of degrees that a row of Web Mercator touches, at the same zoom: one or two."""
    north, south = _latitude(z, y), _latitude(z, y + 1)
    degrees = 360 / 2**z
    first = math.floor((90 - north) / degrees)
    last = math.ceil((90 - south) / degrees) - 1
    return list(range(first, max(first, min(last, 2 ** (z - 1) - 1)) + 1))


def bend(pictures: list[Picture], z: int, y: int, first_row: int) -> Picture:
    """One tile of Web Mercator from those of degrees below it, first row on top. Raises ValueError, OSError."""
    images = [_opened(picture) for picture in pictures]
    wide, high = images[0].size
    plate = np.concatenate([np.asarray(image.resize((wide, high))) for image in images]).astype(np.float32)
    edges = np.arctan(np.sinh(math.pi * (1 - 2 * (y + (np.arange(_SIDE) + 0.5) / _SIDE) / 2**z)))
    at = ((90 - np.degrees(edges)) / (360 / 2**z) - first_row) * high - 0.5
    above = np.clip(np.floor(at).astype(int), 0, len(plate) - 1)
    below = np.clip(above + 1, 0, len(plate) - 1)
    share = np.clip(at - above, 0, 1)[:, None, None]
    drawn = plate[above] * (1 - share) + plate[below] * share
    out = io.BytesIO()
    photo = all(picture.media_type == "image/jpeg" for picture in pictures)
    image = Image.fromarray(np.round(drawn).astype(np.uint8), "RGBA").resize((_SIDE, _SIDE))
    if photo:
        image.convert("RGB").save(out, "JPEG", quality=88)
    else:
        image.save(out, "PNG", compress_level=3)
    return Picture(out.getvalue(), "image/jpeg" if photo else "image/png")


def _opened(picture: Picture) -> Image.Image:
    image = Image.open(io.BytesIO(picture.body))
    if max(image.size) > _WIDEST:
        raise ValueError(image.size)
    return image.convert("RGBA")


def _latitude(z: int, y: float) -> float:
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y / 2**z))))


Number = Annotated[int, Path(ge=0, le=2**22)]


@router.get(
    "/backgrounds/{code}/{z}/{x}/{y}",
    summary="A tile of a background",
    response_class=Response,
    responses={200: {"content": {"image/*": {}}, "description": "A picture of 256 × 256 pixels in Web Mercator"}},
)
async def get_background(
    code: str, z: Annotated[int, Path(ge=0, le=22)], x: Number, y: Number, account: SignedIn, request: Request
) -> Response:
    """A picture for the map's background, fetched from the source that the operator set."""
    account.require(Permission.SEE_PUBLIC)
    found: Backgrounds = request.app.state.backgrounds
    picture = await found.tile(code, z, x, y)
    headers = {"Cache-Control": "private, max-age=86400", "X-Content-Type-Options": "nosniff"}
    return Response(picture.body, media_type=picture.media_type, headers=headers)
