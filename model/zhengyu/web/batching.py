"""Texts of many requests to one model: joined into batches, worked on one at a time, refused when too many wait."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

Result = TypeVar("Result")
Other = TypeVar("Other")

#: Texts worked on at once: enough to spread the cost of a batch, few enough that a short request waits little.
BATCH = 256
#: Characters worked on at once, so that a batch of long texts takes no longer than one of many short ones.
BATCH_CHARS = 100_000


class BusyError(Exception):
    """So much waits already that a new request would only wait in vain."""


@dataclass(slots=True)
class _Job(Generic[Result]):
    texts: Sequence[str]
    chars: int
    done: asyncio.Future[list[Result]]


class Batcher(Generic[Result]):
    """Run a function over texts in one thread, batch by batch.

    Parts of a long request take turns with short ones: a request hands in its next part when the last is done.

    Parameters
    ----------
    work : callable
        From a list of texts to one result for each.
    waiting_chars : int
        Characters that may wait.
    """

    def __init__(self, work: Callable[[list[str]], list[Result]], waiting_chars: int) -> None:
        self.work = work
        self.waiting_chars = waiting_chars
        self.waiting = 0
        self._jobs: deque[_Job[Result]] = deque()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="zhengyu-model")
        self._runner: asyncio.Task[None] | None = None

    async def run(self, texts: Sequence[str]) -> list[Result]:
        """Return one result for each text, in order.

        Raises
        ------
        BusyError
            More than `waiting_chars` characters wait already.
        """
        results: list[Result] = []
        with self._place(sum(map(len, texts))):
            for part in _parts(texts):
                results.extend(await self._hand_in(part))
        return results

    async def call(self, function: Callable[[], Other], chars: int) -> Other:
        """Return what `function` returns, called in the same thread, so that one thing at a time uses the model.

        Raises
        ------
        BusyError
            As in `run`, for a function that reads `chars` characters.
        """
        with self._place(chars):
            return await asyncio.get_running_loop().run_in_executor(self._thread, function)

    @contextmanager
    def _place(self, chars: int) -> Generator[None]:
        if self.waiting and self.waiting + chars > self.waiting_chars:
            raise BusyError
        self.waiting += chars
        try:
            yield
        finally:
            self.waiting -= chars

    async def _hand_in(self, texts: Sequence[str]) -> list[Result]:
        loop = asyncio.get_running_loop()
        job: _Job[Result] = _Job(texts, sum(map(len, texts)), loop.create_future())
        self._jobs.append(job)
        if self._runner is None or self._runner.done():
            self._runner = loop.create_task(self._work_off())
        return await job.done

    async def _work_off(self) -> None:
        loop = asyncio.get_running_loop()
        while self._jobs:
            batch = self._next_batch()
            texts = [text for job in batch for text in job.texts]
            try:
                results = await loop.run_in_executor(self._thread, self.work, texts)
            except Exception as error:  # whatever it is, those who wait for it must hear of it
                for job in batch:
                    if not job.done.done():
                        job.done.set_exception(error)
                continue
            place = 0
            for job in batch:
                if not job.done.done():
                    job.done.set_result(results[place : place + len(job.texts)])
                place += len(job.texts)

    def _next_batch(self) -> list[_Job[Result]]:
        batch = [self._jobs.popleft()]
        count, chars = len(batch[0].texts), batch[0].chars
        while self._jobs:
            job = self._jobs[0]
            if count + len(job.texts) > BATCH or chars + job.chars > BATCH_CHARS:
                break
            batch.append(self._jobs.popleft())
            count, chars = count + len(job.texts), chars + job.chars
        return [job for job in batch if not job.done.done()] or batch[:1]

    def close(self) -> None:
        """End the thread; what it works on is finished first."""
        self._thread.shutdown()


def _parts(texts: Sequence[str]) -> list[Sequence[str]]:
    parts: list[Sequence[str]] = []
    start, chars = 0, 0
    for i, text in enumerate(texts):
        if i > start and (i - start >= BATCH or chars + len(text) > BATCH_CHARS):
            parts.append(texts[start:i])
            start, chars = i, 0
        chars += len(text)
    if start < len(texts):
        parts.append(texts[start:])
    return parts
