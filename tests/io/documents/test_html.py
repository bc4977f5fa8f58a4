"""Saved pages: everything that a reader sees, at any depth, block by block."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import growth
import pytest

from zhengyu.io.documents.html import page_text, read
from zhengyu_corpus.errors import ZhengyuError

FIELD = "全县新建高标准农田三万亩，农民收入增长百分之八。"
RIVER = "县里对沿河小散企业逐家会诊，国控断面水质连续五个月达标，生态环境持续改善。"


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        (f"<p>{FIELD[:9]}<b>{FIELD[9:12]}</b>{FIELD[12:]}</p><p>{RIVER}", [FIELD, RIVER]),
        ("<p>农田，\n   水利 道路</p>", ["农田，水利 道路"]),
        (f"<pre>　　{FIELD[:12]}\n{FIELD[12:]}\n　　{RIVER}</pre>", ["　　" + FIELD, "　　" + RIVER]),
        ("<pre>第一行\n第二行</pre>", ["第一行", "第二行"]),
        (f"<table><tr><td>首页<br>政务公开</td><td><p>{FIELD}</p><p>{RIVER}</p></td></tr></table>",
         ["首页", "政务公开", FIELD, RIVER]),
        (f"<table><tr><td>目录</td><td>{RIVER * 2}</td></tr></table>", ["目录", RIVER * 2]),
        ("<table><tr><th>县</th><th>亩</th></tr><tr><td>甲县<td>三万</table>", ["县\t亩", "甲县\t三万"]),
        ("<table><tr><td><table><tr><td>内<td>层</table></td><td>外</td></tr></table>", ["内\t层\t外"]),
        ("<select><option>北京</option></select><button>打印</button><textarea>留言</textarea><iframe>框</iframe>"
         "<noscript>请开启脚本</noscript><p>正文</p>", ["正文"]),
        ("<button>打印<p>正文</p>后文", ["正文", "后文"]),
        ("<div style='display: none'>暗<div>处</div></div><p hidden>藏</p><p>明处</p>", ["明处"]),
        ("<ul><li>甲</li><li>乙</li></ul><ol start=3><li>丙<li>丁</ol>", ["甲", "乙", "3. 丙", "4. 丁"]),
        ("<title>题</title><!-- 注 --><h1>标题</h1>甲<br>乙<script>var 丙 = '<p>';</script>", ["标题", "甲", "乙"]),
        ("</td></table></ol>孤<td>儿", ["孤", "儿"]),
        ("", []),
    ],
)  # fmt: skip
def test_what_is_seen_line_by_line(source: str, lines: list[str]) -> None:
    assert page_text(source, "a.html").split("\n") == (lines or [""])


@pytest.mark.parametrize("depth", [200, 300, 3_000, 30_000])
@pytest.mark.parametrize("tag", ["div", "b", "table><tr><td", "ul><li", "pre", "select"])
def test_depth_loses_nothing_below(depth: int, tag: str) -> None:
    names = [part.strip("<") for part in tag.split(">")]
    opened, closed = "".join(f"<{name}>" for name in names), "".join(f"</{name}>" for name in reversed(names))
    text = page_text(f"{opened * depth}{'' if tag == 'select' else FIELD}{closed * depth}<p>{RIVER}</p>", "a.html")
    assert text.split() == ([RIVER] if tag == "select" else [FIELD, RIVER])


@pytest.mark.parametrize(
    "unit",
    ["<table><tr><td>甲", "<td>甲<br>乙", "<p>甲\n", "<pre>　　甲\n乙\n</pre>", "<select>", "<ol><li>甲", "　", "<b "],
)
def test_time_grows_with_length(unit: str) -> None:
    def reading(count: int) -> Callable[[], object]:
        return lambda: page_text(unit.replace("<b ", "<b a=1>") * count, "a.html")

    assert growth.measure(reading(4_000), reading(8_000)).factor <= growth.LIMIT


@pytest.mark.parametrize(
    ("label", "encoding", "found"),
    [("gbk", "utf-8", "utf-8"), ("gb2312", "gb18030", "gb18030"), ("utf-8", "gb18030", "gb18030"),
     ("big5", "big5", "big5"), ("nonsense", "utf-8", "utf-8")],
)  # fmt: skip
def test_bytes_win_over_the_label(label: str, encoding: str, found: str) -> None:
    body = "全縣新建農田" if encoding == "big5" else "全县新建农田，农民收入增长，县里治理河道。"
    page = f"<meta charset={label}><p>{body * 20}".encode(encoding)
    document = read(page, "a.html", None)
    assert (document.text, document.encoding) == (body * 20, found)


def test_a_page_of_frames_alone_says_so() -> None:
    with pytest.raises(ZhengyuError, match=r"only frames.*\(top.html, main.html\)"):
        read(b"<frameset><frame src='top.html'><FRAME name=b SRC=main.html></frameset>", "a.html", None)


def test_two_characters_of_gbk_that_are_utf8_as_well_follow_the_label() -> None:
    assert read("<meta charset=gbk><p>联通".encode("gbk"), "a.html", None).text == "联通"


def test_cases_that_went_wrong(cases: Path) -> None:
    def text(name: str) -> list[str]:
        return read((cases / name).read_bytes(), name, None).text.split("\n")

    assert [len(text(name)) for name in ("pre.html", "layout_table.html", "select.html", "gbkmeta_utf8_even2.html")] == [
        2, 4, 1, 2,
    ]  # fmt: skip


@pytest.mark.parametrize(("label", "encoding"), [("gbk", "gb18030"), ("utf-8", "utf-8")])
def test_a_bad_byte_of_a_page_costs_a_character_and_is_told(label: str, encoding: str) -> None:
    page = f"<meta charset={label}><p>{FIELD}</p><p>{RIVER}</p>".encode(encoding)
    found = read(page.replace(b"<p>", b"<p>\xff", 1), "a.html", None)
    assert (found.text.split("\n"), found.encoding) == (["\ufffd" + FIELD, RIVER], encoding)
    assert found.notes == (f"1 bytes that are not valid {encoding} stand as \ufffd",)
    with pytest.raises(ZhengyuError, match="expected utf-8 text"):
        read(f"<p>{FIELD}</p>".encode("gb18030"), "a.html", "utf-8")
