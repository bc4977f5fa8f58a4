"""A registry holds what its names say; nothing changes between a comparison and the promotion that rests on it."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from places import DATA

from zhengyu.persistence.folder import load_model
from zhengyu.persistence.parts import pack_arrays, unpack_arrays
from zhengyu.persistence.registry import Registry, find_model
from zhengyu_corpus.check import text_digest
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.records import BagOfWords, LabelledParagraph
from zhengyu_training.evaluation import gate
from zhengyu_training.evaluation.compare import trained_on


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "r")


def test_a_folder_that_is_named_for_another_model_is_refused(registry: Registry) -> None:
    version = registry.add(DATA / "format-2").version
    shutil.copytree(registry.path(version), registry.versions_folder / "other-1")
    for use in (
        registry.path,
        lambda name: registry.promote(name, "no"),
        lambda name: find_model(name, registry.folder),
    ):
        with pytest.raises(
            ZhengyuError, match=f"holds the model '{version}', not the one that the folder is named for"
        ):
            use("other-1")
    assert registry.current() is None


def labelled(path: Path) -> Path:
    rows = [{"id": f"{i}", "doc": f"{i}", "text": f"村里第{i}块田平整好了。", "themes": ["farm"]} for i in range(8)]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


def test_a_promotion_during_a_comparison_is_not_overwritten(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (registry.add(DATA / f"format-{n}").version for n in (1, 2))
    compare = gate.compare_models

    def meanwhile(*words: object, **named: object) -> object:
        registry.promote(first, "meanwhile")
        return compare(*words, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(gate, "load_model", lambda folder: load_model(folder or DATA / "format-1"))
    monkeypatch.setattr(gate, "compare_models", meanwhile)
    with pytest.raises(
        ZhengyuError, match=f"{first} became current while {second} was compared with the shipped model"
    ):
        gate.promote(registry, second, labelled(tmp_path / "t.jsonl"), overrule="test")
    assert [entry.reason for entry in registry.history()] == ["meanwhile"]
    registry.promote(second, "compared with the first", compared=first)
    assert registry.current() == second


def test_what_a_killed_process_left_is_removed_and_what_is_under_way_stays(registry: Registry) -> None:
    program = (
        "import os, sys; from pathlib import Path; from zhengyu.persistence.registry import Registry\n"
        "with Registry(Path(sys.argv[1])).incoming() as work: (work / 'model').mkdir(); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", program, str(registry.folder)], check=False)
    (left,) = registry.folder.glob(".incoming-*")
    with registry.incoming() as mine:
        assert not left.exists()
        with registry.incoming() as other:
            assert mine.is_dir() and other.is_dir()
    assert not list(registry.folder.glob(".incoming-*"))


def test_the_same_text_has_the_same_digest_whatever_it_is_called() -> None:
    one = LabelledParagraph("1", "a", "新建高标准农田，三万亩。", ("rural",))
    same = LabelledParagraph("x", "b", "新建高标准农田 三万亩", ())
    other = LabelledParagraph("1", "a", "新建高标准农田五万亩。", ("rural",))
    bag = BagOfWords("2", "a", {"农田": 1, "新建": 2}, ("rural",))
    assert text_digest(one) == text_digest(same) != text_digest(other)
    assert text_digest(bag) == text_digest(BagOfWords("3", "c", {"新建": 2, "农田": 1}, ()))
    model = load_model(DATA / "format-2")
    assert trained_on(model, [one]) is None
    model.manifest["corpus"] = {"texts": text_digest(other) + text_digest(one)}  # type: ignore[index]
    assert trained_on(model, [one, same, bag]) == 2


def test_a_candidate_trained_on_the_test_does_not_pass(tmp_path: Path) -> None:
    model = load_model(DATA / "format-2")
    file = labelled(tmp_path / "t.jsonl")
    comparison = gate.compare_models(model, model, file)
    assert "whether" in gate.judge(comparison, gate.Gate(min_paragraphs=1, min_documents=1)).as_text()
    digest = text_digest(LabelledParagraph("", "", "村里第3块田平整好了。", ()))
    model.manifest["corpus"] = {"texts": digest}  # type: ignore[index]
    comparison = gate.compare_models(model, model, file)
    assert f"{model.version} was trained on 1 of these paragraphs" in comparison.as_text()
    verdict = gate.judge(comparison, gate.Gate(min_paragraphs=1, min_documents=1))
    assert not verdict.passed
    assert "was trained on 1 of the 8 paragraphs of the test" in verdict.failed[0]


@pytest.mark.skipif(np.dtype(np.longdouble).itemsize == 8, reason="no wider floats here")
def test_numbers_that_become_infinite_by_conversion_are_refused() -> None:
    wide = np.array([np.finfo(np.longdouble).max, 1], dtype=np.longdouble)
    assert np.isfinite(wide).all()
    with pytest.raises(ZhengyuError, match="of at most 64 bits"):
        unpack_arrays(pack_arrays({"idf": wide}), {"idf": ((None,), "f")}, "m")
    infinite = pack_arrays({"idf": np.array([np.inf])})
    assert zipfile.ZipFile(io.BytesIO(infinite)).namelist() == ["idf.npy"]
    with pytest.raises(ZhengyuError, match="not finite"):
        unpack_arrays(infinite, {"idf": ((None,), "f")}, "m")
