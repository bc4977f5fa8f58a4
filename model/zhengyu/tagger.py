"""The façade: texts or documents in, a table of paragraphs with their themes out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zhengyu.io.columns import THEMES, TagColumns, probability_columns
from zhengyu.persistence.folder import load_model
from zhengyu.themes.model import Model
from zhengyu.themes.scorer import Scorer, choose_scoring
from zhengyu_corpus.errors import ZhengyuError

if TYPE_CHECKING:
    import pandas as pd

    from zhengyu.slogans.finder import SloganFinder
    from zhengyu.slogans.record import Slogan
    from zhengyu.themes.evidence import Evidence
    from zhengyu_corpus.lexicon import KnownSlogan
    from zhengyu_corpus.themes import ThemeSet

#: Types of the columns of a data frame of slogans, by the Python type of the field.
_FRAME_TYPES: dict[object, str] = {int: "int64", bool: "bool", float: "float64"}
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
        self._own = _read_lexicon(lexicon, model.themes) if lexicon is not None else ()
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

    @cached_property
    def _added(self) -> TagColumns:
        return TagColumns(self.model.themes)

    @property
    def finds_slogans(self) -> bool:
        """Whether the model can find slogans."""
        from zhengyu.slogans.storage import PARTS

        return all(name in self.model.extras for name in PARTS)

    @cached_property
    def finder(self) -> SloganFinder:
        """What finds slogans, made on first use.

        Raises
        ------
        ZhengyuError
            The model finds none.
        """
        from zhengyu.slogans.storage import read_finder

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
        return self.probabilities_and_words(texts)[0]

    def probabilities_and_words(self, texts: Sequence[object]) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        """Return what `probabilities` does, and the words of each text, from which `Model.novelty` tells.

        Returns
        -------
        probabilities : ndarray of shape (n_texts, n_themes + 1)
            As `probabilities` gives them.
        words : ndarray of int32 of shape (n_texts, 2)
            How many words a text has, and how many of them the model does not know.

        Raises
        ------
        ZhengyuError
            An entry is neither a string nor None.
        """
        clean = [text or "" for text in _listed(texts)]
        compiled = choose_scoring(3 * sum(map(len, clean))) == "compiled"
        score = self._compiled_score if compiled else self.scorer.score
        scores, words = np.empty((0, len(self.themes) + 1)), np.empty((0, 2), dtype=np.int32)
        blocks = [score(clean[i : i + BLOCK]) for i in range(0, len(clean), BLOCK)]
        if blocks:
            scores, words = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
        return self.model.calibration.probability(scores), words

    def _compiled_score(self, texts: list[str]) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        import pyarrow as pa

        try:
            strings = pa.array(texts, pa.large_string())
        except UnicodeEncodeError:  # half a surrogate pair, which is no character in either way of scoring
            strings = pa.array([text.encode("utf-8", "replace").decode() for text in texts], pa.large_string())
        scores, _, words, _ = self._compiled.score(strings, keep=False)
        return scores, words

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
            probable first), ``uncertain`` (ids within 0.10 of their threshold, given or not, and those given below
            it), ``model``; and the probabilities if asked for. The index of a pandas Series is kept.

        Raises
        ------
        ZhengyuError
            `texts` is a data frame, or an entry is neither a string nor None.
        """
        import pandas as pd

        from zhengyu.display.html_table import as_tagged

        rows = _listed(texts)
        found = self.probabilities(rows)
        index = texts.index if isinstance(texts, pd.Series) else None
        columns = {"text": rows, **self.columns(found, rows)}
        table = pd.DataFrame({name: pd.Series(values, index, dtype=object) for name, values in columns.items()})
        if probabilities:
            table[probability_columns(self.themes)] = found
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
        import pandas as pd

        from zhengyu.display.html_table import as_tagged
        from zhengyu_corpus.splitting import split_document

        parts = split_document(document)
        place = pd.DataFrame(
            {
                "paragraph": pd.Series([part.number for part in parts], dtype="int64"),
                "start": pd.Series([part.start for part in parts], dtype="int64"),
                "end": pd.Series([part.end for part in parts], dtype="int64"),
                "kind": pd.Series([part.kind for part in parts], dtype=object),
                "rule": pd.Series([part.rule for part in parts], dtype=object),
            }
        )
        # Furniture is no text to a decision: neither a theme nor a probability.
        texts = [None if part.kind == "furniture" else part.text for part in parts]
        table = pd.concat([place, pd.DataFrame(self.tag(texts, probabilities=probabilities))], axis=1)
        table["text"] = pd.Series([part.text for part in parts], dtype=object)
        if probabilities:
            table.loc[table["kind"] == "furniture", probability_columns(self.themes)] = np.nan
        return as_tagged(table, self)

    def explain(self, text: str, themes: Sequence[str] | None = None) -> tuple[Evidence, ...]:
        """Return the spans of `text` that carried each theme; see `zhengyu.themes.evidence.explain`."""
        from zhengyu.themes.evidence import explain

        return explain(self.scorer, text, themes)

    def slogans(self, texts: Iterable[str | None] | str, *, document: bool = False) -> pd.DataFrame:
        """Find the slogans of texts, one paragraph each.

        Parameters
        ----------
        texts : iterable of str or None
            Paragraphs.
        document : bool, default=False
            Whether they are the paragraphs of one document; see `zhengyu.slogans.finder.SloganFinder.find_document`.

        Returns
        -------
        pandas.DataFrame
            One row a slogan: ``row`` (0-based number of the text, whatever the index of a Series), then the fields of
            `Slogan`. A slogan whose themes are not known takes those of its paragraph.

        Raises
        ------
        ZhengyuError
            The model finds no slogans.
        """
        import pandas as pd

        from zhengyu.slogans.record import FIELDS

        _ = self.finder  # a model without slogans is refused here
        each = self.find_slogans(_listed(texts), document=document)
        found = [(row, slogan) for row, slogans in enumerate(each) for slogan in slogans]
        columns: dict[str, Any] = {"row": pd.Series([row for row, _ in found], dtype="int64")}
        for name, kind in FIELDS.items():
            values = [getattr(slogan, name) for _, slogan in found]
            shown = [list(value) if isinstance(value, tuple) else value for value in values]
            columns[name] = pd.Series(shown, dtype=_FRAME_TYPES.get(kind, "object"))
        return pd.DataFrame(columns)

    def find_slogans(self, texts: Sequence[str | None], *, document: bool = False) -> list[tuple[Slogan, ...]]:
        """Return the slogans of every text in the order of their places; parameters as in `slogans`.

        A slogan whose themes are not known takes those of its paragraph; a model without slogans finds none.
        """
        if not self.finds_slogans:
            return [()] * len(texts)
        plain = [text or "" for text in texts]
        each = self.finder.find_document(plain) if document else [self.finder.find(text) for text in plain]
        unknown = [row for row, slogans in enumerate(each) if any(not slogan.themes for slogan in slogans)]
        some = [texts[row] for row in unknown]
        of_row = dict(zip(unknown, self.columns(self.probabilities(some), some)[THEMES], strict=True))
        return [
            tuple(slogan.in_paragraph(of_row.get(row, ())) for slogan in slogans) for row, slogans in enumerate(each)
        ]

    def columns(self, probabilities: NDArray[np.float64], texts: Sequence[str | None]) -> dict[str, list[Any]]:
        """Return the columns `zhengyu.io.columns.ADDED` for texts and their probabilities; blank texts get no theme."""
        from zhengyu.tagging import added_columns

        columns, _ = added_columns(self.model, self._added, probabilities, texts.__getitem__)
        return {name: column.to_pylist() for name, column in columns.items()}


def _read_lexicon(path: Path, themes: ThemeSet) -> tuple[KnownSlogan, ...]:
    from zhengyu_corpus.lexicon import load_lexicon

    return load_lexicon(path, themes)


def _listed(texts: Iterable[Any] | str) -> list[Any]:
    """Return texts as a list, with None for what pandas holds in place of a missing one.

    Raises
    ------
    ZhengyuError
        They are a data frame, or an entry is neither a string nor None.
    """
    columns = getattr(texts, "columns", None)
    if columns is not None:
        raise ZhengyuError(
            f"expected texts, got a data frame with the columns {', '.join(map(str, columns))}; "
            "give one of them, such as tagger.tag(frame['text'])"
        )
    rows: list[Any] = [texts] if isinstance(texts, str) else list(texts)
    for number, text in enumerate(rows):
        if isinstance(text, str):
            continue
        # pandas.NA is known by its name: pandas is not imported for those who do not use it.
        if not (text is None or type(text).__name__ == "NAType" or (isinstance(text, float) and text != text)):
            raise ZhengyuError(
                f"texts[{number}]: expected a string or None, got {type(text).__name__}; convert it with str()"
            )
        rows[number] = None
    return rows


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
    found = None
    if folder is not None:
        from zhengyu.persistence.registry import find_model

        found = find_model(folder)
    model = load_model(found)
    return Tagger(model.deciding(favour, precision), lexicon=lexicon, lexicon_only=lexicon_only)


@lru_cache(maxsize=1)
def default_tagger() -> Tagger:
    """Return the tagger of the shipped model, loaded once a process."""
    return load()


def tag(texts: Iterable[str | None] | str, *, probabilities: bool = False) -> pd.DataFrame:
    """Tag texts with the shipped model, which is loaded once; see `Tagger.tag`.

    Examples
    --------
    >>> import zhengyu
    >>> zhengyu.tag(["我县新建高标准农田三万亩，粮食总产再创新高。"])["themes"][0]
    ['rural']
    """
    return default_tagger().tag(texts, probabilities=probabilities)
