"""Measures count right, correct shares as the formulas say, and tell what a sample cannot tell."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from click.testing import CliRunner
from coverage_simulation import DESIGNS, TARGETS, lines, simulate

import zhengyu
from zhengyu.cli import main
from zhengyu.findings.estimates import Checks, corrected_shares, rogan_gladen
from zhengyu.findings.measure import Measures
from zhengyu.io.writers import write_table
from zhengyu_corpus.errors import ZhengyuError


def town(rows: int = 2000, seed: int = 0) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return a tagged table and the true themes of its paragraphs: rural found in 8 of 10, ecology given too often."""
    rng = np.random.default_rng(seed)
    rural, ecology = rng.random(rows) < 0.3, rng.random(rows) < 0.1
    found = np.where(rural, rng.random(rows) < 0.8, rng.random(rows) < 0.02)
    made = np.where(ecology, rng.random(rows) < 0.9, rng.random(rows) < 0.1)

    def joined(some: np.ndarray, others: np.ndarray) -> list[str]:
        return [";".join([*["rural"] * int(a), *["ecology"] * int(b)]) for a, b in zip(some, others, strict=True)]

    table = pd.DataFrame(
        {
            "id": [f"p{i}" for i in range(rows)], "file": [f"d{i // 10}" for i in range(rows)],
            "text": [f"全县新建高标准农田{i}亩，农民收入增长百分之八。" for i in range(rows)],
            "year": [2020 + i % 3 for i in range(rows)], "place": ["柳河" if i % 2 else "青川湾" for i in range(rows)],
            "themes": joined(found, made), "uncertain": "", "model": "m-1",
        }
    )  # fmt: skip
    return table, dict(zip(table["id"], [one or "none" for one in joined(rural, ecology)], strict=True))


def checked(table: pd.DataFrame, truth: dict[str, str], n: int, **how: object) -> pd.DataFrame:
    drawn = zhengyu.sample(table, n, **how)  # type: ignore[arg-type]
    return drawn.assign(themes=[truth[one] for one in drawn["id"]])


def test_a_census_gives_the_very_figures() -> None:
    table, truth = town(300)
    found = zhengyu.measure(table, checked(table, truth, 300), these_documents=True)
    given = table["themes"].str.contains("rural").to_numpy()
    true = np.array(["rural" in truth[one] for one in table["id"]])
    quality, shares = found.quality.set_index("theme"), found.shares.set_index("theme")
    assert quality.loc["rural", "precision"] == pytest.approx((given & true).sum() / given.sum())
    assert quality.loc["rural", "recall"] == pytest.approx((given & true).sum() / true.sum())
    assert quality.loc["rural", "f1"] == pytest.approx(2 * (given & true).sum() / (given.sum() + true.sum()))
    assert shares.loc["rural", "raw"] == pytest.approx(given.mean())
    assert shares.loc["rural", ["share", "low", "high"]].tolist() == pytest.approx([true.mean()] * 3)
    assert shares.loc["rural", "rogan_gladen"] == pytest.approx(true.mean())
    assert shares.loc["rural", "errors"] == (given != true).sum()


def test_the_estimate_is_the_difference_estimator_of_the_books() -> None:
    table, truth = town()
    sample = checked(table, truth, 150, by="theme", seed=1)
    found = zhengyu.measure(table, sample, these_documents=True).shares.set_index("theme").loc["ecology"]
    tags = table.set_index("id")["themes"].str.contains("ecology")
    weights = 1 / sample["inclusion"].to_numpy()
    errors = sample["themes"].str.contains("ecology").to_numpy(int) - tags[sample["id"]].to_numpy(int)
    assert found["share"] == pytest.approx(tags.mean() + (weights * errors).sum() / weights.sum())
    assert found["low"] < found["share"] < found["high"]


def test_groups_have_their_own_figures_and_what_cannot_be_told_is_said() -> None:
    table, truth = town()
    table.loc[table.index[-4:], "year"] = 1999
    found = zhengyu.measure(table, checked(table, truth, 200), by=["year", "place"])
    groups = found.shares.groupby(["by", "value"], sort=False)["checked"].first().to_dict()
    assert groups["all", ""] == 200
    assert sum(count for (by, _), count in groups.items() if by == "year") == 200
    assert {value for by, value in groups if by == "place"} == {"柳河", "青川湾"}
    lost = found.shares[(found.shares["value"] == "1999") & (found.shares["theme"] == "rural")].iloc[0]
    assert lost["note"] in ("no checks", "too few checks")
    assert np.isnan(lost["share"])
    assert any("year 1999" in note for note in found.notes)
    place = found.shares[(found.shares["value"] == "柳河") & (found.shares["theme"] == "rural")].iloc[0]
    true = np.mean([("rural" in truth[one]) for one in table[table["place"] == "柳河"]["id"]])
    assert place["low"] < true < place["high"]
    assert not place["note"]


def test_columns_are_crossed() -> None:
    table, truth = town(600)
    table = table.assign(place=["甲", "乙", "", "甲"] * 150)
    sample = checked(table, truth, 200)
    found = zhengyu.measure(table, sample, by=["year", "place"], cross=True).shares
    groups = found[found["by"] == "year × place"].drop_duplicates("value").set_index("value")
    years = sorted(table["year"].astype(str).unique())
    assert list(groups.index) == sorted(f"{year} × {place}" for year in years for place in ("(none)", "乙", "甲"))
    sizes = table.groupby([table["year"].astype(str), "place"]).size()
    assert groups["paragraphs"].to_dict() == {f"{year} × {place or '(none)'}": n for (year, place), n in sizes.items()}
    assert groups["checked"].sum() == 200
    with pytest.raises(ZhengyuError, match="two columns or more to cross, got 1"):
        zhengyu.measure(table, sample, by="year", cross=True)


def test_more_checks_halve_the_interval() -> None:
    table, truth = town(20_000)

    def rural(n: int, seed: int) -> pd.Series:
        found = zhengyu.measure(table, checked(table, truth, n, seed=seed), these_documents=True)
        return found.shares.set_index("theme").loc["rural"]

    ratios = []
    for seed in range(6):
        first = rural(300, seed)
        second = rural(300 + int(first["more_checks"]), seed + 100)
        ratios.append((second["high"] - second["low"]) / (first["high"] - first["low"]))
    assert np.mean(ratios) == pytest.approx(0.5, abs=0.06)


def test_what_was_not_checked_counts_as_not_drawn() -> None:
    table, truth = town()
    sample = checked(table, truth, 200, by="year")
    part = sample.assign(themes=[themes if i < 120 else "" for i, themes in enumerate(sample["themes"])])
    found = zhengyu.measure(table, part)
    assert (found.design.drawn, found.design.checked) == (200, 120)
    assert "120 of 200 drawn were checked" in found.notes[0]
    alone = zhengyu.measure(table, part.drop(columns=["inclusion", "stratum"]))
    assert "taken for a simple random one" in alone.notes[0]
    assert "taken for simple random" in alone.methods()


def test_few_checks_and_few_errors_are_marked() -> None:
    table, truth = town()
    found = zhengyu.measure(table, checked(table, truth, 12))
    assert all("few checks (12)" in note for note in found.shares["note"])
    assert any("too few for intervals to be sure" in note for note in found.notes)
    assert found.quality["note"].str.startswith("few hits").all()
    right = checked(table, dict(zip(table["id"], table["themes"].replace("", "none"), strict=True)), 100)
    rows = zhengyu.measure(table, right).shares.set_index("theme")
    assert rows.loc["rural", "note"] == "few errors (0)"
    assert rows.loc["rural", "low"] < rows.loc["rural", "share"] < rows.loc["rural", "high"]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda rows: rows.assign(id=[f"x{one}" for one in rows["id"]]), "50 of 50 checked paragraphs are not in"),
        (lambda rows: rows.assign(themes=""), "at least 2 checked paragraphs, got 0 of 50"),
        (lambda rows: rows.assign(inclusion=0.0), "expected probabilities above 0 and up to 1"),
        (lambda rows: pd.concat([rows, rows.iloc[:1]]), "stands twice; keep one coder's rows"),
        (lambda rows: rows.drop(columns="themes"), "no column 'themes'"),
    ],
)
def test_samples_that_do_not_fit_are_refused(change: object, what: str) -> None:
    table, truth = town(400)
    with pytest.raises(ZhengyuError, match=what):
        zhengyu.measure(table, change(checked(table, truth, 50)))  # type: ignore[operator]


def test_rogan_gladen_says_nothing_where_tests_say_nothing() -> None:
    assert rogan_gladen([0.3], [0.8], [0.9]).tolist() == pytest.approx([0.2 / 0.7])
    assert np.isnan(rogan_gladen([0.3], [0.5], [0.5])).all()


def test_one_side_that_was_never_drawn_stays_open() -> None:
    given = np.zeros((100, 1), dtype=bool)
    given[:30] = True
    checks = Checks(np.arange(30), np.ones((30, 1), dtype=bool), np.full(30, 1.0), np.zeros(30, dtype=np.int64))
    found = corrected_shares(given, np.arange(100), checks)
    assert found.high[0] > 0.9  # what was not given was never looked at, it may all be missed


@pytest.mark.parametrize("ending", ["csv", "xlsx", "json"])
def test_the_command_takes_what_sample_gave(tmp_path: Path, ending: str) -> None:
    table, truth = town(800)
    first, second, sample = tmp_path / "a.parquet", tmp_path / "b.csv", tmp_path / "checked.csv"
    write_table(table.iloc[:500], first)
    write_table(table.iloc[500:], second)
    write_table(checked(table, truth, 120, by="year"), sample)
    out, methods = tmp_path / f"m.{ending}", tmp_path / "methods.md"
    words = ["measure", str(first), str(second), str(sample), "--by", "year", "-o", str(out), "--methods", str(methods)]
    run = CliRunner().invoke(main, [*words, "--where", "place == '柳河'"])
    assert run.exit_code == 0, run.output
    assert "year 2021:" in run.output
    paper = methods.read_text("utf-8")
    for said in ("zhengyu 0.1.0", "m-1", "Rogan", "Egami", "Angelopoulos", "分层随机抽样（3 层）", "(3 strata)",
                 "place == '柳河'", "400"):  # fmt: skip
        assert said in paper
    if ending == "json":
        held = json.loads(out.read_text("utf-8"))
        assert held["design"]["paragraphs"] == 400
        assert held["shares"][0]["theme"] == "ecology"
    elif ending == "csv":
        rows = pd.read_csv(out)
        overall = rows[(rows["by"] == "all") & (rows["theme"] == "rural")].iloc[0]
        assert overall["precision_low"] < overall["precision"] < overall["precision_high"]
        assert (rows["theme"] == "all").sum() == 1


def test_frames_of_arrow_are_taken(tmp_path: Path) -> None:
    table, truth = town(300)
    sample = checked(table, truth, 60)
    found = zhengyu.measure(pa.Table.from_pandas(table), pa.Table.from_pandas(sample))
    assert isinstance(found, Measures)
    assert found.shares.equals(zhengyu.measure(table, sample).shares)


def test_intervals_hold_the_truth_as_often_as_they_say_where_raw_shares_miss() -> None:
    """A small run of ``python tests/coverage_simulation.py``, whose 2,000 replications docs/measuring.md shows."""
    replications = 400
    cells = simulate(replications)
    assert len(cells) == len(DESIGNS) * len(TARGETS) * 6
    assert len(lines(cells)) == 2 + len(cells)
    for (_, _, n, share), cell in cells.items():
        # The bounds of 93 to 97 %, and three standard errors of so many replications.
        slack = 3 * np.sqrt(0.95 * 0.05 / replications)
        assert cell.coverage >= 0.93 - slack
        if share * n >= 5:
            assert cell.coverage <= 0.97 + slack
        else:  # two true cases are expected in the sample: intervals are wide, and nearly every one says so
            assert np.mean(cell.few) > 0.85
        assert np.mean(cell.raw_held) < 0.93
        assert cell.coverage > np.mean(cell.raw_held)
