"""Files that hold files: each member by its own name, bounds on number, size and depth, nothing lost in silence."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path

import pytest

from zhengyu.batch.runner import tag_inputs
from zhengyu.io import archives
from zhengyu.io.archives import Member, members
from zhengyu.io.sandbox.child import read
from zhengyu.io.sandbox.parent import GuardedReader
from zhengyu.tagger import Tagger
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.splitting import split_document

FIELD = "全县新建高标准农田三万亩，农民收入增长百分之八。"
NOTICE = "关于做好农田建设工作的通知"


def packed(files: dict[str, bytes], encoding: str) -> bytes:
    """Return a ZIP archive whose names are of an encoding that it does not tell."""
    out = io.BytesIO()
    raw = [name.encode(encoding) for name in files]
    with zipfile.ZipFile(out, "w") as archive:
        for number, (name, data) in enumerate(zip(raw, files.values(), strict=True)):
            archive.writestr(chr(ord("A") + number) * len(name), data)
    made = out.getvalue()
    for number, name in enumerate(raw):
        made = made.replace(bytes([ord("A") + number]) * len(name), name)
    return made


def mail(**attached: bytes) -> bytes:
    message = EmailMessage()
    message["Subject"], message["From"] = NOTICE, "a@example.org"
    message.set_content("纯文本")
    message.add_alternative(f"<p>{FIELD}</p>", subtype="html")
    for name, data in attached.items():
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name.replace("_", "."))
    return message.as_bytes()


def shown(found: list[Member]) -> dict[str, str]:
    return {member.name: member.ending or member.note for member in found}


@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "big5"])
def test_names_that_no_flag_tells_are_decoded(encoding: str) -> None:
    data = packed(
        {"審計.txt" if encoding == "big5" else "审计通知.txt": FIELD.encode(), "表.csv": b"text\n1"}, encoding
    )
    expected = "審計.txt" if encoding == "big5" else "审计通知.txt"
    assert [member.name for member in members(data, "a.zip", ".zip")] == [f"a.zip/{expected}", "a.zip/表.csv"]


def plain(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def test_members_are_read_as_what_they_are_or_named() -> None:
    data = plain(
        {"甲/一.txt": FIELD.encode(), "二.docx": f"<html>{FIELD}".encode(), "三.caj": b"x", "四.bin": b"x",
         "../../五.txt": b"x", "__MACOSX/x": b"x", ".DS_Store": b"x", "~$一.docx": b"x", "六.csv.gz": b"x", "八.doc": b"",
         "内.zip": plain({"七.txt": b"x"}), "信.eml": mail(附件_txt=b"x")}
    )  # fmt: skip
    assert shown(list(members(data, "a.zip", ".zip"))) == {
        "a.zip/甲/一.txt": ".txt", "a.zip/二.docx": ".html",
        "a.zip/三.caj": "is a CNKI article, which is not read; open it in CAJViewer and print it to PDF",
        "a.zip/四.bin": "is of no format that is read (.bin)", "a.zip/五.txt": ".txt",
        "a.zip/六.csv.gz": "is a compressed file in an archive; unpack it", "a.zip/八.doc": "is empty", "a.zip/内.zip/七.txt": ".txt",
        "a.zip/信.eml": ".txt", "a.zip/信.eml/附件.txt": ".txt",
    }  # fmt: skip


def test_mail_is_its_text_and_what_is_attached() -> None:
    found = list(members(mail(附件_txt=FIELD.encode("gbk"), 图_png=b"x"), "m.eml", ".eml"))
    assert shown(found) == {"m.eml": ".txt", "m.eml/附件.txt": ".txt"}
    assert found[0].data.decode().split("\n") == [NOTICE, "", FIELD]
    raw = (
        b"Subject: "
        + NOTICE.encode("gbk")
        + b"\nFrom: a\nContent-Type: text/plain; charset=gb2312\n\n"
        + FIELD.encode("gbk")
    )
    (only,) = members(raw, "m.eml", ".eml")
    assert only.data.decode().split() == [NOTICE, FIELD]
    outer = EmailMessage()
    outer["From"] = "a@example.org"
    outer.set_content("转发")
    inner = EmailMessage()
    inner["Subject"] = NOTICE
    inner.set_content(FIELD)
    outer.add_attachment(inner)
    names = [member.name for member in members(outer.as_bytes(), "m.eml", ".eml")]
    assert names[0] == "m.eml" and len(names) == 2


def _deep(levels: int) -> bytes:
    data = plain({"a.txt": b"x"})
    for _ in range(levels):
        data = plain({"b.zip": data})
    return data


def _encrypted() -> bytes:
    data = bytearray(plain({"a.txt": b"x"}))
    data[data.find(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: _deep(6), "archives deep"),
        (_encrypted, "is encrypted"),
        (lambda: plain({"a.zip": b"no"}), "expected a ZIP archive"),
    ],
)
def test_members_that_cannot_be_opened_are_named(make: Callable[[], bytes], message: str) -> None:
    (found,) = members(make(), "a.zip", ".zip")
    assert not found.ending and message in found.note


def test_bounds_on_number_and_size(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ZhengyuError, match="would unpack to"):
        list(members(plain({"a.txt": b" " * 40 * 2**20}), "a.zip", ".zip"))
    monkeypatch.setattr(archives, "MEMBER_BYTES", 10)
    found = list(members(plain({"a.txt": b"x" * 11, "b.txt": b"x"}), "a.zip", ".zip"))
    assert [bool(member.ending) for member in found] == [False, True]
    monkeypatch.setattr(archives, "MEMBER_BYTES", 1_000)
    nested = plain({f"{i}.zip": plain({"a.txt": b"x" * 40, "b.txt": b"x" * 40}) for i in range(9)})
    monkeypatch.setattr(archives, "TOTAL_BYTES", 500)
    monkeypatch.setattr(archives._Room.__init__, "__defaults__", (archives.MAX_MEMBERS, 500))
    with pytest.raises(ZhengyuError, match="unpacks to more than"):
        list(members(nested, "a.zip", ".zip"))


@pytest.mark.parametrize("data", [b"no", b"", plain({"a.txt": b"x"})[:40]], ids=["no", "empty", "cut"])
def test_what_is_no_archive_is_refused(data: bytes) -> None:
    for ending in (".zip", ".eml"):
        with pytest.raises(ZhengyuError, match="expected a"):
            list(members(data, f"a{ending}", ending))


def test_a_run_names_members_and_sets_aside_what_cannot_be_read(tagger: Tagger, tmp_path: Path) -> None:
    files = {"一.txt": FIELD.encode(), "表.csv": f"编号,正文\n甲,{FIELD}\n".encode(), "坏.docx": b"no", "书.rar": b"x",
             "信.eml": mail(附件_txt=FIELD.encode())}  # fmt: skip
    (tmp_path / "a.zip").write_bytes(plain(files))
    run = tag_inputs(tagger, [str(tmp_path / "a.zip")], output=tmp_path / "o.jsonl")
    lines = (tmp_path / "o.jsonl").read_text("utf-8")
    assert (run.read, run.tagged, run.set_aside_count) == (7, 5, 2)
    for name in ("a.zip/一.txt", "a.zip/信.eml", "a.zip/信.eml/附件.txt"):
        assert f"{name}#1" in lines
    aside = (tmp_path / "o.jsonl.set-aside.csv").read_text("utf-8")
    assert "a.zip/坏.docx" in aside and "7-Zip" in aside
    for name, data, message in (("b.zip", b"no", "expected a ZIP archive"), ("c.zip", plain({}), "holds no file"),
                                ("d.caj", b"x", "CAJViewer")):  # fmt: skip
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ZhengyuError, match=message):
            tag_inputs(tagger, [str(tmp_path / name)], output=tmp_path / "p.csv")
    (tmp_path / "o.jsonl").unlink()
    (tmp_path / "o.jsonl.set-aside.csv").unlink()
    run = tag_inputs(tagger, [str(tmp_path)], output=tmp_path / "q.csv")
    reasons = (tmp_path / "q.csv.set-aside.csv").read_text("utf-8")
    assert all(one in reasons for one in ("b.zip", "c.zip", "d.caj"))


def test_the_child_unpacks_while_another_reads() -> None:
    data = plain({"a.txt": FIELD.encode(), "b.html": f"<p>{FIELD}</p>".encode()})
    with closing(GuardedReader()) as unpacker, closing(GuardedReader()) as reader:
        for member in unpacker.members(data, "a.zip", ".zip"):
            assert reader.document(member.data, member.name, member.ending).text == FIELD
        with pytest.raises(ZhengyuError, match="expected a ZIP archive"):
            list(unpacker.members(b"no", "a.zip", ".zip"))
        assert len(list(unpacker.members(data, "a.zip", ".zip"))) == 2


def test_an_upload_of_several_documents_names_each() -> None:
    answer = read(plain({"a.txt": FIELD.encode(), "b.txt": FIELD.encode()}), "a.zip", ".zip")
    parts = split_document(answer["text"], dict(answer["furniture"]))
    assert [(part.text, part.rule) for part in parts] == [
        ("a.zip/a.txt", "file name"), (FIELD, ""), ("a.zip/b.txt", "file name"), (FIELD, "")
    ]  # fmt: skip


def test_an_upload_of_one_document_is_read_as_its_text() -> None:
    data = plain({"a.txt": FIELD.encode(), "b.csv": b"text\n1", "c.rar": b"x", "d.docx": b"no"})
    answer = read(data, "a.zip", ".zip")
    assert answer["text"] == FIELD
    assert [part["place"] for part in answer["unread"]] == [2, 3, 4]
