"""What tests of labelling and retraining share: a codebook of two themes, labelled files, a coder, the command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from zhengyu.cli import main

FARM = "合作社今年种了{}亩水稻，统一供种、统一植保，亩产比去年多收{}斤。"
TOWN = "城区{}条背街小巷完成改造，雨污分流管网铺设{}公里，老楼加装了电梯。"
REST = "请第{}会场的同志尽快入座，会议马上开始。"
TOML = "[[theme]]\nid = 'farm'\nzh = '农事'\n[[theme]]\nid = 'town'\nzh = '城建'\n"


def run(*words: object, code: int = 0) -> str:
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exit_code == code, result.output
    return result.output


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def labelled(path: Path, first: int, count: int) -> Path:
    rows = [(FARM.format(n, 3 * n), ["farm"]) for n in range(first, first + count)]
    rows += [(TOWN.format(n, 7 * n), ["town"]) for n in range(first, first + count)]
    rows += [(REST.format(n), []) for n in range(first, first + count // 2)]
    text = "".join(
        json.dumps({"id": f"{path.stem}-{i}", "doc": f"{path.stem}-{i}", "themes": themes, "text": said}) + "\n"
        for i, (said, themes) in enumerate(rows)
    )
    path.write_text(text, "utf-8")
    return path


def coder(text: str) -> list[str]:
    return ["farm"] if "水稻" in text else ["town"] if "城区" in text or "巷" in text else []


def code_in_label_studio(tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Answer as Label Studio's JSON export has it, its own fields included."""
    out = []
    for number, task in enumerate(tasks, 1):
        text, themes = task["data"]["text"], coder(task["data"]["text"])
        result: list[dict[str, Any]] = [
            {"id": f"c{number}", "type": "choices", "value": {"choices": themes or ["none"]}, "origin": "manual",
             "to_name": "text", "from_name": "themes"}
        ]  # fmt: skip
        if "统一供种、统一植保" in text:
            start = text.index("统一供种")
            value = {"start": start, "end": start + 9, "text": "统一供种、统一植保", "labels": ["exhortation"]}
            result.append({"id": f"s{number}", "type": "labels", "value": value, "origin": "manual",
                           "to_name": "text", "from_name": "slogans"})  # fmt: skip
        annotation = {
            "id": 100 + number, "completed_by": 1, "result": result, "was_cancelled": False, "ground_truth": False,
            "created_at": "2026-01-01T00:00:00Z", "lead_time": 4.2, "task": number, "project": 1, "parent_annotation": None,
        }  # fmt: skip
        out.append({**task, "id": number, "annotations": [annotation], "drafts": [], "predictions": [], "meta": {},
                    "inner_id": number, "total_annotations": 1, "file_upload": "t.json", "project": 1})  # fmt: skip
    return out
