"""The master plan: which cell of the lattice belongs to which community, and what stands there.

Drawn by hand, north above, one letter a cell. The outline is such that the same street can stand
beside itself without gap or overlap (translated by 11 columns or 9 rows), which is how a larger
city is made of several streets.

Communities: a–l the urban ones (居委会), A–S the villages (村委会).
Zones: U urban, C centre, T technology park, E college, B botanical garden, L lake, I industry,
V village settlement, F fields, H hill.
"""

from __future__ import annotations

from gridtwin.demo.town.frame import COLUMNS, ROWS

Cell = tuple[int, int]

_COMMUNITIES = """
...AAB..DDEE.
..AABBCCDDEEE
.GGHHBCCIIFF.
.GGHHJJJIIFF.
KKgccJLLLMM..
.KghdeeeLMNN.
.OfbakkPPQNN.
OOlijjRPPQQ..
OOSSSRRRPQQ..
.OS...RR.....
"""
_ZONES = """
...FFF..FVFF.
..FVFVFVHFFVF
.VFVFFFHHHFF.
.FFIIIVFVFVH.
FVEUBIFVFFV..
.FUUCULLFFFF.
.IUUUUTFFFFV.
VIUUUTIFVFV..
FFVFFIIVFFF..
.FF...FF.....
"""
_WEST, _NORTH = -1, 8


def _drawn(text: str) -> dict[Cell, str]:
    lines = text.strip("\n").split("\n")
    return {
        (_WEST + i, _NORTH - j): letter
        for j, line in enumerate(lines)
        for i, letter in enumerate(line)
        if letter != "."
    }


COMMUNITY_OF: dict[Cell, str] = _drawn(_COMMUNITIES)
ZONE_OF: dict[Cell, str] = _drawn(_ZONES)
URBAN = "abcdefghijkl"
VILLAGES = "ABCDEFGHIJKLMNOPQRS"
BUILT_UP = frozenset("UCTEBL")

# Diagonal roads, from lattice node to lattice node.
DIAGONALS: tuple[tuple[str, tuple[Cell, ...]], ...] = (
    ("四宝山大道", ((7, 4), (8, 5), (9, 6), (10, 7))),
    ("马庄路", ((3, 5), (2, 6), (1, 7))),
)


def home(cell: Cell) -> tuple[Cell, Cell]:
    """The street that a cell of the endless lattice belongs to, as (its shift in streets, the cell in the plan)."""
    column, row = cell
    for a in (column // COLUMNS, column // COLUMNS - 1, column // COLUMNS + 1):
        for b in (row // ROWS, row // ROWS - 1, row // ROWS + 1):
            local = (column - a * COLUMNS, row - b * ROWS)
            if local in COMMUNITY_OF:
                return (a, b), local
    raise AssertionError(f"the plan leaves cell {cell} to nobody")


def zone(cell: Cell) -> str:
    """The zone of any cell of the endless lattice."""
    return ZONE_OF[home(cell)[1]]


def cells(street: Cell) -> list[Cell]:
    """The cells of one street (its shift in streets), in order."""
    return sorted((c + street[0] * COLUMNS, r + street[1] * ROWS) for c, r in COMMUNITY_OF)


def positions(count: int) -> list[Cell]:
    """Where the streets of a larger city stand: the first in the middle, the others around it."""
    reach = 1
    while (2 * reach + 1) ** 2 < count:
        reach += 1
    spots = [(a, b) for a in range(-reach, reach + 1) for b in range(-reach, reach + 1)]
    spots.sort(key=lambda s: (max(abs(s[0]), abs(s[1])), abs(s[0]) + abs(s[1]), s))
    return spots[:count]
