"""Known slogans: the lexicon, its reader, and the key under which wordings count as one slogan."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Any

from zhengyu_corpus.encoding import decode
from zhengyu_corpus.errors import CorpusError, Problem, ZhengyuError
from zhengyu_corpus.normalise import normalise
from zhengyu_corpus.patterns import pattern
from zhengyu_corpus.themes import ThemeSet


@dataclass(frozen=True, slots=True)
class SloganType:
    """What a type of slogans is called, and the colours that it has on light and on dark pages."""

    zh: str
    en: str
    light: str
    dark: str


#: The types of slogan of CODEBOOK.md, section 2, in the order in which a doubtful span takes them.
SLOGAN_TYPES = {
    "numeric": SloganType("数字缩略", "numeric", "#1f5fae", "#82b4ff"),
    "canonical": SloganType("既定提法", "canonical", "#b3261e", "#ff8a80"),
    "couplet": SloganType("对偶", "couplet", "#00705a", "#5fd3b8"),
    "verse": SloganType("诗句", "verse", "#a0306e", "#ff94cb"),
    "metaphor": SloganType("运动式比喻", "campaign metaphor", "#5b6b00", "#c3d356"),
    "coinage": SloganType("引号新词", "coinage", "#7a3ea8", "#cfa0f5"),
    "exhortation": SloganType("号召", "exhortation", "#a85400", "#ffb366"),
}
#: Columns of a lexicon file; only ``normal`` and ``type`` must be there.
COLUMNS = ("normal", "variants", "type", "themes", "level", "first_year", "documents")
LEVELS = ("central", "province", "local")
#: Quotation marks and blanks never tell two slogans apart.
_SILENT = pattern(r"[\"'“”‘’「」『』\s]")
_YEAR = pattern(r"(?:1[89]|20)\d\d")
_HAN_OR_SIGN = pattern(r"[\u3400-\u9fffA-Za-z0-9]")
#: A slogan of this many parts is known in every order of them; more orders than these are never used.
_MAX_ORDERED_PARTS = 3
#: Below this length a wording without its 的, its 、 or its intensifier is another word.
_MIN_SHORTENED = 5
#: Adverbs and verbs in front of a slogan that change its emphasis, not what it says.
INTENSIFIERS = (
    "坚定不移", "毫不动摇", "旗帜鲜明", "持之以恒", "坚决", "全面", "切实", "大力", "着力", "深入", "持续", "加快",
    "扎实", "奋力", "努力", "积极", "不断", "稳步", "全力", "深化",
)  # fmt: skip
#: Words that join two parts of a slogan and stand for one another.
_JOINING = ("和", "与", "及")
#: Characters of a term that segmentation keeps whole.
MAX_TERM = 100


@dataclass(frozen=True, slots=True)
class KnownSlogan:
    """One entry of the lexicon.

    Attributes
    ----------
    normal : str
        The normal form, without quotation marks.
    variants : tuple of str
        Other surface forms of the same slogan.
    type : str
        One of `SLOGAN_TYPES`.
    themes : tuple of str
        Theme ids that the slogan belongs to; may be empty.
    level : str
        ``central``, ``province`` or ``local``: who coined it; ``""`` when not known.
    first_year : str
        Year of first use, four digits; ``""`` when not known.
    documents : int or None
        In how many documents of the texts that the lexicon was drawn from it stood; None when it was not drawn from
        texts.
    own : bool
        Whether a user's own lexicon names it: it is then a slogan wherever it stands.
    """

    normal: str
    variants: tuple[str, ...]
    type: str
    themes: tuple[str, ...] = ()
    level: str = ""
    first_year: str = ""
    documents: int | None = None
    own: bool = False

    def written_keys(self) -> tuple[str, ...]:
        """Return the keys of the forms that the lexicon writes out."""
        return tuple(dict.fromkeys(slogan_key(form) for form in (self.normal, *self.variants)))

    def all_keys(self) -> tuple[str, ...]:
        """Return every key that leads to this entry: of the forms written out, then those made from them."""
        found = dict.fromkeys(self.written_keys())
        for key in tuple(found):
            found.update(dict.fromkeys(made_from(key)))
        return tuple(found)


def slogan_key(text: str) -> str:
    """Return `text` as slogans are compared: normalised, without quotation marks and blanks, its parts joined by 、.

    Examples
    --------
    >>> slogan_key("“兩山” 理论")
    '两山理论'
    >>> slogan_key("有求必应，无事不扰")
    '有求必应、无事不扰'
    """
    return _SILENT.sub("", normalise(text).text).replace("，", "、").replace(",", "、")


def orders(key: str) -> tuple[str, ...]:
    """Return `key` in every order of its parts, when 、 parts it into two or three.

    Examples
    --------
    >>> orders("重公论、看实绩")
    ('重公论、看实绩', '看实绩、重公论')
    """
    parts = key.split("、")
    if not 2 <= len(parts) <= _MAX_ORDERED_PARTS or not all(parts):
        return (key,)
    return tuple("、".join(order) for order in permutations(parts))


def made_from(key: str) -> tuple[str, ...]:
    """Return the other wordings of one slogan that follow from a rule.

    Its parts in another order, without 的, without the 、 between parts, 与 or 及 for 和, and without a leading
    intensifier such as 全面 or 坚决; what would be left with fewer than five characters is another word.

    Examples
    --------
    >>> made_from("全面推进依法治国")
    ('推进依法治国',)
    >>> made_from("质的提升和量的增长")[:2]
    ('质提升和量增长', '质的提升与量的增长')
    >>> made_from("创新、协调、绿色、开放、共享")
    ('创新协调绿色开放共享',)
    """
    found: dict[str, None] = {}
    for ordered in orders(key):
        found[ordered] = None
        bare = ordered.replace("的", "")
        if bare != ordered and len(bare) >= _MIN_SHORTENED:
            found[bare] = None
    if key.count("和") == 1 and not key.startswith("和") and not key.endswith("和"):
        found.update((key.replace("和", other), None) for other in _JOINING[1:])
    parts = key.split("、")
    if len(parts) > 1 and min(map(len, parts)) > 1 and len(key) - len(parts) >= _MIN_SHORTENED:
        found["".join(parts)] = None
    plain = without_intensifier(key)
    if plain != key:
        found[plain] = None
    found.pop(key, None)
    return tuple(found)


def without_intensifier(key: str) -> str:
    """Return `key` without a leading intensifier; `key` itself where that would leave another word.

    Examples
    --------
    >>> without_intensifier("坚决打赢脱贫攻坚战"), without_intensifier("全面小康")
    ('打赢脱贫攻坚战', '全面小康')
    """
    for word in INTENSIFIERS:
        if key.startswith(word) and len(key) - len(word) >= _MIN_SHORTENED and key[len(word)] not in "的、":
            return key[len(word) :]
    return key


def check_lexicon(
    entries: Iterable[KnownSlogan], ordinary: Mapping[str, int], *, where: str, most: int = 200
) -> list[Problem]:
    """Find what reading a lexicon lets pass and what would make it find plain prose or call one slogan two names.

    Parameters
    ----------
    entries : iterable of KnownSlogan
        As `parse_lexicon` gave them, so that no two write out one wording.
    ordinary : mapping of str to int
        Words of the language and how frequent each is.
    where : str
        How problems call the file.
    most : int, default=200
        Words more frequent than this are ordinary: they stand in plain prose.

    Returns
    -------
    list of Problem
        A wording that is an ordinary word, one that another entry's rule makes too, and entries that lead to each
        other by such rules.
    """
    entries = tuple(entries)
    written = {key: number for number, entry in enumerate(entries) for key in entry.written_keys()}
    made: dict[str, set[int]] = {}
    for number, entry in enumerate(entries):
        for key in entry.all_keys():
            made.setdefault(key, set()).add(number)
    problems: list[Problem] = []
    leads: set[tuple[int, int]] = set()
    for number, entry in enumerate(entries):
        for form in (entry.normal, *entry.variants):
            key = slogan_key(form)
            if ordinary.get(key, 0) > most:
                what = f"{form!r:.80} is an ordinary word (frequency {ordinary[key]})"
                remedy = "give a longer wording, or remove it"
                problems.append(Problem(where, number + 2, "normal", what, remedy, fatal=False))
            leads |= {(other, number) for other in made[key] if other != number}
    for one, other in sorted(leads):
        cycle = (other, one) in leads
        if cycle and one > other:
            continue
        what = f"{entries[other].normal!r} follows by rule from {entries[one].normal!r}"
        what += " and the other way round" if cycle else ""
        problems.append(Problem(where, other + 2, "normal", what, "join the two rows", fatal=False))
    shared = (numbers for key, numbers in made.items() if key not in written and len(numbers) > 1)
    for pair in sorted({tuple(sorted(numbers)[:2]) for numbers in shared}):
        if pair not in leads and pair[::-1] not in leads:
            what = f"shares a wording made by rule with {entries[pair[0]].normal!r}"
            problems.append(Problem(where, pair[1] + 2, "normal", what, "join the two rows", fatal=False))
    return problems


def builtin_lexicon() -> Path:
    """Return the lexicon file that comes with zhengyu."""
    return Path(__file__).with_name("slogans.csv")


def read_terms(path: Path, encoding: str | None = None) -> list[str]:
    """Read terms that segmentation keeps whole, one a line, in any encoding.

    Raises
    ------
    ZhengyuError
        The file cannot be read, or a term is longer than `MAX_TERM` characters.
    """
    try:
        text = decode(Path(path).read_bytes(), encoding=encoding, where=str(path)).text
    except OSError as error:
        raise ZhengyuError(f"{path}: the terms cannot be read: {error}; check the path") from error
    lines = [line.strip().strip("\ufeff") for line in text.split("\n")]
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_TERM:
            raise ZhengyuError(
                f"{path}:{number}: expected a term of at most {MAX_TERM} characters, got {len(line):,}; "
                "write one term a line"
            )
    return [line for line in lines if line]


def load_lexicon(path: Path | None, themes: ThemeSet) -> tuple[KnownSlogan, ...]:
    """Read a lexicon; the built-in one when `path` is None.

    Parameters
    ----------
    path : Path, optional
        CSV with a header of `COLUMNS` (``normal`` and ``type`` at least); ``variants`` and ``themes`` are joined by
        ``|``.
    themes : ThemeSet
        What the themes must be of. Themes that the built-in lexicon names and this set lacks are left out.

    Returns
    -------
    tuple of KnownSlogan
        In the order of the file.

    Raises
    ------
    CorpusError
        Rows are refused; the error lists every one of them.
    ZhengyuError
        The file cannot be read or has no such columns.
    """
    own = path is not None
    path = builtin_lexicon() if path is None else Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ZhengyuError(f"{path}: the lexicon cannot be read: {error}; check the path") from error
    return parse_lexicon(data, themes, where=str(path), own=own)


def parse_lexicon(data: bytes, themes: ThemeSet, *, where: str, own: bool) -> tuple[KnownSlogan, ...]:
    """Parse a lexicon; see `load_lexicon`.

    Parameters
    ----------
    data : bytes
        The file.
    themes : ThemeSet
        What the themes must be of.
    where : str
        How errors call the file.
    own : bool
        Whether it is a user's own: unknown themes are then refused, and its slogans are slogans wherever they stand.
    """
    try:
        reader = csv.reader(io.StringIO(decode(data, where=where).text, newline=""), strict=True)
        return _parsed(reader, themes, where, own=own)
    except csv.Error as error:
        raise ZhengyuError(f"{where}: not valid CSV: {error}; quote fields that hold quotes or line ends") from error


def _parsed(reader: Any, themes: ThemeSet, where: str, *, own: bool) -> tuple[KnownSlogan, ...]:
    header = [name.strip() for name in next(reader, [])]
    missing = [name for name in ("normal", "type") if name not in header]
    doubled = sorted(name for name, count in Counter(header).items() if name and count > 1)
    if missing or doubled:
        wrong = f"{' and '.join(missing)} missing" if missing else f"{', '.join(doubled)} twice"
        raise ZhengyuError(
            f"{where}: expected a header with {', '.join(COLUMNS)} ({wrong}), "
            f"got {', '.join(header)[:200] or 'nothing'}; mend it"
        )
    entries: list[KnownSlogan] = []
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    for cells in reader:
        line = reader.line_num
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            what = f"expected {len(header)} fields, got {len(cells)}"
            problems.append(Problem(where, line, "", what, "quote fields that hold commas"))
            continue
        row = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
        before = len(problems)
        entry = _entry(row, where, line, themes, problems, own=own)
        for key in {slogan_key(form) for form in (entry.normal, *entry.variants)}:
            if key in seen:
                what = f"{key!r:.80} stands in line {seen[key]} too"
                problems.append(Problem(where, line, "normal", what, "one entry for one slogan: join the rows"))
            seen.setdefault(key, line)
        if len(problems) == before:
            entries.append(entry)
    if problems:
        raise CorpusError(problems)
    return tuple(entries)


def _entry(
    row: dict[str, str], path: str, line: int, themes: ThemeSet, problems: list[Problem], *, own: bool
) -> KnownSlogan:
    def wrong(name: str, what: str, remedy: str) -> None:
        problems.append(Problem(path, line, name, what, remedy))

    def parts(name: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in row.get(name, "").split("|") if part.strip())

    forms = (row["normal"], *parts("variants"))
    for name, form in (("normal", forms[0]), *(("variants", form) for form in forms[1:])):
        if len(_HAN_OR_SIGN.findall(form)) < 2:
            wrong(name, f"expected a slogan of two or more characters, got {form!r:.80}", "give it, or remove the row")
    if row["type"] not in SLOGAN_TYPES:
        what = f"expected one of {', '.join(SLOGAN_TYPES)}, got {row['type']!r:.80}"
        wrong("type", what, "see CODEBOOK.md, section 2")
    ids: list[str] = []
    for name in parts("themes"):
        found = themes.find(name)
        if found is not None:
            ids.append(found)
        elif own:
            wrong("themes", f"unknown theme {name!r:.80}", themes.hint(name))
    level = row.get("level", "")
    if level and level not in LEVELS:
        wrong("level", f"expected one of {', '.join(LEVELS)}, got {level!r:.80}", "take one of them, or leave it empty")
    year = row.get("first_year", "")
    if year and not _YEAR.fullmatch(year):
        wrong("first_year", f"expected a year of four digits, got {year!r:.80}", "write the year alone")
    documents = row.get("documents", "")
    if documents and not documents.isdigit():
        what = f"expected a number of documents, got {documents!r:.80}"
        wrong("documents", what, "write the number, or leave it empty")
        documents = ""
    return KnownSlogan(
        forms[0], forms[1:], row["type"], tuple(dict.fromkeys(ids)), level, year,
        int(documents) if documents else None, own,
    )  # fmt: skip
