"""Text encodings of planners' files: which are possible, what the text looks like in each, and what is mojibake."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_TRIED = ("UTF-8", "GB18030", "Big5", "windows-1252")
_SHOWN = 3  # samples in each encoding
_DAMAGE = ("\ufffd", "锟斤拷", "烫烫", "屯屯")  # what lossy conversions leave behind


@dataclass(frozen=True)
class Guess:
    """An encoding in which the text can be read, with some of it, and how ordinary it looks (0 to 1)."""

    encoding: str
    samples: tuple[str, ...]
    plausible: float


def candidates(raw: Iterable[bytes]) -> list[Guess]:
    """The encodings in which all texts can be read, the most ordinary first; empty when all is ASCII."""
    texts = [text for text in dict.fromkeys(raw) if not text.isascii()]
    found = []
    for encoding in _TRIED if texts else ():
        try:
            read = [text.decode(encoding) for text in texts]
        except UnicodeDecodeError:
            continue
        found.append(Guess(encoding, tuple(read[:_SHOWN]), _ordinary(read)))
    return sorted(found, key=lambda guess: -guess.plausible)


def known(encoding: str) -> bool:
    """Whether Python can decode it."""
    try:
        codecs.lookup(encoding)
    except (LookupError, ValueError):
        return False
    return True


def _ordinary(texts: Sequence[str]) -> float:
    """The share of characters that ordinary Chinese (GB 2312, level 1) or Western text is made of."""
    characters = [character for text in texts for character in text if ord(character) > 127]
    if not characters:
        return 1.0
    return sum(_is_ordinary(character) for character in characters) / len(characters)


def _is_ordinary(character: str) -> bool:
    if "\u3000" <= character <= "\u303f" or "\uff00" <= character <= "\uffef":
        return True
    try:
        pair = character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return len(pair) == 2 and 0xB0 <= pair[0] <= 0xD7


def looks_like_mojibake(text: str) -> bool:
    """Whether a text was read in another encoding than it was written in, or was damaged by a conversion.

    Either it holds what such conversions leave behind, or, written back, it is Chinese in UTF-8 or GB 2312.
    """
    if text.isascii():
        return False
    if any(trace in text for trace in _DAMAGE) or any("\x80" <= character <= "\x9f" for character in text):
        return True
    return _was_utf8(text, "gb18030") or _was_utf8(text, "windows-1252") or _was_gbk(text)


def _was_utf8(text: str, read_as: str) -> bool:
    try:
        back = text.encode(read_as)
        # a lost last byte is usual: three bytes of UTF-8 don't fill two pairs of GBK
        meant = back.decode("utf-8", "ignore" if read_as == "gb18030" and len(back) > 4 else "strict")
    except UnicodeError:
        return False
    chinese = sum("\u4e00" <= character <= "\u9fff" for character in meant)
    lost = len(back) - len(meant.encode())
    return chinese >= 2 and lost <= 2 and _ordinary([meant]) > 0.6


def _was_gbk(text: str) -> bool:
    """Latin letters in a row that are pairs of GB 2312: `Î÷ÉçÇø` is 西社区."""
    try:
        back = text.encode("latin-1")
        meant = back.decode("gb2312")
    except UnicodeError:
        return False
    return sum("\u4e00" <= character <= "\u9fff" for character in meant) >= 2 and _ordinary([meant]) > 0.6
