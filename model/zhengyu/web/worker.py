"""The worker process of the server: one request after another from standard input, each answered on standard output.

The parent sends the model and settings first, then for each request one line of JSON and the bytes of its body; each
answer is one line of JSON and the bytes of the answer. A worker that is late is killed, and another started.
"""

from __future__ import annotations

import json
import os
import pickle
import sys
import traceback
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import ValidationError

from zhengyu.io.sandbox.child import environment
from zhengyu.tagger import Tagger
from zhengyu.web.schemas import ExplainRequest, TextRequest
from zhengyu.web.settings import Settings
from zhengyu.web.work import TooLargeError, Work, answer
from zhengyu_corpus.errors import ZhengyuError

#: Problems of one request that are told.
_TOLD = 5
#: What a worker needs beside what a reader of files does: where caches of compiled code and dictionaries are.
_CACHES = (
    "HOME", "USERPROFILE", "LOCALAPPDATA", "XDG_CACHE_HOME", "NUMBA_CACHE_DIR", "NUMBA_NUM_THREADS",
)  # fmt: skip


def command() -> list[str]:
    """Return the words that start a worker."""
    return [sys.executable, "-P", "-m", "zhengyu.web.worker"]


def worker_environment(folder: str) -> dict[str, str]:
    """Return the environment of a worker whose temporary files go to `folder`; no secret of the server is in it."""
    caches = {name: os.environ[name] for name in _CACHES if name in os.environ}
    return {**environment(), **caches, "TMPDIR": folder, "TEMP": folder, "TMP": folder}


def first_bytes(tagger: Tagger, settings: Settings) -> bytes:
    """Return what a worker is sent first; the token is none of its business."""
    data = pickle.dumps((tagger, replace(settings, token=None)))
    return len(data).to_bytes(8, "big") + data


def _do(work: Work, asked: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    """Return facts and body of one answer, whatever happens."""
    try:
        made = answer(work, asked["operation"], body, asked["name"])
        return {"status": 200, "media": made.media, "paragraphs": made.paragraphs, "name": made.name}, made.body
    except ValidationError as error:
        # What came is not sent back, nor is it kept: it may be anybody's text.
        problems = error.errors(include_url=False, include_context=False, include_input=False)
        detail = "; ".join(f"{'.'.join(map(str, ('body', *one['loc'])))}: {one['msg']}" for one in problems[:_TOLD])
        return _problem(422, detail)
    except TooLargeError as error:
        return _problem(413, str(error))
    except ZhengyuError as error:
        return _problem(422, str(error))
    except Exception as error:
        # Where it happened goes to the server's log; never the message, which may hold the text.
        frames = traceback.extract_tb(error.__traceback__)[-3:]
        where = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames))
        facts, told = _problem(500, "the server failed at this request; its log says where")
        return {**facts, "fault": f"{type(error).__name__} at {where}"}, told


def _problem(status: int, detail: str) -> tuple[dict[str, Any], bytes]:
    told = detail.encode("utf-8", "replace").decode()
    return {"status": status, "media": "application/json", "paragraphs": 0}, json.dumps({"detail": told}).encode()


def _send(out: BinaryIO, facts: dict[str, Any], body: bytes) -> None:
    out.write(json.dumps({**facts, "size": len(body)}).encode() + b"\n")
    out.write(body)
    out.flush()


def main() -> None:
    """Answer requests until standard input ends."""
    source, out = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    size = int.from_bytes(source.read(8), "big")
    tagger, settings = pickle.loads(source.read(size))  # noqa: S301 - what the parent process sent
    work = Work(tagger, settings)
    # What is made on first use is made now.
    work.document(TextRequest(text="关于春耕的通报\n全县新建高标准农田三万亩，跑出“春耕速度”。\n", name=""))
    work.explain(ExplainRequest(text="全县新建高标准农田三万亩。", themes=None))
    _send(out, {"status": 0, "media": "", "paragraphs": 0}, b"")
    while line := source.readline():
        asked = json.loads(line)
        _send(out, *_do(work, asked, source.read(asked["size"])))
    os._exit(0)  # nothing that a library left behind may hold the process up


if __name__ == "__main__":
    main()
