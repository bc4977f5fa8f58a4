"""Standard output whose reader leaves early, whose device is full, or whose encoding has no Chinese."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from zhengyu.cli.pipes import quiet_pipes
from zhengyu.io.inputs import find_inputs
from zhengyu_corpus.errors import ZhengyuError

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


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full, which Linux has")
@pytest.mark.parametrize(
    "words", [["slogans", "TAGGED"], ["explain", TEXT], ["tag", "TAGGED", "--prefix", "x_"], ["--help"]],
    ids=lambda words: words[0],
)  # fmt: skip
def test_a_full_device_as_standard_output_is_told(words: list[str], tagged: Path) -> None:
    words = [str(tagged) if word == "TAGGED" else word for word in words]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "zhengyu", *words], stdout=full, stderr=subprocess.PIPE, text=True, timeout=120
        )
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith(
        "zhengyu: standard output cannot be written: No space left on device"
    )
    assert "Traceback" not in done.stderr


def test_a_terminal_without_chinese_gets_escapes(tagged: Path) -> None:
    surroundings = {**os.environ, "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    words = ["tag", str(tagged), "--prefix", "x_"]
    done = subprocess.run([sys.executable, "-m", "zhengyu", *words], capture_output=True, env=surroundings, timeout=120)
    assert (done.returncode, b"\\u519c" in done.stdout.replace(b"\n", b"")) == (0, True)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are Unix's")
def test_a_named_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.csv")
    with pytest.raises(ZhengyuError, match=r"this is a pipe or device; .* --format csv < "):
        find_inputs([str(tmp_path / "a.csv")])
