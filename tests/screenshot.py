"""The README's picture: ``python tests/screenshot.py`` serves the page, tags a short notice and keeps docs/page.png."""

from __future__ import annotations

import os
import shutil
import threading
import time

import uvicorn
from PIL import Image
from places import EXAMPLE, ROOT
from playwright.sync_api import sync_playwright

from zhengyu.tagger import load
from zhengyu.web.app import make_app

PICTURE = ROOT / "docs" / "page.png"
SIZE = {"width": 1000, "height": 720}


def main() -> None:
    server = uvicorn.Server(uvicorn.Config(make_app(load()), port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    with sync_playwright() as tool:
        # Inside a container root has no sandbox to hand on.
        sandbox = [] if os.geteuid() else ["--no-sandbox"]
        browser = tool.chromium.launch(executable_path=shutil.which("chromium"), args=sandbox)
        page = browser.new_page(viewport=SIZE, locale="zh-CN", color_scheme="light")  # type: ignore[arg-type]
        page.set_default_timeout(120_000)
        page.goto(f"http://127.0.0.1:{port}")
        page.locator("#input").evaluate("box => { box.open = true }")
        page.fill("#text", EXAMPLE.read_text("utf-8"))
        page.click("#form button[type=submit]")
        page.wait_for_selector("#input:not([open])", state="attached")
        page.locator("#result").scroll_into_view_if_needed()
        page.locator(".paragraph .chip").first.click()
        page.locator(".paragraph mark").first.wait_for(state="attached")
        page.evaluate("scrollTo(0, document.querySelector('#result').getBoundingClientRect().top + scrollY)")
        page.screenshot(path=PICTURE)
        browser.close()
    Image.open(PICTURE).quantize(96).save(PICTURE, optimize=True)
    server.should_exit = True
    thread.join(15)


if __name__ == "__main__":
    main()
