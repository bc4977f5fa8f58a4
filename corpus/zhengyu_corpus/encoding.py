"""Bytes to text: the encoding is found with charset-normalizer and always reported."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from zhengyu_corpus.errors import ZhengyuError

#: What Chinese policy files come in; anything else must be named by the user.
CANDIDATES = ("utf_8", "gb18030", "big5")
#: Enough for a sure guess, and a bound on its cost.
SAMPLE_BYTES = 200_000
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text and the name of the encoding that it was read with (as Python's codecs call it)."""

    text: str
    encoding: str


def find_encoding(data: bytes) -> str:
    """Name the encoding of `data`.

    A byte-order mark decides; else valid UTF-8 is UTF-8; else UTF-16 without a mark is told by its zero or ideograph
    bytes; else charset-normalizer chooses between GB18030 (GBK and GB2312 are parts of it) and Big5.

    Parameters
    ----------
    data : bytes
        The file, or at least its first 200,000 bytes.

    Raises
    ------
    ZhengyuError
        Nothing fits.
    """
    for mark, name in _BOMS:
        if data.startswith(mark):
            return name
    sample = data[:SAMPLE_BYTES]
    try:
        # A cut sample may end inside a character; only that may be forgiven.
        codecs.getincrementaldecoder("utf-8")().decode(sample, final=len(sample) == len(data))
    except UnicodeDecodeError:
        pass
    else:
        if b"\x00" not in sample:
            return "utf-8"
    from charset_normalizer import from_bytes  # costs 60 ms, and most files are UTF-8

    wide = _utf16_without_mark(sample)
    if wide:
        return wide
    best = from_bytes(sample, cp_isolation=list(CANDIDATES)).best()
    if best is None:
        raise ZhengyuError(
            "the encoding was not recognised: expected UTF-8, UTF-16, GB18030/GBK or Big5; "
            "convert the file to UTF-8, or name its encoding with --encoding"
        )
    return str(best.encoding)


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


def decode(data: bytes, *, encoding: str | None = None, where: str = "input") -> Decoded:
    """Decode a whole document.

    Parameters
    ----------
    data : bytes
        The document.
    encoding : str, optional
        The encoding; found with `find_encoding` when not given.
    where : str
        How errors call the document.

    Raises
    ------
    ZhengyuError
        The bytes are not valid in the encoding; the message gives the offset of the first bad byte.
    """
    try:
        name = encoding or find_encoding(data)
        return Decoded(data.decode(name), name)
    except UnicodeDecodeError as error:
        raise ZhengyuError(
            f"{where}: expected {error.encoding} text, but the bytes at offset {error.start} are not valid in it; "
            "name the right encoding with --encoding, or repair the file"
        ) from error
    except LookupError as error:
        raise ZhengyuError(f"{where}: {error}; name an encoding that Python knows, such as gb18030") from error
    except ZhengyuError as error:
        raise ZhengyuError(f"{where}: {error}") from error
