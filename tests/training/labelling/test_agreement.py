"""Agreement of coders, against figures worked out by hand; label errors put in are found."""

from __future__ import annotations

import gzip
import json
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.readers import builtin_files
from zhengyu_corpus.themes import ThemeSet, load_themes
from zhengyu_training.labelling.agreement import agree, agree_files, krippendorff_alpha
from zhengyu_training.labelling.label_errors import quality


def test_alpha_of_krippendorffs_own_binary_example() -> None:
    # Krippendorff 2011, section A: two observers, ten binary units, alpha = 0.095.
    first = np.array([0, 1, 0, 0, 0, 0, 0, 0, 1, 0], dtype=bool)
    second = np.array([1, 1, 1, 0, 0, 1, 0, 0, 0, 0], dtype=bool)
    assert krippendorff_alpha(first, second) == pytest.approx(0.095, abs=0.0005)
    assert krippendorff_alpha(first, first) == 1
    assert np.isnan(krippendorff_alpha(first & False, first & False))


def test_agreement_by_hand(themes: ThemeSet) -> None:
    first = {"1": ["rural"], "2": ["rural", "ecology"], "3": [], "only": ["party"]}
    second = {"1": ["rural"], "2": ["ecology"], "3": []}
    found = agree(first, second, themes)
    assert (found.paragraphs, found.same) == (3, 2)
    assert found.micro_f1 == pytest.approx(4 / 5)
    assert found.none_f1 == 1
    assert found.to_settle == (("2", ("rural", "ecology"), ("ecology",)),)
    with pytest.raises(ZhengyuError, match="no id in common"):
        agree({"a": []}, {"b": []}, themes)


def test_agreement_of_files(tmp_path: Path) -> None:
    for name, codes in (("a", ["rural", ""]), ("b", ["rural", "party"])):
        rows = "".join(f"{i},正文{i},{code}\n" for i, code in enumerate(codes))
        (tmp_path / f"{name}.csv").write_text("id,text,themes\n" + rows, "utf-8")
    found = agree_files(tmp_path / "a.csv", tmp_path / "b.csv", load_themes())
    assert [identity for identity, _, _ in found.to_settle] == ["1"]
    assert "to settle" in found.as_text()


def test_label_errors_put_in_are_found(tmp_path: Path, themes: ThemeSet) -> None:
    wrong: list[str] = []
    files: list[Path] = []
    for path in builtin_files():
        if path.suffix == ".gz":  # a sixth of the real paragraphs; all of them are fitted where the model is retrained
            with (
                gzip.open(path, "rt", encoding="utf-8") as bags,
                gzip.open(tmp_path / path.name, "wt", encoding="utf-8") as some,
            ):
                some.writelines(islice(bags, 0, None, 6))
            files.append(tmp_path / path.name)
            continue
        lines: list[str] = []
        for number, line in enumerate(path.read_text("utf-8").splitlines()):
            row = json.loads(line)
            if number % 40 == 7 and row["themes"] and "foreign" not in row["themes"] and len(wrong) < 12:
                row["themes"] = ["foreign"]
                wrong.append(row["id"])
            lines.append(json.dumps(row, ensure_ascii=False))
        files.append(tmp_path / path.name)
        files[-1].write_text("\n".join(lines), "utf-8")
    found = quality(files, themes)
    suspect = {s.id for s in found.suspects if s.theme == "foreign" and s.coded}
    assert len(suspect & set(wrong)) >= len(wrong) // 2
    assert "labels to look at again" in found.as_text()
