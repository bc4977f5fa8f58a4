"""Compiled scoring: the fitted pipeline as flat arrays, run by numba without the GIL over Arrow strings."""

from numba import njit

#: Marks the compiled loops: their machine code is cached, and threads run them side by side.
compiled = njit(cache=True, nogil=True)
