"""Whatever one request does, the server answers others: work has an end, connections have clocks, readers no secrets."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx
import pytest

from zhengyu.io.sandbox.child import environment
from zhengyu.tagger import Tagger
from zhengyu.web.metrics import Metrics
from zhengyu.web.settings import Limits, Settings
from zhengyu.web.worker import worker_environment
from zhengyu.web.workers import BusyError, LateError, Workers

FIELD = "今年全县新建高标准农田三万亩。"
BODY = json.dumps({"texts": [FIELD]}).encode()
#: Takes a worker about a second.
LONG = json.dumps({"texts": [FIELD * 50] * 300}, ensure_ascii=False).encode()


@pytest.fixture(scope="module")
def pool(tagger: Tagger) -> Iterator[Workers]:
    made = Workers(tagger, Settings(limits=Limits(short_seconds=60, waiting_bytes=1_000_000)), Metrics("m"))
    yield made
    made.close()


def test_a_worker_is_ready_before_the_page_can_be_opened(pool: Workers) -> None:
    pool.start(wait=True)
    (child,) = pool._children
    start = time.monotonic()
    assert asyncio.run(pool.do("document", json.dumps({"text": FIELD}).encode())).status == 200
    assert pool._children == {child}  # no other had to be started, and no model loaded
    assert time.monotonic() - start < 1


def test_a_requests_limit_ends_its_work_and_short_ones_go_on(pool: Workers) -> None:
    async def both() -> None:
        assert (await pool.do("tag", BODY)).status == 200
        before = set(pool._children)
        long = asyncio.create_task(pool.do("tag", LONG))
        while len(pool._children) < 2:
            await asyncio.sleep(0.01)
        (child,) = pool._children - before
        start = time.monotonic()
        assert (await pool.do("tag", BODY)).status == 200
        assert not long.done()
        assert time.monotonic() - start < 5
        long.cancel()
        with pytest.raises(asyncio.CancelledError):
            await long
        until = time.monotonic() + 60
        while child in pool._children and time.monotonic() < until:
            await asyncio.sleep(0.01)
        assert child.returncode == -9
        assert (await pool.do("tag", BODY)).status == 200

    asyncio.run(both())


def test_short_work_that_is_late_is_ended_and_the_worker_replaced(tagger: Tagger) -> None:
    pool = Workers(tagger, Settings(limits=Limits(short_seconds=0.0001, short_bytes=70_000)), Metrics("m"))

    async def one() -> None:
        with pytest.raises(LateError, match=r"ended after 0\.0001 seconds"):
            await pool.do("tag", json.dumps({"texts": [FIELD * 50] * 10}).encode())
        assert (await pool.do("tag", json.dumps({"texts": [FIELD * 50] * 20}).encode())).status == 200

    try:
        asyncio.run(one())
        assert "zhengyu_workers_ended_total 1.0" in pool.metrics.text().decode()
    finally:
        pool.close()


def test_more_workers_do_short_requests_side_by_side(tagger: Tagger) -> None:
    pool = Workers(tagger, Settings(limits=Limits(short_bytes=10**9, short_seconds=60), workers=3), Metrics("m"))

    async def many() -> list[int]:
        return [reply.status for reply in await asyncio.gather(*(pool.do("tag", LONG) for _ in range(3)))]

    try:
        pool.start(wait=True)
        assert asyncio.run(many()) == [200] * 3
        assert len(pool._children) == 3  # two for short requests, and the other when both were busy
    finally:
        pool.close()


def test_what_waits_is_bounded_and_a_fault_tells_where_not_what(pool: Workers) -> None:
    async def several() -> None:
        first = asyncio.create_task(pool.do("tag", b" " * 900_000))
        await asyncio.sleep(0)
        with pytest.raises(BusyError):
            await pool.do("tag", LONG)
        assert (await pool.do("tag", BODY)).status == 200
        assert (await first).status == 422
        reply = await pool.do("no-such", "机密".encode())
        assert reply.status == 500
        assert reply.fault.startswith("AttributeError at work.py:")
        assert "机密" not in reply.fault + reply.body.decode()

    asyncio.run(several())


def test_children_get_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "AWS_SECRET_ACCESS_KEY",
        "ZHENGYU_TOKEN",
        "GITHUB_TOKEN",
        "DATABASE_URL",
        "PYTHONSTARTUP",
        "LD_PRELOAD",
    ):
        monkeypatch.setenv(name, "secret")
    assert "secret" not in [*environment().values(), *worker_environment("/t").values()]
    assert environment()["PATH"] == os.environ["PATH"]


@pytest.fixture(scope="module")
def strict(serve: object, tagger: Tagger) -> Iterator[tuple[str, int]]:
    limits = Limits(head_seconds=0.7, body_seconds=0.7, connections=60)
    with serve(tagger, Settings(limits=limits)) as url:  # type: ignore[operator]
        yield "127.0.0.1", int(url.rpartition(":")[2])


def closed(one: socket.socket, seconds: float) -> bool:
    one.settimeout(seconds)
    try:
        return one.recv(1) == b""
    except (TimeoutError, ConnectionError) as error:
        return isinstance(error, ConnectionError)


def test_half_heads_shut_nobody_out(strict: tuple[str, int]) -> None:
    """More connections than are taken at once, each with half a head and now and then a byte more."""
    held = []
    for _ in range(90):
        held.append(socket.create_connection(strict))
        held[-1].sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: ")
    start = time.monotonic()
    assert httpx.get(f"http://127.0.0.1:{strict[1]}/healthz", timeout=10).status_code == 200
    assert time.monotonic() - start < 5
    assert closed(held[0], 5) and closed(held[-1], 5)
    for one in held:
        one.close()


def test_heads_and_bodies_have_clocks(strict: tuple[str, int]) -> None:
    with socket.create_connection(strict) as one:  # after an answer, too
        one.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"200" in one.recv(4096)
        one.sendall(b"GET /healthz HTTP/1.1\r\nHos")
        one.settimeout(5)
        rest = b"-"
        while rest:
            rest = one.recv(4096)
    with socket.create_connection(strict) as one:
        one.sendall(b"POST /v1/tag HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{")
        one.settimeout(10)
        told = one.recv(4096)
        assert b"408" in told.split(b"\r\n")[0]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="children are read from /proc, which is Linux's")
def test_workers_go_with_the_server() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "zhengyu", "serve", "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    address = process.stdout.readline().split()[0].rstrip("/")
    assert httpx.post(f"{address}/v1/tag", json={"texts": [FIELD]}, timeout=60).status_code == 200
    tasks = Path(f"/proc/{process.pid}/task").iterdir()
    children = [Path("/proc", child) for task in tasks for child in (task / "children").read_text().split()]
    assert children
    process.kill()
    process.wait()
    process.stdout.close()
    until = time.monotonic() + 20
    while any(child.exists() for child in children) and time.monotonic() < until:
        time.sleep(0.05)
    # One whose parent is gone may stay as a zombie where nobody takes those up.
    assert not any(child.exists() and (child / "cmdline").read_bytes() for child in children)
