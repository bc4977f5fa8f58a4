"""Two sets of texts held against each other: themes, words and slogans; two documents also sentence by sentence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from zhengyu.findings.alignment import MAX_SENTENCES, WORDS, align_sentences, sentences_of
from zhengyu.findings.find import theme_ids
from zhengyu.findings.frames import as_pandas, frame_rows
from zhengyu.io.columns import THEMES
from zhengyu.io.tagged_tables import RowCondition, TaggedRows, tagged_roles
from zhengyu.slogans.counting import PER
from zhengyu.slogans.normal_form import merge_key
from zhengyu.themes.tokens import Tokenizer
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.normalise import normalise

if TYPE_CHECKING:
    from zhengyu.tagger import Tagger

#: Draws of documents; standard errors move by some 2 % from seed to seed.
DRAWS = 1000
#: False discovery rate that differences of themes are held to.
RATE = 0.05
#: Weight of the prior beside the texts of both sides. With much less of it, what stands on one side alone would score
#: lower than what stands on both, for its odds on the other are then hardly known.
PRIOR = 0.1
#: Words that occur less often on both sides together are left out: their scores say nothing.
LEAST_WORDS = 3
#: From this score on a slogan has risen or fallen: the normal quantile of a two-sided 95 % interval.
Z = 1.96
#: Words with a score nearer zero are not shown to people.
LEAST_Z = 0.5
#: What is counted as a word: two Han characters or more, and no number.
_WORD = re.compile(r"(?![〇零一二三四五六七八九十百千万亿两第分之几多]+$)[\u3400-\u9fff]{2,}")
#: Documents whose bags of draws are held at once.
_CHUNK = 4_000_000


#: Fewer documents than this on a side give rough intervals.
FEW = 10
_NOTES = {
    "note_one": "{name}: one document, so its intervals take paragraphs as independent and hold for this document "
    "alone, not for others like it",
    "note_few": "{name}: {n} documents only; intervals from so few are rough",
    "note_long": "sentences are not aligned: {n:,} in a document are more than {most:,}",
}


@dataclass(frozen=True, slots=True)
class Note:
    """What to know before believing a comparison: a key, and what fills its gaps; in English as a string."""

    key: str
    gaps: tuple[tuple[str, Any], ...]

    def __str__(self) -> str:
        """Return the note in English."""
        return _NOTES[self.key].format(**dict(self.gaps))


@dataclass(slots=True)
class Side:
    """What is counted of one side, block by block.

    Attributes
    ----------
    name : str
        How it is called.
    paragraphs : int
        Paragraphs of prose.
    documents : dict of str to int
        Documents and their paragraphs of prose, in the order of their first one.
    themes : Counter of (document, theme) to int
        Paragraphs of prose with a theme.
    words : Counter of str to int
        Words of two Han characters or more, numbers left out.
    slogans : pandas.DataFrame
        ``id``, ``normal``, ``type``, ``known``.
    of_id : dict of str to str
        Document of each paragraph, where slogans are counted.
    texts : list of str or None
        The paragraphs of its one document; None where there are several.
    """

    name: str
    paragraphs: int = 0
    documents: dict[str, int] = field(default_factory=dict)
    themes: Counter[tuple[str, str]] = field(default_factory=Counter)
    words: Counter[str] = field(default_factory=Counter)
    slogans: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["id", "normal", "type", "known"]))
    of_id: dict[str, str] = field(default_factory=dict)
    texts: list[str] | None = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two sets of texts differ in; the second is held against the first.

    Attributes
    ----------
    names : tuple of two str
        What the sides are called.
    paragraphs, documents : tuple of two int
        Paragraphs of prose and documents of each.
    themes : pandas.DataFrame
        One row a theme, the greatest difference first: ``theme``, ``count_a``, ``share_a``, ``count_b``, ``share_b``
        (of the paragraphs of prose), ``difference`` (second minus first) with its 95 % interval ``low`` to ``high``,
        ``p``, ``q`` (false discovery rate at which it would still count) and ``differs``.
    words : pandas.DataFrame
        One row a word, those of the second side first: ``word``, ``count_a``, ``count_b``, ``log_odds``, ``z``.
    slogans : pandas.DataFrame
        One row a slogan: ``normal``, ``type``, ``known``, ``change`` (new, gone, risen, fallen, alike), ``count_a``,
        ``paragraphs_a``, ``documents_a``, ``per_10k_a``, the same of b, ``log_odds``, ``z``.
    sentences : pandas.DataFrame or None
        Where each side is one document, one row a sentence in the order of the second: ``change`` (same, changed,
        added, dropped), ``number_a``, ``number_b``, ``a``, ``b``, ``alike`` (share of characters), ``moved`` and
        ``wording`` (the change with ``[-…-]`` around what went and ``{+…+}`` around what came).
    notes : tuple of Note
        What to know before believing it.
    """

    names: tuple[str, str]
    paragraphs: tuple[int, int]
    documents: tuple[int, int]
    themes: pd.DataFrame
    words: pd.DataFrame
    slogans: pd.DataFrame
    sentences: pd.DataFrame | None
    notes: tuple[Note, ...] = ()

    def telling_words(self) -> pd.DataFrame:
        """Return the words whose scores are not near zero, which are worth a look."""
        return self.words[self.words["z"].abs() >= LEAST_Z]

    def as_json(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        tables = {name: _plain_rows(getattr(self, name)) for name in ("themes", "words", "slogans")}
        return {
            "names": list(self.names), "paragraphs": list(self.paragraphs), "documents": list(self.documents),
            **tables, "sentences": None if self.sentences is None else _plain_rows(self.sentences),
            "notes": [str(note) for note in self.notes],
        }  # fmt: skip

    def as_text(self, themes: Mapping[str, str] | None = None, top: int = 10) -> str:
        """Return the comparison for people.

        Parameters
        ----------
        themes : mapping of str to str, optional
            Names of themes to put behind their ids.
        top : int, default=10
            Rows of each kind; `as_table` and `as_json` give all.
        """
        return "\n".join(_lines(self, themes or {}, top))

    def as_table(self) -> pd.DataFrame:
        """Return all rows as one table: ``what`` (theme, word, slogan, sentence), ``item``, then the columns of each.

        Columns that a kind of row does not have are missing in it.
        """
        parts = [
            self.themes.rename(columns={"theme": "item"}).assign(what="theme"),
            self.words.rename(columns={"word": "item"}).assign(what="word"),
            self.slogans.rename(columns={"normal": "item"}).assign(what="slogan"),
        ]
        if self.sentences is not None:
            parts.append(self.sentences.rename(columns={"wording": "item"}).assign(what="sentence"))
        lead = ["what", "item", "change"]
        columns = [*lead, *dict.fromkeys(c for part in parts for c in part.columns if c not in lead)]
        return pd.concat([part.reindex(columns=columns).astype(object) for part in parts], ignore_index=True)


def _lines(found: Comparison, themes: Mapping[str, str], top: int) -> Iterator[str]:
    first, second = found.names
    for name, paragraphs, documents in zip(found.names, found.paragraphs, found.documents, strict=True):
        yield f"{name}: {paragraphs:,} paragraphs of prose in {documents:,} document{'s' * (documents != 1)}"
    yield from map(str, found.notes)
    differing = int(found.themes["differs"].sum())
    yield ""
    yield (
        f"Themes: {differing} of {len(found.themes)} differ (marked *; false discovery rate held to {RATE:.0%}); "
        f"{second} minus {first}, 95 % intervals in percentage points"
    )
    for row in found.themes.head(top).to_dict("records"):
        name = f"{row['theme']} {themes.get(row['theme'], '')}".strip()
        yield (
            f"{'*' if row['differs'] else ' '} {row['share_a']:6.1%} → {row['share_b']:6.1%}  "
            f"{100 * row['difference']:+6.1f} [{100 * row['low']:+.1f}, {100 * row['high']:+.1f}]  {name}"
        )
    yield ""
    yield "Words, with their z-scores"
    telling = found.telling_words()
    of_first, of_second = telling[telling["z"] < 0].iloc[::-1], telling[telling["z"] > 0]
    for name, words in ((first, of_first), (second, of_second)):
        told = "  ".join(f"{word} {abs(z):.1f}" for word, z in words[["word", "z"]].head(top).to_numpy())
        yield f"  of {name}: {told or 'none'}"
    yield ""
    yield "Slogans"
    for change, some in found.slogans.groupby("change", sort=False):
        if change != "alike":
            counts = some[["normal", "count_a", "count_b"]].head(top).to_numpy()
            told = "  ".join(f"{normal} {a}→{b}" for normal, a, b in counts)
            more = f"  … and {len(some) - top} more" if len(some) > top else ""
            yield f"  {change}: {told}{more}"
    yield f"  alike: {int((found.slogans['change'] == 'alike').sum())}"
    if found.sentences is None:
        return
    of = found.sentences["change"].value_counts()
    moved = int(found.sentences["moved"].sum())
    yield ""
    yield (
        f"Sentences: {of.get('same', 0)} the same, {of.get('changed', 0)} changed, {of.get('dropped', 0)} dropped, "
        f"{of.get('added', 0)} added; {moved} moved"
    )
    other = found.sentences[found.sentences["change"] != "same"]
    for row in other.head(top).to_dict("records"):
        yield f"  {row['change']:<8}{row['wording']}"
    if len(other) > top:
        yield f"  … and {len(other) - top} more; --top N shows N of them, -o FILE all"


def _plain_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {str(key): None if value is pd.NA or value != value else value for key, value in row.items()}
        for row in table.astype(object).to_dict("records")
    ]


def count_side(
    name: str, blocks: Iterable[TaggedRows], *, tokenizer: Tokenizer | None = None, prefix: str = "",
    document: str | None = None, slogans: Iterable[pd.DataFrame] | None = None, tagger: Tagger | None = None,
) -> Side:  # fmt: skip
    """Count one side of a comparison.

    Shares are of prose: headings and page furniture are no paragraphs that could treat a theme. Words, slogans and
    sentences are those of headings too.

    Parameters
    ----------
    name : str
        How the side is called.
    blocks : iterable of TaggedRows
        Its paragraphs.
    tokenizer : Tokenizer, optional
        Cuts words; words are not counted without.
    prefix : str
        What stands before the names of the columns that tagging added.
    document : str, optional
        Column of documents; the usual one when not given, else every table is one.
    slogans : iterable of pandas.DataFrame, optional
        Slogans of these and perhaps other paragraphs.
    tagger : Tagger, optional
        Finds them when they are not given.

    Raises
    ------
    ZhengyuError
        There is no paragraph, or a column is missing.
    """
    side = Side(name)
    found: list[pd.DataFrame] = []
    source, column = "", None
    keep_ids = slogans is not None or tagger is not None
    for block in blocks:
        if not len(block.rows):
            continue
        frame = block.frame()
        if block.source != source:
            source = block.source
            column = tagged_roles(frame, source, prefix, {"document": document}).get("document")
        texts = block.texts.to_pylist()
        kinds = frame["kind"].tolist() if "kind" in frame.columns else ["row"] * len(texts)
        names = frame[column].astype(str).tolist() if column else [source] * len(texts)
        themes = frame[f"{prefix}{THEMES}"].tolist()
        ids = block.ids.to_pylist()
        read = [i for i, (kind, text) in enumerate(zip(kinds, texts, strict=True))
                if kind != "furniture" and text.strip()]  # fmt: skip
        for i in read:
            if kinds[i] != "heading":
                side.paragraphs += 1
                side.documents[names[i]] = side.documents.get(names[i], 0) + 1
                side.themes.update((names[i], theme) for theme in theme_ids(themes[i]))
            if keep_ids:
                side.of_id[ids[i]] = names[i]
            if tokenizer is not None:
                side.words.update(w for w in tokenizer.words(normalise(texts[i]).text) if _WORD.fullmatch(w))
            if side.texts is not None:
                side.texts.append(texts[i])
        if len(side.documents) > 1:
            side.texts = None
        if slogans is None and tagger is not None:
            each = tagger.find_slogans([texts[i] for i in read])
            rows = [
                (ids[i], one.normal, one.type, one.known) for i, some in zip(read, each, strict=True) for one in some
            ]
            found.append(pd.DataFrame(rows, columns=["id", "normal", "type", "known"]))
    if not side.paragraphs:
        raise ZhengyuError(f"{name}: expected tagged paragraphs of prose, there is none; look at the condition")
    for batch in slogans or ():
        missing = [c for c in ("id", "normal", "type", "known") if c not in batch.columns]
        if missing:
            raise ZhengyuError(
                f"the slogans: expected what zhengyu tag --slogans wrote, no column {', '.join(missing)}"
            )
        part = batch[["id", "normal", "type", "known"]].astype({"id": str, "normal": str, "type": str})
        part["known"] = part["known"].map(lambda value: str(value).strip().lower() in ("true", "1"))
        found.append(part[part["id"].isin(side.of_id.keys())])
    if found:
        side.slogans = pd.concat(found, ignore_index=True)
    return side


def compare_sides(
    first: Side, second: Side, *, draws: int = DRAWS, seed: int = 0, rate: float = RATE, align: bool = True
) -> Comparison:
    """Hold one side against another.

    Parameters
    ----------
    first, second : Side
        As `count_side` gives them.
    draws, seed : int
        Draws of documents, and what makes them repeatable.
    rate : float
        False discovery rate that differences of themes are held to.
    align : bool, default=True
        Whether the sentences of two documents are aligned.
    """
    notes = []
    for side in (first, second):
        if len(side.documents) == 1:
            notes.append(Note("note_one", (("name", side.name),)))
        elif len(side.documents) < FEW:
            notes.append(Note("note_few", (("name", side.name), ("n", len(side.documents)))))
    sentences = None
    if align and first.texts is not None and second.texts is not None:
        a, b = (list(sentences_of(texts)) for texts in (first.texts, second.texts))
        if max(len(a), len(b)) > MAX_SENTENCES:
            notes.append(Note("note_long", (("n", max(len(a), len(b))), ("most", MAX_SENTENCES))))
        else:
            sentences = align_sentences(a, b)
    return Comparison(
        (first.name, second.name), (first.paragraphs, second.paragraphs),
        (len(first.documents), len(second.documents)), theme_differences(first, second, draws, seed, rate),
        word_differences(first.words, second.words), slogan_differences(first, second), sentences, tuple(notes),
    )  # fmt: skip


def theme_differences(first: Side, second: Side, draws: int = DRAWS, seed: int = 0, rate: float = RATE) -> pd.DataFrame:
    r"""Return the difference of each theme's share, with intervals from drawing documents.

    Documents of each side are drawn with replacement; the spread of the shares of the draws gives the standard error
    :math:`s`, with :math:`D/(D-1)` for the :math:`D` documents. It is taken as no less than that of independent
    paragraphs, for those of few documents may agree by chance. The interval is :math:`d \pm t s`, with Student's
    :math:`t` at the degrees of freedom of Welch and Satterthwaite. A side of one document has its paragraphs drawn.
    Themes are held to a false discovery rate by the procedure of Benjamini and Hochberg.

    References
    ----------
    Field and Welsh, Bootstrapping clustered data, 2007. Benjamini and Hochberg, Controlling the false discovery rate,
    1995. Welch, The generalization of “Student's” problem, 1947.
    """
    from scipy.stats import false_discovery_control, t

    themes = sorted({theme for side in (first, second) for _, theme in side.themes})
    if not themes:
        names = ["theme", "count_a", "share_a", "count_b", "share_b", "difference", "low", "high", "p", "q", "differs"]
        return pd.DataFrame(columns=names)
    rng = np.random.default_rng(seed)
    parts = [_drawn(side, themes, draws, rng) for side in (first, second)]
    (count_a, share_a, var_a, df_a), (count_b, share_b, var_b, df_b) = parts
    difference, error = share_b - share_a, np.sqrt(var_a + var_b)
    freedom = (var_a + var_b) ** 2 / (var_a**2 / df_a + var_b**2 / df_b)
    half = t.ppf(0.975, freedom) * error
    p = 2 * t.sf(np.abs(difference) / error, freedom)
    q = false_discovery_control(p)
    table = pd.DataFrame(
        {"theme": themes, "count_a": count_a, "share_a": share_a, "count_b": count_b, "share_b": share_b,
         "difference": difference, "low": np.maximum(-1, difference - half),
         "high": np.minimum(1, difference + half), "p": p, "q": q, "differs": q <= rate}
    )  # fmt: skip
    order = table["difference"].abs().sort_values(ascending=False, kind="stable").index
    return table.loc[order].reset_index(drop=True)


def _drawn(side: Side, themes: Sequence[str], draws: int, rng: np.random.Generator) -> tuple[Any, Any, Any, int]:
    """Return the count and share of each theme, the variance of the share, and the degrees of freedom."""
    names, column = {name: i for i, name in enumerate(side.documents)}, {theme: k for k, theme in enumerate(themes)}
    counts = np.zeros((len(names), len(themes)))
    for (document, theme), count in side.themes.items():
        counts[names[document], column[theme]] = count
    sizes = np.array(list(side.documents.values()), dtype=float)
    n, total = side.paragraphs, counts.sum(axis=0)
    share = total / n
    # With one more hit and one more miss, so that what stands nowhere is not taken for certain.
    smooth = (total + 1) / (n + 2)
    independent = smooth * (1 - smooth) / n
    documents = len(names)
    if documents == 1:
        return total.astype(int), share, independent, max(1, n - 1)
    drawn = np.zeros((draws, len(themes)))
    chunk = max(1, _CHUNK // documents)
    for start in range(0, draws, chunk):
        times = rng.multinomial(documents, np.full(documents, 1 / documents), min(chunk, draws - start))
        drawn[start : start + len(times)] = (times @ counts) / (times @ sizes)[:, None]
    variance = drawn.var(axis=0, ddof=1) * documents / (documents - 1)
    return total.astype(int), share, np.maximum(variance, independent), documents - 1


def log_odds(first: ArrayLike, second: ArrayLike, prior: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    r"""Return the log-odds ratio of each word between two sides with an informative Dirichlet prior, and its z-score.

    With the counts :math:`y_{wi}` of a word on side :math:`i` of :math:`n_i` words, and a prior :math:`\alpha_w` that
    is the word's share on both sides together times :math:`\alpha_0`, it is

    .. math:: \hat\delta_w = \log\frac{y_{w2} + \alpha_w}{n_2 + \alpha_0 - y_{w2} - \alpha_w}
              - \log\frac{y_{w1} + \alpha_w}{n_1 + \alpha_0 - y_{w1} - \alpha_w}, \qquad
              z_w = \hat\delta_w \Big/ \sqrt{\frac{1}{y_{w1} + \alpha_w} + \frac{1}{y_{w2} + \alpha_w}}

    Parameters
    ----------
    first, second : array-like of shape (n_words,)
        Counts on each side.
    prior : float
        :math:`\alpha_0`: words that the prior weighs as many as.

    Returns
    -------
    tuple of two ndarray of shape (n_words,)
        Log-odds ratios, above 0 for words of the second side, and their z-scores.

    References
    ----------
    Monroe, Colaresi and Quinn, Fightin' words: lexical feature selection and evaluation for identifying the content of
    political conflict, 2008, equations 15, 16, 18 to 22.

    Examples
    --------
    >>> ratio, z = log_odds([30, 10, 60], [10, 30, 60], prior=10)
    >>> ratio.round(2).tolist(), z.round(2).tolist()
    ([-1.21, 1.21, 0.0], [-3.28, 3.28, 0.0])
    """
    a, b = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    total = a.sum() + b.sum()
    if not total:
        return np.zeros(len(a)), np.zeros(len(a))
    alpha = prior * (a + b) / total
    with np.errstate(divide="ignore", invalid="ignore"):
        odds_a = (a + alpha) / (a.sum() + prior - a - alpha)
        odds_b = (b + alpha) / (b.sum() + prior - b - alpha)
        ratio = np.log(odds_b) - np.log(odds_a)
    ratio = np.where(np.isfinite(ratio), ratio, 0.0)  # where there is one word alone
    return ratio, ratio / np.sqrt(1 / (a + alpha) + 1 / (b + alpha))


def word_differences(
    first: Mapping[str, int], second: Mapping[str, int], *, prior: float = PRIOR, least: int = LEAST_WORDS
) -> pd.DataFrame:
    """Return the words that set two sides apart, those of the second first; see `log_odds`."""
    words = sorted(set(first) | set(second))
    a = np.array([first.get(word, 0) for word in words], dtype=int)
    b = np.array([second.get(word, 0) for word in words], dtype=int)
    ratio, z = log_odds(a, b, prior * (a.sum() + b.sum()))
    table = pd.DataFrame({"word": words, "count_a": a, "count_b": b, "log_odds": ratio, "z": z})
    kept = table[table["count_a"] + table["count_b"] >= least]
    return kept.sort_values(["z", "word"], ascending=[False, True]).reset_index(drop=True)


def slogan_differences(first: Side, second: Side, *, prior: float = PRIOR) -> pd.DataFrame:
    """Return the slogans of both sides with their change from the first to the second.

    One that stands on one side alone is new or gone; one whose score (see `log_odds`) reaches 1.96 has risen or
    fallen. The new come first, then those risen, fallen, gone and alike, the strongest of each first.
    """
    parts = []
    for letter, side in (("a", first), ("b", second)):
        table = side.slogans.assign(key=[merge_key(str(normal)) for normal in side.slogans["normal"]])
        table["document"] = table["id"].map(side.of_id)
        counted = table.groupby("key").agg(
            normal=("normal", "first"), type=("type", "first"), known=("known", "max"), count=("id", "size"),
            paragraphs=("id", "nunique"), documents=("document", "nunique"),
        )  # fmt: skip
        per = PER * counted["paragraphs"] / max(1, len(side.of_id))
        parts.append(counted.assign(per_10k=per).add_suffix(f"_{letter}"))
    both = parts[0].join(parts[1], how="outer")
    out = pd.DataFrame(index=both.index)
    for name in ("normal", "type", "known"):
        out[name] = both[f"{name}_b"].where(both[f"{name}_b"].notna(), both[f"{name}_a"])
    for letter in ("a", "b"):
        for name in ("count", "paragraphs", "documents"):
            out[f"{name}_{letter}"] = both[f"{name}_{letter}"].fillna(0).astype(int)
        out[f"per_10k_{letter}"] = both[f"per_10k_{letter}"].fillna(0.0).astype(float)
    a, b = out["count_a"].to_numpy(), out["count_b"].to_numpy()
    ratio, z = log_odds(a, b, prior * (a.sum() + b.sum()))
    out["log_odds"], out["z"] = ratio, z
    kinds = np.select(
        [out["count_a"] == 0, out["count_b"] == 0, z >= Z, z <= -Z], ["new", "gone", "risen", "fallen"], "alike"
    )
    out.insert(3, "change", kinds)
    order = pd.DataFrame({"kind": [CHANGES.index(kind) for kind in kinds], "z": -np.abs(z), "normal": out["normal"]})
    out["known"] = out["known"].astype(bool)
    return out.iloc[np.lexsort((order["normal"].astype(str), order["z"], order["kind"]))].reset_index(drop=True)


#: Changes of slogans in the order in which they are told.
CHANGES = ("new", "risen", "fallen", "gone", "alike")


def compare(
    a: Any, b: Any, *, names: tuple[str, str] = ("A", "B"), slogans: Any = None,
    where: str | RowCondition | None = None, document: str | None = None, prefix: str = "",
    tagger: Tagger | None = None, draws: int = DRAWS, seed: int = 0, rate: float = RATE,
) -> Comparison:  # fmt: skip
    """Hold tagged texts against others: themes, words, slogans, and two documents sentence by sentence.

    Parameters
    ----------
    a, b : DataFrame of pandas or polars, or Arrow table
        Tagged paragraphs of each side, one a row.
    names : tuple of two str
        What the sides are called.
    slogans : DataFrame, or tuple of two, optional
        What was found in these paragraphs, with ``id``, ``normal``, ``type`` and ``known``; looked for when not given.
    where : str, optional
        Condition that chooses paragraphs, such as ``"genre == 'report'"``.
    document : str, optional
        Column of documents; the usual one when not given, else each side is one.
    prefix : str
        What stands before the names of the columns that tagging added.
    tagger : Tagger, optional
        Finds slogans where they are not given; the shipped model's when not given.
    draws, seed : int
        Draws of documents, and what makes them repeatable.
    rate : float, default=0.05
        False discovery rate that differences of themes are held to.

    Raises
    ------
    ZhengyuError
        A side has no paragraph, or a column is missing.

    Examples
    --------
    >>> import zhengyu
    >>> old = zhengyu.tag(["新建高标准农田三万亩。", "关停小散企业四家。"])
    >>> new = zhengyu.tag(["新建高标准农田五万亩。", "签约工业项目六个。"])
    >>> zhengyu.compare(old, new).sentences["wording"].tolist()[0]
    '新建高标准农田[-三-]{+五+}万亩。'
    """
    from zhengyu.tagger import default_tagger

    if slogans is None and tagger is None:
        tagger = default_tagger()
    codes = tagger.model.themes if tagger is not None else None
    given = slogans if isinstance(slogans, tuple) else (slogans, slogans)
    sides = [
        count_side(
            name, frame_rows(table, where=where, prefix=prefix, name=name, themes=codes), tokenizer=WORDS,
            prefix=prefix, document=document, slogans=None if found is None else [as_pandas(found)], tagger=tagger,
        )
        for name, table, found in zip(names, (a, b), given, strict=True)
    ]  # fmt: skip
    return compare_sides(sides[0], sides[1], draws=draws, seed=seed, rate=rate)
