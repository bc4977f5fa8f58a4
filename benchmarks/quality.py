"""Compare `zhengyu retrain` with plain baselines on labelled sets of one's own.

``python benchmarks/quality.py SET…`` (``pip install -e '.[bench]'`` adds fastText). A set is a folder with
``train.jsonl``, ``test.jsonl`` (fields ``text``, ``themes`` and, if known, ``doc``) and ``themes.toml``. Everything is
trained on the training part, with options at their defaults, and measured once on the test part. Differences are those
of zhengyu to each baseline, with 95 % intervals from resampling the documents of the test part.

The baselines, their settings chosen out of fold on the training part, and for sets with several themes a paragraph one
cut for all scores likewise: character 1–3-grams with TF-IDF and a linear support vector machine; NB-SVM on character
1–2-grams (Wang and Manning 2012); the method of THUCTC (Sun et al. 2016), character bigrams chosen by χ² with TF-IDF
and a linear support vector machine; jieba's words with logistic regression; and fastText over jieba's words and pairs.
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
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.feature_selection import chi2
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.svm import LinearSVC

from zhengyu.tagger import load
from zhengyu.themes.metrics import f_measure
from zhengyu_corpus.themes import load_themes
from zhengyu_training.retrain import retrain

DRAWS = 1000
#: Folds, documents whole, in which baselines choose; what they choose from: strengths, numbers of features, cuts.
FOLDS, STRENGTHS, FEATURES, CUTS = 3, (0.03, 0.1, 0.3, 1.0), (5_000, 50_000), np.linspace(-1.5, 1.0, 51)
#: Strengths of NB-SVM, and how far it goes from the mean weight to each feature's own (Wang and Manning's β).
NB_SETTINGS = tuple((C, beta) for C in (0.003, 0.01, 0.03, 0.1, 0.3, 1.0) for beta in (0.25, 1.0))
Score = Callable[[Any, np.ndarray, Any, Any], np.ndarray]


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


def one_against_rest(fit: Callable[[Any, np.ndarray, Any], np.ndarray], X: Any, labels: np.ndarray, held: Any) -> Any:
    """Return scores of `held`, a classifier a theme; a theme without rows scores lowest."""
    scores = np.full((held.shape[0], labels.shape[1]), -10.0)
    for k in np.flatnonzero(labels.any(axis=0) & ~labels.all(axis=0)):
        scores[:, k] = fit(X, labels[:, k], held)
    return scores


def decide(score: Score, X: Any, train: Part, held: Any, settings: tuple[Any, ...], single: bool) -> np.ndarray:
    """Return the themes of `held` with the setting, and the cut of all scores, that are best out of fold."""
    tried = []
    for setting in settings:
        scores = np.zeros(train.labels.shape)
        for seen, unseen in GroupKFold(FOLDS).split(train.labels, groups=train.documents):
            scores[unseen] = score(X[seen], train.labels[seen], X[unseen], setting)
        if single:
            tried.append((f1(top(scores), train.labels)[0], setting, 0.0))
        else:
            tried += [(f1(scores >= cut, train.labels)[0], setting, float(cut)) for cut in CUTS]
    _, setting, cut = max(tried, key=lambda one: one[0])
    scores = score(X, train.labels, held, setting)
    return top(scores) if single else scores >= cut


def svm(X: Any, labels: np.ndarray, held: Any, C: float) -> np.ndarray:
    """Return scores of linear support vector machines."""
    return one_against_rest(
        lambda X, y, held: LinearSVC(C=C, random_state=0).fit(X, y).decision_function(held), X, labels, held
    )


def nb_svm(X: Any, labels: np.ndarray, held: Any, setting: tuple[float, float]) -> np.ndarray:
    """Return scores of NB-SVM on binary counts."""
    C, beta = setting

    def fit(X: Any, y: np.ndarray, held: Any) -> np.ndarray:
        inside, outside = (1 + np.asarray(X[y == side].sum(axis=0)).ravel() for side in (True, False))
        ratio = np.log((inside / inside.sum()) / (outside / outside.sum()))
        machine = LinearSVC(C=C, random_state=0).fit(X @ sparse.diags(ratio), y)
        mean = np.abs(machine.coef_).mean()
        weights = ((1 - beta) * mean + beta * machine.coef_[0]) * ratio
        return np.asarray(held @ weights + machine.intercept_)

    return one_against_rest(fit, X, labels, held)


def svm_on_chosen(X: Any, labels: np.ndarray, held: Any, features: int) -> np.ndarray:
    """Return scores of linear support vector machines on the features with the highest χ² of any theme."""
    ranks = np.max([chi2(X, labels[:, k])[0] for k in np.flatnonzero(labels.any(axis=0))], axis=0)
    chosen = np.argsort(-np.nan_to_num(ranks), kind="stable")[:features]
    weigh = TfidfTransformer()
    return svm(weigh.fit_transform(X[:, chosen]), labels, weigh.transform(held[:, chosen]), 1.0)


def svm_on_characters(train: Part, test: Part, single: bool) -> np.ndarray:
    """Character 1–3-grams, TF-IDF, linear support vector machine."""
    grams = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True, min_df=2)
    X = grams.fit_transform(train.texts)
    return decide(svm, X, train, grams.transform(test.texts), STRENGTHS, single)


def nb_svm_on_characters(train: Part, test: Part, single: bool) -> np.ndarray:
    """NB-SVM on character 1–2-grams."""
    grams = CountVectorizer(analyzer="char", ngram_range=(1, 2), binary=True)
    X = grams.fit_transform(train.texts).astype(float)
    return decide(nb_svm, X, train, grams.transform(test.texts).astype(float), NB_SETTINGS, single)


def thuctc(train: Part, test: Part, single: bool) -> np.ndarray:
    """χ²-chosen character bigrams, TF-IDF, linear support vector machine."""
    grams = CountVectorizer(analyzer="char", ngram_range=(2, 2))
    X = grams.fit_transform(train.texts).astype(float)
    return decide(svm_on_chosen, X, train, grams.transform(test.texts).astype(float), FEATURES, single)


def logistic_on_words(train: Part, test: Part, single: bool) -> np.ndarray:
    """jieba's words, TF-IDF, logistic regression."""
    words = TfidfVectorizer(tokenizer=jieba.lcut, token_pattern=None, lowercase=False, min_df=2)
    X = words.fit_transform(train.texts)

    def score(X: Any, labels: np.ndarray, held: Any, C: float) -> np.ndarray:
        make = LogisticRegression(C=C, max_iter=1000)
        return one_against_rest(lambda X, y, held: make.fit(X, y).decision_function(held), X, labels, held)

    return decide(score, X, train, words.transform(test.texts), (10.0,), single)


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
    chosen = f"features of {made.features}, strength {made.strength:g}" + (", exclusive" if made.confusion else "")
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
    "characters, THUCTC": thuctc,
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
