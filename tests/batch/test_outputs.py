"""What a run writes takes the place of nothing but an older output, and is no more open than what it was made from."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pandas as pd
import pytest

from zhengyu.batch.progress import Step
from zhengyu.batch.runner import tag_inputs
from zhengyu.batch.side_tables import slogan_side
from zhengyu.io import tables
from zhengyu.io.writers import write_table
from zhengyu.tagger import Tagger
from zhengyu_corpus import atomic
from zhengyu_corpus.atomic import write_whole
from zhengyu_corpus.errors import ZhengyuError

FIELD = "全县新建高标准农田三万亩。"
posix = pytest.mark.skipif(os.name == "nt", reason="permissions are POSIX's")


def table(path: Path, rows: int = 3, bad: bool = False) -> str:
    path.write_text("id,text\n" + "".join(f"{i},{FIELD}\n" for i in range(rows)) + "one,too,many\n" * bad, "utf-8")
    return str(path)


@pytest.fixture
def umask() -> object:
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@posix
@pytest.mark.parametrize(
    ("mask", "source", "older", "wanted"),
    [
        (0o022, 0o644, None, 0o644),
        (0o077, 0o644, None, 0o600),
        (0o002, 0o664, None, 0o664),
        (0o022, 0o600, None, 0o600),
        (0o022, 0o640, None, 0o640),
        (0o022, 0o600, 0o644, 0o644),
        (0o022, 0o644, 0o600, 0o600),
    ],
)
@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl.gz", "xlsx"])
def test_permissions(
    tagger: Tagger, tmp_path: Path, umask: object, mask: int, source: int, older: int | None, wanted: int, ending: str
) -> None:
    named = Path(table(tmp_path / "in.csv", bad=True))
    named.chmod(source)
    made = [tmp_path / f"o.{ending}", tmp_path / "s.csv", tmp_path / f"o.{ending}.set-aside.csv"]
    if older is not None:
        for path in made:
            path.write_text("file,line,reason,content\n")
            path.chmod(older)
    umask(mask)  # type: ignore[operator]
    tag_inputs(tagger, [str(named)], output=made[0], sides=[slogan_side(tagger, made[1])], compiled=False)
    assert [oct(mode(path)) for path in made] == [oct(wanted)] * 3


@posix
def test_a_file_in_the_making_and_the_journal_are_their_owners_alone(
    tagger: Tagger, tmp_path: Path, umask: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "BLOCK_ROWS", 10)
    named = Path(table(tmp_path / "in.csv", 30))
    named.chmod(0o600)
    seen: list[int] = []

    def look(step: Step) -> None:
        for path in tmp_path.rglob("*"):
            if ".zhengyu/" in str(path):
                seen.append(mode(path))

    tag_inputs(tagger, [str(named)], output=tmp_path / "o.csv", compiled=False, progress=look)
    assert seen
    assert not any(one & 0o077 for one in seen)


@posix
def test_a_link_is_neither_followed_nor_replaced(tagger: Tagger, tmp_path: Path) -> None:
    named, kept = table(tmp_path / "in.csv"), tmp_path / "kept.csv"
    kept.write_text("mine")
    for name in ("o.csv", "o.csv.set-aside.csv"):
        link = tmp_path / name
        link.symlink_to(kept)
        with pytest.raises(ZhengyuError, match=r"is a symbolic link to .*kept\.csv; a link is neither followed nor"):
            tag_inputs(tagger, [named], output=tmp_path / "o.csv", compiled=False)
        assert link.is_symlink()
        link.unlink()
    link = tmp_path / "dangling.jsonl"
    link.symlink_to(tmp_path / "nowhere")
    with pytest.raises(ZhengyuError, match="symbolic link"):
        write_whole(link, b"text")
    assert kept.read_text() == "mine"
    assert not (tmp_path / "nowhere").exists()


@posix
def test_links_laid_where_a_run_will_write_lead_nowhere(tagger: Tagger, tmp_path: Path) -> None:
    named, kept = table(tmp_path / "in.csv"), tmp_path / "kept.txt"
    kept.write_text("mine")
    journal = tmp_path / ".o.csv.zhengyu"
    journal.mkdir()
    for name in ("journal.jsonl.new", "journal.new", "000000.rows.arrow.new", "rows.unfinished"):
        (journal / name).symlink_to(kept)
    tag_inputs(tagger, [named], output=tmp_path / "o.csv", compiled=False)
    assert kept.read_text() == "mine"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "journal.jsonl").write_text("mine")
    journal.symlink_to(elsewhere)
    for restart in (False, True):
        with pytest.raises(ZhengyuError, match="is a link or another user's; remove it"):
            tag_inputs(tagger, [named], output=tmp_path / "o.csv", compiled=False, restart=restart)
    assert (elsewhere / "journal.jsonl").read_text() == "mine"


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away")
def test_another_users_journal_is_not_used(tagger: Tagger, tmp_path: Path) -> None:
    named, journal = table(tmp_path / "in.csv"), tmp_path / ".o.csv.zhengyu"
    journal.mkdir()
    os.chown(journal, 12345, 12345)
    with pytest.raises(ZhengyuError, match="another user's"):
        tag_inputs(tagger, [named], output=tmp_path / "o.csv", compiled=False)


def test_nothing_of_the_users_is_replaced(tagger: Tagger, tmp_path: Path) -> None:
    """The place where rows are set aside is one of the outputs, though nobody named it."""
    output, aside = tmp_path / "o.csv", tmp_path / "o.csv.set-aside.csv"
    named = table(aside)
    with pytest.raises(ZhengyuError, match="where rows are set aside, is also an input"):
        tag_inputs(tagger, [named], output=output)
    other = table(tmp_path / "in.csv")
    with pytest.raises(ZhengyuError, match="no run of zhengyu wrote it; move it"):
        tag_inputs(tagger, [other], output=output)
    assert aside.read_text("utf-8").startswith("id,text")
    aside.unlink()
    with pytest.raises(ZhengyuError, match="is also another output"):
        tag_inputs(tagger, [other], output=output, sides=[slogan_side(tagger, aside)])
    own = tmp_path / "own.csv"
    own.write_text("normal,variants,type,themes\n粮食总产,,canonical,rural\n", "utf-8")
    with pytest.raises(ZhengyuError, match="is also a file that this run reads"):
        tag_inputs(Tagger(tagger.model, lexicon=own), [other], output=own)
    twin = tmp_path / "twin.csv"
    os.link(other, twin)
    with pytest.raises(ZhengyuError, match="is also an input"):
        tag_inputs(tagger, [other], output=twin)
    hidden = tmp_path / ".o.csv.zhengyu"
    hidden.mkdir()
    with pytest.raises(ZhengyuError, match="which goes when the run ends"):
        tag_inputs(tagger, [table(hidden / "in.csv")], output=output)
    assert (hidden / "in.csv").exists()
    with pytest.raises(ZhengyuError, match="is also an input"):
        write_table(pd.DataFrame({"a": [1]}), Path(other), [Path(other)])
    with pytest.raises(ZhengyuError, match="is also an input"):
        write_whole(Path(other), b"", [Path(other)])


@pytest.mark.parametrize("how", ["grown", "cut", "edited"])
@pytest.mark.parametrize("output", [True, False])
def test_an_input_changed_during_a_run_is_told(
    tagger: Tagger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, output: bool
) -> None:
    monkeypatch.setattr(tables, "BLOCK_ROWS", 20)
    named = Path(table(tmp_path / "in.csv", 100))
    before = named.read_bytes()

    def change(step: Step) -> None:
        if step.rows == 40:
            after = {
                "grown": before + before[8:],
                "cut": before[:1500].rpartition(b"\n")[0] + b"\n",
                "edited": before.replace(b"9,", b"8,"),
            }[how]
            named.write_bytes(after)

    place = tmp_path / "o.csv" if output else None
    with pytest.raises(ZhengyuError, match=r"in\.csv: changed while it was read: its .* with --restart") as told:
        tag_inputs(tagger, [str(named)], output=place, compiled=False, progress=change, jobs=1)
    if output:
        assert "finished part(s) are kept in" in str(told.value)
        assert not (tmp_path / "o.csv").exists()
        assert tag_inputs(tagger, [str(named)], output=place, compiled=False, restart=True).read > 10


@posix
def test_the_folder_is_synced_after_the_file_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    rename, sync = Path.replace, os.fsync
    monkeypatch.setattr(Path, "replace", lambda self, to: (calls.append("rename"), rename(self, to))[1])

    def fsync(handle: int) -> None:
        calls.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        sync(handle)

    monkeypatch.setattr(atomic.os, "fsync", fsync)
    write_whole(tmp_path / "a", b"text")
    assert calls == ["file", "rename", "folder"]
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
