"""Sorting (自动归类): which class a report belongs to, how sure that is, and which words led to it.

A linear model over runs of one to three characters (Chinese needs no word boundaries), learned in about a second from
`phrases.examples`. It asks no outside service, and what it learned from people's corrections is learned anew at start.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import SGDClassifier

from gis.issues.phrases import examples

_LONGEST = 500  # characters of a report that count
_SOFTNESS = 2.0  # divides the margins, so that a confidence of 0.9 is right about nine times in ten
_BLANK = re.compile(r"\s+")


@dataclass(frozen=True)
class Sorted:
    """A class code with its confidence from 0 to 1."""

    code: str
    confidence: float


class Sorter:
    """A model that was learned once; asking it is quick and changes nothing, so that threads may share it."""

    def __init__(self, corrections: Sequence[tuple[str, str]] = ()) -> None:
        texts, codes = examples(corrections)
        self._runs = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True, min_df=2)
        known = self._runs.fit_transform([plain(text) for text in texts])
        counts = {code: codes.count(code) for code in set(codes)}
        weights = np.array([len(codes) / (len(counts) * counts[code]) for code in codes])
        self._model = SGDClassifier(loss="log_loss", alpha=1e-5, max_iter=20, tol=None, random_state=1)
        self._model.fit(known, codes, sample_weight=weights)
        self.codes: list[str] = [str(code) for code in self._model.classes_]

    def sort(self, text: str, allowed: Collection[str] | None = None) -> list[Sorted]:
        """Every class (of the allowed ones), likeliest first; the confidences sum to 1.

        A text without anything known gives all classes the same small confidence.
        """
        row = self._runs.transform([plain(text)])
        margins = np.asarray(self._model.decision_function(row))[0]
        chosen = [index for index, code in enumerate(self.codes) if allowed is None or code in allowed]
        if not chosen:
            return []
        scores = margins[chosen] if row.nnz else np.zeros(len(chosen))
        shares = np.exp((scores - scores.max()) / _SOFTNESS)
        shares /= shares.sum()
        order = np.argsort(-shares, kind="stable")
        return [Sorted(self.codes[chosen[index]], round(float(shares[index]), 4)) for index in order]

    def words(self, text: str, code: str, most: int = 3) -> list[str]:
        """The parts of the text that spoke for a class, strongest first."""
        bare = plain(text)
        if code not in self.codes:
            return []
        weights = self._model.coef_[self.codes.index(code)]
        known = self._runs.vocabulary_
        pull = np.zeros(len(bare))
        for length in (1, 2, 3):
            for start in range(len(bare) - length + 1):
                number = known.get(bare[start : start + length])
                if number is not None and weights[number] > 0:
                    pull[start : start + length] += weights[number] / length
        if not len(pull) or pull.max() <= 0:
            return []
        strong = pull >= max(pull.max() * 0.4, pull.mean())
        spans: list[tuple[float, str]] = []
        for is_strong, run in groupby(range(len(bare)), key=lambda place: bool(strong[place])):
            places = list(run)
            if is_strong:
                spans.append((float(pull[places].sum()), bare[places[0] : places[-1] + 1]))
        return [span for _, span in sorted(spans, key=lambda span: -span[0])[:most]]


@cache
def untaught() -> Sorter:
    """The sorter that knows the written phrases only; learned once a process."""
    return Sorter()


def plain(text: str) -> str:
    """A report as the model reads it: full-width forms folded, blanks gone, not longer than what counts."""
    return _BLANK.sub("", unicodedata.normalize("NFKC", text)).lower()[:_LONGEST]
