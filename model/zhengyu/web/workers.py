"""The pool of worker processes: short requests are never behind long ones, and a request's limit ends its work."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import subprocess
import tempfile
import threading
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from zhengyu.tagger import Tagger
from zhengyu.web.metrics import Metrics
from zhengyu.web.settings import Settings
from zhengyu.web.worker import command, first_bytes, worker_environment

#: How long a worker may take to load the model.
_START_SECONDS = 120.0


class BusyError(Exception):
    """So much waits already that a new request would only wait in vain."""


class LateError(Exception):
    """A request's work took longer than it may; it has been ended."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a worker answered: status, media type and body; `name` of a file, `fault` where one of ours happened."""

    status: int
    media: str
    body: bytes
    paragraphs: int = 0
    name: str = ""
    fault: str = ""


@dataclass(slots=True, eq=False)
class _Job:
    operation: str
    name: str
    body: bytes
    seconds: float | None
    future: Future[Reply] = field(default_factory=Future)
    ended: str = ""
    child: subprocess.Popen[bytes] | None = None

    def end(self, why: str) -> None:
        """End the work, if it is under way."""
        self.ended = self.ended or why
        if self.child is not None:
            self.child.kill()


class Workers:
    """Answer requests in worker processes.

    One of them does long requests first, and short ones when all others are busy; these do short requests only.

    Parameters
    ----------
    tagger : Tagger
        The model, of which each worker has its own.
    settings : Settings
        Their limits say what is short, and how long its work may take.
    metrics : Metrics
        Counts paragraphs, and workers that were ended.
    """

    def __init__(self, tagger: Tagger, settings: Settings, metrics: Metrics) -> None:
        self.limits, self.metrics = settings.limits, metrics
        self._tagger, self._settings = tagger, settings
        self._short: deque[_Job] = deque()
        self._long: deque[_Job] = deque()
        #: Bytes of short and of long requests that wait or are worked on: long ones do not shut short ones out.
        self._waiting = {True: 0, False: 0}
        self._changed = threading.Condition()
        self._closed = False
        self._tried = threading.Event()
        #: Workers for short requests, and the threads of those that are busy.
        self._shorts = settings.workers - 1
        self._busy: set[int] = set()
        self._children: set[subprocess.Popen[bytes]] = set()
        self._threads: list[threading.Thread] = []

    def start(self, *, wait: bool = False) -> None:
        """Start the workers for short requests, and `wait` until one can answer; else they start with the first one.

        Where it cannot be started the wait ends too; requests are told why.
        """
        with self._changed:
            if not self._threads:
                self._threads = [
                    threading.Thread(target=self._work, args=(short,), name=f"zhengyu-worker-{name}", daemon=True)
                    for name, short in (*((f"short-{i}", True) for i in range(self._shorts)), ("long", False))
                ]
                for thread in self._threads:
                    thread.start()
        if wait:
            self._tried.wait(_START_SECONDS)

    def close(self) -> None:
        """End the workers, whatever they do."""
        with self._changed:
            self._closed = True
            waiting = [*self._short, *self._long]
            self._short.clear()
            self._long.clear()
            for child in self._children:
                child.kill()
            self._changed.notify_all()
        for job in waiting:
            job.future.cancel()
        for thread in self._threads:
            thread.join()

    async def do(self, operation: str, body: bytes, name: str = "") -> Reply:
        """Return a worker's reply; when the caller is cancelled, so is the work.

        Raises
        ------
        BusyError
            More bytes than may wait do so already.
        LateError
            The work took too long.
        """
        short = len(body) <= self.limits.short_bytes
        job = _Job(operation, name, body, self.limits.short_seconds if short else None)
        self.start()
        with self._changed:
            if self._waiting[short] and self._waiting[short] + len(body) > self.limits.waiting_bytes:
                raise BusyError
            self._waiting[short] += len(body)
            (self._short if short else self._long).append(job)
            self._changed.notify_all()
        try:
            reply = await asyncio.wrap_future(job.future)
        except asyncio.CancelledError:
            with self._changed:
                for queue in (self._short, self._long):
                    with contextlib.suppress(ValueError):
                        queue.remove(job)
                job.end("cancelled")
            raise
        finally:
            with self._changed:
                self._waiting[short] -= len(body)
        self.metrics.paragraphs.inc(reply.paragraphs)
        if reply.paragraphs:
            self.metrics.request_paragraphs.observe(reply.paragraphs)
        return reply

    def _next(self, short: bool) -> _Job | None:
        """Wait for the next job of one worker; None when the pool is closed."""
        with self._changed:
            if short:
                self._busy.discard(threading.get_ident())
            while not self._closed:
                if self._long and not short:
                    return self._long.popleft()
                if self._short and (short or len(self._busy) == self._shorts):
                    if short:
                        self._busy.add(threading.get_ident())
                        self._changed.notify_all()  # the other may take the next, if there is one
                    return self._short.popleft()
                self._changed.wait()
        return None

    def _work(self, short: bool) -> None:
        child: subprocess.Popen[bytes] | None = None
        folder = tempfile.mkdtemp(prefix="zhengyu-worker-")
        try:
            child = self._begin(folder) if short else None  # the other starts when there is work for it
            if short:
                self._tried.set()
            while (job := self._next(short)) is not None:
                if not job.future.set_running_or_notify_cancel():
                    continue
                if child is None or child.poll() is not None:
                    child = self._begin(folder)
                try:
                    if child is None:
                        raise LateError("no worker could be started; look at the server's memory and its log")
                    job.future.set_result(self._ask(child, job))
                except LateError as error:
                    self.metrics.workers_ended.inc()
                    self._end(child)
                    child = None
                    job.future.set_exception(error)
                    if not self._closed:  # ready before the next request comes
                        child = self._begin(folder)
        finally:
            self._tried.set()
            self._end(child)
            shutil.rmtree(folder, ignore_errors=True)

    def _begin(self, folder: str) -> subprocess.Popen[bytes] | None:
        """Start a worker and wait until it has loaded the model; None where that fails."""
        with self._changed:
            if self._closed:
                return None
            child = subprocess.Popen(  # noqa: S603 - this Python and a module of ours
                command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                env=worker_environment(folder),
            )  # fmt: skip
            self._children.add(child)
        clock = threading.Timer(_START_SECONDS, child.kill)
        clock.start()
        try:
            with contextlib.suppress(OSError):  # one that is gone answers nothing
                _streams(child)[0].write(first_bytes(self._tagger, self._settings))
                _streams(child)[0].flush()
            ready = _read(child) is not None
        finally:
            clock.cancel()
        if not ready:
            self._end(child)
        return child if ready else None

    def _ask(self, child: subprocess.Popen[bytes], job: _Job) -> Reply:
        head = {"operation": job.operation, "name": job.name, "size": len(job.body)}
        with self._changed:
            job.child = child
            if job.ended or self._closed:
                child.kill()
        clock = threading.Timer(job.seconds, job.end, ("late",)) if job.seconds is not None else None
        if clock is not None:
            clock.start()
        try:
            with contextlib.suppress(OSError):
                stdin = _streams(child)[0]
                stdin.write(json.dumps(head).encode() + b"\n")
                stdin.write(job.body)
                stdin.flush()
            reply = _read(child)
        finally:
            if clock is not None:
                clock.cancel()
            with self._changed:
                job.child = None
        if reply is None:
            seconds = f"{job.seconds:g} seconds" if job.seconds is not None else "its time"
            raise LateError(
                f"the work on this request was ended after {seconds}; send less at once, or later"
                if job.ended else "the worker of this request broke, or was ended; send it again, or less at once"
            )  # fmt: skip
        return reply

    def _end(self, child: subprocess.Popen[bytes] | None) -> None:
        if child is None:
            return
        child.kill()
        with contextlib.suppress(OSError), child:  # closes its pipes and waits for it
            pass
        with self._changed:
            self._children.discard(child)


def _streams(child: subprocess.Popen[bytes]) -> tuple[Any, Any]:
    return child.stdin, child.stdout


def _read(child: subprocess.Popen[bytes]) -> Reply | None:
    """Read one answer; None from a worker that is gone."""
    out = _streams(child)[1]
    line = out.readline()
    if not line.endswith(b"\n"):
        return None
    facts = json.loads(line)
    body = out.read(facts["size"])
    if len(body) != facts["size"]:
        return None
    return Reply(
        facts["status"], facts["media"], body, facts["paragraphs"], facts.get("name", ""), facts.get("fault", "")
    )
