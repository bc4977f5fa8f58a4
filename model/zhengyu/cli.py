"""The command line: one command per job, each thin over the Python API."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from zhengyu import __version__
from zhengyu_corpus.errors import CorpusError, ZhengyuError

_FOLDER = click.Path(path_type=Path)
_MODEL = click.option("--model", "folder", type=_FOLDER, help="Model folder; the shipped one when not given.")
#: Rows that the table on the terminal shows.
_SHOWN_ROWS = 200


class _Clean(click.Group):
    """A group that turns zhengyu's errors into one clean message and exit code 2."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ZhengyuError as error:
            click.echo(f"zhengyu: {error}", err=True)
            sys.exit(2)


@click.group(cls=_Clean, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="zhengyu")
def main() -> None:
    """Tag paragraphs of Chinese policy prose with policy themes.

    Exit codes: 0 done; 1 done, but some rows were set aside; 2 wrong usage or unusable input, nothing written.
    """


@main.command()
@click.argument("inputs", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    type=_FOLDER,
    help="CSV, JSONL, Parquet or XLSX by its ending; a table on the terminal when not given.",
)
@click.option("--text-column", help="Column of a table that holds the paragraphs; found when not given.")
@click.option("--encoding", help="Encoding of text inputs; detected when not given.")
@click.option("--format", "stdin_format", default="txt", show_default=True,
              type=click.Choice(["txt", "html", "csv", "tsv", "jsonl"]), help="Format of standard input.")  # fmt: skip
@click.option("--probabilities", is_flag=True, help="Add the probability of every theme.")
@click.option("--prefix", default="", help="Put before the names of added columns.")
@click.option("--quiet", is_flag=True, help="Print no summary.")
@_MODEL
def tag(
    inputs: tuple[str, ...],
    output: Path | None,
    text_column: str | None,
    encoding: str | None,
    stdin_format: str,
    probabilities: bool,
    prefix: str,
    quiet: bool,
    folder: Path | None,
) -> None:
    """Tag documents and tables: TXT, Markdown, HTML, DOCX, PDF, CSV, TSV, JSONL, Parquet, XLSX, folders, or - ."""
    from zhengyu.batch.runner import summary, tag_inputs
    from zhengyu.tagger import load

    run = tag_inputs(
        load(folder), inputs, output=output, text_column=text_column, encoding=encoding, stdin_format=stdin_format,
        probabilities=probabilities, prefix=prefix,
    )  # fmt: skip
    if output is None:
        from zhengyu.terminal import show

        show(run.table, prefix=prefix, rows=_SHOWN_ROWS)
    if not quiet:
        for line in summary(run):
            click.echo(line, err=True)
    if run.set_aside:
        sys.exit(1)


@main.command()
@click.argument("text")
@click.option("--theme", "themes", multiple=True, help="A theme to explain; the given ones when not named.")
@click.option("--spans", default=8, show_default=True, type=click.IntRange(min=1), help="Spans shown for and against.")
@_MODEL
def explain(text: str, themes: tuple[str, ...], spans: int, folder: Path | None) -> None:
    """Show which words of one paragraph carried its themes; TEXT is the paragraph, or - for standard input."""
    from zhengyu.tagger import load

    paragraph = sys.stdin.read().strip() if text == "-" else text
    for found in load(folder).explain(paragraph, themes or None):
        answer = "given" if found.given else "not given"
        click.echo(
            f"{found.theme}: {answer}, probability {found.probability:.3f} (threshold {found.threshold:.2f}); "
            f"score {found.score:+.3f} = start {found.bias:+.3f} and the words"
        )
        for name, against in (("for", False), ("against", True)):
            shown = "  ".join(f"{span.text} {span.contribution:+.3f}" for span in found.top(spans, against=against))
            click.echo(f"  {name + ':':<9}{shown or '–'}")


@main.command()
@click.option(
    "--corpus",
    multiple=True,
    type=_FOLDER,
    help="Labelled CSV, XLSX or JSONL file, or a folder of them; may be repeated.",
)
@click.option("-o", "--output", required=True, type=_FOLDER, help="The model folder to make.")
@click.option("--no-base", is_flag=True, help="Leave the built-in corpus out.")
@click.option("--themes", type=_FOLDER, help="A themes.toml of your own.")
@click.option("--test", type=_FOLDER, help="Labelled file to evaluate on.")
@click.option(
    "--user-terms",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="UTF-8 file of terms that segmentation keeps whole, one a line.",
)
@click.option("--name", default="zhengyu", show_default=True, help="First part of the model's version.")
@click.option(
    "--written-weight",
    default=1.0,
    show_default=True,
    type=click.FloatRange(min=0, min_open=True),
    help="Weight of a written paragraph beside a real one.",
)
@click.option(
    "--strength",
    "strength",
    default=30.0,
    show_default=True,
    type=click.FloatRange(min=0, min_open=True),
    help="Inverse strength C of the penalty.",
)
@click.option("--jobs", default=2, show_default=True, type=click.IntRange(min=1), help="Threads.")
@click.option("--seed", default=0, show_default=True, help="Seed of the resampling.")
def retrain(
    corpus: tuple[Path, ...],
    output: Path,
    no_base: bool,
    themes: Path | None,
    test: Path | None,
    user_terms: Path | None,
    name: str,
    written_weight: float,
    strength: float,
    jobs: int,
    seed: int,
) -> None:
    """Train a model folder from labelled paragraphs, and report how good it is."""
    from zhengyu_training.retrain import retrain as run

    terms = [line.strip() for line in user_terms.read_text(encoding="utf-8").splitlines()] if user_terms else []
    made = run(
        corpus, out=output, base=not no_base, themes=themes, test=test, user_terms=[term for term in terms if term],
        name=name, written_weight=written_weight, C=strength, jobs=jobs, seed=seed,
    )  # fmt: skip
    for warning in made.warnings:
        click.echo(f"warning: {warning}", err=True)
    click.echo(made.cross_validation.as_text())
    click.echo("\nCross-validation on one's own corpus flatters; a test file of new documents decides.")
    if made.test is not None:
        click.echo("\n" + made.test.as_text())
    click.echo(f"\n{made.version} stands in {made.folder}")


@main.command()
@click.argument("model_folder", metavar="MODEL", type=_FOLDER)
@click.argument("file", type=_FOLDER)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@click.option("--seed", default=0, show_default=True, help="Seed of the resampling.")
def evaluate(model_folder: Path, file: Path, as_json: bool, seed: int) -> None:
    """Evaluate MODEL (a folder, or 'default' for the shipped one) on a labelled FILE."""
    import json

    from zhengyu.store import load_model
    from zhengyu_training.evaluate import evaluate_model

    shipped = str(model_folder) == "default" and not model_folder.exists()
    found = evaluate_model(load_model(None if shipped else model_folder), file, seed=seed)
    click.echo(json.dumps(found.as_json(), ensure_ascii=False, indent=1) if as_json else found.as_text())


@main.group()
def corpus() -> None:
    """Check and describe labelled paragraphs."""


def _paths(files: tuple[Path, ...], no_base: bool) -> list[Path]:
    from zhengyu_corpus.readers import builtin_files

    paths = [*([] if no_base or files else builtin_files()), *files]
    if not paths:
        raise ZhengyuError("nothing to look at: name labelled files, or leave out --no-base")
    return paths


@corpus.command()
@click.argument("files", nargs=-1, type=_FOLDER)
@click.option("--no-base", is_flag=True, help="Never look at the built-in corpus.")
@click.option("--themes", type=_FOLDER, help="A themes.toml of your own.")
@click.option("--test", "tests", multiple=True, type=_FOLDER, help="Test file whose texts must not be trained on.")
def check(files: tuple[Path, ...], no_base: bool, themes: Path | None, tests: tuple[Path, ...]) -> None:
    """List every problem of labelled FILES (the built-in corpus when none is named)."""
    from zhengyu_corpus.check import check as run
    from zhengyu_corpus.themes import load_themes

    found = run(_paths(files, no_base), load_themes(themes), tests=tests)
    fatal = [problem for problem in found.problems if problem.fatal]
    for problem in found.problems:
        if not problem.fatal:
            click.echo(str(problem))
    if fatal:
        raise CorpusError(fatal)
    click.echo(f"{len(found.records)} records, {len(found.problems)} warnings, no errors")


@corpus.command()
@click.argument("files", nargs=-1, type=_FOLDER)
@click.option("--no-base", is_flag=True, help="Never look at the built-in corpus.")
@click.option("--themes", type=_FOLDER, help="A themes.toml of your own.")
def stats(files: tuple[Path, ...], no_base: bool, themes: Path | None) -> None:
    """Count labelled paragraphs by theme, genre, level and era."""
    from zhengyu_corpus.check import require_sound
    from zhengyu_corpus.readers import find_files, read_labelled
    from zhengyu_corpus.stats import stats as count
    from zhengyu_corpus.themes import load_themes

    codes = load_themes(themes)
    found = count(require_sound(read_labelled(find_files(_paths(files, no_base)), codes)).records, codes)
    click.echo(f"{found.written} written paragraphs, {found.bags} bags of words, {found.documents} documents\n")
    click.echo(f"{'theme':<16}{'written':>9}{'bags':>7}")
    for theme, (written, bags) in found.by_theme.items():
        click.echo(f"{theme:<16}{written:>9}{bags:>7}")
    click.echo("\nthemes a record: " + ", ".join(f"{n}: {count}" for n, count in found.themes_each.items()))
    for name, values in found.by_field.items():
        click.echo(f"{name}: " + ", ".join(f"{value or '(none)'} {count}" for value, count in values.items()))


@corpus.command()
@click.argument("files", nargs=-1, type=_FOLDER)
@click.option("--no-base", is_flag=True, help="Never look at the built-in corpus.")
@click.option("--themes", type=_FOLDER, help="A themes.toml of your own.")
@click.option("--jobs", default=2, show_default=True, type=click.IntRange(min=1), help="Threads.")
def quality(files: tuple[Path, ...], no_base: bool, themes: Path | None, jobs: int) -> None:
    """List likely label errors, alike paragraphs, themes that overlap, and thin themes."""
    from zhengyu_corpus.themes import load_themes
    from zhengyu_training.quality import quality as look

    click.echo(look(_paths(files, no_base), load_themes(themes), jobs=jobs).as_text())


@corpus.command()
@click.argument("first", type=_FOLDER)
@click.argument("second", type=_FOLDER)
@click.option("--themes", type=_FOLDER, help="A themes.toml of your own.")
def agreement(first: Path, second: Path, themes: Path | None) -> None:
    """Compare two coders' labelled files of the same paragraphs, by id: alpha, F1 per theme, what to settle."""
    from zhengyu_corpus.themes import load_themes
    from zhengyu_training.agreement import agree_files

    click.echo(agree_files(first, second, load_themes(themes)).as_text())


@main.group()
def model() -> None:
    """Look at model folders."""


@model.command()
@_MODEL
def show(folder: Path | None) -> None:
    """Show what a model is: version, corpus, settings, packages, figures."""
    import json

    from zhengyu.store import load_model

    found = load_model(folder)
    shown = {key: value for key, value in found.manifest.items() if key != "sha256"}
    shown["themes"] = len(found.themes)
    shown["features"] = len(found.vocabulary)
    shown["figures"] = found.evaluation.get("cross_validation", {}).get("overall", {})
    click.echo(json.dumps(shown, ensure_ascii=False, indent=1))


@model.command()
@_MODEL
def verify(folder: Path | None) -> None:
    """Check a model folder against its hashes and shapes."""
    from zhengyu.store import load_model

    click.echo(f"{load_model(folder).version}: sound")
