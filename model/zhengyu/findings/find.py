"""Keyword in context: every place of a slogan, a term, a pattern or a theme, with what stands before and behind it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from zhengyu.findings.frames import as_pandas, frame_rows
from zhengyu.io.blocks import to_frame
from zhengyu.io.columns import MODEL, THEMES
from zhengyu.io.tagged_tables import RowCondition, TaggedRows, tagged_roles
from zhengyu.slogans.known import KnownSlogans
from zhengyu.slogans.normal_form import merge_key
from zhengyu_corpus import normalise
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.lexicon import KnownSlogan, slogan_key
from zhengyu_corpus.themes import ThemeSet, load_themes

if TYPE_CHECKING:
    from zhengyu.tagger import Tagger

Kind = Literal["auto", "slogan", "term", "regex", "theme"]
#: Characters shown before and behind a place.
WIDTH = 30
#: Places of one slogan, by the id of their paragraph.
Places = Mapping[str, Sequence[tuple[int, int]]]
#: What RE2 puts around each match; noncharacters, which text that is well made doesn't hold.
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
#: What may stand between two characters of a term that belong together: blanks, ends of lines, characters of no width.
_GAP = "[\\s\\x{3000}\\x{A0}\\x{200B}\\x{2060}\\x{FEFF}]*"
#: The same between the characters of a slogan, which quotation marks don't part either.
_SLOGAN_GAP = "[\\s\\x{3000}\\x{A0}\\x{200B}\\x{2060}\\x{FEFF}\"'“”‘’「」『』]*"
_FOUND = pa.schema(
    [
        ("document", pa.string()), ("paragraph", pa.int64()), ("date", pa.string()), ("place", pa.string()),
        ("left", pa.string()), ("match", pa.string()), ("right", pa.string()), ("start", pa.int64()),
        ("end", pa.int64()), ("themes", pa.list_(pa.string())), ("id", pa.string()),
    ]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for.

    Attributes
    ----------
    kind : {'slogan', 'term', 'regex', 'theme'}
        How it is looked for.
    what : str
        The normal form of a slogan, the term or pattern as given, or the id of a theme.
    pattern : str
        The regular expression, in RE2's syntax, that its places fulfil; ``""`` for a theme.
    wordings : tuple of str
        Of a slogan, the keys of the wordings that count as it; see `zhengyu_corpus.lexicon.slogan_key`.
    """

    kind: Literal["slogan", "term", "regex", "theme"]
    what: str
    pattern: str = ""
    wordings: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What is looked for, in words."""
        return f"{'pattern' if self.kind == 'regex' else self.kind} {self.what}"


def make_query(
    what: str, kind: Kind = "auto", *, known: KnownSlogans | None = None, themes: ThemeSet | None = None
) -> Query:  # fmt: skip
    r"""Return what to look for.

    Parameters
    ----------
    what : str
        A slogan in any wording, a term, a regular expression, or the id or Chinese name of a theme.
    kind : {'auto', 'slogan', 'term', 'regex', 'theme'}
        What it is; ``auto`` takes what the lexicon has for a slogan and all else for a term.
    known : KnownSlogans, optional
        The lexicon. A slogan that it doesn't have is found in the wordings that follow by rule.
    themes : ThemeSet, optional
        The themes there are; the built-in ones when not given.

    Raises
    ------
    ZhengyuError
        It is empty, no theme, or no regular expression of RE2, which has no lookaround and no backreferences and so
        takes time in proportion to the text.

    Examples
    --------
    >>> make_query("乡村振兴", "term").pattern.startswith("[\\x{4E61}")
    True
    """
    if not what.strip():
        raise ZhengyuError("expected something to look for, got nothing; give a slogan, a term or a pattern")
    if kind == "theme":
        return Query("theme", _theme(what, themes or load_themes()))
    if kind == "regex":
        _refuse_pattern(what)
        return Query("regex", what, what)
    number = known.find(what) if known is not None and kind != "term" else None
    if kind == "term" or (kind == "auto" and number is None):
        return Query("term", what, _pattern(_plain(what), _GAP))
    entry = known.entries[number] if known is not None and number is not None else None
    entry = entry or KnownSlogan(slogan_key(what), (), "coinage")
    wordings = entry.all_keys()
    # RE2 takes the first of its alternatives that fits: the longest go first.
    ordered = sorted(wordings, key=lambda key: (-len(key), key))
    return Query("slogan", entry.normal, "|".join(_pattern(key, _SLOGAN_GAP) for key in ordered), wordings)


def _theme(what: str, themes: ThemeSet) -> str:
    for theme in themes:
        if what.strip() in (theme.id, theme.zh, theme.en):
            return theme.id
    from rapidfuzz.process import extractOne

    near = extractOne(what, [name for theme in themes for name in (theme.id, theme.zh)])
    hint = f"; did you mean {near[0]}?" if near and near[1] > 60 else f"; there are {', '.join(themes.ids)}"
    raise ZhengyuError(f"{what!r}: no theme is called so{hint}")


def _refuse_pattern(pattern: str) -> None:
    try:
        matched = pc.call_function("match_substring_regex", [pa.array([""])], pc.MatchSubstringOptions(pattern))
    except (pa.ArrowInvalid, UnicodeEncodeError) as error:
        reason = str(error).removeprefix("Invalid regular expression: ")
        raise ZhengyuError(
            f"{pattern!r}: is no regular expression of RE2: {reason}; it has no lookaround (?=…) and no "
            "backreferences \\1: write it without, or look for a term"
        ) from error
    if matched[0].as_py():
        raise ZhengyuError(
            f"{pattern!r}: fits an empty text and so every place of every paragraph; write + for *, or leave | without "
            "an end away"
        )


def _plain(term: str) -> str:
    return "".join(normalise.normalise(term).text.split())


@lru_cache(maxsize=1)
def _alike() -> dict[str, list[int]]:
    """Return the characters that are normalised to each character, such as 鄉 to 乡."""
    found: dict[str, list[int]] = {}
    for code, target in normalise.table().items():
        if target is not None:
            found.setdefault(chr(target), []).append(code)
    return found


def _pattern(key: str, gap: str) -> str:
    """Return the pattern of a normalised text in its source: Traditional and full-width characters, blanks between."""
    parts = []
    for char in key:
        codes = [ord(char), *_alike().get(char, ())]
        if char == "、":
            codes += [ord("，"), ord(",")]
        parts.append("[" + "".join(f"\\x{{{code:X}}}" for code in codes) + "]")
    return gap.join(parts)


def places(texts: pa.Array, pattern: str) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return where a pattern stands in texts: number of the text, first character, character after the last.

    RE2, as Arrow has it, looks at all texts at once, each in time proportional to its length whatever the pattern.

    Parameters
    ----------
    texts : pyarrow.Array of string, without nulls
    pattern : str
        In RE2's syntax.

    Returns
    -------
    tuple of three ndarray of int, each of shape (n_places,)
        In the order of the texts; places of one text don't overlap.
    """
    texts = texts.cast(pa.large_string())
    hits = pc.call_function("match_substring_regex", [texts], pc.MatchSubstringOptions(pattern))
    rows = np.flatnonzero(hits.to_numpy(zero_copy_only=False))
    chosen = texts.take(pa.array(rows))
    for mark in (_OPEN, _CLOSE):  # as many characters, so that places stay
        chosen = pc.call_function("replace_substring", [chosen], pc.ReplaceSubstringOptions(mark, "\ufffd"))
    marking = pc.ReplaceSubstringOptions(pattern, f"{_OPEN}\\0{_CLOSE}")
    marked = pc.call_function("replace_substring_regex", [chosen], marking)
    found: list[tuple[int, int, int]] = []
    for row, text in zip(rows.tolist(), marked.to_pylist(), strict=True):
        at = 0
        before, *parts = text.split(_OPEN)
        at = len(before)
        for part in parts:
            match, _, behind = part.partition(_CLOSE)
            if match:
                found.append((row, at, at + len(match)))
            at += len(match) + len(behind)
    table = np.array(found, dtype=np.int64).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2]


def find_rows(
    blocks: Iterable[TaggedRows], query: Query, *, prefix: str = "", time: str | None = None, place: str | None = None,
    document: str | None = None, width: int = WIDTH, slogans: Places | None = None, tagger: Tagger | None = None,
) -> Iterator[pa.Table]:  # fmt: skip
    """Yield the places of what is looked for, block by block.

    Page furniture is left out. Nothing is kept between blocks, so memory does not grow with the tables.

    Parameters
    ----------
    blocks : iterable of TaggedRows
        The paragraphs.
    query : Query
        What is looked for.
    prefix : str
        What stands before the names of the columns that tagging added.
    time, place, document : str, optional
        Columns of dates, places and documents; the usual ones when not given.
    width : int
        Characters before and behind.
    slogans : mapping of str to sequence of (start, end), optional
        Places of a slogan that were found before, by the id of the paragraph; looked for when not given.
    tagger : Tagger, optional
        Finds the words that carried a theme; paragraphs are shown from their beginning without.

    Yields
    ------
    pyarrow.Table
        One row a place: ``document``, ``paragraph`` (its number), ``date``, ``place``, ``left``, ``match``, ``right``,
        ``start``, ``end`` (characters of the paragraph), ``themes``, ``id``. The place of a theme are the words that
        weighed most for it.

    Raises
    ------
    ZhengyuError
        A column is missing, or places of slogans are not of these paragraphs.
    """
    wanted = {"time": time, "place": place, "document": document}
    source: str | None = None
    roles: dict[str, str] = {}
    for block in blocks:
        if not len(block.rows):
            continue
        if block.source != source:
            source = block.source
            roles = tagged_roles(block.frame(), source, prefix, wanted)
        if query.kind == "theme":
            rows, starts, ends = _theme_places(block, query.what, prefix, tagger)
        elif slogans is not None:
            rows, starts, ends = _known_places(block, slogans)
        else:
            rows, starts, ends = places(block.texts, query.pattern)
        if len(rows):
            found = _table(block, roles, rows, starts, ends, width, prefix)
            if len(found):
                yield found


def _known_places(block: TaggedRows, slogans: Places) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    found: list[tuple[int, int, int]] = []
    for row, name in enumerate(block.ids.to_pylist()):
        found += [(row, start, end) for start, end in slogans.get(name, ())]
    table = np.array(found, dtype=np.int64).reshape(-1, 3)
    lengths = pc.call_function("utf8_length", [block.texts]).to_numpy(zero_copy_only=False)[table[:, 0]]
    wrong = (table[:, 1] < 0) | (table[:, 1] >= table[:, 2]) | (table[:, 2] > lengths)
    if wrong.any():
        name = block.ids[int(table[wrong][0, 0])].as_py()
        raise ZhengyuError(
            f"{block.source}: a slogan stands outside its paragraph {name!r}; give the slogans of the same run of "
            "zhengyu tag"
        )
    return table[:, 0], table[:, 1], table[:, 2]


def _theme_places(
    block: TaggedRows, theme: str, prefix: str, tagger: Tagger | None
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:  # fmt: skip
    frame = block.frame()
    rows = np.flatnonzero([theme in theme_ids(value) for value in frame[f"{prefix}{THEMES}"]])
    starts, ends = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64)
    if tagger is not None and len(rows):
        column = f"{prefix}{MODEL}"
        made_by = frame[column].to_numpy()[rows] if column in frame.columns else np.full(len(rows), "")
        for number, row in enumerate(rows.tolist()):
            if made_by[number] == tagger.model.version:
                best = tagger.explain(block.texts[row].as_py(), [theme])[0].top(1)
                if best:
                    starts[number], ends[number] = best[0].start, best[0].end
    return rows, starts, ends


def theme_ids(value: object) -> list[str]:
    """Return the themes of a paragraph, which tables hold as a list or joined by ``;``."""
    if isinstance(value, str):
        return [theme for theme in value.split(";") if theme]
    return [str(theme) for theme in value] if isinstance(value, (list, tuple, np.ndarray)) else []


def cell_text(value: Any) -> str | None:
    """Return a cell as text, None where it is missing; a date without its time, a whole number without its ``.0``.

    Examples
    --------
    >>> cell_text(2024.0), cell_text(pd.Timestamp("2024-05-01")), cell_text("柳河"), cell_text(pd.NA)
    ('2024', '2024-05-01', '柳河', None)
    """
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value)
    return text.removesuffix(" 00:00:00") if hasattr(value, "isoformat") else text


def _table(
    block: TaggedRows, roles: Mapping[str, str], rows: NDArray[Any], starts: NDArray[Any], ends: NDArray[Any],
    width: int, prefix: str,
) -> pa.Table:  # fmt: skip
    held, back = np.unique(rows, return_inverse=True)
    frame = block.frame(held)
    texts = block.texts.take(pa.array(held)).to_pylist()
    kinds = frame["kind"].tolist() if "kind" in frame.columns else [""] * len(held)
    kept = np.array([kinds[i] != "furniture" for i in back], dtype=bool)
    back, starts, ends = back[kept], starts[kept], ends[kept]

    def column(name: str | None) -> list[Any]:
        values = [cell_text(value) for value in frame[name]] if name in frame.columns else [None] * len(held)
        return [values[i] for i in back]

    numbers = frame["paragraph"] if "paragraph" in frame.columns and "kind" in frame.columns else block.numbers[held]
    numbers = [int(number) for number in numbers]
    tags = frame[f"{prefix}{THEMES}"] if f"{prefix}{THEMES}" in frame.columns else [None] * len(held)
    themes = [theme_ids(value) for value in tags]
    ids = block.ids.take(pa.array(held)).to_pylist()
    spans = [(texts[i], start, end) for i, start, end in zip(back, starts.tolist(), ends.tolist(), strict=True)]
    columns = {
        "document": column(roles.get("document")),
        "paragraph": [numbers[i] for i in back],
        "date": column(roles.get("time")),
        "place": column(roles.get("place")),
        "left": [text[max(0, start - width) : start] for text, start, _ in spans],
        "match": [text[start:end] for text, start, end in spans],
        "right": [text[end : end + width] for text, _, end in spans],
        "start": starts,
        "end": ends,
        "themes": [themes[i] for i in back],
        "id": [ids[i] for i in back],
    }
    return pa.table(columns, schema=_FOUND)


def found_schema() -> pa.Schema:
    """Return the columns of what `find_rows` yields."""
    return _FOUND


def slogan_places(query: Query, batches: Iterable[pd.DataFrame], name: str = "the slogans") -> Places:
    """Return the places of one slogan from tables of slogans, as ``zhengyu tag --slogans`` writes.

    Wordings count as one as they do in `zhengyu.slogans.counting.count_slogans`.

    Raises
    ------
    ZhengyuError
        A column is missing, or the slogan stands nowhere; the message names one that is written alike.
    """
    keys = {merge_key(slogan_key(query.what)), *(merge_key(key) for key in query.wordings)}
    found: dict[str, list[tuple[int, int]]] = {}
    others: set[str] = set()
    for batch in batches:
        missing = [column for column in ("id", "start", "end", "normal") if column not in batch.columns]
        if missing:
            raise ZhengyuError(f"{name}: expected what zhengyu tag --slogans wrote, no column {', '.join(missing)}")
        normal = batch["normal"].astype(str)
        others.update(normal)
        alike = [form for form in normal.unique() if merge_key(slogan_key(form)) in keys]
        some = batch[normal.isin(alike)]
        spans = zip(some["id"].astype(str), some["start"].astype(int), some["end"].astype(int), strict=True)
        for name_of, start, end in spans:
            found.setdefault(name_of, []).append((start, end))
    if not found:
        from rapidfuzz.process import extract

        near = [form for form, score, _ in extract(query.what, sorted(others), limit=3) if score > 50]
        hint = f"; there are {', '.join(near)}" if near else ""
        raise ZhengyuError(f"{name}: no slogan {query.what!r}{hint}; leave --slogans out to look through the text")
    return found


def find(
    what: str, tagged: Any, *, kind: Kind = "auto", where: str | RowCondition | None = None, slogans: Any = None,
    width: int = WIDTH, time: str | None = None, place: str | None = None, document: str | None = None,
    prefix: str = "", tagger: Tagger | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Find a slogan, a term, a pattern or a theme in tagged paragraphs, each place with what stands around it.

    Parameters
    ----------
    what : str
        A slogan in any of its wordings, a term, a regular expression of RE2, or the id or Chinese name of a theme.
    tagged : DataFrame of pandas or polars, or Arrow table
        Tagged paragraphs, one a row; for a slogan, term or pattern any table with a column of text.
    kind : {'auto', 'slogan', 'term', 'regex', 'theme'}
        What it is; ``auto`` takes what the lexicon has for a slogan and all else for a term.
    where : str, optional
        Condition that chooses paragraphs, such as ``"year >= 2023 and place == '柳河'"``.
    slogans : DataFrame, optional
        What was found in these paragraphs, with ``id``, ``start``, ``end`` and ``normal``: places of a slogan are
        taken from it, so that those inside longer slogans are left out.
    width : int, default=30
        Characters before and behind.
    time, place, document : str, optional
        Columns of dates, places and documents; the usual ones when not given.
    prefix : str
        What stands before the names of the columns that tagging added.
    tagger : Tagger, optional
        Its lexicon tells slogans, and it finds the words that carried a theme; the shipped model's when not given.

    Returns
    -------
    pandas.DataFrame
        One row a place; see `find_rows` for its columns.

    Raises
    ------
    ZhengyuError
        As `make_query` and `find_rows` raise it.

    Examples
    --------
    >>> import zhengyu
    >>> table = zhengyu.tag(["全县推进“乡村振兴”，鄉村 振興开局良好。"])
    >>> zhengyu.find("乡村振兴", table, width=4)[["left", "match", "right"]].values.tolist()
    [['县推进“', '乡村振兴', '”，鄉村'], ['振兴”，', '鄉村 振興', '开局良好']]
    """
    from zhengyu.tagger import default_tagger

    if tagger is None and kind in ("auto", "slogan", "theme"):
        tagger = default_tagger()
    needs_slogans = kind in ("auto", "slogan") and tagger is not None and tagger.finds_slogans
    known = tagger.finder.known if needs_slogans and tagger is not None else None
    query = make_query(what, "slogan" if slogans is not None and kind == "auto" else kind, known=known,
                       themes=tagger.model.themes if tagger is not None else None)  # fmt: skip
    where_places = slogan_places(query, [as_pandas(slogans)]) if slogans is not None else None
    codes = tagger.model.themes if tagger is not None else None
    blocks = frame_rows(tagged, where=where, prefix=prefix, tagged=query.kind == "theme", themes=codes)
    parts = list(
        find_rows(blocks, query, prefix=prefix, time=time, place=place, document=document, width=width,
                  slogans=where_places, tagger=tagger)
    )  # fmt: skip
    return to_frame([pa.concat_tables([_FOUND.empty_table(), *parts])])
