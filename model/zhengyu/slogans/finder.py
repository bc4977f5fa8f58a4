"""The finder: paragraphs in, their slogans out, with place, type, normal form, themes and probability."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from zhengyu.slogans.candidates import NUMERALS, Candidate, candidates, company_of, features, surroundings
from zhengyu.slogans.gloss import may_be_spelled_out, members
from zhengyu.slogans.grammars import type_by_shape
from zhengyu.slogans.known import KnownSlogans
from zhengyu.slogans.model import SloganModel, SloganWeights, best_set
from zhengyu.slogans.normal_form import entry_of, new_form
from zhengyu.slogans.record import Slogan
from zhengyu.slogans.view import View, view
from zhengyu_corpus.lexicon import KnownSlogan

#: So many chosen wordings of one frame are a company.
_COMPANY = 3


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A paragraph's candidates, their features and their chances."""

    seen: View
    able: list[Candidate]
    rows: list[list[str]]
    chances: list[float]


class SloganFinder:
    """Find slogans.

    Parameters
    ----------
    entries : sequence of KnownSlogan
        The lexicon.
    places : iterable of str
        Names of places.
    weights : SloganWeights
        What was learnt.
    """

    def __init__(self, entries: Sequence[KnownSlogan], places: Iterable[str], weights: SloganWeights) -> None:
        self.known = KnownSlogans(entries)
        self.places = frozenset(places)
        self.model = SloganModel(weights)
        self.told_before = lru_cache(_KEPT)(self.told_of)

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel as what it was made of; the automaton is made again where it arrives."""
        return SloganFinder, (self.known.entries, self.places, self.model.weights)

    def entry_of(self, surface: str) -> int:
        """Return the number of the lexicon entry that a wording is a form of, -1 when it is new."""
        return entry_of(surface, self.known, self.places)

    def find_document(self, paragraphs: Sequence[str]) -> list[tuple[Slogan, ...]]:
        """Return the slogans of each paragraph of one document.

        What stands in company counts over the whole document: of seven paragraphs that each begin with a vow not to
        waver, each one is the surer to be a slogan. Where most of a company were chosen, so is the rest of it that
        could be, rather than a known slogan inside: the figure is one.
        """
        return self.find_in_company(paragraphs, company_of(view(text) for text in paragraphs))

    def find_in_company(self, paragraphs: Sequence[str], company: Mapping[str, int]) -> list[tuple[Slogan, ...]]:
        """Return the slogans of paragraphs of one document whose frames have been counted.

        Parameters
        ----------
        paragraphs : sequence of str
            Those in which a frame stands; the others of the document have the slogans that `find` gives them.
        company : mapping of str to int
            How many wordings of each frame the document has, as `company_of` counts them.
        """
        weighed = [self._weigh(text, company) for text in paragraphs]
        chosen = [self._choose(one) for one in weighed]
        taken = Counter(
            one.able[i].frame for one, numbers in zip(weighed, chosen, strict=True) for i in numbers
        )  # fmt: skip
        for frame, count in taken.items():
            if frame and count >= _COMPANY and 2 * count >= company[frame]:
                for one in weighed:
                    _keep_company(one, frame, self.model.weights.threshold)
        return [self._slogans(text, one) for text, one in zip(paragraphs, weighed, strict=True)]

    def find(self, text: str, *, lexicon: bool = True, grammars: bool = True, model: bool = True) -> tuple[Slogan, ...]:
        """Return the slogans of one paragraph in the order of their places; none of them overlap.

        Parameters
        ----------
        text : str
            The paragraph.
        lexicon, grammars, model : bool, default=True
            Layers can be left out, to measure what each gives; without the model every candidate is accepted.
        """
        return self._slogans(text, self._weigh(text, None, lexicon=lexicon, grammars=grammars, model=model))

    def _weigh(
        self,
        text: str,
        company: Mapping[str, int] | None,
        *,
        lexicon: bool = True,
        grammars: bool = True,
        model: bool = True,
    ) -> _Weighed:
        seen = view(text)
        able = candidates(seen, self.known, self.places, company, lexicon=lexicon, grammars=grammars)
        entries, around = self.known.entries, surroundings(seen, able)
        rows = [features(seen, one, entries[one.entry] if one.entry >= 0 else None, around) for one in able]
        chances = [
            self.model.probability(row) if model and not (one.entry >= 0 and entries[one.entry].own) else 1.0
            for one, row in zip(able, rows, strict=True)
        ]
        return _Weighed(seen, able, rows, chances)

    def _choose(self, one: _Weighed) -> list[int]:
        spans = [(candidate.start, candidate.end) for candidate in one.able]
        return best_set(spans, one.chances, self.model.weights.threshold)

    def _slogans(self, text: str, weighed: _Weighed) -> tuple[Slogan, ...]:
        found: list[Slogan] = []
        for i in self._choose(weighed):
            one = weighed.able[i]
            place = weighed.seen.normalised.source(one.start, one.end)
            kind = ""
            if one.entry < 0:
                kind = type_by_shape(one.layers, self.model.weights.types) or self.model.type(weighed.rows[i])
            found.append(self.slogan(text, place, (one.start, one.end), one.entry, kind, weighed.chances[i]))
        return tuple(found)

    def slogan(
        self, text: str, place: tuple[int, int], seen: tuple[int, int], entry: int, kind: str, probability: float
    ) -> Slogan:
        """Return a chosen candidate as a slogan.

        Parameters
        ----------
        text : str
            The paragraph.
        place, seen : (int, int)
            First character and last (exclusive) in the paragraph, and in its view.
        entry : int
            Its lexicon entry, -1 for a new one.
        kind : str
            Type of a new one.
        probability : float
            How likely it is one.
        """
        start, end = place
        surface = text[start:end]
        normal, known_type, themes, known = self.told_before(surface, entry)
        if known:
            kind = known_type
        spelled_out = self.spelled_out(text, place, seen) if kind == "numeric" else ()
        return Slogan(start, end, surface, normal, kind, themes, known, probability, spelled_out)

    def spelled_out(self, text: str, place: tuple[int, int], seen: tuple[int, int]) -> tuple[str, ...]:
        """Return what a numeric abbreviation stands for, at places as those of `slogan`."""
        return members(_view_text(text), *seen) if may_be_spelled_out(text, *place) else ()

    def told_of(self, surface: str, entry: int) -> tuple[str, str, tuple[str, ...], bool]:
        """Return normal form, type, themes, and whether it is known, of a wording and its lexicon entry or -1.

        A wording that no candidate of the lexicon is may be a form of an entry all the same; the type of a new one is
        not known from its wording.
        """
        number = entry if entry >= 0 else self.entry_of(surface)
        if number < 0:
            return new_form(surface), "", (), False
        found = self.known.entries[number]
        return found.normal, _type_of(found, surface), found.themes, True


def _type_of(entry: KnownSlogan, surface: str) -> str:
    """Return the type of a form of an entry: a list that is written out has no number, so it is no numeric one."""
    if entry.type == "numeric" and not entry.own and NUMERALS.isdisjoint(surface):
        return "canonical" if entry.level == "central" else "coinage"
    return entry.type


@lru_cache(maxsize=8)
def _view_text(text: str) -> str:
    """Return the text of a paragraph's view; the slogans of a paragraph come one after another."""
    return view(text).text


#: Wordings recur: so many of them are kept with what was found out about them.
_KEPT = 1 << 16


def _keep_company(one: _Weighed, frame: str, threshold: float) -> None:
    """Leave what stands in a company without rivals inside it."""
    order = sorted(range(len(one.able)), key=lambda i: one.able[i].start)
    starts = [one.able[i].start for i in order]
    for i, kept in enumerate(one.able):
        if kept.frame == frame and one.chances[i] >= threshold:
            for j in order[bisect_left(starts, kept.start) : bisect_left(starts, kept.end)]:
                if j != i and one.able[j].end <= kept.end:
                    one.chances[j] = 0.0
