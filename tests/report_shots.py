"""Pictures of a report: ``python tests/report_shots.py [FOLDER]``, by default tests/artefacts.

A report of the written paragraphs of the corpus, laid out as documents of eight years and six places and with a checked
sample, is photographed whole in Chinese and English, at the widths of a desk, a tablet and a phone, light and dark.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from pictures import chromium
from places import ROOT, SHOTS

from zhengyu.io.writers import write_table
from zhengyu.report.build import Options, build
from zhengyu.tagger import load
from zhengyu_training.labelling.checking import read_checked

WIDTHS = (1280, 768, 390)
PLACES = ("柳河县", "青川湾县", "云洲区", "松岭市", "石门县", "白沙镇")


def write_inputs(folder: Path) -> None:
    """Write a tagged table, its slogans, and a sample of it as a coder would have it."""
    paragraphs = [
        json.loads(line)
        for path in sorted((ROOT / "corpus/zhengyu_corpus/paragraphs").glob("w*.jsonl"))
        for line in path.read_text("utf-8").splitlines()
    ]
    chosen = [paragraphs[i] for i in np.random.default_rng(1).permutation(len(paragraphs))[:700]]
    # One theme grows over the years, another falls.
    order = np.random.default_rng(3).random(700) + [
        0.4 * ("digital" in row["themes"]) - 0.4 * ("party" in row["themes"]) for row in chosen
    ]
    chosen = [chosen[i] for i in np.argsort(order)]
    tagger = load()
    texts = [row["text"] for row in chosen]
    table = tagger.tag(texts, probabilities=False)
    number = np.arange(len(texts)) // 9
    table.insert(0, "id", [f"p{i}" for i in range(len(texts))])
    table.insert(
        1, "doc", [f"documents/{PLACES[d % 6]}{2017 + d * 8 // (number[-1] + 1)}年第{d}号.docx" for d in number]
    )
    table.insert(2, "year", [2017 + d * 8 // (number[-1] + 1) for d in number])
    table.insert(3, "place", [PLACES[d % 6] for d in number])
    table.insert(4, "kind", ["heading" if i % 25 == 0 else "prose" for i in range(len(texts))])
    write_table(table, folder / "tagged.parquet")
    slogans = tagger.slogans(texts)
    slogans.insert(0, "id", [f"p{row}" for row in slogans["row"]])
    write_table(slogans[["id", "surface", "normal", "type", "known"]], folder / "slogans.csv")
    picked = np.random.default_rng(2).permutation(np.flatnonzero(table["kind"] == "prose"))[:200]
    checked = pd.DataFrame(
        {
            "text": [texts[i] for i in picked],
            "id": table["id"].to_numpy()[picked],
            "themes": [";".join(chosen[i]["themes"]) or "none" for i in picked],
        }
    )
    write_table(checked.assign(inclusion=200 / (table["kind"] == "prose").sum()), folder / "checked.csv")


def main() -> None:
    shots = Path(sys.argv[1]) if len(sys.argv) > 1 else SHOTS
    shots.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, chromium() as browser:
        folder = Path(name)
        write_inputs(folder)
        for language in ("zh", "en"):
            options = Options(
                slogans=folder / "slogans.csv", language=language,
                checked=read_checked(folder / "checked.csv", load().model.themes),
                command="zhengyu report tagged.parquet --slogans slogans.csv --checked checked.csv -o report.html",
            )  # fmt: skip
            build([folder / "tagged.parquet"], folder / f"{language}.html", options)
            for look in ("light", "dark"):
                for width in WIDTHS:
                    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=look)  # type: ignore[arg-type]
                    page.goto((folder / f"{language}.html").as_uri())
                    page.wait_for_function(
                        "[...document.querySelectorAll('.chart')].every(one => one.querySelector('[aria-label^=SVG]'))",
                        timeout=120_000,
                    )
                    page.screenshot(path=shots / f"report-{language}-{look}-{width}.png", full_page=True)
                    page.close()


if __name__ == "__main__":
    main()
