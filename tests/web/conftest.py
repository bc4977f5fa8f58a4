"""A server with the shipped model, on a port of its own, and the browser that looks at it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2 as httpx
import pytest
import uvicorn

from zhengyu.tagger import Tagger
from zhengyu.web.app import make_app
from zhengyu.web.serve import server_config
from zhengyu.web.settings import Settings


@contextmanager
def served(tagger: Tagger, settings: Settings) -> Iterator[str]:
    server = uvicorn.Server(server_config(make_app(tagger, settings), settings.limits, port=0))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 30
    while not server.started and time.monotonic() < until:
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(15)
        assert not thread.is_alive()


@pytest.fixture(scope="session")
def serve() -> Callable[..., object]:
    return served


@pytest.fixture(scope="module")
def corrections(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("served") / "corrections.jsonl"


@pytest.fixture(scope="module")
def address(tagger: Tagger, corrections: Path) -> Iterator[str]:
    with served(tagger, Settings(corrections=corrections)) as url:
        yield url


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=60) as session:
        yield session
