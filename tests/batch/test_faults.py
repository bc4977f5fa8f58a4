"""A file call that fails ends a run in a whole output or a clear error; the whole sweep is ``tests/batch/faults.py``."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


def faults() -> ModuleType:
    spec = importlib.util.spec_from_file_location("faults", Path(__file__).with_name("faults.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_some_calls_that_fail(tmp_path: Path) -> None:
    sweep = faults()
    library = sweep.build(tmp_path)
    if library is None:
        pytest.skip("a C compiler and Linux are needed")
    found = sweep.start(library, [".csv"], 60)
    assert sum(found.values()) > 10
    assert any(outcome.endswith("told") for outcome in found)
