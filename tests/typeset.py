"""Paragraphs set on pages as offices set them, written as PDF and as OFD, so that reading can be held to what was set."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

FONT = "STSong-Light"
pdfmetrics.registerFont(UnicodeCIDFont(FONT))
_NO_START = "，。、；：！？）》」』】〕”’…"


@dataclass(frozen=True)
class Layout:
    """How paragraphs are set: characters a line, lines a page, indent of first lines, columns, heads, folios."""

    width: int = 28
    lines: int = 22
    indent: int = 2
    columns: int = 1
    size: float = 16.0
    step: float = 28.0
    head: str = ""
    folio: str = ""
    parity: float = 0.0
    gap: float = 0.0
    left: float = 75.0


@dataclass
class Sheet:
    """One page: text with its place from the top left, in points."""

    width: float = 595.0
    height: float = 842.0
    items: list[tuple[float, float, float, str]] = field(default_factory=list)


def _width(char: str) -> float:
    return pdfmetrics.stringWidth(char, FONT, 1.0)


def broken(text: str, width: float, first: float) -> list[str]:
    """Break a paragraph as a word processor does: Latin words whole, no line that begins with a closing mark."""
    lines, line, room = [], "", width - first
    tokens: list[str] = []
    for char in text:
        latin = char.isascii() and char != " "
        if tokens and latin and tokens[-1][-1].isascii() and tokens[-1][-1] != " ":
            tokens[-1] += char
        else:
            tokens.append(char)
    for n, token in enumerate(tokens):
        need = sum(map(_width, token))
        follow = tokens[n + 1] if n + 1 < len(tokens) else ""
        need += sum(map(_width, follow)) if follow[:1] in _NO_START and follow else 0
        if sum(map(_width, line)) + need > room + 1e-6 and line and token[0] not in _NO_START:
            lines.append(line.rstrip())
            line, room = "", width
            if token == " ":
                continue
        line += token
    return [*lines, line]


def typeset(paragraphs: Sequence[str], layout: Layout) -> list[Sheet]:
    """Set paragraphs on pages."""
    size, sheets = layout.size, [Sheet()]
    column, place, shift = 0, 0, 0.0

    def advance() -> None:
        nonlocal column, place, shift
        place, shift = 0, 0.0
        column += 1
        if column == layout.columns:
            column = 0
            sheets.append(Sheet())

    for paragraph in paragraphs:
        for n, line in enumerate(broken(paragraph, layout.width, layout.indent)):
            if place == layout.lines:
                advance()
            left = layout.left + (layout.parity if len(sheets) % 2 else 0.0)
            left += column * (layout.width + 2) * size + (layout.indent * size if n == 0 else 0)
            sheets[-1].items.append((left, 110 + place * layout.step + shift, size, line))
            place += 1
        shift += layout.gap
    for number, sheet in enumerate(sheets, 1):
        if layout.head:
            sheet.items.append((layout.left, 60, size * 0.7, layout.head))
        if layout.folio:
            sheet.items.append((280, 780, size * 0.8, layout.folio.format(number)))
    return sheets


def pdf(sheets: Sequence[Sheet], *, picture: bytes | None = None) -> bytes:
    """Write pages as PDF; a picture makes one more page, which it fills."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(sheets[0].width, sheets[0].height) if sheets else (595, 842))
    for sheet in sheets:
        for left, top, size, text in sheet.items:
            canvas.setFont(FONT, size)
            canvas.drawString(left, sheet.height - top, text)
        canvas.showPage()
    if picture is not None:
        from reportlab.lib.utils import ImageReader

        canvas.drawImage(ImageReader(io.BytesIO(picture)), 0, 0, 595, 842)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


_OFD = 'xmlns:ofd="http://www.ofdspec.org/2016"'


def scanned(*lines: str) -> bytes:
    """Return a picture of a page with lines of Latin text, for which a font is always there."""
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("L", (1240, 1754), 255)
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(44)
    for n, line in enumerate(lines):
        draw.text((150, 200 + 90 * n), line, fill=0, font=font)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def ofd(sheets: Sequence[Sheet], *, picture: bool = False) -> bytes:
    """Write pages as OFD (GB/T 33190), in millimetres; a picture makes one more page."""
    mm = 25.4 / 72
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "OFD.xml",
            f'<ofd:OFD {_OFD} Version="1.0" DocType="OFD"><ofd:DocBody><ofd:DocInfo><ofd:DocID>1</ofd:DocID></ofd:DocInfo>'
            "<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
        )
        many = len(sheets) + picture
        pages = "".join(f'<ofd:Page ID="{n + 10}" BaseLoc="Pages/Page_{n}/Content.xml"/>' for n in range(many))
        archive.writestr(
            "Doc_0/Document.xml",
            f"<ofd:Document {_OFD}><ofd:CommonData><ofd:MaxUnitID>9999</ofd:MaxUnitID><ofd:PageArea>"
            "<ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea></ofd:CommonData>"
            f"<ofd:Pages>{pages}</ofd:Pages></ofd:Document>",
        )
        for n, sheet in enumerate(sheets):
            objects = []
            for k, (left, top, size, text) in enumerate(sheet.items):
                steps = " ".join(f"{_width(char) * size * mm:.4f}" for char in text[:-1])
                box = f"{left * mm:.3f} {(top - size) * mm:.3f} 180 {size * mm * 1.2:.3f}"
                objects.append(
                    f'<ofd:TextObject ID="{n * 1000 + k + 100}" Boundary="{box}" Font="1" Size="{size * mm:.4f}">'
                    f'<ofd:TextCode X="0" Y="{size * mm:.4f}" DeltaX="{steps}">{escape(text)}</ofd:TextCode></ofd:TextObject>'
                )
            layer = f'<ofd:Content><ofd:Layer ID="{n + 5000}">{"".join(objects)}</ofd:Layer></ofd:Content>'
            archive.writestr(f"Doc_0/Pages/Page_{n}/Content.xml", f"<ofd:Page {_OFD}>{layer}</ofd:Page>")
        if picture:
            image = '<ofd:ImageObject ID="9000" Boundary="0 0 210 297" CTM="210 0 0 297 0 0" ResourceID="1"/>'
            layer = f'<ofd:Content><ofd:Layer ID="9001">{image}</ofd:Layer></ofd:Content>'
            archive.writestr(f"Doc_0/Pages/Page_{len(sheets)}/Content.xml", f"<ofd:Page {_OFD}>{layer}</ofd:Page>")
    return out.getvalue()
