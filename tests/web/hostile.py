"""A hundred files made to do harm: each a name and its bytes, made here so that none has to be kept."""

from __future__ import annotations

import gzip
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator

import docx
import openpyxl
import pandas as pd
from reportlab.pdfgen.canvas import Canvas

#: What no answer may ever hold: the content of the file that external entities point at.
SECRET = "SECRET-OUTSIDE-THE-UPLOAD"
SCRIPTS = (
    "<script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=1>",
    "<svg onload=window.pwned=1>",
    '"><iframe srcdoc="<script>parent.pwned=1</script>">',
    "<a href='javascript:window.pwned=1'>农田</a>",
    "{{constructor.constructor('window.pwned=1')()}}",
    '=HYPERLINK("https://example.org","农田")',
    "</p></article><body onload=window.pwned=1>",
)
PROSE = "今年全县新建高标准农田三万亩，粮食总产再创历史新高。"
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_S = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def hostile_files(secret: str) -> list[tuple[str, bytes]]:
    """Return the files; `secret` is the path of a file outside that holds `SECRET`."""
    files = [*_scripts(), *_entities(secret), *_bursting(), *_nested(), *_broken(), *_encodings(), *_odd_tables()]
    return [(f"{i:03d}-{name}", data) for i, (name, data) in enumerate(files)]


def _docx(*texts: str) -> bytes:
    document = docx.Document()
    for text in texts:
        document.add_paragraph(text)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def workbook(*texts: str) -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["text"])
    for text in texts:
        book.active.append([text])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _pdf(*texts: str) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out)
    for text in texts:
        canvas.drawString(20, 700, text.encode("latin-1", "replace").decode("latin-1"))
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _parquet(*texts: str) -> bytes:
    out = io.BytesIO()
    pd.DataFrame({"text": list(texts)}).to_parquet(out)
    return out.getvalue()


def _with_part(data: bytes, part: str, content: bytes | Callable[[bytes], bytes]) -> bytes:
    """Return an office file with one part replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            was = old.read(name)
            new.writestr(name, was if name != part else content(was) if callable(content) else content)
        if part not in old.namelist() and not callable(content):
            new.writestr(part, content)
    return out.getvalue()


def _scripts() -> Iterator[tuple[str, bytes]]:
    for n, script in enumerate(SCRIPTS):
        text = f"{PROSE}{script}"
        yield (
            f"script{n}.html",
            f"<html><body><p>{PROSE}</p>{script}<p>{script.replace('<', '&lt;')}{PROSE}</p>".encode(),
        )
        yield f"script{n}.docx", _docx(text, script)
        yield f"script{n}.csv", pd.DataFrame({"text": [text, script]}).to_csv(index=False).encode()
        yield f"script{n}.xlsx", workbook(text, script)
        yield f"script{n}.txt", f"{text}\n{script}\n".encode()
    yield "script.pdf", _pdf(*SCRIPTS)
    yield "script.jsonl", "\n".join(json.dumps({"text": PROSE + script}) for script in SCRIPTS).encode()
    yield "script.parquet", _parquet(*SCRIPTS)
    yield "<img src=x onerror=window.pwned=1>.txt", PROSE.encode()


def _entities(secret: str) -> Iterator[tuple[str, bytes]]:
    outside = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}">]>'
    remote = '<?xml version="1.0"?><!DOCTYPE x SYSTEM "http://127.0.0.1:9/evil.dtd">'
    laughs = (
        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "农田农田农田农田">'
        + "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12))
        + "]>"
    )
    blowup = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e "{"农" * 100_000}">]>'
    for name, head, entity in (("outside", outside, "&e;"), ("remote", remote, ""), ("laughs", laughs, "&a11;"),
                               ("blowup", blowup, "&e;" * 5_000)):  # fmt: skip
        body = f"<w:document {_W}><w:body><w:p><w:r><w:t>{entity}农田</w:t></w:r></w:p></w:body></w:document>"
        yield f"{name}.docx", _with_part(_docx(PROSE), "word/document.xml", (head + body).encode())
        sheet = (f'<worksheet {_S}><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>text</t></is></c></row>'
                 f'<row r="2"><c r="A2" t="inlineStr"><is><t>{entity}农田</t></is></c></row></sheetData></worksheet>')  # fmt: skip
        yield f"{name}.xlsx", _with_part(workbook(PROSE), "xl/worksheets/sheet1.xml", (head + sheet).encode())
        yield f"{name}.html", (head + f"<html><body><p>{entity}{PROSE}</p></body></html>").encode()
    shared = outside + f"<sst {_S}><si><t>&e;</t></si></sst>"
    yield "shared.xlsx", _with_part(workbook(PROSE), "xl/sharedStrings.xml", shared.encode())
    link = ('<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
            f'officeDocument" Target="../../../../../..{secret}"/></Relationships>')  # fmt: skip
    yield "outside-part.docx", _with_part(_docx(PROSE), "_rels/.rels", link.encode())
    yield "file.html", f'<iframe src="file://{secret}"></iframe><object data="file://{secret}"></object>'.encode()


def _bursting() -> Iterator[tuple[str, bytes]]:
    zeros = b" " * (200 * 1024 * 1024)
    body = f"<w:document {_W}><w:body><w:p><w:r><w:t>".encode() + zeros
    yield "bomb.docx", _with_part(_docx(PROSE), "word/document.xml", body)
    yield "bomb.xlsx", _with_part(workbook(PROSE), "xl/worksheets/sheet1.xml", f"<worksheet {_S}>".encode() + zeros)
    inner = _with_part(_docx(PROSE), "bomb.bin", zeros)
    yield "bomb-in-a-part.docx", _with_part(_docx(PROSE), "word/embeddings/inner.zip", inner)
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as archive:
        for i in range(10_001):
            archive.writestr(f"{i}", b"")
    yield "many-parts.docx", many.getvalue()
    rows = "".join(f'<row r="{r}"><c r="A{r}"><v>1</v></c></row>' for r in (1, 1_048_576, 99_999_999))
    yield "far-row.xlsx", _with_part(workbook(PROSE), "xl/worksheets/sheet1.xml",
                                     f"<worksheet {_S}><sheetData>{rows}</sheetData></worksheet>".encode())  # fmt: skip
    wide = '<row r="1"><c r="XFD1"><v>1</v></c></row><row r="2"><c r="XFD2"><v>1</v></c></row>'
    yield "far-column.xlsx", _with_part(workbook(PROSE), "xl/worksheets/sheet1.xml",
                                        f"<worksheet {_S}><sheetData>{wide}</sheetData></worksheet>".encode())  # fmt: skip
    many = "".join(f'<row r="{r}"><c r="XFD{r}"><v>1</v></c></row>' for r in range(1, 250_000))
    yield "far-columns.xlsx", _with_part(workbook(PROSE), "xl/worksheets/sheet1.xml",
                                         f"<worksheet {_S}><sheetData>{many}</sheetData></worksheet>".encode())  # fmt: skip
    yield "lying-size.docx", _docx(PROSE).replace(struct.pack("<L", len(PROSE)), struct.pack("<L", 2**32 - 2))
    stream = zlib.compress(b"0 " * (50 * 1024 * 1024))
    yield "bomb.pdf", (b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
                       b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
                       b"3 0 obj<</Type/Page/Parent 2 0 R/Contents 4 0 R>>endobj\n"
                       b"4 0 obj<</Filter/FlateDecode/Length " + str(len(stream)).encode() + b">>stream\n"
                       + stream + b"\nendstream endobj\ntrailer<</Root 1 0 R>>")  # fmt: skip
    yield "huge-cell.csv", ("text\n" + "农" * 11_000_000).encode()
    yield "long-line.txt", ("农" * 9_000_000).encode()
    yield "many-paragraphs.txt", ("农田\n" * 21_000).encode()


def _nested() -> Iterator[tuple[str, bytes]]:
    yield "nested.html", (b"<div>" * 200_000 + PROSE.encode())
    yield "nested-tables.html", (b"<table><tr><td>" * 3_000 + PROSE.encode())
    yield "nested-lists.html", (b"<ul><li>" * 20_000 + PROSE.encode())
    yield "attributes.html", b"<p " + b" ".join(b"a%d=1" % i for i in range(100_000)) + b">" + PROSE.encode()
    yield "nested.jsonl", b'{"text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}\n"
    yield "nested-object.jsonl", b'{"a":' * 100_000 + b"1" + b"}" * 100_000
    deep = f"<w:document {_W}><w:body>" + "<w:tbl><w:tr><w:tc>" * 2_000 + "<w:p/>"
    deep += "</w:tc></w:tr></w:tbl>" * 2_000 + "</w:body></w:document>"
    yield "nested.docx", _with_part(_docx(PROSE), "word/document.xml", deep.encode())
    kids = b"".join(b"%d 0 obj<</Type/Pages/Kids[%d 0 R]/Count 1>>endobj\n" % (i, i + 1) for i in range(2, 3_000))
    yield "nested.pdf", b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n" + kids + b"trailer<</Root 1 0 R>>"
    loop = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[2 0 R]/Count 9>>endobj\n"
    yield "loop.pdf", loop + b"trailer<</Root 1 0 R>>"


def _broken() -> Iterator[tuple[str, bytes]]:
    for name, data in (("cut.docx", _docx(PROSE)), ("cut.xlsx", workbook(PROSE)), ("cut.pdf", _pdf("abc")),
                       ("cut.parquet", _parquet(PROSE))):  # fmt: skip
        yield name, data[: len(data) // 2]
    flipped = bytearray(_parquet(*[PROSE] * 50))
    flipped[40:60] = b"\xff" * 20
    yield "flipped.parquet", bytes(flipped)
    footer = _parquet(PROSE)
    yield "footer.parquet", footer[:-8] + struct.pack("<L", 2**31 - 1) + b"PAR1"
    yield "gzip.docx", gzip.compress(b"a" * 1000)
    yield "zip-slip.docx", _with_part(_docx(PROSE), "../../../../tmp/zhengyu-slipped.txt", SECRET.encode())
    yield "noise.xlsx", bytes(range(256)) * 100
    yield "noise.pdf", b"%PDF-1.7\n" + bytes(range(256)) * 100
    yield "empty.docx", b""
    yield "empty.xlsx", b""
    yield "empty.csv", b""
    yield "empty.pdf", b""
    yield "garbled.docx", _with_part(_docx(PROSE), "word/document.xml", b"<w:document><unclosed>")
    yield "no-document.docx", _with_part(_docx(PROSE), "[Content_Types].xml", b"<Types/>")


def _encodings() -> Iterator[tuple[str, bytes]]:
    yield "nul.txt", b"\x00" * 10_000 + PROSE.encode()
    yield "nul.csv", f"text\n{PROSE}\x00\x00\n".encode()
    yield "half.txt", PROSE.encode("gb18030")[:-1]
    yield "mixed.txt", PROSE.encode("utf-8") + PROSE.encode("gb18030") + PROSE.encode("big5", "replace")
    yield "utf7.html", b"<meta charset=utf-7>+ADw-script+AD4-window.pwned=1+ADw-/script+AD4-" + PROSE.encode()
    yield "codec.html", b"<meta charset=zip>" + zlib.compress(b"a" * 100_000)
    yield "surrogate.jsonl", b'{"text": "\\ud800\\udc00\\ud800 ' + PROSE.encode() + b'"}\n'
    yield "override.txt", ("\u202e\u2066" * 1000 + PROSE).encode()
    yield "noise.txt", bytes(range(256)) * 50


def _odd_tables() -> Iterator[tuple[str, bytes]]:
    yield "columns.csv", (",".join(f"c{i}" for i in range(50_000)) + "\n" + "农田水利建设工作正在推进," * 3).encode()
    yield "surrogates.parquet", _parquet(PROSE * 3).replace("高标准农田".encode()[:6], b"\xed\xa0\x80\xff\xfe\xfd")
    yield "quotes.csv", b'text\n"' + b'""' * 500_000
    yield "same-names.csv", "text,text\n农田,农田\n".encode()
    yield "numbers.jsonl", b'{"text": 1e999}\n{"text": ' + b"9" * 100_000 + b"}\n"
