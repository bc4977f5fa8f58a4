"""Text and labels, before any number: themes, labelled paragraphs, normalisation, splitting.

The first of zhengyu's three stages. Nothing here knows of models; imports go one way only,
``zhengyu_corpus ← zhengyu ← zhengyu_training``.
"""

from zhengyu_corpus.errors import CorpusError, Problem, ZhengyuError
from zhengyu_corpus.records import BagOfWords, LabelledParagraph
from zhengyu_corpus.splitting import Paragraph, split_document
from zhengyu_corpus.themes import Theme, ThemeSet, load_themes

__all__ = [
    "BagOfWords",
    "CorpusError",
    "LabelledParagraph",
    "Paragraph",
    "Problem",
    "Theme",
    "ThemeSet",
    "ZhengyuError",
    "load_themes",
    "split_document",
]
