"""The page served, and a browser to take pictures with."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager

import uvicorn
from playwright.sync_api import Browser, sync_playwright

from zhengyu.tagger import load
from zhengyu.web.app import make_app


@contextmanager
def served_page() -> Generator[tuple[Browser, str], None, None]:
    """Serve the page with the shipped model, and yield a browser and the page's address."""
    server = uvicorn.Server(uvicorn.Config(make_app(load()), port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    with chromium() as browser:
        yield browser, f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(15)


@contextmanager
def chromium() -> Generator[Browser, None, None]:
    """Yield a browser; inside a container root has no sandbox to hand on."""
    with sync_playwright() as tool:
        sandbox = [] if os.geteuid() else ["--no-sandbox"]
        browser = tool.chromium.launch(executable_path=shutil.which("chromium"), args=sandbox)
        yield browser
        browser.close()
