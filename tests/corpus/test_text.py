"""Encodings, normalisation with places, paragraphs and furniture."""

from __future__ import annotations

import random
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhengyu_corpus.encoding import decode, find_encoding
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.furniture import furniture_rule
from zhengyu_corpus.lines import width
from zhengyu_corpus.normalise import normalise
from zhengyu_corpus.records import Record
from zhengyu_corpus.splitting import is_heading, split_document

#: Small inputs that went wrong; they lie beside the repository, not in it.
CASES = next((parent / "shared" / "cases" for parent in Path(__file__).parents if (parent / "shared").is_dir()), Path())
SIMPLIFIED = "全市上下认真贯彻落实各项决策部署，推动经济平稳增长。\n一季度完成投资十亿元，同比增长8.5%。\n"
TRADITIONAL = "全市上下認真貫徹落實各項決策部署，推動經濟平穩增長。\n一季度完成投資十億元，同比增長8.5%。\n"


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", SIMPLIFIED), ("utf-8-sig", SIMPLIFIED), ("utf-16", SIMPLIFIED), ("utf-16-le", SIMPLIFIED),
        ("utf-16-be", SIMPLIFIED), ("gb18030", SIMPLIFIED), ("gbk", SIMPLIFIED), ("gb2312", SIMPLIFIED),
        ("big5", TRADITIONAL), ("utf-8", ""), ("ascii", "GDP 8.5%\n"),
    ],
)  # fmt: skip
def test_decodes_what_chinese_files_come_in(encoding: str, text: str) -> None:
    assert decode(text.encode(encoding)).text == text


def test_reports_the_encoding() -> None:
    assert find_encoding(SIMPLIFIED.encode("gbk")) == "gb18030"
    assert find_encoding(b"\xef\xbb\xbfabc") == "utf-8-sig"


def test_a_cut_character_at_the_end_of_the_sample_is_no_error() -> None:
    text = "政" * 100_000
    assert find_encoding(text.encode()) == "utf-8"


def test_wrong_encoding_says_where() -> None:
    with pytest.raises(ZhengyuError, match=r"a\.txt: expected utf-8 text, but the bytes at offset 6"):
        decode("政语".encode() + b"\xff", encoding="utf-8", where="a.txt")
    with pytest.raises(ZhengyuError, match="unknown encoding"):
        decode(b"a", encoding="klingon", where="a.txt")


@pytest.mark.parametrize(
    ("source", "normal"),
    [
        ("ＧＤＰ增長８％", "GDP增长8%"), ("「兩山」理論", '"两山"理论'), ("“四敢”", '"四敢"'), ("乡\u200b村", "乡村"),
        ("乡 村 振 兴", "乡村振兴"), ("5 G 网络", "5 G 网络"), ("加强，监管；落实。", "加强，监管；落实。"),
        ("一\u3000二", "一二"), ("", ""), ("３０——５０", "30--50"), ("\ufeff全文", "全文"),
        ("粮食\r\n产量", "粮食产量"), ("粮食　\n　　产量", "粮食产量"), ("粮食　　产量", "粮食  产量"), ("5\r\n亿", "5  亿"),
        ("农⺠收⼊增⻓", "农民收入增长"), ("⻝品⻛险", "食品风险"), ("⻰⻄", "龙西"),
    ],
)  # fmt: skip
def test_normalises(source: str, normal: str) -> None:
    assert normalise(source).text == normal


@given(st.text(alphabet=st.sampled_from("乡村振興發展 \u3000\u200b\ufeff,，。Ａ8８“\n𠀀"), max_size=60))
def test_every_character_leads_back_to_its_source(source: str) -> None:
    found = normalise(source)
    for i in range(len(found.text)):
        start, end = found.source(i, i + 1)
        assert end == start + 1
        assert normalise(source[start:end]).text == found.text[i]


@given(st.text(max_size=200))
def test_normalising_twice_changes_nothing(source: str) -> None:
    once = normalise(source).text
    assert normalise(once).text == once


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("分享至好友和朋友圈", "share bar"), ("用微信扫码二维码", "share bar"), ("微信 微博 QQ空间", "share target"),
        ("5", "bare number"), ("182", "bare number"), ("微信 12", "share target"),
        ("2021-11-18 14:06| 来源: 县融媒体中心| 查看: 88", "date line"), ("发布时间：2024-07-16 09:20", "date line"),
        ("(来源：某县人民政府网站)", "source line"), ("责任编辑：王某", "source line"),
        ("您所在的位置：首页 > 新闻", "position line"), ("首页 > 政务公开 > 公告", "position line"),
        ("Copyright 2018-2019 某网 版权所有", "copyright"), ("苏ICP备12345678号-3", "site number"),
        ("下一篇：县政府召开会议", "links"), ("【本文地址】", "links"), ("推荐新闻", "links"), ("https://a.example/b", "address"),
        ("— 3 —", "folio"), ("一、总则........12", "contents list"), ("附则……（插页）", "contents list"), ("第 3 页 共 9 页", "page number"), ("日报讯（全媒体记者 某某 某某）", "byline"), ("主办单位：某县人民政府办公室", "site footer"),
        ("特别声明：以上内容为自媒体用户自行上传，平台只提供存储服务。", "disclaimer"),
        ("索 引 号：11320000/2023-00017　主题分类：工业、交通", "metadata"), ("【发文机关】：柳河县人民政府", "metadata"),
        ("主 题 词：", "metadata"), ("公开方式：主动公开", "metadata"), ("（信息公开形式：主动公开）", "metadata"),
        ("（此件公开发布）", "release note"), ("柳河县人民政府办公室　　　2023年5月6日印发", "printing note"),
        ("（共印150份）", "printing note"), ("抄送：县委办公室，县人大常委会办公室，县政协办公室，县人民武装部。", "copies to"),
        ("柳政办发〔2023〕17号", "document number"), ("二〇二三年五月六日", "date line"), ("柳河縣政府　函", "letterhead"),
        ("柳河县人民政府办公室文件", "letterhead"), ("编辑：甲某某　二审：乙某　三审：丙某", "source line"),
        ("二审丨乙某", "source line"), ("编辑 甲某某 二审 乙某 三审 丙某", "credits"), ("当前位置：首页 > 公告", "position line"),
        ("您当前的位置 首页 > 公告", "position line"), ("装", "binding line"), ("┈┈裝┈┈┈訂┈┈┈線┈┈", "binding line"),
        ("第2页共9页", "page number"), ("第1頁 (共3頁)", "page number"), ("Page 3 of 9", "page number"), ("·4·", "folio"),
        ("—12—", "folio"), ("目　录", "contents"), ("一、总体要求………………………3", "contents list"),
        ("发文字号\t柳政办发〔2023〕17号", "metadata"), ("索引号\t0142/2023-17\t主题分类\t工业、交通", "metadata"),
        ("文    号\t柳政办发〔2023〕17号", "metadata"), ("【主题词】工业", "metadata"), ("信息公开类别：主动公开", "metadata"),
        ("签发人：甲某某", "metadata"), ("是否公开：是", "metadata"), ("（此件发至乡镇级）", "release note"),
        ("打字：甲某 校对：乙某", "source line"), ("一审一校：甲某", "source line"), ("值班编辑：甲某", "source line"),
        ("【字体：大 中 小】", "share target"), ("【收藏】【打印】【关闭】", "share target"), ("4 / 12", "page number"),
        ("分享 微信", "share bar"), ("分享微信 微博", "share bar"), ("更多>>", "links"), ("登录 | 注册", "links"),
        ("相关附件：方案.pdf", "links"), ("附件列表", "attachments"), ("附件（略）", "attachments"),
        ("附件【任务分解表.docx】已下载53次", "attached file"), ("任务分解表.docx", "attached file"), ("机密★1年", "secrecy and urgency"),
        ("特急", "secrecy and urgency"), ("（盖章）", "seal"), ("— END —", "end"), ("（完）", "end"),
        ("（联系人：甲某，联系电话：0000）", "contact"), ("抄送　县委各部门，县人大常委会办公室", "copies to"),
        ("第二章 发展目标 . . . . . . . . 12", "contents list"), ("附件：1.重点任务分工表", "attachments"), ("附件2", "attachments"),
    ],
)  # fmt: skip
def test_recognises_furniture(text: str, rule: str) -> None:
    assert furniture_rule(text) == rule


@pytest.mark.parametrize(
    "text",
    [
        "分享经济发展迅速，平台企业就业人数增长三成。", "声明要点落实到各镇。", "2023年全县完成工业产值百亿元。",
        "推荐二十名青年干部到一线锻炼，其中八名任村书记。", "版权登记数量同比增长两成，居全省前列，保护力度持续加大。",
        "更多群众在家门口就业。", "来源于基层、服务于群众，是我们工作的出发点。", "收藏家向县博物馆捐赠文物三百件。",
        "附件：本办法自发布之日起施行，由县发展改革局负责解释。", "装配式建筑占新建建筑的三成。", "二审法院全部上了网。",
        "主题教育覆盖全部党支部", "全县共印发宣传手册三万份", "位置优越：离高速路口只有五公里", "目录清单管理",
        "第三页写满了群众的意见和建议", "名称登记全程网办", "抄送制度", "线上线下一起办……3天办结率九成", "推进公文文件精简",
        "全县……建成12.5公里", "人均收入3.12", "更多群众吃上旅游饭", "分享改革红利，共建美好家园", "点赞身边好人",
        "转发省农业农村厅关于做好春耕工作的通知", "登录人数突破百万", "注册资本五千万元以上的企业", "扫码点餐走进乡村",
        "搜索引擎企业加强自律", "今日新闻发布会要点", "下一条生产线投产", "相关附件由县财政局另行下发", "贯彻落实县政府文件",
        "特急件办理时限", "联系人制度全覆盖", "名称\t数量\t单位",
        "晚报讯(本报记者 甲 乙)村里的路修好了，谁来管护？", "今日新闻发布会介绍了全市稳就业的十二条措施，各区将设服务点。",
    ],
)  # fmt: skip
def test_prose_is_no_furniture(text: str) -> None:
    assert furniture_rule(text) is None


@pytest.mark.parametrize(
    ("text", "heading"),
    [("二、加快转型升级", True), ("春耕不误好时节，满田新绿入画来", True), ("我们要努力。", False), ("如下：", False),
     ("GDP", False), ("长" * 41, False), ("全县组织培训一百二十次。1", False), ("新建渠道三万米。[3]", False),
     ("粮食稳产。①", False), ("脱贫成果巩固。〔4〕", False), ("增收明显！*", False), ("人均收入3.12", True)],
)  # fmt: skip
def test_tells_headings(text: str, heading: bool) -> None:
    assert is_heading(text) is heading


@given(st.lists(st.sampled_from(["", "　　全县上下坚持稳中求进，着力稳就业、稳企业、稳预期", "推动经济运行保持在合理区间，城乡居民收入稳步提高，", "  ", "一、总体要求", "各镇要抓好落实。", "分享至", "\u3000正文在此，继续推进", "***"]), max_size=12),
       st.sampled_from(["\n", "\r\n", "\n\n", "\u2028"]))  # fmt: skip
def test_splitting_loses_nothing(lines: list[str], between: str) -> None:
    document = between.join(lines)
    parts = split_document(document)
    assert [part.number for part in parts] == list(range(1, len(parts) + 1))
    assert all(document[part.start : part.end] == part.text for part in parts)
    kept = "".join(part.text for part in parts)
    assert "".join(kept.split()) == "".join(document.split())


def test_a_repeated_title_is_furniture() -> None:
    kinds = [part.rule for part in split_document("问道远方，再启新程\n问道远方，再启新程\n全县干部大会召开。")]
    assert kinds == ["", "repeated title", ""]


def test_text_wrapped_by_a_machine_is_joined_at_its_indents() -> None:
    one = "　　县里对沿河小散企业逐家会诊，关停四家、搬迁三家，断面\n水质连续五个月达标，群众反映强烈的异味问题基本解决，沿\n河绿道同步推进。"
    document = "\r\n".join([*one.split("\n")] * 4)
    parts = split_document(document)
    assert [part.text.replace("\r\n", "") for part in parts] == [one.replace("\n", "").strip()] * 4
    assert all(document[part.start : part.end] == part.text for part in parts)


def test_lines_pasted_from_pages_without_indents_are_joined(builtin: list[Record]) -> None:
    texts = [
        r.text for r in builtin if 100 < len(r.text) < 300 and r.text.endswith("。") and not set("\n　 ") & set(r.text)
    ]
    draw, lines, whole = random.Random(2), [], []
    for text in texts[:40]:
        cut, rest = [], text
        while rest:
            room = draw.randint(36, 39)  # of proportional letters and figures
            cut.append(rest[:room])
            rest = rest[room:]
        lines += cut
        if not any(line.endswith(("。", "；", "：", "！", "？", "”")) for line in cut[:-1]):
            whole.append("\n".join(cut))
    found = [part.text for part in split_document("\n".join(lines))]
    assert "".join(found).replace("\n", "") == "".join(texts[:40])
    assert sum(text in found for text in whole) >= 0.85 * len(whole) > 20
    # Paragraphs of one line each are no pasted text, whatever their number.
    single = [text[:45] + "。" for text in texts[:60]]
    assert [part.text for part in split_document("\n".join(single))] == single
    titles = [text[:38] for text in texts[:60]]
    assert [part.text for part in split_document("\n".join(titles))] == titles


def test_a_list_of_lines_of_one_width_is_no_wrapped_text() -> None:
    document = "\n".join(f"青川湾县农业农村局乡村振兴服务中心第{n}工作组办公室" for n in "一二三四五六七八九")
    assert len(split_document(document)) == 9


def test_text_wrapped_by_a_machine_is_joined_by_blank_lines() -> None:
    line = "全县上下坚持稳中求进工作总基调，着力稳就业、稳企业、稳预期，推动"
    document = "\n\n".join("\n".join([line] * 5 + ["经济持续回升向好。"]) for _ in range(3))
    parts = split_document(document)
    assert len(parts) == 3
    assert all(document[part.start : part.end] == part.text for part in parts)


WRAPPED = """\
柳河县水利工作情况
　　去年以来，全县新修水渠四十二公里，疏浚河道十七条，其中
九条已经通过市里的验收，三条将在汛期之前完工，灌溉用水的
保证率比前年有了明显的提高。
　　入秋后，各乡镇抓住农闲时节整修塘坝，群众投工投劳三万人
— 3 —
次，受益农田两万亩，各村都有了自己的管水员，渠道有人管、水
费有人收。
　　明年要做好三件事。一是把剩下的八条河道疏浚完，二是建成
二、三号泵站，三是把水价改革推到全县。
"""


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_wrapped_text_is_joined_at_its_indents(line_end: str) -> None:
    document = WRAPPED.replace("\n", line_end)
    parts = split_document(document)
    assert [part.kind for part in parts] == ["heading", "prose", "prose", "furniture", "prose", "prose"]
    assert all(document[part.start : part.end] == part.text for part in parts)
    assert parts[1].text.startswith("去年以来") and parts[1].text.endswith("明显的提高。")
    assert normalise(parts[1].text).text.count(" ") == 0


def test_indented_paragraphs_that_nobody_wrapped_stay_apart() -> None:
    lines = [
        "关于水利工作的通知",
        *["　　各镇要抓好落实，把各项任务分解到村到人。", "一、总体要求", "　　坚持节水优先。"] * 4,
    ]
    assert len(split_document("\n".join(lines))) == len(lines)


@pytest.mark.parametrize("columns", [40, 56, 72, 80])
@pytest.mark.parametrize("indent", ["　　", "    ", ""])
def test_short_paragraphs_wrapped_wide_are_joined_between_their_headings(columns: int, indent: str) -> None:
    texts = [
        "为做好春耕备耕各项工作，确保全年粮食播种面积稳定在一百零五万亩以上，结合我县实际，现就有关事项通知如下。",
        "坚持以高标准农田建设为抓手，加快推进农业机械化，全面提升粮食生产能力，切实把饭碗端牢端稳在自己手中。",
        "各乡镇要切实加强组织领导，主要负责同志亲自抓，分管负责同志具体抓，确保各项任务按期落到实处、取得实效。",
    ]
    lines = ["春耕工作的通知", "各乡镇：", "一、重要意义"]
    for text in texts:
        line, used = indent, len(indent) * (2 if indent == "　　" else 1)
        lines.extend([""] * (not indent))
        for char in text:
            if used + 2 > columns and char not in "，。、":
                lines.append(line)
                line, used = "", 0
            line, used = line + char, used + 2
        lines += [line, "二、主要任务"]
    lines.append("抄送：县委各部门。")
    found = [part.text for part in split_document("\n".join(lines)) if part.kind == "prose"]
    assert ["".join(text.split()) for text in found] == ["各乡镇：", *texts]


def test_slogans_of_one_length_are_not_joined() -> None:
    slogans = [
        "推动高质量发展，建设现代化的新县城",
        "坚持以人民为中心，办好暖人心的实事",
        "守护好绿水青山，建成最美丽的家园",
    ]
    lines = ["　　宣传口号", "春耕", *slogans, "", "秋收", *reversed(slogans)]
    assert len(split_document("\n".join(lines))) == len(lines) - 1


def test_a_list_of_attachments_is_furniture_to_its_last_number() -> None:
    lines = ["附件：1.重点任务分工表", "2. 进度安排表", "3.联络员名单", "1.提高站位，压实各级责任", "4.加强督查"]
    assert [part.kind for part in split_document("\n".join(lines))] == ["furniture"] * 3 + ["heading"] * 2


@pytest.mark.skipif(not CASES.name, reason="the cases are not beside this checkout")
@pytest.mark.parametrize(
    ("name", "kinds"),
    [("wrapped_indent", ["prose"] * 6), ("pages", ["prose", "furniture", "prose"]), ("metatable", ["furniture"] * 7),
     ("binding", ["furniture"] * 9 + ["prose"])],
)  # fmt: skip
def test_cases_of_documents(name: str, kinds: list[str]) -> None:
    assert [part.kind for part in split_document((CASES / f"{name}.txt").read_text("utf-8"))] == kinds


@pytest.mark.parametrize(
    ("text", "encoding", "found"),
    [
        (TRADITIONAL, "gbk", "gb18030"), ("鄉村振興", "gbk", "gb18030"), ("鄉村振興，農民增收啲。", "big5hkscs", "big5hkscs"),
        (SIMPLIFIED.replace("推动", "推\0动"), "utf-8", "utf-8"), (SIMPLIFIED.replace("推动", "推\0动"), "gbk", "gb18030"),
    ],
)  # fmt: skip
def test_traditional_in_gbk_hong_kong_and_a_zero_byte(text: str, encoding: str, found: str) -> None:
    assert find_encoding(text.encode(encoding)) == found
    assert decode(text.encode(encoding)).text == text


def test_bad_bytes_are_marked_where_that_is_asked() -> None:
    data = SIMPLIFIED.encode()
    found = decode(data[:30] + b"\xff" + data[30:], marks=True)
    assert (found.bad, found.text.replace("\udcff", "")) == (1, SIMPLIFIED)
    with pytest.raises(ZhengyuError, match="expected utf-8 text, but the bytes at offset"):
        decode(SIMPLIFIED.encode("gbk"), encoding="utf-8", marks=True)


def test_width_is_that_of_every_character() -> None:
    chars = [chr(code) for code in range(0x10000) if not 0xD800 <= code < 0xE000]
    assert width("".join(chars)) == sum(map(width, chars))
    assert all(width(char) == (2 if unicodedata.east_asian_width(char) in "WFA" else 1) for char in chars)
