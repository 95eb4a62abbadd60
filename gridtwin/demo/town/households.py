"""Brings a street's counts to the contract: 55,000 households and 160,000 residents, exactly."""

from __future__ import annotations

import random

from gridtwin.demo.town.model import Building

HOUSEHOLDS, RESIDENTS = 55_000, 160_000
_SIZES = [1] * 16 + [2] * 26 + [3] * 29 + [4] * 17 + [5] * 8 + [6] * 4


def fit_households(buildings: list[Building], draw: random.Random) -> None:
    """Adds or takes storeys, then a few ground-floor rooms, until the dwellings number `HOUSEHOLDS`.

    Raises ValueError where the slabs' own bounds don't allow it.
    """
    slabs = [b for b in buildings if b.use == "residential"]
    draw.shuffle(slabs)
    over = sum(b.households for b in buildings) - HOUSEHOLDS
    changed = True
    while over and changed:
        changed = False
        for slab in slabs:
            landing = slab.units * slab.per_floor
            if over >= landing and slab.levels > slab.least:
                slab.levels -= 1
                over -= landing
                changed = True
            elif over < 0 and slab.levels < slab.most:
                slab.levels += 1
                over += landing
                changed = True
    for slab in slabs:
        if over <= 0:
            break
        slab.vacant = min(over, slab.units * slab.per_floor - 1)
        over -= slab.vacant
    if over:
        raise ValueError(f"the slabs can't hold {HOUSEHOLDS} households: {over} too many")


def fill_households(buildings: list[Building], draw: random.Random) -> None:
    """Gives every household a number of residents, `RESIDENTS` together."""
    sizes = draw.choices(_SIZES, k=HOUSEHOLDS)
    short = RESIDENTS - sum(sizes)
    step = 1 if short > 0 else -1
    while short:
        place = draw.randrange(HOUSEHOLDS)
        if 1 <= sizes[place] + step <= 7:
            sizes[place] += step
            short -= step
    at = 0
    for building in buildings:
        building.residents = sizes[at : at + building.households]
        at += building.households
