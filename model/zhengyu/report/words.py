"""The words of a report in Chinese and English."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from zhengyu.io.columns import NONE
from zhengyu.slogans.counting import HEAT
from zhengyu_corpus.lexicon import SLOGAN_TYPES

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
    "rows": ("（{n:,}行，可滚动）", " ({n:,} rows, scrolls)"),
    "rows_cut": ("（{all:,}行中的前{n:,}行，可滚动）", " (first {n:,} of {all:,} rows, scrolls)"),
    "part": ("{count:,}/{total:,}段，{share:.1%}", "{count:,} of {total:,}, {share:.1%}"),
    "finding_share": (
        "共{n}个主题。最多的是{top}（{high}），最少的是{last}（{low}）。",
        "{n} themes, from {top} ({high}) down to {last} ({low}).",
    ),
    "finding_one": ("只有一个主题：{top}（{high}）。", "One theme only: {top} ({high})."),
    "finding_time": (
        "各图刻度相同，按占比排列；阴影为95%区间，刻度外的部分不画。各年段落数：{sizes}。",
        "All charts have one scale and stand by share; bands are 95 % intervals, cut at the top of the scale. "
        "Paragraphs a year: {sizes}.",
    ),
    "sized": ("{name}（{n}）", "{name} ({n})"),
    "time_corrected": ("灰色菱形为经核查样本校正的占比。", "Grey diamonds are shares corrected by the checked sample."),
    "change": ("{start}年至{end}年的变化", "Change from {start} to {end}"),
    "finding_change": (
        "区间按同时比较的{n}个主题放宽（Bonferroni），不含零才算变化。",
        "Intervals are widened for the {n} themes compared at once (Bonferroni); only those without zero count as "
        "changes.",
    ),
    "rose": ("上升：{listed}。", "Risen: {listed}."),
    "fell": ("下降：{listed}。", "Fallen: {listed}."),
    "no_change": ("没有一个主题的变化超出偶然。", "No theme has changed beyond chance."),
    "moved": ("{theme}（{before} → {after}）", "{theme} ({before} → {after})"),
    "differs": ("有差别", "differs"),
    "chance": ("可能出于偶然", "may be chance"),
    "finding_place": (
        "显示段落最多的{n}个，括号内为段落数；空白为零。占比最高的一格是{where}的{top}（{high}，95%区间{low_end:.1%}–{high_end:.1%}）。",
        "The {n} with the most paragraphs are shown, with their numbers; blank is zero. The highest cell is {top} in "
        "{where} ({high}; 95 % interval {low_end:.1%} to {high_end:.1%}).",
    ),
    "finding_together": (
        "空白为随机水平。同段出现多于随机的（95%区间不含1）：{listed}。少见的组合已向1收缩。",
        "Blank is chance. Together more than by chance (95 % interval without 1): {listed}. Rare pairs are shrunk "
        "towards 1.",
    ),
    "pair": (
        "{theme}与{other}（{count}段，随机应有{expected:.1f}段，{lift:.1f}倍）",
        "{theme} and {other} ({count} paragraphs where chance gives {expected:.1f}, {lift:.1f} times)",
    ),
    "no_pair": (
        "空白为随机水平。没有一对主题同段出现超出随机；少见的组合已向1收缩。",
        "Blank is chance. No two themes stand together beyond chance; rare pairs are shrunk towards 1.",
    ),
    "finding_compare": (
        "{focus}（{n}段）与其他相比：{listed}。",
        "{focus} ({n} paragraphs) against its peers: {listed}.",
    ),
    "against": ("{theme}（{own} 对 {peers}）", "{theme} ({own} against {peers})"),
    "no_difference": ("没有一个主题的差别超出偶然", "no theme differs beyond chance"),
    "compare_how": (
        "只列出区间按{n}个主题放宽后仍不含零的差别。",
        "Only differences are named whose interval, widened for {n} themes, is without zero.",
    ),
    "finding_slogans": (
        "共{all}种提法，最热的是“{top}”（{heat}，{total:,}段中{count:,}段，每万段{per:.0f}段）；其中{n}种为词库未收的新提法。",
        "{all} slogans, the hottest {top} ({heat}, {count:,} of {total:,} paragraphs, {per:.0f} in 10,000); {n} of "
        "them are new coinages.",
    ),
    "no_slogans": ("没有找到提法。", "No slogans were found."),
    "heat_scale": (
        "热度按含有该提法的段落所占份额分为六级：{levels}，其余为{last}。",
        "Heat tells the share of paragraphs that use a slogan, in six degrees: {levels}, the rest {last}.",
    ),
    "coinages": ("新提法", "New coinages"),
    "finding_coinages": (
        "词库未收的提法{n}种，按首次出现排列。",
        "{n} slogans that the lexicon does not have, by first appearance.",
    ),
    "aside": ("未能读取的行", "rows set aside"),
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
    "side_a": ("甲", "A"),
    "side_b": ("乙", "B"),
    "centre_from": ("{date}（{by}）", "{date} ({by})"),
    "from_texts": ("文本", "texts"),
    "from_lexicon": ("词库", "lexicon"),
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
    "paragraphs": ("全部段落", "all paragraphs"),
    "tagged": ("已标注", "tagged"),
    "lead": (
        "共{n:,}个已标注段落，占比都以它们为分母；标题（{heading:,}段）、页面杂项（{furniture:,}段）不计。",
        "Shares are of {n:,} tagged paragraphs; headings ({heading:,}) and page furniture ({furniture:,}) are left "
        "out.",
    ),
    "headings": ("标题", "headings"),
    "furniture": ("页面杂项", "page furniture"),
    "empty": ("空文本", "empty"),
    "none": ("无主题", "no theme"),
    "uncertain": ("有存疑主题", "with an uncertain theme"),
    "replaced": ("含替换符（编码有误）", "with replacement characters (wrong encoding)"),
    "intervals": (
        "区间为威尔逊95%置信区间，把段落视为独立：没有可用的文件一列，同一文件的段落彼此相近，真实的不确定性更大。",
        "Intervals are Wilson 95 % intervals that take paragraphs as independent: no column tells documents apart, and "
        "paragraphs of one document are alike, so the true uncertainty is larger.",
    ),
    "clustered": (
        "区间为95%威尔逊区间；同一文件的段落彼此相近，已据此放宽（有效样本量）。",
        "Intervals are Wilson 95 % intervals, widened because paragraphs of one document are alike (effective sample "
        "size).",
    ),
    "rolled_up": ("主题已归入上级主题。", "Themes are rolled up to the ones above them."),
    "corrected_shares": ("校正后的主题占比（含95%区间）", "Corrected shares of themes, with 95 % intervals"),
    "corrected": ("校正后", "corrected"),
    "raw": ("未校正", "as tagged"),
    "finding_corrected": (
        "{documents}抽查{checked:,}段，据以校正标注的误差。全部主题合计：查准率{precision}，查全率{recall}。",
        "{checked:,} paragraphs{documents} were checked; shares are corrected by the errors found. All themes "
        "together: precision {precision}, recall {recall}.",
    ),
    "of_documents": ("从{n:,}份文件", " of {n:,} documents"),
    "corrected_weak": (
        "抽查发现的误差不足{n}处的主题，区间偏宽：{listed}。",
        "Themes with fewer than {n} errors found have wide intervals: {listed}.",
    ),
    "of_all": ("{all}项中的{n}项", "{n} of {all}"),
    "corrected_few": (
        "抽查太少（不足{n}段或{documents}份文件），区间未必可靠。",
        "The checks are few (under {n}, or of under {documents} documents); intervals may not hold.",
    ),
    "corrected_unknown": (
        "样本没有入样概率，按简单随机抽样处理；若不是，校正可能有误。",
        "The sample has no inclusion probabilities and is taken for simple random; if it is none, the correction may "
        "be wrong.",
    ),
    "corrected_groups": ("各地区校正后的占比", "Corrected shares by place"),
    "finding_corrected_groups": (
        "空白为零，括号内为抽查段落数；抽查少的地区，区间见数据表。",
        "Blank is zero, with the numbers of paragraphs checked; where they are few see the intervals in the table.",
    ),
    "foot": ("这些数字的来历", "Where these figures come from"),
    "foot_model": ("模型", "Model"),
    "foot_program": ("程序", "Program"),
    "foot_date": ("日期", "Date"),
    "foot_command": ("命令", "Command"),
    "foot_rests": ("依据", "What they rest on"),
    "unknown_model": ("表中没有记载", "the tables do not tell"),
    "several_models": (
        "这些段落由{n}个不同版本标注，占比之间不宜直接比较。",
        "The paragraphs were tagged by {n} versions; their shares are not to be compared.",
    ),
    "rests_model": (
        "主题由模型判断，不是人工编码。按文件交叉验证（{paragraphs:,}段已编码段落，{documents:,}份文件），各主题合计的F1为{micro}，无主题的F1为{none}；"
        "用在别的文本上可能更低。",
        "Themes are a model's, not a coder's. In cross-validation by document ({paragraphs:,} coded paragraphs of "
        "{documents:,} documents) it reached a micro-F1 of {micro}, and {none} on paragraphs without a theme; on other "
        "texts expect less.",
    ),
    "rests_unknown": (
        "标注这些段落的模型不在手边，它的误差这里无从说明；可用--model指明。",
        "The model that tagged these paragraphs is not at hand, so nothing is told of its error here; name it with "
        "--model.",
    ),
    "rests_unlike": (
        "其中与训练语料不同的有{n:,}段，它们的标注更容易出错。",
        "Paragraphs unlike the model's corpus, on which more tags may be wrong: {n:,}.",
    ),
    "rests_raw": (
        "占比未经校正。要知道在这批文本上的误差：zhengyu corpus sample抽样，核查后以--checked给出。",
        "Shares are not corrected. To know the error on these texts draw a sample with zhengyu corpus sample, check "
        "it, and give it as --checked.",
    ),
    "rests_checked": (
        "校正后的占比来自对这批文本的抽查；其余图表未经校正。",
        "Corrected shares rest on a checked sample of these texts; the other charts are not corrected.",
    ),
    "menu": ("保存为图", "Save the chart"),
    "save_svg": ("存为SVG", "Save as SVG"),
    "save_png": ("存为PNG", "Save as PNG"),
}


#: What the degrees of `zhengyu.slogans.counting.HEAT` are called in English.
_HEAT_EN = ("boiling", "scalding", "hot", "warm", "lukewarm", "cold")
#: Signs between things listed.
_BETWEEN = {"zh": "、", "en": ", "}

#: Heads of the tables.
COLUMNS: dict[str, tuple[str, str]] = {
    "theme": ("主题", "theme"),
    "other": ("另一主题", "other theme"),
    "count": ("段落数", "paragraphs"),
    "total": ("段落总数", "of"),
    "of": ("段落数/总数", "paragraphs / of"),
    "interval": ("95%区间", "95 % interval"),
    "count_before": ("原段落数", "paragraphs before"),
    "total_before": ("原总数", "of before"),
    "share_before": ("原占比", "share before"),
    "of_before": ("原段落数/总数", "before: paragraphs / of"),
    "expected": ("随机应有", "by chance"),
    "raw": ("未校正", "as tagged"),
    "corrected": ("校正后", "corrected"),
    "corrected_low": ("校正区间下限", "corrected from"),
    "corrected_high": ("校正区间上限", "corrected to"),
    "checked": ("抽查段落", "checked"),
    "errors": ("发现误差", "errors found"),
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
    "places_of": ("地区", "places / of"),
    "first_place": ("首见地区", "first place"),
    "centre_first": ("中央首次出现", "centre first"),
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
    said = WORDS[key][0 if language == "zh" else 1].format(**gaps)
    return said.replace(" %", "\N{NO-BREAK SPACE}%")


@dataclass(frozen=True, slots=True)
class Words:
    """The language of the page and the names of the themes in it."""

    language: str
    names: dict[str, str]

    def __call__(self, key: str, **gaps: object) -> str:
        """Return the words for a key."""
        return say(key, self.language, **gaps)

    def named(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return a table with names in place of theme ids."""
        columns = [column for column in ("theme", "other") if column in table]
        names = {NONE: self("none"), **self.names}
        return table.assign(**{c: [names.get(str(theme), str(theme)) for theme in table[c]] for c in columns})

    def part(self, row: Mapping[Any, Any], end: str = "") -> str:
        """Return a share with its numbers, from the columns ``count``, ``total`` and ``share`` with an ending."""
        return self("part", count=row[f"count{end}"], total=row[f"total{end}"], share=row[f"share{end}"])

    def listed(self, things: Iterable[str]) -> str:
        """Return things as a list within a sentence."""
        return _BETWEEN[self.language].join(things)

    def sentences(self, *said: str) -> str:
        """Return sentences, those that say something, as one text."""
        return ("" if self.language == "zh" else " ").join(filter(None, said))

    def type(self, name: str) -> str:
        """Return what a slogan type is called."""
        known = SLOGAN_TYPES.get(name)
        return name if known is None else known.zh if self.language == "zh" else known.en

    @property
    def heat(self) -> dict[str, str]:
        """What the degrees of heat are called, hottest first."""
        return dict(zip(HEAT, HEAT if self.language == "zh" else _HEAT_EN, strict=True))
