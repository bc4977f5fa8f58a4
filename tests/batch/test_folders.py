"""Folders of documents: each file read or named, side by side in one order, tagged together, told where kept twice."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from zhengyu.batch import stream
from zhengyu.batch.progress import Progress, Step
from zhengyu.batch.result import summary
from zhengyu.batch.runner import tag_inputs
from zhengyu.io.sandbox.parent import File, GuardedReader
from zhengyu.tagger import Tagger
from zhengyu_corpus.errors import ZhengyuError

FIELD = "今年全县新建高标准农田三万亩，粮食总产再创历史新高，农民人均收入增长百分之八。"
RIVER = "关停沿江排污企业十二家，断面水质达到三类标准，空气优良天数明显增加。"
SCHOOL = "县里新建改建幼儿园九所，乡镇卫生院全部通过验收，城乡低保标准逐年提高。"


def write_page(path: Path, *paragraphs: str) -> None:
    body = "".join(f"<p>{text}</p>\n" for text in paragraphs)
    path.write_text(f"<html><head><meta charset=utf-8></head><body>{body}</body></html>", "utf-8")


def words(seed: int, count: int = 3) -> list[str]:
    """Return paragraphs that no other document has."""
    draw = random.Random(seed)
    return ["".join(draw.sample(FIELD[:-1] + RIVER[:-1] + SCHOOL[:-1], 60)) + "。" for _ in range(count)]


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """Thirty files, six of which cannot be read, and a table."""
    folder = tmp_path / "pages"
    folder.mkdir()
    for i in range(30):
        if i % 5 == 4:
            (folder / f"{i:02d}.jpg").write_bytes(b"\xff\xd8\xff\xe0\0\0")
        else:
            (folder / f"{i:02d}.txt").write_text("\n".join(words(i)), "utf-8")
    (folder / "12.csv").write_text(f"id,text\nr1,{FIELD}\nr2,{RIVER}\n", "utf-8")
    return folder


class StopError(Exception):
    """Ends a run from outside."""


def stop_after(rows: int) -> Progress:
    def progress(step: Step) -> None:
        if step.doing == "tagging" and step.rows >= rows:
            raise StopError

    return progress


def test_every_file_is_read_or_named_with_its_reason(tagger: Tagger, tmp_path: Path) -> None:
    folder = tmp_path / "any"
    (folder / "deep" / ".git").mkdir(parents=True)
    (folder / "linked").symlink_to(tmp_path)
    write_page(folder / "a.html", FIELD, RIVER)
    write_page(folder / "page.asp", RIVER)  # a page, whatever its name says
    (folder / "deep" / "b.csv").write_text(f"text\n{FIELD}\n", "utf-8")
    (folder / "deep" / ".git" / "config").write_text("x", "utf-8")
    (folder / "~$a.docx").write_bytes(b"lock")
    (folder / "gone.txt").symlink_to("nowhere")
    os.mkfifo(folder / "pipe.txt")
    for name, data in {
        "photo.jpg": b"\xff\xd8\xff\xe0\0\0", "README": b"read me", "settings.json": b"{}", "empty.txt": b" \n",
        "bad.docx": b"PK\x03\x04", "bad.xlsx": b"x", "no-texts.csv": b"a,b\n1,2\n", "old.rar": b"Rar!\x1a\x07\0",
        "cut.csv.gz": b"\x1f\x8b\x08\0\0\0\0\0\0\x03K",
    }.items():  # fmt: skip
        (folder / name).write_bytes(data)
    run = tag_inputs(tagger, [str(folder)], output=tmp_path / "o.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "o.jsonl").read_text("utf-8").splitlines()]
    assert [row.get("text") for row in rows] == [FIELD, RIVER, FIELD, RIVER]
    reasons = {Path(name).relative_to(folder).as_posix(): reason for name, reason in run.counts()["unread"].items()}
    expected = {
        "README": "no format that is read (no ending)", "bad.docx": "not a zip file", "bad.xlsx": "no workbook",
        "cut.csv.gz": "damaged", "empty.txt": "holds no text", "gone.txt": "a link to nothing",
        "linked": "a link to a folder, not followed", "no-texts.csv": "no column looks like paragraphs",
        "old.rar": "unpack it", "photo.jpg": "print it as PDF", "pipe.txt": "is no file",
        "settings.json": "it is read where it is named",
    }  # fmt: skip
    assert reasons.keys() == expected.keys()
    for name, part in expected.items():
        assert part in reasons[name], name
    aside = pd.read_csv(tmp_path / "o.jsonl.set-aside.csv")
    assert dict(zip(aside["file"], aside["reason"], strict=True)) == run.unread
    assert (run.read, run.set_aside_count) == (4 + len(expected), len(expected))
    left = [str(folder / name) for name in ("deep/.git", "~$a.docx")]
    assert run.counts()["passed_over"] == {str(folder): left}
    told = "\n".join(summary(run))
    assert "12 files could not be read:" in told
    assert f"{folder}/README: is of no format that is read" in told
    assert "  and 2 more: " in told
    assert "2 hidden or locks of programs, passed over: deep/.git, ~$a.docx" in told


def test_a_table_that_breaks_off_costs_its_rest_in_a_folder_and_the_run_where_it_is_named(
    tagger: Tagger, tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    pq.write_table(pd_table(40), folder / "b.parquet", row_group_size=20, compression="none")
    data = bytearray((folder / "b.parquet").read_bytes())
    middle = data.index("第39号".encode()) - 300
    data[middle : middle + 300] = b"\xff" * 300
    (folder / "b.parquet").write_bytes(data)
    write_page(folder / "c.html", RIVER)
    run = tag_inputs(tagger, [str(folder)], output=tmp_path / "o.csv")
    assert run.tagged >= 1
    assert [Path(name).name for name in run.unread] == ["b.parquet"]
    with pytest.raises(ZhengyuError, match=r"b\.parquet"):
        tag_inputs(tagger, [str(folder / "b.parquet"), str(folder / "c.html")], output=tmp_path / "p.csv")


def pd_table(rows: int) -> object:
    import pyarrow as pa

    return pa.table({"text": [f"第{i}号：{FIELD}" for i in range(rows)]})


def test_many_readers_give_the_bytes_and_notes_of_one(
    tagger: Tagger, tmp_path: Path, pages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for i in range(6):
        write_page(pages / f"{i}5.html", *words(100 + i))
    (pages / "13.docx").write_bytes(b"no document")
    alone, runs = GuardedReader.split, []

    def slow(self: GuardedReader, files: Sequence[File], **more: Any) -> object:
        time.sleep(random.random() / 50)  # so that later ones are done earlier
        return alone(self, files, **more)

    monkeypatch.setattr(GuardedReader, "split", slow)
    for jobs in (1, 3):
        output = tmp_path / f"{jobs}-o.parquet"
        runs.append(tag_inputs(tagger, [str(pages)], output=output, jobs=jobs))
    one, three = (run.counts() for run in runs)
    assert (tmp_path / "1-o.parquet").read_bytes() == (tmp_path / "3-o.parquet").read_bytes()
    assert Path(one.pop("set_aside_file")).read_bytes() == Path(three.pop("set_aside_file")).read_bytes()
    assert json.dumps(one) == json.dumps(three)


def test_what_is_read_ahead_is_bounded(
    tagger: Tagger, tmp_path: Path, pages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "_AHEAD", 2)
    monkeypatch.setattr(stream, "PACK_DOCUMENTS", 1)
    begun: list[str] = []
    alone = GuardedReader.split

    def split(self: GuardedReader, files: Sequence[File], **more: Any) -> object:
        begun.extend(file.name for file in files)
        return alone(self, files, **more)

    monkeypatch.setattr(GuardedReader, "split", split)
    most = 0

    def progress(step: Step) -> None:
        nonlocal most
        most = max(most, len(begun) - step.files[0] if step.files else 0)

    tag_inputs(tagger, [str(pages)], output=tmp_path / "o.csv", jobs=2, progress=progress)
    assert len(begun) == 24
    assert 0 < most <= 2 * 2 + 1
    # Large ones wait for each other.
    monkeypatch.setattr(stream, "_AHEAD_BYTES", 1)
    most = 0
    begun.clear()
    tag_inputs(tagger, [str(pages)], output=tmp_path / "o.csv", jobs=2, progress=progress)
    assert most <= 2


def test_small_documents_are_tagged_together(tagger: Tagger, tmp_path: Path, pages: Path) -> None:
    tag_inputs(tagger, [str(pages)], output=tmp_path / "o.parquet")
    file = pq.ParquetFile(tmp_path / "o.parquet")
    # Those before the table, the table, those after it.
    assert [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)] == [30, 2, 42]
    names = file.read().column("file").to_pylist()
    assert [name for name in names if name] == sorted(name for name in names if name)


def test_packs_are_full_by_rows_or_documents(
    tagger: Tagger, tmp_path: Path, pages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def groups(**bounds: int) -> list[int]:
        for name, value in bounds.items():
            monkeypatch.setattr(stream, name, value)
        (pages / "12.csv").unlink(missing_ok=True)
        tag_inputs(tagger, [str(pages)], output=tmp_path / "o.parquet")
        found = pq.ParquetFile(tmp_path / "o.parquet").metadata
        return [found.row_group(i).num_rows for i in range(found.num_row_groups)]

    assert groups(PACK_ROWS=20) == [21, 21, 21, 9]
    assert groups(PACK_ROWS=1000, PACK_DOCUMENTS=10) == [24, 24, 24]


@pytest.mark.parametrize("target", ["o.parquet", "o.jsonl"])
def test_cut_short_among_documents_it_goes_on_to_the_same_bytes(
    tagger: Tagger, tmp_path: Path, pages: Path, monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    monkeypatch.setattr(stream, "PACK_DOCUMENTS", 4)
    (pages / "99.txt").write_text(
        "\n".join(words(2)), "utf-8"
    )  # the third once more, which the run that goes on must still know
    with zipfile.ZipFile(pages / "50.zip", "w") as archive:
        for i in (7, 200, 201, 202, 203, 204):
            archive.writestr(f"{i}.txt", "\n".join(words(i)))
    whole = tag_inputs(tagger, [str(pages)], output=tmp_path / f"whole-{target}", drop_duplicates=True)
    assert len(whole.duplicates) == 2
    for rows in (5, 85):
        with pytest.raises(StopError):
            tag_inputs(
                tagger, [str(pages)], output=tmp_path / target, drop_duplicates=True, progress=stop_after(rows), jobs=2
            )
        run = tag_inputs(tagger, [str(pages)], output=tmp_path / target, drop_duplicates=True, jobs=1)
        assert run.resumed >= rows
        assert (run.read, run.encodings, run.unread) == (whole.read, whole.encodings, whole.unread)
        assert run.duplicates == whole.duplicates
        for name in (target, f"{target}.set-aside.csv", f"{target}.duplicates.csv"):
            assert (tmp_path / name).read_bytes() == (tmp_path / f"whole-{name}").read_bytes(), name
    assert not list(tmp_path.glob(".*"))


@pytest.mark.slow
def test_killed_among_documents_it_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for i in range(300):
        (folder / f"{i:03d}.txt").write_text("\n".join(words(i)), "utf-8")
        if i % 30 == 0:
            write_page(folder / f"{i:03d}.html", *words(1000 + i))
    command = [sys.executable, "-m", "zhengyu", "tag", str(folder), "--quiet", "-o"]
    subprocess.run([*command, str(tmp_path / "whole.parquet")], check=True)
    process = subprocess.Popen([*command, str(tmp_path / "o.parquet")], start_new_session=True)
    parts = tmp_path / ".o.parquet.zhengyu"
    while not list(parts.glob("*.rows.arrow")) and process.poll() is None:
        time.sleep(0.002)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert parts.exists()
    subprocess.run([*command, str(tmp_path / "o.parquet")], check=True)
    assert (tmp_path / "o.parquet").read_bytes() == (tmp_path / "whole.parquet").read_bytes()


def test_one_document_in_two_formats_or_saved_twice_is_named_and_counted_once(tagger: Tagger, tmp_path: Path) -> None:
    import docx

    folder = tmp_path / "kept"
    folder.mkdir()
    text = [FIELD, RIVER, SCHOOL]
    document = docx.Document()
    for paragraph in text:
        document.add_paragraph(paragraph)
    document.save(str(folder / "a.docx"))
    write_page(folder / "b.html", "当前位置：首页 > 政务公开 > 工作动态", *text, "版权所有：县人民政府办公室")
    (folder / "c.txt").write_text("\n".join(words(1)), "utf-8")
    (folder / "d.txt").write_bytes("\n".join(text).encode("gb18030"))
    (folder / "e.txt").write_text("同意。", "utf-8")
    (folder / "f.txt").write_text("同意。", "utf-8")  # too short to be told from others
    run = tag_inputs(tagger, [str(folder)], output=tmp_path / "o.csv")
    assert {Path(a).name: Path(b).name for a, (b, _) in run.duplicates.items()} == {
        "b.html": "a.docx", "d.txt": "a.docx"
    }  # fmt: skip
    assert run.tagged == 14
    named = pd.read_csv(tmp_path / "o.csv.duplicates.csv")
    assert list(named["file"].map(lambda name: Path(name).name)) == ["b.html", "d.txt"]
    assert named["alike"].min() >= 0.85
    assert "2 documents are nearly the text of an earlier one, tagged all the same" in "\n".join(summary(run))

    once = tag_inputs(tagger, [str(folder)], output=tmp_path / "o.csv", drop_duplicates=True)
    assert once.counts()["duplicates"] == run.counts()["duplicates"]
    assert once.counts()["duplicates_dropped"]
    assert (once.tagged, once.set_aside_count) == (8, 0)
    assert set(pd.read_csv(tmp_path / "o.csv")["file"].map(lambda name: Path(name).name)) == {
        "a.docx", "c.txt", "e.txt", "f.txt"
    }  # fmt: skip
    assert "left out:" in "\n".join(summary(once))

    for name in ("b.html", "d.txt"):
        (folder / name).unlink()
    assert not tag_inputs(tagger, [str(folder)], output=tmp_path / "o.csv").duplicates
    assert not (tmp_path / "o.csv.duplicates.csv").exists()  # of the earlier run
    (tmp_path / "p.csv.duplicates.csv").write_text("of mine", "utf-8")
    with pytest.raises(ZhengyuError, match="no run of zhengyu wrote it"):
        tag_inputs(tagger, [str(folder)], output=tmp_path / "p.csv")


def test_progress_goes_by_document_and_never_back(tagger: Tagger, tmp_path: Path, pages: Path) -> None:
    steps: list[Step] = []
    tag_inputs(tagger, [str(pages)], output=tmp_path / "o.csv", progress=steps.append)
    tagging = [step for step in steps if step.doing == "tagging"]
    assert [read for read, _ in dict.fromkeys(step.files for step in tagging if step.files)] == [
        *range(13), *range(14, 32)
    ]  # fmt: skip
    shares = [step.share or 0 for step in tagging]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    # Beside an archive, whose bytes tell nothing, files count alike.
    with zipfile.ZipFile(pages / "a.zip", "w") as archive:
        archive.writestr("a.txt", RIVER)
    steps.clear()
    tag_inputs(tagger, [str(pages)], output=tmp_path / "o.csv", progress=steps.append)
    shares = [step.share or 0 for step in steps if step.doing == "tagging"]
    assert (shares[0], shares[-1]) == (0, 1)
    assert shares[1] == pytest.approx(1 / 32)


def test_no_reader_outlives_a_run_that_ends_early(tagger: Tagger, tmp_path: Path, pages: Path) -> None:
    with pytest.raises(StopError):
        tag_inputs(tagger, [str(pages)], output=tmp_path / "o.csv", progress=stop_after(0), jobs=2)
    mine = subprocess.run(["ps", "--ppid", str(os.getpid()), "-o", "args="], capture_output=True, text=True).stdout
    assert "zhengyu.io.sandbox.child" not in mine
