"""Bytes to text: the encoding is found from the bytes and always reported."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from dataclasses import dataclass

from zhengyu_corpus.errors import ZhengyuError

#: Enough for a sure guess, and a bound on its cost.
SAMPLE_BYTES = 200_000
#: UTF-32 first: its mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
#: Encodings that GB18030 contains: files that are called so often hold a character of the larger set.
_PARTS_OF_GB18030 = frozenset({"gbk", "gb2312", "cp936", "936", "ms936", "chinese", "csiso58gb231280"})
#: Of the lines beyond ASCII so many must be valid: one bad byte does not make a file another encoding's.
_SOUND_LINES = 0.9
#: A document may hold so many damaged characters, or so large a share of them; the wrong encoding damages far more.
_DAMAGED, _DAMAGED_SHARE = 3, 0.005
#: Characters that the level-1 sets of GB2312 and Big5 hold make nearly all of any prose; a file that is read in the
#: wrong one of the two has about half of them.
_COMMON = 0.7
#: Bytes up to which a text may be valid in UTF-8 by accident.
_SHORT = 32
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text and how it was read.

    Attributes
    ----------
    text : str
        The text.
    encoding : str
        The encoding, as Python's codecs call it.
    damaged : int
        How many characters could not be read; each is U+FFFD in `text`.
    """

    text: str
    encoding: str
    damaged: int = 0

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know of it."""
        return (
            (f"{self.damaged:,} damaged character(s) of its {self.encoding} stand as \ufffd",) if self.damaged else ()
        )


def codec_name(encoding: str) -> str:
    """Return the name of a codec for a name of the user's; GBK and GB2312 are read as GB18030, which contains them.

    Raises
    ------
    ZhengyuError
        Python knows no such encoding of text.
    """
    plain = encoding.strip().lower().replace("_", "-")
    if plain.replace("-", "") in _PARTS_OF_GB18030:
        return "gb18030"
    try:
        b"".decode(plain)
        return codecs.lookup(plain).name
    except (LookupError, ValueError) as error:
        raise ZhengyuError(f"unknown encoding {encoding!r}; name one that Python knows, such as gb18030") from error


def find_encoding(data: bytes) -> str:
    """Name the encoding of `data`.

    A byte-order mark decides; else valid UTF-8 is UTF-8; else UTF-16 without a mark is told by its line ends and full
    stops. What remains is GB18030 or Big5, whichever makes more lines valid and more of their characters common ones
    (levels 1 of GB2312 and Big5). Up to a tenth of the lines may hold bytes that are not valid.

    Parameters
    ----------
    data : bytes
        The file, or at least its first 200,000 bytes.

    Raises
    ------
    ZhengyuError
        Nothing fits.
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    sample = data[:SAMPLE_BYTES]
    whole = len(sample) == len(data)
    if b"\x00" not in sample and _valid(sample, "utf-8", final=whole):
        return "gb18030" if _two_words_of_gbk(sample) else "utf-8"
    wide = _utf16_without_mark(sample)
    if wide:
        return wide
    lines = [line for line in re.split(rb"[\r\n]", sample) if _BEYOND_ASCII.search(line)]
    # A cut sample may end inside a character; only that may be forgiven.
    last = lines.pop() if lines and not whole and not sample.endswith((b"\r", b"\n")) else None
    if not lines and last is not None:
        lines, last = [last], None
        whole = False
    if b"\x00" not in sample and lines:
        shares = {name: _sound_share(lines, name, final=whole) for name in ("utf-8", "gb18030", "big5")}
        if shares["utf-8"] >= _SOUND_LINES:
            return "utf-8"
        common = {
            name: _common_share(lines, name)
            for name in ("gb18030", "big5")
            if shares[name] >= _SOUND_LINES
        }  # fmt: skip
        best = max(common, key=lambda name: (common[name], name == "gb18030"), default="")
        if best and common[best] >= _COMMON:
            return best
    raise ZhengyuError(
        "the encoding was not recognised: expected UTF-8, UTF-16, GB18030/GBK or Big5; "
        "convert the file to UTF-8, or name its encoding with --encoding"
    )


def _valid(data: bytes, name: str, *, final: bool) -> bool:
    try:
        codecs.getincrementaldecoder(name)().decode(data, final)
    except UnicodeDecodeError:
        return False
    return True


def _sound_share(lines: list[bytes], name: str, *, final: bool) -> float:
    """Return the share of lines that are valid in an encoding; all of few long ones with hardly a damaged character."""
    share = sum(_valid(line, name, final=final) for line in lines) / len(lines)
    if share < _SOUND_LINES and _damaged(b"\n".join(lines), name) is not None:
        return 1.0
    return share


def _damaged(data: bytes, name: str) -> Decoded | None:
    """Return a text with its damaged characters replaced, None where they are too many to believe the encoding."""
    text = data.decode(name, "replace")
    count = text.count("\ufffd")
    enough = sum(not char.isascii() for char in text) >= 10 * count
    if name in ("gb18030", "big5"):  # where nearly all bytes are some character
        enough = enough and _common_share([data], name) >= _COMMON
    return Decoded(text, name, count) if enough and count <= max(_DAMAGED, _DAMAGED_SHARE * len(text)) else None


def _common_share(lines: list[bytes], name: str) -> float:
    """Return the share of characters beyond ASCII that prose in an encoding is made of."""
    decoder = codecs.getincrementaldecoder(name)(errors="ignore")
    text = "".join(decoder.decode(line, final=True) for line in lines)
    beyond = Counter(char for char in text if not char.isascii())
    narrow = "gb2312" if name == "gb18030" else "big5"
    common = 0
    for char, count in beyond.items():
        pair = char.encode(narrow, "ignore")
        lead = pair[0] if len(pair) == 2 else 0
        # Punctuation and level 1; no kana, Greek or boxes, which prose hardly holds.
        gb, big = lead in (0xA1, 0xA3) or 0xB0 <= lead <= 0xD7, 0xA1 <= lead <= 0xC6
        common += count if (gb if narrow == "gb2312" else big) else 0
    return common / max(1, beyond.total())


def _two_words_of_gbk(sample: bytes) -> bool:
    """Tell the few short words, such as 实施, whose bytes in GBK are letters of no language of Europe in UTF-8."""
    if len(sample) > _SHORT or sample.isascii():
        return False
    beyond = [char for char in sample.decode(errors="ignore") if not char.isascii()]
    return all("\u0180" <= char < "\u0370" for char in beyond) and _common_share([sample], "gb18030") == 1


def _utf16_without_mark(sample: bytes) -> str | None:
    """Tell UTF-16 without a mark by its line ends, full stops and spaces, which single-byte codes never pair so."""
    even = sample[: len(sample) // 2 * 2]
    if not even:
        return None
    for name, marks in (
        ("utf-16-le", (b"\n\x00", b" \x00", b"\x0c\xff", b"\x02\x30", b"\x01\x30")),
        ("utf-16-be", (b"\x00\n", b"\x00 ", b"\xff\x0c", b"\x30\x02", b"\x30\x01")),
    ):
        hits = sum(even[i : i + 2] in marks for i in range(0, len(even), 2))
        if hits and hits >= len(even) // 2 // 200:
            try:
                text = codecs.getincrementaldecoder(name)().decode(even)
            except UnicodeDecodeError:
                continue
            common = sum("\u4e00" <= c <= "\u9fff" or c.isascii() or "\u3000" <= c <= "\u303f" for c in text)
            if common > 0.8 * len(text):
                return name
    return None


def decode(
    data: bytes, *, encoding: str | None = None, declared: str | None = None, where: str = "input",
    forgiving: bool = False,
) -> Decoded:  # fmt: skip
    """Decode a whole document.

    Parameters
    ----------
    data : bytes
        The document.
    encoding : str, optional
        The encoding, which decides; found when not given.
    declared : str, optional
        The encoding that the document itself declares. Marks and valid UTF-8 beyond ASCII win over it, for pages
        declare what they are not; where the bytes do not fit it either, the encoding is found.
    where : str
        How errors call the document.
    forgiving : bool, default=False
        Replace a few damaged characters, up to 3 or 0.5 %, instead of refusing the document for them.

    Raises
    ------
    ZhengyuError
        The bytes are not valid in the encoding; the message gives the offset of the first bad byte.
    """
    name = ""
    try:
        name = codec_name(encoding) if encoding else _declared(data, declared) or find_encoding(data)
        return Decoded(data.decode(name), name)
    except UnicodeDecodeError as error:
        if forgiving and (found := _damaged(data, name)) is not None:
            return found
        raise ZhengyuError(
            f"{where}: expected {error.encoding} text, but the bytes at offset {error.start} are not valid in it; "
            "name the right encoding with --encoding, or repair the file"
        ) from error
    except (UnicodeError, ZhengyuError) as error:
        raise ZhengyuError(f"{where}: {error}") from error


def _declared(data: bytes, declared: str | None) -> str | None:
    """Return the codec that a document declares, None where its bytes say something else."""
    if declared is None or data.startswith(tuple(mark for mark, _ in _MARKS)):
        return None
    try:
        name = codec_name(declared)
    except ZhengyuError:
        return None
    if not data.isascii() and _valid(data, "utf-8", final=True):
        return None
    return name if _valid(data, name, final=True) else None
