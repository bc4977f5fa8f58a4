"""Readers of the output that leave early."""

import subprocess
import sys
from pathlib import Path

import pytest

from zhengyu.cli.pipes import quiet_pipes

TEXT = "全县新建高标准农田三万亩，农民收入增长百分之八。\n坚持以人民为中心，签约工业项目六个。\n"
#: Runs zhengyu with a standard output whose reader has left before the first word.
DEAF = """
import os, subprocess, sys
reading, writing = os.pipe()
os.close(reading)
done = subprocess.run([sys.executable, "-m", "zhengyu", *sys.argv[1:]], stdout=writing, stderr=subprocess.PIPE)
sys.stderr.buffer.write(done.stderr)
sys.exit(done.returncode)
"""


@pytest.fixture(scope="module")
def tagged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import zhengyu

    path = tmp_path_factory.mktemp("pipes") / "tagged.csv"
    table = zhengyu.tag(TEXT.splitlines())
    table.assign(themes=table["themes"].map(";".join), uncertain="").to_csv(path, index=False)
    return path


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of Windows break otherwise")
@pytest.mark.parametrize(
    "words",
    [["find", "农田", "TAGGED"], ["explain", TEXT], ["tag", "TAGGED", "--prefix", "x_", "--quiet"], ["corpus", "stats"],
     ["tag", "--help"], ["--help"], ["--version"]],
    ids=lambda words: " ".join(words[:2]),
)  # fmt: skip
def test_a_command_whose_output_nobody_reads_ends_quietly(words: list[str], tagged: Path) -> None:
    words = [str(tagged) if word == "TAGGED" else word for word in words]
    done = subprocess.run([sys.executable, "-c", DEAF, *words], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (141, "")


def test_a_broken_pipe_of_another_kind_stays_an_error() -> None:
    with pytest.raises(BrokenPipeError), quiet_pipes():
        raise BrokenPipeError("a child of ours is gone")
