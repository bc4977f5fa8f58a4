"""Texts and documents to the answers of the API."""

from __future__ import annotations

from zhengyu.tagger import Tagger
from zhengyu.themes.evidence import Evidence
from zhengyu.web.batching import Batcher
from zhengyu.web.metrics import Metrics
from zhengyu.web.schemas import DocumentResponse, ParagraphOut, SetAsideOut, Tagged, ThemeChance
from zhengyu.web.settings import Limits
from zhengyu.web.uploads import Upload
from zhengyu_corpus.splitting import split_document


class TooLargeError(Exception):
    """A request holds more than it may; the message says of what, and how much."""


class Analyst:
    """Tag what requests bring, batched over all of them.

    Parameters
    ----------
    tagger : Tagger
        The model.
    limits : Limits
        Bounds on texts and documents.
    metrics : Metrics
        Counts paragraphs.
    """

    def __init__(self, tagger: Tagger, limits: Limits, metrics: Metrics) -> None:
        self.tagger, self.limits, self.metrics = tagger, limits, metrics
        self.batcher = Batcher(self._tag, limits.waiting_chars)

    def _tag(self, texts: list[str]) -> list[Tagged]:
        chances = self.tagger.probabilities(texts)
        columns = self.tagger.columns(chances, texts)
        place = {theme: k for k, theme in enumerate(self.tagger.themes)}
        self.metrics.paragraphs.inc(len(texts))
        self.metrics.batch.observe(len(texts))
        return [
            Tagged(
                themes=[ThemeChance(id=theme, probability=float(row[place[theme]])) for theme in themes],
                uncertain=uncertain,
                none=float(row[-1]),
                slogans=list(slogans),
                probabilities=dict(zip(self.tagger.themes, row.tolist(), strict=False)),
            )
            for row, themes, uncertain, slogans in zip(
                chances, columns["themes"], columns["uncertain"], self.tagger.find_slogans(texts), strict=True
            )
        ]

    def check(self, texts: list[str], most: int) -> None:
        """Refuse too many texts, or too long ones.

        Raises
        ------
        TooLargeError
            Which bound was passed, and by how much.
        """
        if len(texts) > most:
            raise TooLargeError(f"{len(texts):,} texts came, at most {most:,} are taken at once; send them in parts")
        for number, text in enumerate(texts):
            if len(text) > self.limits.text_chars:
                raise TooLargeError(
                    f"text {number} has {len(text):,} characters, a paragraph has at most "
                    f"{self.limits.text_chars:,}; cut it into paragraphs"
                )
        self._check_total(sum(map(len, texts)))

    def _check_total(self, total: int) -> None:
        if total > self.limits.document_chars:
            raise TooLargeError(
                f"{total:,} characters came, at most {self.limits.document_chars:,} are taken at once; "
                "send them in parts, or use the command zhengyu tag"
            )

    async def texts(self, texts: list[str], *, probabilities: bool) -> list[Tagged]:
        """Tag texts, one paragraph each."""
        self.check(texts, self.limits.texts)
        answers = await self.batcher.run(texts)
        return answers if probabilities else [_short(answer) for answer in answers]

    async def explain(self, text: str, themes: list[str] | None) -> tuple[Evidence, ...]:
        """Return why a paragraph got its themes.

        Raises
        ------
        ZhengyuError
            A theme is unknown.
        """
        self.check([text], 1)
        return await self.batcher.call(lambda: self.tagger.explain(text, themes), len(text))

    async def upload(self, upload: Upload) -> DocumentResponse:
        """Tag a document paragraph by paragraph, or a table row by row."""
        if upload.text is None:
            parts = [
                ParagraphOut(paragraph=n, start=None, end=None, kind="row", rule="", text=text, tags=None)
                for n, text in enumerate(upload.texts, 1)
            ]
        else:
            self._check_total(len(upload.text))
            parts = [
                ParagraphOut(paragraph=part.number, start=part.start, end=part.end, kind=part.kind, rule=part.rule,
                             text=part.text, tags=None)
                for part in split_document(upload.text, upload.furniture)
            ]  # fmt: skip
        self.check([part.text for part in parts], self.limits.paragraphs)
        tagged = [part for part in parts if part.kind != "furniture" and part.text.strip()]
        texts = [part.text for part in tagged]
        for part, answer in zip(tagged, await self.batcher.run(texts), strict=True):
            part.tags = _short(answer)
        if upload.text is not None:
            # The paragraphs were tagged among others'; what stands in company tells only within the document.
            slogans = await self.batcher.call(
                lambda: self.tagger.find_slogans(texts, document=True), sum(map(len, texts))
            )
            for part, found in zip(tagged, slogans, strict=True):
                if part.tags is not None:
                    part.tags.slogans = list(found)
        return DocumentResponse(
            name=upload.name,
            encoding=upload.encoding,
            kind="table" if upload.text is None else "document",
            model=self.tagger.model.version,
            paragraphs=parts,
            set_aside=[SetAsideOut(line=line, reason=reason) for line, reason in upload.set_aside],
            notes=list(upload.notes),
        )


def _short(answer: Tagged) -> Tagged:
    return answer.model_copy(update={"probabilities": None})
