"""zhengyu (政语): policy themes and slogans of Chinese policy prose, paragraph by paragraph.

>>> import zhengyu
>>> zhengyu.tag(["我县新建高标准农田三万亩，粮食总产再创新高。"])["themes"][0]
['rural']
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from zhengyu.version import __version__

if TYPE_CHECKING:
    from zhengyu.findings.compare import compare
    from zhengyu.findings.find import find
    from zhengyu.findings.measure import measure
    from zhengyu.findings.sample import sample
    from zhengyu.slogans.record import Slogan
    from zhengyu.tagger import Tagger, load, tag
    from zhengyu.themes.evidence import Evidence
    from zhengyu_corpus.errors import ZhengyuError

__all__ = [
    "Evidence", "Slogan", "Tagger", "ZhengyuError", "__version__", "compare", "find", "load", "measure", "sample",
    "tag",
]  # fmt: skip
#: Where each name of the API is; imported when it is first used, so that ``import zhengyu`` and ``--help`` stay quick.
_HOME = {
    "Evidence": "zhengyu.themes.evidence",
    "Slogan": "zhengyu.slogans.record",
    "Tagger": "zhengyu.tagger",
    "ZhengyuError": "zhengyu_corpus.errors",
    "compare": "zhengyu.findings.compare",
    "find": "zhengyu.findings.find",
    "load": "zhengyu.tagger",
    "measure": "zhengyu.findings.measure",
    "sample": "zhengyu.findings.sample",
    "tag": "zhengyu.tagger",
}


def __getattr__(name: str) -> Any:
    """Import a name of the API when it is first used."""
    if name not in _HOME:
        raise AttributeError(f"module 'zhengyu' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOME[name]), name)
    return value


def __dir__() -> list[str]:
    """Return the names of the API."""
    return __all__
