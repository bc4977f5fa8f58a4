"""Content decides how a file is read, not its ending, and it is said."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from zhengyu.batch.runner import tag_inputs
from zhengyu.io.content import content_ending, decide
from zhengyu.io.inputs import Input
from zhengyu.tagger import Tagger
from zhengyu_corpus.errors import ZhengyuError

FIELD = "全县新建高标准农田三万亩，农民收入增长百分之八。"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


def parts(*names: str, **contents: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, contents.get(name, b"x"))
    return out.getvalue()


def stream(*names: str) -> bytes:
    return OLE + b"".join(name.encode("utf-16-le") + b"\0\0" for name in names)


DOCX = parts("[Content_Types].xml", "word/document.xml")
PAGE = f"<!DOCTYPE html>\n<html><p>{FIELD}".encode()


@pytest.mark.parametrize(
    ("data", "ending", "found"),
    [
        (DOCX, ".doc", ".docx"), (DOCX, ".pdf", ".docx"), (DOCX, ".txt", ".docx"), (DOCX, ".docm", ".docm"),
        (DOCX, ".zip", ".docx"), (parts("xl/workbook.xml"), ".csv", ".xlsx"), (parts("a.txt"), ".docx", ".docx"),
        (parts("a.txt"), ".pdf", ".zip"), (parts("mimetype", mimetype=b"application/epub+zip"), ".zip", ".epub"),
        (stream("WordDocument"), ".docx", ".doc"), (stream("WordDocument"), ".wps", ".wps"),
        (stream("PowerPoint Document"), ".doc", ".ppt"),
        (b"%PDF-1.7", ".docx", ".pdf"), (b"\r\n%PDF-1.7", ".doc", ".pdf"), (b"text on %PDF-", ".txt", ".txt"),
        (b"{\\rtf1", ".doc", ".rtf"), (b"Rar!\x1a\x07\x00", ".zip", ".rar"), (b"PAR1", ".csv", ".parquet"),
        (PAGE, ".doc", ".html"), (PAGE, ".txt", ".html"), (b"\xef\xbb\xbf<?xml version='1.0'?>\n" + PAGE, ".docx", ".html"),
        ("\ufeff<html>".encode("utf-16-le"), ".doc", ".html"), (b"<p>a", ".txt", ".txt"), (PAGE, ".csv", ".html"),
        (b"MIME-Version: 1.0\nContent-Type: multipart/related\n\n", ".doc", ".mht"),
        (b"MIME-Version: 1.0\nContent-Type: multipart/related\n\n", ".eml", ".eml"),
        (FIELD.encode("gb18030"), ".doc", ".txt"), (FIELD.encode(), ".pdf", ".txt"), (b"no", ".docx", ".docx"),
        (b"id,text\n1,a\n", ".xlsx", ".csv"), (b"PK", ".xlsx", ".xlsx"), (FIELD.encode(), "", ""), (DOCX, "", ".docx"),
        (b'<?xml version="1.0"?><?mso-application progid="Word.Document"?>\n<w:wordDocument xmlns:w="a">', ".doc", ".docx"),
        (b"", ".docx", ".docx"), (b"\0" * 9, ".txt", ".txt"), (b"PK\x03\x04", ".docx", ".docx"),
    ],
)  # fmt: skip
def test_content_decides(data: bytes, ending: str, found: str) -> None:
    assert content_ending(data, ending, "a") == found


def test_data_of_r_which_is_compressed_by_itself_is_named_as_such() -> None:
    packed = io.BytesIO(gzip.compress(b"X\n\0\0\0\3"))
    assert decide(Input("a.rds", ".rds"), packed)[0].ending == ".rds"
    with pytest.raises(ZhengyuError, match=r"is compressed by gzip, whatever its name says; name it a\.txt\.gz"):
        decide(Input("a.txt", ".txt"), packed)


def test_encrypted_files_are_refused() -> None:
    with pytest.raises(ZhengyuError, match="is encrypted"):
        content_ending(stream("EncryptedPackage"), ".docx", "a.docx")


def test_streams_stay_at_their_beginning() -> None:
    class Pipe(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: object) -> int:
            return 0

    for data in (DOCX, PAGE, b"text"):
        found, held, note = decide(Input("a.doc", ".doc"), io.BytesIO(data))
        assert held.read() == data
        assert bool(note) == (found.ending != ".doc")
    assert decide(Input("a.csv", ".csv"), io.BufferedReader(Pipe()))[2] == ""


def test_a_run_says_how_a_file_was_read(tagger: Tagger, tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(f"<html><p>{FIELD}".encode())
    (tmp_path / "b.txt").write_bytes(parts("[Content_Types].xml", "word/document.xml"))
    run = tag_inputs(tagger, [str(tmp_path)], output=tmp_path / "o.csv")
    assert run.notes[str(tmp_path / "a.docx")] == ("named .docx, read as what it is: HTML",)
    assert (run.tagged, run.set_aside_count) == (1, 1)
