"""A model folder is verified before use; anything foreign, cut, altered or newer is refused with the reason."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray
from places import DATA

from zhengyu.cli import main
from zhengyu.persistence import format as model_format
from zhengyu.persistence.folder import default_folder, load_model, save_model
from zhengyu.persistence.format import FORMAT_VERSION, seal, version_of
from zhengyu.persistence.joblib_export import WARNING, to_pipeline
from zhengyu.persistence.parts import MANIFEST, digest, json_bytes
from zhengyu.tagger import Tagger, load
from zhengyu.themes.model import Model
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_training.retrain import themes_toml


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA / "format-2", tmp_path / "model"))


def reseal(folder: Path) -> None:
    """Make hashes, version and seal fit again, as somebody who tampers well would."""
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    for key, entry in manifest["parts"].items():
        entry["sha256"] = digest((folder / key).read_bytes())
    manifest["version"] = version_of("tiny", {key: entry["sha256"] for key, entry in manifest["parts"].items()})
    (folder / MANIFEST).write_bytes(json_bytes(seal(manifest)))


def edit(folder: Path, **changes: object) -> None:
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    (folder / MANIFEST).write_bytes(json_bytes(seal({**manifest, **changes})))


def test_the_shipped_model_holds_numbers_and_json_only() -> None:
    assert {path.suffix for path in default_folder().iterdir()} <= {".json", ".npz", ".toml", ".csv", ".md", ".txt"}
    assert sum(path.stat().st_size for path in default_folder().iterdir()) < 20_000_000
    model = load_model()
    assert model.version == json.loads((default_folder() / MANIFEST).read_text("utf-8"))["version"]
    assert model.manifest["format_version"] == FORMAT_VERSION


@pytest.mark.parametrize("version", range(1, FORMAT_VERSION + 1))
def test_every_format_version_is_read_as_when_it_was_written(version: int) -> None:
    expected = json.loads((DATA / f"format-{version}.json").read_text("utf-8"))
    tagger = load(DATA / f"format-{version}")
    assert tagger.model.version == expected["version"]
    assert np.abs(tagger.probabilities(expected["texts"]) - np.array(expected["probabilities"])).max() < 1e-9
    assert list(tagger.tag(expected["texts"])["themes"]) == expected["themes"]
    for favour in set(expected) & {"precision", "recall"}:
        assert (
            list(load(DATA / f"format-{version}", favour=favour).tag(expected["texts"])["themes"]) == expected[favour]
        )


def test_format_1_has_one_goal_and_says_so() -> None:
    with pytest.raises(ZhengyuError, match="format 1 has thresholds for F1 only; retrain it"):
        load(DATA / "format-1", favour="recall")
    with pytest.raises(ZhengyuError, match="retrain it"):
        load(DATA / "format-1", precision=0.9)


def test_a_goal_changes_thresholds_and_version_and_nothing_else(model_2: Tagger) -> None:
    plain = model_2.model
    floor = plain.deciding(precision=0.6)
    assert floor.version == f"{plain.version}@precision-0.6"
    assert floor.decision.none_below == 0
    assert plain.deciding("recall").version == f"{plain.version}@recall"
    assert floor.deciding().version == plain.version
    assert plain.deciding(precision=0.99).decision.apply(np.ones((1, 3))).sum() == 0
    with pytest.raises(ZhengyuError, match="leave one out"):
        plain.deciding("recall", 0.9)
    with pytest.raises(ZhengyuError, match=r"between 0\.5 and 0\.99, got 1\.5"):
        plain.deciding(precision=1.5)
    with pytest.raises(ZhengyuError, match="expected a goal of f1, precision, recall, got 'f2'"):
        plain.deciding("f2")


@pytest.fixture
def model_2() -> Tagger:
    return load(DATA / "format-2")


def test_optional_parts_come_back_as_they_were(folder: Path, tmp_path: Path) -> None:
    assert load_model(folder).extras == {"notes.txt": "提法".encode()}
    model = load_model(folder)
    with np.load(folder / "weights.npz") as archive:
        arrays = {key: archive[key] for key in archive.files}

    def save(**extras: bytes) -> Path:
        return save_model(
            tmp_path / "again", name="tiny", arrays=arrays, features=list(model.vocabulary), user_terms=(),
            themes_toml=(folder / "themes.toml").read_text("utf-8"), evaluation={}, facts={}, readable={"A.md": "x"},
            extras=extras,
        )  # fmt: skip

    assert load_model(save(lexicon=b"\x00" * 1000)).extras == {"lexicon": b"\x00" * 1000}
    assert load_model(save()).extras == {}
    for name in ("model.json", "A.md", "weights.npz"):
        with pytest.raises(ZhengyuError, match="rename them"):
            save(**{name: b""})
    for name in ("../x", ".x", "a/b", ""):
        with pytest.raises(ZhengyuError, match="no model folder may have"):
            save(**{name: b""})
    with pytest.raises(ZhengyuError, match="no model folder may have"):
        save(big=bytes(65 * 1024 * 1024))
    assert load_model(tmp_path / "again").extras == {}


def test_a_model_of_characters_comes_back_as_it_was(model_with_characters: Model, tmp_path: Path) -> None:
    model = model_with_characters
    arrays = {
        **{"coef": model.coef.astype(np.float32), "intercept": model.intercept, "idf": model.idf},
        **{"slope": model.calibration.slope, "offset": model.calibration.offset},
        **{name: getattr(model.calibration, name) for name in ("knot_column", "knot_score", "knot_logit")},
        "thresholds": np.stack([one.thresholds for one in model.decisions.values()]),
        "none_bounds": np.array([[one.none_above, one.none_below] for one in model.decisions.values()]),
        "precision_bounds": model.floors.bounds if model.floors else np.empty(0),
    }

    def save(features: list[str], feature_set: str) -> Path:
        return save_model(
            tmp_path / "m", name="own", arrays=arrays, features=features, user_terms=(), evaluation={}, facts={},
            themes_toml=themes_toml(model.themes), readable={}, feature_set=feature_set,
        )  # fmt: skip

    names, text = list(model.vocabulary), "村里的合作社统一供种，亩产多收三百斤。"
    again = load_model(save(names, "characters"))
    assert again.feature_set == "characters" and dict(again.vocabulary) == dict(model.vocabulary)
    assert np.array_equal(Tagger(again).probabilities([text]), Tagger(model).probabilities([text]))
    reference = to_pipeline(again).decision_function([text])
    assert np.abs(Tagger(again).scorer.scores([text]) - reference).max() < 1e-12
    for changed, feature_set, said in (
        (names, "words", "expected two words"),
        (names, "letters", "expected a feature_set of words, characters, got 'letters'"),
        ([*names[1:], " 龘龘"], "characters", "expected two characters"),
        ([*names[1:], " A"], "characters", "expected two characters"),
        ([*names[1:], "产业 振兴"], "characters", "expected two characters"),
    ):
        with pytest.raises(ZhengyuError, match=said):
            load_model(save(changed, feature_set))


@pytest.mark.parametrize("part", sorted(path.name for path in (DATA / "format-2").iterdir() if path.name != MANIFEST))
def test_a_changed_or_cut_or_missing_part_is_refused(folder: Path, part: str) -> None:
    data = (folder / part).read_bytes()
    for bad in (data[:-1], data + b" ", bytes([data[0] ^ 1]) + data[1:]):
        (folder / part).write_bytes(bad)
        with pytest.raises(ZhengyuError, match="does not match its hash"):
            load_model(folder)
    (folder / part).unlink()
    with pytest.raises(ZhengyuError, match="missing"):
        load_model(folder)


def test_foreign_and_newer_folders_are_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ZhengyuError, match="expected a model folder"):
        load_model(tmp_path)
    edit(folder, format_version=99)
    with pytest.raises(ZhengyuError, match="reads up to 3; update zhengyu"):
        load_model(folder)
    edit(folder, format="other")
    with pytest.raises(ZhengyuError, match="not a model of zhengyu"):
        load_model(folder)
    (folder / MANIFEST).write_text("{", "utf-8")
    with pytest.raises(ZhengyuError, match="not JSON"):
        load_model(folder)


def test_the_manifest_itself_is_sealed(folder: Path) -> None:
    text = (folder / MANIFEST).read_text("utf-8")
    for bad in (text.replace("0.42.1", "0.42.2"), text.replace("\n", "\r\n"), text + "\n", text.replace(" 36", " 37")):
        assert bad != text
        (folder / MANIFEST).write_text(bad, "utf-8", newline="")
        with pytest.raises(ZhengyuError, match="does not match its own seal"):
            load_model(folder)
    (folder / MANIFEST).write_text(text, "utf-8")
    edit(folder, version="tiny-000000000000")
    with pytest.raises(ZhengyuError, match="is not that of its parts"):
        load_model(folder)


def test_only_a_models_folder_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "a.txt").write_text("x", "utf-8")
    with pytest.raises(ZhengyuError, match="expected a free name"):
        save_model(
            tmp_path / "thesis", name="a", arrays={}, features=[], themes_toml="", user_terms=(), evaluation={},
            facts={}, readable={},
        )  # fmt: skip
    assert [path.name for path in (tmp_path / "thesis").iterdir()] == ["a.txt"]


#: Saves a model again and again under one name; run by several processes at once.
SAVE = """
import sys; from pathlib import Path; import numpy as np
from zhengyu.persistence.folder import load_model, save_model
source, target, name = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
with np.load(source / "weights.npz") as archive:
    arrays = {key: archive[key] for key in archive.files}
for _ in range(30):
    save_model(target, name=name, arrays=arrays, features=list(load_model(source).vocabulary), user_terms=(), facts={},
               evaluation={}, themes_toml=(source / "themes.toml").read_text("utf-8"), readable={})
"""


def test_writers_of_one_folder_at_once_leave_one_of_them_whole(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "out" / "model"
    writers = [
        subprocess.Popen([sys.executable, "-c", SAVE, str(folder), str(target), name], stderr=subprocess.PIPE)
        for name in ("a", "b", "c")
    ]
    assert [writer.communicate()[1].decode() for writer in writers] == ["", "", ""]
    assert load_model(target).version[0] in "abc"
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["model"]


def test_export_as_joblib_warns(folder: Path, tmp_path: Path) -> None:
    import joblib

    out = tmp_path / "p.joblib"
    result = CliRunner().invoke(main, ["model", "export", "--model", str(folder), "--joblib", str(out)])
    assert result.exit_code == 0
    assert WARNING in result.output
    pipeline = joblib.load(out)
    tagger = load(folder)
    texts = json.loads((DATA / "format-2.json").read_text("utf-8"))["texts"]
    assert np.abs(pipeline.predict_proba(texts) - tagger.probabilities(texts)).max() < 1e-12
    result = CliRunner().invoke(main, ["model", "export", "--joblib", str(tmp_path / "no" / "p")])
    assert result.exit_code == 2


@pytest.mark.parametrize("absent", ["coef", "feature_ends", "vocabulary_told"])
def test_kept_arrays_of_another_layout_are_passed_over(absent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, read = load_model(default_folder()), model_format.read_arrays
    kept: list[str] = []

    def part(path: Path | None) -> dict[str, NDArray[Any]] | None:
        found = read(path)
        kept.extend(found or ())
        return found and {name: array for name, array in found.items() if name != absent}

    monkeypatch.setattr(model_format, "read_arrays", part)
    found = load_model(default_folder())
    assert absent in kept
    assert np.array_equal(found.coef, whole.coef)
    assert dict(found.vocabulary) == dict(whole.vocabulary)
