"""Samples are probability samples: of what they say, with the inclusion that they say, hidden tags, repeatable."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from click.testing import CliRunner

import zhengyu
from zhengyu.cli import main
from zhengyu.findings.sample import allocate, draw
from zhengyu.io.writers import write_table
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.themes import ThemeSet
from zhengyu_training.labelling.exchange import read_tasks


def tagged(rows: int = 600) -> pd.DataFrame:
    """Return a tagged table: every tenth row furniture or a heading, one theme rare, doubts that differ."""
    themes = [["rural"] if i % 3 == 0 else ["rural", "marine"] if i % 50 == 1 else [] for i in range(rows)]
    return pd.DataFrame(
        {
            "id": [f"p{i}" for i in range(rows)],
            "file": [f"d{i // 20}" for i in range(rows)],
            "kind": ["furniture" if i % 20 == 9 else "heading" if i % 20 == 19 else "prose" for i in range(rows)],
            "text": [f"全县新建高标准农田{i}亩，农民收入增长百分之八。" for i in range(rows)],
            "date": [f"{2020 + i % 4}-05-0{1 + i % 9}" for i in range(rows)],
            "themes": themes,
            "uncertain": [[]] * rows,
            "model": ["m-1"] * rows,
            "p_rural": [0.5 + 0.4 * (i % 7) / 7 for i in range(rows)],
            "p_none": [0.1] * rows,
        }
    )


def test_allocation_holds_sizes_and_leasts() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        sizes = rng.integers(1, 400, rng.integers(1, 12))
        n = int(rng.integers(min(2 * len(sizes), int(sizes.sum())), 500))
        for how in ("root", "proportional", "equal"):
            found = allocate(sizes, n, how)
            assert found.sum() == min(n, sizes.sum())
            assert (found <= sizes).all()
            assert (found >= np.minimum(2, sizes)).all()
    assert allocate(np.array([900, 100]), 100, "proportional").tolist() == [90, 10]
    assert allocate(np.array([900, 100]), 100, "equal").tolist() == [50, 50]
    assert allocate(np.array([900, 100]), 100, "root").tolist() == [75, 25]
    with pytest.raises(ZhengyuError, match=r"3 paragraphs are too few for 2 strata.*at least 4"):
        allocate(np.array([900, 100]), 3, "root")


def test_every_paragraph_is_drawn_as_often_as_its_inclusion_says() -> None:
    strata = np.repeat([0, 1], [40, 10])
    times = np.zeros(50)
    for seed in range(2000):
        drawn = draw(strata, 12, seed=seed)
        times[drawn.rows] += 1
    assert np.allclose(drawn.inclusion[drawn.strata == 0], 8 / 40)
    # Five standard errors of a share of 2,000.
    assert np.abs(times / 2000 - np.repeat([8 / 40, 4 / 10], [40, 10])).max() < 5 * np.sqrt(0.25 / 2000)


def test_a_sample_is_blind_repeatable_and_leaves_out_what_is_no_paragraph() -> None:
    table = tagged()
    found = zhengyu.sample(table, 60, seed=3)
    assert list(found) == ["id", "doc", "inclusion", "stratum", "themes", "text"]
    assert set(found["themes"]) == {""}
    assert set(found["inclusion"]) == {60 / 540}
    kinds = table.set_index("id")["kind"]
    assert set(kinds[found["id"]]) == {"prose"}
    assert found.equals(zhengyu.sample(table, 60, seed=3))
    assert not found["id"].equals(zhengyu.sample(table, 60, seed=4)["id"])
    assert list(found["id"]) != sorted(found["id"], key=lambda one: int(one[1:]))  # so that a part is a sample too
    shown = zhengyu.sample(table, 60, seed=3, show_tags=True)
    assert set(shown["tags"]) <= {"rural", "marine;rural", "none"}


@pytest.mark.parametrize("by", ["theme", "year", "probability", "file", ["year", "theme"]])
def test_strata_are_known_and_stand_for_all(by: str | list[str]) -> None:
    found = zhengyu.sample(tagged(), 120, by=by)
    weights = 1 / found["inclusion"]
    assert len(found) == 120
    assert round(weights.sum()) == 540
    assert found.groupby("stratum")["inclusion"].nunique().max() == 1
    if by == "theme":
        themes = tagged().set_index("id")["themes"][found["id"]]
        marine = np.array(["marine" in one for one in themes])
        assert marine.sum() > 540 / 50 * 120 / 540  # the rare theme is drawn more often than by chance
        assert set(found["stratum"][marine]) == {1}


def test_frames_of_others_and_conditions() -> None:
    table = pa.Table.from_pandas(tagged())
    assert len(zhengyu.sample(table, 5)) == 5
    years = zhengyu.sample(table, 30, where="date >= '2023'")["id"].str[1:].astype(int) % 4
    assert set(years) == {3}
    with pytest.raises(ZhengyuError, match="expected a data frame of pandas or polars, or an Arrow table, got list"):
        zhengyu.sample([1])
    with pytest.raises(ZhengyuError, match="no probabilities to go by"):
        zhengyu.sample(tagged().drop(columns=["p_rural", "p_none"]), by="probability")
    with pytest.raises(ZhengyuError, match="no column 'county'"):
        zhengyu.sample(tagged(), by="county")


@pytest.mark.parametrize(
    ("name", "words"),
    [("c.xlsx", []), ("c.json", []), ("c.jsonl", ["--to", "doccano"]), ("c.csv", []), ("c.parquet", ["--by", "year"])],
)
def test_every_way_out_comes_back_with_its_inclusion(
    tmp_path: Path, themes: ThemeSet, name: str, words: list[str]
) -> None:
    first, second = tmp_path / "one.parquet", tmp_path / "two.jsonl"
    write_table(tagged().iloc[:400], first)
    write_table(tagged().iloc[400:], second)
    out = tmp_path / name
    run = CliRunner().invoke(main, ["corpus", "sample", str(first), str(second), "-n", "24", "-o", str(out), *words])
    assert run.exit_code == 0, run.output
    assert run.output.startswith(f"{out}: 24 of 540 paragraphs\n")
    tasks = read_tasks(out, themes)
    assert len({task.id for task in tasks}) == 24
    assert all(task.themes is None for task in tasks)
    assert {float(task.carried["inclusion"]) for task in tasks} <= {24 / 540, 6 / 150, 6 / 120}
    assert {task.carried["stratum"] for task in tasks} == ({"1", "2", "3", "4"} if words[:1] == ["--by"] else {"1"})
    texts = tagged().set_index("id")["text"]
    assert all(texts[task.id] == task.text for task in tasks)
    # The same paragraphs as of one table in memory: reading twice, block by block, changes nothing.
    alike = zhengyu.sample(tagged(), 24, by=words[1:] if words[:1] == ["--by"] else ())
    assert [task.id for task in tasks] == alike["id"].tolist()


def test_tags_are_shown_where_they_are_asked_for(tmp_path: Path) -> None:
    path, out = tmp_path / "t.csv", tmp_path / "c.json"
    write_table(tagged(), path)
    words = ["corpus", "sample", str(path), "-n", "9", "-o", str(out)]
    assert CliRunner().invoke(main, words).exit_code == 0
    assert "predictions" not in out.read_text("utf-8")
    assert "rural" not in out.read_text("utf-8")
    assert CliRunner().invoke(main, [*words, "--show-tags"]).exit_code == 0
    assert '"predictions"' in out.read_text("utf-8")
    run = CliRunner().invoke(main, ["corpus", "sample", str(path), "-o", str(path)])
    assert run.exit_code == 2


def test_tables_as_polars_gives_them_are_read() -> None:
    texts = [f"全县新建高标准农田{n}亩，农民收入增长百分之八。" for n in range(6)]
    kinds = {"id": pa.string_view(), "text": pa.string_view(), "themes": pa.large_list(pa.string_view()),
             "uncertain": pa.large_list(pa.string_view()), "model": pa.string_view()}  # fmt: skip
    rows = {"id": [str(n) for n in range(6)], "text": texts, "themes": [["rural"]] * 6, "uncertain": [[]] * 6,
            "model": ["m"] * 6}  # fmt: skip
    table = pa.table({name: pa.array(rows[name], kind) for name, kind in kinds.items()})
    drawn = zhengyu.sample(table, 3)
    assert len(drawn) == 3 and set(drawn["text"]) <= set(texts)
    assert len(zhengyu.find("农田", table)) == 6
