"""Some hostile inputs over every reader; ten thousand by ``python tests/fuzz_readers.py 10000``."""

from __future__ import annotations

from fuzz_readers import fuzz


def test_hostile_inputs_are_read_or_refused() -> None:
    found = fuzz(200, seed=1)
    assert not found.faults
    assert sum(found.outcomes.values()) > 200
