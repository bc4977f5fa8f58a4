"""The words of a report in Chinese and English."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "title": ("主题报告", "Report on themes"),
    "share": ("各主题占比（含95%区间）", "Themes by share, with 95 % intervals"),
    "axis": ("占已标注段落的比例", "share of tagged paragraphs"),
    "time": ("主题随时间的变化", "Themes over time"),
    "place": ("主题与地区", "Themes by place"),
    "document": ("主题与文件", "Themes by document"),
    "together": ("同段出现的主题（相对随机的倍数）", "Themes that go together (times chance)"),
    "compare_place": ("每个地区与其他地区比较", "Each place against its peers"),
    "compare_document": ("每份文件与其他文件比较", "Each document against its peers"),
    "typical": ("各主题最典型的段落", "The most typical paragraph of each theme"),
    "slogans": ("提法与口号", "Slogans"),
    "quality": ("数据质量", "Data quality"),
    "focus": ("本方", "focus"),
    "peers": ("其他", "peers"),
    "table": ("数据表", "Table"),
    "finding_share": (
        "最多的是{top}（{high:.1%}），最少的是{last}（{low:.1%}），共{n}个主题。",
        "{n} themes, from {top} ({high:.1%}) down to {last} ({low:.1%}).",
    ),
    "finding_one": ("只有一个主题：{top}（{high:.1%}）。", "One theme only: {top} ({high:.1%})."),
    "finding_time": (
        "{start}至{end}年：上升最多的是{up}（{up_from:.1%}→{up_to:.1%}），下降最多的是{down}（{down_from:.1%}→{down_to:.1%}）。",
        "{start} to {end}: {up} rose most ({up_from:.1%} to {up_to:.1%}), {down} fell most ({down_from:.1%} to "
        "{down_to:.1%}).",
    ),
    "finding_place": (
        "占比最高的是{where}的{top}（{high:.1%}）；仅显示段落最多的{n}个。",
        "Highest: {top} in {where} ({high:.1%}). The {n} with the most paragraphs are shown.",
    ),
    "finding_together": (
        "最常同段出现的是{theme}与{other}（{count}段，为随机的{lift:.1f}倍）。",
        "Most often together: {theme} and {other} ({count} paragraphs, {lift:.1f} times chance).",
    ),
    "finding_compare": (
        "{focus}与其他相比，差别最大的是{theme}：{own:.1%}对{peers:.1%}。",
        "{focus} differs most from its peers in {theme}: {own:.1%} against {peers:.1%}.",
    ),
    "finding_slogans": (
        "共{all}种提法，最热的是“{top}”（{heat}，每万段{per:.0f}段）；其中{n}种为词库未收的新提法。",
        "{all} slogans, the hottest {top} ({heat}, {per:.0f} in 10,000 paragraphs); {n} of them are new coinages.",
    ),
    "no_slogans": ("没有找到提法。", "No slogans were found."),
    "heat_scale": (
        "热度按含有该提法的段落所占份额分为六级：{levels}，其余为冷。",
        "Heat tells the share of paragraphs that use a slogan, in six degrees: {levels}, the rest 冷 (cold).",
    ),
    "coinages": ("新提法", "New coinages"),
    "finding_coinages": (
        "词库未收的提法{n}种，按首次出现排列。",
        "{n} slogans that the lexicon does not have, by first appearance.",
    ),
    "aside": ("未能读取的行", "Rows set aside"),
    "unlike": ("与训练语料不同（生词多）", "unlike the model's corpus (many unknown words)"),
    "finding_unlike": (
        "{n}段与训练语料不同，标注出错会比模型的指标所示更多：请用 zhengyu corpus sample 抽样核对。",
        "{n} paragraphs are unlike the model's corpus, so more tags may be wrong than the model's figures say: check a "
        "sample, drawn by zhengyu corpus sample.",
    ),
    "finding_aside": ("共{n}行未能读取，原因如下。", "{n} rows could not be read, for these reasons."),
    "languages": ("文字", "Written in"),
    "finding_languages": (
        "按字数算：汉字占八成以上为中文，不足两成为其他文字，其间为混用；简体、繁体看各自独有的字。模型由简体文本训练，繁体按简体判断；其他文字的标注没有意义。",
        "By counting characters: from 80 % Han characters on a paragraph is Chinese, under 20 % it is another "
        "language, between them mixed; Simplified and Traditional are told by characters that only one of them has. "
        "Traditional is scored as Simplified; tags of other languages mean nothing.",
    ),
    "language_simplified": ("简体中文", "Simplified Chinese"),
    "language_traditional": ("繁体中文", "Traditional Chinese"),
    "language_alike": ("中文，简繁同形", "Chinese, the same in both scripts"),
    "language_mixed": ("混用", "mixed"),
    "language_other": ("其他文字，或没有文字", "another language, or none"),
    "encodings": ("各文件的编码", "Encodings of the files"),
    "few": (
        "段落很少（{n}段），占比只作参考。",
        "There are few paragraphs ({n}); take the shares as hints only.",
    ),
    "choose": ("选择", "Choose "),
    "paragraphs": ("段落", "paragraphs"),
    "tagged": ("已标注", "tagged"),
    "furniture": ("页面杂项", "page furniture"),
    "empty": ("空文本", "empty"),
    "none": ("无主题", "no theme"),
    "uncertain": ("有存疑主题", "with an uncertain theme"),
    "replaced": ("含替换符（编码有误）", "with replacement characters (wrong encoding)"),
    "intervals": (
        "区间为威尔逊95%置信区间，把段落视为独立；同一文件的段落彼此相近，真实的不确定性更大。",
        "Intervals are Wilson 95 % intervals that take paragraphs as independent; paragraphs of one document are "
        "alike, so the true uncertainty is larger.",
    ),
}


#: Heads of the tables.
COLUMNS: dict[str, tuple[str, str]] = {
    "theme": ("主题", "theme"),
    "other": ("另一主题", "other theme"),
    "count": ("段落数", "paragraphs"),
    "total": ("段落总数", "of"),
    "share": ("占比", "share"),
    "low": ("区间下限", "interval from"),
    "high": ("区间上限", "interval to"),
    "time": ("年份", "year"),
    "place": ("地区", "place"),
    "document": ("文件", "document"),
    "focus": ("对象", "compared"),
    "side": ("一方", "side"),
    "lift": ("相对随机的倍数", "times chance"),
    "probability": ("概率", "probability"),
    "text": ("段落", "paragraph"),
    "normal": ("提法", "slogan"),
    "type": ("类型", "type"),
    "known": ("词库已收", "in the lexicon"),
    "heat": ("热度", "heat"),
    "uses": ("次数", "uses"),
    "documents": ("文件数", "documents"),
    "per_10k": ("每万段", "per 10,000 paragraphs"),
    "first": ("首次出现", "first seen"),
    "what": ("项目", "what"),
    "n": ("数量", "number"),
    "file": ("文件", "file"),
    "reason": ("原因", "reason"),
    "encoding": ("编码", "encoding"),
    "language": ("文字", "written in"),
}


def head(column: str, language: str) -> str:
    """Return the head of a column in ``zh`` or ``en``."""
    return COLUMNS[column][0 if language == "zh" else 1]


def say(key: str, language: str, **gaps: object) -> str:
    """Return the words for a key in ``zh`` or ``en``."""
    return WORDS[key][0 if language == "zh" else 1].format(**gaps)
