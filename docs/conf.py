"""The documentation's site: ``sphinx-build -W docs docs/_build`` (extra ``docs``)."""

from __future__ import annotations

import contextlib
import io
import logging
import re
import tempfile
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

from pygments.lexers.special import TextLexer
from sphinx.search.zh import SearchChinese

HERE = Path(__file__).parent
ROOT = HERE.parent

project = "zhengyu"
author = "the zhengyu developers"
release = version = metadata.version("zhengyu")
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "numpydoc", "sphinx_click"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["_build", "examples"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = "zhengyu 政语"
#: Fonts in which a Chinese character is as wide as two Latin ones, so that tables of the terminal stay straight.
html_theme_options = {
    "light_css_variables": {
        "font-stack--monospace": '"Sarasa Mono SC", "Noto Sans Mono CJK SC", ui-monospace, Menlo, Consolas, monospace'
    }
}
html_search_language = "zh"
html_search_options = {"dict": ""}  # jieba knows its own dictionary already
templates_path = ["_templates"]
html_show_sourcelink = False
html_show_copyright = False
default_role = "py:obj"  # what docstrings put in single backquotes
autodoc_typehints = "none"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

#: Pages are read in the repository too; what they link to there, and which page of the site that is.
LINKS = {
    "](docs/": "](",
    "](../README.md": "](readme.md",
    "](../corpus/zhengyu_corpus/CODEBOOK.md": "](reference/codebook.md",
    "](corpus/zhengyu_corpus/CODEBOOK.md": "](reference/codebook.md",
}
#: Links to files of the repository that the site does not show: their text stays.
ELSEWHERE = re.compile(r"(?<!!)\[([^]]+)\]\((?:\.\./)*(?:[A-Z]+\.(?:md|cff)|(?:corpus|benchmarks)/[^)]+)\)")
#: What a page says of the site only; where it is read in the repository this stays a comment.
SITE_ALONE = re.compile(r"<!-- site:\s(.*?) -->", re.DOTALL)
REPORTS = {
    "tutorial-report.html": ["--language", "en"],
    "tutorial-report.zh.html": ["--language", "zh"],
}

logging.getLogger("jieba").setLevel(logging.WARNING)


class Search(SearchChinese):
    """Search by words of Chinese, in what is asked for as in the pages."""

    language_name = "English"  # whose stemmer the page loads; Sphinx 9.0 asks for one of Chinese, and there is none
    js_splitter_code = """
const zhengyuWords = new Intl.Segmenter("zh", {granularity: "word"});
var splitQuery = (query) => {
  const words = [...zhengyuWords.segment(query)].filter((part) => part.isWordLike).map((part) => part.segment);
  const long = words.filter((word) => word.length > 1);
  return long.length ? long : words;
};
"""


def _cell(text: object) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ")


def _table(head: list[str], rows: list[list[object]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return ["", *("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines), ""]


def _themes() -> str:
    themes = tomllib.loads((ROOT / "corpus" / "zhengyu_corpus" / "themes.toml").read_text("utf-8"))["theme"]
    lines = ["# Themes", "", "Made from `corpus/zhengyu_corpus/themes.toml`."]
    for theme in themes:
        lines += ["", f"## `{theme['id']}` {theme['zh']}", "", f"**{theme['en']}.** {theme['definition']}", ""]
        lines += [f"- Here too: {case}" for case in theme["include"]]
        lines += [f"- Elsewhere: {case}" for case in theme["exclude"]]
        classes = "; ".join(theme["state_council"]) or "–"
        lines += [f"- State Council: {classes}. Comparative Agendas Project: {', '.join(theme['cap']) or '–'}."]
    return "\n".join(lines) + "\n"


def _kind(schema: dict[str, Any]) -> str:
    """Say in a word or two what a JSON schema takes."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(_kind(part) for part in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_kind(schema['additionalProperties'])}"
    bounds = [f"{word} {schema[key]}" for key, word in (("maxLength", "at most"), ("maxItems", "at most"),
              ("minimum", "from"), ("maximum", "to")) if key in schema]  # fmt: skip
    return ", ".join([str(schema.get("type", "any")), *bounds])


def _bodies(content: dict[str, Any]) -> str:
    return ", ".join(f"{_kind(body.get('schema', {}))} (`{kind}`)" for kind, body in content.items())


def _call(path: str, method: str, what: dict[str, Any]) -> list[str]:
    lines = ["", f"## `{method.upper()} {path}`", "", f"{what['summary']}."]
    if "requestBody" in what:
        lines += ["", f"Body: {_bodies(what['requestBody']['content'])}."]
    for field in what.get("parameters", []):
        lines += ["", f"In the query, `{field['name']}`: {_kind(field['schema'])}. {field.get('description', '')}."]
    rows: list[list[object]] = [
        [status, answer["description"].replace("Successful Response", "Answered."), _bodies(answer.get("content", {}))]
        for status, answer in what["responses"].items()
    ]
    return lines + _table(["status", "when", "body"], rows)


def _api() -> str:
    import zhengyu
    from zhengyu.web.app import make_app

    schema = make_app(zhengyu.load()).openapi()
    lines = ["# JSON API", "", "Made from the schema that `zhengyu serve` gives at `/openapi.json`; try it at `/docs`."]
    for path, methods in schema["paths"].items():
        for method, what in methods.items():
            lines += _call(path, method, what)
    lines += ["", "# Bodies"]
    for name, body in sorted(schema["components"]["schemas"].items()):
        rows: list[list[object]] = [
            [f"`{field}`" + (" (required)" if field in body.get("required", ()) else ""), _kind(kind),
             kind.get("description", "")]
            for field, kind in body.get("properties", {}).items()
        ]  # fmt: skip
        lines += ["", f"## {name}", "", body.get("description", ""), *_table(["field", "takes", "what"], rows)]
    return "\n".join(lines) + "\n"


def _make_pages(app: object) -> None:
    """Write the pages that are made from code and data, when they changed."""
    made = {
        "reference/themes.md": _themes(),
        "reference/http.md": _api(),
        "reference/codebook.md": (ROOT / "corpus" / "zhengyu_corpus" / "CODEBOOK.md").read_text("utf-8"),
        "readme.md": (ROOT / "README.md").read_text("utf-8"),
    }
    for name, text in made.items():
        path = HERE / name
        if not path.is_file() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")


def _link_pages(app: object, page: str, source: list[str]) -> None:
    """Lead links that leave ``docs/`` to the pages of the site that show the same; show what is for the site alone."""
    source[0] = SITE_ALONE.sub(r"\1", source[0])
    for there, here in LINKS.items():
        source[0] = source[0].replace(there, here)
    source[0] = ELSEWHERE.sub(r"\1", source[0])


def _mark_up(app: object, page: str, template: str, context: dict[str, Any], tree: object) -> None:
    """Tell screen readers which pages are Chinese and how deep captions stand; let keys scroll wide blocks."""
    if page.endswith(".zh"):
        context["language"] = "zh"
    if "body" in context:
        context["body"] = context["body"].replace("<pre>", '<pre tabindex="0">')
    tree_of_pages = context["furo_navigation_tree"]
    context["furo_navigation_tree"] = tree_of_pages.replace('role="heading"', 'role="heading" aria-level="2"')


def _make_reports(app: Any, problem: Exception | None) -> None:
    """Put the report that the tutorial ends with beside its pages."""
    if problem is not None or app.builder.format != "html":
        return
    import pandas as pd

    from zhengyu.cli import main

    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        tagged, slogans = str(Path(folder) / "tagged.parquet"), str(Path(folder) / "slogans.parquet")
        documents = str(HERE / "examples" / "tutorial")
        main(["tag", documents, "-o", tagged, "--slogans", slogans, "--quiet"], standalone_mode=False)
        table = pd.read_parquet(tagged)
        table[["place", "year"]] = table["file"].str.extract(r"(\w+)-(\d{4})-")
        table.to_parquet(tagged)
        columns = ["--slogans", slogans, "--time", "year", "--place", "place"]
        for name, language in REPORTS.items():
            out = str(Path(app.outdir) / name)
            main(["report", tagged, *columns, *language, "-o", out], standalone_mode=False)


def setup(app: Any) -> None:
    """Tell Sphinx what to make before and after the pages, and how to search them."""
    app.add_search_language(Search)
    app.add_lexer("csv", TextLexer)
    app.connect("builder-inited", _make_pages, priority=400)
    app.connect("source-read", _link_pages)
    app.connect("html-page-context", _mark_up, priority=900)  # after the theme
    app.connect("build-finished", _make_reports)
