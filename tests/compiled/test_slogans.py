"""The compiled finder is the plain one: over odd strings, over the written paragraphs, over a lexicon of one's own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhengyu.compiled.fetch import _lowest
from zhengyu.compiled.slogans.finder import CompiledFinder
from zhengyu.slogans import grammars
from zhengyu.slogans.finder import SloganFinder
from zhengyu.slogans.record import Slogan
from zhengyu.tagger import Tagger
from zhengyu_corpus.records import LabelledParagraph, Record

ODD = [
    "", " ", "“", "”“", "“”", "“一”", "“好”“坏”", "\x00“\x1f”", "𠀀“𠀁𠀂”之行", "之行", "强县", "精神", "一个", "两个之年",
    "三高两低", "第三高两低", "三三三三三三三三三", "十二大行动计划纲要", "1+3+6", "1+3+6.5", "1+3N", "v1+2+", "大学+科技+产业+",
    "互联网+", "互联网+_", "二十二连丰", "“互 联 网+”", "聚焦项目不动摇、聚焦民生不动摇，聚焦不不不动摇", "一是聚焦民生不动摇。二要聚焦项目不动摇。",
    "“坐不住”“等不起”“慢不得”", "「坐不住」、『等不起』", '"敢闯"和"敢试"', "看齐之行、破冰之旅、的问路之行、满满的收获之行", "平安北京 法治上海市 深圳速度",
    "对标一流勇争先，凝心聚力谱新篇", "大干一百天！", "主题：同心同德，共谱新篇。", "山水相连——共话丰年", "看实绩、重公论、讲担当的导向", "《三个一批》和“三个一批”",
    "看齐之行、" * 30, "“" + "长" * 80 + "”", "一二" * 300, "“甲乙”" * 200, "高质量发展" * 100, "“两山”理论", "‘一米’‘两米’", "戴好管党治党“紧箍咒”，努力", "“铁军”精神发扬", "四、未来发展方向", "王林、李江、赵海",
    "县长李江，副县长赵海", "三医联动，三不政策", "中泰命运共同体", "提升服务群众、服务企业、服务发展的水平", "营造读好书、行正道的氛围", "数字产业化、产业数字化、城市数字化协同发展", "要做到讲短话、讲实话、讲新话蔚然成风", "会议强调，高科技、高效能、高质量特征；大家表示，满意", "“1+3+6”", "P.24", "二审杨聪", "“两山理论”", "绿水青山就是金山银山", "ab“cd”ef",
    "坚决打好粮食安全保卫战，打赢攻坚战略阻击战，实施攻坚战略、战略，全面实施大项目战略和战", "狠抓作风，抓在日常、严在经常，久久为功；讲担当、讲奉献、重公论，勇争先",
]  # fmt: skip
PIECES = st.sampled_from(
    [
        *"“”，、。！：之的强不两三个大+19 a\n\r\u3000\u200b𠀀",
        *(grammars.VOW_HEADS[:3] + grammars.VOW_TAILS[:3] + grammars.LABELS[:3] + grammars.EPITHETS[-3:]),
        *("北京", "深圳", "项目", "之行", "之年", "精神", "一是", "二要", "高质量发展", "乡村振兴", "三高两低", "四个走在前", "《", "》", "——"),
        *("看实绩", "重公论", "打好", "实施", "战略", "攻坚战", "保卫", "对标一流", "勇争先进", "简称", "即", "（", "）", '"', "「", "」"),
    ]
)  # fmt: skip
STRINGS = st.lists(PIECES, max_size=40).map("".join) | st.text(st.characters(exclude_categories=("Cs",)), max_size=40)


@pytest.fixture(scope="module")
def finders(tagger: Tagger) -> tuple[CompiledFinder, SloganFinder]:
    # With a low threshold far more candidates come to be compared.
    plain = tagger.finder
    weights = replace(plain.model.weights, threshold=0.02)
    low = SloganFinder(plain.known.entries, plain.places, weights)
    return CompiledFinder(low), low


def rounded(found: Iterable[tuple[int, Slogan]]) -> list[tuple[int, Slogan]]:
    return [(row, replace(slogan, probability=round(slogan.probability, 9))) for row, slogan in found]


def same(finders: tuple[CompiledFinder, SloganFinder], texts: list[str]) -> int:
    plain = [(row, slogan) for row, text in enumerate(texts) for slogan in finders[1].find(text)]
    assert rounded(finders[0].find(pa.array(texts))) == rounded(plain)
    return len(plain)


def test_odd_texts_and_the_written_paragraphs(
    finders: tuple[CompiledFinder, SloganFinder], builtin: list[Record]
) -> None:
    assert same(finders, ODD) > 30
    assert same(finders, [r.text for r in builtin if isinstance(r, LabelledParagraph)]) > 1_000


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(STRINGS, min_size=1, max_size=10))
def test_any_text(finders: tuple[CompiledFinder, SloganFinder], texts: list[str]) -> None:
    same(finders, texts)


def test_nulls_slices_and_nothing(finders: tuple[CompiledFinder, SloganFinder]) -> None:
    texts = pa.array(["高质量发展", None, "推动乡村振兴。", ""]).slice(1)
    assert [(row, slogan.surface) for row, slogan in finders[0].find(texts)] == [(1, "乡村振兴")]
    assert list(finders[0].find(pa.array([], pa.string()))) == []


def test_a_lexicon_of_ones_own(tagger: Tagger, tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    own.write_text("normal,type\n山城一盘棋,coinage\nA+B行动,coinage\n", encoding="utf-8")
    plain = Tagger(tagger.model, lexicon=own).finder
    texts = ["下好山城一盘棋。", "实施A+B行动，“山城 一盘棋”越下越活。", *ODD]
    assert same((CompiledFinder(plain), plain), texts) > 3


def test_a_lexicon_and_places_beyond_the_basic_plane(tagger: Tagger, tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    # The simplified form of 㑮 lies beyond the plane.
    own.write_text("normal,type\n𠀀城一盘棋,coinage\n㑮才行动,coinage\n山城𪛖,coinage\n", encoding="utf-8")
    plain = Tagger(tagger.model, lexicon=own).finder
    plain = SloganFinder(plain.known.entries, [*plain.places, "𠀁州", "㑮城"], plain.model.weights)
    texts = [
        "下好“𠀀城 一盘棋”。",
        "实施㑮才行动，㑮才行动。山城𪛖",
        "平安𠀁州 法治㑮城 平安𠀂州",
        "𠀂城一盘棋，城一盘棋𠀀",
        *ODD,
    ]
    assert {found.surface for found in plain.find("".join(texts[:2]))} == {"𠀀城 一盘棋", "㑮才行动", "山城𪛖"}
    assert same((CompiledFinder(plain), plain), texts) > 30


def test_a_model_that_knows_more_than_is_asked_for(tagger: Tagger) -> None:
    plain = tagger.finder
    learnt, names = plain.model.weights, ("length 27", "in size 40", "is even 2 of 12", "in quotation 9")
    more = range(len(learnt.features), len(learnt.features) + len(names))
    weights = replace(
        learnt,
        features={**learnt.features, **dict(zip(names, more, strict=True))},
        idf=np.append(learnt.idf, [5.0] * len(names)),
        accept=np.append(learnt.accept, [9.0] * len(names)),
        typing=np.vstack([learnt.typing, np.full((len(names), learnt.typing.shape[1]), 9.0)]),
        threshold=0.02,
    )
    able = SloganFinder(plain.known.entries, plain.places, weights)
    assert same((CompiledFinder(able), able), ODD) > 30


@pytest.mark.parametrize("kind", [int, np.int64, np.uint64, np.int32, np.uint32])
def test_the_lowest_bit_in_plain_python(kind: type) -> None:
    assert [_lowest(kind(number)) for number in (1, 6, 96, 1 << 30)] == [0, 1, 5, 30]


def test_a_shape_tells_the_type_that_a_model_has_not_learnt(tagger: Tagger) -> None:
    plain = tagger.finder
    learnt = plain.model.weights
    kept = [number for number, name in enumerate(learnt.types) if name not in ("exhortation", "coinage")]
    weights = replace(
        learnt,
        types=tuple(learnt.types[number] for number in kept),
        typing=learnt.typing[:, kept],
        typing_bias=learnt.typing_bias[kept],
        threshold=0.02,
    )
    untaught = SloganFinder(plain.known.entries, plain.places, weights)
    text = "要聚焦项目建设不动摇，形成“党建+集市”的新办法。"
    assert {one.surface: one.type for one in untaught.find(text) if not one.known} == {
        "聚焦项目建设不动摇": "exhortation", "党建+集市": "coinage",
    }  # fmt: skip
    assert same((CompiledFinder(untaught), untaught), [text, *ODD]) > 30


def test_kept_tables_are_those_that_were_built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tagger: Tagger) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    plain = tagger.finder
    built, kept = CompiledFinder(plain), CompiledFinder(plain)
    assert all(np.array_equal(*both) for both in zip(built._tables, kept._tables, strict=True))
    (path,) = (tmp_path / "zhengyu").glob("slogan-tables-*.arrays")
    whole = path.read_bytes()
    path.unlink()  # it is mapped into memory: another takes its place
    path.write_bytes(whole[:-1000] + bytes(1000))
    mended = CompiledFinder(plain)
    assert path.read_bytes() == whole
    assert all(np.array_equal(*both) for both in zip(built._tables, mended._tables, strict=True))
    fewer = CompiledFinder(SloganFinder(plain.known.entries[1:], plain.places, plain.model.weights))
    assert len(fewer._tables.own) == len(built._tables.own) - 1


def test_company_counts_over_the_document(tagger: Tagger) -> None:
    whats = ("园区提质", "乡村振兴", "水网建设", "养老服务")
    texts = [f"今年要聚焦{what}不动摇，把该补的短板一件一件补起来。" for what in whats]

    def vows(found: list[tuple[Slogan, ...]]) -> list[Slogan]:
        return [slogan for slogans in found for slogan in slogans if slogan.surface.endswith("不动摇")]

    alone, together = vows([tagger.finder.find(text) for text in texts]), vows(tagger.finder.find_document(texts))
    assert len(together) == len(whats) >= len(alone) > 0
    assert together[0].probability > alone[0].probability
    by_method = tagger.slogans(texts, document=True)
    assert by_method["surface"].str.endswith("不动摇").sum() == len(whats)


def test_documents_take_the_compiled_way_too(
    finders: tuple[CompiledFinder, SloganFinder], builtin: list[Record]
) -> None:
    vows = [f"今年要聚焦{what}不动摇，把短板补起来。" for what in ("园区提质", "乡村振兴", "水网建设", "养老服务")]
    alone = [record.text for record in builtin if isinstance(record, LabelledParagraph)][:60]
    texts, documents = (
        [*vows, *alone, "看齐之行与问路之行", "破冰之行"],
        ["a"] * 4 + ["b"] * 30 + [""] * 30 + ["c", "c"],
    )
    plain: list[tuple[int, Slogan]] = []
    for rows in (range(4), range(4, 34), *([row] for row in range(34, 64)), range(64, 66)):
        each = finders[1].find_document([texts[row] for row in rows])
        plain += [(row, slogan) for row, slogans in zip(rows, each, strict=True) for slogan in slogans]
    assert rounded(finders[0].find(pa.array(texts), documents)) == rounded(plain)
