"""ASGI middleware: authentication, origin checks, limits on size and time, security headers."""

from __future__ import annotations

import asyncio
import hmac
import json
import time
from collections import Counter
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zhengyu.web.metrics import Metrics
from zhengyu.web.settings import Settings, is_loopback

#: Nothing but what the server itself gives, no script or style in the page, no frame around it.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
_LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")


class _RefusedError(Exception):
    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail


class Guard:
    """Check every request before the application sees it.

    * 401 without the token, where there is one; the page's own files and ``/healthz`` need none;
    * 403 for requests of other sites' pages, 421 for a foreign ``Host`` on a local server (DNS rebinding);
    * 408 for a body that comes too slowly, 413 for one too large;
    * 429 with ``Retry-After`` for an address that has more requests under way than one client may;
    * 503 with ``Retry-After`` when bodies of other requests fill the memory set apart, or time is up.

    Parameters
    ----------
    app : ASGI application
        What is guarded.
    settings : Settings
        Token and limits.
    metrics : Metrics
        Counts what passes and what does not.
    open_paths : iterable of str
        Paths that need no token; one that ends in ``/`` stands for all below it.
    """

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics, open_paths: Iterable[str]) -> None:
        self.app, self.settings, self.metrics = app, settings, metrics
        self.open_paths = tuple(open_paths)
        self.held = 0
        self._under_way: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it here."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start, status, began = time.perf_counter(), 500, False

        async def send_with_headers(message: Message) -> None:
            nonlocal status, began
            if message["type"] == "http.response.start":
                status, began = int(message["status"]), True
                message["headers"] = [*message.get("headers", []), *self._headers(scope)]
            await send(message)

        self.metrics.under_way.inc()
        taken = 0
        client = str((scope.get("client") or ("",))[0])
        self._under_way[client] += 1
        try:
            self._check_who(scope)
            counted = scope["path"] != "/healthz"  # a watcher behind the same address must get its answer
            if counted and self._under_way[client] > self.settings.limits.client_requests:
                most = self.settings.limits.client_requests
                raise _RefusedError(429, f"{most} requests of your address are under way; wait for their answers")
            body = await self._body(scope, receive)
            taken = len(body)
            await asyncio.wait_for(
                self.app(scope, _replay(body, receive), send_with_headers), self.settings.limits.seconds
            )
        except _RefusedError as refused:
            await _answer(send_with_headers, refused.status, refused.detail)
        except TimeoutError:
            if began:
                raise
            seconds = self.settings.limits.seconds
            await _answer(send_with_headers, 503, f"not done within {seconds:g} seconds; send less at once, or later")
        finally:
            self._under_way[client] -= 1
            if not self._under_way[client]:
                del self._under_way[client]
            self.held -= taken
            self.metrics.body_bytes.set(self.held)
            self.metrics.under_way.dec()
            # The route is known once it was found; other paths are one label, so that strangers cannot make more.
            path = getattr(scope.get("route"), "path", "other")
            self.metrics.requests.labels(path, _method(scope), str(status)).inc()
            self.metrics.seconds.labels(path).observe(time.perf_counter() - start)

    def _headers(self, scope: Scope) -> Iterable[tuple[bytes, bytes]]:
        yield from _HEADERS
        # Answers hold people's texts: no cache keeps them.
        yield b"cache-control", b"no-cache" if scope["path"].startswith("/static/") else b"no-store"

    def _check_who(self, scope: Scope) -> None:
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1")
        if is_loopback(self.settings.host):
            try:
                name = urlsplit(f"//{host}").hostname or ""
            except ValueError:
                name = ""
            if name not in (*_LOCAL_NAMES, self.settings.host):
                raise _RefusedError(421, "this server answers to localhost only; open it under 127.0.0.1")
        origin = headers.get(b"origin", b"").decode("latin-1")
        foreign = bool(origin) and urlsplit_host(origin) != host
        if foreign or headers.get(b"sec-fetch-site", b"none") in (b"cross-site", b"same-site"):
            raise _RefusedError(403, "pages of other sites may not ask this server; open its own page")
        token = self.settings.token
        if token is None or any(
            scope["path"] == path or (path.endswith("/") and len(path) > 1 and scope["path"].startswith(path))
            for path in self.open_paths
        ):
            return
        given = headers.get(b"authorization", b"")
        if not hmac.compare_digest(given, f"Bearer {token}".encode()):
            raise _RefusedError(401, "this server needs a token; send it as Authorization: Bearer TOKEN")

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        limits = self.settings.limits
        most = limits.file_bytes if scope["path"] in ("/v1/file", "/v1/export") else limits.json_bytes
        too_large = _RefusedError(
            413, f"the body is larger than the {most:,} bytes that may come at once; send it in parts"
        )
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if length.isdigit() and int(length) > most:
            raise too_large
        start = time.monotonic()
        chunks: list[bytes] = []
        size = 0
        try:
            while True:
                allowed = min(limits.seconds, limits.body_seconds + size / limits.body_rate)
                try:
                    message = await asyncio.wait_for(receive(), max(0.0, start + allowed - time.monotonic()))
                except TimeoutError:
                    told = f"only {size:,} bytes of the body arrived within {allowed:.3g} seconds; send it faster"
                    raise _RefusedError(408, told) from None
                if message["type"] == "http.disconnect":
                    raise _RefusedError(400, "the request broke off")
                chunk = message.get("body", b"")
                size += len(chunk)
                self.held += len(chunk)
                self.metrics.body_bytes.set(self.held)
                if size > most:
                    raise too_large
                if self.held > limits.bodies_bytes:
                    raise _RefusedError(503, "too much is under way at once; try again in a moment")
                chunks.append(chunk)
                if not message.get("more_body", False):
                    return b"".join(chunks)
        except BaseException:
            self.held -= size
            raise


def urlsplit_host(origin: str) -> str:
    """Return host and port of an ``Origin`` header, ``""`` for one that has none or is malformed."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def _method(scope: Scope) -> str:
    method = str(scope["method"])
    return method if method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH") else "other"


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


async def _answer(send: Send, status: int, detail: str) -> None:
    headers = [(b"content-type", b"application/json")]
    if status in (429, 503):
        headers.append((b"retry-after", b"1"))
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    if status in (408, 413, 429, 503):  # what is left of the body is not read
        headers.append((b"connection", b"close"))
    body = json.dumps({"detail": detail}).encode()
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
