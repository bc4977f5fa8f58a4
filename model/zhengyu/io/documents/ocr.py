"""Pages that are pictures, read by OCR: PP-OCR models in rapidocr's wheel, run by onnxruntime (``zhengyu[ocr]``)."""

from __future__ import annotations

import math
import os
from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from zhengyu.io.documents.document import INSTALL
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.lines import width

if TYPE_CHECKING:
    from zhengyu.io.documents.pages import Run

#: Pixels an inch, enough for print of 9 points; and pixels of a page at most, for posters.
_RESOLUTION, _MOST_PIXELS = 150, 8_000_000
#: Lines of fewer characters do not tell the size of their characters.
_LEAST_CHARS = 6
#: Sizes within this share of the page's usual one are that one: OCR measures them roughly.
_ALIKE = 0.25


def available() -> bool:
    """Whether the extra is installed."""
    return find_spec("rapidocr") is not None and find_spec("onnxruntime") is not None


def recognise(data: bytes, name: str, page: int) -> list[Run]:
    """Read one page of a PDF by OCR.

    Parameters
    ----------
    data : bytes
        The PDF.
    name : str
        How errors call it.
    page : int
        1-based.

    Returns
    -------
    list of Run
        The lines that were found, in points, set upright where the page was scanned askew.

    Raises
    ------
    ZhengyuError
        The extra is not installed.
    """
    import pypdfium2

    engine = _engine(name)
    with pypdfium2.PdfDocument(data) as pdf:
        sheet: Any = pdf[page - 1]  # its scale is said to be an int, and may be a float
        wide, high = sheet.get_size()
        scale = min(_RESOLUTION / 72, math.sqrt(_MOST_PIXELS / max(wide * high, 1.0)))
        found = engine(sheet.render(scale=scale).to_numpy())
    if found.boxes is None:
        return []
    lines = [
        ([(float(x) / scale, float(y) / scale) for x, y in box], text, float(sure))
        for box, text, sure in zip(found.boxes, found.txts, found.scores, strict=True)
        if text.strip()
    ]
    return _upright(lines)


@lru_cache(maxsize=1)
def _engine(name: str) -> Any:
    if not available():
        raise ZhengyuError(f"{name}: OCR is not installed; {INSTALL}")
    # Set before it is loaded, or onnxruntime reports its use to its makers.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    from rapidocr import RapidOCR

    one = "EngineConfig.onnxruntime."  # a child has one core, and pages are read side by side
    return RapidOCR(
        params={"Global.log_level": "critical", f"{one}intra_op_num_threads": 1, f"{one}inter_op_num_threads": 1}
    )


def _upright(lines: list[tuple[list[tuple[float, float]], str, float]]) -> list[Run]:
    """Return lines as runs, the page turned by the slope that most of their characters share."""
    from statistics import median

    slopes = [
        (box[1][1] - box[0][1]) / (box[1][0] - box[0][0])
        for box, text, _ in lines
        if len(text) >= _LEAST_CHARS and box[1][0] - box[0][0] > 0
    ]
    slope = median(slopes) if slopes else 0.0
    sizes = [
        2 * (box[1][0] - box[0][0]) / width(text)
        for box, text, _ in lines
        if len(text) >= _LEAST_CHARS and box[1][0] > box[0][0]
    ]
    usual = median(sizes) if sizes else 0.0
    from zhengyu.io.documents.pages import Run

    runs: list[Run] = []
    for box, text, sure in lines:
        left, right = (box[0][0] + box[3][0]) / 2, (box[1][0] + box[2][0]) / 2
        # Height above the foot of the letters, along the slope of the page.
        foot = (box[2][1] + box[3][1]) / 2 - slope * (box[2][0] + box[3][0]) / 2
        lean = slope * foot
        size = max(2 * (right - left) / max(width(text), 1), 1.0)
        if usual and (abs(size - usual) < _ALIKE * usual or len(text) < _LEAST_CHARS):
            size = usual
        runs.append(Run(text.strip(), left + lean, right + lean, foot - 0.1 * size, size, sure))
    return runs
