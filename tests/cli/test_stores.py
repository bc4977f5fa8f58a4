"""Commands that look at tags again read tables from any store that fsspec knows, as tagging does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import fsspec
import pandas as pd
import pytest
from click.testing import CliRunner

from zhengyu.cli import main
from zhengyu.tagger import Tagger

TEXTS = [
    "全县新建高标准农田三万亩。",
    "关停沿河小散企业四家，水质达标。",
    "全面推进乡村振兴，农民增收。",
    "会议于八点开始。",
]


@pytest.fixture(scope="module")
def store(tagger: Tagger, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the URL of a folder with a tagged table, its slogans and a checked sample."""
    folder, memory = tmp_path_factory.mktemp("store"), fsspec.filesystem("memory")
    texts = TEXTS * 6
    table = tagger.tag(texts).assign(text=texts, year=[2023 + i % 2 for i in range(24)], place="柳河")
    table = table.assign(id=[f"p{i}" for i in range(24)], doc=[f"d{i // 4}" for i in range(24)])
    slogans = tagger.slogans(texts)
    slogans["id"] = [f"p{row - 1}" for row in slogans["row"]]
    checked = table.assign(themes=[";".join(one) or "none" for one in table["themes"]])[["id", "themes", "text"]]
    for name, rows in (("tagged.parquet", table), ("slogans.parquet", slogans)):
        rows.to_parquet(folder / name)
        memory.put_file(str(folder / name), f"/bucket/{name}")
    checked.to_csv(folder / "checked.csv", index=False)
    memory.put_file(str(folder / "checked.csv"), "/bucket/checked.csv")
    yield "memory://bucket"
    memory.rm("/bucket", recursive=True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("find 农田 {store}/tagged.parquet", "places: 6"),
        ("slogans {store}/tagged.parquet --slogans {store}/slogans.parquet", "6 of 24"),
        ("slogans {store}/tagged.parquet --spread --date year --place place", "1 of 1 places"),
        ("compare {store}/tag*.parquet --by year=2023,2024 --slogans {store}/slogans.parquet", "2024 minus 2023"),
        ("compare {store}/tagged.parquet {store}/tagged.parquet", "0 of"),
        ("measure {store}/tagged.parquet {store}/checked.csv -o {out}/m.csv --codebook {out}/c.csv", "1.00"),
        ("corpus sample {store}/tagged.parquet -n 5 -o {out}/check.csv", "5 of 24 paragraphs"),
        ("report {store}/tagged.parquet --slogans {store}/slogans.parquet --checked {store}/checked.csv -o {out}/r.html",
         "24 tagged paragraphs"),
    ],
    ids=lambda value: value.partition(" ")[0],
)  # fmt: skip
def test_tables_of_a_store_are_read(store: str, words: str, said: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(main, words.format(store=store, out=tmp_path).split())
    assert done.exit_code == 0, done.output
    assert said in done.output
    if "--codebook" in words:
        told = pd.read_csv(tmp_path / "c.csv", keep_default_na=False)
        assert told["column"].tolist() == list(pd.read_csv(tmp_path / "m.csv").columns)
        assert not told["meaning"].str.contains("column of the input").any()


def test_what_is_not_in_the_store_is_told(store: str) -> None:
    done = CliRunner().invoke(main, ["find", "农田", f"{store}/other.parquet"])
    assert done.exit_code == 2
    assert "memory://bucket/other.parquet: no such remote file" in done.output
