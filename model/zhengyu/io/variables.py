"""What the columns of an output mean, in English and Chinese: for codebooks, and for the labels of Stata."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from zhengyu.io.columns import (
    FACTS_FROM,
    INCLUSION,
    MODEL,
    NONE,
    PROBABILITY,
    ROOT_THEMES,
    STRATUM,
    TAGS,
    THEMES,
    UNCERTAIN,
    WIDE,
    WIDE_ROOT,
    TagColumns,
)
from zhengyu_corpus.facts import NEWS
from zhengyu_corpus.forms import GENRES
from zhengyu_corpus.lexicon import SLOGAN_TYPES

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Variable:
    """One column of an output.

    Attributes
    ----------
    meaning, meaning_zh : str
        What it holds, in English and in Chinese.
    values : str
        Which values it can have, ``""`` where they are without number.
    codes : mapping of int to (str, str)
        What numbers in it stand for, in English and in Chinese.
    """

    meaning: str
    meaning_zh: str
    values: str = ""
    codes: Mapping[int, tuple[str, str]] = field(default_factory=dict)

    def label(self, *, chinese: bool) -> str:
        """Return the meaning in one of the languages."""
        return self.meaning_zh if chinese else self.meaning


_YES_NO = {0: ("no", "否"), 1: ("yes", "是")}
#: A column that came with a table.
OWN = Variable("column of the input, as it was", "输入表自带的列，原样保留")
#: What tells the rows of a table from one another, as the tables beside it need.
ROW_ID = Variable(
    "id of the row: that of the input, or file, # and row number", "行的编号：输入表自带，或文件名、# 和行号"
)
#: Columns of paragraphs of documents.
DOCUMENT = {
    "id": Variable("paragraph: file, # and number", "段落编号：文件名、# 和段号"),
    "file": Variable("file of the document", "文档所在文件"),
    "paragraph": Variable("number of the paragraph in its document, from 1", "段落在文档中的序号，从 1 起"),
    "start": Variable("first character of the paragraph in the document's text, from 0", "段首在全文中的位置，从 0 起"),
    "end": Variable("end of the paragraph in the document's text, exclusive", "段尾在全文中的位置（不含）"),
    "kind": Variable(
        "kind of paragraph; furniture of saved pages is not tagged", "段落类别；网页边角（furniture）不作标注",
        "prose, heading, furniture",
    ),
    "rule": Variable("which furniture it is; empty for prose and headings", "属哪种网页边角；正文和标题为空"),
    "text": Variable("the paragraph", "段落正文"),
    "read_by": Variable("how it was read: ocr where any character was", "如何读出：含 OCR 文字的为 ocr", "text, ocr"),
    "ocr_confidence": Variable(
        "confidence of OCR, mean over its characters; missing for text", "OCR 置信度，逐字平均；text 的缺失", "0 to 1"
    ),
    "title": Variable("title of the document", "文档标题"),
    "issuer": Variable("who issued it; several joined by 、", "发文机关，多个用、相连"),
    "number": Variable("document number, such as 国办发〔2024〕3号", "发文字号，如 国办发〔2024〕3号"),
    "date": Variable("day of issue", "成文日期", "YYYY-MM-DD"),
    "published": Variable("day on which the page was published", "发布日期", "YYYY-MM-DD"),
    "source": Variable("where a page says that it comes from", "网页所注来源"),
    "province": Variable("province, full name at the time", "省级政区，当时全称"),
    "city": Variable("prefecture, full name at the time", "地级政区，当时全称"),
    "county": Variable("county, full name at the time", "县级政区，当时全称"),
    "division": Variable("code today of the smallest of these", "其中最小一级政区今日的代码"),
    "genre": Variable("form that the title names; 新闻 by a reporter's byline", "标题所示文种；有记者署名的为新闻",
                      ", ".join((*GENRES, NEWS))),
    FACTS_FROM: Variable("where each of these facts was found", "以上各项分别从何处读出"),
}  # fmt: skip
#: Columns of the table beside that holds slogans.
SLOGANS = {
    "id": Variable("id of the paragraph", "段落编号"),
    "start": Variable("first character of the slogan in the paragraph, from 0", "提法首字在段中的位置，从 0 起"),
    "end": Variable("end of the slogan in the paragraph, exclusive", "提法末字之后的位置"),
    "surface": Variable("the slogan as it stands", "提法原文"),
    "normal": Variable("its normal form: one for all wordings", "规范形式，各种写法归一"),
    "type": Variable("type of slogan", "提法类型", ", ".join(SLOGAN_TYPES)),
    "themes": Variable("ids of its themes: the lexicon's, else the paragraph's", "主题编号：词库所载，否则取段落的"),
    "known": Variable("whether the lexicon has it", "词库中是否已有", "true, false", _YES_NO),
    "probability": Variable("how likely a careful coder would mark it", "细心的编码员会标出它的概率", "0 to 1"),
    "members": Variable("what a numeric one stands for, where spelt out", "数字提法所指各项（文中写明时）"),
}
#: Columns of the table beside that holds evidence.
EVIDENCE = {
    "id": Variable("id of the paragraph", "段落编号"),
    "theme": Variable("id of the theme that it bears on", "所涉主题的编号"),
    "start": Variable("first character of the span in the paragraph; missing for all small ones together",
                      "依据首字在段中的位置；零碎依据合计时缺失"),
    "end": Variable("end of the span, exclusive", "依据末字之后的位置"),
    "text": Variable("the span", "依据原文"),
    "contribution": Variable("what it adds to the score; below 0 speaks against", "对得分的贡献，小于 0 为反对"),
    "share": Variable("its share of all contributions, with sign", "占全部贡献的份额，带正负号", "-1 to 1"),
    "probability": Variable("calibrated probability of the theme", "该主题的校准概率", "0 to 1"),
    "sentence_start": Variable("first character of the sentence that weighs most for the theme", "最重一句首字的位置"),
    "sentence_end": Variable("end of that sentence, exclusive", "最重一句末字之后的位置"),
}  # fmt: skip

#: Columns of the places that ``zhengyu find`` writes.
PLACES = {
    "document": Variable("document, by the table's column of documents", "文档，取表中的文档列"),
    "paragraph": Variable("number of the paragraph in its document, or of the row in its table", "段落（或行）的序号"),
    "date": Variable("date, by the table's column of dates", "日期，取表中的日期列"),
    "place": Variable("place, by the table's column of places", "地区，取表中的地区列"),
    "left": Variable("what stands before", "上文"),
    "match": Variable("what was found, as it stands", "找到的原文"),
    "right": Variable("what stands behind", "下文"),
    "start": Variable("first character of it in the paragraph, from 0", "首字在段中的位置，从 0 起"),
    "end": Variable("end of it in the paragraph, exclusive", "末字之后的位置"),
    "themes": Variable("ids of the paragraph's themes", "段落的主题编号"),
    "id": Variable("id of the paragraph", "段落编号"),
}
#: Columns of the counts, and of the families, that ``zhengyu slogans`` writes, beside those of the groups.
SLOGAN_COUNTS = {
    "normal": SLOGANS["normal"],
    "type": SLOGANS["type"],
    "known": SLOGANS["known"],
    "count": Variable("occurrences", "出现次数"),
    "paragraphs": Variable("paragraphs with it", "含它的段落数"),
    "documents": Variable("documents with it", "含它的文档数"),
    "of_paragraphs": Variable("paragraphs of the group", "该组段落总数"),
    "per_10k": Variable("paragraphs with it of 10,000", "每万段中含它的段落数"),
    "low": Variable("lower end of the 95 % interval of per_10k (Wilson)", "每万段数 95% 区间下限（Wilson）"),
    "high": Variable("upper end of that interval", "该区间上限"),
    "heat": Variable("heat by its share of paragraphs", "热度，按段落占比", "沸, 烫, 热, 暖, 温, 冷"),
    "first": Variable("first appearance, in the group", "首次出现（组内）"),
    "last": Variable("last appearance", "末次出现"),
    "new": Variable("not in the lexicon, and in no other group before", "词库没有、此前各组也没有", "true, false",
                    _YES_NO),
    "surfaces": Variable("wordings counted as one, joined by |", "合为一条的各种写法，用 | 相连"),
    "places": Variable("how many places have it; 0 without a column of them", "有它的地区数；没有地区列则为 0"),
    "burst": Variable("how suddenly it came", "出现的突发程度"),
    "probability": Variable("mean probability of those found", "各处概率的平均", "0 to 1"),
    "where": Variable("ids of the first paragraphs, joined by |", "最先几段的编号，用 | 相连"),
    "accept": Variable("to be filled in: whether it is taken into a lexicon", "待填写：是否收入词库"),
    "family": Variable("slogan that the wordings are built around", "各种写法所围绕的提法"),
    "wording": Variable("the wording, with the verb or intensifier that leads it", "写法，连同前面的动词或强调词"),
}  # fmt: skip

_CHANGES = "new, gone, risen, fallen, alike; of sentences same, changed, added, dropped"


def _both(name: str, meaning: str, meaning_zh: str) -> dict[str, Variable]:
    """Return a column that stands once for each side of a comparison."""
    return {
        f"{name}_a": Variable(f"{meaning}, first side", f"{meaning_zh}（前者）"),
        f"{name}_b": Variable(f"{meaning}, second side", f"{meaning_zh}（后者）"),
    }


#: Columns of the table that ``zhengyu compare`` writes.
COMPARISON = {
    "what": Variable("what the row is about", "本行所述", "theme, word, slogan, sentence"),
    "item": Variable("id of the theme, the word, the slogan's normal form, or the sentence with [-what went-] and "
                     "{+what came+}", "主题编号、词语、提法的规范形式，或句子（[-删去-]，{+新增+}）"),
    "change": Variable("how the second side differs from the first", "后者相对前者的变化", _CHANGES),
    **_both("count", "paragraphs with the theme, occurrences of the word or slogan",
            "含该主题的段落数，或该词、该提法的出现次数"),
    **_both("share", "share of the paragraphs of prose with the theme", "含该主题的段落占正文段落的比例"),
    "difference": Variable("share on the second side minus that on the first", "两侧占比之差（后者减前者）", "-1 to 1"),
    "low": Variable("lower end of the 95 % interval of the difference", "占比之差的 95% 区间下限"),
    "high": Variable("upper end of that interval", "该区间上限"),
    "p": Variable("p-value of the difference", "占比之差的 p 值", "0 to 1"),
    "q": Variable("false discovery rate at which it still counts (Benjamini and Hochberg)",
                  "错误发现率（BH 法）", "0 to 1"),
    "differs": Variable("whether it differs, the false discovery rate held to 5 %",
                        "错误发现率控制在 5% 时差异是否成立",
                        "true, false", _YES_NO),
    "log_odds": Variable("log-odds ratio with a Dirichlet prior; above 0 leans to the second side",
                         "对数优势比（狄利克雷先验），大于 0 偏向后者"),
    "z": Variable("its z-score, to order by", "其 z 值，供排序"),
    "type": SLOGANS["type"],
    "known": SLOGANS["known"],
    **_both("paragraphs", "paragraphs with the slogan", "含该提法的段落数"),
    **_both("documents", "documents with the slogan", "含该提法的文档数"),
    **_both("per_10k", "paragraphs with it of 10,000", "每万段中含它的段落数"),
    **_both("number", "number of the sentence", "句子序号"),
    "a": Variable("the sentence, first side", "句子（前者）"),
    "b": Variable("the sentence, second side", "句子（后者）"),
    "alike": Variable("how alike the two are, by characters", "两句的相似度（按字）", "0 to 1"),
    "moved": Variable("whether it stands elsewhere in order", "位置是否移动", "true, false", _YES_NO),
}  # fmt: skip


def _ended(name: str, meaning: str, meaning_zh: str) -> dict[str, Variable]:
    """Return a measure and the ends of its interval."""
    return {
        name: Variable(meaning, meaning_zh, "0 to 1"),
        f"{name}_low": Variable(f"lower end of the 95 % interval of {name}", f"{meaning_zh}的 95% 区间下限", "0 to 1"),
        f"{name}_high": Variable("upper end of that interval", "该区间上限", "0 to 1"),
    }


#: Columns of the table that ``zhengyu measure`` writes.
MEASURES = {
    "by": Variable("column that makes the group; all for all paragraphs", "分组所依的列；all 为全部段落"),
    "value": Variable("its value", "该列的取值"),
    "theme": Variable("id of the theme; none for no theme, all for all themes together",
                      "主题编号；none 为无主题，all 为全部主题合计"),
    "paragraphs": Variable("tagged paragraphs of prose in the group", "该组已标注的正文段落数"),
    "documents": Variable("their documents", "所属文档数"),
    "checked": Variable("how many of these paragraphs were checked", "其中经核查的段落数"),
    "errors": Variable("checked paragraphs on whose theme tag and check differ", "标注与核查不一致的段落数"),
    "raw": Variable("share of paragraphs with the tag, as tagged", "占比（按标注，未校正）", "0 to 1"),
    "share": Variable("share corrected for wrong tags (difference estimator)",
                      "占比（差值估计量校正误分类）", "0 to 1"),
    "low": Variable("lower end of the 95 % interval of share", "校正占比的 95% 区间下限", "0 to 1"),
    "high": Variable("upper end of that interval", "该区间上限", "0 to 1"),
    "rogan_gladen": Variable("share corrected by sensitivity and specificity, as a cross-check",
                             "按灵敏度与特异度校正的占比，供对照", "0 to 1"),
    "more_checks": Variable("further checks that would halve the interval; missing where none would",
                            "使区间减半还需核查的段数；缺失为再多也不能减半"),
    "given": Variable("checked paragraphs that the tags gave the theme", "核查段落中标注给出该主题的段数"),
    "checked_with": Variable("checked paragraphs that the coder gave the theme", "核查段落中编码员给出该主题的段数"),
    **_ended("precision", "share of tags that are right", "查准率"),
    **_ended("recall", "share of the coder's themes that the tags have", "查全率"),
    **_ended("f1", "harmonic mean of precision and recall", "F1"),
    "note": Variable("what the sample cannot tell of this row", "样本就本行不能说明什么"),
}  # fmt: skip
#: Columns of the samples that ``zhengyu corpus sample`` writes; those of spreadsheets too.
SAMPLE = {
    "id": SLOGANS["id"],
    "doc": Variable("document of the paragraph", "段落所在文档"),
    "genre": Variable("genre of the document", "文种"),
    "level": Variable("level of government", "层级"),
    "era": Variable("period of the document", "时期"),
    INCLUSION: Variable("probability with which the paragraph was drawn; leave it as it is",
                        "该段被抽中的概率；请勿改动", "0 to 1"),
    STRATUM: Variable("number of the stratum that it was drawn from; leave it as it is", "抽样所在层的序号；请勿改动"),
    TAGS: Variable("ids of the themes that the model gave", "模型所标主题的编号"),
    THEMES: Variable("to be filled in: ids or names of the themes, joined by ;, none for no theme",
                     "待填写：主题编号或名称，用 ; 相连；无主题填 none"),
    "text": Variable("the paragraph", "段落正文"),
    "theme": Variable("to be filled in: a theme from the list, none for no theme; one a column",
                      "待填写：从列表选主题，无主题选 none，每列一个"),
    "maybe": Variable("to be filled in, if any: a theme on which coders could differ",
                      "可填写：编码员可能有分歧的主题"),
    "slogans": Variable("to be filled in, if slogans are marked: one a line", "可填写：提法，每行一条"),
    "coder": Variable("to be filled in, if there are several: who checked", "可填写：核查人"),
}  # fmt: skip
#: Columns of the first appearances that ``zhengyu slogans --spread`` writes.
SPREAD = {
    "normal": SLOGANS["normal"],
    "type": SLOGANS["type"],
    "known": SLOGANS["known"],
    "level": Variable("level, by the table's column of levels", "层级，取表中的层级列"),
    "place": Variable("place, by the table's column of places", "地区，取表中的地区列"),
    "first": Variable("that place's own first appearance, as far as the date is known",
                      "该地首次出现的日期（知多少写多少）"),
    "id": Variable("id of the paragraph where it appeared first", "首次出现的段落编号"),
    "centre_first": Variable("first appearance at the centre", "中央首次出现的日期"),
    "centre_from": Variable("where that date is from; empty where it is not known", "中央日期的来源，不详为空",
                            "texts, lexicon"),
    "lag_days": Variable("days behind the centre, where both dates tell the day; below 0 is before it",
                         "落后中央的天数（两处都有日期时），负数为早于中央"),
    "lag_years": Variable("difference of the two years", "两处年份之差"),
}  # fmt: skip


def tag_variables(columns: TagColumns) -> dict[str, Variable]:
    """Return what the columns that tagging adds mean, by their names."""
    called = "Chinese names" if columns.names == "zh" else "ids"
    called_zh = "中文名" if columns.names == "zh" else "编号"
    themes = ", ".join(columns.labels)
    found = {
        THEMES: Variable(f"themes given ({called}), most probable first; empty for none",
                         f"所标主题（{called_zh}），概率大的在前；空为无主题", themes),
        UNCERTAIN: Variable(f"themes ({called}) near their threshold, given or not",
                            f"临界主题（{called_zh}），标了没标都可能有", themes),
        MODEL: Variable("version of the model that tagged the row", "标注所用模型的版本"),
    }  # fmt: skip
    named = [(label, theme.en or theme.zh or theme.id, theme.zh or theme.id)
             for label, theme in zip(columns.labels, columns.themes, strict=True)]  # fmt: skip
    for label, en, zh in (*named, (NONE, "no theme", "无主题")):
        found[f"{PROBABILITY}{label}"] = Variable(f"probability: {en}", f"概率：{zh}", "0 to 1")
        found[f"{WIDE}{label}"] = Variable(f"given: {en}", f"标有：{zh}", "0, 1; missing: not tagged", _YES_NO)
    found[ROOT_THEMES] = Variable(f"broader themes ({called}) that the given ones are rolled up to",
                                  f"所标主题归入的上级主题（{called_zh}）", ", ".join(columns.roots))  # fmt: skip
    for label in columns.roots:
        found[f"{WIDE_ROOT}{label}"] = Variable(
            f"given, or one below it: {label}", f"标有该主题或其下级：{label}", "0, 1; missing: not tagged", _YES_NO
        )
    return {name: found[name.removeprefix(columns.prefix)] for name in columns.types()}


def row_variables(names: Iterable[str], columns: TagColumns) -> dict[str, Variable]:
    """Return what the columns of a tagged table mean, by their names; those of documents where it holds documents."""
    held = list(names)
    of_documents = {"file", "paragraph", "start", "end", "kind", "rule", "text"} <= set(held)
    documents = DOCUMENT if of_documents else {"id": ROW_ID}
    known = {**documents, **tag_variables(columns)}
    return {name: known.get(name, OWN) for name in held}


def kind_of(kind: pa.DataType) -> str:
    """Return the type of a column in words."""
    import pyarrow as pa

    if pa.types.is_list(kind):
        return "list"
    if pa.types.is_dictionary(kind):
        return kind_of(kind.value_type)
    words = (
        (pa.types.is_boolean, "true/false"), (pa.types.is_integer, "whole number"), (pa.types.is_floating, "number"),
        (pa.types.is_decimal, "number"), (pa.types.is_date, "date"), (pa.types.is_timestamp, "time"),
        (pa.types.is_string, "text"), (pa.types.is_large_string, "text"),
    )  # fmt: skip
    return next((word for is_kind, word in words if is_kind(kind)), str(kind))
