"""Retraining: the same bytes twice, the shipped model from the shipped corpus, other themes, honest reports."""

from __future__ import annotations

import json
import os
import weakref
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from places import ROOT

from zhengyu.cli import main
from zhengyu.io.labelled import read_labelled
from zhengyu.persistence.folder import load_model
from zhengyu.tagger import Tagger
from zhengyu.themes import classifier
from zhengyu.themes.model import Model
from zhengyu.themes.pipeline import CountedRecords, count_records
from zhengyu.themes.solver import fit_path
from zhengyu_corpus.errors import CorpusError, ZhengyuError
from zhengyu_corpus.readers import builtin_files
from zhengyu_corpus.records import BagOfWords, LabelledParagraph, Record
from zhengyu_corpus.themes import ThemeSet, load_themes
from zhengyu_training import feature_choice
from zhengyu_training import fit_cache as cache
from zhengyu_training.bags import build_bags, join_codes, personal_names, read_codes, read_texts, write_bags
from zhengyu_training.bags import main as bags_main
from zhengyu_training.evaluation.bootstrap import bootstrap
from zhengyu_training.evaluation.evaluate import evaluate, evaluate_model
from zhengyu_training.evaluation.learning_curve import learning_curve, write_curve
from zhengyu_training.evaluation.sources import main as sources_main
from zhengyu_training.evaluation.state_council import compare_official
from zhengyu_training.fit_cache import kept_fits
from zhengyu_training.retrain import corpus_digest, retrain

pytestmark = pytest.mark.slow

STARTER = next(path for path in builtin_files() if path.name == "starter.jsonl")
#: Written paragraphs in most of which slogans are marked.
MARKED = next(path for path in builtin_files() if path.name == "w15.jsonl")
FARM = "村里今年种了{}亩水稻，合作社统一供种、统一植保，亩产比去年多收{}斤，社员分红也多了。"
TOWN = "城区{}条背街小巷完成改造，雨污分流管网铺设{}公里，老旧小区加装了电梯和路灯。"


def test_the_shipped_model_is_of_the_corpus_as_it_stands(model: Model, builtin: list[Record]) -> None:
    assert model.manifest["corpus"]["digest"] == corpus_digest(builtin)


@pytest.mark.skipif(not os.environ.get("ZHENGYU_WHOLE"), reason="retrains the shipped model; ZHENGYU_WHOLE=1 does it")
def test_the_shipped_model_is_what_the_corpus_gives(tmp_path: Path, model: Model) -> None:
    made = retrain(out=tmp_path / "m")
    again = load_model(made.folder)
    assert again.manifest["corpus"] == model.manifest["corpus"]
    assert list(again.vocabulary) == list(model.vocabulary)
    # Other processors and library versions round otherwise; the last digits may differ, the model may not.
    assert np.abs(again.coef - model.coef).max() < 1e-2
    assert np.abs(again.decision.thresholds - model.decision.thresholds).max() < 0.021
    shipped = model.evaluation["cross_validation"]["overall"]["micro_f1"][0]
    assert made.cross_validation.overall["micro_f1"].value == pytest.approx(shipped, abs=0.005)


def test_the_same_corpus_gives_the_same_bytes_whatever_the_threads(tmp_path: Path) -> None:
    for name, jobs in (("a", 1), ("b", 2)):
        retrain([STARTER, MARKED], base=False, out=tmp_path / name, jobs=jobs)
    first = {path.name: path.read_bytes() for path in (tmp_path / "a").iterdir()}
    assert first.keys() >= {"weights.npz", "slogans.csv", "slogans.json", "slogans.npz"}
    assert first == {path.name: path.read_bytes() for path in (tmp_path / "b").iterdir()}


@pytest.fixture
def own(tmp_path: Path) -> tuple[Path, Path]:
    """Two themes of one's own and a labelled CSV."""
    toml = tmp_path / "themes.toml"
    toml.write_text("[[theme]]\nid = 'farm'\nzh = '农事'\n[[theme]]\nid = 'town'\nzh = '城建'\n", "utf-8")
    rows = [f"{FARM.format(n, n + 3)},农事" for n in range(20, 35)] + [
        f"{TOWN.format(n, n * 2)},town" for n in range(3, 18)
    ]
    rows += [f"请{n}号会场的同志尽快入座并保持安静，" for n in "一二三四五六七八"]
    rows = [row if row.count(",") == 1 else row + "谢谢配合," for row in rows]
    labelled = tmp_path / "own.csv"
    labelled.write_text("正文,主题\n" + "\n".join(rows) + "\n", "utf-8")
    return toml, labelled


def test_other_themes_from_a_csv(own: tuple[Path, Path], tmp_path: Path) -> None:
    toml, labelled = own
    out = tmp_path / "model"
    result = CliRunner().invoke(
        main, ["retrain", "--corpus", str(labelled), "--no-base", "--themes", str(toml), "-o", str(out), "--name", "my"]
    )
    assert result.exit_code == 0, result.output
    assert "flatters" in result.output
    assert load_model(out).version.startswith("my-")
    (tmp_path / "new.txt").write_text(FARM.format(99, 7) + "\n" + TOWN.format(66, 5), "utf-8")
    tagged = CliRunner().invoke(
        main, ["tag", "--model", str(out), str(tmp_path / "new.txt"), "-o", str(tmp_path / "o.jsonl")]
    )
    assert tagged.exit_code == 0
    rows = [json.loads(line) for line in (tmp_path / "o.jsonl").read_text("utf-8").splitlines()]
    assert [row["themes"] for row in rows] == [["farm"], ["town"]]


def test_fits_are_kept_and_give_the_same_bytes(
    own: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    toml, labelled = own
    words = ["retrain", "--corpus", str(labelled), "--no-base", "--themes", str(toml)]

    def made(name: str, *more: str) -> dict[str, bytes]:
        result = CliRunner().invoke(main, [*words, "-o", str(tmp_path / name), *more])
        assert result.exit_code == 0, result.output
        return {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}

    plain = made("plain", "--no-cache")
    assert not (tmp_path / "cache" / "zhengyu" / "training").exists()
    first = made("first")
    kept = len(list((tmp_path / "cache").rglob("output.pkl")))
    assert 4 < kept <= 12  # with either set of features: five folds, of which some may be alike, and the whole
    fits: list[int] = []
    monkeypatch.setattr(classifier, "fit_path", lambda *of, **how: fits.append(1) or fit_path(*of, **how))
    assert made("again") == first == plain
    assert not fits
    assert made("other", "--strength", "3") != first
    assert fits


def test_features_are_chosen_out_of_fold_where_every_row_has_its_text(
    own: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toml, labelled = own
    words = ["retrain", "--corpus", str(labelled), "--no-base", "--themes", str(toml), "--no-cache", "-o"]

    def made(*more: str) -> tuple[str, Model]:
        result = CliRunner().invoke(main, [*words, str(tmp_path / "m"), *more])
        assert result.exit_code == 0, result.output
        return result.output, load_model(tmp_path / "m")

    said, model = made()
    assert f"features of {model.feature_set} chosen out of fold by micro-F1 + macro-F1" in said
    tried = model.manifest["settings"]["features_tried"]
    assert tried[model.feature_set] == max(tried.values()) and set(tried) == {"words", "characters"}
    for features in ("words", "characters"):
        said, model = made("--features", features)
        assert model.feature_set == features
        assert "chosen out of fold" in said and "features of" not in said
        assert model.manifest["settings"]["features_tried"] == {}
        assert any(" " in feature[:1] for feature in model.vocabulary) == (features == "characters")
    assert "characters of the whole text" in (tmp_path / "m" / "MODEL_CARD.md").read_text("utf-8")
    text = FARM.format(99, 7)
    (evidence,) = Tagger(model).explain(text, ["farm"])
    assert evidence.given
    assert evidence.bias + sum(span.contribution for span in evidence.spans) == pytest.approx(evidence.score, abs=1e-9)
    monkeypatch.setattr(feature_choice, "MOST_ROWS", 20)
    said, model = made()
    assert "both chosen on 20 paragraphs" in said
    assert set(model.manifest["settings"]["features_tried"]) == {"words", "characters"}


@pytest.mark.parametrize("wins", ["words", "characters"])
def test_counted_words_are_let_go_where_characters_win(
    own: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, wins: str
) -> None:
    toml, labelled = own
    themes = load_themes(toml)
    records = [record for record in read_labelled([labelled], themes).records if record.themes]
    held: list[weakref.ref[object]] = []
    worth = iter([1.0, 2.0 if wins == "characters" else 0.0])  # of words, of characters

    def counted(records: Sequence[Record], user_terms: Sequence[str]) -> CountedRecords:
        found = count_records(records, user_terms)
        held.append(weakref.ref(found.paragraphs.counts))
        return found

    last: list[bool] = []
    monkeypatch.setattr(feature_choice, "MOST_ROWS", 20)
    monkeypatch.setattr(feature_choice, "count_records", counted)
    monkeypatch.setattr(feature_choice, "worth_of", lambda *_: next(worth))
    best = feature_choice.fit_best(records, themes, C=1.0, jobs=1, told=lambda *_: last.append(held[0]() is not None))
    assert (best.counts.features, best.rows.shape[0]) == (wins, len(records))
    assert last[0] and last[-1] is (wins == "words")
    assert (best.words is not None) is (wins == "words")


def test_bags_have_words_only(tmp_path: Path) -> None:
    with pytest.raises(ZhengyuError, match="are bags of words, which have lost them; leave the built-in corpus out"):
        retrain(out=tmp_path / "m", features="characters")
    bag = BagOfWords("a", "a", {"产业": 1}, ("farm",))
    text = LabelledParagraph("b", "b", "产业", ("farm",))
    assert feature_choice.feature_sets([bag, text], None) == ("words",)
    assert feature_choice.feature_sets([text], None) == ("words", "characters")


def test_nothing_is_kept_where_nothing_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with kept_fits() as memory:
        assert memory is not None

    def refused(**_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(cache, "TemporaryFile", refused)
    with kept_fits() as memory:
        assert memory is None


def test_fits_of_other_code_have_a_place_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with kept_fits() as memory:
        first = Path(memory.location)
    monkeypatch.setattr(cache, "version", lambda name: "another")
    with kept_fits() as memory:
        other = Path(memory.location)
        assert other != first
    assert first.is_dir()
    os.utime(first, (0, 0))
    with kept_fits():
        pass
    assert sorted(first.parent.iterdir()) == [other]


def test_a_theme_without_paragraphs_is_left_out_and_said(tmp_path: Path) -> None:
    lines = STARTER.read_text("utf-8").splitlines()
    kept = [line for line in lines if "marine" not in json.loads(line)["themes"]]
    (tmp_path / "a.jsonl").write_text("\n".join(kept), "utf-8")
    made = retrain([tmp_path / "a.jsonl"], base=False, out=tmp_path / "m")
    assert any("left out" in line and "marine" in line for line in made.warnings)
    assert "marine" not in load_model(made.folder).themes.ids


def test_bad_input_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("text,themes\n农业,rurl\n", "utf-8")
    with pytest.raises(CorpusError, match="rurl"):
        retrain([tmp_path / "bad.csv"], out=tmp_path / "m")
    with pytest.raises(ZhengyuError, match="no labelled files"):
        retrain(base=False, out=tmp_path / "m")
    (tmp_path / "few.csv").write_text("text,themes\n农业,rural\n", "utf-8")
    with pytest.raises(ZhengyuError, match="at least 20"):
        retrain([tmp_path / "few.csv"], base=False, out=tmp_path / "m")
    with pytest.raises(CorpusError, match="also stands in the test file"):
        retrain(out=tmp_path / "m", test=STARTER)
    assert not (tmp_path / "m").exists()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("x", "utf-8")
    with pytest.raises(ZhengyuError, match="expected a free name"):
        retrain([STARTER], base=False, out=tmp_path / "full")
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["thesis.txt"]


def test_evaluation_counts_by_hand() -> None:
    themes = load_themes()
    rural, ecology = themes.ids.index("rural"), themes.ids.index("ecology")
    records = [
        LabelledParagraph("1", "a", "x", ("rural",)), LabelledParagraph("2", "a", "x", ("rural", "ecology")),
        LabelledParagraph("3", "b", "x", ()), LabelledParagraph("4", "c", "x", (), maybe=("rural",)),
    ]  # fmt: skip
    chances = np.full((4, 31), 0.01)
    chances[:2, rural] = 0.9
    chances[2, ecology] = 0.9
    chances[3, rural] = 0.9
    from zhengyu.themes.thresholds import Decision

    found = evaluate(chances, Decision(np.full(30, 0.5), 2.0, 0.0), records, themes, name="hand")
    assert found.overall["micro_f1"].value == pytest.approx(2 * 2 / (2 * 2 + 1 + 1))
    assert found.overall["macro_f1"].value == pytest.approx(0.5)
    assert found.overall["none_f1"].value == pytest.approx(2 / 3)
    assert found.overall["top"].value == 1
    assert {(c.coded, c.given): c.count for c in found.confusions} == {("none", "ecology"): 1}
    assert "micro-F1" in found.as_text()


def test_intervals_come_from_whole_documents() -> None:
    documents = ["a"] * 50 + ["b"] * 50
    values = np.array([1.0] * 50 + [0.0] * 50)
    found = bootstrap(documents, lambda times: {"mean": float((values * times).sum() / times.sum())})["mean"]
    assert (found.value, found.low, found.high) == (0.5, 0.0, 1.0)


def test_evaluate_command_prints_figures(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text(
        json.dumps({"id": "1", "themes": ["rural"], "text": FARM.format(1, 2)}) + "\n", "utf-8"
    )
    result = CliRunner().invoke(main, ["evaluate", "default", str(tmp_path / "t.jsonl"), "--json"])
    assert json.loads(result.output)["overall"]["top"] == [1.0, 1.0, 1.0]
    assert evaluate_model(load_model(), tmp_path / "t.jsonl").paragraphs == 1


def test_bags_lose_order_rare_words_and_names(tmp_path: Path) -> None:
    common = {"genre": "g", "level": "l", "year": "2020", "themes": ["rural"], "maybe": []}
    rows = [
        {"id": "1", "doc": "owner/repo:file|title", "text": "王小明说，乡村产业发展快，产业兴旺。", **common},
        {"id": "2", "doc": "owner/repo:file|title", "text": "乡村发展要靠产业，王小明也说快。蘑菇好。", **common},
    ]
    rows.append({"id": "3", "doc": "owner/repo:other", "text": "乡村产业发展好，王小明，乡村产业要发展。", **common})
    bags = build_bags(rows)
    assert bags[2]["pairs"] == {}  # in fewer than three paragraphs
    many = build_bags([*rows, {**rows[0], "id": "4"}])
    assert many[0]["pairs"] == {"乡村 产业": 1, "产业 发展": 1}
    assert many[2]["pairs"]["乡村 产业"] == 2
    assert bags[0]["words"]["产业"] == 2
    assert "蘑菇" not in bags[1]["words"]
    assert list(bags[0]["words"]) == sorted(bags[0]["words"])
    assert bags[0]["source"] == "owner/repo"
    assert "title" not in json.dumps(bags)
    assert not personal_names() & set(bags[0]["words"])
    write_bags(bags, tmp_path / "b.jsonl.gz")
    first = (tmp_path / "b.jsonl.gz").read_bytes()
    write_bags(bags, tmp_path / "b.jsonl.gz")
    assert first == (tmp_path / "b.jsonl.gz").read_bytes()
    for bag in bags:
        del bag["pairs"], bag["sentences"], bag["left_out"]
    write_bags(bags, tmp_path / "old.jsonl.gz")  # as they were made before there were pairs
    old = read_labelled([tmp_path / "old.jsonl.gz"], load_themes()).records[0]
    assert isinstance(old, BagOfWords) and not old.pairs and old.content == old.words
    write_bags(many, tmp_path / "b.jsonl.gz")
    back = read_labelled([tmp_path / "b.jsonl.gz"], load_themes()).records
    assert back[2].content == {**many[2]["words"], **many[2]["pairs"]}
    assert isinstance(back[0], BagOfWords)
    assert back[0].words == many[0]["words"]


def test_bags_hold_sentences_without_their_order(tmp_path: Path) -> None:
    common = {"doc": "o/r:f", "genre": "g", "level": "l", "year": "2020", "themes": ["rural"], "maybe": []}
    texts = ["乡村产业兴旺。产业发展快；独此一词。", "产业发展快。乡村产业兴旺！", "乡村产业兴旺，产业发展快。"]
    bags = build_bags([{"id": str(n), "text": text, **common} for n, text in enumerate(texts)])
    assert bags[0]["words"] == bags[1]["words"] and bags[0]["sentences"] == bags[1]["sentences"]
    assert bags[0]["left_out"] > 0 == bags[1]["left_out"]
    assert bags[2]["sentences"] == []  # there is but one
    write_bags(bags, tmp_path / "b.jsonl.gz")
    first, _, last = read_labelled([tmp_path / "b.jsonl.gz"], load_themes()).records
    assert isinstance(first, BagOfWords) and isinstance(last, BagOfWords)
    assert sum(map(Counter, first.sentences), Counter()) == first.content
    assert len(first.sentences) == 2 and first.left_out == bags[0]["left_out"] and last.sentences == ()
    for odd in ([[0]], [[99]], [["0"]], "0", [[0, 1, 2]] * 2):
        write_bags([{**bags[0], "sentences": odd}], tmp_path / "odd.jsonl.gz")
        (problem,) = read_labelled([tmp_path / "odd.jsonl.gz"], load_themes()).problems
        assert problem.field == "sentences"
    write_bags([{**bags[0], "left_out": -1}], tmp_path / "odd.jsonl.gz")
    assert read_labelled([tmp_path / "odd.jsonl.gz"], load_themes()).problems[0].field == "left_out"


def test_figures_with_sources_left_out_stand_in_the_model(
    own: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    toml, _ = own
    common = {"genre": "g", "level": "l", "year": "2020", "maybe": []}
    rows = [
        {"id": f"{n}", "doc": f"owner/r{n % 6}:f{n}", "text": text.format(n, n + 3), "themes": [theme], **common}
        for n in range(36)
        for theme, text in [(("farm", FARM), ("town", TOWN))[n // 6 % 2]]
    ]
    write_bags(build_bags(rows), tmp_path / "bags.jsonl.gz")
    made = retrain(
        [tmp_path / "bags.jsonl.gz"], base=False, themes=toml, out=tmp_path / "m", drop_duplicates=True, exclusive=False
    )
    assert made.unseen_sources is not None
    held = load_model(made.folder)
    assert held.evaluation["unseen_sources"] == made.unseen_sources.as_json()
    assert held.novelty is not None
    assert [group["paragraphs"] for group in held.evaluation["groups"]["genres"]] == [36]
    assert held.evaluation["groups"]["sources"][0]["name"] == "all others"  # six of six paragraphs each
    sources_main([str(made.folder)])
    assert "all others" in capsys.readouterr().out
    with pytest.raises(ZhengyuError, match="no figures by source"):
        sources_main([str(ROOT / "tests" / "data" / "format-3")])  # of before there were any
    assert "sources left out whole" in (made.folder / "MODEL_CARD.md").read_text("utf-8")


def test_official_classes_are_compared(tmp_path: Path, tagger: Tagger) -> None:
    rows = [
        {"text": FARM.format(1, 2), "official_theme": "农业、林业、水利\\农业"},
        {"text": FARM.format(3, 4), "official_theme": "卫生、体育\\卫生"},
        {"text": "请八点前入座。", "official_theme": "农业、林业、水利\\农业"},
    ]
    (tmp_path / "o.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    found = compare_official(tagger, tmp_path / "o.jsonl")
    assert (found.whole.paragraphs, found.whole.tagged, found.whole.top) == (3, 2, 1)
    assert found.baseline == pytest.approx(2 / 3)
    with pytest.raises(ZhengyuError, match="expected JSONL with text"):
        compare_official(tagger, STARTER)


def test_learning_curve_rises_and_is_drawn(
    tmp_path: Path, builtin: list[Record], themes: ThemeSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zhengyu_training.evaluation.learning_curve.SHARES", (0.125, 1.0))
    some = [record for i, record in enumerate(builtin) if i % 6 == 0]
    points = learning_curve(some, themes, folds=2)
    both = sorted((point for point in points if point.source == "both"), key=lambda point: point.paragraphs)
    assert both[-1].micro_f1 > both[0].micro_f1 + 0.05
    write_curve(points, tmp_path / "c.csv", tmp_path / "c.svg")
    assert "<svg" in (tmp_path / "c.svg").read_text("utf-8")
    assert len((tmp_path / "c.csv").read_text("utf-8").splitlines()) == len(points) + 1


def test_codes_are_joined_with_texts_each_text_once(tmp_path: Path) -> None:
    common = {"genre": "g", "level": "l", "year": "2020"}
    texts = [
        {"id": str(n), "doc": "owner/repo:file", "text": text, **common}
        for n, text in enumerate(["乡村产业发展。", "乡村产业发展。", "城区改造。"])
    ]
    (tmp_path / "t.jsonl").write_text("".join(json.dumps(row) + "\n" for row in texts), "utf-8")
    (tmp_path / "a.out").write_text("1\trural,urban\turban\t-\t-\n2\t-\t-\t-\t-\n", "utf-8")
    coded = [{"id": "0", "themes": [], "maybe": []}]
    (tmp_path / "b.jsonl").write_text(json.dumps(coded[0]) + "\n", "utf-8")
    bags_main(["--texts", str(tmp_path / "t.jsonl"), "--codes", str(tmp_path / "a.out"), str(tmp_path / "b.jsonl"),
               "-o", str(tmp_path / "bags.jsonl.gz")])  # fmt: skip
    back = read_labelled([tmp_path / "bags.jsonl.gz"], load_themes()).records
    assert [(record.id, record.themes, record.maybe) for record in back] == [
        ("1", ("rural", "urban"), ()),
        ("2", (), ()),
    ]
    with pytest.raises(ZhengyuError, match="no text of that id"):
        join_codes([], [("9", [], [])])
    # one id in two files: each text is asked for by its file's name, so that no code lands on the other text
    (tmp_path / "u.jsonl").write_text(json.dumps({**texts[2], "id": "0"}, ensure_ascii=False), "utf-8")
    apart = read_texts([tmp_path / "t.jsonl", tmp_path / "u.jsonl"])
    assert [row["text"] for row in join_codes(apart, [("u:0", [], [])])] == [texts[2]["text"]]
    with pytest.raises(ZhengyuError, match="0: names several texts; write t:0 or u:0"):
        join_codes(apart, [("0", [], [])])
    with pytest.raises(ZhengyuError, match="0: names two texts"):
        join_codes([texts[0], {**texts[2], "id": "0"}], [])
    (tmp_path / "c.out").write_text("1 rural\n", "utf-8")
    with pytest.raises(ZhengyuError, match=r"c\.out:1: expected id"):
        read_codes(tmp_path / "c.out")


def test_classes_that_exclude_one_another_are_noticed_and_said(own: tuple[Path, Path], tmp_path: Path) -> None:
    toml, labelled = own
    rows = [row for row in labelled.read_text("utf-8").splitlines() if not row.endswith(",")]
    (tmp_path / "one.csv").write_text("\n".join(rows) + "\n", "utf-8")
    words = ["retrain", "--corpus", str(tmp_path / "one.csv"), "--no-base", "--themes", str(toml), "--no-cache"]
    said = CliRunner().invoke(main, [*words, "-o", str(tmp_path / "m")])
    assert said.exit_code == 0, said.output
    assert (
        "exclude one another" in said.stderr
        and "accuracy 1.0000" in said.stdout
        and "chosen out of fold" in said.stdout
    )
    tagger = Tagger(load_model(tmp_path / "m"))
    assert tagger.model.themes.exclusive
    assert [len(given) for given in tagger.tag(["请入座。", FARM.format(1, 2)])["themes"]] == [1, 1]
    assert tagger.model.evaluation["confusion"]["counts"] == [[15, 0], [0, 15]]
    several = CliRunner().invoke(main, [*words, "--no-exclusive", "--strength", "1", "-o", str(tmp_path / "n")])
    assert "exclude one another" not in several.stderr and not load_model(tmp_path / "n").themes.exclusive
    with pytest.raises(ZhengyuError, match="8 have none and 0 have several"):
        retrain([labelled], base=False, themes=toml, exclusive=True, out=tmp_path / "o")
