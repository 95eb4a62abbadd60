"""Ways to damage a file: what disks, mail gateways, half downloads and malice do."""

from __future__ import annotations

import io
import random
import shutil
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

Damage = Callable[[random.Random, bytes, bytes], bytes]
"""Gets a source of chance, the file's bytes, and those of some other file."""

_NUMBERS = [b"NaN", b"Infinity", b"-Infinity", b"1e999", b"-1e308", b"99999999999999999999", b"null", b'""', b"[]"]
_WORDS = [
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbf\xbd",
    b"]]]]",
    b"{{{{",
    b"<![CDATA[",
    b"%s%n",
    b"\xe9\x94\x9f\xe6\x96\xa4\xe6\x8b\xb7",
]


def cut_off(chance: random.Random, content: bytes, other: bytes) -> bytes:
    """The end is missing."""
    return content[: chance.randrange(len(content) + 1)]


def flip_bits(chance: random.Random, content: bytes, other: bytes) -> bytes:
    """Some bits are the other way round."""
    damaged = bytearray(content)
    for _ in range(chance.choice((1, 2, 8, 64))):
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
    return bytes(damaged)


def flip_at_the_start(chance: random.Random, content: bytes, other: bytes) -> bytes:
    """Bytes of the header are others."""
    damaged = bytearray(content)
    for _ in range(chance.choice((1, 2, 4))):
        damaged[chance.randrange(min(200, len(damaged)))] = chance.randrange(256)
    return bytes(damaged)


def absurd_count(chance: random.Random, content: bytes, other: bytes) -> bytes:
    """A length or a number of things is absurd."""
    damaged = bytearray(content)
    size = chance.choice((2, 4, 8))
    at = chance.randrange(max(1, min(len(damaged) - size, 4096)))
    value = chance.choice((0, 1, (1 << (8 * size)) - 1, 1 << (8 * size - 1), (1 << (8 * size - 1)) - 1))
    damaged[at : at + size] = value.to_bytes(size, chance.choice(("little", "big")))
    return bytes(damaged)


def bad_number(chance: random.Random, content: bytes, other: bytes) -> bytes:
    """Eight bytes are NaN or infinite, or a number in a text isn't one."""
    if chance.random() < 0.5 or not any(digit in content for digit in b"0123456789"):
        at = chance.randrange(len(content))
        value = struct.pack("<d", chance.choice((float("nan"), float("inf"), -float("inf"), 1e300, -0.0)))
        return content[:at] + value + content[at + 8 :]
    places = [at for at, byte in enumerate(content[:200_000]) if 48 <= byte <= 57]
    at = end = chance.choice(places)
    while end < len(content) and content[end] in b"0123456789.eE+-":
        end += 1
    return content[:at] + chance.choice(_NUMBERS) + content[end:]


def hole(chance: random.Random, content: bytes, other: bytes) -> bytes:
    """A block is zeros, is gone, or stands twice."""
    at, size = chance.randrange(len(content)), chance.randrange(1, 2048)
    block = content[at : at + size]
    instead = chance.choice((bytes(len(block)), b"", block + block, block * 64))
    return content[:at] + instead + content[at + size :]


def insert(chance: random.Random, content: bytes, other: bytes) -> bytes:
    """Something stands where it doesn't belong."""
    at = chance.randrange(len(content) + 1)
    return content[:at] + chance.choice(_WORDS) * chance.choice((1, 4, 1000)) + content[at:]


def splice(chance: random.Random, content: bytes, other: bytes) -> bytes:
    """The head of one file on the body of another."""
    at = chance.randrange(min(len(content), 4096))
    return content[:at] + other[chance.randrange(max(1, len(other))) :]


def other_format(chance: random.Random, content: bytes, other: bytes) -> bytes:
    """Another format under this name."""
    return other


def other_encoding(chance: random.Random, content: bytes, other: bytes) -> bytes:
    """The text in another encoding, perhaps twice wrongly read."""
    text = content.decode(chance.choice(("utf-8", "gb18030", "latin-1")), "replace")
    return text.encode(chance.choice(("utf-16", "gb18030", "utf-8", "big5", "utf-32")), "replace")


def nested(chance: random.Random, content: bytes, other: bytes) -> bytes:
    """Brackets in brackets in brackets."""
    opening, closing = chance.choice(((b"[", b"]"), (b'{"a":', b"}"), (b"<a>", b"</a>"), (b"((", b"))")))
    at, depth = chance.randrange(len(content) + 1), chance.choice((200, 100_000))
    return content[:at] + opening * depth + (closing * depth if chance.random() < 0.5 else b"") + content[at:]


def empty(chance: random.Random, content: bytes, other: bytes) -> bytes:
    """Nothing, or zeros, or noise."""
    return chance.choice((b"", bytes(len(content)), chance.randbytes(len(content))))


WAYS: list[Damage] = [
    cut_off, flip_bits, flip_bits, flip_at_the_start, absurd_count, bad_number, hole, insert, splice, other_format,
    other_encoding, nested, empty,
]  # fmt: skip


def damage_inside(chance: random.Random, content: bytes, other: bytes) -> bytes:
    """A part of an archive is damaged, and the archive is whole: or a bomb, or a part with a wicked name."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        names = [part.filename for part in old.infolist() if not part.is_dir()]
        chosen = chance.choice(names)
        for name in names:
            body = old.read(name)
            if name != chosen:
                new.writestr(name, body)
            elif chance.random() < 0.1:
                new.writestr(name, bytes(chance.choice((1 << 20, 64 << 20))))  # unpacks to a thousand times its size
            elif chance.random() < 0.9:
                new.writestr(name, chance.choice(WAYS)(chance, body or b"\0", other))
            elif chance.random() < 0.5:
                new.writestr(f"../../{name}", body)
    return out.getvalue()


def damaged_copy(chance: random.Random, path: Path, folder: Path, other: bytes) -> tuple[Path, str]:
    """A damaged copy of a file, with its companions (Shapefile) or as a folder (FileGDB), and how it was damaged."""
    if path.is_dir():
        copy = folder / path.name
        shutil.copytree(path, copy)
        victims = sorted(part for part in copy.iterdir() if part.is_file() and part.stat().st_size)
    elif path.suffix == ".shp":
        for part in path.parent.iterdir():
            shutil.copy(part, folder / part.name)
        copy = folder / path.name
        victims = sorted(folder.iterdir())
    else:
        copy = folder / path.name
        shutil.copy(path, copy)
        victims = [copy]
    victim = chance.choice(victims)
    content = victim.read_bytes()
    archive = zipfile.is_zipfile(victim)
    way = damage_inside if archive and chance.random() < 0.7 else chance.choice(WAYS)
    if len(victims) > 1 and chance.random() < 0.05:
        victim.unlink()
        return copy, f"{victim.suffix} is gone"
    victim.write_bytes(way(chance, content, other))
    return copy, f"{way.__name__} {victim.suffix}"
