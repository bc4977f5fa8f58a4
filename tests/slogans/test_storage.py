"""The slogan parts of a model hold numbers where numbers belong."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from zhengyu.slogans.model import SloganWeights
from zhengyu.slogans.storage import LEXICON, WORDS, read_finder, write_parts
from zhengyu.tagger import Tagger
from zhengyu.themes.model import Model
from zhengyu_corpus.errors import CorpusError, ZhengyuError
from zhengyu_corpus.lexicon import KnownSlogan, parse_lexicon


@pytest.mark.parametrize("value", ["NaN", "0.1", True, None, float("nan"), float("inf"), [0.5]])
@pytest.mark.parametrize("field", ["threshold", "accept_bias"])
def test_what_is_no_finite_number_is_refused(model: Model, field: str, value: object) -> None:
    words = {**json.loads(model.extras[WORDS]), field: value}
    parts = {**model.extras, WORDS: json.dumps(words).encode()}
    with pytest.raises(ZhengyuError, match="not of its kind"):
        read_finder(parts, model.themes, where="m")


def test_a_large_lexicon_is_kept_parsed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tagger: Tagger) -> None:
    model = tagger.model
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    data = model.extras[LEXICON]
    expected = parse_lexicon(data, model.themes, where=LEXICON, own=False)
    places, weights = ["清禾"], SloganWeights({}, np.empty(0), np.empty(0), 0.0, (), np.empty((0, 0)), np.empty(0), 0.5)
    parts = {**model.extras, **write_parts([], places, weights), LEXICON: data}

    def entries(parts: dict[str, bytes]) -> tuple[KnownSlogan, ...]:
        return read_finder(parts, model.themes, where="m").known.entries

    made = entries(parts)
    (path,) = (tmp_path / "zhengyu").glob("slogan-entries-*.arrays")
    kept = entries(parts)
    whole = path.read_bytes()
    path.write_bytes(whole[:-200] + bytes(200))
    mended = entries(parts)
    assert path.read_bytes() == whole
    assert made == kept == mended == expected
    own = read_finder(parts, model.themes, where="m", own=[KnownSlogan("山城一盘棋", (), "coinage", own=True)])
    assert own.known.entries[1:] == expected
    with pytest.raises(CorpusError, match="expected one of numeric"):
        entries({**parts, LEXICON: data + "青川一盘棋,,slogan,,,,\n".encode()})
    assert entries({**parts, LEXICON: data + "青川一盘棋,,coinage,,,,\n".encode()})[:-1] == expected
