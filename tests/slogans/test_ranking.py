"""New slogans are ranked: those most worth a look first."""

from __future__ import annotations

import pandas as pd
import pytest

from zhengyu.slogans.counting import Counting, count_slogans
from zhengyu.slogans.normal_form import merge_key
from zhengyu.slogans.ranking import newest_first, signs_of
from zhengyu_corpus.errors import ZhengyuError

#: Text, normal form and type of one new slogan by what speaks for it or against it.
RANKED = {
    "made and named": ("坚持“看实绩、重公论”的原则。", "看实绩、重公论", "exhortation"),
    "named ahead": ("喊出“板凳上议事”，", "板凳上议事", "coinage"),
    "named behind": ("办好“我的家”主题活动。", "我的家", "coinage"),
    "made": ("他说“人勤春早，功到秋实”。", "人勤春早、功到秋实", "couplet"),
    "plus": ("在“工厂+田园”里，", "工厂+田园", "coinage"),
    "numeric": ("有“三清一改”，", "三清一改", "numeric"),
    "in prose": ("走进平安柳河看看。", "平安柳河", "coinage"),
    "quoted alone": ("从“政府角度”看，", "政府角度", "coinage"),
    "uneven parts": ("那样“巨大、美丽而又可怕”，", "巨大、美丽而又可怕", "exhortation"),
    "phrase": ("谈到“水的价格”，", "水的价格", "coinage"),
    "word": ("觉得“莫名其妙”，", "莫名其妙", "coinage"),
    "numeric word": ("能“四两拨千斤”，", "四两拨千斤", "numeric"),
}


def test_what_speaks_for_a_new_slogan_beside_its_probability() -> None:
    texts = {name: text for name, (text, _, _) in RANKED.items()}
    rows = []
    for name, (text, normal, kind) in RANKED.items():
        surface = normal if normal in text else normal.replace("、", "，")
        rows.append((name, text.index(surface), surface, normal, kind, False, 0.5))
    slogans = pd.DataFrame(rows, columns=["id", "start", "surface", "normal", "type", "known", "probability"])
    signs = signs_of(slogans, texts, {"莫名其妙", "四两拨千斤"})
    of = {name: signs[merge_key(normal)] for name, (_, normal, _) in RANKED.items()}
    assert of["made and named"] > of["named ahead"] == of["named behind"]
    assert {of[name] for name in ("named ahead", "made", "plus", "numeric", "in prose")} == {2.0}
    assert of["quoted alone"] == of["uneven parts"] == 0.0
    assert of["quoted alone"] > of["phrase"] > of["word"] == of["numeric word"]
    counts = newest_first(count_slogans(pd.DataFrame({"id": list(texts)}), slogans), signs)
    assert counts["normal"].iloc[0] == "看实绩、重公论"
    assert set(counts["normal"].tail(2)) == {"莫名其妙", "四两拨千斤"}
    with pytest.raises(ZhengyuError, match="column 'start'"):
        signs_of(slogans.drop(columns="start"), texts, set())


def test_the_year_of_a_single_document_ranks_no_new_slogan() -> None:
    years = ["2020", *["2021"] * 9]
    table = pd.DataFrame({"id": [f"p{i}" for i in range(10)], "year": years})
    rows = [("p0", "甲乙丙丁", 0.6), ("p1", "戊己庚辛", 0.7)]
    slogans = pd.DataFrame(rows, columns=["id", "normal", "probability"])
    slogans["surface"], slogans["type"], slogans["known"] = slogans["normal"], "coinage", False
    counts = newest_first(count_slogans(table, slogans, Counting(date="year")), {})
    assert counts["normal"].tolist() == ["戊己庚辛", "甲乙丙丁"]
