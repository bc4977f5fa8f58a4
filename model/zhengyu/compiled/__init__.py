"""Compiled scoring: the fitted pipeline as flat arrays, run by numba without the GIL over Arrow strings."""
