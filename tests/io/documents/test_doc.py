"""Word 97 documents and Kingsoft Writer's: what Word shows is read, what it hides is not, what is none is refused."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from word97 import DELETED, HIDDEN, IN_TABLE, LIST, ROW_END, compound, word97

from zhengyu.batch.runner import tag_inputs
from zhengyu.io.documents.doc import read
from zhengyu.io.sandbox.parent import GuardedReader
from zhengyu.tagger import Tagger
from zhengyu_corpus.errors import ZhengyuError

FIELD = "今年全县新建高标准农田三万亩，粮食总产再创历史新高。"
RIVER = "关停沿江排污企业十二家，断面水质达到三类标准。"


def lines(data: bytes) -> list[str]:
    return read(data, "a.doc", None).text.split("\n")


def test_paragraphs() -> None:
    assert lines(word97(f"{FIELD}\r{RIVER}\r")) == [FIELD, RIVER]


def test_latin_text_in_single_bytes() -> None:
    assert lines(word97(f"GDP “up” 8%\r{FIELD}\r", narrow=12)) == ["GDP “up” 8%", FIELD]


def test_field_codes_are_not_text_and_their_results_are() -> None:
    text = 'A\x13 HYPERLINK "http://a.cn" \x14农业局\x15B\x13 PAGE \x15C\x13 IF \x13 REF x \x14y\x15 \x14z\x15\r'
    assert lines(word97(text)) == ["A农业局BCz"]


def test_signs_of_word() -> None:
    assert lines(word97("一\x1e二\x1f三\x01四\x02五\x0b六\x0c七\r")) == ["一-二三四五", "六", "七"]


def test_deleted_and_hidden_text_is_left_out() -> None:
    text = "全县新建农田五万三万亩。暗语\r完\r"
    shown = lines(word97(text, characters=[(6, 8, DELETED), (12, 14, HIDDEN)]))
    assert shown == ["全县新建农田三万亩。", "完"]


def test_symbols_come_from_their_font() -> None:
    symbol = struct.pack("<HHH", 0x6A09, 3, 0xF0FE)
    assert lines(word97("(同意\r", characters=[(0, 1, symbol)])) == ["\uf0fe同意"]


def test_rows_of_a_table_are_lines() -> None:
    text = f"前\r项目\x07投资\x07\x07水厂\x07\x07\x07{FIELD * 2}\r{RIVER}\x07二亿元\x07\x07后\r"
    ends = [n for n, char in enumerate(text) if char == "\x07"]
    rows = [(2, ends[1] + 1, IN_TABLE), (ends[1] + 1, ends[2] + 1, ROW_END), (ends[2] + 1, ends[4] + 1, IN_TABLE),
            (ends[4] + 1, ends[5] + 1, ROW_END), (ends[5] + 1, ends[7] + 1, IN_TABLE), (ends[7] + 1, ends[8] + 1, ROW_END)]  # fmt: skip
    assert lines(word97(text, paragraphs=rows)) == ["前", "项目\t投资", "水厂", FIELD * 2, RIVER, "二亿元", "后"]


def test_notes_stand_after_the_text_and_heads_are_furniture() -> None:
    document = read(word97(f"{FIELD}\r", footnotes="\x02见附件。\r", heads="县政府公报\r\r县政府公报\r"), "a.doc", None)
    assert document.text.split("\n") == [FIELD, "见附件。", "县政府公报"]
    assert [(document.text[start:], rule) for start, rule in document.furniture] == [("县政府公报", "running head")]


def test_automatic_numbers_are_told() -> None:
    document = read(word97(f"{FIELD}\r{RIVER}\r", paragraphs=[(0, len(FIELD) + 1, LIST)]), "a.doc", None)
    assert document.notes == ("1 paragraphs have automatic numbers, which are not in the text",)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (word97(FIELD, flags=0x0100), "password"),
        (word97(FIELD, kind=0xA5DC, version=0x68), "Word 95 or older"),
        (compound({"MatOST": b"", "CONTENTS": b""}), "Microsoft Works"),
        (compound({"Workbook": b""}), "Excel workbook"),
        (compound({"EncryptedPackage": b""}), "password"),
        (compound({"Other": b""}), "no text stream"),
        (word97("\x01\r\x01\r"), r"only pictures \(2\)"),
        (word97("\r"), "no text"),
        (b"PK\x03\x04", "expected a Word 97 document"),
        (word97(FIELD)[:1500], "damaged"),
    ],
)
def test_what_is_none_is_refused_clearly(data: bytes, told: str) -> None:
    with pytest.raises(ZhengyuError, match=told):
        read(data, "a.doc", None)


@pytest.mark.parametrize("ending", [".doc", ".wps"])
def test_damaged_files_end_in_a_result_or_one_message(ending: str) -> None:
    whole = word97(f"{FIELD}\r{RIVER}\r" * 20, paragraphs=[(0, 10, IN_TABLE)], characters=[(3, 5, DELETED)])
    reader = GuardedReader()
    try:
        for n in range(30):
            broken = bytearray(whole)
            at = (n * 7919) % len(whole)
            broken[at : at + 4] = struct.pack("<I", (n * 2654435761) % 2**32)
            try:
                reader.document(bytes(broken), f"a{ending}", ending)
            except ZhengyuError as error:
                assert str(error).startswith(f"a{ending}: ")
    finally:
        reader.close()


def test_the_command_reads_them(tagger: Tagger, tmp_path: Path) -> None:
    for name in ("a.doc", "b.wps"):
        (tmp_path / name).write_bytes(word97(f"{FIELD}\r{RIVER}\r"))
    run = tag_inputs(tagger, [str(tmp_path)])
    assert run.table["text"].tolist() == [FIELD, RIVER] * 2
