"""Columns for others' programs: Chinese names, 1 and 0 a theme, broader themes; and what reads them again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from zhengyu.batch.runner import tag_inputs
from zhengyu.batch.side_tables import evidence_side, slogan_side
from zhengyu.cli import main
from zhengyu.findings.measure import measure
from zhengyu.io.blocks import to_frame
from zhengyu.io.columns import TagColumns
from zhengyu.io.inputs import find_inputs
from zhengyu.io.tables import NO_TEXT
from zhengyu.io.tagged_tables import table_blocks, tagged_blocks
from zhengyu.tagger import Tagger
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.themes import ThemeSet

DOCUMENT = """全县乡村振兴工作情况

今年以来，全县新建高标准农田三万亩，农民收入增长百分之八，村集体经济收入全部超过二十万元。

县里关停小散污染企业四家，国控断面水质连续五个月达标，空气优良天数比例提高三个百分点。

我们签约工业项目六个，开工四个，其中投资过亿元的两个，项目建设跑出了加速度。

下一篇：县政府召开第十二次常务会议
"""
#: What a theme of the shipped model is rolled up to here: a theme, or a group that is none.
PARENTS = {"ecology": "green", "rural": "农村", "investment": "industry"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    there = tmp_path_factory.mktemp("columns")
    (there / "in.txt").write_text(DOCUMENT, "utf-8")
    return there


@pytest.fixture(scope="module")
def broad(tagger: Tagger) -> Tagger:
    themes = tuple(replace(theme, parent=PARENTS.get(theme.id, "")) for theme in tagger.model.themes)
    return Tagger(replace(tagger.model, themes=ThemeSet(themes)))


@pytest.fixture(scope="module", params=["csv", "jsonl", "parquet", "xlsx", "dta"])
def both(request: pytest.FixtureRequest, folder: Path, tagger: Tagger) -> tuple[Path, Path]:
    """One document, its themes by ids, and by Chinese names with everything that can be added."""
    plain, named = folder / f"plain.{request.param}", folder / f"named.{request.param}"
    tag_inputs(tagger, [str(folder / "in.txt")], output=plain, facts=False)
    tag_inputs(tagger, [str(folder / "in.txt")], output=named, facts=False, names="zh", wide=True, probabilities=True)
    return plain, named


def test_wide_columns_say_what_the_themes_say(folder: Path, broad: Tagger) -> None:
    output = folder / "wide.parquet"
    tag_inputs(broad, [str(folder / "in.txt")], output=output, facts=False, wide=True, roll_up=True, prefix="z_")
    table = pd.read_parquet(output)
    tagged = table[table["kind"] != "furniture"]
    for theme in broad.themes:
        assert tagged[f"z_t_{theme}"].tolist() == [theme in given for given in tagged["z_themes"]]
    assert tagged["z_t_none"].tolist() == [not len(given) for given in tagged["z_themes"]]
    root = {**{theme: theme for theme in broad.themes}, **PARENTS}
    assert [list(cell) for cell in table["z_root_themes"]] == [
        list(dict.fromkeys(root[theme] for theme in given)) for given in table["z_themes"]
    ]
    assert {"农村", "green"} <= {name for cell in table["z_root_themes"] for name in cell}
    for name in broad.model.themes.roots:
        assert tagged[f"z_root_{name}"].tolist() == [name in cell for cell in tagged["z_root_themes"]]
    furniture = table[table["kind"] == "furniture"].filter(regex="^z_(t|root)_(?!themes)")
    assert len(furniture) == 1
    assert furniture.isna().all(axis=None)


def test_names_are_the_codebook_s(both: tuple[Path, Path], themes: ThemeSet) -> None:
    plain, named = (next(tagged_blocks([path])).frame() for path in both)
    for column in ("themes", "uncertain"):
        ids, names = ([";".join(c) if isinstance(c, list) else c for c in t[column].fillna("")] for t in (plain, named))
        assert [";".join(themes[one].zh for one in cell.split(";") if one) for cell in ids] == names
    assert {"t_乡村振兴与农业农村", "t_none", "p_乡村振兴与农业农村", "p_none"} <= set(named.columns)


def test_names_are_read_as_their_ids(both: tuple[Path, Path], themes: ThemeSet) -> None:
    plain, named = (next(tagged_blocks([path], themes=themes)).frame() for path in both)
    pd.testing.assert_frame_equal(plain, named[list(plain.columns)])


@pytest.mark.parametrize(
    "words",
    [
        ["find", "--theme", "rural", "TABLE"],
        ["find", "农田", "TABLE", "-o", "OUT.csv"],
        ["compare", "PLAIN", "TABLE", "--draws", "100", "--json"],
        ["report", "TABLE", "-o", "OUT.html", "--language", "en"],
        ["slogans", "TABLE"],
        ["corpus", "sample", "TABLE", "-n", "2", "--show-tags", "-o", "OUT.csv"],
    ],
    ids=lambda words: words[0],
)
def test_commands_read_every_form_alike(words: list[str], folder: Path, tagger: Tagger) -> None:
    plain, named = folder / "plain.csv", folder / "named.csv"
    tag_inputs(tagger, [str(folder / "in.txt")], output=plain)
    tag_inputs(tagger, [str(folder / "in.txt")], output=named, names="zh", wide=True)
    found = []
    for path in (plain, named):
        out = folder / "out"
        asked = [{"TABLE": str(path), "PLAIN": str(plain)}.get(w, w.replace("OUT", str(out))) for w in words]
        done = CliRunner().invoke(main, asked)
        assert done.exit_code == 0, done.output
        written = next((Path(word).read_text("utf-8") for word in asked if word.startswith(f"{out}.")), "")
        found.append((done.output.replace("named", "plain"), written.replace("named", "plain")))
    assert found[0] == found[1]


def test_measure_takes_names_on_either_side(folder: Path, tagger: Tagger) -> None:
    for names in ("id", "zh"):
        tag_inputs(tagger, [str(folder / "in.txt")], output=folder / f"{names}.csv", names=names, wide=names == "zh")
    checked = pd.read_csv(folder / "id.csv").query("kind == 'prose'")[["id", "text", "themes"]].fillna("none")
    checked.to_csv(folder / "checked.csv", index=False)
    done = [
        CliRunner().invoke(main, ["measure", str(folder / f"{n}.csv"), str(folder / "checked.csv")])
        for n in ("id", "zh")
    ]
    assert [one.exit_code for one in done] == [0, 0], done[1].output
    assert done[0].output.replace("id.csv", "") == done[1].output.replace("zh.csv", "")
    with pytest.raises(ZhengyuError, match=r"calls a theme '.*' that the tagged table calls"):
        measure(pd.read_csv(folder / "zh.csv"), checked)


def test_refusals(folder: Path, tagger: Tagger, themes: ThemeSet) -> None:
    with pytest.raises(ZhengyuError, match="no theme of this model has one"):
        tag_inputs(tagger, [str(folder / "in.txt")], output=folder / "x.csv", roll_up=True)
    alike = ThemeSet((*themes.themes[:2], replace(themes.themes[2], zh=themes.themes[0].zh)))
    with pytest.raises(ZhengyuError, match="which is that of 'macro' too"):
        TagColumns(alike, names="zh")
    done = CliRunner().invoke(main, ["tag", str(folder / "in.txt"), "--wide"])
    assert done.exit_code == 2
    assert "name it with -o" in done.output


def test_a_codebook_tells_every_column(folder: Path, broad: Tagger) -> None:
    output, slogans, evidence = folder / "told.jsonl", folder / "s.csv", folder / "e.csv"
    sides = [slogan_side(broad, slogans), evidence_side(broad, evidence)]
    for codebook in (folder / "codebook.csv", folder / "codebook.md"):
        tag_inputs(broad, [str(folder / "in.txt")], output=output, sides=sides, probabilities=True, wide=True,
                   roll_up=True, prefix="z_", codebook=codebook, restart=True)  # fmt: skip
    told = pd.read_csv(folder / "codebook.csv", keep_default_na=False)
    for path in (output, slogans, evidence):
        block = next(table_blocks(find_inputs([str(path)])[0], text_column=NO_TEXT))
        columns = to_frame([block.rows]).columns
        assert told.loc[told["file"] == str(path), "column"].tolist() == list(columns)
    assert (told["meaning"] != "").all()
    assert not told["meaning"].str.contains("column of the input").any()
    assert told.set_index("column").loc["z_t_rural", ["type", "values_zh"]].tolist() == [
        "whole number", "0 否；1 是；缺失：未标注",
    ]  # fmt: skip
    page = (folder / "codebook.md").read_text("utf-8")
    assert "| rural | 乡村振兴与农业农村 |" in page
    assert "| z_root_农村 | whole number |" in page


def test_columns_of_an_input_are_told_as_such(tmp_path: Path, tagger: Tagger) -> None:
    (tmp_path / "in.csv").write_text("编号,正文,年\n1,全县新建高标准农田三万亩。,2024\n", "utf-8")
    tag_inputs(tagger, [str(tmp_path / "in.csv")], output=tmp_path / "o.csv", codebook=tmp_path / "c.csv")
    told = pd.read_csv(tmp_path / "c.csv").set_index("column")["meaning"]
    assert told[["编号", "正文", "年"]].str.contains("column of the input").all()
    assert "most probable first" in told["themes"]


def test_stata_has_labels(folder: Path, tagger: Tagger) -> None:
    for names, said, no in (("zh", "标有：乡村振兴与农业农村", "否"), ("id", "given: Rural revitalization", "no")):
        output = folder / "labels.dta"
        tag_inputs(tagger, [str(folder / "in.txt")], output=output, names=names, wide=True)
        with pd.read_stata(output, iterator=True) as reader:
            labels, codes = reader.variable_labels(), reader.value_labels()
        column = "t_乡村振兴与农业农村" if names == "zh" else "t_rural"
        assert labels[column].startswith(said)
        assert codes[column] == {0: no, 1: {"否": "是", "no": "yes"}[no]}
        assert labels["_end"].startswith("end: ")
        numbers = pd.read_stata(output, convert_categoricals=False)
        assert numbers[column].dropna().isin([0, 1]).all()
        assert numbers[column].isna().tolist() == numbers["kind"].eq("furniture").tolist()


@pytest.mark.parametrize("name", ["c.txt", "in.txt", "o.csv", "nowhere/c.md"])
def test_a_codebook_takes_nothing_s_place(name: str, folder: Path, tagger: Tagger) -> None:
    with pytest.raises(ZhengyuError):
        tag_inputs(tagger, [str(folder / "in.txt")], output=folder / "o.csv", codebook=folder / name)
    assert not (folder / "o.csv").exists()


@pytest.mark.parametrize(
    ("words", "own"),
    [(["find", "农田"], set()), (["slogans", "--by", "kind"], {"kind"}), (["slogans", "--new"], set()),
     (["slogans", "--family"], set()), (["slogans", "--spread", "--date", "date", "--place", "place"], set()),
     (["compare", "--by", "paragraph=2,4"], set()), (["corpus", "sample", "-n", "3"], set())],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)  # fmt: skip
def test_other_outputs_have_codebooks_too(words: list[str], own: set[str], folder: Path, tagger: Tagger) -> None:
    tag_inputs(tagger, [str(folder / "in.txt")], output=folder / "t.csv")
    if "--spread" in words:
        pd.read_csv(folder / "t.csv").assign(date="2024-03-01", place="柳河").to_csv(folder / "t.csv", index=False)
    output, codebook = folder / "made.csv", folder / "made-codebook.csv"
    asked = [*words, str(folder / "t.csv"), "--codebook", str(codebook)]
    assert CliRunner().invoke(main, asked).exit_code == 2  # columns of what?
    done = CliRunner().invoke(main, [*asked, "-o", str(output)])
    assert done.exit_code == 0, done.output
    told = pd.read_csv(codebook, keep_default_na=False)
    assert told["column"].tolist() == list(pd.read_csv(output).columns)
    assert set(told.loc[told["meaning"].str.contains("column of the input"), "column"]) == own
