"""A round through a doccano server: `python tests/doccano_round.py [--python PYTHON] [--keep FILE]`.

Installs doccano in an environment of its own unless a Python that has it is named, starts its server and its worker
on SQLite, uploads what `corpus export` writes, labels as a coder's browser does, downloads, and compares what
`corpus import` reads with what was labelled. ``--keep`` puts the download where `test_exchange` reads it.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx

from zhengyu_corpus.themes import load_themes
from zhengyu_training.labelling.exchange import export_tasks, read_tasks
from zhengyu_training.labelling.tasks import MarkedSpan, Task

#: doccano leaves two requirements open whose next versions it does not load with.
REQUIREMENTS = ("doccano==1.8.4", "marshmallow<4", "numpy<2")
KIND = "IntentDetectionAndSlotFilling"
_WAIT = 60.0

#: Paragraphs as they go to the coder: coded, coded as none, and not coded; one with characters beyond 16 bits.
SENT = (
    Task("𠀀 全县上下锚定“四个走在前”，把冬修水利抓在手上！\n水渠修到了田头。", {"id": "a", "doc": "d", "era": "2021-2026"},
         ("rural",), ("infrastructure",), (MarkedSpan(8, 13, "numeric"),)),
    Task("=1+1，请入座。", {"id": "b"}, ()),
    Task("镇里的老街装上了路灯，晚上散步的人多了。", {"id": "c", "level": "county"}),
    Task("这一段没有人读过。", {"id": "e"}),
)  # fmt: skip
#: What the coder adds to the third in the browser.
ADDED = (("urban", "livelihood"), MarkedSpan(3, 5, "canonical"))
EXPECTED = (*SENT[:2], Task(SENT[2].text, SENT[2].carried, ("livelihood", "urban"), (), (ADDED[1],)), SENT[3])


class Doccano:
    """A server's project, as its web page talks to it."""

    def __init__(self, address: str) -> None:
        self._http = httpx.Client(base_url=address, timeout=30)
        self._send("auth/login/", json={"username": "admin", "password": "password"})
        made = self._send(
            "projects",
            json={"name": "round", "description": "-", "project_type": KIND, "resourcetype": f"{KIND}Project",
                  "collaborative_annotation": True, "allow_overlapping": True},
        )  # fmt: skip
        self._project = f"projects/{made.json()['id']}"

    def _send(self, path: str, **content: Any) -> httpx.Response:
        token = {"X-CSRFToken": self._http.cookies.get("csrftoken", "")}
        return self._http.post(f"/v1/{path}", headers=token, **content).raise_for_status()

    def _get(self, path: str) -> httpx.Response:
        return self._http.get(f"/v1/{path}").raise_for_status()

    def upload_labels(self, kind: str, path: Path) -> None:
        self._send(f"{self._project}/{kind}-type-upload", files={"file": (path.name, path.read_bytes())})

    def upload(self, path: Path) -> None:
        upload = self._send("fp/process/", files={"filepond": (path.name, path.read_bytes())}).text
        words = {"format": "JSONL", "task": KIND, "uploadIds": [upload]}
        task = self._send(f"{self._project}/upload", json=words).json()["task_id"]
        done = waited(lambda: (got := self._get(f"tasks/status/{task}").json()).get("ready") and got)
        if done.get("error"):
            raise SystemExit(f"doccano did not take the data: {done}")

    def label(self, text: str, themes: tuple[str, ...], span: MarkedSpan) -> None:
        examples = self._get(f"{self._project}/examples?limit=100").json()["results"]
        (example,) = [one["id"] for one in examples if one["text"] == text]
        named = {
            kind: {one["text"]: one["id"] for one in self._get(f"{self._project}/{kind}-types").json()}
            for kind in ("category", "span")
        }
        here = f"{self._project}/examples/{example}"
        for theme in themes:
            self._send(f"{here}/categories", json={"label": named["category"][theme]})
        where = {"start_offset": span.start, "end_offset": span.end}
        self._send(f"{here}/spans", json={"label": named["span"][span.type], **where})

    def download(self) -> dict[str, bytes]:
        words = {"format": "JSONL", "exportApproved": False}
        task = self._send(f"{self._project}/download", json=words).json()["task_id"]
        got = waited(
            lambda: (answer := self._get(f"{self._project}/download?taskId={task}")).content[:2] == b"PK" and answer
        )
        with zipfile.ZipFile(io.BytesIO(got.content)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}


def waited(ask: Callable[[], Any]) -> Any:
    """Return the first answer that is one."""
    until = time.monotonic() + _WAIT
    while time.monotonic() < until:
        with contextlib.suppress(httpx.TransportError):
            if answer := ask():
                return answer
        time.sleep(0.3)
    raise SystemExit(f"no answer within {_WAIT:.0f} seconds")


@contextlib.contextmanager
def server(python: Path, folder: Path) -> Iterator[str]:
    """Run doccano in a folder; give its address."""
    doccano = str(python.with_name("doccano"))
    environment = {**os.environ, "DOCCANO_HOME": str(folder)}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    with (folder / "log").open("wb") as log:
        for words in (["init"], ["createuser", "--username", "admin", "--password", "password"]):
            subprocess.run([doccano, *words], env=environment, stdout=log, stderr=log, check=True)
        running = [
            subprocess.Popen([doccano, *words], env=environment, stdout=log, stderr=log)
            for words in (["webserver", "--port", port, "--workers", "1"], ["task", "--concurrency", "1"])
        ]
        try:
            address = f"http://127.0.0.1:{port}"
            waited(lambda: httpx.get(f"{address}/v1/auth/login/").status_code in (200, 405))
            yield address
        finally:
            for one in running:
                one.terminate()
            for one in running:
                one.wait(20)


def main() -> None:
    """Walk the paragraphs through and say what came back."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", type=Path, help="A Python that has doccano.")
    parser.add_argument("--keep", type=Path, help="Where to put what doccano gave back.")
    options = parser.parse_args()
    themes = load_themes()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        python: Path | None = options.python
        if python is None:
            python = folder / "venv" / "bin" / "python"
            subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
            subprocess.run([str(python), "-m", "pip", "install", "--quiet", *REQUIREMENTS], check=True)
        data, categories, spans = export_tasks(SENT, folder / "t.jsonl", "doccano", themes)
        with server(python, folder) as address:
            project = Doccano(address)
            project.upload_labels("category", categories)
            project.upload_labels("span", spans)
            project.upload(data)
            project.label(SENT[2].text, *ADDED)
            made = project.download()
        ((name, content),) = made.items()
        (folder / "back.jsonl").write_bytes(content)
        back = read_tasks(folder / "back.jsonl", themes)
        if options.keep:
            options.keep.write_bytes(content)
    for one, other in zip(EXPECTED, back, strict=True):
        if one != other:
            sys.exit(f"{name}: {one} came back as {other}")
    print(f"{name}: {len(back)} of {len(EXPECTED)} paragraphs came back with every label")


if __name__ == "__main__":
    main()
