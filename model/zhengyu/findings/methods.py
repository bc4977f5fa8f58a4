"""A paragraph for the methods section of a paper, Chinese or English, from what was measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from zhengyu.io.columns import NONE
from zhengyu.version import __version__

#: Themes named with their corrected shares, largest first.
_NAMED = 5
REFERENCES = (
    "Angelopoulos, A. N., Bates, S., Fannjiang, C., Jordan, M. I., & Zrnic, T. (2023). Prediction-powered inference. "
    "Science, 382(6671), 669–674.",
    "Egami, N., Hinck, M., Stewart, B. M., & Wei, H. (2023). Using imperfect surrogates for downstream inference: "
    "Design-based supervised learning for social science applications of large language models. Advances in Neural "
    "Information Processing Systems, 36.",
    "Korn, E. L., & Graubard, B. I. (1998). Confidence intervals for proportions with small expected number of "
    "positive counts estimated from survey data. Survey Methodology, 24(2), 193–201.",
    "Rogan, W. J., & Gladen, B. (1978). Estimating prevalence from the results of a screening test. American Journal "
    "of Epidemiology, 107(1), 71–76.",
    "Zou, G. Y., & Donner, A. (2008). Construction of confidence limits about effect measures: A general approach. "
    "Statistics in Medicine, 27(10), 1693–1702.",
)


@dataclass(frozen=True, slots=True)
class Design:
    """How the sample was drawn, and what from.

    Attributes
    ----------
    paragraphs, documents : int
        The population.
    document_column : str
        What documents were told by, ``""`` where each paragraph counts as one.
    drawn, checked, checked_documents : int
        The sample, and how much of it was checked.
    strata : int
        How many there are.
    known : bool
        Whether inclusion probabilities were given; a simple random sample is taken for granted where not.
    these_documents : bool
        Whether shares are those of these very documents.
    models : tuple of str
        Versions that tagged.
    where : str
        The condition on paragraphs, ``""`` for none.
    """

    paragraphs: int
    documents: int
    document_column: str
    drawn: int
    checked: int
    checked_documents: int
    strata: int
    known: bool
    these_documents: bool
    models: tuple[str, ...]
    where: str = ""


def paragraph(design: Design, quality: pd.DataFrame, shares: pd.DataFrame, language: Literal["zh", "en"] = "en") -> str:
    """Return the paragraph, and its references below; tables as in `zhengyu.findings.measure.Measures`."""
    overall = {str(key): value for key, value in quality.set_index("theme").loc["all"].to_dict().items()}
    own = shares[(shares["by"] == "all") & shares["share"].notna() & (shares["theme"] != NONE)]
    own = own.sort_values("share", ascending=False, kind="stable")
    made = _chinese(design, overall, own) if language == "zh" else _english(design, overall, own)
    return made + ("\n\n参考文献\n\n" if language == "zh" else "\n\nReferences\n\n") + "\n".join(REFERENCES) + "\n"


def _ends(row: dict[str, Any], name: str) -> str:
    if pd.isna(row[name]):
        return "–"
    return f"{row[name]:.2f} [{row[f'{name}_low']:.2f}, {row[f'{name}_high']:.2f}]"


def _shares(rows: pd.DataFrame, joint: str, template: str) -> str:
    return joint.join(
        template.format(theme=row["theme"], raw=f"{row['raw']:.1%}", share=f"{row['share']:.1%}",
                        low=f"{row['low']:.1%}", high=f"{row['high']:.1%}")
        for row in rows.head(_NAMED).to_dict("records")
    )  # fmt: skip


def _english(design: Design, quality: dict[str, Any], shares: pd.DataFrame) -> str:
    models = f" (model {', '.join(design.models)})" if design.models else ""
    documents = f" in {design.documents:,} documents" if design.document_column else ""
    chosen = f", those with {design.where}" if design.where else ""
    kind = "a simple random sample" if design.strata < 2 else f"a stratified random sample ({design.strata} strata)"
    if not design.known:
        kind = "a sample that is taken for simple random"
    part = "" if design.checked == design.drawn else f", of which {design.checked:,} were checked"
    error = (
        "the error of checking alone, for these documents" if design.these_documents
        else "the error of checking and of drawing documents, with documents as clusters" if design.document_column
        else "the error of checking and of drawing paragraphs"
    )  # fmt: skip
    drawing = (
        "" if design.these_documents
        else " and Wilson intervals of the uncorrected shares over the effective number of paragraphs"
    )  # fmt: skip
    said = (
        f"Themes were assigned with zhengyu {__version__}{models} to {design.paragraphs:,} paragraphs{documents}"
        f"{chosen}, headings and page furniture left out. We coded {kind} of {design.drawn:,} "
        f"paragraphs{part} by hand. "
        f"Over all themes the tags had a precision of {_ends(quality, 'precision')}, a recall of "
        f"{_ends(quality, 'recall')} and an F1 of {_ends(quality, 'f1')} (95 % intervals in brackets). Shares of "
        "themes are corrected for misclassification by the difference estimator: the share among all tags plus the "
        "weighted mean difference of hand codes and tags in the sample (prediction-powered inference, Angelopoulos et "
        "al. 2023; design-based supervised learning, Egami et al. 2023). Their 95 % intervals hold "
        f"{error}; they combine (by the method of variance estimates recovery, Zou and Donner 2008) Jeffreys intervals "
        "of the rates of missed and of wrong tags over the effective number of checks (Korn and Graubard 1998)"
        f"{drawing}, with quantiles of Student's t. Correction by sensitivity and specificity (Rogan and Gladen 1978) "
        "served as cross-check."
    )
    if len(shares):
        listed = _shares(shares, "; ", "{theme} {share} [{low}, {high}] (uncorrected {raw})")
        said += f" The largest corrected shares: {listed}."
    rare = _few(shares)
    few = ", ".join(rare) if len(rare) <= _NAMED else f"{len(rare)} of {len(shares)} themes"
    return said + (f" Fewer than five errors were found on {few}; their intervals are conservative." if rare else "")


def _chinese(design: Design, quality: dict[str, Any], shares: pd.DataFrame) -> str:
    models = f"（模型 {'、'.join(design.models)}）" if design.models else ""
    documents = f" {design.documents:,} 篇文档的 " if design.document_column else " "
    chosen = f"（限于 {design.where}）" if design.where else ""
    kind = "简单随机抽样" if design.strata < 2 else f"分层随机抽样（{design.strata} 层）"
    if not design.known:
        kind = "视作简单随机的抽样"
    part = "" if design.checked == design.drawn else f"，其中 {design.checked:,} 段完成核查"
    error = (
        "仅含核查样本的误差，针对这批文档本身" if design.these_documents
        else "含核查样本与文档抽取两种误差，并以文档为聚类单位" if design.document_column
        else "含核查样本与段落抽取两种误差"
    )  # fmt: skip
    drawing = "" if design.these_documents else "与未校正占比在有效段落数上的 Wilson 区间"
    said = (
        f"本文用 zhengyu {__version__}{models}对{documents}{design.paragraphs:,} 个段落{chosen}标注政策主题，"
        f"标题与页面附属文字不计。以{kind}抽取 {design.drawn:,} 段{part}，由人工编码。"
        f"全部主题合计，标注的查准率为 {_ends(quality, 'precision')}，查全率为 {_ends(quality, 'recall')}，"
        f"F1 为 {_ends(quality, 'f1')}（方括号内为 95% 区间）。各主题占比以差值估计量校正误分类：全部标注的占比，"
        "加上样本中人工编码与标注之差的加权均值（预测驱动推断，Angelopoulos 等 2023；"
        "基于设计的监督学习，Egami 等 2023）。"
        f"其 95% 区间{error}；由漏标率与误标率在有效核查段数上的 Jeffreys 区间（Korn 和 Graubard 1998）{drawing}"
        "按方差估计还原法（MOVER，Zou 和 Donner 2008）合成，分位数取自 t 分布。"
        "另以灵敏度与特异度校正（Rogan 和 Gladen 1978）作为对照。"
    )
    if len(shares):
        listed = _shares(shares, "；", "{theme} {share} [{low}, {high}]（未校正 {raw}）")
        said += f"校正后占比最高的主题为：{listed}。"
    rare = _few(shares)
    few = f"{'、'.join(rare)} 上" if len(rare) <= _NAMED else f"{len(shares)} 个主题中的 {len(rare)} 个，"
    return said + (f"{few}发现的错误不足五处，其区间偏宽。" if rare else "")


def _few(shares: pd.DataFrame) -> list[str]:
    return [str(theme) for theme in shares[shares["note"].str.contains("few errors")]["theme"]]
