"""Facts of documents: written header blocks, the precision of each field on them, and the divisions of the country."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from zhengyu_corpus import make_divisions
from zhengyu_corpus.divisions import Place, divisions, find_place
from zhengyu_corpus.facts import FIELDS, Facts, find_facts
from zhengyu_corpus.splitting import split_document

HEADERS = tomllib.loads((Path(__file__).parents[1] / "data" / "headers.toml").read_text("utf-8"))["document"]
CHECKED = tuple(name for name in FIELDS if name != "division")


def facts_of(text: str, meta: dict[str, str] | None = None) -> Facts:
    return find_facts(split_document(text), (meta or {}).items())


def values(facts: Facts) -> dict[str, str]:
    return {name: getattr(facts, name).value for name in CHECKED if getattr(facts, name) is not None}


def counts() -> dict[str, Counter[str]]:
    """Count for each field what was right, wrong (another value, or one where none is) and missed."""
    found: dict[str, Counter[str]] = {name: Counter() for name in CHECKED}
    for block in HEADERS:
        got = values(facts_of(block["text"], block.get("meta")))
        for name in CHECKED:
            if name in got:
                found[name]["right" if got[name] == block.get(name) else "wrong"] += 1
            elif name in block:
                found[name]["missed"] += 1
    return found


def test_precision_of_each_field() -> None:
    assert len(HEADERS) >= 60
    assert sum("why" in block for block in HEADERS) >= 20  # with something missing, or a trap
    for name, count in counts().items():
        assert count["right"] >= 0.95 * (count["right"] + count["wrong"]), (name, count)
        assert count["right"] >= 0.9 * (count["right"] + count["missed"]), (name, count)


def test_a_fact_is_where_it_says() -> None:
    def bare(text: str) -> str:
        return re.sub(r"[^\u3400-\u9fff\d]", "", text)

    for block in HEADERS:
        facts = facts_of(block["text"], block.get("meta"))
        for name in ("title", "issuer", "number", "source"):
            fact = getattr(facts, name)
            if fact is not None and fact.start >= 0:
                assert bare(fact.value) in bare(block["text"][fact.start : fact.end]), (name, fact)
        assert all(f"{name}: " in facts.told() for name in values(facts))


def test_what_stands_in_the_text_alone_is_no_fact() -> None:
    text = "会议印发了《石城县人民政府关于水利的意见》（石府发〔2020〕5号），2020年5月1日起施行。" * 3
    assert values(facts_of(text)) == {}
    assert values(facts_of("")) == {}


@pytest.mark.parametrize(
    ("name", "year", "place"),
    [
        ("江苏省南京市鼓楼区教育局", None, ("江苏省", "南京市", "鼓楼区", "320106")),
        ("江苏省鼓楼区教育局", None, ("江苏省", "", "", "320000")),  # of two cities
        ("上海市浦东新区川沙新镇", None, ("上海市", "", "浦东新区", "310115")),
        ("襄樊市委", 2008, ("湖北省", "襄樊市", "", "420600")),
        ("莱芜市莱城区", 2016, ("山东省", "莱芜市", "莱城区", "370116")),
        ("思茅地区行政公署", 1999, ("云南省", "思茅地区", "", "530800")),
        ("海南州人民政府", None, ("青海省", "海南藏族自治州", "", "632500")),
        ("海南省人民政府", None, ("海南省", "", "", "460000")),
        ("杭州市青川湾区人民政府", None, ("浙江省", "杭州市", "", "330100")),
        ("通州市人民政府", 2005, ("江苏省", "南通市", "通州市", "320612")),
        ("苏州工业园区教育局", None, ("江苏省", "苏州市", "", "320500")),
        ("大理经济技术开发区", None, ("云南省", "大理白族自治州", "", "532900")),  # of a prefecture and the city in it
        ("昆山高新区", None, ("江苏省", "苏州市", "昆山市", "320583")),
        ("湖北武汉东湖高新区", None, ("湖北省", "武汉市", "", "420100")),
        ("江苏省苏州工业园区", None, ("江苏省", "苏州市", "", "320500")),
        ("江西赣州石城县", None, ("江西省", "赣州市", "石城县", "360735")),
        ("江苏苏州市吴中区", None, ("江苏省", "苏州市", "吴中区", "320506")),
        ("吉林高新区", None, ("吉林省", "", "", "220000")),  # of the city or of the province
    ],
)
def test_place(name: str, year: int | None, place: tuple[str, str, str, str]) -> None:
    assert find_place(name, year) == Place(*place)


@pytest.mark.parametrize(
    "name",
    ["鼓楼区教育局", "县教育局", "青川湾县人民政府", "", "全省", "市中区人民政府", "朝阳开发区", "大兴新区", "东方红开发区", "苏州大学",
     "江苏南京", "中山路开发区"],
)  # fmt: skip
def test_place_that_is_not_decided(name: str) -> None:
    assert find_place(name) is None


def test_divisions_are_whole() -> None:
    with (Path(__file__).parents[2] / "corpus" / "zhengyu_corpus" / "divisions.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    codes = {row["code"] for row in rows}
    now = Counter(row["level"] for row in rows if row["last_year"] == "2024")
    assert (now["province"], now["city"]) == (34, 333)
    assert 2_840 <= now["county"] <= 2_850
    for row in rows:
        assert row["parent"] in codes or row["level"] == "province", row
        assert row["successor"] in codes | {""}, row
        assert 1980 <= int(row["first_year"]) <= int(row["last_year"]) <= 2024, row
    assert [one.name for one in divisions("330100") if one.level == "city"] == ["杭州市"]


def test_the_table_of_divisions_is_read_on_first_use() -> None:
    code = "import sys, zhengyu.batch.runner; assert 'zhengyu_corpus.divisions' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_table_of_divisions_is_made_from_yearly_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("year", "province_name", "city_name", "county_name", "province_adcode", "city_adcode", "county_adcode",
             "province_id", "city_id", "county_id")  # fmt: skip
    top = [("湖北省", "", "", "420000", "", "", "420000", "", "")]
    before = ("湖北省", "襄樊市", "襄阳县", "420000", "420600", "420621", "420000", "420600", "420607")
    after = ("湖北省", "襄阳市", "襄州区", "420000", "420600", "420607", "420000", "420600", "420607")
    city = [(*row[:2], "", *row[3:5], "", *row[6:8], "") for row in (before, after)]
    with (tmp_path / "in.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(names)
        for year in (2009, 2024):
            writer.writerows((year, *row) for row in (*top, city[year == 2024], (before, after)[year == 2024]))
    monkeypatch.setattr(make_divisions, "OUTPUT", tmp_path / "out.csv")
    make_divisions.main(tmp_path / "in.csv")
    assert (tmp_path / "out.csv").read_text("utf-8").splitlines()[1:] == [
        "420000,湖北省,,province,2009,2009,420000", "420000,湖北省,,province,2024,2024,",
        "420600,襄樊市,420000,city,2009,2009,420600", "420600,襄阳市,420000,city,2024,2024,",
        "420607,襄州区,420600,county,2024,2024,", "420621,襄阳县,420600,county,2009,2009,420607",
    ]  # fmt: skip
