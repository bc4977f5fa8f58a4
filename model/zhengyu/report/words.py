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
    "find_slogan": ("提法“{what}”", "slogan {what}"),
    "find_term": ("词“{what}”", "term {what}"),
    "find_regex": ("正则表达式 {what}", "pattern {what}"),
    "find_theme": ("主题 {what}", "theme {what}"),
    "comma": ("、", ", "),
    "nothing": ("无", "none"),
    "compare_title": ("{first} → {second}", "{first} → {second}"),
    "side_size": (
        "{name}：{documents}份文件，正文{paragraphs}段。",
        "{name}: {paragraphs} paragraphs of prose, documents: {documents}.",
    ),
    "note_one": (
        "{name}只有一份文件，区间把段落视为独立，只说明这份文件本身。",
        "{name}: one document, so its intervals take paragraphs as independent and hold for this document alone, not "
        "for others like it.",
    ),
    "note_few": (
        "{name}只有{n}份文件，由此得到的区间是粗略的。",
        "{name}: {n} documents only; intervals from so few are rough.",
    ),
    "note_long": (
        "没有逐句对照：一份文件有{n}句，超过{most}句。",
        "Sentences are not aligned: {n} in a document are more than {most}.",
    ),
    "theme_changes": ("主题占比之差：{second}减{first}", "Themes whose share differs: {second} minus {first}"),
    "difference_axis": ("占比之差", "difference of the shares"),
    "finding_differs": (
        "{all}个主题中有{n}个不同（错误发现率控制在{rate:.0%}）：{most}。",
        "{n} of {all} themes differ (false discovery rate held to {rate:.0%}): {most}.",
    ),
    "finding_theme_change": ("{theme}（{a:.1%}→{b:.1%}）", "{theme} ({a:.1%} to {b:.1%})"),
    "word_changes": ("区分两方的词", "Words that set them apart"),
    "finding_words": (
        "{second}偏多：{more}。{first}偏多：{less}。按带信息先验的对数几率比（Monroe 等，2008）的 z 值排列。",
        "{second}: {more}. {first}: {less}. By the z-score of the log-odds ratio with an informative prior (Monroe et "
        "al. 2008).",
    ),
    "slogan_changes": ("提法的变化", "Slogans: new, gone, risen, fallen"),
    "finding_slogan_changes": (
        "新出现{new}种，上升{risen}种，下降{fallen}种，消失{gone}种。",
        "New: {new}. Risen: {risen}. Fallen: {fallen}. Gone: {gone}.",
    ),
    "sentence_changes": ("逐句对照", "Sentence by sentence"),
    "finding_sentences": (
        "相同{same}句，改动{changed}句，删去{dropped}句，新增{added}句；其中{moved}句换了位置。",
        "The same: {same}. Changed: {changed}. Dropped: {dropped}. Added: {added}. Moved: {moved}.",
    ),
    "change_new": ("新出现", "new"),
    "change_risen": ("上升", "risen"),
    "change_fallen": ("下降", "fallen"),
    "change_gone": ("消失", "gone"),
    "change_alike": ("相近", "alike"),
    "change_same": ("相同", "same"),
    "change_changed": ("改动", "changed"),
    "change_dropped": ("删去", "dropped"),
    "change_added": ("新增", "added"),
    "and_moved": ("，移位", ", moved"),
    "spread_title": ("提法的传播", "How slogans spread"),
    "spread_size": ("{slogans}种提法，{places}个地区。", "{slogans} slogans, {places} places."),
    "uptake": ("已采用的地区所占份额", "Share of places that have taken a slogan up"),
    "uptake_axis": ("已采用的地区", "places that have taken it up"),
    "of_places": (
        "分母是到当年为止有文本的地区。",
        "The share is of the places that have texts by that year.",
    ),
    "finding_spread": (
        "传播最广的是“{normal}”：{of}个地区中有{places}个采用，首见于{where}（{first}）。",
        "The widest is {normal}: {places} of {of} places, first in {where} ({first}).",
    ),
    "spread_slogans": ("各提法的首次出现与滞后", "Slogans: first appearance and lag"),
    "spread_first": ("各地区的首次出现", "First appearance in each place"),
    "lag_note": (
        "滞后从中央首次出现算起；文本中没有中央文件时，取词库所记的首用年份；负数表示早于中央。",
        "Lag is behind the centre's first appearance; where the texts have none of the centre, behind the lexicon's "
        "year of first use; below 0 the place was first.",
    ),
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
    "where": ("出处", "where"),
    "left": ("上文", "before"),
    "match": ("所查", "found"),
    "right": ("下文", "behind"),
    "count_a": ("甲：次数", "A: uses"),
    "count_b": ("乙：次数", "B: uses"),
    "share_a": ("甲：占比", "A: share"),
    "share_b": ("乙：占比", "B: share"),
    "paragraphs_a": ("甲：段落数", "A: paragraphs"),
    "paragraphs_b": ("乙：段落数", "B: paragraphs"),
    "documents_a": ("甲：文件数", "A: documents"),
    "documents_b": ("乙：文件数", "B: documents"),
    "per_10k_a": ("甲：每万段", "A: per 10,000"),
    "per_10k_b": ("乙：每万段", "B: per 10,000"),
    "difference": ("差（百分点）", "difference (points)"),
    "p": ("p", "p"),
    "q": ("q", "q"),
    "differs": ("不同", "differs"),
    "word": ("词", "word"),
    "log_odds": ("对数几率比", "log-odds ratio"),
    "z": ("z", "z"),
    "change": ("变化", "change"),
    "numbers": ("句", "sentence"),
    "wording": ("文字", "wording"),
    "year": ("年份", "year"),
    "places": ("地区数", "places"),
    "of_places": ("地区总数", "of places"),
    "first_place": ("首见地区", "first place"),
    "centre_first": ("中央首次出现", "centre first"),
    "centre_from": ("依据", "told by"),
    "lag_days": ("滞后（日）", "lag in days"),
    "lag_years": ("滞后（年）", "lag in years"),
    "level": ("层级", "level"),
    "id": ("段落号", "paragraph id"),
    "language": ("文字", "written in"),
}


def head(column: str, language: str) -> str:
    """Return the head of a column in ``zh`` or ``en``."""
    return COLUMNS[column][0 if language == "zh" else 1]


def say(key: str, language: str, **gaps: object) -> str:
    """Return the words for a key in ``zh`` or ``en``."""
    return WORDS[key][0 if language == "zh" else 1].format(**gaps)
