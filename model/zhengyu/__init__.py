"""zhengyu (政语): policy themes of Chinese policy prose, paragraph by paragraph.

>>> import zhengyu
>>> tagger = zhengyu.load()
>>> tagger.tag(["我县新建高标准农田三万亩，粮食总产再创新高。"])["themes"][0]
['rural']
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zhengyu.tagger import Tagger, load, tag

__all__ = ["Tagger", "__version__", "load", "tag"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import the façade when it is first used, so that ``import zhengyu`` and ``--help`` stay quick."""
    if name in ("Tagger", "load", "tag"):
        from zhengyu import tagger

        return getattr(tagger, name)
    raise AttributeError(f"module 'zhengyu' has no attribute {name!r}")
