"""Compiled scoring: the fitted pipeline as flat arrays, run by numba without the GIL over Arrow strings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar, cast

from numba import njit
from numba.core.runtime.nrt import rtsys
from numba.core.types import unliteral

from zhengyu.themes.compiling import file_states

_Loop = TypeVar("_Loop", bound=Callable[..., Any])

#: No loop is handed over as a function, so that none needs what C would call it by.
_OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "no_cfunc_wrapper": True}


def compiled(function: _Loop) -> _Loop:
    """Mark a compiled loop: its machine code is cached, and threads run it side by side."""
    loop: Any = njit(**_OPTIONS)(function)
    if hasattr(loop, "get_call_template"):  # a plain function has none, which it is under NUMBA_DISABLE_JIT
        loop.get_call_template = partial(_template, loop.get_call_template)
    kept: Any = getattr(loop, "_cache", None)
    if hasattr(kept, "_load_overload") and hasattr(kept, "_guard_against_spurious_io_errors"):
        kept.load_overload = partial(_load, kept)
    # The code of a loop holds that of the loops that it calls, and constants of the plain code. numba looks at the
    # file of the loop alone, and would go on with what others were before they were changed.
    index: Any = getattr(kept, "_cache_file", None)
    if hasattr(index, "_source_stamp"):
        rooms = ("slogans", "themes") if ".slogans." in function.__module__ else ("themes",)
        index._source_stamp = code_state(*rooms)
    return cast("_Loop", loop)


def inlined(function: _Loop) -> _Loop:
    """Mark a loop that becomes part of the one that calls it: for one with many arrays, called for every candidate.

    To hand ten arrays over takes as long as to look at a dozen characters. It should be called in one place, as each
    call is one more copy to compile.
    """
    return cast("_Loop", njit(inline="always")(function))


@cache
def code_state(*rooms: str) -> str:
    """Return a digest of the state of the files that loops and tables of these rooms are made from, plain ones too."""
    here = Path(__file__).parent
    folders = (here, *(here / room for room in rooms), *(here.parent / room for room in rooms))
    states = file_states(path for folder in folders for path in folder.glob("*.py"))
    return sha256(repr(states).encode()).hexdigest()


def _template(inner: Callable[..., Any], args: Sequence[Any], kws: Mapping[str, Any]) -> Any:
    """Return how a loop is called with arguments of these types: a constant is a number like any other.

    numba's own way compiles a loop anew for every constant that it is called with, one small one forty times; where a
    constant is of use, LLVM puts it in.
    """
    bare: Any = unliteral
    return inner(tuple(map(bare, args)), {name: bare(one) for name, one in kws.items()})


def _load(cache: Any, signature: Any, target: Any) -> Any:
    """Return the machine code of a signature from a loop's cache, None where it has none.

    numba's own way readies the compiler first, SciPy's linear algebra with it, which takes longer than to score ten
    thousand paragraphs. What is in the cache needs its runtime alone; what is not readies the compiler by itself.
    """
    rtsys.initialize(target)
    with cache._guard_against_spurious_io_errors():
        return cache._load_overload(signature, target)
