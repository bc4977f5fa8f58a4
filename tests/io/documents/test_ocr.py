"""Pages that are pictures: read by OCR, with what it was sure of; named where it is not used."""

from __future__ import annotations

import math
from contextlib import closing
from pathlib import Path

import pytest
from typeset import Layout, pdf, scanned, typeset

from zhengyu.batch.runner import summary, tag_inputs
from zhengyu.io.documents import ocr
from zhengyu.io.documents.document import Document, Recognised, confidence
from zhengyu.io.documents.pages import Run
from zhengyu.io.documents.pdf import read as read_pdf
from zhengyu.io.sandbox import parent
from zhengyu.io.sandbox.child import environment
from zhengyu.io.sandbox.parent import GuardedReader
from zhengyu.tagger import Tagger
from zhengyu_corpus.errors import ZhengyuError

MIXED = Path(__file__).resolve().parents[4] / "shared" / "cases" / "pdf_mixed_scan.pdf"
TEXT = "今年全县新建高标准农田三万亩，粮食总产再创历史新高，农民人均收入增长百分之八。"


def test_what_ocr_read_stands_in_its_place_with_how_sure_it_was() -> None:
    runs = [Run(TEXT[:26], 107, 523, 100, 16, 0.9), Run(TEXT[26:], 75, 75 + 16 * (len(TEXT) - 26), 128, 16, 0.7)]
    data = pdf(typeset([TEXT], Layout()), picture=scanned())
    document = read_pdf(data, "a.pdf", None, {2: runs})
    assert document.text.split("\n") == [TEXT, TEXT]
    assert document.notes == ("1 of 2 pages were read by OCR: 2",)
    assert not document.unread
    start = len(TEXT) + 1
    assert [(one.start - start, one.end - start) for one in document.recognised] == [(0, 26), (26, len(TEXT))]
    sure = confidence(document, start, start + len(TEXT))
    assert sure == pytest.approx((26 * 0.9 + (len(TEXT) - 26) * 0.7) / len(TEXT))
    assert confidence(document, 0, len(TEXT)) is None


def test_confidence_is_a_mean_over_characters() -> None:
    document = Document("a", "x" * 10, "", recognised=(Recognised(0, 4, 1.0), Recognised(4, 10, 0.5)))
    assert confidence(document, 0, 10) == pytest.approx(0.7)
    assert confidence(document, 3, 5) == pytest.approx(0.75)


def test_a_page_scanned_askew_is_set_upright() -> None:
    slope = math.tan(math.radians(2))

    def box(left: float, top: float, wide: float) -> list[tuple[float, float]]:
        return [(left, top + slope * left), (left + wide, top + slope * (left + wide)),
                (left + wide, top + 20 + slope * (left + wide)), (left, top + 20 + slope * left)]  # fmt: skip

    lines = [
        (box(80, 100, 160), "一二三四五六七八", 0.9),
        (box(300, 100, 160), "一二三四五六七八", 0.9),
        (box(80, 140, 160), "一二三四五六七八", 1.0),
    ]
    runs = ocr._upright(lines)
    assert runs[0].top == pytest.approx(runs[1].top, abs=0.5)
    assert runs[2].top - runs[0].top == pytest.approx(40, abs=0.5)
    assert {round(run.size, 1) for run in runs} == {20.0}


def test_the_child_reports_nothing_to_anyone() -> None:
    assert environment()["ORT_DISABLE_TELEMETRY"] == "1"


def test_without_the_extra_pages_are_named_and_always_is_refused(
    tagger: Tagger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parent, "available", lambda: False)
    (tmp_path / "a.pdf").write_bytes(pdf(typeset([TEXT], Layout()), picture=scanned()))
    run = tag_inputs(tagger, [str(tmp_path / "a.pdf")])
    assert run.table["text"].tolist() == [TEXT]
    assert "read_by" not in run.table
    assert [(row.line, "zhengyu[ocr]" in row.reason) for row in run.set_aside] == [(2, True)]
    assert any("1 of 2 pages are pictures" in line for line in summary(run))
    with pytest.raises(ZhengyuError, match=r'pip install "zhengyu\[ocr\]"'):
        tag_inputs(tagger, [str(tmp_path / "a.pdf")], ocr="always")
    with pytest.raises(ZhengyuError, match="auto, never or always"):
        tag_inputs(tagger, [str(tmp_path / "a.pdf")], ocr="yes")


def test_a_page_that_takes_too_long_costs_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def page(self: GuardedReader, data: bytes, name: str, ending: str, number: int) -> list[list[object]]:
        if number == 2:
            raise ZhengyuError(f"{name}: reading it took longer than 1 seconds")
        return [[TEXT, 75.0, 700.0, 100.0, 16.0, 0.9]]

    monkeypatch.setattr(GuardedReader, "page", page)
    told: list[tuple[str, int, int]] = []
    with closing(GuardedReader(ocr="always", told=lambda *step: told.append(step))) as reader:
        document = reader.document(pdf(typeset([TEXT], Layout()), picture=scanned()), "a.pdf", ".pdf")
    assert document.text == TEXT
    assert [(part.place, part.reason) for part in document.unread] == [(2, "reading it took longer than 1 seconds")]
    assert told == [("a.pdf", 1, 2), ("a.pdf", 2, 2)]


@pytest.mark.skipif(not ocr.available(), reason="zhengyu[ocr] is not installed")
def test_a_scanned_page_is_read_by_the_command(tagger: Tagger, tmp_path: Path) -> None:
    data = (
        MIXED.read_bytes() if MIXED.is_file() else pdf([], picture=scanned("County report 2024", "GDP grew by 8.5 %"))
    )
    (tmp_path / "a.pdf").write_bytes(data)
    run = tag_inputs(tagger, [str(tmp_path / "a.pdf")], ocr="auto")
    read = run.table[run.table["read_by"] == "ocr"]
    assert not run.set_aside
    assert (read["ocr_confidence"] > 0.9).all()
    assert "2024" in "".join(read["text"])
    if MIXED.is_file():
        assert [text[-1] for text in read["text"]] == ["。"] * 3
