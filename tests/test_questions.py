"""Each question that people come with has its command: asked of the forty documents of docs/error-bars.md, tagged once."""

from __future__ import annotations

import json
from pathlib import Path

import docs_sessions
import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner

from zhengyu.cli import main

pytestmark = pytest.mark.slow

#: A codebook of eight themes, their names, and the built-in ones that they take in.
EIGHT = {
    "growth": ("经济发展", ("macro", "industry", "investment", "parks", "consumption", "finance")),
    "opening_up": ("改革开放", ("reform", "opening", "foreign", "marine")),
    "science": ("科教人才", ("innovation", "digital", "talent", "education")),
    "building": ("城乡建设", ("infrastructure", "urban", "rural")),
    "green": ("绿色发展", ("ecology", "low_carbon")),
    "people": ("民生文化", ("livelihood", "health", "culture")),
    "order": ("治理安全", ("governance", "safety", "defence")),
    "party_work": ("党的工作", ("party", "cadre", "discipline", "mobilization", "united_front")),
}


def zhengyu(*words: object) -> str:
    """Run a command in this process and return what it prints."""
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the documents, their tags and slogans, and a reader's check of fifty paragraphs."""
    folder = tmp_path_factory.mktemp("questions")
    docs_sessions.lay_out("docs/error-bars.md", folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        zhengyu("tag", "documents", "-o", "tagged.parquet", "--slogans", "slogans.parquet")
    tagged = pd.read_parquet(folder / "tagged.parquet")
    tagged[["place", "year"]] = tagged["file"].str.extract(r"(\w+)-(\d{4})")
    tagged["date"] = tagged["date"].fillna(tagged["published"]).fillna(tagged["year"])
    tagged["period"] = (tagged["year"] > "2021").map({False: "early", True: "late"})
    tagged.to_parquet(folder / "tagged.parquet")
    return folder


@pytest.fixture
def tagged(folder: Path) -> Path:
    return folder / "tagged.parquet"


@pytest.fixture
def slogans(folder: Path) -> Path:
    return folder / "slogans.parquet"


def test_the_documents_are_forty_of_four_places_and_seven_years(tagged: Path) -> None:
    documents = pd.read_parquet(tagged).drop_duplicates("file")
    places = ("qinghe", "qingshi", "songling", "yunzhou")
    assert documents["place"].value_counts().to_dict() == dict.fromkeys(places, 10)
    assert set(documents["year"]) == {str(year) for year in range(2019, 2026)}


def test_how_does_the_weight_of_a_theme_move_over_the_years(tagged: Path, folder: Path) -> None:
    page = folder / "report.html"
    assert f"{page.name}: " in zhengyu("report", tagged, "--time", "year", "--language", "en", "-o", page)
    assert "Themes over time" in page.read_text("utf-8")


def test_in_what_does_a_differ_from_b(tagged: Path, slogans: Path) -> None:
    found = json.loads(zhengyu("compare", tagged, "--by", "place=qingshi,yunzhou", "--slogans", slogans, "--json"))
    themes = {theme["theme"]: theme for theme in found["themes"]}  # a county in the hills, a city with a harbour
    assert (themes["rural"]["share_b"], themes["marine"]["share_a"]) == (0, 0)
    assert themes["rural"]["differs"]
    assert themes["rural"]["high"] < 0 < themes["marine"]["low"]


def test_which_slogans_are_new_and_which_are_gone(tagged: Path, slogans: Path) -> None:
    found = json.loads(zhengyu("compare", tagged, "--by", "period=early,late", "--slogans", slogans, "--json"))
    change = {slogan["normal"]: slogan["change"] for slogan in found["slogans"]}
    assert (change["新质生产力"], change["脱贫攻坚"]) == ("new", "gone")


def test_where_does_a_formulation_stand(tagged: Path, folder: Path) -> None:
    zhengyu("find", "板凳议事会", tagged, "-o", folder / "places.csv")
    places = pd.read_csv(folder / "places.csv")
    assert list(places["document"].str.rpartition("/")[2]) == [
        "qinghe-2024-news.txt", "qinghe-2024-news.txt", "qingshi-2024-news.txt", "songling-2021-news.html",
    ]  # fmt: skip
    assert set(places["match"]) == {"板凳议事会"}


def test_where_did_a_slogan_appear_first_and_who_took_it_up(tagged: Path, slogans: Path, folder: Path) -> None:
    spread = folder / "spread.csv"
    zhengyu("slogans", tagged, "--slogans", slogans, "--spread", "--date", "date", "--place", "place", "-o", spread)
    rows = pd.read_csv(spread, dtype=str).query("normal == '脱贫攻坚'")
    assert dict(zip(rows["place"], rows["first"], strict=True)) == {"qinghe": "2019", "qingshi": "2019-02-20"}
    assert set(rows["centre_first"]) == {"2015"}


def test_how_often_are_the_tags_wrong_by_fifty_checks(tagged: Path, folder: Path) -> None:
    zhengyu("corpus", "sample", tagged, "-n", 50, "--seed", 7, "-o", folder / "check.csv")
    drawn, checked = pd.read_csv(folder / "check.csv"), pd.read_csv(folder / "checked.csv")
    assert list(drawn["id"]) == list(checked["id"])
    assert drawn["themes"].isna().all()
    zhengyu("measure", tagged, folder / "checked.csv", "-o", folder / "measures.csv")
    table = pd.read_csv(folder / "measures.csv").query("by == 'all'").set_index("theme")
    rural = table.loc["rural"]
    assert rural["checked"] == 50
    assert 0 <= rural["low"] < rural["share"] < rural["high"] < 0.35
    overall = table.loc["all"]
    assert 0 < overall["precision_low"] < overall["precision"] < overall["precision_high"] < 1
    assert 0 < overall["recall_low"] < overall["recall"] < overall["recall_high"] < 1


def test_own_eight_themes_from_an_excel_file(folder: Path) -> None:
    codebook = "".join(f'[[theme]]\nid = "{theme}"\nzh = "{name}"\n' for theme, (name, _) in EIGHT.items())
    (folder / "eight.toml").write_text(codebook, "utf-8")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["正文", "主题", "文件"])
    for row in docs_sessions.paragraphs("w01", "w05"):
        names = [name for name, fine in EIGHT.values() if set(fine) & set(row["themes"])]
        sheet.append([row["text"], "；".join(names), row["doc"]])
    book.save(folder / "labels.xlsx")
    own = ("--no-base", "--themes", folder / "eight.toml", "--features", "words", "--strength", 1, "--no-cache")
    zhengyu("retrain", "--corpus", folder / "labels.xlsx", *own, "-o", folder / "eight")
    farm = folder / "documents" / "qingshi-2021-news.txt"
    zhengyu("tag", farm, "--model", folder / "eight", "--names", "zh", "-o", folder / "own.jsonl")
    given = {
        theme for line in (folder / "own.jsonl").read_text("utf-8").splitlines() for theme in json.loads(line)["themes"]
    }
    assert "城乡建设" in given
    assert given <= {name for name, _ in EIGHT.values()}
