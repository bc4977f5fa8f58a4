"""The documentation's site: built strictly, read in a browser at phone and desk width, searched in both languages."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from places import SHOTS
from playwright.sync_api import Page, Route, sync_playwright

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
READ = (
    "index.html", "readme.html", "README.zh.html", "tutorial.html", "tutorial.zh.html", "checking.html",
    "own-slogans.html", "own-themes.html", "retraining.html", "quality.html", "dependencies.html", "model-format.html",
    "reference/cli.html", "reference/http.html", "reference/themes.html", "reference/codebook.html",
    "reference/generated/zhengyu.Tagger.html", "tutorial-report.html", "tutorial-report.zh.html",
)  # fmt: skip
PHONE, DESK = 360, 1280


def shoot(page: Page, name: str, width: int) -> None:
    """Keep pictures of some pages."""
    if name in ("index.html", "tutorial.html", "tutorial.zh.html"):
        SHOTS.mkdir(exist_ok=True)
        page.screenshot(path=SHOTS / f"site-{name.removesuffix('.html')}-{width}.png")


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Write no line a request."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs")
    docs = Path(__file__).parents[1] / "docs"
    words = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-d", str(folder / "trees")]
    made = subprocess.run([*words, str(docs), str(folder / "site")], capture_output=True, text=True)
    assert made.returncode == 0, made.stderr[-3000:]
    return folder / "site"


@pytest.fixture(scope="module")
def page(site: Path) -> Iterator[tuple[Page, str, list[str]]]:
    """A page of Chromium, the site's address, and what was asked of others or went wrong."""
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine: apt-get install chromium chromium-driver fonts-noto-cjk")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}/"
    faults: list[str] = []

    def watch(route: Route) -> None:
        url = route.request.url
        if not url.startswith((address, "data:", "blob:")):
            faults.append(f"asked {url}")
        route.continue_()

    with sync_playwright() as tool:
        # Inside a container root has no sandbox to hand on.
        sandbox = [] if hasattr(os, "geteuid") and os.geteuid() else ["--no-sandbox"]
        browser = tool.chromium.launch(executable_path=CHROMIUM, args=sandbox)
        one = browser.new_page()
        one.route("**/*", watch)
        one.on("pageerror", lambda error: faults.append(str(error)))
        one.on("response", lambda answer: faults.append(answer.url) if answer.status >= 400 else None)
        yield one, address, faults
        browser.close()
    server.shutdown()
    thread.join(15)
    server.server_close()


def test_every_page_is_made_and_loads_nothing_from_elsewhere(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 30
    assert {str(page.relative_to(site)) for page in pages} >= set(READ)
    for one in pages:
        text = one.read_text("utf-8")
        loaded = re.findall(r"<(?:script|img|link|iframe|source)[^>]+(?:src|href)=\"(?:https?:)?//([^/\"]+)", text)
        assert not loaded, (one.name, loaded)


def test_links_lead_to_pages_of_the_site(site: Path) -> None:
    led = 0
    for one in site.rglob("*.html"):
        if one.name.startswith("tutorial-report"):
            continue
        for href in re.findall(r"<a [^>]*href=\"([^\"#:]+)(?:#[^\"]*)?\"", one.read_text("utf-8")):
            led += 1
            assert (one.parent / href).exists(), (one.name, href)
    assert led > 1000


def test_reference_tells_of_commands_calls_themes_and_functions(site: Path) -> None:
    def text(name: str) -> str:
        return re.sub(r"<[^>]+>", "", (site / "reference" / name).read_text("utf-8"))

    assert "--favour" in text("cli.html")
    assert "POST /v1/tag" in text("http.html")
    assert "TagRequest" in text("http.html")
    assert "乡村振兴与农业农村" in text("themes.html")
    assert "tag_document" in text("generated/zhengyu.Tagger.html")


def test_pages_fit_the_phone(page: tuple[Page, str, list[str]]) -> None:
    one, address, faults = page
    one.set_viewport_size({"width": PHONE, "height": 800})
    wide: list[str] = []
    for name in READ:
        one.goto(address + name)
        if one.evaluate("document.documentElement.scrollWidth") > PHONE:
            wide.append(name)
        shoot(one, name, PHONE)
    assert not wide
    assert not faults


def test_every_page_fits_the_desk_tells_its_language_and_passes_axe(
    site: Path, page: tuple[Page, str, list[str]]
) -> None:
    one, address, faults = page
    one.set_viewport_size({"width": DESK, "height": 800})
    wrong: list[tuple[str, object]] = []
    pages = sorted(str(path.relative_to(site)) for path in site.rglob("*.html"))
    for name in pages:
        one.goto(address + name)
        if one.evaluate("document.documentElement.scrollWidth") > DESK:
            wrong.append((name, "is too wide"))
        if one.evaluate("document.documentElement.lang.slice(0, 2)") != ("zh" if name.endswith(".zh.html") else "en"):
            wrong.append((name, "tells another language"))
        shoot(one, name, DESK)
        if name.startswith("tutorial-report"):
            continue  # axe reads a report, the same page, where reports are tested
        # Pages made from docstrings share their colours, which are most of axe's time: one of them stands for all.
        colours = name in READ or "generated" not in name
        options = {"resultTypes": ["violations"], "rules": {"color-contrast": {"enabled": colours}}}
        for found in Axe().run(one, options=options).response["violations"]:
            if found["impact"] in ("serious", "critical"):
                wrong.append((name, (found["id"], [node["html"][:120] for node in found["nodes"][:3]])))
    assert not wrong
    assert not faults


@pytest.mark.parametrize(("wanted", "found"), [
    ("乡村振兴", "reference/themes.html"), ("怎样给文件夹打标签", "tutorial.zh.html"), ("retraining", "retraining.html"),
    ("tag_document", "reference/generated/zhengyu.Tagger.html"),
])  # fmt: skip
def test_search_finds_in_both_languages(page: tuple[Page, str, list[str]], wanted: str, found: str) -> None:
    one, address, faults = page
    one.goto(f"{address}search.html?q={wanted}")
    one.wait_for_selector(f"#search-results a[href^='{found}']", timeout=10_000)
    assert not faults
