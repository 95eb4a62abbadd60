"""Sorting (自动归类): which class a report belongs to, how sure that is, and which words led to it.

A linear model over runs of one to three characters (Chinese needs no word boundaries): `gis.issues.training` learns it,
here it is only asked, with numpy alone, in a fraction of a millisecond. What people corrected counts at once for the
same text; a text that is very like two different ones that were corrected alike gets their class, until the next
training has learned from them.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

LONGEST = 500  # characters of a report that count
RUNS = (1, 3)
SURE = 0.6  # confidence from which on a class counts as known
_ALIKE = 0.6  # cosine from which on a corrected text speaks for another one
_BLANK = re.compile(r"\s+")
_TOKEN = re.compile(r"\d+|.", re.DOTALL)
_Row = dict[int, float]


@dataclass(frozen=True)
class Sorted:
    """A class code with its confidence from 0 to 1."""

    code: str
    confidence: float


class Sorter:
    """A model that was learned once; asking it is quick and changes nothing but what `correct` says."""

    def __init__(
        self,
        codes: list[str],
        runs: list[str],
        weights: NDArray[np.float32],
        idf: NDArray[np.float32],
        offsets: NDArray[np.float32],
        softness: float,
    ) -> None:
        """`weights`: runs × classes; `softness` divides the margins, so that a confidence of 0.9 is right nine times
        in ten."""
        self.codes = codes
        self._known = {run: number for number, run in enumerate(runs)}
        self._weights, self._idf, self._offsets, self._softness = weights, idf, offsets, softness
        self._corrected: dict[str, tuple[str, _Row]] = {}

    @classmethod
    def load(cls, file: Path) -> Sorter:
        """The model that training wrote."""
        with np.load(file, allow_pickle=False) as kept:
            return cls(
                [str(code) for code in kept["codes"]],
                kept["runs"].tolist(),
                kept["weights"].astype(np.float32),
                kept["idf"],
                kept["offsets"],
                float(kept["softness"]),
            )

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The model as `load` reads it."""
        return {
            "codes": np.array(self.codes),
            "runs": np.array(list(self._known)),
            "weights": self._weights.astype(np.float16),
            "idf": self._idf,
            "offsets": self._offsets,
            "softness": np.array(self._softness),
        }

    def correct(self, text: str, code: str) -> None:
        """From now on this text belongs to `code`, and one like it does when another correction says the same."""
        bare = plain(text)
        if self._corrected.get(bare, ("",))[0] == code:
            return
        self._corrected[bare] = (code, self._row(bare))

    def sort(self, text: str, allowed: Collection[str] | None = None) -> list[Sorted]:
        """Every class (of the allowed ones), likeliest first; the confidences sum to 1.

        A text without anything known gives all classes the same small confidence.
        """
        bare = plain(text)
        row = self._row(bare)
        chosen = [index for index, code in enumerate(self.codes) if allowed is None or code in allowed]
        if not chosen:
            return []
        scores = self._margins(row)[chosen] if row else np.zeros(len(chosen), np.float32)
        shares = np.exp((scores - scores.max()) / self._softness)
        shares /= shares.sum()
        told = self._told(bare, row, {self.codes[index]: place for place, index in enumerate(chosen)})
        for place, weight in told.items():
            shares *= 1 - weight
            shares[place] += weight
        order = np.argsort(-shares, kind="stable")
        return [Sorted(self.codes[chosen[place]], round(float(shares[place]), 4)) for place in order]

    def words(self, text: str, code: str, most: int = 3) -> list[str]:
        """The parts of the text that spoke for a class, strongest first."""
        if code not in self.codes:
            return []
        written = _TOKEN.findall(_folded(text)[:LONGEST])
        tokens = ["0" if token.isdecimal() else token for token in written]
        weights = self._weights[:, self.codes.index(code)]
        pull = np.zeros(len(tokens))
        for length in range(RUNS[0], RUNS[1] + 1):
            for start in range(len(tokens) - length + 1):
                number = self._known.get("".join(tokens[start : start + length]))
                if number is not None and weights[number] > 0:
                    pull[start : start + length] += weights[number] / length
        if not len(pull) or pull.max() <= 0:
            return []
        strong = pull >= max(pull.max() * 0.4, pull.mean())
        spans: list[tuple[float, str]] = []
        for is_strong, run in groupby(range(len(tokens)), key=lambda place: bool(strong[place])):
            places = list(run)
            if is_strong:
                spans.append((float(pull[places].sum()), "".join(written[places[0] : places[-1] + 1])))
        return [span for _, span in sorted(spans, key=lambda span: -span[0])[:most]]

    def _row(self, bare: str) -> _Row:
        """run -> weight of a text: 1 + ln(count), times the run's rarity, of length 1."""
        counted: Counter[int] = Counter()
        for length in range(RUNS[0], RUNS[1] + 1):
            for start in range(len(bare) - length + 1):
                number = self._known.get(bare[start : start + length])
                if number is not None:
                    counted[number] += 1
        if not counted:
            return {}
        numbers = np.fromiter(counted.keys(), np.int64, len(counted))
        values = (1 + np.log(np.fromiter(counted.values(), np.float32, len(counted)))) * self._idf[numbers]
        values /= np.linalg.norm(values)
        return dict(zip(numbers.tolist(), values.tolist(), strict=True))

    def _margins(self, row: _Row) -> NDArray[Any]:
        numbers = np.fromiter(row.keys(), np.int64, len(row))
        values = np.fromiter(row.values(), np.float32, len(row))
        return np.asarray(values @ self._weights[numbers] + self._offsets)

    def _told(self, bare: str, row: _Row, places: Mapping[str, int]) -> dict[int, float]:
        """What corrections say: the place of a class, and how much it is.

        The same text's own correction; else those of two texts that are alike enough, agree, and of which no
        correction to another class is more alike.
        """
        if bare in self._corrected and self._corrected[bare][0] in places:
            return {places[self._corrected[bare][0]]: 0.97}
        near: dict[str, list[float]] = {}
        for code, other in self._corrected.values():
            alike = sum(value * row[number] for number, value in other.items() if number in row)
            if alike >= _ALIKE and code in places:
                near.setdefault(code, []).append(alike)
        if not near:
            return {}
        said = max(near, key=lambda code: max(near[code]))
        agreeing = sorted(near[said])[-2:]
        return {places[said]: agreeing[0] ** 2} if len(agreeing) == 2 else {}


def _folded(text: str) -> str:
    return _BLANK.sub("", unicodedata.normalize("NFKC", text)).lower()


def plain(text: str) -> str:
    """A report as the model reads it: full-width forms folded, blanks gone, numbers alike, not longer than counts."""
    return "".join("0" if token.isdecimal() else token for token in _TOKEN.findall(_folded(text)[:LONGEST]))
