"""Regular expressions that are compiled when they are first used.

Compiling the expressions of all modules takes as long as to tag a short document, which uses few of them.
"""

from __future__ import annotations

import re
from typing import Any, cast


class LazyPattern:
    """What `pattern` returns: it has the attributes of the `re.Pattern` that it becomes.

    Parameters
    ----------
    source : str
        The regular expression.
    flags : int, default=0
        Those of `re.compile`.
    """

    def __init__(self, source: str, flags: int = 0) -> None:
        self._source, self._flags = source, flags

    @property
    def compiled(self) -> re.Pattern[str]:
        """The compiled expression."""
        return re.compile(self._source, self._flags)  # which keeps what it has compiled

    def __getattr__(self, name: str) -> Any:
        """Take an attribute of the compiled expression, once."""
        if name.startswith("__"):
            raise AttributeError(name)
        value = getattr(self.compiled, name)
        setattr(self, name, value)
        return value

    def __repr__(self) -> str:
        """Show the expression."""
        return f"pattern({self._source!r}, {self._flags})"


def pattern(source: str, flags: int = 0) -> re.Pattern[str]:
    r"""Return a regular expression that is compiled when it is first used.

    Examples
    --------
    >>> digits = pattern(r"\d+")
    >>> digits.fullmatch("2024") is not None
    True
    """
    return cast("re.Pattern[str]", LazyPattern(source, flags))
