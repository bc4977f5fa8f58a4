"""Compare `zhengyu retrain` with plain baselines on labelled sets of one's own.

``python benchmarks/quality.py SET…`` (``pip install -e '.[bench]'`` adds fastText). A set is a folder with
``train.jsonl``, ``test.jsonl`` (fields ``text``, ``themes`` and, if known, ``doc``) and ``themes.toml``. Everything is
trained on the training part, with options at their defaults, and measured once on the test part. Differences are those
of zhengyu to each baseline, with 95 % intervals from resampling the documents of the test part.

The baselines: character 1–3-grams with a linear support vector machine; NB-SVM (Wang and Manning 2012) on character
1–2-grams, for sets with several themes a paragraph with one cut for all scores chosen out of fold; jieba's words with
logistic regression; and fastText over jieba's words.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jieba
import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.svm import LinearSVC

from zhengyu.tagger import load
from zhengyu.themes.metrics import f_measure, theme_counts
from zhengyu_corpus.themes import load_themes
from zhengyu_training.retrain import retrain

DRAWS = 1000
CUTS = np.linspace(-1.5, 1.0, 51)


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of one file: texts, documents, and labels of shape (n_rows, n_themes)."""

    texts: list[str]
    documents: np.ndarray
    labels: np.ndarray


def read(path: Path, themes: tuple[str, ...]) -> Part:
    """Read one part of a set."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    labels = np.array([[theme in row["themes"] for theme in themes] for row in rows])
    documents = np.array([str(row.get("doc") or row.get("id") or number) for number, row in enumerate(rows)])
    return Part([row["text"] for row in rows], documents, labels)


def top(scores: np.ndarray) -> np.ndarray:
    """Return the highest score of each row as its one theme."""
    return np.eye(scores.shape[1], dtype=bool)[scores.argmax(axis=1)]


def one_against_rest(make: Callable[[], Any], X: Any, labels: np.ndarray, held: Any) -> np.ndarray:
    """Return scores of `held`, a classifier a theme; a theme without rows scores lowest."""
    scores = np.full((held.shape[0], labels.shape[1]), -10.0)
    for k in np.flatnonzero(labels.any(axis=0) & ~labels.all(axis=0)):
        scores[:, k] = make().fit(X, labels[:, k]).decision_function(held)
    return scores


def nb_svm(X: Any, labels: np.ndarray, held: Any) -> np.ndarray:
    """Return scores of NB-SVM on binary counts."""
    scores = np.full((held.shape[0], labels.shape[1]), -10.0)
    for k in np.flatnonzero(labels.any(axis=0) & ~labels.all(axis=0)):
        inside, outside = (1 + np.asarray(X[labels[:, k] == side].sum(axis=0)).ravel() for side in (True, False))
        ratio = sparse.diags(np.log((inside / inside.sum()) / (outside / outside.sum())))
        scores[:, k] = LinearSVC(random_state=0).fit(X @ ratio, labels[:, k]).decision_function(held @ ratio)
    return scores


def cut_out_of_fold(score: Callable[[Any, np.ndarray, Any], np.ndarray], X: Any, part: Part) -> float:
    """Return the cut of all scores that gives the highest micro-F1 out of fold."""
    scores = np.zeros(part.labels.shape)
    for train, test in GroupKFold(5).split(part.labels, groups=part.documents):
        scores[test] = score(X[train], part.labels[train], X[test])
    worth = [
        f_measure(*(count.sum() for count in theme_counts(scores >= cut, part.labels.astype(int)))) for cut in CUTS
    ]
    return float(CUTS[int(np.argmax(worth))])


def svm_on_characters(train: Part, test: Part, single: bool) -> np.ndarray:
    """Character 1–3-grams, TF-IDF, linear support vector machine."""
    grams = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True, min_df=2)
    X = grams.fit_transform(train.texts)
    scores = one_against_rest(lambda: LinearSVC(random_state=0), X, train.labels, grams.transform(test.texts))
    return top(scores) if single else scores >= 0


def nb_svm_on_characters(train: Part, test: Part, single: bool) -> np.ndarray:
    """NB-SVM on character 1–2-grams."""
    grams = CountVectorizer(analyzer="char", ngram_range=(1, 2), binary=True)
    X = grams.fit_transform(train.texts).astype(float)
    scores = nb_svm(X, train.labels, grams.transform(test.texts).astype(float))
    return top(scores) if single else scores >= cut_out_of_fold(nb_svm, X, train)


def logistic_on_words(train: Part, test: Part, single: bool) -> np.ndarray:
    """jieba's words, TF-IDF, logistic regression."""
    words = TfidfVectorizer(tokenizer=jieba.lcut, token_pattern=None, lowercase=False, min_df=2)
    X = words.fit_transform(train.texts)
    make = lambda: LogisticRegression(C=10.0, max_iter=1000)  # noqa: E731
    scores = one_against_rest(make, X, train.labels, words.transform(test.texts))
    return top(scores) if single else scores >= 0


def fast_text(train: Part, test: Part, single: bool) -> np.ndarray:
    """fastText over jieba's words, pairs of words on."""
    import fasttext

    def line(text: str) -> str:
        return " ".join(jieba.lcut(text)).replace("\n", " ")

    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".txt") as lines:
        for text, row in zip(train.texts, train.labels, strict=True):
            names = " ".join(f"__label__{k}" for k in np.flatnonzero(row)) or "__label__none"
            lines.write(f"{names} {line(text)}\n")
        lines.flush()
        model = fasttext.train_supervised(
            lines.name, loss="softmax" if single else "ova", epoch=25, lr=0.5, wordNgrams=2, thread=1, verbose=0
        )
    given = np.zeros(test.labels.shape, dtype=bool)
    found, _ = model.predict(
        [line(text) for text in test.texts], k=1 if single else -1, threshold=0.0 if single else 0.5
    )
    for row, names in enumerate(found):
        for name in names:
            if name != "__label__none":
                given[row, int(name.removeprefix("__label__"))] = True
    return given


def zhengyu(folder: Path, themes: tuple[str, ...], test: Part) -> tuple[np.ndarray, str]:
    """What ``zhengyu retrain --no-base`` makes with defaults, and what it chose."""
    with tempfile.TemporaryDirectory() as work:
        made = retrain(
            [folder / "train.jsonl"], base=False, themes=folder / "themes.toml", out=Path(work) / "model", told=None
        )
        tagger = load(made.folder)
        given = [set(found) for found in tagger.tag(test.texts)["themes"]]
    chosen = f"strength {made.strength:g}" + (", exclusive" if made.confusion else "")
    return np.array([[theme in row for theme in themes] for row in given]), chosen


def f1(given: np.ndarray, labels: np.ndarray, times: np.ndarray | None = None) -> tuple[float, float]:
    """Return micro-F1, and macro-F1 over the themes that occur in the test part."""
    weight = np.ones(len(given)) if times is None else times
    hits, extra, missed = (weight @ (mask * 1.0) for mask in (given & labels, given & ~labels, ~given & labels))
    occurs = labels.any(axis=0)
    micro = f_measure(hits.sum(), extra.sum(), missed.sum())
    return float(micro), float(np.mean(f_measure(hits, extra, missed)[occurs]))


def differences(mine: np.ndarray, theirs: np.ndarray, test: Part) -> list[str]:
    """Return the differences in micro- and macro-F1 with intervals over documents."""
    rng = np.random.default_rng(0)
    names, of_row = np.unique(test.documents, return_inverse=True)
    drawn = np.empty((DRAWS, 2))
    for draw in range(DRAWS):
        times = np.bincount(rng.integers(names.size, size=names.size), minlength=names.size)[of_row]
        drawn[draw] = np.subtract(f1(mine, test.labels, times), f1(theirs, test.labels, times))
    centre = np.subtract(f1(mine, test.labels), f1(theirs, test.labels))
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
    return [f"{c:+.3f} [{a:+.3f}, {b:+.3f}]" for c, a, b in zip(centre, low, high, strict=True)]


def compare(folder: Path, only: list[str]) -> list[str]:
    """Return the table of one set."""
    themes = load_themes(folder / "themes.toml").ids
    train, test = (read(folder / f"{name}.jsonl", themes) for name in ("train", "test"))
    single = bool((train.labels.sum(axis=1) == 1).all())
    began = time.perf_counter()
    mine, chosen = zhengyu(folder, themes, test)
    rows = [("zhengyu", mine, time.perf_counter() - began)]
    for name, baseline in BASELINES.items():
        if not only or name in only:
            began = time.perf_counter()
            try:
                given = baseline(train, test, single)
            except ModuleNotFoundError as error:
                print(f"{name}: left out, {error}; pip install 'zhengyu[bench]'")
                continue
            rows.append((name, given, time.perf_counter() - began))
    lines = [
        f"## {folder.name}: {len(train.texts):,} / {len(test.texts):,} rows, {len(themes)} themes, "
        f"{'one' if single else 'several'} a row; zhengyu: {chosen}",
        "",
        "| method | micro-F1 | macro-F1 | zhengyu − it, micro | macro | s |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, given, took in rows:
        apart = differences(mine, given, test) if name != "zhengyu" else ["–", "–"]
        micro, macro = f1(given, test.labels)
        lines.append(f"| {name} | {micro:.3f} | {macro:.3f} | {apart[0]} | {apart[1]} | {took:.0f} |")
    return [*lines, ""]


BASELINES: dict[str, Callable[[Part, Part, bool], np.ndarray]] = {
    "characters, SVM": svm_on_characters,
    "characters, NB-SVM": nb_svm_on_characters,
    "words, logistic regression": logistic_on_words,
    "words, fastText": fast_text,
}


def main() -> None:
    """Measure every set and print its table."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("sets", nargs="+", type=Path, metavar="SET", help="A folder with train, test and themes.")
    asked.add_argument("--only", nargs="+", default=[], choices=BASELINES, help="Baselines to run; all when not given.")
    given = asked.parse_args()
    jieba.setLogLevel("WARNING")
    for folder in given.sets:
        print("\n".join(compare(folder, given.only)), flush=True)


if __name__ == "__main__":
    main()
