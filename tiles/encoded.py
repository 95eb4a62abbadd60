"""An encoded tile as it is kept and sent: the bytes of each content coding, made once, and the ETag of the bytes."""

from __future__ import annotations

import asyncio
import hashlib
import zlib
from functools import lru_cache

import zstandard

_GZIP_LEVEL = 4
_ZSTD_LEVEL = 3
_WORTH_IT = 512  # bytes under which a coding saves less than its header and its time
_AT_ONCE = 32 * 1024  # bytes up to which the event loop encodes by itself rather than hand it to a thread
_OVERHEAD = 600  # bytes that an entry takes besides its content

CODINGS = ("zstd", "gzip")
"""Content codings, the best first."""
_NUMBERS = {"": 0, "gzip": 1, "zstd": 2}


class Encoded:
    """The bytes of a tile: identity as rendered, and each coding once somebody has asked for it."""

    __slots__ = ("_coded", "_hash")

    def __init__(self, identity: bytes) -> None:
        self._hash = int.from_bytes(hashlib.blake2b(identity, digest_size=8).digest()) >> 6 << 2
        self._coded: dict[str, bytes] = {"": identity}

    @property
    def size(self) -> int:
        """Bytes of memory."""
        return _OVERHEAD + sum(map(len, self._coded.values()))

    @property
    def small(self) -> bool:
        """Whether a content coding isn't worth it."""
        return len(self._coded[""]) < _WORTH_IT

    def coding(self, accepted: str) -> str:
        """The coding in which this is sent to somebody who accepts `accepted`: "" where it isn't worth it."""
        return "" if self.small else accepted

    def tag(self, coding: str) -> int:
        """The hash of the bytes (58 bits), and two bits for the content coding."""
        return self._hash | _NUMBERS[coding]

    def etag(self, coding: str) -> bytes:
        """The ETag of a coding whose bytes have been made: the tag and their length.

        nginx gives a file the same one whose time is the tag (tiles/mirror.py).
        """
        return b'"%x-%x"' % (self.tag(coding), len(self._coded[coding]))

    def has_etag(self, tag: bytes) -> bool:
        """Whether an ETag (without W/) is that of these bytes in whatever content coding."""
        try:
            return int(tag.strip(b'"').partition(b"-")[0][:16], 16) >> 2 << 2 == self._hash
        except ValueError:
            return False

    def ready(self, coding: str) -> bytes | None:
        """The bytes in a coding, if they have been made."""
        return self._coded.get(coding)

    async def make(self, coding: str) -> bytes:
        """The bytes in a coding."""
        identity = self._coded[""]
        compress = _gzip if coding == "gzip" else _zstd
        body = compress(identity) if len(identity) <= _AT_ONCE else await asyncio.to_thread(compress, identity)
        self._coded[coding] = body
        return body

    def identity(self) -> bytes:
        """The bytes as rendered."""
        return self._coded[""]


def _gzip(identity: bytes) -> bytes:
    made = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, 31)
    return made.compress(identity) + made.flush()


def _zstd(identity: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compress(identity)


def _weights(accept: str) -> dict[str, float]:
    weights = {}
    for choice in accept.lower().split(","):
        name, *parameters = choice.split(";")
        weight = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip() == "q":
                try:
                    weight = float(value)
                except ValueError:
                    weight = 0.0
        weights[name.strip()] = weight
    return weights


def accepted_coding(accept: bytes) -> str:
    """The coding of `CODINGS` that an Accept-Encoding header wants most; "" for identity."""
    return _preferred(accept) if len(accept) <= 200 else ""


@lru_cache(maxsize=1000)
def _preferred(accept: bytes) -> str:
    weights = _weights(accept.decode("latin-1"))
    others = weights.get("*", 0.0)
    best, best_weight = "", 0.0
    for coding in CODINGS:
        weight = weights.get(coding, others)
        if weight > best_weight:
            best, best_weight = coding, weight
    return best if best_weight >= weights.get("identity", 0.0) else ""
