"""``python -m zhengyu.compiled PART…`` compiles parts by using them once; see `zhengyu.themes.compiling`."""

from __future__ import annotations

import os
import sys

from zhengyu.themes.compiling import compile_here

_TEXTS = [
    "全县新建高标准农田三万亩，农民收入增长百分之八。",
    "坚持“四个走在前”，抓项目、强产业。",
    "",
    "会议于八点开始。",
]


def _themes() -> None:
    import pyarrow as pa

    from zhengyu.compiled.themes.scorer import CompiledScorer
    from zhengyu.persistence.folder import load_model

    CompiledScorer(load_model()).score(pa.array(_TEXTS), keep=False)


def _evidence() -> None:
    import numpy as np
    import pyarrow as pa

    from zhengyu.compiled.themes.evidence import CompiledEvidence
    from zhengyu.compiled.themes.scorer import CompiledScorer
    from zhengyu.io.blocks import Paragraphs
    from zhengyu.persistence.folder import load_model

    model = load_model()
    scorer = CompiledScorer(model)
    texts = pa.array(_TEXTS)
    scores, _, _, words = scorer.score(texts, keep=True)
    themes = pa.array([list(model.themes.ids[:2]), [model.themes.ids[1]], [], []], pa.list_(pa.string()))
    ids = pa.array(list("abcd"))
    kinds = ["row"] * len(_TEXTS)
    CompiledEvidence(model, scorer.tables)(Paragraphs(ids, texts, kinds, themes, np.zeros_like(scores), words))


def _slogans() -> None:
    import pyarrow as pa

    from zhengyu.compiled.slogans.finder import CompiledFinder
    from zhengyu.persistence.folder import load_model
    from zhengyu.slogans.storage import read_finder

    model = load_model()
    finder = CompiledFinder(read_finder(model.extras, model.themes, where=model.version))
    list(finder.find(pa.array(_TEXTS), ["", "a", "a", ""]))


#: What to do for each part of `zhengyu.themes.compiling.PARTS`.
WORK = {"themes": _themes, "evidence": _evidence, "slogans": _slogans}

if __name__ == "__main__":
    behind = "--behind" in sys.argv
    if behind and hasattr(os, "nice"):
        os.nice(19)
    for part, work in WORK.items():
        if part in sys.argv[1:]:
            compile_here(part, work, wait=not behind)
