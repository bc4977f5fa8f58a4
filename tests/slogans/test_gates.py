"""Gates: what is never a new slogan, and what a new one needs beside its shape."""

from __future__ import annotations

import pytest

from zhengyu.slogans.candidates import candidates
from zhengyu.slogans.gates import refused, signalled
from zhengyu.slogans.known import KnownSlogans
from zhengyu.slogans.view import view
from zhengyu_corpus.lexicon import KnownSlogan

NONE_KNOWN = KnownSlogans([])
#: Lines as pages and reports hold them between their paragraphs; none has a slogan.
JUNK = [
    # numbered headings
    "四、未来发展方向", "一、工作回顾", "（三）主要问题", "3.保障措施", "第二章 总则", "第三部分 下一步打算", "（二）强化组织领导",
    "五、存在的困难和不足", "12、其他事项", "①背景介绍", "六、二〇二六年工作安排", "5.清禾建设工程有限公司",
    # headings of one part
    "会议纪要摘编", "典型案例选登", "下一阶段重点工作", "全县经济运行情况通报", "工作要求", "活动掠影", "活动开展情况",
    # columns of pages
    "人力资源", "新闻中心", "通知公告", "联系我们", "政务公开", "关于我们", "专题专栏", "企业文化",
    # page marks and credits
    "P.24", "news", "第3页", "- 12 -", "二审杨聪", "三审朱邪", "一审：林小满", "责编 赵一鸣", "来源：本报", "摄影 何田", "记者 周禾苗",
    "校对：孟春", "通讯员 石磊", "作者：江渔", ": [", "“: [”", "[1]", "2024-05-06 10:24",
    # persons, places, firms, posts, lists of names
    "孤山子镇", "清禾县", "“清禾县财政局”", "“青禾集团”", "“清禾股份有限公司”", "“县委书记”", "“清禾镇中心小学”", "“村委会主任”",
    "王林、李江、赵海", "陈田、林禾、周苗、吴桑", "县长李江，副县长赵海，县政协主席周苗", "何田，江渔，孟春", "清禾县人民医院", "青禾村党支部", "“县委办公室”",
    "主任：王林，书记：李江",
    # documents, awards, events
    "“清禾县城市总体规划”", "“清禾蓝皮书”", "“清禾县荣誉市民”", "“青禾勋章”", "“清禾发展论坛”", "“居民财富大调查”", "“民商法治诊所”",
    "“清禾县职工运动会”", "“青禾公众号”",
]  # fmt: skip


def test_there_are_sixty_lines_of_junk() -> None:
    assert len(JUNK) >= 60
    assert len(set(JUNK)) == len(JUNK)


@pytest.mark.parametrize("line", JUNK)
def test_junk_has_no_candidate_that_a_score_could_take(line: str) -> None:
    seen = view(line)
    places = frozenset({"清禾", "孤山子"})
    able = candidates(seen, NONE_KNOWN, places)
    assert [seen.text[one.start : one.end] for one in able] == []


def test_a_known_slogan_passes_every_gate() -> None:
    known = KnownSlogans([KnownSlogan("清禾镇", (), "coinage"), KnownSlogan("人力资源强国", (), "canonical")])
    for line in ("清禾镇", "四、人力资源强国"):
        assert len(candidates(view(line), known, frozenset())) == 1


@pytest.mark.parametrize(
    "line",
    [
        "对标一流勇争先，凝心聚力谱新篇",
        "一、对标一流勇争先，凝心聚力谱新篇",
        "大干一百天！",
        "强技术、强服务、强内涵",
        "“1+3+6”布局",
    ],
)
def test_banners_shouts_and_parallels_are_no_junk(line: str) -> None:
    assert candidates(view(line), NONE_KNOWN, frozenset())


def test_a_shape_alone_is_no_slogan() -> None:
    bare, framed, again = "他谈到平安清禾", "大家要弘扬青禾精神", "三改一拆又一年，三改一拆"
    places = frozenset({"清禾"})
    assert not candidates(view(bare), NONE_KNOWN, places)
    assert candidates(view(framed), NONE_KNOWN, places)
    assert candidates(view(again), NONE_KNOWN, places)
    assert candidates(view("他谈到“平安清禾”"), NONE_KNOWN, places)
    assert not signalled(bare, 3, 7, frozenset({"labelled"}))
    assert signalled(bare, 3, 7, frozenset({"labelled", "company 2"}))


def test_gates_look_at_the_span_alone_where_it_stands_in_prose() -> None:
    text = "全镇学习“板凳议事会”，又请来王林、李江、赵海三位评理员。"
    assert not refused(text, text.index("板"), text.index("会") + 1)
    assert refused(text, text.index("王"), text.index("三"))
