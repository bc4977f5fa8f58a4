"""Compiled scoring: the fitted pipeline as flat arrays, run by numba without the GIL over Arrow strings."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from numba import njit
from numba.core.runtime.nrt import rtsys

Loop = TypeVar("Loop", bound=Callable[..., Any])


def compiled(function: Loop) -> Loop:
    """Mark a compiled loop: its machine code is cached, and threads run it side by side."""
    loop: Any = njit(cache=True, nogil=True)(function)
    cache: Any = getattr(loop, "_cache", None)  # a plain function has none, which it is under NUMBA_DISABLE_JIT
    if hasattr(cache, "_load_overload") and hasattr(cache, "_guard_against_spurious_io_errors"):
        cache.load_overload = partial(_load, cache)
    return loop  # type: ignore[no-any-return]


def _load(cache: Any, signature: Any, target: Any) -> Any:
    """Return the machine code of a signature from a loop's cache, None where it has none.

    numba's own way readies the compiler first, SciPy's linear algebra with it, which takes longer than to score ten
    thousand paragraphs. What is in the cache needs its runtime alone; what is not readies the compiler by itself.
    """
    rtsys.initialize(target)
    with cache._guard_against_spurious_io_errors():
        return cache._load_overload(signature, target)
