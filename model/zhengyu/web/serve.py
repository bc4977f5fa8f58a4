"""Run the server on this machine."""

from __future__ import annotations

from collections.abc import Callable

from zhengyu.tagger import Tagger
from zhengyu.web.app import make_app
from zhengyu.web.settings import Settings

#: Connections at once; more get a plain 503 from the server itself.
CONNECTIONS = 1_000


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
    import socket

    import uvicorn

    app = make_app(tagger, settings)
    host = settings.host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False, date_header=False,
        limit_concurrency=CONNECTIONS, timeout_keep_alive=10, timeout_graceful_shutdown=10,
    )  # fmt: skip
    number = int(listener.getsockname()[1])
    shown = f"[{host}]" if ":" in host else host

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            ready(f"http://{shown}:{number}/")

    Server(config).run(sockets=[listener])
