"""Requests to answers: all that grows with the text of a request. Worker processes do it, never the event loop."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from pydantic import BaseModel

from zhengyu.io.sandbox.parent import received, sound
from zhengyu.slogans.record import Slogan
from zhengyu.tagger import Tagger
from zhengyu.web import schemas
from zhengyu.web.corrections import CorrectionsFile, make_correction, merged
from zhengyu.web.exports import MEDIA, export
from zhengyu.web.schemas import DocumentResponse, ParagraphOut, SetAsideOut, Tagged, ThemeChance
from zhengyu.web.settings import Limits, Settings
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.splitting import split_document


class TooLargeError(Exception):
    """A request holds more than it may; the message says of what, and how much."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The body of an answer, with what the server must know of it.

    Attributes
    ----------
    body : bytes
        As it is sent.
    media : str
        Its media type.
    paragraphs : int
        Paragraphs tagged.
    name : str
        What a file to download is called, without its ending.
    """

    body: bytes
    media: str = "application/json"
    paragraphs: int = 0
    name: str = ""


@dataclass(frozen=True, slots=True)
class Upload:
    """What an uploaded file holds.

    Attributes
    ----------
    name : str
        The file's name without its folders.
    encoding : str
        The encoding found, ``""`` for formats that carry their own.
    text : str or None
        The text of a document; None for a table.
    texts : tuple of str
        The paragraphs of a table, one a row.
    set_aside : tuple of (int, str)
        Line and reason of the rows that could not be read; of a document, the page or part.
    furniture : mapping of int to str
        Offsets of a document's lines that are furniture by their place, and the name of the rule.
    notes : tuple of str
        What the user should know of the reading.
    """

    name: str
    encoding: str
    text: str | None
    texts: tuple[str, ...] = ()
    set_aside: tuple[tuple[int, str], ...] = ()
    furniture: Mapping[int, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


class Work:
    """What each operation of the API does; one method an operation, named as in `OPERATIONS`.

    Parameters
    ----------
    tagger : Tagger
        The model.
    settings : Settings
        Bounds on texts and documents, and where corrections are kept.
    """

    def __init__(self, tagger: Tagger, settings: Settings) -> None:
        self.tagger, self.limits = tagger, settings.limits
        self.kept = CorrectionsFile(settings.corrections) if settings.corrections else None

    def tag(self, request: schemas.TagRequest) -> schemas.TagResponse:
        """Tag texts, one paragraph each."""
        check_size(request.texts, self.limits.texts, self.limits)
        results = self._tagged(request.texts, probabilities=request.probabilities)
        return schemas.TagResponse(model=self.tagger.model.version, results=results)

    def document(self, request: schemas.TextRequest) -> DocumentResponse:
        """Split a document into paragraphs and tag them."""
        return self.upload(Upload(request.name, "", request.text))

    def upload(self, upload: Upload) -> DocumentResponse:
        """Tag a document paragraph by paragraph, or a table row by row."""
        document = upload.text is not None
        if upload.text is None:
            parts = [
                ParagraphOut(paragraph=n, start=None, end=None, kind="row", rule="", text=text, tags=None)
                for n, text in enumerate(upload.texts, 1)
            ]
        else:
            _check_total(len(upload.text), self.limits)
            parts = [
                ParagraphOut(paragraph=part.number, start=part.start, end=part.end, kind=part.kind, rule=part.rule,
                             text=part.text, tags=None)
                for part in split_document(upload.text, upload.furniture)
            ]  # fmt: skip
        check_size([part.text for part in parts], self.limits.paragraphs, self.limits)
        filled = [part for part in parts if part.kind != "furniture" and part.text.strip()]
        texts = [part.text for part in filled]
        for part, tags in zip(filled, self._tagged(texts, document=document), strict=True):
            part.tags = tags
        return DocumentResponse(
            name=upload.name,
            encoding=upload.encoding,
            kind="document" if document else "table",
            model=self.tagger.model.version,
            paragraphs=parts,
            set_aside=[SetAsideOut(line=line, reason=reason) for line, reason in upload.set_aside],
            notes=list(upload.notes),
        )

    def explain(self, request: schemas.ExplainRequest) -> schemas.ExplainResponse:
        """Return why a paragraph got its themes."""
        check_size([request.text], 1, self.limits)
        return schemas.ExplainResponse(
            model=self.tagger.model.version,
            evidence=[
                schemas.EvidenceOut(
                    theme=one.theme, given=one.given, score=one.score, bias=one.bias, probability=one.probability,
                    threshold=one.threshold,
                    spans=[schemas.SpanOut(**asdict(span)) for span in one.spans],
                    sentence=schemas.SpanOut(**asdict(one.sentence)) if one.sentence else None,
                )
                for one in self.tagger.explain(request.text, request.themes)
            ],
        )  # fmt: skip

    def corrections(self, request: schemas.CorrectionsRequest) -> schemas.CorrectionsResponse:
        """Turn corrections into labelled paragraphs, and keep them where there is a file for them."""
        model = self.tagger.model
        made = merged(
            make_correction(one.text, one.themes, one.doc, model.version, model.themes) for one in request.corrections
        )
        count = self.kept.add(made) if self.kept else None
        return schemas.CorrectionsResponse(jsonl="".join(one.line() for one in made), kept=count)

    def export(self, request: schemas.ExportRequest) -> Answer:
        """Make a table to download."""
        return Answer(export(request, self.tagger.model.version), MEDIA[request.format], name=request.name)

    def _tagged(self, texts: list[str], *, document: bool = False, probabilities: bool = False) -> list[Tagged]:
        """Return the answer of each text; `document` as in `Tagger.slogans`."""
        found = self.tagger.probabilities(texts)
        columns = self.tagger.columns(found, texts)
        slogans = self._slogans(texts, columns["themes"], document)
        place = {theme: k for k, theme in enumerate(self.tagger.themes)}
        return [
            Tagged(
                themes=[ThemeChance(id=theme, probability=float(row[place[theme]])) for theme in themes],
                uncertain=uncertain,
                none=float(row[-1]),
                slogans=list(here),
                probabilities=dict(zip(self.tagger.themes, row.tolist(), strict=False)) if probabilities else None,
            )
            for row, themes, uncertain, here in zip(
                found, columns["themes"], columns["uncertain"], slogans, strict=True
            )
        ]

    def _slogans(self, texts: list[str], themes: list[list[str]], document: bool) -> list[tuple[Slogan, ...]]:
        """Return what `Tagger.find_slogans` does, without scoring again the texts whose themes are known."""
        if not self.tagger.finds_slogans:
            return [()] * len(texts)
        finder = self.tagger.finder
        each = finder.find_document(texts) if document else [finder.find(text) for text in texts]
        return [tuple(one.in_paragraph(own) for one in found) for found, own in zip(each, themes, strict=True)]


#: Operation to the type of its request; ``file`` comes as the reader's answer instead.
OPERATIONS: dict[str, type[BaseModel]] = {
    "tag": schemas.TagRequest,
    "document": schemas.TextRequest,
    "explain": schemas.ExplainRequest,
    "corrections": schemas.CorrectionsRequest,
    "export": schemas.ExportRequest,
}


def answer(work: Work, operation: str, body: bytes, name: str = "") -> Answer:
    """Do one operation, from the bytes of a request to the bytes of its answer.

    Parameters
    ----------
    work : Work
        Does it.
    operation : str
        One of `OPERATIONS`, or ``file``.
    body : bytes
        JSON of the operation's type; for ``file`` what the file's reader answered.
    name : str
        Of the file.

    Raises
    ------
    pydantic.ValidationError
        The body is no such JSON.
    TooLargeError, ZhengyuError
        The request cannot be answered; the message says why.
    """
    if operation == "file":
        made: Any = work.upload(read_answer(body, name))
    else:
        method: Callable[[Any], Any] = getattr(work, operation)
        made = method(OPERATIONS[operation].model_validate(_json(body)))
    if isinstance(made, Answer):
        return made
    count = len(made.results) if isinstance(made, schemas.TagResponse) else 0
    if isinstance(made, DocumentResponse):
        count = sum(part.tags is not None for part in made.paragraphs)
    return Answer(made.model_dump_json().encode(), paragraphs=count)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ZhengyuError(f"body: not JSON: {error}; send one JSON object") from error


def check_size(texts: Sequence[str], most: int, limits: Limits) -> None:
    """Refuse too many texts, or too long ones.

    Raises
    ------
    TooLargeError
        Which bound was passed, and by how much.
    """
    if len(texts) > most:
        raise TooLargeError(f"{len(texts):,} texts came, at most {most:,} are taken at once; send them in parts")
    for number, text in enumerate(texts):
        if len(text) > limits.text_chars:
            raise TooLargeError(
                f"text {number} has {len(text):,} characters, a paragraph has at most {limits.text_chars:,}; "
                "cut it into paragraphs"
            )
    _check_total(sum(map(len, texts)), limits)


def _check_total(total: int, limits: Limits) -> None:
    if total > limits.document_chars:
        raise TooLargeError(
            f"{total:,} characters came, at most {limits.document_chars:,} are taken at once; "
            "send them in parts, or use the command zhengyu tag"
        )


def read_answer(output: bytes, name: str) -> Upload:
    """Return what the reader of an uploaded file answered.

    Raises
    ------
    ZhengyuError
        The file cannot be used, or its reader broke.
    """
    try:
        told = json.loads(output)
    except ValueError as error:
        raise ZhengyuError(
            f"{name}: its reader gave up, as it does on a file that is damaged or made to harm; "
            "expected a sound file of its format, save it anew"
        ) from error
    if "error" in told:
        raise ZhengyuError(sound(told["error"]))
    if told["kind"] == "document":
        document = received(told, name)
        aside = tuple((part.place, part.reason) for part in document.unread)
        return Upload(name, document.encoding, document.text, (), aside, dict(document.furniture), document.notes)
    aside = tuple((int(line), sound(reason)) for line, reason in told["set_aside"])
    notes = tuple(map(sound, told["notes"]))
    return Upload(name, told["encoding"], None, tuple(map(sound, told["texts"])), aside, notes=notes)
