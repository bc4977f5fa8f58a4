"""Why a paragraph got its themes: the spans of the source that carried each score, adding up to it exactly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from zhengyu.themes.scorer import Scorer
from zhengyu.themes.thresholds import decide
from zhengyu.themes.tokens import BETWEEN, CHARACTERS, carries_features, features_of, grams, own_feature, sentences
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.normalise import normalise

#: What the answer that a paragraph treats no theme goes by.
NONE = "none"
#: Spans of a table of evidence that carry less of their theme are one row together: two thirds of all spans.
LEAST_SHARE = 0.02
#: Sentences whose weights differ by no more than this weigh alike.
EQUAL = 1e-9


@dataclass(frozen=True, slots=True)
class EvidenceSpan:
    """A stretch of the source and what it adds to a theme's score.

    Attributes
    ----------
    start, end : int
        Character offsets in the source.
    text : str
        ``source[start:end]``.
    contribution : float
        In units of the score; above 0 it speaks for the theme, below 0 against it.
    """

    start: int
    end: int
    text: str
    contribution: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence for one theme in one paragraph.

    Attributes
    ----------
    theme : str
        The theme's id.
    given : bool
        Whether the paragraph gets it.
    score, bias : float
        The linear score, and the part of it that every paragraph starts from.
    probability, threshold : float
        The calibrated probability, and what it must reach.
    spans : tuple of EvidenceSpan
        In the order of the source; their contributions and the bias add up to the score.
    sentence : EvidenceSpan or None
        The sentence whose words together weigh most for the theme; None where no word carries anything.
    """

    theme: str
    given: bool
    score: float
    bias: float
    probability: float
    threshold: float
    spans: tuple[EvidenceSpan, ...]
    sentence: EvidenceSpan | None

    def top(self, count: int, *, against: bool = False) -> tuple[EvidenceSpan, ...]:
        """Return the spans that weigh most for the theme, or against it, heaviest first."""
        chosen = [span for span in self.spans if (span.contribution < 0) == against and span.contribution != 0]
        return tuple(sorted(chosen, key=lambda span: -abs(span.contribution))[:count])


def explain(scorer: Scorer, text: str, themes: Sequence[str] | None = None) -> tuple[Evidence, ...]:
    """Trace the scores of one paragraph to its words.

    The score of a linear model is a sum over features. A feature that occurs several times gives each of its places
    an equal part of its contribution; the parts that fall on one word are that word's, and a pair of words, or two
    characters on either side of a border, give half of their part to each word. Words that touch and speak the same way
    are one span.

    Parameters
    ----------
    scorer : Scorer
        Scores with the model in question.
    text : str
        The paragraph.
    themes : sequence of str, optional
        Which themes to explain, ``none`` among them if asked for; the given ones, most probable first, when not named,
        or the most probable when none is given. ``none`` is given where no theme is.

    Raises
    ------
    ZhengyuError
        The model has no such theme.
    """
    model = scorer.model
    probabilities = scorer.probabilities([text])
    given = decide(model.decision, probabilities, lambda _: text).given[0]
    given = np.append(given, not given.any())
    names = (*model.themes.ids, NONE)
    bars = (*model.decision.thresholds.tolist(), model.decision.none_above)
    order = [int(k) for k in np.argsort(-probabilities[0, :-1], kind="stable")]
    if themes is None:
        wanted = [k for k in order if given[k]] or order[:1]
    else:
        for theme in themes:
            if theme not in names:
                raise ZhengyuError(f"unknown theme {theme!r}; {model.themes.hint(theme)}")
        wanted = [names.index(theme) for theme in themes]
    scores = scorer.scores([text])[0]
    places, parts = _word_parts(scorer, text, wanted)
    return tuple(
        Evidence(
            theme=names[k],
            given=bool(given[k]),
            score=float(scores[k]),
            bias=float(model.intercept[k]),
            probability=float(probabilities[0, k]),
            threshold=float(bars[k]),
            spans=_merged(text, places, parts[:, column]),
            sentence=_heaviest(text, places, parts[:, column]),
        )
        for column, k in enumerate(wanted)
    )


def evidence_rows(
    scorer: Scorer,
    ids: Sequence[str],
    texts: Sequence[str | None],
    kinds: Sequence[str] | None = None,
    themes: Sequence[Sequence[str]] | None = None,
    least_share: float = LEAST_SHARE,
) -> Any:
    """Return the evidence for the themes that a block of paragraphs gets.

    Parameters
    ----------
    scorer : Scorer
        Scores with the model in question.
    ids, texts : sequence of str
        The paragraphs.
    kinds : sequence of str, optional
        Their kinds; ``furniture`` gets no theme.
    themes : sequence of sequence of str, optional
        The themes that each was given; decided anew when not given.
    least_share : float, default=LEAST_SHARE
        Spans with a smaller share, in [0, 1], are one row together, the last of the theme, without place and text: so
        the contributions still add up.

    Returns
    -------
    pyarrow.Table
        One row a span, paragraph by paragraph, theme by theme as ``themes`` has them, spans in the order of the source:
        ``id``, ``theme``, ``start``, ``end``, ``text``, ``contribution`` (in units of the score), ``share`` (of all
        contributions to the theme, without their signs; below 0 against it), ``probability`` of the theme, and
        ``sentence_start`` and ``sentence_end`` of the sentence that weighs most for it.
    """
    import pyarrow as pa

    schema = evidence_schema()
    columns: dict[str, list[object]] = {name: [] for name in schema.names}
    for i, text in enumerate(texts):
        if not text or not text.strip() or (kinds is not None and kinds[i] == "furniture"):
            continue
        if themes is not None:
            each = explain(scorer, text, themes[i]) if themes[i] else ()
        else:
            each = tuple(found for found in explain(scorer, text) if found.given)
        for found in each:
            whole = sum(abs(span.contribution) for span in found.spans) or 1.0
            heavy = [span for span in found.spans if abs(span.contribution) / whole >= least_share]
            rows: list[tuple[object, ...]] = [(span.start, span.end, span.text, span.contribution) for span in heavy]
            if len(heavy) < len(found.spans):
                rest = (span.contribution for span in found.spans if abs(span.contribution) / whole < least_share)
                rows.append((None, None, None, sum(rest)))
            sentence = (found.sentence.start, found.sentence.end) if found.sentence else (None, None)
            for row in rows:
                values = (ids[i], found.theme, *row, cast(float, row[-1]) / whole, found.probability, *sentence)
                for name, value in zip(schema.names, values, strict=True):
                    columns[name].append(value)
    return pa.table(columns, schema=schema)


def evidence_schema() -> Any:
    """Return the columns of `evidence_rows`."""
    import pyarrow as pa

    return pa.schema(
        [
            ("id", pa.string()), ("theme", pa.string()), ("start", pa.int64()), ("end", pa.int64()),
            ("text", pa.string()), ("contribution", pa.float64()), ("share", pa.float64()),
            ("probability", pa.float64()), ("sentence_start", pa.int64()), ("sentence_end", pa.int64()),
        ]
    )  # fmt: skip


def _word_parts(scorer: Scorer, text: str, wanted: Sequence[int]) -> tuple[list[tuple[int, int]], NDArray[np.float64]]:
    """Return the words' source offsets, and what each adds to the wanted scores, shape (n_words, n_wanted)."""
    model = scorer.model
    normal = normalise(text)
    places: list[tuple[int, int]] = []
    words: list[list[int]] = []
    pairs: list[int] = []  # the column of what a word shares with the one before it, -1 for none
    place, before = 0, ""
    for word in scorer.tokenizer.words(normal.text):
        own = own_feature(word) if carries_features(word) else ""
        if model.feature_set == CHARACTERS:
            features = (own, *grams(word))
            shared = grams(before[-1:] + word[0])[2:]
            before = word
        else:
            features = features_of(word)
            shared = [before + BETWEEN + own] if before and own else []
            before = own
        known = [model.vocabulary[feature] for feature in features if feature in model.vocabulary]
        if known:
            places.append(normal.source(place, place + len(word)))
            words.append(known)
            pairs.append(model.vocabulary.get(shared[0], -1) if shared else -1)
        place += len(word)
    columns, weights = scorer.weights(text)
    weight = dict(zip(columns.tolist(), weights.tolist(), strict=True))
    times = Counter(column for known in words for column in known)
    times.update(column for column in pairs if column >= 0)
    parts = np.zeros((len(words), len(wanted)))
    mine = model.coef[list(wanted)][:, columns].astype(np.float64)
    place_of = {column: i for i, column in enumerate(columns.tolist())}
    for i, (known, pair) in enumerate(zip(words, pairs, strict=True)):
        shares = np.array([weight[column] / times[column] for column in known])
        parts[i] += mine[:, [place_of[column] for column in known]] @ shares
        if pair >= 0:  # both its words or characters are features, so the word before stands right before
            half = mine[:, place_of[pair]] * (weight[pair] / times[pair] / 2)
            parts[i - 1] += half
            parts[i] += half
    return places, parts


def _heaviest(text: str, places: list[tuple[int, int]], parts: NDArray[np.float64]) -> EvidenceSpan | None:
    """Return the sentence whose words together weigh most, of equals the first."""
    found: EvidenceSpan | None = None
    word = 0
    for start, end in sentences(text):
        first = word
        while word < len(places) and places[word][0] < end:
            word += 1
        if word > first:
            weight = float(sum(parts[first:word].tolist()))
            if found is None or weight > found.contribution + EQUAL:
                found = EvidenceSpan(start, end, text[start:end], weight)
    return found


def _merged(text: str, places: list[tuple[int, int]], parts: NDArray[np.float64]) -> tuple[EvidenceSpan, ...]:
    runs: list[list[float]] = []
    for (start, end), part in zip(places, parts.tolist(), strict=True):
        if runs and runs[-1][1] == start and (runs[-1][2] > 0) == (part > 0):
            runs[-1][1] = end
            runs[-1][2] += part
        else:
            runs.append([start, end, part])
    return tuple(EvidenceSpan(int(a), int(b), text[int(a) : int(b)], c) for a, b, c in runs)
