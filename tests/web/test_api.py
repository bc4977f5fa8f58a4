"""The API answers as it says, refuses what it must with a clear 4xx, and keeps nothing that it was sent."""

from __future__ import annotations

import asyncio
import dataclasses
import io
import json
import logging
import socket
from pathlib import Path

import httpx2 as httpx
import openpyxl
import pandas as pd
import pytest
from fastapi.testclient import TestClient

from zhengyu.io.labelled import check
from zhengyu.io.writers import write_table
from zhengyu.tagger import Tagger
from zhengyu.web.app import make_app
from zhengyu.web.serve import listening
from zhengyu.web.settings import Limits, Settings, check_settings
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.themes import load_themes
from zhengyu_training.labelling.checking import measure_tables, sample_tables

FIELD = "今年全县新建高标准农田三万亩，粮食总产再创历史新高，农民人均收入增长百分之八。"
RIVER = "县里关停沿河小散企业四家，国控断面水质连续五个月达到三类。"
TOKEN = "a-token-of-thirty-two-characters"


def test_tag_gives_what_python_gives(client: httpx.Client, tagger: Tagger) -> None:
    texts = [FIELD, RIVER, "", "会议休会。"]
    answer = client.post("/v1/tag", json={"texts": texts, "probabilities": True}).json()
    table = tagger.tag(texts, probabilities=True)
    assert answer["model"] == tagger.model.version
    assert [[theme["id"] for theme in one["themes"]] for one in answer["results"]] == table["themes"].tolist()
    assert answer["results"][0]["probabilities"]["rural"] == table["p_rural"][0]
    assert answer["results"][1]["none"] == table["p_none"][1]


def test_probabilities_only_when_asked_for(client: httpx.Client) -> None:
    assert client.post("/v1/tag", json={"texts": [FIELD]}).json()["results"][0]["probabilities"] is None


def test_slogans_stand_where_they_are_said_to(client: httpx.Client) -> None:
    text = "要落实“四个走在前”（改革走在前、开放走在前、创新走在前、实干走在前）。"
    slogans = client.post("/v1/tag", json={"texts": [text]}).json()["results"][0]["slogans"]
    assert [text[one["start"] : one["end"]] for one in slogans] == [one["surface"] for one in slogans]
    assert slogans[0]["members"] == ["改革走在前", "开放走在前", "创新走在前", "实干走在前"]


def test_a_tagger_without_slogans_shows_themes_only(tagger: Tagger) -> None:
    with TestClient(
        make_app(Tagger(dataclasses.replace(tagger.model, extras={}))), base_url="http://localhost"
    ) as plain:
        assert plain.post("/v1/tag", json={"texts": ["“四个走在前”"]}).json()["results"][0]["slogans"] == []
        assert plain.get("/v1/model").json()["slogans"] is False


def test_explain_adds_up(client: httpx.Client) -> None:
    (found,) = client.post("/v1/explain", json={"text": FIELD, "themes": ["rural"]}).json()["evidence"]
    assert found["given"]
    assert found["bias"] + sum(span["contribution"] for span in found["spans"]) == pytest.approx(found["score"])
    assert all(FIELD[span["start"] : span["end"]] == span["text"] for span in found["spans"])


def test_document_and_file_are_the_same(client: httpx.Client, root: Path) -> None:
    data = (root / "docs/examples/example.txt").read_bytes()
    pasted = client.post("/v1/document", json={"text": data.decode(), "name": "example.txt"}).json()
    sent = client.post("/v1/file", params={"name": "example.txt"}, content=data).json()
    assert sent.pop("encoding") == "utf-8"
    assert pasted.pop("encoding") == ""
    assert pasted == sent
    kinds = [part["kind"] for part in sent["paragraphs"]]
    assert kinds.count("furniture") == 4
    assert all((part["tags"] is None) == (part["kind"] == "furniture") for part in sent["paragraphs"])


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet", "xlsx"])
def test_tables_are_rows(client: httpx.Client, tmp_path: Path, ending: str) -> None:
    table = pd.DataFrame({"place": ["甲县", "乙县"], "text": [FIELD, None]})
    path = tmp_path / f"t.{ending}"
    {"csv": lambda: table.to_csv(path, index=False), "jsonl": lambda: table.to_json(path, orient="records", lines=True),
     "parquet": lambda: table.to_parquet(path), "xlsx": lambda: table.to_excel(path, index=False)}[ending]()  # fmt: skip
    answer = client.post("/v1/file", params={"name": path.name}, content=path.read_bytes()).json()
    assert answer["kind"] == "table"
    assert [part["text"] for part in answer["paragraphs"]] == [FIELD, ""]
    assert answer["paragraphs"][0]["tags"]["themes"][0]["id"] == "rural"
    assert answer["paragraphs"][1]["tags"] is None


def test_paragraphs_unlike_the_corpus_are_told(client: httpx.Client) -> None:
    strange = [
        f"{word}魑魅魍魉，饕餮梼杌，貔貅狻猊，囹圄阡陌，氤氲葳蕤，踟蹰彳亍，蹀躞觊觎。" for word in "甲乙丙丁戊己"
    ]
    answer = client.post("/v1/document", json={"text": "\n".join([*strange, FIELD])}).json()
    unlike = [part["tags"]["unlike"] for part in answer["paragraphs"]]
    assert unlike == [True] * 6 + [False]
    assert (answer["unlike"], answer["unlike_much"]) == (6, True)


def test_rows_set_aside_are_named(client: httpx.Client) -> None:
    answer = client.post("/v1/file", params={"name": "a.csv"}, content=f"text\n{FIELD}\n甲,乙\n".encode()).json()
    assert answer["set_aside"] == [{"line": 3, "reason": "expected 1 fields, got 2"}]


def test_corrections_are_what_retraining_takes(client: httpx.Client, corrections: Path, tmp_path: Path) -> None:
    sent = [{"text": FIELD, "themes": ["rural", "finance"], "doc": "甲"}, {"text": RIVER, "themes": []}]
    answer = client.post("/v1/corrections", json={"corrections": sent}).json()
    again = client.post("/v1/corrections", json={"corrections": [{**sent[0], "themes": ["rural"]}]}).json()
    assert (answer["kept"], again["kept"]) == (2, 2)
    (tmp_path / "saved.jsonl").write_text(answer["jsonl"], "utf-8")
    saved = check([tmp_path / "saved.jsonl"], load_themes())
    kept = check([corrections], load_themes())
    assert not saved.problems and not kept.problems
    assert [record.themes for record in saved.records] == [("rural", "finance"), ()]
    assert [record.themes for record in kept.records] == [("rural",), ()]


def test_a_foreign_corrections_file_is_left_alone(tagger: Tagger, tmp_path: Path) -> None:
    path = tmp_path / "other.jsonl"
    path.write_text('{"text": "别人的标注"}\n', "utf-8")
    with TestClient(make_app(tagger, Settings(corrections=path)), base_url="http://localhost") as one:
        answer = one.post("/v1/corrections", json={"corrections": [{"text": FIELD, "themes": ["rural"]}]})
    assert answer.status_code == 422
    assert "other.jsonl:1" in answer.json()["detail"]
    assert path.read_text("utf-8") == '{"text": "别人的标注"}\n'


@pytest.mark.parametrize("ending", ["xlsx", "csv", "jsonl"])
def test_export_gives_every_row(client: httpx.Client, tagger: Tagger, ending: str) -> None:
    rows = [
        {"paragraph": 1, "kind": "prose", "text": "=1+1，" + FIELD, "themes": ["rural"], "probabilities": [0.91],
         "slogans": ["四个走在前"], "corrected": True},
        {"paragraph": 2, "kind": "furniture", "text": "分享至", "themes": []},
    ]  # fmt: skip
    answer = client.post("/v1/export", json={"format": ending, "name": "县里/要闻", "rows": rows})
    assert answer.status_code == 200
    assert "attachment" in answer.headers["content-disposition"]
    if ending == "xlsx":
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
        header, first, _ = sheet.iter_rows(values_only=True)
        got = dict(zip(header, first, strict=True))
        assert sheet["C2"].data_type == "s"  # a paragraph that begins with = is no formula
    elif ending == "csv":
        got = pd.read_csv(io.BytesIO(answer.content), dtype=str).iloc[0].to_dict()
    else:
        got = json.loads(answer.text.splitlines()[0])
        assert got["themes"] == ["rural"]
        got["themes"] = "rural"
    assert got["text"] == rows[0]["text"]
    assert got["themes"] == "rural"
    assert got["model"] == tagger.model.version


@pytest.mark.parametrize(
    ("path", "body", "status", "says"),
    [
        ("/v1/tag", {"texts": "农"}, 422, "texts"),
        ("/v1/tag", {"texts": [1]}, 422, "texts.0"),
        ("/v1/tag", {"texts": [], "more": 1}, 422, "more"),
        ("/v1/tag", {"texts": ["农"] * 1001}, 413, "1,001 texts came, at most 1,000"),
        ("/v1/tag", {"texts": ["农" * 100_001]}, 413, "text 0 has 100,001 characters"),
        ("/v1/explain", {"text": "农", "themes": ["rurl"]}, 422, "did you mean 'rural'?"),
        ("/v1/corrections", {"corrections": [{"text": "农田", "themes": ["rurl"]}]}, 422, "did you mean 'rural'?"),
        ("/v1/corrections", {"corrections": [{"text": "……", "themes": []}]}, 422, "words in it"),
        ("/v1/export", {"format": "xlsx", "rows": [{"paragraph": 1, "text": "农" * 40000, "themes": []}]}, 422,
         "32,767"),
        ("/v1/export", {"format": "exe", "rows": []}, 422, "format"),
    ],
)  # fmt: skip
def test_refusals_say_why(client: httpx.Client, path: str, body: object, status: int, says: str) -> None:
    answer = client.post(path, json=body)
    assert answer.status_code == status
    assert says in answer.json()["detail"]


def test_a_refusal_does_not_send_back_what_came(client: httpx.Client) -> None:
    assert "机密" not in client.post("/v1/tag", json={"texts": [{"机密": "内容"}]}).text
    assert client.post("/v1/tag", content=b"{", headers={"content-type": "application/json"}).status_code == 422


def test_names_without_a_known_ending_are_refused(client: httpx.Client) -> None:
    answer = client.post("/v1/file", params={"name": "../../etc/passwd"}, content=b"a")
    assert answer.status_code == 422
    assert "passwd: expected an ending of .txt" in answer.json()["detail"]


def test_lone_surrogates_and_nul_do_no_harm(client: httpx.Client) -> None:
    for path, body in (("tag", '{"texts": ["\\ud800农\\u0000"]}'), ("document", '{"text": "\\ud800农\\u0000"}'),
                       ("explain", '{"text": "\\ud800农"}')):  # fmt: skip
        answer = client.post(f"/v1/{path}", content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 422
        assert "surrogate" in answer.json()["detail"]
    assert client.post("/v1/document", json={"text": "农\0田"}).status_code == 200


def test_bodies_too_large_are_refused(tagger: Tagger) -> None:
    settings = Settings(limits=Limits(json_bytes=1000, file_bytes=2000))
    with TestClient(make_app(tagger, settings), base_url="http://localhost") as small:
        assert small.post("/v1/tag", json={"texts": ["a" * 1000]}).status_code == 413
        assert small.post("/v1/file", params={"name": "a.txt"}, content=b"a" * 1500).status_code == 200
        chunks = (b"a" * 500 for _ in range(5))  # without a Content-Length
        refused = small.post("/v1/file", params={"name": "a.txt"}, content=chunks)
        assert refused.status_code == 413
        assert "2,000 bytes" in refused.json()["detail"]


def test_a_full_server_says_503_and_when_to_come_again(tagger: Tagger) -> None:
    settings = Settings(limits=Limits(bodies_bytes=100))
    with TestClient(make_app(tagger, settings), base_url="http://localhost") as full:
        answer = full.post("/v1/tag", json={"texts": ["a" * 1000]})
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"


def test_requests_that_take_too_long_end(tagger: Tagger) -> None:
    settings = Settings(limits=Limits(seconds=0.1))
    with TestClient(make_app(tagger, settings), base_url="http://localhost") as slow:
        answer = slow.post("/v1/tag", json={"texts": [FIELD * 50] * 900})
    assert answer.status_code == 503
    assert "0.1 seconds" in answer.json()["detail"]


def test_the_token_is_asked_for(tagger: Tagger) -> None:
    with TestClient(make_app(tagger, Settings(host="0.0.0.0", token=TOKEN)), base_url="http://10.0.0.7") as far:
        assert far.get("/healthz").status_code == 200
        assert far.get("/").status_code == 200
        for path in ("/v1/themes", "/metrics"):
            assert far.get(path).status_code == 401
            assert far.get(path, headers={"Authorization": "Bearer " + TOKEN[:-1]}).status_code == 401
            assert far.get(path, headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (Settings(host="0.0.0.0"), "a token is needed"),
        (Settings(host="::"), "a token is needed"),
        (Settings(host="example.org"), "a token is needed"),
        (Settings(token="short"), "16 or more"),
        (Settings(token="政策政策政策政策政策政策政策政策"), "ASCII"),
        (Settings(corrections=Path("/no/such/folder/c.jsonl")), "folder that exists"),
        (Settings(corrections=Path("c.csv")), ".jsonl"),
    ],
)
def test_unsafe_settings_are_refused(settings: Settings, says: str, tagger: Tagger) -> None:
    with pytest.raises(ZhengyuError, match=says):
        make_app(tagger, settings)


def test_loopback_needs_no_token() -> None:
    for host in ("127.0.0.1", "::1", "localhost", "127.8.8.8"):
        assert check_settings(Settings(host=host))


def test_other_sites_are_kept_out(client: httpx.Client, address: str) -> None:
    body = {"texts": [FIELD]}
    assert client.post("/v1/tag", json=body, headers={"Origin": "https://example.org"}).status_code == 403
    assert client.post("/v1/tag", json=body, headers={"Origin": "null"}).status_code == 403
    assert client.post("/v1/tag", json=body, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.post("/v1/tag", json=body, headers={"Host": "rebound.example.org"}).status_code == 421
    assert client.post("/v1/tag", json=body, headers={"Origin": address}).status_code == 200


def test_pages_are_closed(client: httpx.Client) -> None:
    for path in ("/", "/docs", "/static/app.js", "/v1/themes", "/nothing"):
        policy = client.get(path).headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
    page = client.get("/").text
    assert "<script>" not in page and " style=" not in page and "onclick" not in page
    assert "http://" not in page.replace("http://www.w3.org", "") and "https://" not in page


def test_metrics_count_and_hold_no_text(client: httpx.Client) -> None:
    client.get("/v1/机密-path")
    client.post("/v1/tag", json={"texts": [FIELD]})
    told = client.get("/metrics").text
    assert 'zhengyu_requests_total{method="POST",path="/v1/tag",status="200"}' in told
    assert 'path="other",status="404"' in told
    assert "机密" not in told and "农田" not in told


def test_bodies_are_not_logged(
    client: httpx.Client, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        client.post("/v1/tag", json={"texts": ["机密一号"]})
        client.post("/v1/tag", json={"texts": ["机密二号"], "wrong": 1})
        client.post("/v1/file", params={"name": "a.xlsx"}, content="机密三号".encode())
    out = capfd.readouterr()
    assert "机密" not in caplog.text + out.out + out.err


def test_a_table_row_keeps_its_document_and_a_pasted_text_gets_one(client: httpx.Client) -> None:
    data = f"文件,text\n柳河通报,{FIELD}\n,{RIVER}\n".encode()
    answer = client.post("/v1/file", params={"name": "a.csv"}, content=data).json()
    assert (answer["doc"], [part["doc"] for part in answer["paragraphs"]]) == ("a.csv", ["柳河通报", ""])
    pasted = [client.post("/v1/document", json={"text": text}).json()["doc"] for text in (FIELD, FIELD, RIVER)]
    assert pasted[0] == pasted[1] != pasted[2]


@pytest.mark.parametrize(("ending", "show_tags"), [("xlsx", False), ("csv", True)])
def test_a_sample_checked_on_the_page_is_measured(
    client: httpx.Client, tagger: Tagger, tmp_path: Path, ending: str, show_tags: bool
) -> None:
    texts = [f"{text}（{n}）" for n in range(6) for text in (FIELD, RIVER)]
    tagged = tagger.tag(texts).assign(id=[f"p{n}" for n in range(12)], file="通报")
    write_table(tagged, tmp_path / "tagged.csv")
    path = tmp_path / f"sample.{ending}"
    sample_tables([tmp_path / "tagged.csv"], path, load_themes(), 8, seed=1, show_tags=show_tags)

    sent = client.post("/v1/file", params={"name": path.name}, content=path.read_bytes()).json()
    rows = sent["paragraphs"]
    assert sent["kind"] == "sample" and len(rows) == 8
    assert all(row["tags"] is None and row["sampled"]["themes"] is None for row in rows)
    assert [bool(row["sampled"]["tags"]) for row in rows] == [show_tags] * 8
    # Six checked: the model is right about fields, and the river has no theme.
    checks = [["rural"] if row["text"].startswith(FIELD) else [] for row in rows[:6]] + [None] * 2
    body = [
        {"carried": row["sampled"]["carried"], "themes": themes, "text": row["text"]}
        for row, themes in zip(rows, checks, strict=True)
    ]
    for made in ("csv", "jsonl", "xlsx"):
        answer = client.post("/v1/checked", json={"format": made, "rows": body})
        back = tmp_path / f"checked.{made}"
        back.write_bytes(answer.content)
        found = measure_tables([tmp_path / "tagged.csv"], back, load_themes())
        assert (found.design.drawn, found.design.checked) == (8, 6)
    # What was checked in part is gone on with.
    again = client.post("/v1/file", params={"name": back.name}, content=back.read_bytes()).json()["paragraphs"]
    assert [row["sampled"]["themes"] for row in again] == checks
    assert [row["sampled"]["carried"]["id"] for row in again] == [row["sampled"]["carried"]["id"] for row in rows]


def test_a_sample_that_cannot_be_used_is_refused(client: httpx.Client) -> None:
    def sent(data: str) -> str:
        return client.post("/v1/file", params={"name": "s.csv"}, content=data.encode()).json()["detail"]

    assert "needs its column id" in sent(f"inclusion,themes,text\n0.5,,{FIELD}\n")
    assert "s.csv: row 1: unknown theme 'rurla'" in sent(f"id,inclusion,themes,text\na,0.5,rurla,{FIELD}\n")
    row = {"carried": {"id": "a", "inclusion": "0.5"}, "themes": ["rurla"], "text": FIELD}
    answer = client.post("/v1/checked", json={"format": "csv", "rows": [row]})
    assert answer.status_code == 422 and "rurla" in answer.json()["detail"]


def test_what_the_server_sends_goes_at_once() -> None:
    async def delayed() -> bool:
        at_once: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def connected(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            own: socket.socket = writer.get_extra_info("socket")
            at_once.set_result(bool(own.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)))
            writer.close()

        listener = listening("127.0.0.1", 0)
        async with await asyncio.start_server(connected, sock=listener):
            _, writer = await asyncio.open_connection(*listener.getsockname())
            writer.close()
            return not await at_once

    assert not asyncio.run(delayed())
