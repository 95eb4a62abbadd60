"""Hot spots: where, and when, more is reported than chance explains.

In space: Getis and Ord's Gi* (1995, Geographical Analysis 27) over square cells; its p is the upper tail of the
negative binomial with the mean and the variance that random placing would give, counts capped at their 99th
percentile (few counts are too lopsided for the normal one), under Benjamini and Hochberg's bound (1995) on the share
of false ones.

In space and time: Kulldorff's scan (1997, Communications in Statistics 26) in the permutation model that needs no
population (2005, PLoS Medicine 2): cylinders over circles of cells and the last days, tested by Monte Carlo.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
_SCANS = 499
_METRES = 111_195.0
_MOST_CELLS = 2500
_MOST_DAYS = 7


@dataclass(frozen=True)
class Grid:
    """Reports by cell and day: `places` are the cells' middles (lon, lat) in degrees, `counts` is cells × days."""

    places: NDArray[np.float64]
    counts: Counts
    side_m: float
    days: list[date]


def gathered(lons: Any, lats: Any, days: list[date], first: date, number_of_days: int, side_m: float) -> Grid:
    """Points (degrees) with their day, gathered into square cells of `side_m`; empty cells among them count as places
    where something could have been, within the rectangle of the points. The side grows until there are few enough."""
    lon, lat = np.asarray(lons, float), np.asarray(lats, float)
    which = np.array([(day - first).days for day in days], int)
    middle = float(lat.mean()) if len(lat) else 0.0
    east, north = _METRES * math.cos(math.radians(middle)), _METRES
    while True:
        columns = np.floor((lon - lon.min()) * east / side_m).astype(int)
        rows = np.floor((lat - lat.min()) * north / side_m).astype(int)
        wide, high = int(columns.max()) + 1, int(rows.max()) + 1
        if wide * high <= _MOST_CELLS * 4:
            break
        side_m *= 1.5
    counts = np.zeros((high * wide, number_of_days), np.int64)
    np.add.at(counts, (rows * wide + columns, which), 1)
    used = _near_used(counts.sum(1).reshape(high, wide) > 0).ravel()
    at = np.flatnonzero(used)
    places = np.column_stack(
        [lon.min() + (at % wide + 0.5) * side_m / east, lat.min() + (at // wide + 0.5) * side_m / north]
    )
    return Grid(places, counts[at], side_m, [date.fromordinal(first.toordinal() + n) for n in range(number_of_days)])


def _near_used(used: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Cells that hold something, and their neighbours: an empty far field would make everything else hot."""
    padded = np.pad(used, 1)
    high, wide = used.shape
    around = [padded[y : y + high, x : x + wide] for y in range(3) for x in range(3)]
    return np.asarray(np.logical_or.reduce(around))


def _metres(grid: Grid) -> NDArray[np.float64]:
    middle = grid.places.mean(0)
    scale = np.array([_METRES * math.cos(math.radians(middle[1])), _METRES])
    return np.asarray((grid.places - middle) * scale)


def gi_star(grid: Grid, *, reach: float = 1.5) -> list[dict[str, Any]]:
    """Cells that are hot: Gi* as a z value, p of the counts, and q after Benjamini and Hochberg; q at most 0.1.

    Gi* = (Σ w x − x̄ Σ w) / (S √((n Σ w² − (Σ w)²) / (n − 1))), w 1 for cells within `reach` sides, itself included.
    """
    x = grid.counts.sum(1).astype(float)
    n = len(x)
    if n < 10 or x.std() == 0:
        return []
    metres = _metres(grid)
    gaps = np.hypot(metres[:, None, 0] - metres[None, :, 0], metres[:, None, 1] - metres[None, :, 1])
    near = (gaps <= reach * grid.side_m + 1).astype(np.float32)
    weight = near.sum(1)
    spread = x.std() * np.sqrt((n * weight - weight**2) / (n - 1))
    sums, mean = near @ x, x.mean() * weight
    z = (sums - mean) / np.where(spread == 0, np.inf, spread)
    calm = np.minimum(x, max(1.0, np.quantile(x, 0.99)))  # the hot cells themselves aren't what chance does
    mean = calm.mean() * weight
    variance = np.maximum(spread**2 * (calm.std() / x.std()) ** 2, mean * 1.0001)
    from scipy import stats  # half a second of loading that starting the service needn't wait for

    p = stats.nbinom.sf(sums - 1, mean**2 / (variance - mean), mean / variance)
    q = _false_share(p)
    hot = [at for at in np.argsort(-z) if q[at] <= 0.1 and z[at] > 0 and x[at] > 0]
    return [
        {"lon": round(float(grid.places[at, 0]), 6), "lat": round(float(grid.places[at, 1]), 6), "n": int(x[at]),
         "z": round(float(z[at]), 2), "p": round(float(p[at]), 6), "q": round(float(q[at]), 6)}
        for at in hot
    ]  # fmt: skip


def _false_share(p: NDArray[np.float64]) -> NDArray[np.float64]:
    order = np.argsort(p)
    scaled = p[order] * len(p) / np.arange(1, len(p) + 1)
    bound = np.minimum.accumulate(scaled[::-1])[::-1]
    q = np.empty_like(p)
    q[order] = np.minimum(bound, 1)
    return q


def scan(grid: Grid, *, widest: int = 6, seed: int = 1, most: int = 5) -> list[dict[str, Any]]:
    """Clusters in space and the last days: circles of up to `widest` sides × the last 1 … 7 days that hold more than
    their cells' and days' totals explain (μ = cells' total · days' total / all). Significant ones (p ≤ 0.05), apart.

    The likelihood ratio of a cylinder: c ln(c/μ) + (C − c) ln((C − c)/(C − μ)) where c > μ.
    """
    counts = grid.counts
    whole = int(counts.sum())
    if whole < 10 or len(counts) < 5 or counts.shape[1] < 3:
        return []
    metres = _metres(grid)
    centres = np.argsort(-counts.sum(1))[:120]
    centres = centres[counts[centres].sum(1) > 0]
    gaps = np.hypot(metres[centres, None, 0] - metres[None, :, 0], metres[centres, None, 1] - metres[None, :, 1])
    radii = grid.side_m * np.arange(0.6, widest, 1.0)
    circles = (gaps[:, None, :] <= radii[None, :, None]).reshape(-1, len(counts)).astype(np.float32)
    long = min(_MOST_DAYS, counts.shape[1] // 2)

    of_days = np.cumsum(counts[:, ::-1], 1)[:, :long].sum(0).astype(float)
    mu = (circles @ counts.sum(1).astype(np.float32)).astype(float)[:, None] * of_days[None, :] / whole

    def recent(table: NDArray[Any]) -> NDArray[np.float32]:
        return np.cumsum(table[:, ::-1], 1)[:, :long].astype(np.float32)

    def ratio(c: NDArray[np.float64]) -> NDArray[np.float64]:
        with np.errstate(divide="ignore", invalid="ignore"):
            value = c * np.log(c / mu) + np.where(c < whole, (whole - c) * np.log((whole - c) / (whole - mu)), 0)
        return np.where((c > mu) & (mu > 0), value, 0.0)

    c = (circles @ recent(counts)).astype(float)
    found = ratio(c)
    cells = np.repeat(np.arange(len(counts)), counts.sum(1))
    days = np.concatenate([np.repeat(np.arange(counts.shape[1]), row) for row in counts])
    chance = np.random.default_rng(seed)
    drawn = []
    for _ in range(_SCANS):  # which report was on which day is shuffled: places and days keep their totals
        table = np.zeros_like(counts)
        np.add.at(table, (cells, chance.permutation(days)), 1)
        drawn.append(recent(table))
    summed = (circles @ np.concatenate(drawn, 1)).astype(float).reshape(len(circles), _SCANS, long)
    best = np.array([ratio(summed[:, number]).max() for number in range(_SCANS)])
    clusters, taken = list[dict[str, Any]](), np.zeros(len(counts), bool)
    for at in np.argsort(-found, axis=None):
        circle, span = np.unravel_index(at, found.shape)
        p = (1 + int((best >= found[circle, span]).sum())) / (_SCANS + 1)
        if p > 0.05 or found[circle, span] <= 0 or len(clusters) >= most:
            break
        inside = circles[circle] > 0
        if (taken & inside).any():
            continue
        taken |= inside
        centre = centres[circle // len(radii)]
        clusters.append(
            {"lon": round(float(grid.places[centre, 0]), 6), "lat": round(float(grid.places[centre, 1]), 6),
             "radius_m": round(float(radii[circle % len(radii)])), "from": grid.days[-(int(span) + 1)],
             "to": grid.days[-1], "n": int(c[circle, span]), "expected": round(float(mu[circle, span]), 2),
             "ratio": round(float(found[circle, span]), 2), "p": round(p, 4)}
        )  # fmt: skip
    return clusters
