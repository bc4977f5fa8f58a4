"""The one table of formats: its page is true, its readers exist, what is not read says what to do."""

from __future__ import annotations

from importlib import import_module

import formats_page
import pytest

from zhengyu.io.formats import BY_ENDING, FORMATS, endings, find_format
from zhengyu.io.writers import WRITERS
from zhengyu_corpus.errors import ZhengyuError


def test_the_page_of_formats_is_the_table() -> None:
    assert formats_page.page() == formats_page.PAGE.read_text("utf-8"), "python tests/formats_page.py --write"


def test_every_ending_stands_once_and_has_a_reader() -> None:
    assert len(BY_ENDING) == sum(len(one.endings) for one in FORMATS)
    for one in FORMATS:
        if one.kind == "document":
            assert callable(import_module(f"zhengyu.io.documents.{one.reader}").read)
        assert bool(one.remedy) == (one.kind == "refused")
    assert set(WRITERS) <= set(endings("table", written=True))


@pytest.mark.parametrize("name", ["a.caj", "a.RAR", "a.rds", "a.dps", "a.warc", "a.msg", "a.png"])
def test_what_is_not_read_says_what_to_do(name: str) -> None:
    with pytest.raises(ZhengyuError, match="which is not read; "):
        find_format(name)
