"""fastText over jieba's words: one-vs-all multi-label classification, as its documentation has it."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import fasttext
import jieba
import pandas as pd

PARAGRAPHS = Path(__file__).resolve().parents[1] / "corpus" / "zhengyu_corpus" / "paragraphs"


def train(target: Path) -> None:
    """Train on the written paragraphs, which is enough to measure how fast it predicts."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".txt") as lines:
        for file in sorted(PARAGRAPHS.glob("*.jsonl")):
            for line in file.read_text("utf-8").splitlines():
                row = json.loads(line)
                labels = " ".join(f"__label__{theme}" for theme in row["themes"] or ["none"])
                lines.write(f"{labels} {' '.join(jieba.lcut(row['text']))}\n")
        lines.flush()
        fasttext.train_supervised(lines.name, loss="ova", epoch=25, wordNgrams=1, thread=1).save_model(str(target))


def main(model: Path, source: Path, target: Path) -> None:
    """Tag a Parquet file."""
    classifier = fasttext.load_model(str(model))
    frame = pd.read_parquet(source)
    words = [" ".join(jieba.lcut(text)).replace("\n", " ") for text in frame["text"]]
    labels, _ = classifier.predict(words, k=-1, threshold=0.3)
    frame["themes"] = [[label.removeprefix("__label__") for label in found] for found in labels]
    frame.to_parquet(target)


if __name__ == "__main__":
    if sys.argv[1] == "train":
        train(Path(sys.argv[2]))
    else:
        main(*map(Path, sys.argv[1:4]))
