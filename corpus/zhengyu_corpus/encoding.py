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
#: Of the bytes beyond ASCII so many must be valid: a bad one here and there does not make a file another encoding's.
_SOUND = 0.9
#: Characters that the level-1 sets of GB2312 and Big5 hold make nearly all of any prose; a file that is read in the
#: wrong one of the two has about half of them.
_COMMON = 0.7
#: Traditional prose in GBK has few characters of its level 1, but those of Big5: so many of either, and so many more
#: than another encoding gives.
_EITHER, _CLEAR = 0.85, 0.15
#: Bytes up to which a text may be valid in UTF-8 by accident.
_SHORT = 32
_BEYOND_ASCII = re.compile(rb"[\x00\x80-\xff]")
_MARKED = re.compile("[\udc00-\udcff]")


def _mark(error: UnicodeError) -> tuple[str, int]:
    """Stand a lone surrogate for every byte that is not valid, so that its row is known."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end


codecs.register_error("zhengyu-mark", _mark)


def marked(text: str) -> bool:
    """Tell whether `text` holds bytes that were not valid, or half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text and how it was read.

    Attributes
    ----------
    text : str
    encoding : str
        As Python's codecs call it.
    bad : int
        Bytes that are not valid in it.
    """

    text: str
    encoding: str
    bad: int = 0


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
        b"a".decode(plain)
        codecs.getincrementaldecoder(plain)("zhengyu-mark").decode(b"a")
        return codecs.lookup(plain).name
    except (LookupError, ValueError) as error:
        raise ZhengyuError(f"unknown encoding {encoding!r}; name one that Python knows, such as gb18030") from error


def find_encoding(data: bytes) -> str:
    """Name the encoding of `data`.

    A byte-order mark decides; else valid UTF-8 is UTF-8; else UTF-16 without a mark is told by its line ends and full
    stops. What remains is UTF-8 with bad bytes, GB18030 or Big5, whichever makes more of its characters common ones
    (levels 1 of GB2312 and Big5). Up to a tenth of the bytes beyond ASCII may be not valid, NUL among them.

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
    # Lines of ASCII tell nothing, and may be most of a file.
    beyond = b"\n".join(line for line in re.split(rb"[\r\n]", sample) if _BEYOND_ASCII.search(line))
    texts = {name: _sound_text(beyond, name, final=whole) for name in ("utf-8", "gb18030", "big5", "big5hkscs")}
    sound = {name: text for name, text in texts.items() if text}
    if "utf-8" in sound:
        return "utf-8"
    if "big5" in sound:  # the larger set only where it makes all valid
        larger = not _valid(beyond, "big5", final=whole) and _valid(beyond, "big5hkscs", final=whole)
        sound.pop("big5" if larger else "big5hkscs", "")
    own = {name: _common_share(text, name) for name, text in sound.items()}
    best = max(own, key=lambda name: own[name], default="")
    if best and own[best] >= _COMMON:
        return best
    either = sorted(((_common_share(text), name) for name, text in sound.items()), reverse=True)
    if either and either[0][0] >= max(_EITHER, _CLEAR + sum(share for share, _ in either[1:2])):
        return either[0][1]
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


def _sound_text(data: bytes, name: str, *, final: bool) -> str:
    """Return what is valid of bytes in an encoding, ``""`` where too little is; of `final` bytes the end is no cut."""
    text = codecs.getincrementaldecoder(name)("zhengyu-mark").decode(data, final)
    bad = len(_MARKED.findall(text)) + data.count(b"\x00")
    beyond = len(_BEYOND_ASCII.findall(data))
    return _MARKED.sub("", text) if bad <= (1 - _SOUND) * beyond else ""


def _common_share(text: str, name: str = "") -> float:
    """Return the share of characters beyond ASCII that prose in an encoding, or in either, is made of."""
    beyond = Counter(char for char in text if not char.isascii())
    common = 0
    for char, count in beyond.items():
        # Punctuation and level 1; no kana, Greek or boxes, which prose hardly holds.
        gb, big = _lead(char, "gb2312"), _lead(char, "big5")
        in_gb, in_big = gb in (0xA1, 0xA3) or 0xB0 <= gb <= 0xD7, 0xA1 <= big <= 0xC6
        common += count * (in_gb if name == "gb18030" else in_big if name else in_gb or in_big)
    return common / max(1, beyond.total())


def _lead(char: str, encoding: str) -> int:
    """Return the first byte of a character of two bytes, 0 for others."""
    pair = char.encode(encoding, "ignore")
    return pair[0] if len(pair) == 2 else 0


def _two_words_of_gbk(sample: bytes) -> bool:
    """Tell the few short words, such as 实施, whose bytes in GBK are letters of no language of Europe in UTF-8."""
    if len(sample) > _SHORT or sample.isascii():
        return False
    beyond = [char for char in sample.decode(errors="ignore") if not char.isascii()]
    return (
        all("\u0180" <= char < "\u0370" for char in beyond)
        and _common_share(sample.decode("gb18030", "ignore"), "gb18030") == 1
    )


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
    data: bytes, *, encoding: str | None = None, declared: str | None = None, where: str = "input", marks: bool = False
) -> Decoded:
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
    marks : bool, default=False
        Whether bytes that are not valid, up to a tenth of those beyond ASCII, are no error: each is half of a surrogate
        pair in the text.

    Raises
    ------
    ZhengyuError
        The bytes are not valid in the encoding; the message gives the offset of the first bad byte.
    """
    name = "utf-8"
    try:
        name = codec_name(encoding) if encoding else _declared(data, declared) or find_encoding(data)
        return Decoded(data.decode(name), name)
    except UnicodeDecodeError as error:
        if marks and _sound_text(data, name, final=True):
            text = data.decode(name, "zhengyu-mark")
            return Decoded(text, name, len(_MARKED.findall(text)))
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
