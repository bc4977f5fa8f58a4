"""Facts of a document, read from its header, its signature and what a page says of itself; never from its text.

A field that these do not give stays empty. Each rule takes a bounded look at one paragraph, so that time is in
proportion to the length of the document. The forms are those of official documents (GB/T 9704-2012), of the tables that
government sites put above them, and of the meta tags of their pages (ArticleTitle, PubDate, ContentSource, SiteName).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import TYPE_CHECKING

from zhengyu_corpus.forms import (
    DAY,
    GENRES,
    HAN,
    HOUR,
    NUMBER,
    ORGAN,
    ORGAN_ENDS,
    genre_of,
    narrow,
    plain_name,
    plain_number,
    plain_offices,
    read_day,
)
from zhengyu_corpus.normalise import normalise, simplified
from zhengyu_corpus.patterns import pattern
from zhengyu_corpus.splitting import Paragraph

if TYPE_CHECKING:
    from zhengyu_corpus.divisions import Place


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact and where it was found.

    Attributes
    ----------
    value : str
        What was found; dates as ``YYYY-MM-DD``.
    rule : str
        How: ``field 发文机关``, ``signature``, ``meta PubDate``; the name of another fact that it was read from.
    start, end : int
        Character offsets in the document of what it was read from; -1 for what stands in no text.
    """

    value: str
    rule: str
    start: int = -1
    end: int = -1

    def told(self) -> str:
        """Return where it was found, in words."""
        return self.rule if self.start < 0 else f"{self.rule} {self.start}-{self.end}"


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of a document, None for one that was not found.

    Attributes
    ----------
    title, issuer : Fact or None
        As written, without blanks between Han characters; several issuers are joined by 、.
    number : Fact or None
        The document number, such as 国办发〔2024〕3号.
    date : Fact or None
        The day of issue: of the document, of a decree, or of a speech.
    published : Fact or None
        The day on which the page was published.
    source : Fact or None
        Where a page says that it comes from.
    province, city, county : Fact or None
        Full names at the time; see `zhengyu_corpus.divisions`.
    division : Fact or None
        Code today of the smallest of these.
    genre : Fact or None
        The form that the title names, one of `GENRES`, or 新闻 by a reporter's byline.
    """

    title: Fact | None = None
    issuer: Fact | None = None
    number: Fact | None = None
    date: Fact | None = None
    published: Fact | None = None
    source: Fact | None = None
    province: Fact | None = None
    city: Fact | None = None
    county: Fact | None = None
    division: Fact | None = None
    genre: Fact | None = None

    def told(self) -> str:
        """Return where each was found, as one line: ``title: heading 0-24; date: signature 310-319``."""
        found = ((name, getattr(self, name)) for name in FIELDS)
        return "; ".join(f"{name}: {fact.told()}" for name, fact in found if fact is not None)


#: Names of the facts, in the order of their columns.
FIELDS = tuple(one.name for one in fields(Facts))
NEWS = "新闻"

#: The header ends after so many paragraphs, wherever the text begins; a field stands in a line of so many characters.
_HEADER, _FIELD_CHARS = 300, 400
#: Paragraphs at the end in which a page may have its table of fields, and lines above a date that may sign it.
_TAIL, _SIGNERS = 30, 6
_HAN_CHAR = pattern(rf"[{HAN}]")


def _spaced(words: str) -> str:
    """Return a group that matches any of the words, longest first, their characters apart or not: 索 引 号."""
    return "(?:" + "|".join(r"[\s\u3000]{0,4}".join(w) for w in sorted(words.split(), key=len, reverse=True)) + ")"


_LABELS = {
    "title": "标题 文章标题 信息标题 名称 信息名称 文件名称",
    "issuer": "发文机关 发文单位 发文机构 制发机关 制发单位 公布机关",
    "publisher": "发布机构 发布单位 发布机关",
    "number": "发文字号 发文文号 发布文号 文号 文件编号 文件字号 发文号 發文字號",
    "date": "成文日期 成文时间 发文日期 发文时间 生成日期 制发日期 签发日期 發文日期",
    "published": "发布日期 发布时间 公开日期 公开时间 发表时间 发稿时间 日期 时间",
    "source": "来源 信息来源 稿件来源 文章来源 新闻来源 内容来源 稿源",
    "": "索引号 信息索引号 主题分类 组配分类 体裁分类 信息分类 分类 主题词 关键词 公开方式 公开形式 公开范围 公开属性 "
    "公开类别 有效性 时效性 时效 效力状态 作者 编辑 责任编辑 责编 审核 记者 浏览次数 浏览量 浏览 点击数 点击量 点击 "
    "阅读次数 阅读量 阅读 访问量 字体 字号 字体大小 更新时间 更新日期 废止日期 失效日期 内容概述 签发人 打印 分享 查看 "
    "视力保护 视力保护色 保护视力色 大小",
}
_LABEL_OF = {word: field for field, words in _LABELS.items() for word in words.split()}
_LABEL = pattern(
    rf"(?:^|(?<=[\s\u3000|｜【\[（(；;]))({_spaced(' '.join(_LABEL_OF))})[\s\u3000]{{0,4}}(?:[】\]][:：]?|[:：]|\t)"
)
#: What ends a value: another cell, a wide gap, or furniture without a colon.
_VALUE_END = pattern(r"[\t|｜\u3000]| {2,}|\s(?:浏览|点击|阅读|字体|字号|作者|编辑|打印|分享|责任|查看|【|\[)")
_NO_SOURCE = frozenset({"网络", "互联网", "网络整理", "未知", "不详", "无", "原创", "转载", "其他", "网友"})
#: What a page calls itself as its source.
_OWN = frozenset({"本站", "本网", "本站原创", "本网站", "本站编辑"})

#: The day behind what a page took from a newspaper.
_LAST_DAY = pattern(r"[\s（(]{1,4}(?:19|20)\d\d[-/.年]\d{1,2}[-/.月]\d{1,2}日?[)）]?\s{0,4}$")

_SIGNED_BY = pattern(r"[\s\u3000]{1,30}签发人?[:：].{0,30}")
_DECREE = pattern(rf"[{HAN}\s、]{{2,60}}(?:令|公告)")

_SEAL = pattern(r"[（(](?:印章|盖章|公章|代章|章)[)）]")
_ORGAN_OF_TITLE = pattern(
    rf"((?:[{HAN}（）()、·\s\u3000]{{2,60}}?(?:{ORGAN_ENDS})|[{HAN}\s]{{2,20}}等(?:\d{{1,2}}|[{HAN}]{{1,3}})(?:个)?部门))"
    rf"(?:办公厅|办公室)?(?:[（(][{HAN}]{{2,12}}[)）])?\s?(?=关于|印发|转发|批转|公布|对(?![口外接]))"
)
#: The head of a paper: an office and 文件, or an office and the kind of its paper.
_LETTERHEAD = pattern(
    rf"([{HAN}\s\u3000（）]{{4,60}}?)(?:[\s\u3000]{{0,8}}文[\s\u3000]{{0,8}}件(?:稿)?|[\s\u3000]{{1,8}}(?:书函|書函|函|公告)|[\s\u3000]{{0,8}}令)"
)
#: Offices whose paper has no place.
_CENTRAL = pattern(
    r"国务院|中共中央|中央|国家|全国|最高人民|中华人民共和国|[^省市县区州旗]{2,8}部(?:办公厅|等|$|、|\s)|财政部|中国"
)
#: Offices that do not say of which place they are.
_RELATIVE = pattern(r"(?:中共)?(?:本?[省县区州旗]|本?市(?!场)|我[省市县区])")

_SUBHEAD = pattern(
    r"(?:[一二三四五六七八九十百]{1,4}|\d{1,3})[、.．]|[（(][一二三四五六七八九十\d]{1,3}[)）]|第[一二三四五六七八九十百\d]{1,4}[章节条编部]|目\s{0,6}录|附\s{0,4}件|——|■|●"
)
_SENTENCE = pattern(r"[。！!；;…]")
_SALUTATION = pattern(rf"[{HAN}（）()、，,\s]{{2,120}}[:：]")
_SITE = pattern(r"[\s\u3000]{0,4}[-_|—–>＞»][\s\u3000]{0,4}")
_BYLINE = pattern(
    r".{0,16}?(?:讯|电)[\s\u3000]{0,4}[（(].{0,30}?(?:记者|通讯员)|本[报台网站](?:讯|记者)|[（(].{0,12}记者.{2,20}[）)]"
)
_LAST_BYLINE = pattern(r"[（(].{0,12}(?:记者|通讯员).{2,30}[）)]")
#: Below these the day stands on which they were given, and below what says that it is an excerpt.
_HELD = frozenset({"讲话", "致辞", "报告", "政府工作报告", "公报"})
_EXCERPT = pattern(r"[（(][^（()）]{0,20}(?:节选|摘要|摘录|选登)[)）]$")
#: Where and when a report was given: in the congress or the session of a place.
_SESSION = pattern(
    rf"[（(—\-\s\u3000]{{0,6}}(?:(?:19|20)\d\d年\d{{1,2}}月\d{{1,2}}日)?在([{HAN}]{{2,30}}第[{HAN}\d]{{1,6}}[届次][{HAN}\d]{{2,40}}上)[）)]?"
)
#: Who signs a decree: an office, and a name.
_SIGNING_PERSON = pattern(
    rf"(?:省长|市长|州长|县长|区长|主席|部长|主任|局长|总理)[\s\u3000]{{1,8}}[{HAN}·\s\u3000]{{2,12}}"
)
_UNDER_TITLE = pattern(r"[（(—\-\s\u3000]{0,6}")


def find_facts(paragraphs: Sequence[Paragraph], meta: Iterable[tuple[str, str]] = ()) -> Facts:
    r"""Read the facts of a document.

    Parameters
    ----------
    paragraphs : sequence of Paragraph
        The document, as `zhengyu_corpus.splitting.split_document` gives it.
    meta : iterable of (str, str)
        What a page says of itself: names and contents of its meta tags; its title under the name ``title``.

    Returns
    -------
    Facts
        What was found; nothing is guessed.

    Examples
    --------
    >>> from zhengyu_corpus.splitting import split_document
    >>> text = "石城县人民政府办公室关于做好防汛工作的通知\n石府办发〔2024〕3号\n各乡镇人民政府：\n现通知如下。"
    >>> found = find_facts(split_document(text + "\n石城县人民政府办公室\n2024年4月2日"))
    >>> found.number.value, found.date.value, found.county.value, found.genre.value
    ('石府办发〔2024〕3号', '2024-04-02', '石城县', '通知')
    """
    page = {name.lower(): content.strip() for name, content in meta if content.strip()}
    body = _body(paragraphs)
    header, rest = paragraphs[:body], paragraphs[body:]
    said = _fields(header, [one for one in rest[-_TAIL:] if one.kind == "furniture"])
    title = _title(header, said, page)
    genre = _genre(title, paragraphs, body)
    official = genre is not None and genre.value != NEWS
    # A text without a title of its own may hold whole documents as examples: only its end can sign it.
    signers, signed = _signature(rest if title is not None else rest[-2 * _SIGNERS :])
    if signed is None and title is not None:  # bulletins are signed below their title
        signers, signed = _signature([one for one in header if one.start >= title.end > 0])
    number = _number(header, said)
    if signed is None and number is not None and number.value.startswith("第"):  # decrees, above what they put in force
        signers, signed = _signature(rest[:_SIGNERS])
    issuer = _issuer(title, header, said, signers, official)
    day = said.get("date") or signed or (_day_under(title, header) if title is not None else None)
    published = _meta_day(page) or said.get("published") or _date_line(header)
    source = _meta(page, "ContentSource", "source") or said.get("source")
    if source is not None and source.value in _NO_SOURCE:
        source = None
    below = [one for one in header if title is not None and one.start >= title.end > 0][:3]
    place = _place(
        issuer, signers, title if official else None, below, source, page, _year(day, published)
    )  # fmt: skip
    return Facts(
        title, issuer, number, day, published, source, genre=genre, **_place_facts(place)
    )  # fmt: skip


def _body(paragraphs: Sequence[Paragraph]) -> int:
    """Return the place of the first paragraph of the text itself: a salutation, or prose with a sentence in it."""
    for place, one in enumerate(paragraphs[:_HEADER]):
        if one.kind == "prose" and (
            len(one.text) > 200 or _SENTENCE.search(one.text) or (_SALUTATION.fullmatch(one.text))
        ):
            return place
    return min(len(paragraphs), _HEADER)


def _fields(header: Sequence[Paragraph], tail: Sequence[Paragraph]) -> dict[str, Fact]:
    """Return what labelled fields say, the first of each."""
    found: dict[str, Fact] = {}
    for part in (header, tail):
        for place, one in enumerate(part):
            if len(one.text) > _FIELD_CHARS:
                continue
            labels = [*_LABEL.finditer(one.text)]
            for label, after in pairwise([*labels, None]):
                word = re.sub(r"\s", "", label[1])  # type: ignore[index]
                field = _LABEL_OF.get(word, "")
                value, start, end = _value(one, label.end(), after.start() if after else len(one.text))  # type: ignore[union-attr]
                following = part[place + 1] if after is None and place + 1 < len(part) else None
                if (
                    not value
                    and following is not None
                    and not _LABEL.match(following.text)
                    and len(following.text) < 60
                ):
                    value, start, end = _value(following, 0, len(following.text))
                read = _read(field, value)
                if field and read and field not in found:
                    found[field] = Fact(read, f"field {word}", start, end)
    return found


def _value(one: Paragraph, start: int, end: int) -> tuple[str, int, int]:
    """Return the value between two places of a paragraph, and its offsets in the document."""
    raw = one.text[start:end]
    lead = len(raw) - len(raw.lstrip(" \t\u3000:："))
    cut = _VALUE_END.search(raw, lead)
    value = raw[lead : cut.start() if cut else len(raw)].rstrip("【[（(；;，, ")
    return value, one.start + start + lead, one.start + start + lead + len(value)


def _read(field: str, value: str) -> str:
    """Return a field's value in its form, ``""`` for what is none."""
    if field in ("date", "published"):
        found = read_day(value)
        return found[0] if found and not found[1].strip(" \t") else ""
    if field == "number":
        found_number = NUMBER.match(narrow(value))
        return plain_number(found_number[0]) if found_number else ""
    if field in ("issuer", "publisher"):
        found_organ = ORGAN.fullmatch(value)
        return plain_offices(value) if found_organ else ""
    if field == "title":
        return plain_name(value) if len(_HAN_CHAR.findall(value)) >= 4 else ""
    plain = _LAST_DAY.sub("", value).strip(" \t\u3000【】[]")
    return plain if 2 <= len(plain) <= 40 and not plain.isdigit() and not _SENTENCE.search(plain) else ""


def _title(header: Sequence[Paragraph], said: Mapping[str, Fact], page: Mapping[str, str]) -> Fact | None:
    if found := _meta(page, "ArticleTitle"):
        return Fact(plain_name(found.value), found.rule)
    if "title" in said:
        return said["title"]
    able = [place for place, one in enumerate(header) if _may_be_title(one)]
    whole = [place for place in able if not header[place].text.endswith("的")]
    shaped: list[tuple[int, Fact]] = []
    for place in able:
        joined = _joined(header, place, set(able))
        if joined is not None and (not shaped or joined[1].start >= shaped[-1][1].end):
            shaped.append(joined)
    own = _site_title(page)
    for _, fact in shaped:
        if len(shaped) == 1 or (own and fact.value in own):
            return fact
    if shaped and shaped[-1][0] >= len(header) - 6:
        return shaped[-1][1]
    for place in whole:
        if own and plain_name(header[place].text) == own:
            return _as_title(header[place], "title of the page")
    dated = next((n for n, one in enumerate(header) if _is_dated(one)), None)
    for place in range(dated - 1, max(-1, dated - 4), -1) if dated is not None else ():
        if place in whole or header[place].rule == "repeated title":
            return _as_title(header[place], "line above the date")
    first = next((n for n, one in enumerate(header) if one.kind != "furniture"), -1)
    if first in whole and header[first].kind == "heading" and len(header) - first <= 3 and len(header[first].text) >= 6:
        return _as_title(header[first], "first line")
    return None


def _as_title(one: Paragraph, rule: str) -> Fact:
    return Fact(plain_name(one.text), rule, one.start, one.end)


def _may_be_title(one: Paragraph) -> bool:
    text = one.text
    return (
        one.kind != "furniture"
        and 4 <= len(text) <= 120
        and len(_HAN_CHAR.findall(text)) >= 4
        and "\t" not in text
        and not text.endswith((":", "：", "，", "、", "。"))
        and not _SENTENCE.search(text)
        and not _SUBHEAD.match(text)
        and not _LABEL.search(text)
        and not NUMBER.fullmatch(narrow(text))
        and not text.endswith(("号", "號", "令"))
        and read_day(text) is None
    )


def _joined(header: Sequence[Paragraph], place: int, able: set[int]) -> tuple[int, Fact] | None:
    """Return the title that begins with a line and where it ends; a long one, or one below its office, has several."""
    text, last = plain_name(header[place].text), place
    while not _is_formed(text):
        last += 1
        if last == len(header) or last - place > 3:
            return None
        after = plain_name(header[last].text)
        if after not in GENRES and (last not in able or not _is_open(text, after)):
            return None
        text += after
    return last, Fact(text, "heading", header[place].start, header[last].end)


def _is_open(text: str, after: str) -> bool:
    """Tell whether a title goes on in the next line."""
    if "关于" in text or "關於" in text:
        return True
    opens = after.startswith(("关于", "關於", "印发", "转发", "批转", "对")) or ORGAN.fullmatch(after) is not None
    return opens and ORGAN.fullmatch(text) is not None


def _is_formed(text: str) -> bool:
    """Tell a whole title of a document by its form."""
    return bool(genre_of(text)) and len(text) >= 8


def _site_title(page: Mapping[str, str]) -> str:
    """Return the title of the page without the name of its site."""
    return plain_name(_SITE.split(page.get("title", ""), maxsplit=1)[0])


def _is_dated(one: Paragraph) -> bool:
    """Tell a line below a title that says when and where it was published."""
    if one.kind == "furniture" and one.rule in ("date line", "source line"):
        return True
    found = [_LABEL_OF.get(re.sub(r"\s", "", label[1]), "") for label in _LABEL.finditer(one.text[:_FIELD_CHARS])]
    return any(field in ("published", "source") for field in found)


def _genre(title: Fact | None, paragraphs: Sequence[Paragraph], body: int) -> Fact | None:
    if title is not None and (form := genre_of(title.value)):
        return Fact(form, "title", title.start, title.end)
    for one in paragraphs[max(0, body - 3) : body + 2]:
        if found := _BYLINE.match(one.text):
            return Fact(NEWS, "byline", one.start, one.start + found.end())
    for one in paragraphs[-_SIGNERS:]:
        if _LAST_BYLINE.fullmatch(one.text):
            return Fact(NEWS, "byline", one.start, one.end)
    return None


def _signature(rest: Sequence[Paragraph]) -> tuple[Fact | None, Fact | None]:
    """Return the offices that sign a document and the day below them: the first in it, for annexes have their own."""
    last = max((place for place, one in enumerate(rest) if one.kind != "furniture"), default=-1)
    for place, one in enumerate(rest):
        text = one.text
        if len(text) > 80:
            continue
        found = read_day(text.strip("（()） "))
        if found is not None and not found[1]:
            above = _signers(rest[max(0, place - _SIGNERS) : place])
            if above:
                names = "、".join(plain_offices(_SEAL.sub("", line.text)) for line in above)
                signed = Fact(names, "signature", above[0].start, above[-1].end)
                return signed, Fact(found[0], "signature", one.start, one.end)
            if place and _SIGNING_PERSON.fullmatch(rest[place - 1].text.strip()):
                return None, Fact(found[0], "signature", one.start, one.end)
            if "年" in text and last < place and place:
                return None, Fact(found[0], "last line", one.start, one.end)
        elif (organ := ORGAN.match(text)) and one.kind != "prose" and text[organ.end() :].strip():
            day = read_day(text[organ.end() :].strip())
            if day is not None and not day[1]:
                signed = Fact(plain_name(organ[0]), "signature", one.start, one.start + organ.end())
                return signed, Fact(day[0], "signature", one.start + organ.end(), one.end)
    return None, None


def _signers(above: Sequence[Paragraph]) -> list[Paragraph]:
    """Return the lines right above a date that are names of offices and nothing else."""
    found: list[Paragraph] = []
    for one in reversed(above):
        if one.rule in ("folio", "page number", "no words"):
            continue
        # The office of a title of several lines stands again where it signs.
        if one.rule not in ("", "repeated title") or len(one.text) > 60 or not ORGAN.fullmatch(_SEAL.sub("", one.text)):
            break
        found.insert(0, one)
    return found


def _issuer(
    title: Fact | None, header: Sequence[Paragraph], said: Mapping[str, Fact], signers: Fact | None, official: bool
) -> Fact | None:
    if "issuer" in said:
        return said["issuer"]
    if title is not None and official and (found := _ORGAN_OF_TITLE.match(simplified(title.value))):
        return Fact(_each(title.value[: found.end()], title, header), "title", title.start, title.end)
    for one in header:
        if len(one.text) <= 60 and (head := _LETTERHEAD.fullmatch(one.text)) and ORGAN.fullmatch(head[1]):
            named = re.sub(r"\s", "", head[1])
            if signers is not None and signers.value.endswith(named):  # which says where a short name is
                break
            return Fact(named, "letterhead", one.start, one.end)
    if signers is not None:
        return signers
    return said.get("publisher") if official else None


def _each(names: str, title: Fact, header: Sequence[Paragraph]) -> str:
    """Return the offices of a title parted, where blanks or line ends part them in the source."""
    lines = "\n".join(one.text for one in header if title.start <= one.start < title.end)
    parts = re.split(r"[\s\u3000、]+", re.split("关于|關於|印发|转发|批转|公布|对", lines, maxsplit=1)[0].strip())
    return "、".join(parts) if all(ORGAN.fullmatch(part) for part in parts) else names


def _number(header: Sequence[Paragraph], said: Mapping[str, Fact]) -> Fact | None:
    """Return the number that stands by itself above the text; one that the text quotes is another document's."""
    if "number" in said:
        return said["number"]
    for place, one in enumerate(header):
        if len(one.text) > 80:
            continue
        bare = narrow(_SIGNED_BY.sub("", one.text).strip().strip("（()）"))
        found = NUMBER.fullmatch(bare)
        if found is None:
            continue
        if re.match(r"第|(?:19|20)\d\d", bare) and not (place and _DECREE.fullmatch(header[place - 1].text)):
            continue
        return Fact(plain_number(found[0]), "line of its own", one.start, one.end)
    return None


def _day_under(title: Fact, header: Sequence[Paragraph]) -> Fact | None:
    """Return the day in the line below a title: in brackets, before where a speech was held, or of a speech alone."""
    if title.start < 0:
        return None
    below = [one for one in header if one.start >= title.end][:2]
    held = genre_of(title.value) in _HELD or _EXCERPT.search(title.value) is not None
    for one in below:
        lead = _UNDER_TITLE.match(one.text)
        found = read_day(one.text[lead.end() if lead else 0 :])
        if found is not None and (
            one.text.startswith(("（", "("))
            or (held and not found[1] and "年" in one.text)
            or (found[1].startswith("在") and one.text.rstrip("）)").endswith(("上", "会议", "大会")))
        ):
            return Fact(found[0], "line below the title", one.start, one.end)
    return None


def _date_line(header: Sequence[Paragraph]) -> Fact | None:
    """Return the day of a line that gives the hour too, or only digits, as sites print above what they publish."""
    for one in header:
        for timed_day in DAY.finditer(one.text[:_FIELD_CHARS]) if _is_dated(one) else ():
            if HOUR.match(one.text, timed_day.end()) and (read := read_day(timed_day[0])):
                return Fact(read[0], "date line", one.start + timed_day.start(), one.start + timed_day.end())
        found = read_day(one.text[:_FIELD_CHARS]) if one.text[:2] in ("19", "20") else None
        if found is None or len(one.text) > _FIELD_CHARS:
            continue
        rest = found[1].strip()
        dashed = "年" not in one.text[:8]
        timed = HOUR.search(narrow(one.text[:30])) is not None
        if (timed or dashed) and (not rest or rest[0] in "|｜【[" or _LABEL.match(rest) or not dashed):
            return Fact(found[0], "date line", one.start, one.end)
        if rest and _LABEL.match(rest):
            return Fact(found[0], "date line", one.start, one.end)
    return None


def _meta(page: Mapping[str, str], *names: str) -> Fact | None:
    for name in names:
        content = page.get(name.lower(), "")
        if 1 < len(content) <= 200:
            return Fact(" ".join(content.split()), f"meta {name}")
    return None


def _meta_day(page: Mapping[str, str]) -> Fact | None:
    found = _meta(page, "PubDate", "publishdate", "article:published_time")
    day = read_day(found.value) if found is not None else None
    return Fact(day[0], found.rule) if found is not None and day is not None else None


def _year(*days: Fact | None) -> int | None:
    return next((int(day.value[:4]) for day in days if day is not None), None)


def _place(
    issuer: Fact | None, signers: Fact | None, title: Fact | None, below: Sequence[Paragraph], source: Fact | None,
    page: Mapping[str, str], year: int | None,
) -> tuple[Place, Fact] | None:  # fmt: skip
    """Return the place of an office: of the issuer, or of a title, a source or a site where no issuer tells another."""
    if issuer is not None:
        found = _place_of(issuer.value, year)
        if found is not None:
            return found, Fact("", "issuer", issuer.start, issuer.end)
        if not _RELATIVE.match(issuer.value):
            return None
        if signers is not None and (found := _place_of(signers.value, year)) is not None:
            return found, Fact("", "signature", signers.start, signers.end)
    if title is not None and not _CENTRAL.match(title.value):
        found = _place_of(re.sub(r"^(?:19|20)\d\d(?:[-—–至](?:19|20)\d\d)?年(?:度)?", "", title.value), year)
        if found is not None:
            return found, Fact("", "title", title.start, title.end)
        for one in below if issuer is None else ():
            held = _SESSION.fullmatch(one.text)
            found = _place_of(held[1], year) if held is not None else None
            if found is not None:
                return found, Fact("", "line below the title", one.start, one.end)
    if source is not None and source.value not in _OWN:
        found = _place_of(source.value, year) if ORGAN.match(source.value) else None
        return (found, Fact("", "source", source.start, source.end)) if found is not None else None
    site = _meta(page, "SiteName")
    if site is not None and (title is not None or source is not None):
        found = _place_of(site.value, year)
        return (found, Fact("", site.rule)) if found is not None else None
    return None


def _place_of(name: str, year: int | None) -> Place | None:
    from zhengyu_corpus.divisions import find_place  # a table of its own, read only where facts are asked for

    simple = normalise(name).text
    return find_place(
        re.sub(
            r"^(?:中共|中国共产党|政协|中国人民政治协商会议|共青团|国家税务总局|国家统计局|中国人民银行)", "", simple
        ),
        year,
    )


def _place_facts(found: tuple[Place, Fact] | None) -> dict[str, Fact]:
    if found is None:
        return {}
    place, where = found
    named = {"province": place.province, "city": place.city, "county": place.county, "division": place.code}
    return {name: Fact(value, where.rule, where.start, where.end) for name, value in named.items() if value}
