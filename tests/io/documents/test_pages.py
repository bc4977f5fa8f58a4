"""Pages to paragraphs: what was set comes back, whatever the layout."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from typeset import Layout, Sheet, broken, ofd, pdf, typeset

from zhengyu.io.documents import pages
from zhengyu.io.documents.document import Document
from zhengyu.io.documents.ofd import read as read_ofd
from zhengyu.io.documents.pdf import read as read_pdf
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.furniture import furniture_rule
from zhengyu_corpus.lines import Line, join, paragraphs
from zhengyu_corpus.records import Record
from zhengyu_corpus.splitting import split_document

CASES = Path(__file__).resolve().parents[4] / "shared" / "cases"
LAYOUTS = {
    "as official documents are set": Layout(folio="— {} —"),
    "running head, page numbers in words": Layout(head="青川湾县人民政府公报　2024年第3期", folio="第{}页 共9页"),
    "bare numbers": Layout(folio="{}"),
    "two columns": Layout(width=15, columns=2, size=14, step=22, lines=28, left=50, folio="{}"),
    "odd and even margins": Layout(parity=30.0, folio="- {} -"),
    "paragraphs set apart, without indents": Layout(indent=0, gap=16.0, lines=18),
    "narrow lines": Layout(width=18, step=24, lines=26),
    "small print": Layout(width=42, size=10.5, step=16, lines=40, folio="·{}·"),
}


def shown(document: Document) -> list[str]:
    return [p.text for p in split_document(document.text, dict(document.furniture)) if p.kind != "furniture"]


def bare(texts: list[str]) -> list[str]:
    return ["".join(text.split()) for text in texts]


@pytest.fixture(scope="module")
def texts(builtin: list[Record]) -> list[str]:
    """Some fifty paragraphs of several lines; nothing is furniture of a page by its words."""
    found = [
        text
        for text in (record.text for record in builtin)
        if 50 < len(text) < 260 and not {"\n", "　"} & set(text) and furniture_rule(text) is None
    ]
    return found[:: len(found) // 60][:52]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kind", ["pdf", "ofd"])
def test_what_was_set_is_read(texts: list[str], layout: str, kind: str) -> None:
    sheets = typeset(texts, LAYOUTS[layout])
    document = read_pdf(pdf(sheets), "a.pdf", None) if kind == "pdf" else read_ofd(ofd(sheets), "a.ofd", None)
    read = bare(shown(document))
    same = sum(text in set(read) for text in bare(texts))
    assert "".join(read) == "".join(bare(texts))  # nothing is lost, nothing is out of order
    assert same >= 0.95 * len(texts)


@pytest.mark.parametrize("right", [1, 2])
def test_a_short_right_column_is_read_after_the_left_one(right: int) -> None:
    village = "新建高标准农田三万亩，粮食总产再创历史新高，农民收入增长百分之八，村集体经济收入全部超过二十万元。断面水质达标。"
    texts = [f"{number}村：{village * 2}" for number in "甲乙丙丁"]
    lines = sum(len(broken(text, 15, 2)) for text in texts[:2]) - right
    sheets = typeset(texts[:2], Layout(width=15, columns=2, size=14, step=22, lines=lines, left=50))
    assert sum(left > 260 for left, _, _, _ in sheets[0].items) == right
    assert bare(shown(read_pdf(pdf(sheets), "a.pdf", None))) == texts[:2]
    # Cells beside one another above a text are no columns.
    sheets = typeset(texts, Layout())
    sheets[0].items[:0] = [(75, 60, 16, "责任单位：农业农村局"), (330, 60, 16, "完成时限：年底以前完成")]
    assert bare(shown(read_pdf(pdf(sheets), "a.pdf", None)))[1:] == texts


def test_a_side_where_nothing_stands_is_no_column() -> None:
    assert not pages._prose([], 300.0, left=True)
    assert not pages._prose([], 300.0, left=False)


def test_folios_and_running_heads_are_furniture(texts: list[str]) -> None:
    layout = LAYOUTS["running head, page numbers in words"]
    sheets = typeset(texts, layout)
    document = read_pdf(pdf(sheets), "a.pdf", None)
    rules = [rule for _, rule in document.furniture]
    assert rules.count("folio") == rules.count("running head") == len(sheets) > 3
    parts = split_document(document.text, dict(document.furniture))
    assert all(document.text[part.start : part.end] == part.text for part in parts)
    assert {part.rule for part in parts if part.kind == "furniture"} == {"folio", "running head"}


def test_a_number_in_the_text_is_no_folio() -> None:
    sheet = Sheet(
        items=[(75, 100 + 20 * n, 12, text) for n, text in enumerate(["全县统计表", "3", "合计", "17", "完成"])]
    )
    document = read_pdf(pdf([sheet]), "a.pdf", None)
    assert not document.furniture
    assert document.text.split("\n") == ["全县统计表", "3", "合计", "17", "完成"]


def test_a_heading_that_fills_its_line_is_not_glued_to_its_body() -> None:
    heading = "（一）加快推进沿河十二个乡镇污水管网和处理设施全面提标改造"[:26]
    body = "县里对沿河十一家小散企业逐家会诊，关停四家、搬迁三家，国控断面水质连续五个月达标，沿河绿道同步推进。"
    texts = [
        heading,
        body,
        "入春后，各乡镇抢农时、抓播种，高标准农田改造完成两万三千亩，农机手和农技员分片包干，确保丰收。",
    ]
    texts += ["（二）" + heading[3:25], body]
    assert bare(shown(read_pdf(pdf(typeset(texts, Layout())), "a.pdf", None))) == bare(texts)


def test_a_title_of_two_lines_is_one() -> None:
    title = [(120.0, 100.0, 22.0, "青川湾县人民政府办公室关于印发"), (142.0, 132.0, 22.0, "全县农田建设工作方案的通知")]
    sheets = typeset(
        ["各乡镇人民政府，县直各有关部门单位要按照方案要求抓好落实，重要情况及时报告县人民政府办公室。"] * 2, Layout()
    )
    sheets[0].items = [(x, y + 80, s, t) for x, y, s, t in sheets[0].items] + title
    assert shown(read_pdf(pdf(sheets), "a.pdf", None))[0] == "青川湾县人民政府办公室关于印发全县农田建设工作方案的通知"


def test_rows_of_a_table_are_not_prose() -> None:
    items = []
    for n, (name, money, note) in enumerate(
        [("项目", "投资", "进度"), ("水厂", "三千万元", "主体完工"), ("道路", "二亿元", "完成招标")]
    ):
        items += [
            (80.0, 120 + 30.0 * n, 12.0, name),
            (220.0, 120 + 30.0 * n, 12.0, money),
            (400.0, 120 + 30.0 * n, 12.0, note),
        ]
    assert read_pdf(pdf([Sheet(items=items)]), "a.pdf", None).text.split("\n") == [
        "项目\t投资\t进度", "水厂\t三千万元\t主体完工", "道路\t二亿元\t完成招标"
    ]  # fmt: skip


def _canvas() -> tuple[object, io.BytesIO]:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfgen.canvas import Canvas

    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(595, 842))
    canvas.setFont("STSong-Light", 12)
    return canvas, out


def test_cells_of_a_ruled_table_are_whole() -> None:
    canvas, out = _canvas()
    for y in (740, 700, 620):
        canvas.line(60, y, 500, y)  # type: ignore[attr-defined]
    for x in (60, 160, 420, 500):
        canvas.line(x, 620, x, 740)  # type: ignore[attr-defined]
    for x, y, text in ((70, 715, "任务"), (170, 715, "要求"), (430, 715, "单位"), (70, 660, "农田建设"), (170, 680, "全县新建高标准农田三万亩，粮食总产再"),
                       (170, 660, "创历史新高，农民人均收入增长。"), (430, 660, "农业局")):  # fmt: skip
        canvas.drawString(x, y, text)  # type: ignore[attr-defined]
    canvas.save()  # type: ignore[attr-defined]
    assert read_pdf(out.getvalue(), "a.pdf", None).text.split("\n") == [
        "任务\t要求\t单位", "农田建设\t全县新建高标准农田三万亩，粮食总产再创历史新高，农民人均收入增长。\t农业局"
    ]  # fmt: skip


def test_text_across_the_page_and_binding_lines_are_furniture() -> None:
    canvas, out = _canvas()
    for n in range(8):
        canvas.drawString(100, 700 - 24 * n, f"今年全县新建高标准农田{n}万亩，粮食总产再创历史新高。")  # type: ignore[attr-defined]
    canvas.saveState()  # type: ignore[attr-defined]
    canvas.translate(200, 300)  # type: ignore[attr-defined]
    canvas.rotate(40)  # type: ignore[attr-defined]
    canvas.drawString(0, 0, "内部资料")  # type: ignore[attr-defined]
    canvas.restoreState()  # type: ignore[attr-defined]
    canvas.save()  # type: ignore[attr-defined]
    document = read_pdf(out.getvalue(), "a.pdf", None)
    assert document.text.split("\n")[-1] == "内部资料"
    assert [rule for _, rule in document.furniture] == ["across the page"]
    assert len(shown(document)) == 8


def picture(text: str = "") -> bytes:
    """Return a page-sized picture, of text where Pillow is asked for it."""
    from PIL import Image

    out = io.BytesIO()
    Image.new("L", (600, 850), 255).save(out, "PNG")
    return out.getvalue()


def test_pages_that_are_pictures_are_named(texts: list[str]) -> None:
    document = read_pdf(pdf(typeset(texts[:3], Layout()), picture=picture()), "a.pdf", None)
    assert [part.place for part in document.unread] == [2]
    assert "page 2 is a picture" in document.unread[0].reason
    assert document.notes == ("1 of 2 pages are pictures and were not read: 2",)
    with pytest.raises(ZhengyuError, match=r"holds no text \(1 of its 1 pages are pictures\)"):
        read_pdf(pdf([], picture=picture()), "a.pdf", None)


def drawn(strokes: int) -> tuple[bytes, bytes]:
    """Return a PDF and an OFD of one page without characters, of paths of twenty steps each."""
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out)
    steps = " ".join(["M 0 0", *(f"L {n} {n % 7}" for n in range(19))])
    objects = []
    for n in range(strokes):
        path = canvas.beginPath()
        path.moveTo(75, 100 + 8 * n)
        for step in range(19):
            path.lineTo(75 + step, 100 + 8 * n + step % 7)
        canvas.drawPath(path)
        objects.append(
            f'<ofd:PathObject ID="{n + 6000}" Boundary="20 {n * 3} 20 8"><ofd:AbbreviatedData>{steps}</ofd:AbbreviatedData>'
            "</ofd:PathObject>"
        )
    canvas.save()
    data = ofd([Sheet(items=[])])
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(packed, "w") as new:
        for name in old.namelist():
            filled = old.read(name).replace(b"</ofd:Layer>", "".join(objects).encode() + b"</ofd:Layer>")
            new.writestr(name, filled if name.endswith("Content.xml") else old.read(name))
    return out.getvalue(), packed.getvalue()


@pytest.mark.parametrize(
    ("strokes", "why"), [(60, "1 of its 1 pages are pictures"), (8, "its 1 pages are blank or hold simple drawings")]
)
def test_letters_that_are_drawn_are_a_picture_and_a_few_lines_are_not(strokes: int, why: str) -> None:
    for read, data in zip((read_pdf, read_ofd), drawn(strokes), strict=True):
        with pytest.raises(ZhengyuError, match=rf"holds no text \({why}\)"):
            read(data, "a", None)


def test_text_drawn_twice_is_read_once_and_pictures_are_named() -> None:
    items = [
        (75.0, 100.0, 16.0, "关于农田建设的通知"),
        (75.6, 100.5, 16.0, "关于农田建设的通知"),
        (75.0, 130.0, 16.0, "关于农田建设的通知"),
    ]
    document = read_ofd(ofd([Sheet(items=items)], picture=True), "a.ofd", None)
    assert document.text.split("\n") == ["关于农田建设的通知"] * 2
    assert [part.place for part in document.unread] == [2]
    with pytest.raises(ZhengyuError, match="holds no text"):
        read_ofd(ofd([], picture=True), "a.ofd", None)
    with pytest.raises(ZhengyuError, match="expected an OFD document"):
        read_ofd(b"PK", "a.ofd", None)


def test_characters_that_are_private_or_unmapped_are_told_with_their_share(texts: list[str]) -> None:
    sheets = [Sheet(items=[(75, 100, 12, "\ue001" + texts[0][:20]), (75, 130, 12, texts[1][:19])])]
    document = read_pdf(pdf(sheets), "a.pdf", None)
    assert document.notes[0].startswith("1 of 40 characters (2.5%) have no Unicode mapping")


def test_joining_lines() -> None:
    assert join("全市上下要深入贯彻落实会", "议精神。") == "全市上下要深入贯彻落实会议精神。"
    assert join("county", "news") == "county news"
    first = Line("今年", 20, 200, 0, 10)
    lines = [first, Line("全县", 0, 200, 12, 10), Line("丰收。", 0, 30, 24, 10), Line("二、农田", 20, 60, 36, 10)]
    assert paragraphs(lines) == [[0, 1, 2], [3]]
    assert paragraphs([]) == []


@pytest.mark.skipif(not CASES.is_dir(), reason="the shared cases are not here")
@pytest.mark.parametrize(
    ("name", "prose"),
    [("pdf_digits", 3), ("pdf_pages", 3), ("pagebreak", 1), ("pdf_columns", 2), ("pdf_mixed_scan", 1)],
)
def test_shared_cases(name: str, prose: int) -> None:
    document = read_pdf((CASES / f"{name}.pdf").read_bytes(), name, None)
    found = shown(document)
    assert len(found) == prose
    assert [part.place for part in document.unread] == ([2] if name == "pdf_mixed_scan" else [])
    if name != "pdf_mixed_scan":
        assert all(text.endswith("。") for text in found)
