"""Words that a model does not know: counted, bounded on held-out paragraphs, told of a run."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from zhengyu.batch.result import Run, summary
from zhengyu.batch.runner import tag_inputs
from zhengyu.tagger import Tagger
from zhengyu.themes.model import Model
from zhengyu.themes.novelty import PART, Novelty, is_much
from zhengyu.themes.pipeline import FeatureCounter, contents, count_records
from zhengyu.themes.scorer import Scorer
from zhengyu.themes.tokens import Tokenizer
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.records import BagOfWords, LabelledParagraph, Record
from zhengyu_training.evaluation import sources
from zhengyu_training.evaluation.sources import fit_novelty, sources_of

KNOWN = "全县新建高标准农田三万亩，粮食总产再创新高，各乡镇抢农时、抓播种，统防统治覆盖所有村。"
STRANGE = "鼩鼱与鼯鼠栖于栎树，鹡鸰啄蠼螋，蜉蝣朝生暮死，龟甲磷虾鲦鱼皆入鼎镬，馌饷既罢，犹闻蟋蟀。"


def test_one_in_twenty_held_out_paragraphs_is_unlike_the_others() -> None:
    rng = np.random.default_rng(0)
    count = rng.integers(5, 400, 4000)
    words = np.column_stack([count, rng.binomial(count, 0.06)])
    bounds = Novelty.fitted(words)
    assert bounds.rate == pytest.approx(0.06, abs=0.002)
    assert bounds.unlike(words).mean() == pytest.approx(0.05, abs=0.005)
    long = bounds.unlike(words[count > 200]).mean()
    assert 0.02 < long < 0.09  # whatever the length
    assert not bounds.unlike(np.array([[0, 0], [100, 0]])).any()


def test_a_model_without_bounds_tells_nothing_and_odd_bounds_are_refused(model: Model) -> None:
    assert Novelty.of({}, "m") is None
    assert Novelty.of({PART: {"rate": 0.05, "limit": 1}}, "m") == Novelty(0.05, 1.0)
    for odd in ([], {"rate": 0.1}, {"rate": "0.1", "limit": 1}, {"rate": float("nan"), "limit": 1}):
        with pytest.raises(ZhengyuError, match="expected a rate and a limit"):
            Novelty.of({PART: odd}, "m")
    bare = replace(model, evaluation={})
    assert bare.novelty is None


def test_words_are_counted(model: Model) -> None:
    words = Scorer(model).score([KNOWN, STRANGE, "", "，。"])[1]
    assert words[0, 1] < words[0, 0] / 5
    assert words[1, 1] > words[1, 0] / 4
    assert words[2:].tolist() == [[0, 0], [0, 0]]


def test_a_run_tells_what_is_unlike_the_corpus(model: Model, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("\n".join([*[KNOWN] * 10, *[STRANGE] * 6]), "utf-8")
    bounds = asdict(Novelty(0.057, 0.78))
    tagger = Tagger(replace(model, evaluation={**model.evaluation, PART: bounds}))
    told = {}
    for compiled in (False, True):
        run = tag_inputs(tagger, [str(tmp_path / "a.txt")], compiled=compiled)
        told[compiled] = run.unlike
        assert json.loads(json.dumps(run.counts()))["unlike"] == run.unlike
    assert told == {False: 6, True: 6}
    (line,) = [line for line in summary(run) if "unknown words" in line]
    assert line.startswith("6 of 16 tagged paragraphs (38%)") and "zhengyu corpus sample" in line
    run = tag_inputs(Tagger(replace(model, evaluation={})), [str(tmp_path / "a.txt")])
    assert run.unlike is None and not [line for line in summary(run) if "unknown words" in line]


def test_few_paragraphs_are_no_warning() -> None:
    assert not is_much(4, 4) and is_much(5, 30) and not is_much(5, 100)
    assert not [line for line in summary(Run(tagged=100, unlike=5)) if "sample" in line]
    assert [line for line in summary(Run(tagged=100, unlike=5)) if "5 of 100" in line]


def test_bounds_come_from_documents_that_the_vocabulary_lacks() -> None:
    def bag(n: int, **more: object) -> Record:
        words = {"农田": 2, "粮食": 1, f"专词{n // 2}": 1}  # every document has a word of its own
        return BagOfWords(str(n), f"d{n // 2}", words, (), source=f"owner/{n % 3}", **more)  # type: ignore[arg-type]

    records = [bag(n, left_out=1) for n in range(20)]
    counter = FeatureCounter()
    counts = counter.fit_transform(contents(records))
    found = fit_novelty(records, counter, counts, 5)
    assert found is not None
    assert found.rate == pytest.approx(2 / 5)  # its own word and the one that was left out, of five
    assert fit_novelty([bag(n) for n in range(20)], counter, counts, 5) is None  # bags that do not say
    assert sources_of(records)[:4] == ["owner/0", "owner/1", "owner/2", "owner/0"]


def test_words_of_documents_that_are_not_drawn_are_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"全县种粮{n}亩。合作社育秧{n}盘，{strange}。" for n, strange in enumerate("鼩鼱鼯栎鹡鸰蠼螋蜉蝣" * 4)]
    records: list[Record] = [LabelledParagraph(str(n), f"d{n // 2}", text, ()) for n, text in enumerate(texts)]
    counter = FeatureCounter()
    counts = counter.fit_transform(contents(records))
    monkeypatch.setattr(sources, "MOST_ROWS", 20)
    given = fit_novelty(records, counter, counts, 5, count_records(records).paragraphs)
    cut: list[tuple[str, bool]] = []
    bag = Tokenizer.bag

    def counted(self: Tokenizer, text: str, *, pairs: bool = True) -> dict[str, int]:
        cut.append((text, pairs))
        return bag(self, text, pairs=pairs)

    monkeypatch.setattr(Tokenizer, "bag", counted)
    assert given is not None and fit_novelty(records, counter, counts, 5) == given
    assert cut == [(text, False) for n, text in enumerate(texts) if n // 2 % 2 == 0]  # no sentences, no pairs
