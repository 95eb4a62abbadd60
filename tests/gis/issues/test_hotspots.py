"""Hot spots are found where they were put, and none where chance alone spoke."""

from datetime import date, timedelta

import numpy as np

from gis.issues.hotspots import gathered, gi_star, scan

FIRST = date(2026, 5, 1)


def scattered(seed, hot=()):
    """600 reports over 3 km and 28 days at random, and more of them at `hot` (lon, lat, days, how many)."""
    chance = np.random.default_rng(seed)
    lons, lats = 118 + chance.random(600) * 0.034, 36.8 + chance.random(600) * 0.027
    days = list(chance.integers(0, 28, 600))
    for lon, lat, between, number in hot:
        lons = np.append(lons, lon + chance.normal(0, 0.0008, number))
        lats = np.append(lats, lat + chance.normal(0, 0.0006, number))
        days += list(chance.integers(*between, number))
    return gathered(lons, lats, [FIRST + timedelta(days=int(day)) for day in days], FIRST, 28, 250)


def metres(one, lon, lat):
    return 111_195 * np.hypot((one["lon"] - lon) * np.cos(np.radians(lat)), one["lat"] - lat)


def test_a_place_that_is_always_worse_is_hot_and_no_cluster_in_time():
    grid = scattered(1, [(118.017, 36.813, (0, 28), 60)])
    cells = gi_star(grid)
    assert cells
    assert all(metres(one, 118.017, 36.813) < 700 for one in cells)
    assert scan(grid) == []


def test_a_place_that_became_worse_last_week_is_a_cluster():
    cluster = scan(scattered(2, [(118.01, 36.806, (24, 28), 40)]))[0]
    assert metres(cluster, 118.01, 36.806) < 500
    assert cluster["p"] <= 0.05
    assert cluster["to"] == FIRST + timedelta(days=27)
    assert FIRST + timedelta(days=22) <= cluster["from"]
    assert cluster["n"] > cluster["expected"] * 2


def test_chance_alone_is_no_hot_spot():
    alarms = [(gi_star(grid), scan(grid)) for grid in map(scattered, range(103, 109))]
    assert sum(bool(cells) for cells, _ in alarms) <= 1
    assert sum(any(one["p"] <= 0.01 for one in clusters) for _, clusters in alarms) <= 1
