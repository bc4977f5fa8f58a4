"""Files made to do harm, sent to the server and given to the command: each ends soon, in an answer or a clear refusal."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2 as httpx
import pytest
from click.testing import CliRunner
from hostile import SECRET, hostile_files

from zhengyu.cli import main
from zhengyu.tagger import Tagger
from zhengyu.web.settings import Limits, Settings

#: Reading ends after this many seconds, and tagging what was read after as many again.
READ_SECONDS = 10.0
MARGIN = 20.0


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, bytes]]:
    secret = tmp_path_factory.mktemp("outside") / "secret.txt"
    secret.write_text(SECRET, "utf-8")
    return hostile_files(str(secret))


@pytest.fixture(scope="module")
def strict(serve: object, tagger: Tagger) -> Iterator[str]:
    limits = Limits(read_seconds=READ_SECONDS, document_chars=200_000)
    with serve(tagger, Settings(limits=limits)) as url:  # type: ignore[operator]
        yield url


def test_there_are_a_hundred(files: list[tuple[str, bytes]]) -> None:
    assert len(files) >= 100
    assert len({name for name, _ in files}) == len(files)


def test_uploads_end_in_an_answer_or_a_refusal(strict: str, files: list[tuple[str, bytes]]) -> None:
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
        wrong = [told for told in pool.map(lambda file: send(client, *file), files) if told]
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
    files: list[tuple[str, bytes]], tagger: Tagger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zhengyu.tagger.load", lambda *_, **__: tagger)
    monkeypatch.chdir(tmp_path)
    wrong: list[str] = []
    for name, data in files:
        if len(data) > 5_000_000 and name.endswith(".txt"):
            continue  # tagging so much takes its time, and hangs nowhere; the server refuses it
        path = Path(name.replace("/", "_"))
        path.write_bytes(data)
        start = time.monotonic()
        result = CliRunner().invoke(main, ["tag", str(path), "-o", "out.jsonl"])
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
        if took > MARGIN:
            wrong.append(f"{name}: {took:.0f} seconds")
        path.unlink()
    assert not wrong
    assert not list(tmp_path.iterdir())
