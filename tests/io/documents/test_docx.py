"""Word documents: every word that is seen, none that is struck out or hidden, numbers as Word shows them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from zhengyu.io.documents.document import Document
from zhengyu.io.documents.docx import read
from zhengyu.io.documents.numbering import chinese
from zhengyu_corpus.errors import ZhengyuError

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
FIELD = "全县新建高标准农田三万亩，农民收入增长百分之八。"
RIVER = "县里对沿河小散企业逐家会诊，国控断面水质连续五个月达标。"


def package(body: str, namespace: str = W, **parts: str) -> bytes:
    """Return a DOCX with a body and other parts: styles, numbering, footnotes."""
    out = io.BytesIO()
    extra = 'xmlns:a="urn:a" xmlns:v="urn:v" xmlns:mc="urn:mc" xmlns:wps="urn:wps"'
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(
            "_rels/.rels", f'<Relationships><Relationship Id="a" Type="{OFFICE}/officeDocument" Target="word/document.xml"/>'
            "</Relationships>",
        )  # fmt: skip
        related = "".join(f'<Relationship Id="{k}" Type="{OFFICE}/{k}" Target="{k}.xml"/>' for k in parts)
        archive.writestr("word/_rels/document.xml.rels", f"<Relationships>{related}</Relationships>")
        archive.writestr(
            "word/document.xml", f'<w:document xmlns:w="{namespace}" {extra}><w:body>{body}</w:body></w:document>'
        )
        for name, content in parts.items():
            archive.writestr(f"word/{name}.xml", f'<w:{name} xmlns:w="{namespace}">{content}</w:{name}>')
    return out.getvalue()


def run(text: str, properties: str = "") -> str:
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t>{text}</w:t></w:r>"


def paragraph(text: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{text if text.startswith('<') else run(text)}</w:p>"


def lines(data: bytes) -> list[str]:
    return [line for line in read(data, "a.docx", None).text.split("\n") if line]


def field(code: str, result: str) -> str:
    def mark(kind: str) -> str:
        return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'

    return f"{mark('begin')}<w:r><w:instrText>{code}</w:instrText></w:r>{mark('separate')}{result}{mark('end')}"


CELL = "<w:tc><w:tcPr/>{}</w:tc>"
SEEN = {
    "a content control": (f"<w:sdt><w:sdtPr><w:alias/></w:sdtPr><w:sdtContent>{paragraph(FIELD)}</w:sdtContent></w:sdt>", [FIELD]),
    "an insertion and a deletion": (
        paragraph(f"{run('新建')}<w:ins>{run('农田')}</w:ins><w:del><w:r><w:delText>学校</w:delText></w:r></w:del>"), ["新建农田"]),
    "a move": (paragraph(f"<w:moveFrom>{run('旧处')}</w:moveFrom><w:moveTo>{run('新处')}</w:moveTo>"), ["新处"]),
    "a paragraph mark struck out": (
        paragraph("农田三", "<w:rPr><w:del/></w:rPr>") + paragraph("万亩"), ["农田三万亩"]),
    "smart tags and simple fields": (
        paragraph(f"<w:smartTag>{run('三万')}</w:smartTag><w:fldSimple>{run('亩')}</w:fldSimple>"), ["三万亩"]),
    "a field in a field": (paragraph(field(f"IF {field('DATE', run('2024'))} ", run("今年"))), ["今年"]),
    "hidden text": (paragraph(f"{run('暗', '<w:vanish/>')}{run('明', '<w:vanish w:val=&quot;0&quot;/>'.replace('&quot;', chr(34)))}"), ["明"]),
    "soft breaks": (paragraph("<w:r><w:t>上</w:t><w:br/><w:t>下</w:t></w:r>"), ["上", "下"]),
    "a text box, with what older programs show": (
        paragraph(f"{run(FIELD)}<w:r><mc:AlternateContent><mc:Choice><w:txbxContent>{paragraph(RIVER)}</w:txbxContent>"
                  f"</mc:Choice><mc:Fallback><w:txbxContent>{paragraph(RIVER)}</w:txbxContent></mc:Fallback>"
                  "</mc:AlternateContent></w:r>"), [FIELD, RIVER]),
    "a table of values": (
        f"<w:tbl><w:tr>{CELL.format(paragraph('甲县'))}{CELL.format(paragraph('三万'))}</w:tr></w:tbl>", ["甲县\t三万"]),
    "paragraphs in one cell": (
        f"<w:tbl><w:tr>{CELL.format(paragraph('措施'))}{CELL.format(paragraph(FIELD) + paragraph(RIVER))}</w:tr></w:tbl>",
        ["措施", FIELD, RIVER]),
    "a table in a table": (
        f"<w:tbl><w:tr>{CELL.format(paragraph('外') + '<w:tbl><w:tr>' + CELL.format(paragraph('内')) + '</w:tr></w:tbl><w:p/>')}"
        "</w:tr></w:tbl>", ["外", "内"]),
    "a phonetic guide": (paragraph("<w:r><w:ruby><w:rt><w:r><w:t>yìn</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>印</w:t></w:r>"
                                   "</w:rubyBase></w:ruby></w:r>"), ["印"]),
    "symbols": (paragraph('<w:r><w:sym w:font="Wingdings" w:char="F0FE"/><w:sym w:font="宋体" w:char="25A0"/></w:r>' + run("甲")), ["■甲"]),
}  # fmt: skip


@pytest.mark.parametrize("what", SEEN)
@pytest.mark.parametrize("namespace", [W, STRICT])
def test_every_word_that_is_seen(what: str, namespace: str) -> None:
    body, expected = SEEN[what]
    assert lines(package(body, namespace)) == expected


def numbering(*levels: tuple[str, str], extra: str = "", num: str = "") -> str:
    described = "".join(
        f'<w:lvl w:ilvl="{i}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{text}"/>{extra}</w:lvl>'
        for i, (form, text) in enumerate(levels)
    )
    return (
        f'<w:abstractNum w:abstractNumId="5">{described}</w:abstractNum>'
        f'<w:num w:numId="1"><w:abstractNumId w:val="5"/></w:num>'
        f'<w:num w:numId="2"><w:abstractNumId w:val="5"/>{num}</w:num>'
    )


def listed(level: int, text: str, list_id: int = 1) -> str:
    return paragraph(text, f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{list_id}"/></w:numPr>')


def test_numbers_stand_as_word_shows_them() -> None:
    levels = numbering(("chineseCountingThousand", "%1、"), ("chineseCounting", "（%2）"), ("decimal", "%2.%3."))
    body = "".join(listed(level, "项") for level in (0, 1, 1, 2, 2, 0, 1))
    expected = ["一、项", "（一）项", "（二）项", "二.1. 项", "二.2. 项", "二、项", "（一）项"]
    assert lines(package(body, numbering=levels)) == expected
    legal = numbering(("chineseCounting", "第%1章"), ("decimal", "%1.%2"), extra="<w:isLgl/>")
    assert lines(package(listed(0, "总则") + listed(1, "目的"), numbering=legal)) == ["第1章 总则", "1.1 目的"]


def test_numbers_of_styles_restarts_and_bullets() -> None:
    again = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'
    levels = numbering(("decimalEnclosedCircle", "%1"), extra='<w:suff w:val="nothing"/>', num=again)
    style = (
        '<w:style w:styleId="s"><w:name w:val="条"/><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
    )
    style += '<w:style w:styleId="t"><w:name w:val="款"/><w:basedOn w:val="s"/></w:style>'
    body = (
        paragraph("甲", '<w:pStyle w:val="s"/>')
        + paragraph("乙", '<w:pStyle w:val="t"/>')
        + listed(0, "丙", 2)
        + listed(0, "丁", 0)
    )
    assert lines(package(body, numbering=levels, styles=style)) == ["①甲", "②乙", "①丙", "丁"]
    assert lines(package(listed(0, "点"), numbering=numbering(("bullet", "\uf06c")))) == ["点"]


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (10, "十"),
        (11, "十一"),
        (20, "二十"),
        (21, "二十一"),
        (100, "一百"),
        (101, "一百〇一"),
        (110, "一百一十"),
        (10_010, "一万〇一十"),
    ],
)
def test_chinese_numbers(number: int, written: str) -> None:
    assert chinese(number) == written


def test_hidden_styles_notes_and_contents_lists() -> None:
    styles = (
        '<w:style w:styleId="h"><w:name w:val="暗"/><w:rPr><w:vanish/></w:rPr></w:style>'
        '<w:style w:styleId="c"><w:name w:val="toc 1"/></w:style>'
    )
    body = (
        paragraph("总则1", '<w:pStyle w:val="c"/>')
        + paragraph("看不见", '<w:pStyle w:val="h"/>')
        + paragraph(run("字", '<w:rStyle w:val="h"/>') + run(FIELD))
    )
    note = f'<w:footnote w:type="separator">{paragraph("线")}</w:footnote><w:footnote>{paragraph(RIVER)}</w:footnote>'
    document = read(package(body, styles=styles, footnotes=note), "a.docx", None)
    assert [line for line in document.text.split("\n") if line] == ["总则1", FIELD, RIVER]
    assert document.furniture == ((document.text.index("总则1"), "contents list"),)


def test_pictures_alone_and_inserted_files_are_named() -> None:
    picture = "<w:p><w:r><a:blip/></w:r></w:p>"
    with pytest.raises(ZhengyuError, match=r"a\.docx: the document holds no text, only pictures \(2\)"):
        read(package(picture * 2), "a.docx", None)
    document: Document = read(package(picture + paragraph(FIELD) + "<w:altChunk/>"), "a.docx", None)
    assert document.text.strip() == FIELD
    assert [part.place for part in document.unread] == [1]


def test_a_page_that_was_inserted_whole_is_read_in_its_place() -> None:
    def document(name: str, content: str) -> Document:
        out = io.BytesIO(package(paragraph("前") + '<w:altChunk w:id="aFChunk"/>' + paragraph("后"), aFChunk="x"))
        with zipfile.ZipFile(out) as old:
            parts = {one: old.read(one).replace(b"aFChunk.xml", name.encode()) for one in old.namelist()}
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for one, held in {**parts, f"word/{name}": content.encode()}.items():
                archive.writestr(one, held)
        return read(out.getvalue(), "a.docx", None)

    page = f"<meta charset=utf-8><p>{FIELD}</p><p>{RIVER}"
    saved = f"MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{page}"
    for name, content in (("a.html", page), ("b.mht", saved)):
        assert document(name, content).text.split("\n") == ["前", FIELD, RIVER, "后"]
    other = document("c.docx", "")
    assert (other.text.split("\n"), [part.place for part in other.unread]) == (["前", "后"], [1])


def test_the_xml_of_word_2003_and_packages_in_one_file() -> None:
    word = f"""<?xml version="1.0"?><?mso-application progid="Word.Document"?>
    <w:wordDocument xmlns:w="urn:w" xmlns:wx="urn:wx" xmlns:aml="urn:aml"><w:styles><w:style w:styleId="h"><w:name w:val="h"/>
    <w:rPr><w:vanish/></w:rPr></w:style></w:styles><w:docPr><w:t>属性</w:t></w:docPr><w:body><wx:sect>
    <w:p><w:pPr><w:listPr><w:ilvl w:val="0"/><wx:t wx:val="一、"/></w:listPr></w:pPr>{run(FIELD)}</w:p>
    <w:p><w:pPr><w:pStyle w:val="h"/></w:pPr>{run("隐藏")}</w:p>
    <w:p>{run(RIVER)}<aml:annotation w:type="Word.Deletion"><aml:content>{run("删")}</aml:content></aml:annotation></w:p>
    <w:sectPr><w:hdr>{paragraph("页眉")}</w:hdr></w:sectPr></wx:sect></w:body></w:wordDocument>"""
    assert lines(word.encode()) == [f"一、{FIELD}", RIVER]
    flat = (
        '<pkg:package xmlns:pkg="urn:p"><pkg:part pkg:name="/word/document.xml"><pkg:xmlData>'
        f'<w:document xmlns:w="{W}"><w:body>{paragraph(FIELD)}</w:body></w:document></pkg:xmlData></pkg:part></pkg:package>'
    )
    assert lines(flat.encode()) == [FIELD]
    with pytest.raises(ZhengyuError, match="no main part"):
        read(b"<html/>", "a.docx", None)


@pytest.mark.parametrize("data", [b"no", b"PK", package("")[:200]])
def test_damaged_documents_are_refused(data: bytes) -> None:
    with pytest.raises(ZhengyuError, match="expected a DOCX document"):
        read(data, "a.docx", None)


def test_declared_entities_are_refused() -> None:
    data = package(paragraph("&e;")).replace(b"<w:document", b'<!DOCTYPE x [<!ENTITY e "x">]><w:document')
    with pytest.raises(ZhengyuError):
        read(data, "a.docx", None)


def test_cases_that_went_wrong(cases: Path) -> None:
    def found(name: str) -> list[str]:
        return lines((cases / name).read_bytes())

    assert [len(found(f"{name}.docx")) for name in ("sdt", "tracked", "textbox", "fldsimple", "smarttag")] == [
        3, 2, 2, 1, 1,
    ]  # fmt: skip
    assert found("nested_table.docx") == ["外层单元格。", "内层表格里的农田建设任务。"]
    assert found("autonumber.docx") == ["1. 加强农田建设", "2. 加强水利建设"]
    assert found("template.dotx") == found("really_docx.doc")
    with pytest.raises(ZhengyuError, match="only pictures"):
        found("only_picture.docx")
