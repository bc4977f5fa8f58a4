"""The pandas accessor, and tables and paragraphs that show themselves, in a notebook that is really run."""

from __future__ import annotations

import pickle
import re
from html import unescape

import nbformat
import pandas as pd
import pytest
from nbclient import NotebookClient

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


def test_tagged_table_draws_its_words_and_stays_a_data_frame(tagger: Tagger) -> None:
    table = tagger.tag([FIELD, None, "<script>window.pwned=1</script>"] * 8, probabilities=True)
    drawn = table._repr_html_()
    assert drawn is not None
    assert re.search(r'<mark title="rural \+[0-9.]+"[^>]*>[^<]*农', drawn)
    assert re.search(r"乡村[^<]* rural (?:0\.9|1\.0)", drawn)
    assert "4 more of 24 rows" in drawn
    assert "<script" not in drawn and "&lt;script&gt;" in drawn
    row = drawn.partition("<tbody>")[2].partition("</tr>")[0]
    assert unescape(re.sub(r"<[^>]*>", "", row)).startswith(f"0{FIELD}")
    assert isinstance(table[table["themes"].map(len) > 0], pd.DataFrame)
    assert "<mark" in (table.tail(3)._repr_html_() or "") and "dataframe" in (table[["text"]]._repr_html_() or "")
    pd.testing.assert_frame_equal(pickle.loads(pickle.dumps(table)), table)


def test_documents_draw_without_lighting_furniture(tagger: Tagger) -> None:
    drawn = tagger.tag_document(f"首页 > 新闻\n{FIELD}\n")._repr_html_() or ""
    assert "furniture" in drawn and drawn.count("<tr>") == 3


@pytest.mark.slow
def test_a_real_notebook_shows_the_words() -> None:
    book = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        cells=[
            nbformat.v4.new_code_cell("import pandas as pd, zhengyu.notebook"),
            nbformat.v4.new_code_cell(f"pd.DataFrame({{'正文': [{FIELD!r}]}}).zhengyu.tag('正文')"),
            nbformat.v4.new_code_cell(f"zhengyu.notebook.show({FIELD!r})"),
        ],
    )
    NotebookClient(book, timeout=120).execute()
    for cell in book.cells[1:]:
        shown = next(one["data"]["text/html"] for one in cell.outputs if "text/html" in one.get("data", {}))
        assert "<mark" in shown and "rural" in shown and "<b>&" not in shown.replace("<b>rural", "")
