"""The façade: texts or documents in, a table of paragraphs with their themes out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zhengyu.display.html_table import as_tagged
from zhengyu.persistence.folder import load_model
from zhengyu.persistence.registry import find_model
from zhengyu.slogans.finder import Slogan, SloganFinder
from zhengyu.slogans.storage import PARTS, read_finder
from zhengyu.themes.evidence import Evidence, explain
from zhengyu.themes.model import Model
from zhengyu.themes.scorer import Scorer, choose_scoring
from zhengyu.themes.thresholds import ranked
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.lexicon import load_lexicon
from zhengyu_corpus.splitting import split_document

#: Columns of found slogans, with their types.
_SLOGAN_FIELDS = {
    "start": "int64", "end": "int64", "surface": "object", "normal": "object", "type": "object", "themes": "object",
    "known": "bool", "probability": "float64", "members": "object",
}  # fmt: skip
#: Paragraphs scored at once; more gives nothing and costs memory.
BLOCK = 2048


class Tagger:
    """Tag texts with the themes of a model.

    Parameters
    ----------
    model : Model
        A loaded model; `load` gives a ready tagger.
    lexicon : Path, optional
        CSV of slogans of one's own; see `zhengyu_corpus.lexicon.load_lexicon`.
    lexicon_only : bool, default=False
        Whether `lexicon` replaces the model's own rather than extends it.

    Raises
    ------
    CorpusError
        Rows of the lexicon are refused; all are listed.
    """

    def __init__(self, model: Model, *, lexicon: Path | None = None, lexicon_only: bool = False) -> None:
        self.model = model
        self.scorer = Scorer(model)
        self._own = load_lexicon(lexicon, model.themes) if lexicon is not None else ()
        if lexicon_only and lexicon is None:
            raise ZhengyuError("expected a lexicon of your own to use alone; name its file")
        self._own_only = lexicon_only
        #: Files of the user's that it was made from; no output may take their place.
        self.files: tuple[Path, ...] = (lexicon,) if lexicon is not None else ()

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what is made again where it arrives: the finder, whose automaton cannot be sent, and the arrays."""
        return {name: value for name, value in self.__dict__.items() if name not in ("finder", "_compiled")}

    @cached_property
    def _compiled(self) -> Any:
        from zhengyu.compiled.themes.scorer import CompiledScorer

        return CompiledScorer(self.model)

    @property
    def finds_slogans(self) -> bool:
        """Whether the model can find slogans."""
        return all(name in self.model.extras for name in PARTS)

    @cached_property
    def finder(self) -> SloganFinder:
        """What finds slogans, made on first use.

        Raises
        ------
        ZhengyuError
            The model finds none.
        """
        return read_finder(
            self.model.extras, self.model.themes, where=self.model.version, own=self._own, own_only=self._own_only
        )

    @property
    def themes(self) -> tuple[str, ...]:
        """Theme ids, in the order of the probability columns."""
        return self.model.themes.ids

    def probabilities(self, texts: Sequence[object]) -> NDArray[np.float64]:
        """Return calibrated probabilities, ndarray of shape (n_texts, n_themes + 1), the last column for none.

        Many texts are scored by compiled code, few without: see `zhengyu.themes.scorer.choose_scoring`.

        Raises
        ------
        ZhengyuError
            An entry is neither a string nor None.
        """
        clean: list[str] = []
        for number, text in enumerate(texts):
            if not (text is None or isinstance(text, str) or text is pd.NA or text != text):
                raise ZhengyuError(
                    f"texts[{number}]: expected a string or None, got {type(text).__name__}; convert it with str()"
                )
            clean.append(text if isinstance(text, str) else "")
        compiled = choose_scoring(3 * sum(map(len, clean))) == "compiled"
        score: Callable[[list[str]], NDArray[np.float64]] = self._compiled_scores if compiled else self.scorer.scores
        blocks = [score(clean[i : i + BLOCK]) for i in range(0, len(clean), BLOCK)]
        scores = np.concatenate(blocks) if blocks else np.empty((0, len(self.themes) + 1))
        return self.model.calibration.probability(scores)

    def _compiled_scores(self, texts: list[str]) -> NDArray[np.float64]:
        import pyarrow as pa

        try:
            strings = pa.array(texts, pa.large_string())
        except UnicodeEncodeError:  # half a surrogate pair, which is no character in either way of scoring
            strings = pa.array([text.encode("utf-8", "replace").decode() for text in texts], pa.large_string())
        scores: NDArray[np.float64] = self._compiled.scores(strings)[0]
        return scores

    def tag(self, texts: Iterable[str | None] | str, *, probabilities: bool = False) -> pd.DataFrame:
        """Tag texts, one paragraph each.

        Parameters
        ----------
        texts : iterable of str or None
            Paragraphs; None and empty texts get no theme.
        probabilities : bool, default=False
            Add a column ``p_<theme>`` for every theme and ``p_none``.

        Returns
        -------
        TaggedTable
            A data frame that draws itself in a notebook. One row a text: ``text``, ``themes`` (list of ids, most
            probable first), ``uncertain`` (ids within 0.10 of their threshold, given or not), ``model``; and the
            probabilities if asked for. The index of a pandas Series is kept.

        Raises
        ------
        ZhengyuError
            An entry is neither a string nor None.
        """
        rows = [texts] if isinstance(texts, str) else list(texts)
        chances = self.probabilities(rows)
        table = pd.DataFrame(
            {
                "text": pd.Series(rows, dtype=object),
                **self.columns(chances, np.array([isinstance(t, str) and bool(t.strip()) for t in rows], dtype=bool)),
            }
        )
        if probabilities:
            table = pd.concat([table, self.probability_columns(chances)], axis=1)
        if isinstance(texts, pd.Series):
            table.index = texts.index
        return as_tagged(table, self)

    def tag_document(self, document: str, *, probabilities: bool = False) -> pd.DataFrame:
        """Split a document into paragraphs and tag its prose and headings; furniture stays untagged.

        Parameters
        ----------
        document : str
            Decoded text of one document.
        probabilities : bool, default=False
            As in `tag`.

        Returns
        -------
        pandas.DataFrame
            One row a paragraph: ``paragraph`` (1-based), ``start``, ``end`` (character offsets in `document`),
            ``kind``, ``rule``, then the columns of `tag`.
        """
        parts = split_document(document)
        place = pd.DataFrame(
            {
                "paragraph": [part.number for part in parts],
                "start": [part.start for part in parts],
                "end": [part.end for part in parts],
                "kind": [part.kind for part in parts],
                "rule": [part.rule for part in parts],
            }
        )
        texts = [part.text for part in parts]
        chances = self.probabilities(texts)
        tagged = np.array([part.kind != "furniture" for part in parts], dtype=bool)
        headings = np.array([part.kind == "heading" for part in parts], dtype=bool)
        columns = {"text": pd.Series(texts, dtype=object), **self.columns(chances, tagged, headings)}
        table = pd.concat([place, pd.DataFrame(columns)], axis=1)
        if probabilities:
            shown = self.probability_columns(chances)
            shown.loc[~tagged, :] = np.nan
            table = pd.concat([table, shown], axis=1)
        return as_tagged(table, self)

    def explain(self, text: str, themes: Sequence[str] | None = None) -> tuple[Evidence, ...]:
        """Return the spans of `text` that carried each theme; see `zhengyu.themes.evidence.explain`."""
        return explain(self.scorer, text, themes)

    def slogans(self, texts: Sequence[str | None], *, document: bool = False) -> pd.DataFrame:
        """Find the slogans of texts, one paragraph each.

        Parameters
        ----------
        texts : sequence of str or None
            Paragraphs.
        document : bool, default=False
            Whether they are the paragraphs of one document; see `zhengyu.slogans.finder.SloganFinder.find_document`.

        Returns
        -------
        pandas.DataFrame
            One row a slogan: ``row`` (0-based number of the text), then the fields of `zhengyu.slogans.finder.Slogan`.
            A slogan whose themes are not known takes those of its paragraph.
        """
        _ = self.finder  # a model without slogans is refused here
        each = self.find_slogans(texts, document=document)
        found = [(row, slogan) for row, slogans in enumerate(each) for slogan in slogans]
        values = {
            name: [list(value) if isinstance(value := getattr(slogan, name), tuple) else value for _, slogan in found]
            for name in _SLOGAN_FIELDS
        }
        return pd.DataFrame(
            {
                "row": pd.Series([row for row, _ in found], dtype="int64"),
                **{name: pd.Series(values[name], dtype=kind) for name, kind in _SLOGAN_FIELDS.items()},
            }
        )

    def find_slogans(self, texts: Sequence[str | None], *, document: bool = False) -> list[tuple[Slogan, ...]]:
        """Return the slogans of every text in the order of their places; parameters as in `slogans`.

        A slogan whose themes are not known takes those of its paragraph; a model without slogans finds none.
        """
        if not self.finds_slogans:
            return [()] * len(texts)
        plain = [text or "" for text in texts]
        each = self.finder.find_document(plain) if document else [self.finder.find(text) for text in plain]
        unknown = [row for row, slogans in enumerate(each) if any(not slogan.themes for slogan in slogans)]
        of_row = dict(zip(unknown, self.tag([texts[row] for row in unknown])["themes"], strict=True))
        return [
            tuple(slogan if slogan.themes else slogan._replace(themes=tuple(of_row[row])) for slogan in slogans)
            for row, slogans in enumerate(each)
        ]

    def columns(
        self, chances: NDArray[np.float64], tagged: NDArray[np.bool_], headings: NDArray[np.bool_] | None = None
    ) -> dict[str, Any]:
        """Return ``themes``, ``uncertain`` and ``model`` for probabilities; rows not `tagged` stay empty.

        `headings` are as in `zhengyu.themes.thresholds.Decision.apply`.
        """
        given = self.model.decision.apply(chances, headings) & tagged[:, None]
        near = self.model.decision.uncertain(chances, given)
        return {
            "themes": self._lists(given, chances),
            "uncertain": self._lists(near & tagged[:, None], chances),
            "model": [self.model.version] * len(chances),
        }

    def _lists(self, chosen: NDArray[np.bool_], chances: NDArray[np.float64]) -> list[list[str]]:
        offsets, columns = ranked(chosen, chances)
        names = [self.themes[k] for k in columns.tolist()]
        return [names[a:b] for a, b in pairwise(offsets.tolist())]

    def probability_columns(self, chances: NDArray[np.float64]) -> pd.DataFrame:
        """Return probabilities as columns ``p_<theme>`` and ``p_none``."""
        return pd.DataFrame(chances, columns=[f"p_{name}" for name in (*self.themes, "none")])


def load(
    folder: str | Path | None = None,
    *,
    favour: str | None = None,
    precision: float | None = None,
    lexicon: Path | None = None,
    lexicon_only: bool = False,
) -> Tagger:
    """Load a model, the shipped one when none is named.

    Parameters
    ----------
    folder : str or Path, optional
        A model folder, or a name that `zhengyu.persistence.registry.find_model` knows.
    favour : {'f1', 'precision', 'recall'}, optional
        What the thresholds serve; F1 when not given.
    precision : float, optional
        A floor of precision for every theme, in place of `favour`.
    lexicon, lexicon_only
        As in `Tagger`.

    Raises
    ------
    ZhengyuError
        The folder is not a sound model, or has no such thresholds; the message says why.
    """
    model = load_model(None if folder is None else find_model(folder))
    return Tagger(model.deciding(favour, precision), lexicon=lexicon, lexicon_only=lexicon_only)


def tag(texts: Iterable[str | None] | str, *, probabilities: bool = False) -> pd.DataFrame:
    """Tag texts with the shipped model; see `Tagger.tag`."""
    return load().tag(texts, probabilities=probabilities)
