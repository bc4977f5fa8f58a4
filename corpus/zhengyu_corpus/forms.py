"""How a document writes its facts: days, numbers of documents, names of offices, and the form that a title names.

The forms are those of official documents (GB/T 9704-2012).
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from zhengyu_corpus.normalise import simplified
from zhengyu_corpus.patterns import pattern

#: Forms of official documents, and others that titles end with; longer ones before those that they end with.
GENRES = (
    "政府工作报告", "工作报告", "报告", "决议", "决定", "命令", "公报", "公告", "通告", "指导意见", "实施意见", "意见",
    "通知", "通报", "公示", "请示", "批复", "答复", "议案", "复函", "函", "纪要", "规划", "计划", "实施方案", "方案",
    "工作要点", "要点", "实施办法", "管理办法", "办法", "规定", "条例", "实施细则", "细则", "预案", "总结", "讲话",
    "致辞", "倡议书", "公开信", "解读", "白皮书",
)  # fmt: skip
#: What the longer forms are counted as.
_PLAIN_GENRES = {
    "指导意见": "意见", "实施意见": "意见", "实施方案": "方案", "工作要点": "要点", "实施办法": "办法",
    "管理办法": "办法", "实施细则": "细则", "复函": "函", "工作报告": "报告",
}  # fmt: skip
HAN = "\u3400-\u9fff"
#: Blanks that part names, and those that only set a name out.
_WIDE_GAP = pattern(rf"(?<=[{HAN}])[\s\u3000]{{2,9}}(?=[{HAN}]{{3}})")
_GAP = pattern(rf"(?<=[{HAN}）〕》])\s{{1,8}}(?=[{HAN}（〔《])")
_DIGITS = dict(zip("〇○零一二三四五六七八九", (0, 0, 0, *range(1, 10)), strict=True))
DAY = pattern(r"((?:19|20)\d\d)\s{0,2}[-/.年]\s{0,2}(\d{1,2})\s{0,2}[-/.月]\s{0,2}(\d{1,2})(?!\d)\s{0,2}日?")
_HAN_DAY = pattern(
    r"([〇○零一二三四五六七八九]{4})\s{0,2}年\s{0,2}([一二三四五六七八九十]{1,2})\s{0,2}月\s{0,2}([一二三四五六七八九十]{1,3})\s{0,2}日"
)
_ROC_DAY = pattern(r"(?:中华民国|中華民國|民国|民國)\s?(\d{2,3})\s?年\s?(\d{1,2})\s?月\s?(\d{1,2})\s?日")
HOUR = pattern(r"[\sT]{0,3}\d{1,2}:\d{2}(?::\d{2})?")
_YEAR = r"[〔\[［（(【﹝<]\s?(?:19|20)\d\d\s?[〕\]］）)】﹞>]"
NUMBER = pattern(
    rf"[{HAN}A-Za-z]{{1,18}}\s{{0,2}}{_YEAR}\s{{0,2}}第?\s{{0,2}}\d{{1,5}}\s{{0,2}}[号號]"
    rf"|[{HAN}]{{0,20}}(?:令|公告)\s{{0,2}}(?:(?:19|20)\d\d年\s?)?第\s{{0,2}}\d{{1,5}}\s{{0,2}}号"
    rf"|(?:19|20)\d\d\s?年\s?第\s{{0,2}}\d{{1,5}}\s{{0,2}}号|第\s{{0,2}}\d{{1,5}}\s{{0,2}}号"
    rf"|[{HAN}]{{1,12}}字第\d{{4,12}}[号號]"
)
#: The brackets that stand for those of a document number.
_ANY_BRACKETS = pattern(r"[\[［(（【﹝<]((?:19|20)\d\d)[\]］)）】﹞>]")
ORGAN_ENDS = (
    "人民政府|政府|办公厅|办公室|委员会|常委会|管委会|党委|党组|工委|纪委|监委|省委|市委|县委|区委|州委|旗委|团委|农办|委|局|厅|部|署|院|厂|"
    "中央|国务院|军委|部门|总局|总队|支队|大队|调查队|法院|检察院|银行|总行|总工会|联合会|妇联|残联|文联|协会|学会|商会|大会|政协|集团|公司|指挥部|"
    "领导小组|中心|大学|学院|学校|中学|小学|医院|站|所|社|处"
)
#: The name of an office, or of several, up to its end.
ORGAN = pattern(rf"[{HAN}（）()、·\s\u3000]{{2,60}}(?:{ORGAN_ENDS})(?:[（(][{HAN}]{{2,12}}[)）])?")
#: A unit or zone that speaks for its government: 石城县关于……的通知.
_UNIT = pattern(rf"(?:19|20)?\d{{0,2}}年?[{HAN}]{{2,14}}(?:省|市|县|区|州|旗|乡|镇|街道)")
_HEADLINE = pattern(
    r"出台|审议|通过|召开|举行|举办|学习|贯彻|传达|听取|发布|宣讲|解读|部署|[^的]作(?:重要讲话|政府|工作)|发表|[，,！!？?；;：:]"
)
_BRACKETS = pattern(r"\s?[（(〔【][^（()）〕】]{1,30}[)）〕】]$")
#: Another document's title.
_QUOTED = pattern(r"《[^《》]{1,80}》")
_GENRE = pattern(rf"(?:{'|'.join(GENRES)})$")


def narrow(text: str) -> str:
    """Return a text with letters, digits and marks of half their width (NFKC)."""
    return unicodedata.normalize("NFKC", text) if not text.isascii() else text


def plain_name(text: str) -> str:
    """Return a name without the blanks that set it out; several names stay parted."""
    return _GAP.sub("", _WIDE_GAP.sub("、", text.strip()))


def plain_offices(text: str) -> str:
    """Return the names of one or several offices, which one blank may part."""
    parts = text.split()
    if len(parts) > 1 and all(len(part) >= 4 and ORGAN.fullmatch(part) for part in parts):
        return "、".join(parts)
    return plain_name(text)


def plain_number(text: str) -> str:
    """Return the number of a document without blanks, its year in the brackets 〔〕."""
    bare = re.sub(r"\s", "", text)
    return _ANY_BRACKETS.sub(r"〔\1〕", bare)


def read_day(text: str) -> tuple[str, str] | None:
    """Return the day that a text begins with, and what stands after it and the hour; None for none or no real day."""
    plain = narrow(text.strip())
    if found := DAY.match(plain):
        year, month, day = (int(part) for part in found.groups())
    elif found := _HAN_DAY.match(plain):
        year, month, day = int("".join(str(_DIGITS[c]) for c in found[1])), _count(found[2]), _count(found[3])
    elif found := _ROC_DAY.match(plain):
        year, month, day = int(found[1]) + 1911, int(found[2]), int(found[3])
    else:
        return None
    hour = HOUR.match(plain, found.end())
    try:
        return date(year, month, day).isoformat(), plain[hour.end() if hour else found.end() :]
    except ValueError:
        return None


def _count(text: str) -> int:
    """Return a number up to thirty-one, such as 二十三."""
    tens, mark, ones = text.partition("十")
    if not mark:
        return _DIGITS[text] if len(text) == 1 else 0
    return 10 * (_DIGITS[tens] if tens else 1) + (_DIGITS[ones] if len(ones) == 1 else 0)


def genre_of(title: str) -> str:
    """Return the form that a title names, ``""`` for a headline or another title."""
    bare = _QUOTED.sub("", _BRACKETS.sub("", _BRACKETS.sub("", simplified(title))))
    found = _GENRE.search(bare)
    if found is None:
        return ""
    before, about, _ = bare.partition("关于")
    if about:
        before = re.sub(r"(?:印发|转发|批转|公布)$", "", before)
        if before and not (
            ORGAN.fullmatch(before)
            or _UNIT.fullmatch(before)
            or before.endswith(("部门", "主任", "书记", "县长", "市长", "省长"))
        ):
            return ""
    elif _HEADLINE.search(bare) or (
        found[0] in ("讲话", "致辞") and not bare.endswith(("的讲话", "上讲话", "的致辞", "上致辞"))
    ):
        return ""
    return _PLAIN_GENRES.get(found[0], found[0])
