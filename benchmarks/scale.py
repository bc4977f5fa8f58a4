"""Measure training on many rows: zhengyu, the plain pipeline and fastText, whole processes, one after the other.

``python benchmarks/scale.py --rows 200000`` (``pip install -e '.[bench]'``). The rows are drawn from a seed, for time
and memory alone: sixty characters each of jieba's words by frequency, a quarter of them from the words of the row's
class and a tenth from those of another. ``--only`` names what to run. Accuracy on rows of the same making shows that
something was learnt; it says nothing of real text.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

import numpy as np

CHARS, CLASSES, WORDS, TOPIC = 60, 50, 60_000, 400
#: Shares of words of the row's own class, and of another.
OWN, OTHER = 0.25, 0.1
HELD_OUT = 5_000


def write_set(folder: Path, rows: int, seed: int = 0) -> None:
    """Write ``train.jsonl`` of so many rows, ``test.jsonl`` and ``themes.toml``."""
    from zhengyu.themes.segmentation import Segmenter

    counts = Segmenter().frequencies()
    words = sorted((w for w, n in counts.items() if n and all("\u4e00" <= c <= "\u9fff" for c in w)), key=counts.get)
    words = np.array(words[::-1][:WORDS])
    rng = np.random.default_rng(seed)
    chance = np.array([counts[word] for word in words], dtype=float)
    chance = np.cumsum(chance / chance.sum())
    topics = np.array([rng.choice(np.arange(500, WORDS), TOPIC, replace=False) for _ in range(CLASSES)])
    folder.mkdir(parents=True, exist_ok=True)
    for name, n in (("train", rows), ("test", HELD_OUT)):
        with (folder / f"{name}.jsonl").open("w", encoding="utf-8") as out:
            for number in range(n):
                own, other = rng.integers(CLASSES, size=2)
                drawn = np.minimum(np.searchsorted(chance, rng.random(CHARS)), WORDS - 1)
                kind = rng.random(CHARS)
                drawn = np.where(kind < OWN, rng.choice(topics[own], CHARS), drawn)
                drawn = np.where(kind > 1 - OTHER, rng.choice(topics[other], CHARS), drawn)
                row = {"id": f"{name}{number}", "text": "".join(words[drawn])[:CHARS], "themes": [f"c{own:02}"]}
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
    codes = "".join(f"[[theme]]\nid = 'c{k:02}'\nzh = '类{k}'\n" for k in range(CLASSES))
    (folder / "themes.toml").write_text(codes, "utf-8")


def train_zhengyu(folder: Path) -> float:
    """Train with `retrain` and its defaults; return the accuracy on the test part."""
    from zhengyu.persistence.folder import load_model
    from zhengyu.tagger import Tagger
    from zhengyu_training.retrain import retrain

    made = retrain([folder / "train.jsonl"], base=False, themes=folder / "themes.toml", out=folder / "model")
    print("\n".join(made.choices_as_text()[:2]), file=sys.stderr)
    texts, labels = read(folder / "test.jsonl")
    given = Tagger(load_model(made.folder)).tag(texts)["themes"]
    return float(np.mean([found == [label] for found, label in zip(given, labels, strict=True)]))


def train_plain(folder: Path) -> float:
    """Train jieba's words, TF-IDF and a linear support vector machine a class, with scikit-learn's defaults."""
    import jieba
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.svm import LinearSVC

    jieba.setLogLevel("WARNING")
    texts, labels = read(folder / "train.jsonl")
    words = TfidfVectorizer(tokenizer=jieba.lcut, token_pattern=None, lowercase=False, min_df=2, sublinear_tf=True)
    machine = LinearSVC(random_state=0).fit(words.fit_transform(texts), labels)
    texts, labels = read(folder / "test.jsonl")
    return float(machine.score(words.transform(texts), labels))


def train_fast_text(folder: Path) -> float:
    """Train fastText over jieba's words and their pairs."""
    import fasttext
    import jieba

    jieba.setLogLevel("WARNING")
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".txt") as lines:
        for text, label in zip(*read(folder / "train.jsonl"), strict=True):
            lines.write(f"__label__{label} {' '.join(jieba.lcut(text))}\n")
        lines.flush()
        model = fasttext.train_supervised(lines.name, epoch=25, lr=0.5, wordNgrams=2, thread=2, verbose=0)
    texts, labels = read(folder / "test.jsonl")
    found, _ = model.predict([" ".join(jieba.lcut(text)) for text in texts])
    return float(np.mean([names[0] == f"__label__{label}" for names, label in zip(found, labels, strict=True)]))


def read(path: Path) -> tuple[list[str], list[str]]:
    """Return texts and classes."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [row["text"] for row in rows], [row["themes"][0] for row in rows]


PROGRAMS = {"zhengyu": train_zhengyu, "plain pipeline": train_plain, "fastText with jieba": train_fast_text}


def main() -> None:
    """Measure every program in a process of its own and print the table."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--rows", type=int, default=200_000)
    asked.add_argument("--only", nargs="+", default=list(PROGRAMS), choices=PROGRAMS)
    asked.add_argument("--folder", type=Path, help="Where the rows are kept, made there if they are not; else nowhere.")
    asked.add_argument("--run", choices=PROGRAMS, help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.run:
        print(f"{PROGRAMS[given.run](given.folder):.4f}")
        return
    from run import measure

    with tempfile.TemporaryDirectory() as work:
        folder = given.folder or Path(work)
        if not (folder / "themes.toml").exists():
            write_set(folder, given.rows)
        print(f"{given.rows:,} rows of {CHARS} characters, {CLASSES} classes\n")
        print("| program | s | processor s | peak MB |\n| --- | --- | --- | --- |")
        for name in given.only:
            words = [sys.executable, __file__, "--run", name, "--folder", str(folder)]
            found = measure(words, cores=None)
            print(f"| {name} | {found.wall:.0f} | {found.cpu:.0f} | {found.peak:,.0f} |", flush=True)


if __name__ == "__main__":
    main()
