"""The slogans' loops as plain Python, as who looks for a mistake in them runs them: what they find is the same."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

_CODE = """
import pyarrow as pa
from zhengyu.compiled.slogans.finder import CompiledFinder
from zhengyu.tagger import load
texts = [
    "全面推进（乡村振兴）战略，坚持“绿水青山就是金山银山”理念，实施“三大行动”，打造一流营商环境。",
    "大干一百天，誓夺双胜利；抓党建、促发展、惠民生，建好“1+3+N”工作机制（两个维护）。", "",
    "以等不起的紧迫感、慢不得的危机感、坐不住的责任感，抓好“六稳”“六保”，𠮷县（一区两园）不忘初心、牢记使命。",
]
finder = load().finder
found = [[] for _ in texts]
for row, slogan in CompiledFinder(finder).find(pa.array(texts, pa.large_string())):
    found[row].append(slogan)
assert found == [list(finder.find(text)) for text in texts], found
print(sum(map(len, found)))
"""


@pytest.mark.slow
def test_loops_of_slogans_run_as_plain_python() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore:overflow:RuntimeWarning", "-c", _CODE],  # what wraps around in machine code
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 8
