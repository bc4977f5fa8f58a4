"""Spread is told from each place's own first appearance, behind the centre, over the places that had texts."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner

from zhengyu.cli import main
from zhengyu.findings.spread import read_date, spread
from zhengyu.io.writers import write_table
from zhengyu.slogans.counting import Counting, count_slogans
from zhengyu.slogans.known import KnownSlogans
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.lexicon import KnownSlogan

ROWS = [
    ("c1", "2020-01-10", "中央", "central", "甲"), ("p1", "2020-03-10", "江北省", "province", "甲"),
    ("a1", "2021年4月2日", "柳河", "county", "甲"), ("a2", "2022-01-01", "柳河", "county", "甲"),
    ("b1", "2019-05-01", "青石", "county", "乙"), ("b2", "2022-06-01", "青石", "county", ""),
    ("x1", "", "清禾", "county", "甲"), ("y1", "2022", "清禾", "county", "乙"),
]  # fmt: skip


@pytest.fixture
def paragraphs() -> pd.DataFrame:
    return pd.DataFrame([row[:4] for row in ROWS], columns=["id", "date", "place", "level"])


@pytest.fixture
def slogans() -> pd.DataFrame:
    rows = [(row[0], row[4]) for row in ROWS if row[4]]
    return pd.DataFrame(rows, columns=["id", "normal"]).assign(type="canonical", known=True, surface="甲")


def test_first_appearance_and_lag_behind_the_centre(paragraphs: pd.DataFrame, slogans: pd.DataFrame) -> None:
    found = spread(paragraphs, slogans, date="date", place="place", level="level")
    first = found.first[found.first["normal"] == "甲"].set_index("place")
    assert first["first"].to_dict() == {"中央": "2020-01-10", "江北省": "2020-03-10", "柳河": "2021-04-02"}
    assert first["lag_days"].fillna(-1).to_dict() == {"中央": -1, "江北省": 60, "柳河": 448}
    assert first["lag_years"].fillna(-1).to_dict() == {"中央": -1, "江北省": 0, "柳河": 1}
    summary = found.slogans.set_index("normal")
    assert summary.loc["甲", ["places", "of_places", "first_place", "centre_from"]].tolist() == [2, 4, "中央", "texts"]
    assert summary.loc["乙", ["places", "first", "centre_from"]].tolist() == [2, "2019-05-01", ""]


def test_uptake_is_of_the_places_that_had_texts(paragraphs: pd.DataFrame, slogans: pd.DataFrame) -> None:
    uptake = spread(paragraphs, slogans, date="date", place="place", level="level").uptake
    assert uptake[uptake["normal"] == "甲"][["year", "places", "of_places"]].to_numpy().tolist() == [
        [2020, 1, 2], [2021, 2, 3], [2022, 2, 4]
    ]  # fmt: skip
    assert uptake[uptake["normal"] == "乙"]["share"].tolist() == [1.0, 0.5, 1 / 3, 0.5]


def test_the_lexicon_tells_of_the_centre_where_the_texts_do_not(
    paragraphs: pd.DataFrame, slogans: pd.DataFrame
) -> None:
    known = KnownSlogans([KnownSlogan("甲", (), "canonical", level="central", first_year="2018"),
                          KnownSlogan("乙", (), "canonical", level="local", first_year="2001")])  # fmt: skip
    local = paragraphs[paragraphs["place"] != "中央"]
    first = spread(local, slogans, date="date", place="place", known=known).first.set_index(["normal", "place"])
    assert first.loc[("甲", "柳河"), ["centre_first", "centre_from", "lag_years"]].tolist() == ["2018", "lexicon", 3]
    assert first.loc[("乙", "青石"), "centre_from"] == ""
    other = spread(paragraphs, slogans, date="date", place="place", centre={"青石"}).first.set_index(
        ["normal", "place"]
    )
    assert other.loc[("乙", "清禾"), "lag_years"] == 3


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("20240716", ("2024-07-16", datetime.date(2024, 7, 16))), ("2024/7/6 08:00", ("2024-07-06", datetime.date(2024, 7, 6))),
        (2024.0, ("2024", None)), ("2024-2025年", ("2024", None)), ("2024-02-30", ("2024-02", None)), (None, None),
    ],
)  # fmt: skip
def test_dates_in_the_usual_forms(value: Any, day: Any) -> None:
    assert read_date(value) == day


def test_what_cannot_be_followed_is_told(paragraphs: pd.DataFrame, slogans: pd.DataFrame) -> None:
    with pytest.raises(ZhengyuError, match="no column 'county'"):
        spread(paragraphs, slogans, date="date", place="county")
    with pytest.raises(ZhengyuError, match="expected paragraphs with a date"):
        spread(paragraphs.assign(date="不详"), slogans, date="date", place="place")
    assert spread(paragraphs, slogans.head(0), date="date", place="place").slogans.empty


def test_first_by_place_is_the_places_own(paragraphs: pd.DataFrame, slogans: pd.DataFrame) -> None:
    dated = paragraphs.assign(date=paragraphs["date"].str.replace("2021年4月2日", "2021-04-02").replace("", None))
    table = count_slogans(dated, slogans.assign(known=False), Counting(by=("place",), date="date"))
    own = table[table["normal"] == "甲"].set_index("place")
    assert own.loc["柳河", "first"] == "2021-04-02"
    assert own["new"].to_dict() == {"中央": True, "江北省": False, "柳河": False, "清禾": False}


def test_the_command_prints_and_draws(paragraphs: pd.DataFrame, slogans: pd.DataFrame, tmp_path: Path) -> None:
    write_table(paragraphs.assign(text="推进甲"), tmp_path / "t.csv")
    write_table(slogans, tmp_path / "s.csv")

    def run(*more: str) -> str:
        words = ["slogans", str(tmp_path / "t.csv"), "--slogans", str(tmp_path / "s.csv"), "--spread", *more]
        return CliRunner().invoke(main, words).output

    assert "name them with --date and --place" in run()
    shown = run("--date", "date", "--place", "place", "--level", "level", "-o", str(tmp_path / "first.csv"))
    assert (
        "甲  2 of 4 places (50%)  first 2020-01-10 in 中央  centre 2020-01-10 (texts), lag of its places 254 days"
        in shown
    )
    assert len(pd.read_csv(tmp_path / "first.csv")) == 5
    run("--date", "date", "--place", "place", "-o", str(tmp_path / "s.html"))
    page = (tmp_path / "s.html").read_text("utf-8")
    assert "提法的传播" in page
    assert "2020-01-10（文本）" in page
    assert "vegaEmbed" in page
