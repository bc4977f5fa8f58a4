"""The README's picture: ``python tests/screenshot.py`` serves the page, tags a short notice and keeps docs/page.png."""

from __future__ import annotations

from pictures import served_page
from PIL import Image
from places import EXAMPLE, ROOT

PICTURE = ROOT / "docs" / "page.png"
SIZE = {"width": 1000, "height": 720}


def main() -> None:
    with served_page() as (browser, address):
        page = browser.new_page(viewport=SIZE, locale="zh-CN", color_scheme="light")  # type: ignore[arg-type]
        page.set_default_timeout(120_000)
        page.goto(address)
        page.locator("#input").evaluate("box => { box.open = true }")
        page.fill("#text", EXAMPLE.read_text("utf-8"))
        page.click("#form button[type=submit]")
        page.wait_for_selector("#input:not([open])", state="attached")
        page.locator("#result").scroll_into_view_if_needed()
        page.locator(".paragraph .chip").first.click()
        page.locator(".paragraph mark").first.wait_for(state="attached")
        page.evaluate("scrollTo(0, document.querySelector('#result').getBoundingClientRect().top + scrollY)")
        page.screenshot(path=PICTURE)
    Image.open(PICTURE).quantize(96).save(PICTURE, optimize=True)


if __name__ == "__main__":
    main()
