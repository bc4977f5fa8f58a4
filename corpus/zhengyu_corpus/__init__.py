"""Text and labels, before any number: themes, labelled paragraphs, normalisation, splitting.

The first of zhengyu's three stages. Nothing here knows of models; imports go one way only,
``zhengyu_corpus ← zhengyu ← zhengyu_training``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

#: Where each name is; imported when it is first used, so that who needs one module does not load them all.
_HOME = {
    "BagOfWords": "zhengyu_corpus.records",
    "CorpusError": "zhengyu_corpus.errors",
    "LabelledParagraph": "zhengyu_corpus.records",
    "Paragraph": "zhengyu_corpus.splitting",
    "Problem": "zhengyu_corpus.errors",
    "Theme": "zhengyu_corpus.themes",
    "ThemeSet": "zhengyu_corpus.themes",
    "ZhengyuError": "zhengyu_corpus.errors",
    "load_themes": "zhengyu_corpus.themes",
    "split_document": "zhengyu_corpus.splitting",
}


def __getattr__(name: str) -> Any:
    """Import a name when it is first used."""
    if name not in _HOME:
        raise AttributeError(f"module 'zhengyu_corpus' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOME[name]), name)
    return value


def __dir__() -> list[str]:
    """Return the public names."""
    return __all__
