"""Golden outputs: every command run over one folder of inputs, what it prints and writes kept as text under tests/golden.

``python tests/golden.py --write`` makes them anew; a change of one is named, with its reason, in the commit that makes it.
The model is a small one of its own, kept beside them, so that retraining the shipped model changes none.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
from places import ROOT

KEPT = ROOT / "tests" / "golden"
MODEL = KEPT / "model"
TUTORIAL = ROOT / "docs" / "examples" / "tutorial"

TEXTS = [
    "全县新建高标准农田三万亩，农民收入增长百分之八，“十大产业”带动村村有增收。",
    "深入学习贯彻全会精神，坚持“四个走在前”，聚焦项目建设不动摇、聚焦乡村振兴不动摇。",
    "出席会议的还有：市领导和有关部门负责人。",
    "沿河十一家小散企业关停四家、搬迁三家，国控断面水质连续五个月达到三类，绿水青山就是金山银山。",
    "招商小分队赴长三角考察，签约项目十七个，总投资四十二亿元。",
]

#: Name of a golden to the arguments of `zhengyu`; OUT stands for a folder that is kept, IN for the folder of inputs.
COMMANDS: dict[str, list[str]] = {
    "help": ["--help"],
    "tag-documents-terminal": ["tag", "IN/page.txt", "--quiet"],
    **{
        f"tag-{ending.replace('.', '-')}": ["tag", f"IN/{name}", "-o", f"OUT/tags.{ending}", "--slogans",
                                            f"OUT/slogans.{ending}", "--evidence", f"OUT/evidence.{ending}"]
        for name, ending in [("page.txt", "csv"), ("page.md", "tsv"), ("page.html", "jsonl"), ("page.docx", "parquet"),
                             ("table.csv", "xlsx"), ("table.tsv", "csv.gz")]
    },
    "tag-jsonl": ["tag", "IN/table.jsonl", "-o", "OUT/tags.jsonl", "--probabilities", "--json"],
    "tag-xlsx": ["tag", "IN/table.xlsx", "-o", "OUT/tags.csv", "--prefix", "z_"],
    "tag-parquet": ["tag", "IN/table.parquet", "-o", "OUT/tags.csv", "--precision", "0.9"],
    "tag-pdf": ["tag", "IN/page.pdf", "-o", "OUT/tags.csv"],
    "tag-folder": ["tag", "IN/folder", "-o", "OUT/tags.csv", "--slogans", "OUT/slogans.csv"],
    "tag-facts": ["tag", "IN/page.html", "IN/page.docx", "-o", "OUT/tags.jsonl"],
    "tag-broken": ["tag", "IN/broken.jsonl", "-o", "OUT/tags.jsonl"],
    "explain": ["explain", TEXTS[0], "--nearest", "1", "--corpus", "IN/labelled.jsonl"],
    "explain-none": ["explain", TEXTS[2]],
    "slogans": ["slogans", "IN/table.jsonl", "--by", "place", "--date", "year", "-o", "OUT/counts.csv"],
    "slogans-new": ["slogans", "IN/table.jsonl", "--new"],
    "find": ["find", "农田", "IN/tagged.csv", "-o", "OUT/places.csv"],
    "compare": ["compare", "IN/page.txt", "IN/page.md", "-o", "OUT/compared.csv"],
    "report": ["report", "IN/tagged.csv", "-o", "OUT/report.html"],
    "model-show": ["model", "show", "MODEL"],
    "model-verify": ["model", "verify", "MODEL"],
    "model-list": ["model", "list", "--registry", "IN/registry"],
    "model-export": ["model", "export", "--model", "MODEL", "--joblib", "OUT/pipeline.joblib"],
    "evaluate": ["evaluate", "MODEL", "IN/labelled.jsonl"],
    "evaluate-slogans": ["evaluate", "MODEL", "IN/labelled.jsonl", "--slogans"],
    "corpus-check": ["corpus", "check", "IN/labelled.jsonl"],
    "corpus-check-bad": ["corpus", "check", "IN/bad.jsonl"],
    "corpus-stats": ["corpus", "stats", "IN/labelled.jsonl"],
    "corpus-agreement": ["corpus", "agreement", "IN/labelled.jsonl", "IN/second.jsonl"],
    "corpus-suggest": ["corpus", "suggest", "IN/table.jsonl", "-n", "3", "-o", "OUT/suggested.jsonl"],
    "corpus-sample": ["corpus", "sample", "IN/tagged.csv", "-n", "4", "--show-tags", "-o", "OUT/check.jsonl"],
    "corpus-export-xlsx": ["corpus", "export", "IN/labelled.jsonl", "--to", "xlsx", "-o", "OUT/coders.xlsx"],
    "corpus-export-doccano": ["corpus", "export", "IN/labelled.jsonl", "--to", "doccano", "-o", "OUT/doccano.jsonl"],
    "corpus-export-label-studio": ["corpus", "export", "IN/labelled.jsonl", "--to", "label-studio", "-o",
                                   "OUT/tasks.json"],
    "corpus-import": ["corpus", "import", "IN/coded.xlsx", "-o", "OUT/labelled.jsonl"],
    "retrain": ["retrain", "--no-base", "--no-cache", "--corpus", "IN/corpus.jsonl", "--strength", "30", "-o",
                "OUT/model"],
}  # fmt: skip


def run(arguments: list[str], cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "COLUMNS": "120",
                   "SOURCE_DATE_EPOCH": "1767225600", "ZHENGYU_COMPILE": "never", "ZHENGYU_LANGUAGE": "en"}  # fmt: skip
    return subprocess.run([sys.executable, "-m", "zhengyu", *arguments], cwd=cwd, env=environment,
                          capture_output=True, text=True)  # fmt: skip


def lay_out(place: Path) -> None:
    """Put the inputs of all commands into a folder."""
    import docx
    import pyarrow as pa
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfgen import canvas

    place.mkdir(parents=True)
    page = ["关于全县上半年重点工作推进情况的通报", "发布时间：2024-07-16 09:20", *TEXTS, "下一篇：县政府召开常务会议"]
    (place / "page.txt").write_text("\n".join(page), encoding="utf-8")
    (place / "page.md").write_text("# " + "\n\n".join(page), encoding="gb18030")
    (place / "page.html").write_text(
        "<html><meta charset='utf-8'><body><h1>" + "</h1><p>".join(page[:2]) + "</p><p>" + "</p><p>".join(page[2:])
        + "</p></body></html>", encoding="utf-8")  # fmt: skip
    document = docx.Document()
    for line in page:
        document.add_paragraph(line)
    document.save(str(place / "page.docx"))
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    sheet = canvas.Canvas(str(place / "page.pdf"), invariant=1)
    sheet.setFont("STSong-Light", 9)
    for number, text in enumerate(TEXTS):
        sheet.drawString(60, 780 - 40 * number, text)
    sheet.save()
    rows = [
        {"id": f"r{n}", "year": 2020 + n, "place": "柳河" if n % 2 else "青川", "text": text}
        for n, text in enumerate(TEXTS)
    ]
    for name, mark in (("table.csv", ","), ("table.tsv", "\t")):
        with (place / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), delimiter=mark)
            writer.writeheader()
            writer.writerows(rows)
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    (place / "table.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (place / "broken.jsonl").write_text("\n".join([lines[0], '{"id": "x", "text":', lines[1], "[1]"]), encoding="utf-8")
    pq.write_table(pa.Table.from_pylist(rows), place / "table.parquet")
    book = openpyxl.Workbook()
    for row in (list(rows[0]), *(list(row.values()) for row in rows)):
        book.active.append(row)
    book.save(place / "table.xlsx")
    shutil.copytree(TUTORIAL, place / "folder")
    held = ROOT / "corpus" / "zhengyu_corpus" / "paragraphs"
    written = held.joinpath("w15.jsonl").read_text("utf-8").splitlines()
    (place / "labelled.jsonl").write_text("\n".join(written[:12]) + "\n", encoding="utf-8")
    second = [{**json.loads(line), "themes": json.loads(line)["themes"][:1]} for line in written[:12]]
    (place / "second.jsonl").write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in second), "utf-8")
    bad = [{**json.loads(written[0]), "themes": ["nosuch"]}, {**json.loads(written[1]), "text": ""}, {"id": "alone"}]
    (place / "bad.jsonl").write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in bad), "utf-8")
    starter = held.joinpath("starter.jsonl").read_text("utf-8").splitlines()
    (place / "corpus.jsonl").write_text("\n".join(starter) + "\n", encoding="utf-8")
    for arguments in (
        ["tag", "table.csv", "-o", "tagged.csv", "--model", str(MODEL)],
        ["corpus", "export", "labelled.jsonl", "--to", "xlsx", "-o", "coded.xlsx"],
    ):
        done = run(arguments, place)
        if done.returncode:
            raise RuntimeError(done.stderr)
    (place / "registry").mkdir()


def as_text(path: Path) -> str:
    """Return a file as lines of text that tell what it holds."""
    ending = path.suffix
    if ending == ".parquet":
        table = pq.read_table(path)
        rows = [json.dumps(row, ensure_ascii=False, default=str) for row in table.to_pylist()]
        return "\n".join([str(table.schema.remove_metadata()), *rows])
    if ending == ".xlsx":
        book = openpyxl.load_workbook(path)
        return "\n".join(
            json.dumps([sheet.title, *(cell.value for cell in row)], ensure_ascii=False, default=str)
            for sheet in book for row in sheet.iter_rows()
        )  # fmt: skip
    if ending == ".gz":
        return gzip.decompress(path.read_bytes()).decode("utf-8")
    if ending in {".npz", ".joblib"}:
        return "(bytes)"
    text = path.read_text(encoding="utf-8-sig")
    if ending == ".html":
        text = re.sub(r"<script.*?</script>|<style.*?</style>", "", text, flags=re.DOTALL)
    return text


def steady(text: str, places: dict[str, str]) -> str:
    """Return `text` without what differs between machines and runs."""
    for place, name in places.items():
        text = text.replace(place, name)
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+(\+00:00|Z)?", "TIME", text)
    text = re.sub(r"zhengyu-[0-9a-f]{12}", "VERSION", text)
    text = re.sub(r"[0-9a-f]{64}", "SHA256", text)
    text = re.sub(
        r"-?\d+\.\d{3,}(e-?\d+)?", lambda found: f"{float(found.group()):.3f}".replace("-0.000", "0.000"), text
    )
    return "\n".join(line.rstrip() for line in text.splitlines())


def golden(name: str, inputs: Path, scratch: Path) -> str:
    """Run one command and return what it printed and wrote."""
    out = scratch / name
    out.mkdir()
    places = {str(out): "OUT", str(inputs): "IN", str(MODEL): "MODEL", str(ROOT): "ROOT"}
    arguments = [
        re.sub(r"^(OUT|IN|MODEL)\b", lambda found: {v: k for k, v in places.items()}[found.group()], argument)
        for argument in COMMANDS[name]
    ]
    if arguments[0] in {"tag", "explain", "slogans", "find", "compare", "report"} or arguments[:2] == [
        "corpus",
        "suggest",
    ]:
        arguments += ["--model", str(MODEL)]
    done = run(arguments, scratch)
    parts = [f"$ zhengyu {' '.join(COMMANDS[name])}", f"exit {done.returncode}", done.stdout]
    parts += ["--- stderr", done.stderr] if done.stderr else []
    for path in sorted(out.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            held = "" if name in {"retrain", "model-export"} else as_text(path)
            parts += [f"--- {path.relative_to(out)}", held]
    return steady("\n".join(parts), places).strip() + "\n"


def main() -> None:
    if "--write" not in sys.argv:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        lay_out(Path(folder) / "in")
        for name in COMMANDS:
            (KEPT / f"{name}.txt").write_text(golden(name, Path(folder) / "in", Path(folder)), encoding="utf-8")


if __name__ == "__main__":
    main()
