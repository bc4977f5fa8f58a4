"""A comparison counts right, its intervals and false discoveries hold, and sentences meet those that they were."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import zhengyu
from zhengyu.cli import main
from zhengyu.findings.alignment import align_sentences, edits
from zhengyu.findings.compare import (
    Side,
    compare,
    log_odds,
    slogan_differences,
    theme_differences,
    word_differences,
)
from zhengyu.io.writers import write_table
from zhengyu.tagger import Tagger
from zhengyu_corpus.errors import ZhengyuError

OLD = """青石县人民政府工作报告（2023年）

过去一年，全县新建高标准农田三万亩，农民收入增长百分之八。关停沿河小散企业四家。

今年要坚持稳中求进，签约工业项目十七个。办好老年食堂二十处。
"""
NEW = """青石县人民政府工作报告（2024年）

今年要坚持稳中求进，签约工业项目二十个。

过去一年，全县新建高标准农田五万亩，农民收入增长百分之七。开通城乡公交六条，“一村一品”覆盖全部乡镇。
"""


def side(name: str, counts: np.ndarray, sizes: np.ndarray) -> Side:
    """Return a side of one theme from its paragraphs in each document."""
    found = Side(name, int(sizes.sum()), {str(i): int(n) for i, n in enumerate(sizes)})
    found.themes.update({(str(i), "rural"): int(n) for i, n in enumerate(counts)})
    return found


def test_intervals_of_differences_cover_the_truth() -> None:
    """Documents that differ among themselves: 95 % intervals hold the true difference in 93 to 98 of 100 draws."""
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(400):
        sides = []
        for name, share in (("a", 0.2), ("b", 0.3)):
            sizes = rng.integers(5, 16, 15)
            own = rng.beta(6 * share, 6 * (1 - share), 15)
            sides.append(side(name, rng.binomial(sizes, own), sizes))
        row = theme_differences(*sides, draws=200).iloc[0]
        held += row["low"] <= 0.1 <= row["high"]
    assert 0.93 <= held / 400 <= 0.98


def test_false_discoveries_are_held() -> None:
    """Where nothing differs, hardly any comparison of thirty themes finds something."""
    rng = np.random.default_rng(2)
    wrong = 0
    for _ in range(100):
        sides = []
        for name in ("a", "b"):
            one = Side(name, 200, {str(i): 10 for i in range(20)})
            for theme in range(30):
                own = rng.beta(1, 9, 20)
                one.themes.update({(str(i), f"t{theme:02}"): int(n) for i, n in enumerate(rng.binomial(10, own)) if n})
            sides.append(one)
        wrong += bool(theme_differences(*sides, draws=200)["differs"].any())
    assert wrong <= 10


def test_what_stands_nowhere_on_one_side_is_not_certain() -> None:
    table = theme_differences(side("a", np.array([0]), np.array([6])), side("b", np.array([2]), np.array([6])))
    row = table.iloc[0]
    assert (row["count_a"], row["count_b"], row["differs"]) == (0, 2, False)
    assert row["low"] < 0 < row["high"]


def test_log_odds_are_those_of_the_paper() -> None:
    """Against the formula written out word by word (Monroe et al. 2008, equations 16 and 22)."""
    a, b, prior = [5, 0, 40, 7], [1, 9, 35, 7], 8.0
    ratio, z = log_odds(a, b, prior)
    total, n_a, n_b = sum(a) + sum(b), sum(a), sum(b)
    for word in range(4):
        alpha = prior * (a[word] + b[word]) / total
        there = np.log((b[word] + alpha) / (n_b + prior - b[word] - alpha))
        here = np.log((a[word] + alpha) / (n_a + prior - a[word] - alpha))
        assert ratio[word] == pytest.approx(there - here)
        assert z[word] == pytest.approx((there - here) / np.sqrt(1 / (a[word] + alpha) + 1 / (b[word] + alpha)))


def test_words_are_ordered_and_rare_ones_left_out() -> None:
    table = word_differences({"农田": 30, "的话": 50, "偶尔": 1}, {"数字": 40, "的话": 50})
    assert table["word"].tolist() == ["数字", "的话", "农田"]
    assert table["z"].iloc[0] > 1.96
    assert abs(table["z"].iloc[1]) < 1.96


def test_slogans_are_new_gone_risen_fallen() -> None:
    def made(name: str, counts: dict[str, int]) -> Side:
        rows = [(f"{name}{i}", normal) for normal, n in counts.items() for i in range(n)]
        table = pd.DataFrame(rows, columns=["id", "normal"]).assign(type="coinage", known=True)
        return Side(name, 200, {name: 200}, slogans=table, of_id={f"{name}{i}": name for i in range(200)})

    table = slogan_differences(
        made("a", {"旧提法": 5, "上升的": 3, "下降的": 60, "相近": 50, "看实绩、重公论": 2}),
        made("b", {"新提法": 5, "上升的": 60, "下降的": 3, "相近": 50, "重公论、看实绩": 2}),
    ).set_index("normal")
    assert table["change"].to_dict() == {
        "新提法": "new", "上升的": "risen", "下降的": "fallen", "旧提法": "gone", "相近": "alike",
        "重公论、看实绩": "alike",
    }  # fmt: skip
    assert table.loc["重公论、看实绩", ["count_a", "count_b"]].tolist() == [2, 2]
    assert table.loc["上升的", "per_10k_b"] == 3000


def test_sentences_meet_what_they_were() -> None:
    table = align_sentences(
        ["一、总体要求", "农民收入增长百分之八。", "关停小散企业四家。", "签约工业项目十七个。", "加强作风建设。"],
        ["签约工业项目二十个。", "一、总体要求", "农民收入增长百分之七以上。", "开通城乡公交六条。", "加强作风建设。"],
    )
    assert table[["change", "number_a", "number_b", "moved"]].astype(object).where(table.notna(), None).values.tolist() == [
        ["changed", 4, 1, True], ["same", 1, 2, False], ["changed", 2, 3, False], ["dropped", 3, None, False],
        ["added", None, 4, False], ["same", 5, 5, False],
    ]  # fmt: skip
    assert table["wording"][2] == "农民收入增长百分之[-八-]{+七以上+}。"
    assert align_sentences([], ["新。"])["change"].tolist() == ["added"]


@pytest.mark.parametrize(
    ("a", "b"), [("甲乙丙", "甲丙丁"), ("", "新"), ("增长百分之八", "增长8%"), ("三十六处", "三十处"), ("一样", "一样")]
)
def test_edits_give_both_sentences_back(a: str, b: str) -> None:
    made = edits(a, b)
    assert "".join(old for _, old, _ in made) == a
    assert "".join(new for _, _, new in made) == b


def test_frames_are_compared(tagger: Tagger) -> None:
    old, new = (pd.DataFrame(tagger.tag_document(text)) for text in (OLD, NEW))
    found = compare(old, new, names=("2023", "2024"), tagger=tagger)
    assert found.paragraphs == (2, 2)
    assert found.documents == (1, 1)
    assert found.sentences is not None
    assert found.sentences["change"].value_counts().to_dict() == {"changed": 3, "dropped": 2, "added": 1}
    assert "一村一品" in found.slogans[found.slogans["change"] == "new"]["normal"].tolist()
    assert zhengyu.compare is compare
    assert json.loads(json.dumps(found.as_json(), ensure_ascii=False, default=str))["names"] == ["2023", "2024"]
    with pytest.raises(ZhengyuError, match="2024: expected tagged paragraphs of prose"):
        compare(old, new[new["kind"] == "heading"], names=("2023", "2024"), tagger=tagger)
    with pytest.raises(ZhengyuError, match="expected a column 'themes'"):
        compare(old, new[["text"]], tagger=tagger)


def test_the_command_reads_documents_and_tables(tagger: Tagger, tmp_path: Path) -> None:
    for name, text in (("2023.txt", OLD), ("2024.txt", NEW)):
        (tmp_path / name).write_text(text, "utf-8")
    paths = [str(tmp_path / "2023.txt"), str(tmp_path / "2024.txt")]

    def run(*words: str) -> str:
        made = CliRunner().invoke(main, ["compare", *words])
        assert made.exit_code == 0, made.output
        return made.output

    shown = run(*paths, "-o", str(tmp_path / "c.csv"))
    assert set(pd.read_csv(tmp_path / "c.csv")["what"]) == {"theme", "slogan", "sentence"}
    assert "农民收入增长百分之[-八-]{+七+}。" in shown
    assert "one document, so its intervals" in shown
    assert "dropped [-办好老年食堂二十处。-]" in shown
    tables = [pd.DataFrame(tagger.tag_document(text)).assign(year=year, file=f"{year}.txt")
              for text, year in ((OLD, 2023), (NEW, 2024))]  # fmt: skip
    both = pd.concat(tables, ignore_index=True).assign(id=[str(i) for i in range(6)])
    write_table(both, tmp_path / "both.csv")
    by = json.loads(run(str(tmp_path / "both.csv"), "--by", "year=2023,2024", "--json"))
    assert by["names"] == ["2023", "2024"]
    assert len(by["sentences"]) > 5
    run(*paths, "-o", str(tmp_path / "c.html"), "--language", "en")
    page = (tmp_path / "c.html").read_text("utf-8")
    assert "百分之<del>八</del><ins>七</ins>。" in page
    assert "hold for this document alone" in page
    for words in (paths[:1], [*paths, "--by", "year=2023"]):
        assert CliRunner().invoke(main, ["compare", *words]).exit_code == 2
