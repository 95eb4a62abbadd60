"""What each block is for: estates, schools, shops, parks, works, fields."""

from __future__ import annotations

import random

from gridtwin.demo.town import names, plan
from gridtwin.demo.town.blocks import Block
from gridtwin.demo.town.frame import chance

URBAN_ESTATES = 77
# The ages of its estates: w walk-ups, m middle-rise, t towers. Old towards the south-west, new in the centre.
_ERA = {
    "a": "wmmmmmt",
    "b": "wwwmmmt",
    "c": "wmmmmt",
    "d": "mttttt",
    "e": "mmmttt",
    "f": "wwwmmmm",
    "g": "mmmmtt",
    "h": "wwmmmt",
    "i": "wwwmmmm",
    "j": "wmmmmt",
    "k": "mmmttt",
    "l": "wwwmmmm",
}
_STYLE = {"m": "midrise", "t": "tower"}
# Besides a primary school, a neighbourhood centre, shops and a park, in order of need.
_SPECIAL = {
    "a": ["hospital"],
    "b": ["market"],
    "c": ["middle"],
    "d": ["mall", "offices", "offices", "hotel"],
    "e": ["hotel"],
    "f": ["middle"],
    "g": ["offices"],
    "h": ["sports", "middle"],
    "i": ["market"],
    "j": ["hospital"],
    "k": ["offices"],
    "l": ["culture"],
}
_ALWAYS = ["primary", "public", "park", "mall"]
_TITLE = {
    "hospital": "医院",
    "market": "便民市场",
    "mall": "商业广场",
    "offices": "商务中心",
    "hotel": "宾馆",
    "sports": "体育中心",
    "culture": "文化中心",
    "public": "便民服务中心",
    "park": "公园",
}


def stem(community_name: str) -> str:
    """亚运村社区 → 亚运村."""
    return community_name.removesuffix("社区")


def _styles(community: str, estates: list[Block], draw: random.Random) -> list[str]:
    """The ages of a community's estates: walk-ups fill the smaller blocks, the rest falls by chance."""
    letters = _ERA[community]
    order = sorted(range(len(estates)), key=lambda i: (estates[i].parcel.area * draw.uniform(0.85, 1.15), i))
    old = letters.count("w")
    late = draw.sample(letters.replace("w", ""), len(letters) - old)
    found = ["walkup"] * len(estates)
    for place, letter in zip(order[old:], late, strict=True):
        found[place] = _STYLE[letter]
    return found


def assign(seed: int, index: int, blocks: list[Block], communities: dict[str, tuple[str, str]]) -> None:
    """Gives every block its use, and every urban estate its name. Changes the blocks in place."""
    taken: set[str] = set()
    for letter in plan.URBAN:
        draw = chance(seed, index, "uses", letter)
        name = stem(communities[letter][1])
        mine = [b for b in blocks if b.community == letter and b.zone in "UC"]
        wanted = len(_ERA[letter])
        needs = [*_ALWAYS[:2], *_SPECIAL[letter], *_ALWAYS[2:]]
        free = [b for b in mine if b.parcel.area > 9000]
        if len(free) < wanted + 2:
            raise ValueError(f"{name} has {len(free)} blocks for {wanted} estates and a school")
        room = len(free) - wanted
        chosen = needs[:room] + draw.sample(
            ["park", "offices", "public", "park", "hotel", "culture"], max(0, room - len(needs))
        )
        # The school wants a block of middle size; estates are given the larger ones of the rest.
        by_fit = sorted(free, key=lambda b: (abs(b.parcel.area - 36000), b.number))
        free.sort(key=lambda b: b.parcel.area * draw.uniform(0.7, 1.3))
        for use in chosen:
            block = next(b for b in (by_fit if use in ("primary", "middle", "sports") else free) if not b.use)
            block.use = use
        for block in mine:
            block.use = block.use or ("estate" if block in free else "park")
        housing = [b for b in mine if b.use == "estate"]
        for number, (block, style) in enumerate(zip(housing, _styles(letter, housing, draw), strict=True)):
            block.style = style
            block.estate = names.estates(draw, name if number == 0 else "", style, taken)
    for block in blocks:
        block.use = block.use or {
            "T": "technology",
            "I": "works",
            "E": "college",
            "B": "garden",
            "L": "lake",
            "H": "hill",
        }.get(block.zone, "fields")


def title(use: str, place: str, number: int) -> str:
    """The name of an institution in a community; the second of a kind is numbered."""
    return place + (f"第{names.chinese(number)}" if number > 1 else "") + _TITLE[use]
