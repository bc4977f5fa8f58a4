"""Pictures of the page: ``python tests/page_shots.py [FOLDER]``, by default tests/artefacts.

The page is used as a reader would: a pasted notice with evidence and checks, the dialog of themes, several files, a sample
that is worked through; photographed at the widths of a desk, a tablet and a phone, light and dark, in Chinese and English.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import pandas as pd
from pictures import served_page
from places import EXAMPLE, SHOTS
from playwright.sync_api import Page
from report_shots import WIDTHS

import zhengyu


def write_inputs(folder: Path) -> None:
    """Write two documents, a workbook with two sheets, and a sample to check."""
    lines = EXAMPLE.read_text("utf-8").splitlines()
    (folder / "通报.txt").write_text("\n".join(lines), "gb18030")
    texts = [line for line in lines if len(line) > 30]
    rows = pd.DataFrame({"文件": "通报", "正文": texts})
    with pd.ExcelWriter(folder / "两张表.xlsx") as book:
        rows.to_excel(book, sheet_name="段落", index=False)
        pd.DataFrame({"说明": ["每行一段"]}).to_excel(book, sheet_name="说明", index=False)
    table = zhengyu.tag(texts).assign(id=[f"p{i}" for i in range(len(texts))], text=texts)
    zhengyu.sample(table, len(texts)).to_csv(folder / "样本.csv", index=False)


def shoot(page: Page, folder: Path, shots: Path, name: str) -> None:
    """Use the page, and photograph it on the way."""

    def keep(what: str) -> None:
        page.screenshot(path=shots / f"page-{what}-{name}.png", full_page=what != "dialog")

    keep("start")
    page.fill("#text", EXAMPLE.read_text("utf-8"))
    page.click("#form button[type=submit]")
    page.wait_for_selector(".paragraph .chip")
    page.locator(".paragraph .chip").first.click()
    page.locator(".paragraph .panel").first.wait_for()
    page.locator(".paragraph mark, .paragraph .slogan").first.wait_for(state="attached")
    page.locator("article[tabindex]").nth(2).focus()
    page.keyboard.press("c")
    keep("document")
    page.keyboard.press("e")
    page.locator("#edit[open]").wait_for()
    page.keyboard.type("生态")
    keep("dialog")
    page.keyboard.press("Escape")
    page.on("dialog", lambda dialog: dialog.accept())
    page.set_input_files("#file", [folder / "通报.txt", folder / "两张表.xlsx"])
    page.wait_for_selector("#paragraphs h3")
    page.fill("#search", "干部")
    keep("files")
    page.set_input_files("#file", folder / "样本.csv")
    page.wait_for_selector("#p1 .nothing")
    page.locator("#p1").focus()
    page.keyboard.press("0")
    keep("sample")


def main() -> None:
    shots = Path(sys.argv[1]) if len(sys.argv) > 1 else SHOTS
    shots.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, served_page() as (browser, address):
        folder = Path(name)
        write_inputs(folder)
        for language in ("zh", "en"):
            for look in ("light", "dark"):
                for width in WIDTHS:
                    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=look,  # type: ignore[arg-type]
                                            locale="zh-CN" if language == "zh" else "en-GB")  # fmt: skip
                    page.set_default_timeout(120_000)
                    page.goto(address)
                    page.wait_for_selector("#model:not(:empty)")
                    shoot(page, folder, shots, f"{language}-{look}-{width}")
                    page.close()


if __name__ == "__main__":
    main()
