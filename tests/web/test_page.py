"""The page in a real browser: paste, see, click, correct, save, download; nothing asked of any other host."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe
from hostile import SCRIPTS, hostile_files
from places import SHOTS
from playwright.sync_api import Browser, ConsoleMessage, Page, Route, sync_playwright

from zhengyu.io.labelled import check
from zhengyu.io.writers import write_table
from zhengyu.report.build import Options, build
from zhengyu.tagger import Tagger
from zhengyu_corpus.lexicon import SLOGAN_TYPES
from zhengyu_corpus.themes import load_themes
from zhengyu_training.labelling.checking import measure_tables, sample_tables

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
COUNTY_NEWS = Path(__file__).parents[2] / ".." / "shared" / "dev" / "county_news.txt"
NEWS = """您所在的位置：首页 > 新闻 > 乡镇动态
石湾镇：抢抓农时保春耕
发布时间：2024-03-18 09:12　来源：镇政府办公室
今年全县新建高标准农田三万亩，粮食总产再创历史新高，农民人均收入增长百分之八。
对照“四个走在前”（改革走在前、开放走在前、创新走在前、实干走在前），镇里跑出“石湾速度”，签约工业项目六个，总投资九亿元。
县里关停沿河小散企业四家，国控断面水质连续五个月达到三类。
下一篇：全镇召开森林防火会议
"""
FIELD = "今年全县新建高标准农田三万亩。"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        CHROMIUM is None, reason="no chromium on this machine: apt-get install chromium chromium-driver fonts-noto-cjk"
    ),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as tool:
        # Inside a container root has no sandbox to hand on.
        sandbox = [] if hasattr(os, "geteuid") and os.geteuid() else ["--no-sandbox"]
        chromium = tool.chromium.launch(executable_path=CHROMIUM, args=sandbox)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN", accept_downloads=True)
    asked: list[str] = []
    faults: list[str] = []

    def watch(route: Route) -> None:
        asked.append(route.request.url)
        route.continue_()

    context.route("**/*", watch)
    one = context.new_page()
    one.on("pageerror", lambda error: faults.append(str(error)))
    one.on("console", lambda message: faults.append(message.text) if is_fault(message) else None)
    one.goto(address)
    one.wait_for_selector("#model:not(:empty)")
    yield one
    context.close()
    # A download is handed over as a blob: of the page's own making.
    assert all(url.startswith((address, f"blob:{address}")) for url in asked), asked
    assert not faults


def is_fault(message: ConsoleMessage) -> bool:
    """Tell a fault of the page from the browser's note that the server refused something."""
    return message.type == "error" and "422" not in message.text


def paste(page: Page, text: str) -> None:
    page.locator("#input").evaluate("box => { box.open = true }")
    page.fill("#text", text)
    page.click("#form button[type=submit]")
    page.wait_for_selector("#input:not([open])", state="attached")


def shoot(page: Page, name: str) -> None:
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / f"page-{name}.png", full_page=True)


def serious(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found if one["impact"] in ("serious", "critical")
    ]


def test_paste_see_click_correct_save_download(page: Page, tmp_path: Path) -> None:
    paste(page, NEWS)
    assert page.locator(".paragraph").count() == 7
    assert page.locator(".furniture").count() == 3
    assert page.locator(".furniture .chip").count() == 0
    assert "乡村振兴与农业农村" in page.locator("#p4 .chips").inner_text()
    assert "乡村振兴与农业农村" in page.locator("#themes").inner_text()
    shoot(page, "tagged")

    page.click("#p4 .chip[data-theme=rural]")
    page.wait_for_selector("#p4 .panel")
    lit = page.locator("#p4 mark.for").all_inner_texts()
    assert "高标准农田" in "".join(lit)
    assert page.locator("#p4 .words").inner_text() == NEWS.splitlines()[3]  # marks change no character
    assert "得分" in page.locator("#p4 .panel").inner_text()

    numeric = page.locator('#p5 .slogan[title="数字缩略"]')
    bytes_of = bytes.fromhex(SLOGAN_TYPES["numeric"].light.removeprefix("#"))
    drawn = numeric.evaluate("element => getComputedStyle(element).borderBottomColor")
    assert drawn == f"rgb({', '.join(map(str, bytes_of))})"
    numeric.click()
    told = page.locator("#p5 .panel").inner_text()
    assert "四个走在前" in told and "数字缩略" in told and "改革走在前；开放走在前；创新走在前；实干走在前" in told
    assert "石湾速度" in page.locator("#p5 .slogan.new").all_inner_texts()
    shoot(page, "evidence-and-slogan")

    page.click("#p6 .edit")
    page.fill("#find", "民生")
    assert page.locator("#choices label:visible").count() >= 1
    page.fill("#find", "")
    page.uncheck("#choices input[value=ecology]")
    page.check("#choices input[value=finance]")
    page.click("#edit button[value=save]")
    page.wait_for_selector("#p6 .chip[data-theme=finance]")
    assert "财政金融" in page.locator("#p6 .chips").inner_text()
    assert "已更正" in page.locator("#p6 .chips").inner_text()

    with page.expect_download() as saving:
        page.click("#save")
    saving.value.save_as(tmp_path / "corrections.jsonl")
    found = check([tmp_path / "corrections.jsonl"], load_themes())
    assert not found.problems
    assert [(record.themes, record.content) for record in found.records] == [(("finance",), NEWS.splitlines()[5])]

    for ending in ("xlsx", "csv", "jsonl"):
        with page.expect_download() as getting:
            page.click(f"#downloads [data-format={ending}]")
        getting.value.save_as(tmp_path / f"t.{ending}")
    rows = [json.loads(line) for line in (tmp_path / "t.jsonl").read_text("utf-8").splitlines()]
    assert [row["themes"] for row in rows][5] == ["finance"]
    assert [row["corrected"] for row in rows] == [False] * 5 + [True, False]
    assert (tmp_path / "t.xlsx").read_bytes().startswith(b"PK")


def test_confirming_and_undoing_by_keys(page: Page, tmp_path: Path) -> None:
    paste(page, NEWS)
    assert page.locator("#progress-text").inner_text() == "已核查 0 / 4 段"
    page.keyboard.press("n")  # the title has the focus, within the work
    assert page.evaluate("document.activeElement.id") == "p2"
    page.keyboard.press("c")
    assert "已确认" in page.locator("#p2 .chips").inner_text()
    assert page.evaluate("document.activeElement.id") == "p4"
    page.keyboard.press("e")
    page.keyboard.insert_text("财政")
    page.keyboard.press("Enter")  # picks the theme
    page.keyboard.press("Enter")  # sets it
    page.wait_for_selector("#p4 .chip[data-theme=finance]")
    assert page.evaluate("document.activeElement.id") == "p5"
    page.keyboard.press("0")
    assert "无主题" in page.locator("#p5 .chips").inner_text()
    page.keyboard.press("u")
    assert "无主题" not in page.locator("#p5 .chips").inner_text()
    assert page.evaluate("document.activeElement.id") == "p5"
    assert page.locator("#progress-text").inner_text() == "已核查 2 / 4 段"
    with page.expect_download() as saving:
        page.click("#save")
    rows = [json.loads(line) for line in saving.value.path().read_text("utf-8").splitlines()]
    assert [row["text"] for row in rows] == [NEWS.splitlines()[1], NEWS.splitlines()[3]]
    assert "finance" in rows[1]["themes"]
    # Both are of one document, though the text has no name, and overrule what a corpus says of them.
    assert rows[0]["doc"] == rows[1]["doc"] != rows[0]["id"]
    saving.value.save_as(tmp_path / "checks.jsonl")
    assert all(record.correction for record in check([tmp_path / "checks.jsonl"], load_themes()).records)


def test_a_sample_is_worked_through(page: Page, tagger: Tagger, tmp_path: Path) -> None:
    texts = NEWS.splitlines()[3:6]
    write_table(tagger.tag(texts).assign(id=["a", "b", "c"], file=["甲", "乙", "乙"]), tmp_path / "tagged.csv")
    sample_tables([tmp_path / "tagged.csv"], tmp_path / "sample.xlsx", load_themes(), 3)
    page.set_input_files("#file", tmp_path / "sample.xlsx")
    page.wait_for_selector(".paragraph")
    assert page.locator("#paragraphs").get_by_text("尚未核查").count() == 3  # no tag of the model is seen
    assert page.locator("#result .chip").count() == page.locator("#themes button").count() == 0
    page.click("#next")
    page.keyboard.press("e")
    page.keyboard.insert_text("农业")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.wait_for_selector("#p2:focus")
    page.keyboard.press("0")
    assert page.locator("#progress-text").inner_text() == "已核查 2 / 3 段"
    assert serious(page) == []
    shoot(page, "sample")

    page.reload()  # a window that closes loses no check
    page.wait_for_selector("#model:not(:empty)")
    page.set_input_files("#file", tmp_path / "sample.xlsx")
    page.wait_for_selector("#p1 .chip[data-theme=rural]")
    assert "2" in page.locator("#status").inner_text()
    with page.expect_download() as getting:
        page.click("#downloads [data-format=xlsx]")
    getting.value.save_as(tmp_path / "checked.xlsx")
    found = measure_tables([tmp_path / "tagged.csv"], tmp_path / "checked.xlsx", load_themes())
    assert (found.design.drawn, found.design.checked, found.design.known) == (3, 2, True)


def test_several_files_are_searched_together(page: Page) -> None:
    files = [("甲.txt", f"{FIELD}\n{NEWS}".encode("gb18030")), ("坏.docx", b"no archive"), ("乙.txt", NEWS.encode())]
    page.set_input_files("#file", [{"name": name, "mimeType": "", "buffer": data} for name, data in files])
    page.wait_for_selector(".paragraph")
    assert page.locator("#paragraphs h3").all_inner_texts() == ["甲.txt", "乙.txt"]
    assert "坏.docx" in page.locator("#problem").inner_text()
    assert "甲.txt：编码：gb18030" in page.locator("#notes").inner_text().lower()
    page.fill("#search", "石湾速度")
    assert page.locator(".paragraph").count() == 2
    assert page.evaluate("CSS.highlights.get('found').size") == 2
    page.select_option("#which", label="乙.txt")
    assert page.locator(".paragraph").get_attribute("id") == "d2p5"
    page.fill("#search", "没有这句话")
    assert page.locator("#paragraphs").inner_text() == "没有段落符合条件。"


def test_a_sheet_that_was_not_read_is_told_in_the_words_of_the_page(page: Page, tmp_path: Path) -> None:
    with pd.ExcelWriter(tmp_path / "表.xlsx") as book:
        pd.DataFrame({"正文": [FIELD]}).to_excel(book, sheet_name="段落", index=False)
        pd.DataFrame({"说明": ["每行一段"]}).to_excel(book, sheet_name="附表", index=False)
    page.set_input_files("#file", tmp_path / "表.xlsx")
    page.wait_for_selector(".paragraph")
    assert page.locator("#notes li").all_inner_texts() == [
        "读取了工作表“段落”；未读：附表。要读另一张，请把它另存为单独的文件"
    ]
    page.select_option("#language", "en")
    told = page.locator("#notes").inner_text()
    assert "sheet “段落” was read" in told and "--" not in told


def test_one_escape_leaves_the_dialog(page: Page) -> None:
    paste(page, NEWS)
    page.keyboard.press("n")
    page.keyboard.press("e")
    page.locator("#edit[open]").wait_for()
    page.keyboard.type("生态")
    page.keyboard.press("Escape")
    page.locator("#edit:not([open])").wait_for(state="attached")
    assert page.locator(".paragraph .mark").count() == 0


def test_the_busy_button_can_be_read(page: Page) -> None:
    page.route("**/v1/document", lambda route: None)  # never answered
    page.fill("#text", NEWS)
    page.click("#form button[type=submit]")
    assert page.locator("#form button.main").inner_text() == "正在标注……"
    ink, ground = (
        page.locator("#form button.main").evaluate("(one, what) => getComputedStyle(one)[what]", what)
        for what in ("color", "backgroundColor")
    )
    assert contrast(ink, ground) >= 4.5


def contrast(one: str, other: str) -> float:
    """Return the contrast of two CSS colours, after WCAG 2.2."""

    def luminance(colour: str) -> float:
        parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_filter_shows_only_paragraphs_of_a_theme(page: Page) -> None:
    paste(page, NEWS)
    page.click("#themes [data-theme=rural]")
    assert page.locator("#themes [data-theme=rural]").get_attribute("aria-pressed") == "true"
    shown = page.locator(".paragraph")
    assert 1 <= shown.count() < 7
    assert all("乡村振兴" in text for text in page.locator(".paragraph .chips").all_inner_texts())
    page.click("#all")
    assert shown.count() == 7


def test_a_dropped_file_is_tagged(page: Page, root: Path) -> None:
    page.set_input_files("#file", root / "docs/examples/example.txt")
    page.wait_for_selector(".chip")
    assert page.locator("#document-title").inner_text() == "example.txt"
    assert page.locator(".paragraph").count() == 10


def test_keyboard_alone_does_it(page: Page) -> None:
    page.focus("#text")
    page.keyboard.insert_text(NEWS)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector(".chip")
    page.focus("#p4 .chip")
    page.keyboard.press("Enter")
    page.wait_for_selector("#p4 .panel")
    assert page.evaluate("document.activeElement.dataset.theme") == "rural"
    page.focus("#p5 .slogan")
    page.keyboard.press(" ")
    page.wait_for_selector("#p5 .panel")
    page.focus("#p4 .edit")
    page.keyboard.press("Enter")
    assert page.evaluate("document.getElementById('edit').open")
    page.keyboard.press("Escape")
    assert not page.evaluate("document.getElementById('edit').open")
    assert page.evaluate("document.activeElement.className") == "edit"


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize(("width", "language"), [(1280, "zh"), (768, "zh"), (390, "en")])
def test_axe_finds_nothing_serious(page: Page, look: str, width: int, language: str) -> None:
    page.set_viewport_size({"width": width, "height": 850})
    page.select_option("#look", look)
    page.select_option("#language", language)
    assert serious(page) == []
    paste(page, NEWS)
    page.click("#p4 .chip")
    page.wait_for_selector("#p4 .panel")
    page.click("#p5 .slogan >> nth=0")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert serious(page) == []
    shoot(page, f"{width}-{look}-{language}")
    page.click("#p4 .edit")
    assert serious(page) == []


def test_both_languages_have_every_word(page: Page) -> None:
    missing = page.evaluate(
        "import('/static/i18n.js').then(words => { const out = [];"
        "for (const language of ['zh', 'en']) { words.speak(language);"
        "for (const one of document.querySelectorAll('[data-i18n]')) if (!one.textContent) out.push(one.outerHTML); }"
        "return out; })"
    )
    assert missing == []
    assert page.locator("h1").inner_text() == "What themes does this text treat, and in what slogans?"
    assert page.evaluate("document.documentElement.lang") == "en"


def test_scripts_in_files_never_run(page: Page) -> None:
    files = [
        one for one in hostile_files("/nonexistent") if "script" in one[0] or "onerror" in one[0] or "utf7" in one[0]
    ]
    chosen = files[:10] + files[-5:]
    for name, data in chosen:
        page.set_input_files("#file", {"name": name, "mimeType": "application/octet-stream", "buffer": data})
        page.wait_for_function(
            "name => document.getElementById('document-title').textContent === name", arg=name.split("/")[-1]
        )
    for script in SCRIPTS:
        paste(page, f"{NEWS}{script}\n")
        assert script.strip() in page.locator("#paragraphs").inner_text()
    assert page.evaluate("window.pwned") is None
    assert (
        page.locator("#paragraphs script, #paragraphs img, #paragraphs iframe, #paragraphs svg, #paragraphs a").count()
        == 0
    )


def test_problems_are_told_on_the_page(page: Page) -> None:
    page.set_input_files("#file", {"name": "a.docx", "mimeType": "", "buffer": b"no archive"})
    page.wait_for_selector("#problem:visible")
    assert "无法使用：a.docx: expected a DOCX document" in page.locator("#problem").inner_text()


@pytest.mark.parametrize("width", [390])
def test_api_page_opens_and_axe_finds_nothing_serious(browser: Browser, address: str, width: int) -> None:
    one = browser.new_page(viewport={"width": width, "height": 850})
    asked: list[str] = []
    one.on("request", lambda request: asked.append(request.url))
    one.goto(f"{address}/docs")
    one.wait_for_selector(".opblock")
    assert "/v1/explain" in one.locator("#swagger").inner_text()
    assert serious(one) == []
    for button in one.locator(".opblock-summary-control").all():
        button.click()
    for button in one.locator(".try-out__btn").all():
        button.click()
    assert one.locator("textarea").count() >= 4
    assert serious(one) == []
    one.locator(".opblock-post .execute").first.click()
    one.wait_for_selector(".live-responses-table")
    assert "rural" in one.locator(".live-responses-table").inner_text()
    assert serious(one) == []
    shoot(one, f"api-{width}")
    one.close()
    assert all(url.startswith((address, "data:")) for url in asked)


def test_county_news_as_a_reader_expects(page: Page) -> None:
    if not COUNTY_NEWS.exists():
        pytest.skip("shared/dev/county_news.txt is not beside this checkout")
    paste(page, COUNTY_NEWS.read_text("utf-8"))
    assert page.locator(".furniture").count() >= 12
    assert page.locator(".furniture .chip").count() == 0
    glance = page.locator("#themes").inner_text()
    for theme in (
        "思想解放与精神动员",
        "产业发展",
        "项目建设与招商引资",
        "对外开放与区域合作",
        "园区与开发区",
        "乡村振兴与农业农村",
    ):
        assert theme in glance
    page.locator(".prose .chip").first.click()
    page.wait_for_selector(".panel")
    assert serious(page) == []
    shoot(page, "county-news")


def test_report_draws_its_charts(browser: Browser, tmp_path: Path, tagger: Tagger) -> None:
    table = tagger.tag([line for line in NEWS.splitlines() if line] * 4)
    table["year"] = [str(2020 + i % 4) for i in range(len(table))]
    table["place"] = ["甲县" if i % 2 else "乙县" for i in range(len(table))]
    write_table(table, tmp_path / "t.parquet")
    build([tmp_path / "t.parquet"], tmp_path / "r.html", Options())
    one = browser.new_page(viewport={"width": 1100, "height": 900})
    asked: list[str] = []
    one.on("request", lambda request: asked.append(request.url))
    one.goto((tmp_path / "r.html").as_uri())
    one.wait_for_function(
        "[...document.querySelectorAll('.chart')].every(one => one.querySelector('[aria-label^=SVG]'))"
    )
    assert one.locator(".chart svg.marks").count() == one.locator(".chart").count() >= 4
    assert serious(one) == []
    for kind, begins in (("SVG", b"<svg"), ("PNG", b"\x89PNG")):
        one.locator(".chart summary").first.click()
        with one.expect_download() as saved:
            one.get_by_role("link", name=f"存为{kind}").first.click()
        assert saved.value.path().read_bytes().startswith(begins)
        one.keyboard.press("Escape")
        one.locator("h1").click()
    shoot(one, "report")
    picker = one.locator("select[data-chart]").first
    note = one.locator(f"#{picker.get_attribute('data-note')}")
    first = note.inner_text()
    picker.select_option(index=1)
    assert note.inner_text() != first
    drawn = one.locator(f"#c{picker.get_attribute('data-chart')}")
    assert picker.bounding_box()["y"] < drawn.bounding_box()["y"]  # type: ignore[index]
    for scheme in ("dark", "light"):
        one.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        one.set_viewport_size({"width": 390, "height": 850})
        one.wait_for_timeout(500)
        for table in one.locator("details > summary", has_text="数据表").all():
            table.evaluate("one => { one.parentElement.open = true }")
        assert one.evaluate("document.documentElement.scrollWidth") <= 390
        assert one.evaluate(
            "[...document.querySelectorAll('.scroll')].every(one => one.scrollWidth <= one.clientWidth)"
        )
        assert serious(one) == []
    one.close()
    assert all(url.startswith(("file:", "data:", "blob:")) for url in asked)
