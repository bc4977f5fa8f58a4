"""Time grows in proportion to length: every entry point that takes text, over texts made to be slow."""

from __future__ import annotations

from itertools import cycle
from pathlib import Path

import growth
import pytest

from zhengyu.themes.tokens import MAX_TERM_CHARS, MAX_TERMS_CHARS, Tokenizer
from zhengyu_corpus.errors import ZhengyuError


@pytest.mark.parametrize("name", growth.ENTRIES)
def test_twice_the_text_takes_twice_the_time(name: str, tmp_path: Path) -> None:
    found = growth.sweep(name, growth.SUITE_SLOW.get(name, growth.SUITE), tmp_path)
    assert {kind: one for kind, one in found.items() if one.factor > growth.LIMIT} == {}


def test_twice_the_inputs_take_twice_the_time(tmp_path: Path) -> None:
    assert growth.many_inputs(200, tmp_path).factor <= growth.LIMIT


def test_what_grows_with_the_square_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(growth.time, "process_time", lambda: now)

    def taking(*seconds: float) -> growth.Work:
        each = cycle(seconds)

        def work() -> None:
            nonlocal now
            now += next(each)

        return work

    assert growth.measure(taking(0.1), taking(0.4)).factor == pytest.approx(4)
    # One slow time among three, or in the first measurement alone, is a disturbance.
    assert growth.measure(taking(0.1), taking(0.4, 0.2, 0.2)).factor == pytest.approx(2)
    assert growth.measure(taking(0.3, 0.1, 0.1), taking(0.2)).factor == pytest.approx(2)
    assert growth.measure(taking(0.1), taking(0.4, 0.4, 0.4, 0.2)).factor == pytest.approx(2)
    assert growth.measure(taking(0.0001), taking(0.001)).factor == 1


def test_user_terms_that_would_take_all_memory_are_refused() -> None:
    with pytest.raises(ZhengyuError, match=r"user term 2, '农农.*at most 64 characters, got 3,000,000"):
        Tokenizer(["乡村", "农" * 3_000_000])
    with pytest.raises(ZhengyuError, match="at most 1,000,000 characters in all"):
        Tokenizer(f"{i:0{MAX_TERM_CHARS}d}" for i in range(MAX_TERMS_CHARS // MAX_TERM_CHARS + 1))
