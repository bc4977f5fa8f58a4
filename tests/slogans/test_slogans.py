"""Slogans: found, typed, normalised, glossed, counted; the lexicon; the parts of a model folder."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Callable
from pathlib import Path

import growth
import pandas as pd
import pytest
from click.testing import CliRunner

from zhengyu.cli import main
from zhengyu.report.slogan_counts import word_frequencies
from zhengyu.slogans.candidates import candidates, features, is_of_paragraph, surroundings
from zhengyu.slogans.counting import HEAT, Counting, count_slogans, families, group_columns
from zhengyu.slogans.finder import SloganFinder
from zhengyu.slogans.gloss import may_be_spelled_out, members, size
from zhengyu.slogans.grammars import numeric
from zhengyu.slogans.known import KnownSlogans
from zhengyu.slogans.model import best_set
from zhengyu.slogans.normal_form import entry_of, merge_key
from zhengyu.slogans.ranking import newest_first
from zhengyu.slogans.storage import PARTS, read_finder
from zhengyu.slogans.view import view
from zhengyu.tagger import Tagger
from zhengyu_corpus.errors import CorpusError, ZhengyuError
from zhengyu_corpus.lexicon import KnownSlogan, check_lexicon, load_lexicon, made_from, without_intensifier
from zhengyu_corpus.records import LabelledParagraph, Record
from zhengyu_corpus.themes import ThemeSet, load_themes

#: Paragraph, and slogans that must be among those found in it, with their types.
FOUND = [
    ("全镇以专精特新为方向，推动高质量发展。", {"专精特新": "canonical", "高质量发展": "canonical"}),
    ("牢记“四个走在前”的嘱托，深化“两山”理论实践。", {"四个走在前": "numeric", "两山": "canonical"}),
    ("回程路上，大家谈得最多的是“江阴板块”和“海宁速度”。", {"江阴板块": "coinage", "海宁速度": "coinage"}),
    ("全力推进“三清三建”行动，形成“党建+集市”的新办法。", {"三清三建": "numeric", "党建+集市": "coinage"}),
    ("对标一流勇争先，凝心聚力谱新篇", {"对标一流勇争先，凝心聚力谱新篇": "couplet"}),
]
#: Quoted words, names and figures that are no slogans.
NONE = [
    "他说“真没想到”，又看了看手里的“苹果”手机。",
    "该店位于人民路18号，营业时间为9时至17时。",
    "",
    "“十强”名单见附件。",
]


@pytest.mark.parametrize(("text", "wanted"), FOUND)
def test_slogans_are_found_with_their_types(tagger: Tagger, text: str, wanted: dict[str, str]) -> None:
    found = {slogan.surface: slogan.type for slogan in tagger.finder.find(text)}
    assert wanted.items() <= found.items()


@pytest.mark.parametrize("text", NONE)
def test_ordinary_words_are_none(tagger: Tagger, text: str) -> None:
    assert tagger.finder.find(text) == ()


def test_spans_point_into_the_source_and_do_not_overlap(tagger: Tagger) -> None:
    text = "落實「兩山」理論，推动高\u200b质量发展，弘扬 敢为人先、负重奋进 的精神。" * 3
    found = tagger.finder.find(text)
    assert {slogan.normal for slogan in found} >= {"高质量发展", "绿水青山就是金山银山"}
    assert all(text[slogan.start : slogan.end] == slogan.surface for slogan in found)
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))
    assert all(0 < slogan.probability <= 1 for slogan in found)


def test_a_paragraph_gives_its_themes_to_slogans_that_have_none(tagger: Tagger) -> None:
    table = tagger.slogans([None, "全县推行“田里装眼睛、地头装喇叭”，稻谷亩产提高一成。", "高质量发展"])
    assert set(table.columns) == {
        "row", "start", "end", "surface", "normal", "type", "themes", "known", "probability", "members",
    }  # fmt: skip
    assert 0 not in set(table["row"])
    assert table.set_index("surface").loc["高质量发展", "themes"] == ["macro"]
    assert tagger.slogans([]).empty


@pytest.mark.parametrize(
    ("text", "slogan", "wanted"),
    [
        ("推进“三清”（清垃圾、清河道、清路障）。", "三清", ("清垃圾", "清河道", "清路障")),
        (
            "实行“四问”：问需于民、问计于民、问效于民、问廉于民。",
            "四问",
            ("问需于民", "问计于民", "问效于民", "问廉于民"),
        ),
        ("党费收缴、组织生活、台账管理（简称“三规范”）全面推开。", "三规范", ("党费收缴", "组织生活", "台账管理")),
        ("推进“三清”（清垃圾、清河道）。", "三清", ()),
        ("推进“三清”行动。", "三清", ()),
        ("推动高质量发展（见附件、名单、说明）。", "高质量发展", ()),
    ],
)
def test_gloss(text: str, slogan: str, wanted: tuple[str, ...]) -> None:
    seen = view(text).text
    start = seen.index(slogan)
    assert members(seen, start, start + len(slogan)) == wanted


def test_size_adds_up() -> None:
    assert [size(text) for text in ("四个走在前", "三高两低", "十二条", "两新", "高质量")] == [4, 5, 12, 2, 0]


def test_normal_forms_join_variants_and_nothing_else() -> None:
    known = KnownSlogans(
        [
            KnownSlogan("绿水青山就是金山银山", ("两山理论",), "canonical"),
            KnownSlogan("看实绩、重公论", (), "exhortation"),
            KnownSlogan("谱写中国式现代化新篇章", (), "exhortation"),
            KnownSlogan("人民对美好生活的向往", (), "canonical"),
        ]
    )
    places = frozenset({"江苏"})
    same = [
        "“两山”理论",
        "兩山 理論",
        "重公论、看实绩",
        "看实绩，重公论",
        "谱写中国式现代化江苏新篇章",
        "人民对美好生活向往",
    ]
    assert all(entry_of(text, known, places) >= 0 for text in same)
    other = ["两山论述", "看实绩、重公议", "谱写中国式现代化新诗篇", "人民对幸福生活的向往"]
    assert all(entry_of(text, known, places) < 0 for text in other)
    assert merge_key("比学赶超的劲头") != merge_key("比学赶帮的劲头")


def test_the_best_set_does_not_overlap_and_prefers_what_is_sure() -> None:
    spans = [(0, 4), (0, 9), (5, 9), (9, 12)]
    assert best_set(spans, [0.9, 0.5, 0.9, 0.1], 0.3) == [0, 2]
    assert best_set(spans, [0.4, 0.95, 0.4, 0.8], 0.3) == [1, 3]
    assert best_set(spans, [0.1, 0.1, 0.1, 0.1], 0.3) == []


#: Slogans that a dictionary of the language has as words too.
WORDS_TOO = {
    "一国两制", "三个代表", "三自爱国", "两个凡是", "三通", "人民公社", "双拥", "土特产", "大跃进", "实事求是", "店小二", "毛泽东思想",
    "科教兴市", "自力更生", "艰苦奋斗", "菜篮子", "解放思想", "邓小平理论", "马克思列宁主义",
}  # fmt: skip


def test_the_built_in_lexicon_is_large_and_sound(themes: ThemeSet) -> None:
    entries = load_lexicon(None, themes)
    assert len(entries) >= 6000
    problems = check_lexicon(entries, word_frequencies(), where="lexicon")
    ordinary = [problem for problem in problems if "ordinary word" in problem.what]
    assert {problem.what.split("'")[1] for problem in ordinary} <= WORDS_TOO
    assert not [problem for problem in problems if "the other way round" in problem.what]
    assert len(problems) - len(ordinary) <= 5
    assert {entry.type for entry in entries} == {
        "canonical", "numeric", "coinage", "exhortation", "couplet", "metaphor", "verse",
    }  # fmt: skip
    assert len({entry.normal for entry in entries}) == len(entries)


def lexicon(path: Path, rows: list[tuple[str, ...]], header: tuple[str, ...] = ("normal", "type", "themes")) -> Path:
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([header, *rows])
    return path


def test_a_users_lexicon_extends_or_replaces(tmp_path: Path, tagger: Tagger) -> None:
    own = lexicon(tmp_path / "own.csv", [("村口那盏灯", "metaphor", "rural")])
    text = "大家都盼着村口那盏灯，也盼着高质量发展。"
    assert [s.surface for s in tagger.finder.find(text)] == ["高质量发展"]
    more = Tagger(tagger.model, lexicon=own).finder.find(text)
    assert next((s.surface, s.type, s.themes, s.probability) for s in more) == (
        "村口那盏灯",
        "metaphor",
        ("rural",),
        1.0,
    )
    assert "高质量发展" in {s.surface for s in more}
    alone = Tagger(tagger.model, lexicon=own, lexicon_only=True).finder
    assert [entry.normal for entry in alone.known.entries] == ["村口那盏灯"]


def test_bad_rows_of_a_lexicon_are_all_listed(tmp_path: Path, themes: ThemeSet) -> None:
    rows = [
        ("好", "metaphor", ""),
        ("拼搏三年", "songs", ""),
        ("拼搏三年", "metaphor", "rurall"),
        ("只有两格", "verse"),
    ]
    with pytest.raises(CorpusError) as error:
        load_lexicon(lexicon(tmp_path / "own.csv", rows), themes)
    assert len(error.value.problems) == 5
    assert all(part in str(error.value) for part in ("own.csv:2", "songs", "rural", "stands in line 3 too", "got 2"))
    with pytest.raises(ZhengyuError, match="expected a header"):
        load_lexicon(lexicon(tmp_path / "b.csv", [], ("slogan", "kind")), themes)
    with pytest.raises(ZhengyuError, match="cannot be read"):
        load_lexicon(tmp_path / "none.csv", themes)


def test_parts_are_checked(tagger: Tagger, themes: ThemeSet) -> None:
    parts = {name: tagger.model.extras[name] for name in PARTS}
    with pytest.raises(ZhengyuError, match="finds no slogans"):
        read_finder({}, themes, where="folder")
    for name in ("slogans.json", "slogans.npz"):
        with pytest.raises(ZhengyuError, match=name):
            read_finder({**parts, name: b"{}"}, themes, where="folder")


def tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    paragraphs = pd.DataFrame(
        {"id": [f"p{i}" for i in range(8)], "year": ["2020"] * 4 + ["2024"] * 4, "doc": list("aabbccdd")}
    )
    rows = [
        ("p0", "乡村振兴", "乡村振兴", True),
        ("p1", "乡村振兴", "乡村振兴", True),
        ("p0", "乡村振兴", "乡村振兴", True),
    ]
    rows += [("p5", "快的节奏", "快的节奏", False), ("p6", "快节奏", "快节奏", False)]
    slogans = pd.DataFrame(rows, columns=["id", "surface", "normal", "known"])
    slogans["type"] = "coinage"
    return paragraphs, slogans


def test_counting() -> None:
    paragraphs, slogans = tables()
    counts = count_slogans(paragraphs, slogans, Counting(by=("year",), date="year", doc="doc"))
    first, second = counts.to_dict("records")
    assert (first["normal"], first["count"], first["paragraphs"], first["documents"]) == ("乡村振兴", 3, 2, 1)
    assert first["of_paragraphs"] == 4
    assert first["per_10k"] == 5000
    assert first["low"] == pytest.approx(1500.3, abs=0.5)  # Wilson, 2 of 4
    assert first["high"] == pytest.approx(8499.7, abs=0.5)
    assert (first["heat"], first["first"], first["new"]) == (HEAT[0], "2020", False)
    assert (second["paragraphs"], second["new"], second["first"]) == (2, True, "2024")
    assert second["surfaces"] == "快的节奏|快节奏"
    whole = count_slogans(paragraphs, slogans)
    assert list(whole["paragraphs"]) == [2, 2]
    assert set(count_slogans(paragraphs, slogans, Counting(heat=(0.9, 0.8, 0.7, 0.6, 0.5)))["heat"]) == {"冷"}


def test_counting_refuses_what_does_not_fit() -> None:
    paragraphs, slogans = tables()
    with pytest.raises(ZhengyuError, match="no column place"):
        count_slogans(paragraphs, slogans, Counting(by=("place",)))
    with pytest.raises(ZhengyuError, match="not in the table"):
        count_slogans(paragraphs.iloc[:3], slogans)
    with pytest.raises(ZhengyuError, match="distinct ids"):
        count_slogans(paragraphs.assign(id="p0"), slogans)
    with pytest.raises(ZhengyuError, match="falling shares"):
        Counting(heat=(0.1, 0.2, 0.3, 0.4, 0.5))


def test_the_command_counts_a_table(tmp_path: Path) -> None:
    source = tmp_path / "news.csv"
    pd.DataFrame(
        {"year": ["2023", "2024"], "text": ["全县推动高质量发展，农民收入增长。", "会议于上午九时在二楼召开。"]}
    ).to_csv(source, index=False)
    out = tmp_path / "counts.csv"
    result = CliRunner().invoke(main, ["slogans", str(source), "--by", "year", "--date", "year", "-o", str(out)])
    assert result.exit_code == 0, result.output
    assert "高质量发展" in result.output
    assert pd.read_csv(out)["normal"].tolist() == ["高质量发展"]
    wrong = CliRunner().invoke(main, ["slogans", str(source), "--by", "place"])
    assert wrong.exit_code == 2
    assert "no column place" in wrong.output


def test_the_quick_look_for_a_gloss_misses_none(builtin: list[Record]) -> None:
    glossed = 0
    for record in builtin:
        if not isinstance(record, LabelledParagraph):
            continue
        seen = view(record.text)
        for start, end in numeric(seen):
            if members(seen.text, start, end):
                glossed += 1
                assert may_be_spelled_out(record.text, *seen.normalised.source(start, end)), record.text
    assert glossed > 20


def test_wordings_follow_from_rules_and_are_not_listed() -> None:
    assert set(made_from("看实绩、重公论")) == {"重公论、看实绩", "看实绩重公论"}
    assert "质的有效提升与量的合理增长" in made_from("质的有效提升和量的合理增长")
    assert "人民对美好生活向往" in made_from("人民对美好生活的向往")
    assert without_intensifier("坚决打赢脱贫攻坚战") == "打赢脱贫攻坚战"
    assert without_intensifier("切实办好民生实事") == "办好民生实事"
    assert without_intensifier("全面小康") == "全面小康"
    known = KnownSlogans(
        [KnownSlogan("打赢脱贫攻坚战", (), "canonical"), KnownSlogan("办好民生实事", (), "exhortation")]
    )
    for text in ("坚决打赢脱贫攻坚战", "全面打赢脱贫攻坚战", "切实办好民生实事", "大力办好民生实事"):
        assert entry_of(text, known, frozenset()) >= 0
    assert entry_of("坚决打响脱贫攻坚战", known, frozenset()) < 0


def test_a_lexicon_is_checked(tmp_path: Path) -> None:
    entries = [
        KnownSlogan("看实绩、重公论", (), "exhortation"), KnownSlogan("重公论、看实绩", (), "exhortation"),
        KnownSlogan("苹果", ("青禾会",), "coinage"), KnownSlogan("全面推进依法办事", (), "canonical"),
        KnownSlogan("推进依法办事", (), "canonical"),
    ]  # fmt: skip
    said = [problem.what for problem in check_lexicon(entries, {"苹果": 900}, where="own.csv")]
    assert sum("the other way round" in what for what in said) == 1
    assert sum("'苹果' is an ordinary word" in what for what in said) == 1
    assert any("'推进依法办事' follows by rule from '全面推进依法办事'" in what for what in said)
    own = lexicon(tmp_path / "own.csv", [("青禾会", "coinage", "rural")])
    result = CliRunner().invoke(main, ["slogans", "--check", str(own)])
    assert result.exit_code == 0
    assert "sound" in result.output
    bad = lexicon(tmp_path / "bad.csv", [("青禾会", "coinage", "rural"), ("青禾会", "coinage", "")])
    assert CliRunner().invoke(main, ["slogans", "--check", str(bad)]).exit_code == 2


def test_the_outer_of_known_slogans_is_the_slogan_and_what_wraps_one_is_none() -> None:
    forms = (
        "脱贫攻坚",
        "打赢脱贫攻坚战",
        "高质量发展",
        "推动高质量发展",
        "从严治党",
        "全面从严治党",
        "放管服",
        "放管服改革",
    )
    known = KnownSlogans([KnownSlogan(form, (), "canonical") for form in forms])

    def found(text: str) -> list[str]:
        return [text[one.start : one.end] for one in candidates(view(text), known, frozenset()) if one.entry >= 0]

    assert found("坚决打赢脱贫攻坚战") == ["打赢脱贫攻坚战"]
    assert found("推动高质量发展") == ["高质量发展"]
    assert found("坚持全面从严治党") == ["全面从严治党"]
    assert found("深化放管服改革") == ["放管服"]
    assert {"推动高质量发展", "放管服改革"}.isdisjoint(known.sought)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("进一步全面深化改革的部署", "全面深化改革"),
        ("落实立德树人根本任务", "立德树人"),
        ("投身强国建设、民族复兴伟业", "强国建设、民族复兴"),
        ("加强生态文明建设", "生态文明建设"),
        ("奉行一个中国政策", "一个中国政策"),
        ("全面推进依法治国", "全面推进依法治国"),
    ],
)
def test_a_known_slogan_is_as_short_as_it_can_stand_alone(tagger: Tagger, text: str, wanted: str) -> None:
    seen = view(text)
    able = candidates(seen, tagger.finder.known, tagger.finder.places)
    assert max((text[one.start : one.end] for one in able if one.entry >= 0), key=len) == wanted


@pytest.mark.parametrize(
    ("level", "own", "wanted"),
    [
        ("central", False, ("numeric", "canonical")),
        ("local", False, ("numeric", "coinage")),
        ("central", True, ("numeric", "numeric")),
    ],
)
def test_a_numeric_slogan_that_is_written_out_has_no_number(
    tagger: Tagger, level: str, own: bool, wanted: tuple[str, str]
) -> None:
    entry = KnownSlogan("两型茶园", ("节水型、节肥型茶园",), "numeric", level=level, own=own)
    finder = SloganFinder([entry], (), tagger.finder.model.weights)
    assert tuple(finder.told_of(form, 0)[1] for form in ("两型茶园", "节水型、节肥型茶园")) == wanted


def test_three_parts_and_more_may_run_on() -> None:
    text = "建设数字产业化、产业数字化、城市数字化协同发展的城市，讲团结、求实效的作风"
    able = candidates(view(text), KnownSlogans([]), frozenset())
    found = {text[one.start : one.end] for one in able}
    assert {"数字产业化、产业数字化、城市数字化", "讲团结、求实效"} <= found


def test_features_tell_how_alike_parts_are_and_what_paragraph_it_is() -> None:
    seen = view("会议强调，要高科技、高效能、高质量。")
    known = KnownSlogans([KnownSlogan("高质量", (), "canonical")])
    able = candidates(seen, known, frozenset())
    around = surroundings(seen, able)
    assert {"in prose 1", "in size 0", "in quotation 0", "in cue 强调", "in cue 会议"} == set(around)
    of = {seen.text[one.start : one.end]: set(features(seen, one, None, around)) for one in able}
    whole = of["高科技、高效能、高质量"]
    assert {"is alike ahead", "is alike 1", "is even 3 of 3", "is without de", "is bound 01", "is sentence 01"} <= whole
    assert "is alike behind" not in whole
    assert {name for name in whole if is_of_paragraph(name)} == set(around)
    assert not any(name.startswith("is alike") for name in of["高质量"])


def test_new_slogans_are_ranked_by_probability_and_spread_and_become_a_lexicon(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {
            "id": [f"p{i}" for i in range(6)], "doc": list("abcdef"), "year": ["2021", "2022", "2022", "2022", "2023", "2023"],
            "place": ["甲", "乙", "丙", "甲", "甲", "甲"], "text": ["板凳议事会" for _ in range(6)],
        }
    )  # fmt: skip
    rows = [(f"p{i}", "板凳议事会", "板凳议事会", False, 0.5) for i in (1, 2, 3)] + [
        ("p4", "田长日", "田长日", False, 0.9)
    ]
    slogans = pd.DataFrame(rows, columns=["id", "surface", "normal", "known", "probability"])
    slogans["type"], slogans["start"] = "coinage", 0
    counts = newest_first(count_slogans(table, slogans, Counting(date="year", doc="doc", place="place")), {})
    assert counts["normal"].tolist() == ["板凳议事会", "田长日"]
    first = counts.iloc[0]
    assert (first["documents"], first["places"], first["where"]) == (3, 3, "p1|p2|p3")
    assert first["burst"] == pytest.approx((3 - 1.5) / 0.75**0.5)
    paragraphs, found, listed = tmp_path / "p.csv", tmp_path / "s.csv", tmp_path / "new.xlsx"
    table.to_csv(paragraphs, index=False)
    slogans.to_csv(found, index=False)
    command = ["slogans", str(paragraphs), "--slogans", str(found), "--new", "--date", "year", "-o", str(listed)]
    shown = CliRunner().invoke(main, command)
    assert shown.exit_code == 0, shown.output
    assert "in p1, p2, p3" in shown.output
    filled = pd.read_excel(listed, dtype=object, engine="openpyxl")
    assert filled["accept"].isna().all()
    nothing = CliRunner().invoke(main, ["slogans", "--accept", str(listed), "-o", str(tmp_path / "own.csv")])
    assert nothing.exit_code == 2
    assert "no row is accepted" in nothing.output
    filled["accept"] = ["yes", "no"]
    filled.to_excel(listed, index=False)
    done = CliRunner().invoke(main, ["slogans", "--accept", str(listed), "-o", str(tmp_path / "own.csv")])
    assert done.exit_code == 0, done.output
    entry = load_lexicon(tmp_path / "own.csv", load_themes())[0]
    assert (entry.normal, entry.type, entry.first_year, entry.level) == ("板凳议事会", "coinage", "2022", "local")


def test_families_show_small_changes_of_a_formulation() -> None:
    texts = {"a": "坚决打赢脱贫攻坚战。", "b": "打赢脱贫攻坚战。", "c": "脱贫攻坚取得成效。", "d": "发展产业。"}
    known = KnownSlogans([KnownSlogan("脱贫攻坚", (), "canonical"), KnownSlogan("打赢脱贫攻坚战", (), "canonical")])
    rows = [
        ("a", 4, 9, "脱贫攻坚战", "脱贫攻坚"),
        ("b", 2, 7, "脱贫攻坚战", "脱贫攻坚"),
        ("c", 0, 4, "脱贫攻坚", "脱贫攻坚"),
    ]
    slogans = pd.DataFrame(rows, columns=["id", "start", "end", "surface", "normal"])
    out = families(slogans, texts, known, {"a": "2020", "b": "2018", "c": "2021"})
    assert set(out["family"]) == {"脱贫攻坚"}
    assert list(zip(out["wording"], out["first"], strict=True)) == [
        ("打赢脱贫攻坚战", "2018"), ("坚决打赢脱贫攻坚战", "2020"), ("脱贫攻坚", "2021"),
    ]  # fmt: skip


def test_the_plain_path_takes_time_in_proportion_to_the_text(tagger: Tagger) -> None:
    def finding(text: str) -> Callable[[], object]:
        return lambda: tagger.finder.find(text)

    for piece in ("好！", "1+N", "“好”", "三个", "高质量发展", "看实绩、", "《a", "一二"):
        assert growth.measure(finding(piece * 2_000), finding(piece * 4_000)).factor <= growth.LIMIT, piece


@pytest.mark.parametrize("column", ["type", "known", "themes", "count", "surface", "start"])
def test_counting_goes_by_the_paragraphs_column_though_slogans_have_one_too(column: str) -> None:
    values = ["通报", "通报", "规划"]
    paragraphs = pd.DataFrame({"id": ["a", "b", "c"], column: values})
    slogans = pd.DataFrame(
        {"id": ["a", "b", "c"], "surface": "四个自信", "normal": "四个自信", "type": "numeric", "known": True,
         "themes": [["party"]] * 3, "start": 0}
    )  # fmt: skip
    counts = count_slogans(paragraphs, slogans, Counting(by=(column,), date=column, doc=column))
    (name,) = group_columns([column])
    assert counts[name].tolist() == ["规划", "通报"]
    assert counts["of_paragraphs"].tolist() == [1, 2]
    assert counts["normal"].tolist() == ["四个自信"] * 2
    assert counts["type"].tolist() == ["numeric"] * 2
    assert counts["documents"].tolist() == [1, 1]


def test_lists_are_groups_as_tables_without_lists_hold_them() -> None:
    paragraphs = pd.DataFrame({"id": ["a", "b"], "themes": [["rural", "water"], []]})
    slogans = pd.DataFrame({"id": ["a"], "surface": "x", "normal": "x", "type": "numeric", "known": True})
    assert count_slogans(paragraphs, slogans, Counting(by=("themes",)))["themes"].tolist() == ["rural;water"]


def test_keys_of_a_large_lexicon_are_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tagger: Tagger) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    entries = tagger.finder.known.entries
    made = KnownSlogans(entries)
    (path,) = (tmp_path / "zhengyu").glob("slogan-keys-*.arrays")
    kept = KnownSlogans(entries)
    whole = path.read_bytes()
    path.write_bytes(whole[:-200] + bytes(200))
    mended = KnownSlogans(entries)
    assert path.read_bytes() == whole
    for other in (kept, mended):
        assert list(other.by_key.items()) == list(made.by_key.items())
        assert list(other.sought.items()) == list(made.sought.items())
    KnownSlogans(entries[:10])
    assert len(list((tmp_path / "zhengyu").glob("slogan-keys-*"))) == 1
