"""Word documents (DOCX, DOCM, DOTX, Strict Open XML, the XML of Word 2003): all that a reader of the page sees."""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from zhengyu.io.documents.document import Document, Unread
from zhengyu.io.documents.lines import Lines
from zhengyu.io.documents.markup import attribute, children, local, parse_xml, walk
from zhengyu.io.documents.numbering import Numbers, number, set_off
from zhengyu_corpus.errors import ZhengyuError

#: Nothing below these is seen: properties, what was struck out or moved away, field codes, phonetic guides, comments.
_UNSEEN = frozenset({
    "sdtPr", "sdtEndPr", "tblPr", "tblGrid", "trPr", "tcPr", "sectPr", "del", "moveFrom", "delText", "instrText",
    "delInstrText", "rt", "annotationRef", "ffData", "docPr", "binData", "Fallback",
})  # fmt: skip
_OFF = frozenset({"0", "false", "off"})
#: Styles of contents lists, by the names that Word and WPS give them.
_CONTENTS = ("toc ", "toc\u00a0", "目录", "目次", "table of figures", "图表目录")
_CONTENTS_RULE = "contents list"
_STYLE_DEPTH = 32
#: Files that are read where they are inserted whole (altChunk); no further documents that hold others.
_INSERTED = frozenset({".mht", ".mhtml", ".html", ".htm", ".xhtml", ".rtf", ".txt"})


@dataclass(frozen=True, slots=True)
class _Style:
    name: str = ""
    hidden: bool = False
    list_id: str = ""
    depth: int | None = None


@dataclass(slots=True)
class _Paragraph:
    """A paragraph that is open: its lines, what stands in boxes that hang on it, and its properties."""

    parts: list[str] = field(default_factory=list)
    boxes: list[tuple[str, str]] = field(default_factory=list)
    prefix: str = ""
    rule: str = ""
    hidden: bool = False
    joined: bool = False


class _Parts:
    """The parts of a package and their relations; a package may also be one file of XML (Flat OPC)."""

    def __init__(self, data: bytes, name: str) -> None:
        self._name = name
        self._flat: dict[str, Any] = {}
        self._archive: zipfile.ZipFile | None = None
        self._names: dict[str, str] = {}
        self._relations: dict[str, Any] = {}
        if _is_xml(data):
            root = parse_xml(data, name)
            for part in children(root, "part"):
                for held in children(part, "xmlData"):
                    self._flat.update((attribute(part, "name").lstrip("/").lower(), one) for one in held[:1])
            if local(root) == "wordDocument":  # Word 2003
                self._flat["word/document.xml"] = root
        else:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
            # Some programs write backslashes, or another case than the relations name.
            self._names = {one.replace("\\", "/").lower(): one for one in self._archive.namelist()}

    def read(self, part: str) -> bytes | None:
        """Return the bytes of a part of a ZIP archive, None where there is none."""
        found = self._names.get(part.lower())
        return None if found is None or self._archive is None else self._archive.read(found)

    def xml(self, part: str) -> Any | None:
        """Return the root of a part, None where there is none."""
        if part.lower() in self._flat:
            return self._flat[part.lower()]
        data = self.read(part)
        return None if data is None else parse_xml(data, f"{self._name}: {part}")

    def related(self, part: str, kind: str, identity: str = "") -> str:
        """Return the part that one is related to by a kind, and by an identity if given, ``""`` where there is none."""
        folder, file = posixpath.split(part)
        if part not in self._relations:
            self._relations[part] = self.xml(posixpath.join(folder, "_rels", f"{file}.rels"))
        root = self._relations[part]
        for relation in root if root is not None else ():
            if identity and attribute(relation, "Id") != identity:
                continue
            if attribute(relation, "Type").endswith(f"/{kind}") and attribute(relation, "TargetMode") != "External":
                target = attribute(relation, "Target")
                return posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
        return ""


def _is_xml(data: bytes) -> bool:
    return data[:200].removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")


def read(data: bytes, name: str, encoding: str | None) -> Document:
    """Read paragraphs, tables row by row, text boxes after their paragraph, and notes at the end."""
    try:
        parts = _Parts(data, name)
        main = parts.related("", "officeDocument") or "word/document.xml"
        root = parts.xml(main)
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise ZhengyuError(f"{name}: expected a DOCX document, but it cannot be read: {error}; save it anew") from error
    if root is None or local(root) not in ("document", "wordDocument"):
        raise ZhengyuError(f"{name}: expected a DOCX document, but it has no main part; save it anew")

    def part(kind: str) -> Any | None:
        found = parts.related(main, kind)
        return parts.xml(found) if found else None

    def inserted(identity: str) -> str | None:
        place = parts.related(main, "aFChunk", identity)
        held = parts.read(place) if place else None
        return None if held is None else _inserted(held, f"{name}: {place}")

    styles = part("styles") if local(root) == "document" else next(iter(children(root, "styles")), None)
    reader = _Reader(_Styles(styles), Numbers(part("numbering")), inserted)
    for body in children(root, "body"):
        reader.story(body)
    for kind in ("footnotes", "endnotes"):
        notes = part(kind)
        for note in notes if notes is not None else ():
            if attribute(note, "type") in ("", "normal"):
                reader.story(note)
    text = reader.lines.text()
    if not text.strip() and reader.pictures:
        raise ZhengyuError(
            f"{name}: the document holds no text, only pictures ({reader.pictures}); it is probably a scan: save it "
            "as PDF and run it through OCR"
        )
    unread = tuple(
        Unread(
            place, "a part that was inserted as a file of its own is not read; open the document in Word and save it"
        )
        for place in range(1, reader.unread + 1)
    )
    return Document(name, text, "", furniture=reader.lines.furniture(), unread=unread)


def _inserted(data: bytes, name: str) -> str | None:
    """Return the text of a file that a document holds, as programs that make documents of web pages insert it.

    None where it cannot be read; what it holds itself is not looked for.
    """
    from zhengyu.io.documents.read import read_document

    ending = posixpath.splitext(name)[1].lower()
    if ending not in _INSERTED:
        return None
    try:
        return read_document(data, name, ending).text
    except ZhengyuError:
        return None


class _Styles:
    """The styles of a document, each read when it is met: templates define hundreds, and few are used."""

    def __init__(self, root: Any | None) -> None:
        self._elements = {attribute(one, "styleId"): one for one in children(root, "style")} if root is not None else {}
        self._found: dict[str, _Style] = {}

    def get(self, identity: str) -> _Style:
        """Return a style with what it inherits; one that is not defined has no properties."""
        if identity not in self._found:
            self._found[identity] = self._inherited(identity)
        return self._found[identity]

    def _inherited(self, identity: str) -> _Style:
        base, called, hidden, list_id, depth = self._own(identity)
        for _ in range(_STYLE_DEPTH):
            if base not in self._elements or (hidden is not None and list_id):
                break
            base, _, more, more_id, more_depth = self._own(base)
            hidden = more if hidden is None else hidden
            if not list_id:
                list_id, depth = more_id, more_depth if depth is None else depth
        return _Style(called, bool(hidden), list_id, depth)

    def _own(self, identity: str) -> tuple[str, str, bool | None, str, int | None]:
        """Return what it is based on, its name, whether it is hidden, its list and level."""
        style = self._elements.get(identity)
        if style is None:
            return "", "", None, "", None
        base = next((attribute(one, "val") for one in children(style, "basedOn")), "")
        called = next((attribute(one, "val") for one in children(style, "name")), "")
        hidden = next((_on(one) for run in children(style, "rPr") for one in children(run, "vanish")), None)
        return (base, called, hidden, *_listed(style))


def _on(element: Any) -> bool:
    return attribute(element, "val").lower() not in _OFF


def _listed(element: Any) -> tuple[str, int | None]:
    """Return the list and level that paragraph properties below an element name."""
    for properties in children(element, "pPr"):
        for numbered in children(properties, "numPr"):
            list_id = next((attribute(one, "val") for one in children(numbered, "numId")), "")
            level = next((number(attribute(one, "val")) for one in children(numbered, "ilvl")), None)
            return list_id, level
    return "", None


class _Reader:
    """Walks the parts of a document and collects their lines."""

    def __init__(self, styles: _Styles, numbers: Numbers, inserted: Callable[[str], str | None]) -> None:
        self.lines = Lines()
        self.pictures = self.unread = 0
        self._inserted = inserted
        self._styles, self._numbers = styles, numbers
        self._open: list[_Paragraph] = []
        self._outer: list[Lines] = []
        self._carried: list[str] = []
        #: For each open field whether its code is still being read.
        self._fields: list[bool] = []
        self._contents = 0

    def story(self, root: Any) -> None:
        """Read the body, or one note."""
        for opened, element in walk(root, self._skips):
            (self._start if opened else self._end)(local(element), element)
        if self._carried:
            self.lines.add("".join(self._carried))
            self._carried = []
        self._fields.clear()

    def _skips(self, element: Any) -> bool:
        name = local(element)
        if name == "pPr":
            self._properties(element)
            return True
        if name == "r":
            return self._hidden(element)
        if name == "annotation":  # of Word 2003
            return attribute(element, "type") in ("Word.Deletion", "Word.Comment")
        return name in _UNSEEN or name == "rPr"

    def _properties(self, element: Any) -> None:
        """Take the properties of the paragraph at hand; those of styles and of DrawingML are others."""
        if not self._open:
            return
        paragraph = self._open[-1]
        style_id = next((attribute(one, "val") for one in children(element, "pStyle")), "")
        style = self._styles.get(style_id)
        list_id, depth = _listed(element.getparent())
        if not list_id:
            list_id, depth = style.list_id, (style.depth if depth is None else depth)
        if list_id:
            if depth is None:
                depth = self._numbers.level_of(list_id, style_id)
            paragraph.prefix = self._numbers.next(list_id, depth)
        for listed in children(element, "listPr"):  # Word 2003 keeps the number as it shows it
            paragraph.prefix = set_off(next((attribute(one, "val") for one in children(listed, "t")), ""))
        if self._contents or style.name.lower().startswith(_CONTENTS):
            paragraph.rule = _CONTENTS_RULE
        paragraph.hidden = style.hidden
        for mark in children(element, "rPr"):
            paragraph.joined = bool(children(mark, "del") or children(mark, "moveFrom"))

    def _hidden(self, run: Any) -> bool:
        for properties in children(run, "rPr"):
            for one in children(properties, "vanish"):
                return _on(one)
            for one in children(properties, "rStyle"):
                if self._styles.get(attribute(one, "val")).hidden:
                    return True
        return bool(self._open) and self._open[-1].hidden

    def _start(self, name: str, element: Any) -> None:
        match name:
            case "p":
                self._open.append(_Paragraph(rule=_CONTENTS_RULE if self._contents else ""))
            case "t":
                if self._open and not any(self._fields):
                    self._open[-1].parts.append(element.text or "")
            case "tab" | "ptab":
                self._put("\t")
            case "br" | "cr":
                self._put("\n")
            case "noBreakHyphen":
                self._put("-")
            case "sym":
                code = attribute(element, "char")
                point = int(code, 16) if 0 < len(code) <= 5 and all(c in "0123456789abcdefABCDEF" for c in code) else 0
                # The private codes of symbol fonts are bullets and boxes, which no reader could name.
                if 0x20 < point < 0xD800 or 0xF900 <= point <= 0x10FFFF:
                    self._put(chr(point))
            case "fldChar":
                self._field(attribute(element, "fldCharType"))
            case "txbxContent":
                self._outer.append(self.lines)
                self.lines = Lines()
            case "sdt":
                self._contents += _is_contents(element)
            case "tc":
                self.lines.start_cell()
            case "blip" | "imagedata":
                self.pictures += 1
            case "altChunk" | "subDoc":
                text = self._inserted(attribute(element, "id"))
                self.unread += text is None
                self._add([(line, "") for line in (text or "").split("\n") if line])
            case _:
                pass

    def _end(self, name: str, element: Any) -> None:
        match name:
            case "p":
                self._end_paragraph(self._open.pop())
            case "txbxContent":
                box, self.lines = self.lines, self._outer.pop()
                lines = [one for one in box.lines() if one[0].strip()]
                if self._open:
                    self._open[-1].boxes.extend(lines)
                else:
                    self._add(lines)
            case "sdt":
                self._contents -= _is_contents(element)
            case "tc":
                self.lines.end_cell()
            case "tr" | "tbl":
                self.lines.end_row()
            case _:
                pass

    def _put(self, text: str) -> None:
        if self._open and not any(self._fields):
            self._open[-1].parts.append(text)

    def _field(self, kind: str) -> None:
        if kind == "begin":
            self._fields.append(True)
        elif self._fields:
            if kind == "separate":
                self._fields[-1] = False
            elif kind == "end":
                self._fields.pop()

    def _end_paragraph(self, paragraph: _Paragraph) -> None:
        text = "".join(paragraph.parts)
        if paragraph.joined:  # its mark is struck out: it goes on in the next
            self._carried.append(text)
        else:
            text = "".join([*self._carried, paragraph.prefix if text.strip() else "", text])
            self._carried = []
            self._add([(line, paragraph.rule) for line in text.split("\n")])
        self._add(paragraph.boxes)

    def _add(self, lines: list[tuple[str, str]]) -> None:
        for line, rule in lines:
            self.lines.add(line.replace("\xad", ""), rule)


def _is_contents(element: Any) -> bool:
    """Tell the content control that holds a contents list."""
    return any(
        local(gallery) == "docPartGallery" and attribute(gallery, "val") == "Table of Contents"
        for properties in children(element, "sdtPr")
        for holder in properties
        for gallery in holder
    )
