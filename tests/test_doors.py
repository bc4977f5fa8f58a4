"""The same text gets the same answer from every door: Python, the command, the API, evidence, tables and documents."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import httpx2 as httpx
import numpy as np
import pandas as pd
import pytest
from fastapi.testclient import TestClient

from zhengyu.batch.runner import tag_inputs
from zhengyu.tagger import Tagger
from zhengyu.themes.model import Model
from zhengyu.themes.thresholds import Decision
from zhengyu.web.app import make_app
from zhengyu_corpus.splitting import is_heading

#: Prose and headings, clear and doubtful, for some of which only the rescue below the threshold finds a theme.
TEXTS = [
    "今年全县新建高标准农田三万亩，粮食总产再创历史新高。",
    "高标准农田建设",
    "河长制工作推进情况",
    "一、抓好春耕备耕",
    "他说天气不错，大家都很高兴。",
    "请各参会单位于八点前入座。",
    "镇里的老街换了新路灯，夜里走路亮堂多了。",
    "产业园三期",
    "会议还研究了其他事项。",
    "聚焦项目建设不动摇",
    "社区食堂开张，老人凭卡就餐，一顿八块钱。",
    "第三章 保障措施",
]
Answers = dict[str, tuple[list[str], list[str]]]


def rescuing(model: Model) -> Tagger:
    """Return a tagger of thresholds so high that most texts are rescued below them."""
    decision = Decision(model.decision.thresholds.clip(0.9), none_above=2.0, none_below=1.0)
    return Tagger(dataclasses.replace(model, decision=decision))


@pytest.fixture(scope="module", params=["as chosen", "much rescued"])
def chosen(request: pytest.FixtureRequest, model: Model) -> Tagger:
    if request.param == "as chosen":
        return Tagger(model)
    return rescuing(model)


@pytest.fixture(scope="module")
def expected(chosen: Tagger) -> Answers:
    return of_table(chosen.tag(TEXTS))


def of_table(table: pd.DataFrame) -> Answers:
    columns = (table[name].map(list) for name in ("themes", "uncertain"))
    return dict(zip(table["text"], zip(*columns, strict=True), strict=True))


def of_api(rows: list[tuple[str, dict[str, list[dict[str, str]]]]]) -> Answers:
    return {text: ([one["id"] for one in tags["themes"]], list(map(str, tags["uncertain"]))) for text, tags in rows}


@pytest.fixture(scope="module")
def client(chosen: Tagger) -> httpx.Client:
    return TestClient(make_app(chosen), base_url="http://localhost")


def test_the_texts_show_what_the_doors_could_differ_on(model: Model) -> None:
    much = rescuing(model)
    probabilities = much.probabilities(TEXTS)
    below = probabilities[:, :-1] < much.model.decision.thresholds
    headings = np.array([is_heading(text) for text in TEXTS])
    without_texts = much.model.decision.apply(probabilities) & below
    assert without_texts[headings].any() and without_texts[~headings].any()
    given = much.model.decision.apply(probabilities, TEXTS.__getitem__) & below
    assert given[~headings].any() and not given[headings].any()


def test_document(chosen: Tagger, expected: Answers) -> None:
    assert of_table(chosen.tag_document("\n".join(TEXTS))) == expected


def test_evidence(chosen: Tagger, expected: Answers) -> None:
    for text in TEXTS:
        given = [found.theme for found in chosen.explain(text) if found.given]
        assert given == expected[text][0], text
        assert chosen.explain(text, ["none"])[0].given == (not given)


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("ending", ["csv", "txt"])
def test_batch(chosen: Tagger, expected: Answers, tmp_path: Path, ending: str, compiled: bool) -> None:
    path = tmp_path / f"in.{ending}"
    path.write_text("\n".join(["text", *TEXTS] if ending == "csv" else TEXTS), "utf-8")
    table = tag_inputs(chosen, [str(path)], compiled=compiled, jobs=1).table
    assert table is not None
    assert of_table(table) == expected


def test_api_texts_and_document(client: httpx.Client, expected: Answers) -> None:
    results = client.post("/v1/tag", json={"texts": TEXTS}).json()["results"]
    assert of_api(list(zip(TEXTS, results, strict=True))) == expected
    parts = client.post("/v1/document", json={"text": "\n".join(TEXTS)}).json()["paragraphs"]
    assert of_api([(part["text"], part["tags"]) for part in parts]) == expected


def test_api_evidence(client: httpx.Client, expected: Answers) -> None:
    for text in TEXTS:
        found = client.post("/v1/explain", json={"text": text}).json()["evidence"]
        assert [one["theme"] for one in found if one["given"]] == expected[text][0], text
