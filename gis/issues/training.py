"""Learning to sort: a model from the written phrases and from people's corrections, and how well it does.

`python -m gis.issues.training FILE` reads corrections (JSON, [[text, code], …]) on stdin and writes the model: training
takes seconds and a processor, so a service has it done by a child process.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gis.issues import phrases
from gis.issues.sorting import RUNS, Sorter, plain

_SOFTNESS = 1.25
Labelled = Sequence[tuple[str, str]]
"""(text, class code)."""


@dataclass(frozen=True)
class Figures:
    """How well a model sorts labelled reports: shares from 0 to 1, and (right, of how many) for each class."""

    reports: int
    right: float
    among_three: float
    group: float
    classes: dict[str, tuple[int, int]]


def train(corrections: Labelled = ()) -> Sorter:
    """A model that learned from the phrases and the corrections."""
    return _learned(*phrases.examples(corrections))


def _learned(texts: list[str], codes: list[str]) -> Sorter:
    # here, because importing it takes as long as starting the rest of the service, which never trains
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import SGDClassifier

    runs = TfidfVectorizer(analyzer="char", ngram_range=RUNS, sublinear_tf=True, min_df=2, dtype=np.float32)
    known = runs.fit_transform([plain(text) for text in texts])
    model = SGDClassifier(loss="log_loss", alpha=3e-6, max_iter=10, tol=None, random_state=1, class_weight="balanced")
    model.fit(known, codes)
    return Sorter(
        [str(code) for code in model.classes_],
        [str(run) for run in runs.get_feature_names_out()],
        np.ascontiguousarray(model.coef_.T, dtype=np.float32),
        runs.idf_.astype(np.float32),
        model.intercept_.astype(np.float32),
        _SOFTNESS,
    )


def figures(sorter: Sorter, reports: Labelled) -> Figures:
    """How well the model sorts reports that it did not learn from."""
    right = three = group = 0
    classes: dict[str, tuple[int, int]] = {}
    for text, code in reports:
        first = [one.code for one in sorter.sort(text)[:3]]
        hit = first[0] == code
        right, three, group = right + hit, three + (code in first), group + (first[0][:2] == code[:2])
        hits, of = classes.get(code, (0, 0))
        classes[code] = (hits + hit, of + 1)
    number = max(1, len(reports))
    return Figures(len(reports), right / number, three / number, group / number, classes)


def held_out(corrections: Labelled = ()) -> Figures:
    """An estimate without labelled reports: every fifth line of the phrases and every fifth correction is kept from the
    training and sorted afterwards. Kinder than reality, since the same hand wrote both parts."""
    lines = list(phrases.patterns())
    kept = {line for number, (_, line) in enumerate(lines) if number % 5 == 0}
    learned = [one for number, one in enumerate(corrections) if number % 5]
    asked = [one for number, one in enumerate(corrections) if number % 5 == 0]
    texts, codes = phrases.examples(learned, without=kept)
    for code, line in lines:
        if line in kept:
            asked += [(sentence, code) for sentence in phrases.some_of(line, 3)]
    return figures(_learned(texts, codes), asked)


def save(sorter: Sorter, file: Path) -> None:
    """Writes a model, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=file.parent, suffix=".npz", delete=False) as writing:
        np.savez(writing, **sorter.arrays())  # type: ignore[arg-type]
        writing.flush()
        os.fsync(writing.fileno())
    Path(writing.name).replace(file)


def read_reports(file: Path) -> list[tuple[str, str]]:
    """Labelled reports from a file: a class code, a tab, the text; lines that begin with # say something else."""
    rows = [line.split("\t", 1) for line in file.read_text("utf-8").splitlines() if line and line[0] != "#"]
    return [(row[1], row[0]) for row in rows if len(row) == 2]


def _main() -> None:
    said = json.load(sys.stdin)
    save(train([(str(text), str(code)) for text, code in said]), Path(sys.argv[1]))


if __name__ == "__main__":
    try:
        _main()
    except KeyboardInterrupt:  # Ctrl-C reaches the whole group; the parent says what there is to say
        sys.exit(130)
