"""The slogan parts of a model hold numbers where numbers belong."""

from __future__ import annotations

import json

import pytest

from zhengyu.slogans.storage import WORDS, read_finder
from zhengyu.themes.model import Model
from zhengyu_corpus.errors import ZhengyuError


@pytest.mark.parametrize("value", ["NaN", "0.1", True, None, float("nan"), float("inf"), [0.5]])
@pytest.mark.parametrize("field", ["threshold", "accept_bias"])
def test_what_is_no_finite_number_is_refused(model: Model, field: str, value: object) -> None:
    words = {**json.loads(model.extras[WORDS]), field: value}
    parts = {**model.extras, WORDS: json.dumps(words).encode()}
    with pytest.raises(ZhengyuError, match="not of its kind"):
        read_finder(parts, model.themes, where="m")
