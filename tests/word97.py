"""Word 97 documents made byte by byte: an OLE compound file with a text, its pieces and its properties."""

from __future__ import annotations

import struct
from collections.abc import Sequence

_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
#: Property lists by the names that tests give.
DELETED, HIDDEN = struct.pack("<HB", 0x0800, 1), struct.pack("<HB", 0x083C, 1)
IN_TABLE = struct.pack("<HB", 0x2416, 1)
ROW_END = IN_TABLE + struct.pack("<HB", 0x2417, 1)
LIST = struct.pack("<HH", 0x460B, 1)


def compound(streams: dict[str, bytes]) -> bytes:
    """Return an OLE compound file of 512-byte sectors; streams are filled up, so that none goes into the mini stream."""
    padded = {
        name: data + bytes(max(0, 4096 - len(data)) + -max(len(data), 4096) % 512) for name, data in streams.items()
    }
    sectors: list[bytes] = []
    chain: list[int] = []
    first: dict[str, int] = {}
    for name, data in padded.items():
        first[name] = len(sectors)
        many = len(data) // 512
        sectors += [data[512 * n : 512 * n + 512] for n in range(many)]
        chain += [first[name] + n + 1 for n in range(many - 1)] + [_END]

    def entry(name: str, kind: int, start: int, size: int, child: int = _FREE, right: int = _FREE) -> bytes:
        raw = name.encode("utf-16-le")
        head = raw.ljust(64, b"\0") + struct.pack("<HBB3I", len(raw) + 2, kind, 1, _FREE, right, child)
        return head + bytes(36) + struct.pack("<IQ", start, size)

    names = list(streams)
    entries = [entry("Root Entry", 5, _END, 0, child=1)]
    for n, name in enumerate(names, 1):
        entries.append(entry(name, 2, first[name], len(padded[name]), right=n + 1 if n < len(names) else _FREE))
    while len(entries) % 4:
        entries.append(bytes(68) + struct.pack("<3I", _FREE, _FREE, _FREE) + bytes(48))
    directory = len(sectors)
    raw = b"".join(entries)
    sectors += [raw[512 * n : 512 * n + 512] for n in range(len(raw) // 512)]
    chain += [directory + n + 1 for n in range(len(raw) // 512 - 1)] + [_END]
    fats = 1
    while (len(chain) + fats) > 128 * fats:
        fats += 1
    places = [len(chain) + n for n in range(fats)]
    table = [*chain, *[_FAT] * fats]
    table += [_FREE] * (128 * fats - len(table))
    sectors += [struct.pack("<128I", *table[128 * n : 128 * n + 128]) for n in range(fats)]
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<5H", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<9I", 0, fats, directory, 0, 4096, _END, 0, _END, 0)
    header += struct.pack("<109I", *places, *[_FREE] * (109 - fats))
    return header + b"".join(sectors)


def _pages(runs: Sequence[tuple[int, int, bytes]], *, paragraphs: bool) -> list[bytes]:
    """Return pages of 512 bytes with the properties of runs, at most eight runs on each."""
    pages = []
    for k in range(0, len(runs), 8):
        some = runs[k : k + 8]
        marks = [run[0] for run in some] + [some[-1][1]]
        width = 13 if paragraphs else 1
        index, tail = b"", b""
        at = 510
        for _, _, properties in some:
            if properties:
                size = len(properties) + (2 if paragraphs else 0)
                held = b"\0\0" + properties if paragraphs else properties
                held += b"\0" * ((size + 1) % 2 if paragraphs else 0)
                block = bytes([(len(held) + 1) // 2 if paragraphs else len(held)]) + held
                at -= len(block) + len(block) % 2
                tail = block + b"\0" * (len(block) % 2) + tail
                index += bytes([at // 2]) + bytes(width - 1)
            else:
                index += bytes(width)
        head = struct.pack(f"<{len(marks)}I", *marks) + index
        pages.append(head + bytes(at - len(head)) + tail + bytes(511 - at - len(tail)) + bytes([len(some)]))
    return pages


def word97(
    text: str,
    *,
    heads: str = "",
    footnotes: str = "",
    characters: Sequence[tuple[int, int, bytes]] = (),
    paragraphs: Sequence[tuple[int, int, bytes]] = (),
    narrow: int = 0,
    flags: int = 0,
    kind: int = 0xA5EC,
    version: int = 0xC1,
) -> bytes:
    """Return a Word document.

    `characters` and `paragraphs` give properties to stretches of the text, by offsets; the first `narrow` characters
    are stored in one byte each, as Word stores Latin text.
    """
    whole = text + footnotes + heads
    start = 1024
    raw = whole[:narrow].encode("cp1252") + whole[narrow:].encode("utf-16-le")

    def place(n: int) -> int:
        return start + (n if n < narrow else narrow + 2 * (n - narrow))

    def runs(given: Sequence[tuple[int, int, bytes]]) -> list[tuple[int, int, bytes]]:
        """Return the stretches that are given and, between them, those without properties."""
        found, at = [], 0
        for first, last, properties in [*given, (len(whole), len(whole), b"")]:
            if at < first:
                found.append((place(at), place(first), b""))
            if first < last:
                found.append((place(first), place(last), properties))
            at = last
        return found

    main = bytearray(bytes(start) + raw)
    main += bytes(-len(main) % 512)
    table = bytearray()

    def listed(given: Sequence[tuple[int, int, bytes]], *, kind: bool) -> tuple[int, int]:
        pages = _pages(runs(given), paragraphs=kind)
        number = len(main) // 512
        marks = [struct.unpack_from("<I", page)[0] for page in pages] + [place(len(whole))]
        at = len(table)
        table.extend(struct.pack(f"<{len(marks)}I", *marks))
        table.extend(struct.pack(f"<{len(pages)}I", *range(number, number + len(pages))))
        main.extend(b"".join(pages))
        return at, len(table) - at

    places = {0xFA: listed(characters, kind=False), 0x102: listed(paragraphs, kind=True)}
    pieces = (
        [(0, narrow, start * 2 | 0x40000000), (narrow, len(whole), place(narrow))]
        if narrow
        else [(0, len(whole), start)]
    )
    marks = [piece[0] for piece in pieces] + [len(whole)]
    held = struct.pack(f"<{len(marks)}I", *marks) + b"".join(struct.pack("<HIH", 0, at, 0) for _, _, at in pieces)
    places[0x1A2] = len(table), len(held) + 5 + 5
    table.extend(b"\x01" + struct.pack("<H", 2) + b"\0\0" + b"\x02" + struct.pack("<I", len(held)) + held)
    struct.pack_into("<2H", main, 0, kind, version)
    struct.pack_into("<H", main, 10, 0x0200 | flags)
    struct.pack_into("<3I", main, 0x4C, len(text), len(footnotes), len(heads))
    for at, pair in places.items():
        struct.pack_into("<2I", main, at, *pair)
    return compound({"WordDocument": bytes(main), "1Table": bytes(table)})
