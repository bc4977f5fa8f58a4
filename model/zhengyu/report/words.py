"""The words of a report in Chinese and English."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "title": ("主题报告", "Report on themes"),
    "share": ("各主题占比（含95%区间）", "Themes by share, with 95 % intervals"),
    "axis": ("占已标注段落的比例", "share of tagged paragraphs"),
    "time": ("主题随时间的变化", "Themes over time"),
    "place": ("主题与地区", "Themes by place"),
    "together": ("同段出现的主题（相对随机的倍数）", "Themes that go together (times chance)"),
    "compare": ("与其他各方比较：{focus}", "{focus} against its peers"),
    "typical": ("各主题最典型的段落", "The most typical paragraph of each theme"),
    "slogans": ("提法与口号", "Slogans"),
    "new_coinages": ("共{all}种提法，其中{n}种为词库未收的新提法。", "{all} slogans, {n} of them new coinages."),
    "quality": ("数据质量", "Data quality"),
    "focus": ("本方", "focus"),
    "peers": ("其他", "peers"),
    "table": ("数据表", "Table"),
    "top": ("最多的是{theme}（{share:.1%}）。", "Most frequent: {theme} ({share:.1%})."),
    "shown": ("仅显示段落最多的{n}个。", "The {n} with the most paragraphs are shown."),
    "paragraphs": ("段落", "paragraphs"),
    "tagged": ("已标注", "tagged"),
    "furniture": ("页面杂项", "page furniture"),
    "empty": ("空文本", "empty"),
    "none": ("无主题", "no theme"),
    "uncertain": ("有存疑主题", "with an uncertain theme"),
    "no_chinese": ("不含汉字", "without a Chinese character"),
    "replaced": ("含替换符（编码有误）", "with replacement characters (wrong encoding)"),
    "intervals": (
        "区间为威尔逊95%置信区间，把段落视为独立；同一文件的段落彼此相近，真实的不确定性更大。",
        "Intervals are Wilson 95 % intervals that take paragraphs as independent; paragraphs of one document are "
        "alike, so the true uncertainty is larger.",
    ),
}


def say(key: str, language: str, **gaps: object) -> str:
    """Return the words for a key in ``zh`` or ``en``."""
    return WORDS[key][0 if language == "zh" else 1].format(**gaps)
