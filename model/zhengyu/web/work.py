"""Requests to answers: all that grows with the text of a request. Worker processes do it, never the event loop."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from pydantic import BaseModel

from zhengyu.io.columns import INCLUSION, TAGS
from zhengyu.io.sandbox.parent import received, sound
from zhengyu.io.tables import find_text_column
from zhengyu.slogans.record import Slogan
from zhengyu.tagger import Tagger
from zhengyu.themes.novelty import is_much
from zhengyu.web import schemas
from zhengyu.web.corrections import CorrectionsFile, make_correction, merged
from zhengyu.web.exports import MEDIA, checked, export
from zhengyu.web.schemas import DocumentResponse, ParagraphOut, SetAsideOut, Tagged, ThemeChance
from zhengyu.web.settings import Limits, Settings
from zhengyu_corpus.columns import first_of
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.label_cells import CellError, theme_names
from zhengyu_corpus.readers import Rows, find_layout
from zhengyu_corpus.splitting import split_document
from zhengyu_corpus.themes import ThemeSet


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
    columns : mapping of str to sequence of str or list of str
        Cells of a table's rows: of a sample to check all of them, of another table its documents.
    """

    name: str
    encoding: str
    text: str | None
    texts: tuple[str, ...] = ()
    set_aside: tuple[tuple[int, str], ...] = ()
    furniture: Mapping[int, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    columns: Mapping[str, Sequence[str | list[str]]] = field(default_factory=dict)


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
        """Tag a document paragraph by paragraph, or a table row by row; a sample is left to the one who checks it."""
        document, sample = upload.text is not None, INCLUSION in upload.columns
        if upload.text is None:
            parts = _rows(upload)
            if sample:
                for part, sampled in zip(parts, _sampled(upload, self.tagger.model.themes), strict=True):
                    part.sampled = sampled
        else:
            _check_total(len(upload.text), self.limits)
            parts = [
                ParagraphOut(paragraph=part.number, start=part.start, end=part.end, kind=part.kind, rule=part.rule,
                             text=part.text, doc="", tags=None, sampled=None)
                for part in split_document(upload.text, upload.furniture)
            ]  # fmt: skip
        check_size([part.text for part in parts], self.limits.paragraphs, self.limits)
        filled = [part for part in parts if part.kind != "furniture" and part.text.strip() and not sample]
        texts = [part.text for part in filled]
        tagged = self._tagged(texts, document=document)
        for part, tags in zip(filled, tagged, strict=True):
            part.tags = tags
        unlike = sum(tags.unlike or False for tags in tagged)
        return DocumentResponse(
            name=upload.name,
            doc=upload.name or f"text-{hashlib.sha256((upload.text or '').encode()).hexdigest()[:16]}",
            encoding=upload.encoding,
            kind="document" if document else "sample" if sample else "table",
            model=self.tagger.model.version,
            paragraphs=parts,
            set_aside=[SetAsideOut(line=line, reason=reason) for line, reason in upload.set_aside],
            notes=list(upload.notes),
            unlike=None if self.tagger.model.novelty is None else unlike,
            unlike_much=is_much(unlike, len(tagged)),
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

    def checked(self, request: schemas.CheckedRequest) -> Answer:
        """Make a file of a checked sample."""
        return Answer(checked(request, self.tagger.model.themes), MEDIA[request.format], name=request.name)

    def _tagged(self, texts: list[str], *, document: bool = False, probabilities: bool = False) -> list[Tagged]:
        """Return the answer of each text; `document` as in `Tagger.slogans`."""
        found, words = self.tagger.probabilities_and_words(texts)
        novelty = self.tagger.model.novelty
        unlike = [None] * len(texts) if novelty is None else novelty.unlike(words).tolist()
        columns = self.tagger.columns(found, texts)
        slogans = self._slogans(texts, columns["themes"], document)
        place = {theme: k for k, theme in enumerate(self.tagger.themes)}
        return [
            Tagged(
                themes=[ThemeChance(id=theme, probability=float(row[place[theme]])) for theme in themes],
                uncertain=uncertain,
                none=float(row[-1]),
                slogans=list(here),
                unlike=apart,
                probabilities=dict(zip(self.tagger.themes, row.tolist(), strict=False)) if probabilities else None,
            )
            for row, themes, uncertain, here, apart in zip(
                found, columns["themes"], columns["uncertain"], slogans, unlike, strict=True
            )
        ]

    def _slogans(self, texts: list[str], themes: list[list[str]], document: bool) -> list[tuple[Slogan, ...]]:
        """Return what `Tagger.find_slogans` does, without scoring again the texts whose themes are known."""
        if not self.tagger.finds_slogans:
            return [()] * len(texts)
        finder = self.tagger.finder
        each = finder.find_document(texts) if document else [finder.find(text) for text in texts]
        return [tuple(one.in_paragraph(own) for one in found) for found, own in zip(each, themes, strict=True)]


def _rows(upload: Upload) -> list[ParagraphOut]:
    """Return the rows of a table, each with the document that it names."""
    document = first_of(list(upload.columns), "doc")
    docs = upload.columns[document] if document is not None else [""] * len(upload.texts)
    return [
        ParagraphOut(
            paragraph=n, start=None, end=None, kind="row", rule="", text=text, doc=str(doc), tags=None, sampled=None
        )
        for n, (text, doc) in enumerate(zip(upload.texts, docs, strict=True), 1)
    ]


def _sampled(upload: Upload, themes: ThemeSet) -> list[schemas.SampledOut]:
    """Return what the rows of a sample say beside their texts.

    Raises
    ------
    ZhengyuError
        It has no ids, or a theme in it is not known.
    """
    names = list(upload.columns)
    rows = [dict(zip(names, cells, strict=True)) for cells in zip(*upload.columns.values(), strict=True)]
    layout = find_layout(names, upload.name, themes, Rows(rows))
    if "id" not in upload.columns:
        raise ZhengyuError(f"{upload.name}: a sample needs its column id; leave it as zhengyu corpus sample wrote it")
    own = {find_text_column(upload.columns, upload.name), *layout.themes, *layout.onehot}
    found: list[schemas.SampledOut] = []
    for number, row in enumerate(rows, 1):
        try:
            given, _ = layout.cells(row, themes)
            tags = theme_names(row.get(TAGS), themes)
        except CellError as error:
            raise ZhengyuError(f"{upload.name}: row {number}: {error}; write ids or names joined by ;") from error
        for theme in (*given, *tags):
            if theme not in themes.ids:
                raise ZhengyuError(f"{upload.name}: row {number}: unknown theme {theme!r}; {themes.hint(theme)}")
        coded = any(row[name] not in ("", []) for name in (*layout.themes, *layout.onehot))
        carried = {
            name: ";".join(cell) if isinstance(cell, list) else cell for name, cell in row.items() if name not in own
        }
        found.append(
            schemas.SampledOut(carried=carried, tags=tags if row.get(TAGS) else None, themes=given if coded else None)
        )
    return found


#: Operation to the type of its request; ``file`` comes as the reader's answer instead.
OPERATIONS: dict[str, type[BaseModel]] = {
    "tag": schemas.TagRequest,
    "document": schemas.TextRequest,
    "explain": schemas.ExplainRequest,
    "corrections": schemas.CorrectionsRequest,
    "checked": schemas.CheckedRequest,
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
    columns = {
        sound(column): [list(map(sound, cell)) if isinstance(cell, list) else sound(cell) for cell in cells]
        for column, cells in told["columns"].items()
    }
    texts = tuple(map(sound, told["texts"]))
    return Upload(name, told["encoding"], None, texts, aside, notes=notes, columns=columns)
