"""The server's side of a connection, under clocks: slow or half requests make room for others."""

from __future__ import annotations

import asyncio
import math
import time
from typing import Any, ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol

from zhengyu.web.settings import Limits


class ClockedProtocol(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it; a connection without a whole request head is closed after some seconds.

    Of a thousand connections that each send half a head (slowloris) those go first that have waited longest, as soon as
    more connections come than are taken at once: whoever sends whole requests is not shut out.
    """

    #: Bounds; `with_limits` makes a class of its own for each server.
    limits: ClassVar[Limits] = Limits()

    def __init__(self, *words: Any, **named: Any) -> None:
        super().__init__(*words, **named)
        self._head_clock: asyncio.TimerHandle | None = None
        #: Since when it waits for a head, None while it has a request under way.
        self.waits_since: float | None = None

    @classmethod
    def with_limits(cls, limits: Limits) -> type[ClockedProtocol]:
        """Return the class with the bounds of one server."""
        return type("ServerProtocol", (cls,), {"limits": limits})

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, or one in the place of another that has waited longest."""
        super().connection_made(transport)
        self._wait()
        if len(self.connections) > self.limits.connections:
            here = [one for one in self.connections if isinstance(one, ClockedProtocol)]
            # At worst this one: it is the last of those that wait.
            min(here, key=lambda one: one.waits_since or math.inf).transport.abort()

    def data_received(self, data: bytes) -> None:
        """Take bytes; a head that is whole stops its clock."""
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before:
            self._stop()

    def on_response_complete(self) -> None:
        """Wait for the next head, which has its clock too, after an answer."""
        before = self.cycle
        self._wait()
        super().on_response_complete()
        if self.cycle is not before:  # it had come already
            self._stop()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._stop()
        self.waits_since = time.monotonic()
        self._head_clock = self.loop.call_later(self.limits.head_seconds, self._late)

    def _stop(self) -> None:
        self.waits_since = None
        if self._head_clock is not None:
            self._head_clock.cancel()
            self._head_clock = None

    def _late(self) -> None:
        if not self.transport.is_closing():
            self.transport.abort()
