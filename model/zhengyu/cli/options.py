"""Options and types that several commands share."""

from __future__ import annotations

import functools
import shlex
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

if TYPE_CHECKING:
    from zhengyu.findings.where import Where

FOLDER = click.Path(path_type=Path)


def path(value: str) -> Path | str:
    """Return a path on this machine; the URL of a store stays as it is written."""
    return value if "://" in value else Path(value)


#: What is read; its name is what help calls it.
INPUT = click.types.FuncParamType(path)


def place(_context: click.Context, _parameter: click.Parameter, value: str | None) -> Path | str | None:
    """Return where results go: the path of a file, or the string that names the folder of a dataset."""
    if value is None:
        return None
    from zhengyu.io.store import is_folder

    return value if is_folder(value) else Path(value)


def find(context: click.Context, _parameter: click.Parameter, value: Path | None) -> Path | None:
    """Return the model folder that a word stands for in the command's registry; see `find_model`."""
    if value is None:
        return None
    from zhengyu.persistence.registry import find_model

    return find_model(value, context.params.get("registry"))


def condition(_context: click.Context, _parameter: click.Parameter, value: str | None) -> Where | None:
    """Return the condition that a ``--where`` says."""
    if value is None:
        return None
    from zhengyu.findings.where import parse_where

    return parse_where(value)


MODEL_OPTION = click.option(
    "--model", "folder", type=FOLDER, callback=find, envvar="ZHENGYU_MODEL",
    help="Model folder, or default, current, or a version of the registry; the shipped one when not given.",
)  # fmt: skip
CODEBOOK_OPTION = click.option(
    "--codebook", type=FOLDER,
    help="Write what each column of the outputs means, its type and values: Markdown or CSV by its ending.",
)  # fmt: skip
FAVOUR_OPTION = click.option(
    "--favour", type=click.Choice(["f1", "precision", "recall"]), help="What thresholds serve; F1 when not given."
)
PRECISION_OPTION = click.option(
    "--precision", type=float, help="Floor of precision for every theme, such as 0.9, in place of --favour."
)
WHERE_OPTION = click.option(
    "--where", callback=condition, metavar="CONDITION",
    help="Rows to look at alone, such as \"year >= 2023 and place == '柳河'\" or \"'rural' in themes\".",
)  # fmt: skip
REGISTRY_OPTION = click.option(
    "--registry", type=FOLDER, envvar="ZHENGYU_REGISTRY", is_eager=True,  # known before models are looked for in it
    help="Folder of registered models; in the user's data directory when not given.",
)  # fmt: skip
LEXICON_OPTION = click.option(
    "--lexicon", type=FOLDER, help="CSV of slogans of your own; they are slogans wherever they stand."
)
LEXICON_ONLY = click.option("--lexicon-only", is_flag=True, help="Use --lexicon in place of the model's lexicon.")
CACHE_OPTION = click.option(
    "--cache/--no-cache", default=True, show_default=True,
    help="Keep fits in the user's cache directory, and take those that are there.",
)  # fmt: skip


def label_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of what becomes of doubled and broken labelled rows."""
    command = click.option("--skip-bad", is_flag=True, help="Leave rows with problems out, and say how many.")(command)
    return click.option(
        "--drop-duplicates", is_flag=True, help="Keep the first row of a text, and say how many were dropped."
    )(command)


_READING = (
    click.option("--encoding", help="Encoding of text inputs; found when not given."),
    click.option("--delimiter", help="Between the columns of CSV: one character, or tab; found when not given."),
    click.option("--header-row", metavar="ROW|none", help="Row of a table's column names; found when not given."),
    click.option("--sheet", help="Name or number of the sheet of a workbook; the one with paragraphs when not given."),
)  # fmt: skip


def reading_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of how files are read, as one `zhengyu.io.layout.TableOptions` named ``reading``."""

    @functools.wraps(command)
    def run(*words: Any, encoding: str | None, delimiter: str | None, header_row: str | None, sheet: str | None,
            **more: Any) -> None:  # fmt: skip
        from zhengyu.io.layout import table_options

        command(*words, reading=table_options(encoding, delimiter, header_row, sheet), **more)

    for option in reversed(_READING):
        run = option(run)
    return run


def is_page(output: Path) -> bool:
    """Tell whether an output is named as a page of HTML."""
    return output.suffix.lower() in (".html", ".htm")


@contextmanager
def report_extra() -> Generator[None, None, None]:
    """Say what to install where an import needs the libraries of ``zhengyu[report]``.

    Raises
    ------
    ZhengyuError
        One of them is missing.
    """
    from zhengyu_corpus.errors import ZhengyuError

    try:
        yield
    except ImportError as error:
        raise ZhengyuError(f"pages need more libraries ({error.name}); pip install 'zhengyu[report]'") from error


def command_line(context: click.Context) -> str:
    """Return a command with what was given to it, as it would be typed again."""
    words = context.command_path.split()[-1:]
    for parameter in context.command.params:
        name = parameter.name or ""
        given = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        value = context.params.get(name)
        if not given or value is None:
            continue
        if isinstance(parameter, click.Option):
            words.append(parameter.opts[-1] if value is not False else parameter.secondary_opts[-1])
            if not parameter.is_flag:
                words.append(str(value))
        else:
            words += map(str, value) if isinstance(value, tuple) else [str(value)]
    return shlex.join(["zhengyu", *words])
