"""What the server takes and refuses: addresses, token, limits on size and time."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path

from zhengyu_corpus.errors import ZhengyuError

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds past which a request is refused with the reason.

    Attributes
    ----------
    json_bytes, file_bytes : int
        Largest body of JSON, and of an uploaded file.
    bodies_bytes : int
        Bodies of all requests under way together; past it the server says 503.
    texts, text_chars : int
        Texts in one request, and characters in one text or paragraph.
    paragraphs, document_chars : int
        Paragraphs of one document or rows of one table, and characters of all of them.
    waiting_bytes : int
        Bytes of short requests, and of others, that wait for a worker; past it the server says 503.
    seconds : float
        How long a request may take; then its work is ended.
    short_bytes, short_seconds : int, float
        Requests of at most so many bytes are short: a worker serves them alone, and ends their work after so long.
    body_seconds, body_rate : float
        A body must arrive within `body_seconds` and a second more for each `body_rate` bytes that came.
    head_seconds : float
        How long a connection may stay without a whole request head.
    connections : int
        Connections at once; past it the one that has waited longest for its head is closed.
    read_seconds : float
        How long reading an uploaded file may take.
    read_bytes : int
        Memory that reading an uploaded file may take.
    client_requests : int
        Requests of one address under way at once; past it the server says 429.
    readers : int
        Files read at the same time; as many again may wait four times over.
    """

    json_bytes: int = 8 * MIB
    file_bytes: int = 32 * MIB
    bodies_bytes: int = 256 * MIB
    texts: int = 1_000
    text_chars: int = 100_000
    paragraphs: int = 20_000
    document_chars: int = 8_000_000
    waiting_bytes: int = 64 * MIB
    seconds: float = 120.0
    short_bytes: int = 64 * 1024
    short_seconds: float = 10.0
    body_seconds: float = 10.0
    body_rate: float = 64 * 1024
    head_seconds: float = 10.0
    connections: int = 1_000
    read_seconds: float = 20.0
    read_bytes: int = 3 * 1024 * MIB
    client_requests: int = 400
    readers: int = 2


@dataclass(frozen=True, slots=True)
class Settings:
    """How one server is set up.

    Attributes
    ----------
    host : str
        Address it is bound to.
    token : str or None
        What requests must carry as ``Authorization: Bearer``; None for no token.
    corrections : Path or None
        Labelled file that corrections made on the page are kept in; None to only hand them back.
    limits : Limits
        Bounds.
    workers : int, default=2
        Processes that tag, each with the model; one of them is for long requests first.
    """

    host: str = "127.0.0.1"
    token: str | None = None
    corrections: Path | None = None
    limits: Limits = field(default_factory=Limits)
    workers: int = 2


def is_loopback(host: str) -> bool:
    """Tell whether an address is reached from this machine only."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def check_settings(settings: Settings) -> Settings:
    """Return `settings` if they are safe to serve with.

    Raises
    ------
    ZhengyuError
        The address is wider than this machine and there is no token, the token is short or no header can carry it, or
        corrections cannot be kept where they shall be.
    """
    if not is_loopback(settings.host) and settings.token is None:
        raise ZhengyuError(
            f"--host {settings.host}: other machines could reach this address, so a token is needed; "
            "add --token, or leave --host out to serve this machine only"
        )
    token = settings.token
    if token is not None and (len(token) < 16 or not token.isascii() or not token.isprintable() or " " in token):
        raise ZhengyuError(
            f"--token: expected 16 or more visible ASCII characters, got {len(token)} characters; make one with: "
            'python -c "import secrets; print(secrets.token_urlsafe())"'
        )
    if settings.workers < 2:
        raise ZhengyuError(
            f"--workers: expected 2 or more, one for short requests and one for long ones, got {settings.workers}"
        )
    path = settings.corrections
    if path is not None and (path.suffix != ".jsonl" or not path.parent.is_dir()):
        raise ZhengyuError(f"--corrections {path}: expected a .jsonl file in a folder that exists; name another")
    return settings
