"""Run the server on this machine."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from zhengyu.tagger import Tagger
from zhengyu.web.app import make_app
from zhengyu.web.settings import Limits, Settings

if TYPE_CHECKING:
    import uvicorn
    from fastapi import FastAPI

#: File handles that the server needs beside those of its connections.
_OTHER_HANDLES = 200


def server_config(app: FastAPI, limits: Limits, **more: Any) -> uvicorn.Config:
    """Return how uvicorn serves the application: quietly, and with clocks on connections."""
    import uvicorn

    from zhengyu.web.clocked import ClockedProtocol

    return uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False, date_header=False,
        http=ClockedProtocol.with_limits(limits), timeout_keep_alive=10, timeout_graceful_shutdown=10, **more,
    )  # fmt: skip


def serve(tagger: Tagger, settings: Settings, port: int, ready: Callable[[str], None]) -> None:
    """Serve until the process is told to stop.

    Parameters
    ----------
    tagger : Tagger
        The model that answers.
    settings : Settings
        Address, token and limits.
    port : int
        0 for any that is free.
    ready : callable
        Called with the page's address when it can be opened.

    Raises
    ------
    ZhengyuError
        The settings are not safe.
    OSError
        The address or port cannot be had.
    """
    import uvicorn

    app = make_app(tagger, settings)
    limits = replace(settings.limits, connections=min(settings.limits.connections, _handles() - _OTHER_HANDLES))
    host = settings.host.strip("[]")
    listener = listening(host, port)
    config = server_config(app, limits)
    number = int(listener.getsockname()[1])
    shown = f"[{host}]" if ":" in host else host

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            ready(f"http://{shown}:{number}/")

    Server(config).run(sockets=[listener])


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that is bound to an address; what is sent over its connections goes at once.

    Raises
    ------
    OSError
        The address or port cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, or asyncio would not send at once (TCP_NODELAY), and each answer would wait 40 ms for the client.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    return listener


def _handles() -> int:
    """Return how many file handles this process may have; as many as the system lets it ask for."""
    try:
        import resource
    except ImportError:  # Windows, where handles are not so bounded
        return 1 << 16
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 1 << 14 if hard == resource.RLIM_INFINITY else min(1 << 14, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return 1 << 14 if soft == resource.RLIM_INFINITY else resource.getrlimit(resource.RLIMIT_NOFILE)[0]
