"""The pandas accessor and the paragraph that shows itself."""

from __future__ import annotations

import re
from html import unescape

import pandas as pd
import pytest

from zhengyu.notebook import ZhengyuAccessor, show
from zhengyu.tagger import Tagger
from zhengyu_corpus.errors import ZhengyuError

FIELD = "今年全县新建高标准农田三万亩，农民收入增长百分之八。<b>&"


def test_accessor_adds_columns_and_keeps_the_table(tagger: Tagger) -> None:
    table = pd.DataFrame({"县": ["甲", "乙", "丙"], "正文": [FIELD, None, ""]}, index=[7, 3, 9])
    tagged = ZhengyuAccessor(table).tag("正文", tagger=tagger, probabilities=True)
    assert tagged["themes"].tolist() == [["rural"], [], []]
    assert tagged.index.tolist() == [7, 3, 9]
    assert tagged["县"].tolist() == ["甲", "乙", "丙"]
    assert tagged["p_rural"].iloc[0] > 0.9
    assert "themes" not in table.columns
    assert hasattr(table, "zhengyu")


def test_accessor_says_what_is_wrong(tagger: Tagger) -> None:
    with pytest.raises(ZhengyuError, match="no column '文'"):
        ZhengyuAccessor(pd.DataFrame({"text": [FIELD]})).tag("文", tagger=tagger)
    with pytest.raises(ZhengyuError, match="themes already"):
        ZhengyuAccessor(pd.DataFrame({"text": [FIELD], "themes": [""]})).tag("text", tagger=tagger)


def test_shown_paragraph_is_the_text_with_marks(tagger: Tagger) -> None:
    drawn = show(FIELD, tagger)._repr_html_()
    assert "<mark" in drawn
    assert "<b>&" not in drawn.replace("<b>rural", "")
    body = drawn.partition("<br>")[2].partition("</p>")[0]
    assert unescape(re.sub(r"</?mark[^>]*>", "", body)) == FIELD
