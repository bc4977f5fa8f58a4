"""OpenDocument text (ODT, OTT): paragraphs with their numbers and tables, deletions and hidden text left out."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from zhengyu.io.documents.document import Document
from zhengyu.io.documents.lines import Lines
from zhengyu.io.documents.markup import attribute, children, local, parse_xml, walk
from zhengyu.io.documents.numbering import OdtNumbers
from zhengyu_corpus.errors import ZhengyuError

#: Nothing below these is text of the page; what was struck out is kept apart under tracked-changes.
_UNSEEN = frozenset({
    "tracked-changes", "annotation", "note-citation", "ruby-text", "desc", "title", "forms", "sequence-decls",
    "hidden-text", "hidden-paragraph", "index-title-template", "table-of-content-source", "script", "event-listeners",
})  # fmt: skip
_INDEXES = frozenset({"table-of-content", "illustration-index", "table-index"})
#: A run of blanks says how many it is; more than a line holds is none.
_MOST_BLANKS = 200


def read(data: bytes, name: str, encoding: str | None) -> Document:
    """Read paragraphs, tables row by row, text boxes after their paragraph, notes at the end."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if "META-INF/manifest.xml" in archive.namelist() and b"encryption-data" in archive.read(
                "META-INF/manifest.xml"
            ):
                raise ZhengyuError(f"{name}: is encrypted; save it without a password")
            content = archive.read("content.xml")
            styles = archive.read("styles.xml") if "styles.xml" in archive.namelist() else b""
    except (zipfile.BadZipFile, KeyError, RuntimeError, NotImplementedError) as error:
        raise ZhengyuError(f"{name}: expected an ODT document, but it cannot be read: {error}; save it anew") from error
    root = parse_xml(content, f"{name}: content.xml")
    roots = [root, parse_xml(styles, f"{name}: styles.xml")] if styles else [root]
    reader = _Reader(frozenset().union(*map(_hidden, roots)), OdtNumbers(roots))
    for body in children(root, "body"):
        for opened, element in walk(body, reader.skips):
            (reader.start if opened else reader.end)(local(element), element)
    for line, _ in reader.notes.lines():
        reader.lines.add(line)
    text = reader.lines.text()
    if not text.strip() and reader.pictures:
        raise ZhengyuError(
            f"{name}: the document holds no text, only pictures ({reader.pictures}); it is probably a scan: save it "
            "as PDF and run it through OCR"
        )
    return Document(name, text, "", furniture=reader.lines.furniture())


def _hidden(root: Any) -> frozenset[str]:
    """Return the names of the styles that hide their text."""
    return frozenset(
        attribute(style, "name")
        for style in root.iter()
        if local(style) == "style"
        for properties in children(style, "text-properties")
        if attribute(properties, "display") == "none"
    )


class _Reader:
    """Collects the lines of a document."""

    def __init__(self, hidden: frozenset[str], numbers: OdtNumbers) -> None:
        self.lines, self.notes = Lines(), Lines()
        self.pictures = 0
        self._hidden, self._numbers = hidden, numbers
        self._open: list[tuple[list[str], list[tuple[str, str]]]] = []
        self._outer: list[Lines] = []
        self._indexes = 0

    def skips(self, element: Any) -> bool:
        """Tell what is left out."""
        name = local(element)
        left_out = name in _UNSEEN or (
            name in ("p", "h", "span", "section")
            and (attribute(element, "style-name") in self._hidden or attribute(element, "display") == "none")
        )
        if left_out:
            self._put(element.tail)
        return left_out

    def start(self, name: str, element: Any) -> None:
        """Begin an element."""
        match name:
            case "p" | "h":
                self._open.append(([self._numbers.next(element)], []))
            case "list" | "list-item" | "list-header":
                self._numbers.start(name, element)
            case "s":
                count = attribute(element, "c")
                self._put(" " * min(int(count) if count.isdecimal() and len(count) < 6 else 1, _MOST_BLANKS))
            case "tab":
                self._add("\t")
            case "line-break":
                self._add("\n")
            case "table-cell":
                self.lines.start_cell()
            case "text-box" | "note-body":
                self._outer.append(self.lines)
                self.lines = Lines()
            case "image":
                self.pictures += 1
            case _:
                self._indexes += name in _INDEXES
        self._put(element.text)

    def end(self, name: str, element: Any) -> None:
        """End an element."""
        match name:
            case "p" | "h":
                parts, boxes = self._open.pop()
                rule = "contents list" if self._indexes else ""
                for line in "".join(parts).split("\n"):
                    self.lines.add(line.strip(" \r"), rule)
                for line, kept in boxes:
                    self.lines.add(line, kept)
            case "list" | "list-item" | "list-header":
                self._numbers.end(name)
            case "table-cell":
                self.lines.end_cell()
            case "table-row" | "table":
                self.lines.end_row()
            case "text-box" | "note-body":
                inner, self.lines = self.lines, self._outer.pop()
                held = [one for one in inner.lines() if one[0].strip()]
                if name == "note-body":
                    for line, _ in held:
                        self.notes.add(line)
                elif self._open:
                    self._open[-1][1].extend(held)
                else:
                    for line, rule in held:
                        self.lines.add(line, rule)
            case _:
                self._indexes -= name in _INDEXES
        self._put(element.tail)

    def _put(self, text: str | None) -> None:
        """Take text of the file, whose line ends and tabs are blanks."""
        if text:
            self._add(text.replace("\n", " ").replace("\t", " "))

    def _add(self, text: str) -> None:
        if self._open:
            self._open[-1][0].append(text)
