"""Wilson's interval, against a table and beside scipy's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from zhengyu.intervals import wilson


def test_wilson_is_the_textbook_one() -> None:
    low, high = wilson(np.array([0, 5, 10, 0]), np.array([10, 10, 10, 0]))
    assert low == pytest.approx([0, 0.2366, 0.7225, 0], abs=1e-4)
    assert high == pytest.approx([0.2775, 0.7634, 1, 1], abs=1e-4)


@pytest.mark.parametrize(("count", "total"), [(0, 1), (1, 3), (95, 100), (7, 7), (12_345, 1_000_000)])
def test_wilson_is_scipys(count: int, total: int) -> None:
    theirs = binomtest(count, total).proportion_ci(0.95, method="wilson")
    low, high = wilson(count, total)
    assert (float(low), float(high)) == pytest.approx((theirs.low, theirs.high), abs=1e-12)
