"""RTF, OpenDocument text, electronic books and saved pages in one file: every word that is seen, in its order."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from pathlib import Path

import growth
import pytest

from zhengyu.io.documents import epub, mime, odt, rtf
from zhengyu.io.documents.read import read_document
from zhengyu_corpus.errors import ZhengyuError

FIELD = "全县新建高标准农田三万亩，农民收入增长百分之八。"
RIVER = "县里对沿河小散企业逐家会诊，镕基断面水质达标。"


def hexed(text: str, encoding: str = "gbk") -> str:
    return "".join(f"\\'{byte:02x}" for byte in text.encode(encoding))


def half_hexed(text: str) -> str:
    """Second bytes that are letters stand as they are, as some programs write them."""
    return "".join(
        f"\\'{byte:02x}" if byte >= 0x80 or chr(byte) in "\\{}" else chr(byte) for byte in text.encode("gbk")
    )


def escaped(text: str, fallback: str = "?") -> str:
    units = text.encode("utf-16-le")
    codes = [int.from_bytes(units[i : i + 2], "little", signed=True) for i in range(0, len(units), 2)]
    return "".join(f"\\u{code} {fallback}" for code in codes)


def rtf_lines(
    body: str, head: str = r"\ansi\ansicpg936\deff0{\fonttbl{\f0\fnil\fcharset134 SimSun;}{\f1 Arial;}}"
) -> list[str]:
    text = rtf.read(f"{{\\rtf1{head}\n{body}}}".encode("latin-1"), "a.rtf", None).text
    return [line for line in text.split("\n") if line.strip()]


WESTERN = (
    r"\ansi\ansicpg1252\deff0{\fonttbl{\f0\fswiss Arial;}{\f1\fnil\fcharset134 SimSun;}{\f2\fcharset136 MingLiU;}}"
)


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        (hexed(FIELD) + r"\par " + hexed(RIVER), [FIELD, RIVER]),
        (half_hexed(RIVER), [RIVER]),
        (escaped(FIELD), [FIELD]),
        (r"\uc2 " + escaped(FIELD, r"\'bd\'f1"), [FIELD]),
        (r"\uc0 " + escaped("农田👍", ""), ["农田👍"]),
        (rf"{hexed('农')}{{\b {hexed('田')}}}", ["农田"]),
        (rf"{hexed('明')}{{\v {hexed('暗')}}}{{\deleted {hexed('删')}}}", ["明"]),
        (rf"{{\info{{\title {hexed('题')}}}}}{{\*\generator x;}}{{\header {hexed('眉')}}}{hexed(FIELD)}", [FIELD]),
        (rf"{{\field{{\*\fldinst HYPERLINK x}}{{\fldrslt {hexed('链接')}}}}}", ["链接"]),
        (rf"{{\listtext {hexed('一、')}}}{hexed('总则')}\par", ["一、总则"]),
        (rf"\trowd\intbl {hexed('甲县')}\cell {hexed('三万')}\cell\row\pard {hexed('后')}\par", ["甲县\t三万", "后"]),
        (rf"\trowd\intbl {hexed(FIELD)}\par {hexed(RIVER)}\cell {hexed('乙')}\cell\row\pard", [FIELD, RIVER, "乙"]),
        (rf"{hexed('正文')}{{\footnote {hexed('注释')}}}{hexed('继续')}\par {hexed('下段')}", ["正文继续", "下段", "注释"]),
        (rf"{{\shp{{\*\shpinst{{\sp{{\sn x}}{{\sv y}}}}{{\shptxt {hexed('框中')}\par}}}}{{\shprslt {hexed('框中')}}}}}", ["框中"]),
        (rf"{{\pict\bin5 }}}}}}{{{{}}{hexed('后')}", ["后"]),
        ("\\{a\\}\\~\\emdash  b", ["{a}\xa0— b"]),
    ],
)  # fmt: skip
def test_rtf(body: str, lines: list[str]) -> None:
    assert rtf_lines(body) == lines


def test_rtf_bytes_follow_the_code_page_of_their_font() -> None:
    body = rf"\f1 {hexed(FIELD)}\par {hexed(RIVER)}\par\f2 {hexed('農田', 'big5')}\f0\'e9"
    assert rtf_lines(body, WESTERN) == [FIELD, RIVER, "農田é"]
    assert rtf_lines(rf"\f1 {hexed('农田')}") == ["农田"]  # a font that says nothing, in a document that says GBK
    western = WESTERN.replace("1252", "936").replace(
        "Arial", r"\fcharset0 Arial"
    )  # Western letters of a Western font in it
    assert rtf_lines(rf"\f1 {hexed(FIELD)}\par\f0 caf\'e9 {hexed('农田')}", western) == [FIELD, "café 农田"]


@pytest.mark.parametrize(
    "unit", ["{", "}", r"\'b8F", r"\u20892 ?", r"\par ", r"{\footnote a", r"\cell ", r"\'", "\\", "{\\*"]
)
def test_rtf_time_grows_with_length(unit: str) -> None:
    def reading(count: int) -> Callable[[], object]:
        return lambda: rtf.read(("{\\rtf1\\ansicpg936 " + unit * count).encode(), "a.rtf", None)

    assert growth.measure(reading(5_000), reading(10_000)).factor <= growth.LIMIT


def test_rtf_of_pictures_alone_and_others() -> None:
    with pytest.raises(ZhengyuError, match=r"only pictures \(1\)"):
        rtf_lines(r"{\pict 0102}")
    with pytest.raises(ZhengyuError, match="expected an RTF document"):
        rtf.read(b"no", "a.rtf", None)


SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "text", "table", "draw", "style")
)


def open_document(body: str, styles: str = "", manifest: str = "<m/>") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr(
            "content.xml",
            f"<office:document-content {SPACES}><office:automatic-styles>{styles}</office:automatic-styles>"
            f"<office:body><office:text>{body}</office:text></office:body></office:document-content>",
        )
    return out.getvalue()


P = "<text:p>{}</text:p>"


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        (f"<text:h>总则</text:h>{P.format(FIELD[:5] + '<text:span>' + FIELD[5:] + '</text:span>')}", ["总则", FIELD]),
        (P.format('甲<text:s text:c="3"/>乙<text:tab/>丙<text:line-break/>丁\n  戊'), ["甲   乙\t丙", "丁   戊"]),
        (f"<text:tracked-changes>{P.format('删')}</text:tracked-changes>{P.format('<text:change-start/>增<text:change-end/>')}", ["增"]),
        (P.format(f"文<draw:frame><draw:text-box>{P.format('框')}</draw:text-box></draw:frame>本"), ["文本", "框"]),
        (P.format(f"文<text:note><text:note-citation>1</text:note-citation><text:note-body>{P.format('注')}</text:note-body></text:note>本"),
         ["文本", "注"]),
        (f"<table:table><table:table-row><table:table-cell>{P.format('甲县')}</table:table-cell><table:table-cell>{P.format('三万')}"
         "</table:table-cell></table:table-row></table:table>", ["甲县\t三万"]),
        (P.format('明<text:span text:style-name="T1">暗</text:span>处<office:annotation><text:p>批注</text:p></office:annotation>'), ["明处"]),
    ],
)  # fmt: skip
def test_open_document_text(body: str, lines: list[str]) -> None:
    hidden = '<style:style style:name="T1"><style:text-properties text:display="none"/></style:style>'
    text = odt.read(open_document(body, hidden), "a.odt", None).text
    assert [line for line in text.split("\n") if line] == lines


def items(*held: str, style: str = "", more: str = "") -> str:
    named = f' text:style-name="{style}"' if style else ""
    return f"<text:list{named}{more}>{''.join(f'<text:list-item>{one}</text:list-item>' for one in held)}</text:list>"


def test_open_document_numbers() -> None:
    level = '<text:list-level-style-number text:level="{}" style:num-format="{}" {}/>'
    styles = (
        '<text:list-style style:name="L1">'
        + level.format(1, "一, 二, 三, ...", 'style:num-suffix="、"')
        + level.format(2, "一, 二, 三, ...", 'style:num-prefix="（" style:num-suffix="）"')
        + level.format(3, "1", 'text:display-levels="2" style:num-suffix="."')
        + level.format(4, "1", 'text:num-list-format="第%4%款"')
        + '</text:list-style><text:list-style style:name="L2">'
        + '<text:list-level-style-bullet text:level="1" text:bullet-char="•"/></text:list-style>'
        + '<style:style style:name="P1" style:list-style-name="L1"/>'
        + '<text:outline-style><text:outline-level-style text:level="1" style:num-format="1" style:num-prefix="第" '
        + 'style:num-suffix="章"/><text:outline-level-style text:level="2" style:num-format=""/></text:outline-style>'
    )
    p = P.format
    body = "".join([
        '<text:h text:outline-level="1">总则</text:h><text:h text:outline-level="2">目的</text:h>',
        items(p("甲") + p("续"), p("乙") + items(p("子"), p("丑") + items(p("细"), items(p("款")))), style="L1"),
        p("间"),
        items(p("丙"), items(p("寅")), style="L1", more=' text:continue-numbering="true"'),
        items(p("新"), style="L1"),
        '<text:list><text:list-header><text:p>头</text:p></text:list-header><text:list-item text:start-value="5">'
        '<text:p text:style-name="P1">五</text:p></text:list-item></text:list>',
        items(p("点"), style="L2"),
        '<text:h text:outline-level="1">附则</text:h>',
    ])  # fmt: skip
    text = odt.read(open_document(body, styles), "a.odt", None).text
    assert [line for line in text.split("\n") if line] == [
        "第1章 总则", "目的", "一、甲", "续", "二、乙", "（一）子", "（二）丑", "二.1. 细", "第1款 款", "间", "三、丙", "（一）寅",
        "一、新", "头", "五、五", "点", "第2章 附则",
    ]  # fmt: skip


def test_open_document_contents_encryption_and_pictures() -> None:
    document = odt.read(
        open_document(f"<text:table-of-content>{P.format('总则1')}</text:table-of-content>{P.format(FIELD)}"), "a", None
    )
    assert document.furniture == ((0, "contents list"),)
    for data, message in (
        (open_document("", manifest="<encryption-data/>"), "is encrypted"),
        (open_document(P.format("<draw:image/>")), "only pictures"),
        (b"no", "expected an ODT document"),
    ):
        with pytest.raises(ZhengyuError, match=message):
            odt.read(data, "a.odt", None)


def book(pages: dict[str, str], extra: str = "") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("META-INF/container.xml", '<c><rootfiles><rootfile full-path="O/b.opf"/></rootfiles></c>')
        items = "".join(
            f'<item id="{n}" href="{n}.xhtml" media-type="application/xhtml+xml" properties="{"nav" if n == "nav" else ""}"/>'
            for n in pages
        )
        spine = "".join(f'<itemref idref="{n}"/>' for n in pages)
        archive.writestr("O/b.opf", f"<package><manifest>{items}</manifest><spine>{spine}</spine></package>")
        for name, page in pages.items():
            archive.writestr(f"O/{name}.xhtml", f"<?xml version='1.0'?><!DOCTYPE html><html><body>{page}</body></html>")
        if extra:
            archive.writestr("META-INF/encryption.xml", extra)
    return out.getvalue()


def test_books_are_read_in_the_order_of_their_spine() -> None:
    pages = {"nav": "<p>目录</p>", "z": f"<p>{FIELD}</p>", "a": f"<p>{RIVER}</p>"}
    assert epub.read(book(pages), "a.epub", None).text.split("\n") == [FIELD, RIVER]
    fonts = '<e><EncryptionMethod Algorithm="http://www.idpf.org/2008/embedding"/></e>'
    assert epub.read(book(pages, fonts), "a.epub", None).text
    with pytest.raises(ZhengyuError, match="protected against copying"):
        epub.read(
            book(pages, '<e><EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/></e>'), "a", None
        )
    with pytest.raises(ZhengyuError, match=r"holds no text \(1 of its 1 pages hold pictures alone\)"):
        epub.read(book({"a": "<img src='x'/>"}), "a.epub", None)
    pages = {"cover": "<img src='c'/>", "a": f"<p>{FIELD}</p>", "b": "<p><img src='x'/></p>", "c": "<p></p>"}
    document = epub.read(book(pages), "a.epub", None)
    assert [(one.place, one.reason) for one in document.unread] == [
        (3, "O/b.xhtml of the book holds pictures alone, which are not read")
    ]
    assert document.notes == (document.unread[0].reason,)
    with pytest.raises(ZhengyuError, match="expected an EPUB book"):
        epub.read(b"no", "a.epub", None)


@pytest.mark.parametrize("label", ["gb2312", "utf-8", "gb18030"])
def test_pages_saved_in_one_file(label: str) -> None:
    message = MIMEMultipart("related")
    page = MIMEText("", "html", "us-ascii")
    page.set_payload(f"<meta charset={label}><p>{RIVER}</p>".encode("gb18030"), "utf-8")
    page.replace_header("Content-Type", f'text/html; charset="{label}"')
    frame = MIMEText("<p>广告</p>", "html", "utf-8")
    message.attach(page)
    message.attach(frame)
    document = mime.read(message.as_bytes(), "a.mht", None)
    assert (document.text, document.encoding) == (RIVER, "gb18030")


@pytest.mark.parametrize("place", ["cid:frame-2", "http://a.cn/b/inner.html"])
def test_what_a_saved_page_shows_in_a_frame_is_read(place: str) -> None:
    message = MIMEMultipart("related")
    for body, location in ((f'<p>{FIELD}</p><iframe src="{place}">', "http://a.cn/b/"), (f"<p>{RIVER}</p>", place)):
        page = MIMEText(body, "html", "utf-8")
        page["Content-Location"] = location
        message.attach(page)
    message.attach(MIMEText("<p>广告</p>", "html", "utf-8"))
    assert mime.read(message.as_bytes(), "a.mht", None).text.split("\n") == [FIELD, RIVER]


def test_a_book_that_lacks_a_chapter_is_read_and_says_so() -> None:
    whole = book({"one": f"<p>{FIELD}</p>", "two": f"<p>{RIVER}</p>"})
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            if name != "O/one.xhtml":
                new.writestr(
                    name, old.read(name).replace(b"two.xhtml", b"two.xhtml#begin") if ".opf" in name else old.read(name)
                )
    document = epub.read(out.getvalue(), "a.epub", None)
    assert document.text == RIVER
    assert [part.reason for part in document.unread] == ["the book names O/one.xhtml but does not hold it"]


def test_what_is_no_saved_page_is_refused() -> None:
    empty = EmailMessage()
    empty["From"] = "a@example.org"
    for data, message in ((b"no", "expected a MIME message"), (empty.as_bytes(), "no part of it holds text")):
        with pytest.raises(ZhengyuError, match=message):
            mime.read(data, "a.mht", None)
    nested = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (i, i) for i in range(3_000))
    with pytest.raises((ZhengyuError, RecursionError)):
        mime.read(nested, "a.mht", None)


def test_cases_that_went_wrong(cases: Path) -> None:
    def lines(name: str) -> int:
        path = cases / name
        return len(read_document(path.read_bytes(), name, path.suffix).text.split())

    assert [lines(name) for name in ("uN.rtf", "gbk.rtf", "cp1.rtf", "page.mhtml")] == [2, 2, 2, 1]
    first, second, third = (
        read_document((cases / n).read_bytes(), n, ".rtf").text for n in ("uN.rtf", "gbk.rtf", "cp1.rtf")
    )
    assert first == second == third
    assert "农田" in read_document((cases / "a.odt").read_bytes(), "a.odt", ".odt").text
