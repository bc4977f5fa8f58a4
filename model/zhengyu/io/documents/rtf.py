"""RTF documents: tokens to lines, bytes by the code page of the font that they are set in.

striprtf is not used: it forgets the font at each paragraph's end, so that GBK text in a document labelled 1252 comes
out as mojibake, reads a font without a character set as its neighbour, and leaves out text boxes and notes.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field, replace
from functools import lru_cache

from zhengyu.io.documents.document import Document
from zhengyu.io.documents.lines import Lines
from zhengyu_corpus.errors import ZhengyuError

_TOKEN = re.compile(
    r"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\(.)|([{}])|[\r\n]+|([^\\{}\r\n]+)", re.DOTALL
)
#: Groups that hold no text of the page.
_UNSEEN = frozenset({
    "fonttbl", "colortbl", "stylesheet", "info", "pict", "objdata", "header", "headerl", "headerr", "headerf", "footer",
    "footerl", "footerr", "footerf", "ftnsep", "ftnsepc", "ftncn", "aftnsep", "aftnsepc", "aftncn", "listtable",
    "listoverridetable", "fldinst", "themedata", "datastore", "xmlnstbl", "rsidtbl", "filetbl", "revtbl", "bkmkstart",
    "bkmkend", "annotation", "atnid", "atnauthor", "atnref", "atntime", "atndate", "xe", "tc", "template", "userprops",
    "nonesttables", "sp", "sn", "sv", "shprslt", "nonshppict", "do", "datafield", "background", "ud", "generator",
})  # fmt: skip
#: Groups marked as skippable that hold text of the page all the same.
_SEEN_THOUGH_MARKED = frozenset({"shpinst", "shptxt", "listtext", "pntext"})
_SPECIAL = {
    "tab": "\t", "emdash": "—", "endash": "–", "emspace": "\u2003", "enspace": "\u2002", "qmspace": "\u2005",
    "bullet": "•", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”",
}  # fmt: skip
_ESCAPED = {"~": "\xa0", "_": "\u2011", "{": "{", "}": "}", "\\": "\\", "\n": "\n", "\r": "\n"}
#: Character sets of fonts to code pages.
_CHARSETS = {
    0: 1252, 128: 932, 129: 949, 130: 1361, 134: 936, 136: 950, 161: 1253, 162: 1254, 163: 1258, 177: 1255, 178: 1256,
    186: 1257, 204: 1251, 222: 874, 238: 1250, 254: 437,
}  # fmt: skip
_TWO_BYTES = frozenset({932, 936, 949, 950, 54936})


def read(data: bytes, name: str, encoding: str | None) -> Document:
    """Read paragraphs, tables row by row, footnotes at the end."""
    if not data.lstrip().startswith(b"{\\rtf"):
        raise ZhengyuError(f"{name}: expected an RTF document, but it does not begin as one; save it anew")
    reader = _Reader()
    reader.take(data.decode("latin-1"))
    lines = reader.finish()
    text = lines.text()
    if not text.strip() and reader.pictures:
        raise ZhengyuError(
            f"{name}: the document holds no text, only pictures ({reader.pictures}); it is probably a scan: save it "
            "as PDF and run it through OCR"
        )
    return Document(name, text, "")


@dataclass(slots=True)
class _State:
    """What holds within a group."""

    unseen: bool = False
    hidden: bool = False
    font: int | None = None
    wide_font: int | None = None
    skip: int = 1
    note: bool = False
    table: bool = False


@dataclass(slots=True)
class _Flow:
    """Text in the making: of the document, or of a note in it."""

    lines: Lines = field(default_factory=Lines)
    parts: list[str] = field(default_factory=list)
    cell: list[str] = field(default_factory=list)


class _Reader:
    def __init__(self) -> None:
        self.pictures = 0
        self._state, self._stack = _State(), list[_State]()
        self._flow, self._outer, self._notes = _Flow(), list[_Flow](), list[Lines]()
        #: Decodes the bytes at hand; None where there are none.
        self._decoder: codecs.IncrementalDecoder | None = None
        self._decoded: list[str] = []
        self._ansi, self._default_font = 1252, 0
        self._fonts: dict[int, int] = {}
        self._defined: int | None = None
        self._fonts_depth = 0
        self._marked = False
        self._owed = 0

    def take(self, text: str) -> None:
        """Take the whole document."""
        place = 0
        while (match := _TOKEN.match(text, place)) is not None:
            place = match.end()
            word, argument, hexed, escaped, brace, plain = match.groups()
            if word:
                value = int(argument) if argument else None
                if word == "bin" and value and value > 0:
                    place += value
                else:
                    self._word(word, value)
            elif hexed:
                self._byte(int(hexed, 16))
            elif escaped:
                if escaped == "*":
                    self._marked = True
                elif escaped in "\r\n":
                    self._end_line()
                elif escaped in _ESCAPED:
                    self._put(_ESCAPED[escaped])
            elif brace == "{":
                self._flush()
                self._owed = 0
                self._stack.append(replace(self._state))
            elif brace:
                self._end_group()
            elif plain:
                self._plain(plain)

    def finish(self) -> Lines:
        """Return the lines, notes last."""
        while self._outer:
            self._end_note()
        self._end_line()
        self._end_cell()
        self._flow.lines.end_row()
        for note in self._notes:
            for line, _ in note.lines():
                self._flow.lines.add(line)
        return self._flow.lines

    def _word(self, word: str, value: int | None) -> None:
        marked, self._marked = self._marked, False
        state = self._state
        if word in _UNSEEN or (marked and word not in _SEEN_THOUGH_MARKED):
            self._flush()
            state.unseen = True
            self.pictures += word == "pict"
            if word == "fonttbl":
                self._fonts_depth = len(self._stack)
            return
        if self._fonts_depth:
            self._font_table(word, value)
            return
        if word == "u":
            self._flush()
            if value is not None:
                self._put(chr(value % 0x10000))
            self._owed = state.skip
            return
        self._owed = 0
        match word:
            case "ansicpg":
                self._ansi = value or 1252
            case "deff":
                self._default_font = value or 0
            case "uc":
                state.skip = max(0, min(value if value is not None else 1, 16))
            case "f":
                self._flush()
                state.font = value
            case "af":
                self._flush()
                state.wide_font = value
            case "plain":
                self._flush()
                state.font, state.hidden = None, False
            case "v" | "deleted":
                self._flush()
                state.hidden = value != 0
            case "pard":
                state.table = False
            case "intbl":
                state.table = True
            case "par" | "line" | "sect" | "page" | "column":
                self._end_line()
            case "cell" | "nestcell":
                self._end_line()
                self._end_cell()
            case "row" | "nestrow":
                self._flush()
                if not state.unseen:
                    self._flow.lines.end_row()
            case "footnote":
                self._flush()
                self._outer.append(self._flow)
                self._flow, state.note = _Flow(), True
            case _:
                if word in _SPECIAL:
                    self._put(_SPECIAL[word])

    def _font_table(self, word: str, value: int | None) -> None:
        if word == "f":
            self._defined = value
        elif self._defined is not None and value is not None:
            if word == "fcharset" and value in _CHARSETS:
                self._fonts.setdefault(self._defined, _CHARSETS[value])
            elif word == "cpg" and value:
                self._fonts[self._defined] = value

    def _end_group(self) -> None:
        self._flush()
        self._owed, self._marked = 0, False
        if not self._stack:
            return
        if self._fonts_depth == len(self._stack):
            self._fonts_depth, self._defined = 0, None
        before = self._stack.pop()
        if self._state.note and not before.note and self._outer:
            self._end_note()
        before.table = self._state.table  # a property of the paragraph, whatever group it is said in
        self._state = before

    def _end_note(self) -> None:
        self._end_line()
        self._end_cell()
        self._notes.append(self._flow.lines)
        self._flow = self._outer.pop()

    def _code_page(self) -> int:
        """Return the code page of the bytes at hand; a Western font in a Chinese document says little of them."""
        page = self._page_of_font()
        if page in _TWO_BYTES:
            return page
        wide = self._fonts.get(self._state.wide_font, 0) if self._state.wide_font is not None else 0
        return wide if wide in _TWO_BYTES else self._ansi if self._ansi in _TWO_BYTES else page

    def _page_of_font(self) -> int:
        font = self._state.font if self._state.font is not None else self._default_font
        return self._fonts.get(font, self._ansi)

    def _byte(self, byte: int) -> None:
        if self._owed:
            self._owed -= 1
        elif not self._state.unseen:
            if self._decoder is None:
                own = self._page_of_font()
                errors = "replace" if own in _TWO_BYTES else _as_one_byte(_codec(own))
                self._decoder = codecs.getincrementaldecoder(_codec(self._code_page()))(errors)
            self._decoded.append(self._decoder.decode(bytes((byte,))))

    def _plain(self, text: str) -> None:
        if self._owed:
            skipped = min(self._owed, len(text))
            self._owed -= skipped
            text = text[skipped:]
        if text and self._decoder is not None and self._decoder.getstate()[0]:
            self._byte(ord(text[0]))  # the second byte of a character may stand as it is
            text = text[1:]
        if not text or self._state.unseen:
            return
        if text.isascii():
            self._put(text)
        else:  # bytes that no program should write so, but some do
            for byte in text.encode("latin-1"):
                self._byte(byte)

    def _flush(self) -> None:
        if self._decoder is not None:
            text = "".join(self._decoded) + self._decoder.decode(b"", final=True)
            self._decoder = None
            self._decoded.clear()
            if not self._state.unseen and not self._state.hidden:
                self._flow.parts.append(text)

    def _put(self, text: str) -> None:
        self._flush()
        if not self._state.unseen and not self._state.hidden:
            self._flow.parts.append(text)

    def _end_line(self) -> None:
        self._flush()
        if self._state.unseen:
            return
        flow = self._flow
        line = "".join(flow.parts)
        flow.parts.clear()
        # Characters beyond the basic plane come as two halves.
        line = line.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        if self._state.table:
            flow.cell.append(line)
        else:
            for held in flow.cell:
                flow.lines.add(held)
            flow.cell.clear()
            flow.lines.add(line)

    def _end_cell(self) -> None:
        flow = self._flow
        if not self._state.unseen and (flow.cell or self._state.table):
            flow.lines.start_cell()
            for line in flow.cell:
                flow.lines.add(line)
            flow.lines.end_cell()
            flow.cell.clear()


@lru_cache
def _as_one_byte(codec: str) -> str:
    """Return the name of a way with bytes that are no character: the page of their font has them, as é."""

    def instead(error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeDecodeError):
            raise error
        return error.object[error.start : error.start + 1].decode(codec, "replace"), error.start + 1

    codecs.register_error(f"zhengyu-{codec}", instead)
    return f"zhengyu-{codec}"


def _codec(page: int) -> str:
    if page in (936, 54936, 65001):
        return {936: "gbk", 54936: "gb18030", 65001: "utf-8"}[page]
    try:
        return codecs.lookup(f"cp{page}").name
    except LookupError:
        return "cp1252"
