"""Files made to do harm, sent to the server and given to the command: each ends soon, in an answer or a clear refusal.

``ZHENGYU_HOSTILE=all pytest tests/web/test_hostile.py`` sends them all; without it every sixth goes.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx2 as httpx
import pytest
from click.testing import CliRunner
from hostile import PROSE, SECRET, hostile_files, workbook

from zhengyu.batch.runner import tag_inputs
from zhengyu.cli import main
from zhengyu.io.inputs import Input
from zhengyu.io.open_table import open_table
from zhengyu.io.sandbox.parent import File, GuardedReader, rows_apart
from zhengyu.tagger import Tagger
from zhengyu.web.settings import Limits, Settings
from zhengyu_corpus.errors import ZhengyuError

pytestmark = pytest.mark.slow

#: Reading ends after this many seconds, and tagging what was read after as many again.
READ_SECONDS = 10.0
MARGIN = 20.0


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, bytes]]:
    secret = tmp_path_factory.mktemp("outside") / "secret.txt"
    secret.write_text(SECRET, "utf-8")
    return hostile_files(str(secret))


@pytest.fixture(scope="module")
def sent(files: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    return files if os.environ.get("ZHENGYU_HOSTILE") == "all" else files[::6]


@pytest.fixture(scope="module")
def strict(serve: object, tagger: Tagger) -> Iterator[str]:
    limits = Limits(read_seconds=READ_SECONDS, document_chars=200_000)
    with serve(tagger, Settings(limits=limits)) as url:  # type: ignore[operator]
        yield url


def test_there_are_a_hundred(files: list[tuple[str, bytes]]) -> None:
    assert len(files) >= 100
    assert len({name for name, _ in files}) == len(files)


def test_uploads_end_in_an_answer_or_a_refusal(strict: str, sent: list[tuple[str, bytes]]) -> None:
    def send(client: httpx.Client, name: str, data: bytes) -> str:
        start = time.monotonic()
        answer = client.post("/v1/file", params={"name": name}, content=data)
        took = time.monotonic() - start
        if answer.status_code not in (200, 413, 422):
            return f"{name}: {answer.status_code} {answer.text[:200]}"
        if took > READ_SECONDS + MARGIN:
            return f"{name}: {took:.0f} seconds"
        if SECRET in answer.text:
            return f"{name}: holds what lies outside"
        if answer.headers["content-type"] != "application/json":
            return f"{name}: {answer.headers['content-type']}"
        if answer.status_code != 200 and not answer.json()["detail"]:
            return f"{name}: refused without a reason"
        return ""

    with httpx.Client(base_url=strict, timeout=120) as client, ThreadPoolExecutor(2) as pool:
        wrong = [told for told in pool.map(lambda file: send(client, *file), sent) if told]
        assert client.get("/healthz").status_code == 200
    assert not wrong
    assert not Path("/tmp/zhengyu-slipped.txt").exists()


def test_bombs_are_refused_and_not_unpacked(strict: str, files: list[tuple[str, bytes]]) -> None:
    bombs = [(name, data) for name, data in files if name.endswith(("bomb.docx", "bomb.xlsx"))]
    assert len(bombs) == 2
    with httpx.Client(base_url=strict, timeout=60) as client:
        for name, data in bombs:
            answer = client.post("/v1/file", params={"name": name}, content=data)
            assert answer.status_code == 422
            assert "would unpack to" in answer.json()["detail"]


def test_a_reader_that_is_late_is_ended(serve: object, tagger: Tagger) -> None:
    with (
        serve(tagger, Settings(limits=Limits(read_seconds=0.01))) as url,  # type: ignore[operator]
        httpx.Client(base_url=url, timeout=60) as client,
    ):
        answer = client.post("/v1/file", params={"name": "a.txt"}, content="农田".encode())
    assert answer.status_code == 422
    assert "longer than 0.01 seconds" in answer.json()["detail"]


def test_a_reader_that_needs_too_much_memory_is_ended(serve: object, tagger: Tagger) -> None:
    limits = Limits(read_bytes=200 * 1024 * 1024)
    with (
        serve(tagger, Settings(limits=limits)) as url,  # type: ignore[operator]
        httpx.Client(base_url=url, timeout=60) as client,
    ):
        answer = client.post("/v1/file", params={"name": "a.html"}, content=b"<p>" * 8_000_000)
    assert answer.status_code == 422
    assert "memory" in answer.json()["detail"] or "gave up" in answer.json()["detail"]


def test_the_command_ends_in_a_result_or_one_message(
    sent: list[tuple[str, bytes]], tagger: Tagger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zhengyu.tagger.load", lambda *_, **__: tagger)
    monkeypatch.chdir(tmp_path)
    wrong: list[str] = []
    for name, data in sent:
        if len(data) > 5_000_000 and name.endswith(".txt"):
            continue  # tagging so much takes its time, and hangs nowhere; the server refuses it
        path = Path(name.replace("/", "_"))
        path.write_bytes(data)
        start = time.monotonic()
        result = CliRunner().invoke(main, ["tag", str(path), "-o", "out.jsonl", "--read-seconds", str(READ_SECONDS)])
        took = time.monotonic() - start
        written = Path("out.jsonl").read_text("utf-8", errors="replace") if Path("out.jsonl").exists() else ""
        for rest in ("out.jsonl", "out.jsonl.set-aside.csv"):
            Path(rest).unlink(missing_ok=True)
        shutil.rmtree(".out.jsonl.zhengyu", ignore_errors=True)  # what a run that was cut short keeps
        if result.exit_code not in (0, 1, 2) or "Traceback" in result.output or not isinstance(
            result.exception, (SystemExit, type(None))
        ):  # fmt: skip
            wrong.append(f"{name}: {result.exit_code} {result.exception!r} {result.output[:200]}")
        if result.exit_code == 2 and written:
            wrong.append(f"{name}: refused, but something was written")
        if SECRET in written + result.output:
            wrong.append(f"{name}: holds what lies outside")
        if took > READ_SECONDS + MARGIN:
            wrong.append(f"{name}: {took:.0f} seconds")
        path.unlink()
    assert not wrong
    assert not list(tmp_path.iterdir())


def test_a_late_document_is_set_aside_and_the_rest_tagged(tagger: Tagger, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.html").write_text(f"<p>{PROSE}</p>", "utf-8")
    (tmp_path / "in" / "b.txt").write_text(PROSE, "utf-8")
    run = tag_inputs(tagger, [str(tmp_path / "in")], output=tmp_path / "out.csv", read_seconds=0.01)
    assert (run.read, run.tagged, run.set_aside_count) == (2, 1, 1)
    assert "longer than 0.01 seconds" in run.set_aside[0].reason
    assert "a.html" in (tmp_path / "out.csv.set-aside.csv").read_text("utf-8")
    with pytest.raises(ZhengyuError, match=r"longer than 0\.01 seconds"):
        tag_inputs(tagger, [str(tmp_path / "in" / "a.html")], output=tmp_path / "one.csv", read_seconds=0.01)
    assert not (tmp_path / "one.csv").exists()


def test_a_workbook_that_crawls_is_ended(files: list[tuple[str, bytes]], tagger: Tagger, tmp_path: Path) -> None:
    (data,) = (data for name, data in files if name.endswith("far-columns.xlsx"))
    (tmp_path / "a.xlsx").write_bytes(data)
    start = time.monotonic()
    with pytest.raises(ZhengyuError, match="longer than 2 seconds; save it anew as CSV"):
        tag_inputs(
            tagger, [str(tmp_path / "a.xlsx")], output=tmp_path / "one.csv", text_column="column_1", read_seconds=2
        )
    assert time.monotonic() - start < MARGIN
    assert not (tmp_path / "one.csv").exists()  # how many finished parts are kept depends on the machine
    with pytest.raises(ZhengyuError, match=r"no column 'text'; .*column_16384") as told:
        tag_inputs(tagger, [str(tmp_path / "a.xlsx")], output=tmp_path / "two.csv", text_column="text")
    assert len(str(told.value)) < 2000
    with (
        closing(GuardedReader(seconds=5, memory=300 * 1024**2)) as reader,
        pytest.raises(ZhengyuError, match=r"memory|gave up|longer than"),
    ):
        list(reader.rows(data, "a.xlsx").rows)


def test_what_is_unpacked_whole_is_bounded(tagger: Tagger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zhengyu.io.inputs.WHOLE_BYTES", 3 * 1024**2)
    monkeypatch.setattr("zhengyu.batch.stream.DOCUMENT_BYTES", 3 * 1024**2)
    for ending in (".html", ".xlsx", ".parquet"):
        path = tmp_path / f"a{ending}.gz"
        path.write_bytes(gzip.compress(b" " * 4 * 1024**2))
        with pytest.raises(ZhengyuError, match="too much to be read whole"):
            tag_inputs(tagger, [str(path)], output=tmp_path / "one.csv")


def test_rows_of_any_size_come_in_bounded_blocks(tmp_path: Path) -> None:
    rows = [json.dumps({"text": PROSE * 10_000}) + "\n" for _ in range(100)]  # 75 MB as UTF-8
    (tmp_path / "a.jsonl").write_text("".join(rows), "ascii")
    source = Input(str(tmp_path / "a.jsonl"), ".jsonl")
    with source.open() as stream:
        sizes = [len(block.ids) for block in open_table(source, stream, sheet=rows_apart).blocks]
    assert sum(sizes) == 100
    assert len(sizes) > 4 and len(set(sizes[:-1])) == 1


def test_a_reader_goes_on_after_files_that_ended_it() -> None:
    with closing(GuardedReader(memory=400 * 1024**2)) as reader:
        page = f"<p>{PROSE}</p>".encode()
        assert reader.document(page, "a.html", ".html").text.strip() == PROSE
        first = reader._child
        assert reader.document(page, "b.html", ".html").text.strip() == PROSE
        assert reader._child is first
        with pytest.raises(ZhengyuError, match=r"memory|gave up"):
            reader.document(b"<p>" * 8_000_000, "c.html", ".html")
        assert reader.document(page, "d.html", ".html").text.strip() == PROSE
        assert reader._child is not first
        reader.seconds = 0.0001
        with pytest.raises(ZhengyuError, match="longer than"):
            reader.document(b"<table><tr><td>" * 3_000, "e.html", ".html")
        reader.seconds = 60
        assert reader.document(page, "f.html", ".html").text.strip() == PROSE
        book = workbook("甲", "乙", "丙")
        child = reader._child
        assert list(reader.rows(book, "g.xlsx").rows) == [(i, {"text": t}) for i, t in enumerate("甲乙丙", 1)]
        assert reader._child is child
        next(reader.rows(book, "h.xlsx").rows)  # left in the midst
        assert reader.document(page, "i.html", ".html").text.strip() == PROSE
        assert reader._child is not child
        child = reader._child
    assert child is not None and child.returncode is not None


def test_files_handed_in_together_are_read_behind_those_that_ended_the_child() -> None:
    page = File(f"<p>{PROSE}</p>".encode(), "a.html", ".html")
    burst, text = File(b"<p>" * 8_000_000, "b.html", ".html"), File(PROSE.encode(), "c.txt", ".txt")
    with closing(GuardedReader(memory=400 * 1024**2)) as reader:
        made = reader.split([page, burst, page, File(b"PK", "d.docx", ".docx"), text, burst])
        assert [str(one)[:6] if isinstance(one, ZhengyuError) else one.paragraphs[0].text for one in made] == [
            PROSE, "b.html", PROSE, "d.docx", PROSE, "b.html"
        ]  # fmt: skip
        assert reader._child is None
        reader.seconds = 0.0001
        (late,) = reader.split([page])
        assert "longer than" in str(late)
        reader.seconds = 60
        # Text needs no child; where many files come it is read in one too, and comes out the same.
        (alone,) = reader.split([text])
        assert reader._child is None
        assert reader.split([text] * 8) == [alone] * 8
        assert reader._child is not None
    assert reader._clock is None
