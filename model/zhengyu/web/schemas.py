"""What the API takes and gives, as types; its OpenAPI description is made from them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from zhengyu.slogans.record import Slogan


def _encodable(text: str) -> str:
    """Refuse half of a surrogate pair, which JSON can smuggle in and no encoding can carry out again."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise ValueError(f"half of a surrogate pair at character {error.start}; send valid Unicode") from None
    return text


Text = Annotated[str, AfterValidator(_encodable)]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


#: Of the name of a document, which may be a path or a title.
_NAME_CHARS = 2_000
Format = Literal["xlsx", "csv", "jsonl"]
Themes = Annotated[list[Annotated[Text, Field(max_length=100)]], Field(max_length=200)]


class TagRequest(_Request):
    """Paragraphs to tag."""

    texts: list[Text] = Field(description="One paragraph each.", examples=[["全县新建高标准农田三万亩。"]])
    probabilities: bool = Field(False, description="Give the probability of every theme.")


class TextRequest(_Request):
    """A document to split into paragraphs and tag."""

    text: Text = Field(description="The document's text.", examples=["关于春耕的通报\n全县新建高标准农田三万亩。"])
    name: Text = Field("", max_length=200, description="What the document is called.")


class ExplainRequest(_Request):
    """A paragraph whose themes are to be explained."""

    text: Text = Field(description="One paragraph.", examples=["全县新建高标准农田三万亩。"])
    themes: Themes | None = Field(
        None, description="Which themes; the given ones when not named, the most probable when none is given."
    )


class CorrectionIn(_Request):
    """A paragraph with the themes that a reader gave it."""

    text: Text = Field(min_length=1, examples=["全县新建高标准农田三万亩。"])
    themes: Themes = Field(description="Theme ids; empty for none.", examples=[["rural"]])
    doc: Text = Field("", max_length=_NAME_CHARS, description="The document that it stands in.")


class CorrectionsRequest(_Request):
    """Corrections to turn into labelled paragraphs."""

    corrections: list[CorrectionIn] = Field(min_length=1, max_length=20_000)


class CheckedRow(_Request):
    """One paragraph of a sample."""

    carried: dict[Text, Text] = Field(max_length=200, description="Its other columns, as the sample's file had them.")
    themes: Themes | None = Field(description="Theme ids; empty for none, null for a paragraph not yet checked.")
    text: Text


class CheckedRequest(_Request):
    """A sample, checked or in part, to download as a file that zhengyu measure takes."""

    format: Format
    name: Text = Field("checked", max_length=200)
    rows: list[CheckedRow] = Field(min_length=1, max_length=20_000)


class ExportRow(_Request):
    """One row of a table to download."""

    doc: Text = Field("", max_length=_NAME_CHARS, description="The document that it stands in.")
    paragraph: int = Field(ge=1, le=10_000_000)
    kind: Text = Field("", max_length=20)
    text: Text
    themes: Themes
    probabilities: list[Annotated[float, Field(ge=0, le=1)]] = Field(
        default_factory=list, max_length=200, description="Of the themes, in their order."
    )
    uncertain: Themes = Field(default_factory=list)
    slogans: list[Text] = Field(default_factory=list, max_length=10_000)
    corrected: bool = Field(False, description="A reader gave it these themes.")
    confirmed: bool = Field(False, description="A reader found the model's themes right.")


class ExportRequest(_Request):
    """A table to download as a file."""

    format: Format
    name: Text = Field("zhengyu", max_length=200)
    rows: list[ExportRow] = Field(max_length=20_000)


class ThemeChance(BaseModel):
    """A theme and its calibrated probability."""

    id: str
    probability: float


class Tagged(BaseModel):
    """The answer for one paragraph."""

    themes: list[ThemeChance] = Field(description="The themes given, most probable first; empty for none.")
    uncertain: list[str] = Field(description="Themes near their threshold, given or not, and those given below it.")
    none: float = Field(description="Probability that the paragraph has no theme.")
    slogans: list[Slogan]
    unlike: bool | None = Field(
        None, description="Whether more of its words are unknown than in 95 % of the model's corpus, so that its tags "
        "are less sure; null where the model cannot tell.",
    )  # fmt: skip
    probabilities: dict[str, float] | None = Field(None, description="Of every theme, if asked for.")


class TagResponse(BaseModel):
    """One answer for each text, in order."""

    model: str
    results: list[Tagged]


class SampledOut(BaseModel):
    """What a row of a sample says beside its text."""

    carried: dict[str, str] = Field(description="Its columns, but text and themes; they go back with the checks.")
    tags: list[str] | None = Field(description="Theme ids that the model gave, null where the sample hides them.")
    themes: list[str] | None = Field(description="Theme ids that it was given before, null for one not yet checked.")


class ParagraphOut(BaseModel):
    """One paragraph of a document, or one row of a table."""

    paragraph: int
    start: int | None = Field(description="Offset in the document's text; null for tables.")
    end: int | None
    kind: Literal["prose", "heading", "furniture", "row"]
    rule: str = Field(description="For furniture, which kind.")
    text: str
    doc: str = Field("", description="The document that a table's row names.")
    tags: Tagged | None = Field(description="Null for furniture, empty rows and samples, which are not tagged.")
    sampled: SampledOut | None = Field(None, description="Of a sample's row; null elsewhere.")


class SetAsideOut(BaseModel):
    """A row, or a page or part of a document, that could not be read."""

    line: int
    reason: str


class DocumentResponse(BaseModel):
    """A tagged document or table, or a sample to check."""

    name: str
    doc: str = Field(description="What corrections call the document: its name, or made from a text without one.")
    encoding: str = Field(description="The encoding found; empty for formats that carry their own.")
    kind: Literal["document", "table", "sample"]
    model: str
    paragraphs: list[ParagraphOut]
    set_aside: list[SetAsideOut]
    notes: list[str] = Field(default_factory=list, description="What to know of how the file was read.")
    unlike: int | None = Field(None, description="Tagged paragraphs that are unlike the model's corpus.")
    unlike_much: bool = Field(False, description="Whether these are so many that a sample of them should be checked.")


class SpanOut(BaseModel):
    """A stretch of the text and what it adds to the score; offsets count Unicode characters."""

    start: int
    end: int
    text: str
    contribution: float


class EvidenceOut(BaseModel):
    """Why a theme was given or not: ``bias`` and the contributions add up to ``score``."""

    theme: str
    given: bool
    score: float
    bias: float
    probability: float
    threshold: float
    spans: list[SpanOut]
    sentence: SpanOut | None = Field(None, description="The sentence whose words together weigh most for the theme.")


class ExplainResponse(BaseModel):
    """Evidence for each theme asked for."""

    model: str
    evidence: list[EvidenceOut]


class ThemeOut(BaseModel):
    """One theme of the codebook."""

    id: str
    zh: str
    en: str
    definition: str
    include: list[str]
    exclude: list[str]


class SloganTypeOut(BaseModel):
    """One type of slogans."""

    id: str
    zh: str
    en: str
    light: str = Field(description="Its colour on a light page.")
    dark: str = Field(description="Its colour on a dark page.")


class ThemesResponse(BaseModel):
    """The codebook, in its order."""

    themes: list[ThemeOut]
    slogan_types: list[SloganTypeOut]


class ModelResponse(BaseModel):
    """Which model answers."""

    version: str
    zhengyu: str
    themes: int
    features: int
    slogans: bool = Field(description="Whether slogans are found.")
    thresholds: dict[str, float]
    corrections_kept: bool = Field(description="Whether the server keeps corrections in a file.")


class CorrectionsResponse(BaseModel):
    """The corrections as labelled paragraphs."""

    jsonl: str = Field(description="A file that zhengyu retrain --corpus takes.")
    kept: int | None = Field(description="Paragraphs in the server's corrections file; null when it keeps none.")


class Health(BaseModel):
    """The server is up and the model loaded."""

    status: Literal["ok"]
    model: str


class Problem(BaseModel):
    """Why a request was refused."""

    detail: str
