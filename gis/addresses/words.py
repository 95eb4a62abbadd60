"""What somebody means who types an address: words in order, and numbers such as 12-3-1001.

Full-width and half-width letters and digits are the same, and so are capital and small letters.
`folded` does in Python what the SQL function of that name does in the database.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_BREAK = re.compile(r"[\s,，、;；。|/\\]+")
_DASH = re.compile(r"(?<=[0-9a-z])(?:#|号楼|号|栋|幢|座)?[-‐-―−_~～](?=[0-9a-z])")
_NUMBER = r"[a-z]?\d{1,5}[a-z]?"
_NUMBERED = re.compile(
    rf"^(?P<place>.*?)(?<![0-9a-z-])(?P<numbers>(?:{_NUMBER}|[a-z])(?:-{_NUMBER}){{1,3}})(?:室|户)?$"
)
# where one part of an address ends; what comes after may lie further on in the standard text
_PART_END = re.compile(
    r"(?<=[^\da-z-])(?=\d)|(?<=[省市区县镇乡村路巷弄])|(?<=街)(?!道)|(?<=街道)|(?<=社区)|(?<=小区)|(?<=大道)|(?<=号楼)|(?<=单元)|(?<=[栋幢座层楼室户])"
    r"|(?<=号)(?!楼)"
)
_PARTS_OF = {2: (("unit", "room"), ("building", "room")), 3: (("building", "unit", "room"),)}
_PARTS_OF[4] = (("building", "unit", "floor", "room"),)


@dataclass(frozen=True)
class Word:
    """One run of what was typed: the pieces that must follow one another, with anything between them."""

    pieces: tuple[str, ...]
    exactly: str | None = None
    """A regular expression that says more than the pieces."""

    @property
    def like(self) -> str:
        """The LIKE pattern on the folded text; it may use the trigram index."""
        return "%" + "%".join(_literal(piece) for piece in self.pieces) + "%"

    @property
    def regex(self) -> str:
        """The same, exactly: 2号楼 does not find 12号楼."""
        if self.exactly is not None:
            return self.exactly
        return ".*".join(("(?<![0-9])" if piece[0].isdigit() else "") + re.escape(piece) for piece in self.pieces)


@dataclass(frozen=True)
class Wish:
    """What was typed, understood: words, and the numbers of building, unit, floor and room, if there are any."""

    folded: str
    words: tuple[Word, ...]
    numbers: tuple[str, ...] = ()

    @property
    def parts(self) -> tuple[dict[str, str], ...]:
        """The readings of the numbers, each part of an address with its number: 3-1001 has two."""
        return tuple(dict(zip(names, self.numbers, strict=True)) for names in _PARTS_OF.get(len(self.numbers), ()))

    def spelled_out(self) -> tuple[Word, ...]:
        """The words and the numbers as they stand in a text: 12-3-1001, or 12号楼3单元1001."""
        if not self.numbers:
            return self.words
        ends = {2: ("(单元|号楼|栋|幢|座)",), 3: ("(号楼|栋|幢|座)", "单元")}.get(len(self.numbers), ("", "", ""))
        long = ".*(?<![0-9])".join(f"{n}{end}" for n, end in zip(self.numbers, (*ends, ""), strict=True))
        return (*self.words, Word(self.numbers[-1:], f"(?<![0-9])({'-'.join(self.numbers)}|{long})"))


def folded(text: str) -> str:
    """The text in its compatibility form (NFKC: １２ＡＢ reads 12ab), in small letters, without spaces."""
    return unicodedata.normalize("NFKC", text).lower().replace(" ", "")


def understand(text: str) -> Wish:
    """Reads what was typed. `12-3-1001` is building 12, unit 3, room 1001; `金都花园 12-3-1001` says where, too."""
    plain = unicodedata.normalize("NFKC", text.replace("\x00", "")).lower().strip()
    words: list[Word] = []
    numbers: tuple[str, ...] = ()
    for run in _BREAK.split(plain):
        dashed = _DASH.sub("-", run)
        found = _NUMBERED.match(dashed) if not numbers else None
        if found:
            numbers = tuple(number.lstrip("0") or "0" for number in found["numbers"].split("-"))
            run = found["place"]
        pieces = tuple(piece for piece in _PART_END.split(run) if piece)
        if pieces and pieces[-1] not in ("室", "户") and re.fullmatch(r".*\d[室户]", pieces[-1]):
            pieces = (*pieces[:-1], pieces[-1][:-1])
        if pieces:
            words.append(Word(pieces))
    return Wish(folded(plain), tuple(words), numbers)


def _literal(piece: str) -> str:
    return piece.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
