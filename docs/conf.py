"""The documentation's site: ``sphinx-build -W docs docs/_build`` (extra ``docs``)."""

from __future__ import annotations

import tomllib
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent

project = "zhengyu"
author = "the zhengyu developers"
release = version = metadata.version("zhengyu")
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "numpydoc", "sphinx_click"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["_build", "examples"]
myst_heading_anchors = 3
# README.zh.md is read in the repository too, where its links lead outside the site.
suppress_warnings = ["myst.xref_missing", "myst.header"]
html_theme = "furo"
html_title = "zhengyu 政语"
html_static_path: list[str] = []
#: Chinese is searched by words, which jieba finds; English by stems.
html_search_language = "zh"
templates_path = ["_templates"]
html_show_sourcelink = False
autosummary_generate = True
autodoc_typehints = "none"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False


def _themes() -> str:
    themes = tomllib.loads((ROOT / "corpus" / "zhengyu_corpus" / "themes.toml").read_text("utf-8"))["theme"]
    lines = [
        "# Themes",
        "",
        "Made from `corpus/zhengyu_corpus/themes.toml`.",
        "",
        "| id | 名称 | name | State Council |",
        "| --- | --- | --- | --- |",
    ]
    for theme in themes:
        classes = theme.get("state_council", "")
        shown = "、".join(classes) if isinstance(classes, list) else classes
        lines.append(f"| `{theme['id']}` | {theme['zh']} | {theme.get('en', '')} | {shown} |")
    return "\n".join(lines) + "\n"


def _api() -> str:
    import zhengyu
    from zhengyu.web.app import make_app

    paths = make_app(zhengyu.load()).openapi()["paths"]
    lines = ["# JSON API", "", "Made from the schema at `/openapi.json` of `zhengyu serve`; try it at `/docs`.", "",
             "| call | what it does |", "| --- | --- |"]  # fmt: skip
    for path, methods in paths.items():
        lines += [f"| `{method.upper()} {path}` | {what.get('summary', '')} |" for method, what in methods.items()]
    return "\n".join(lines) + "\n"


def _made(app: object) -> None:
    """Write the pages that are made from code, when they changed."""
    codebook = (ROOT / "corpus" / "zhengyu_corpus" / "CODEBOOK.md").read_text("utf-8")
    for name, text in (("themes", _themes()), ("http", _api()), ("codebook", codebook)):
        path = HERE / "reference" / f"{name}.md"
        if not path.is_file() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")


def setup(app: object) -> None:
    """Make the generated pages before the others are read."""
    app.connect("builder-inited", _made)  # type: ignore[attr-defined]
