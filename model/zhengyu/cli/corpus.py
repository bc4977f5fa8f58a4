"""The commands on labelled paragraphs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from zhengyu.cli.options import (
    CACHE_OPTION,
    CODEBOOK_OPTION,
    FOLDER,
    INPUT,
    MODEL_OPTION,
    WHERE_OPTION,
    label_options,
    reading_options,
)
from zhengyu_corpus.errors import CorpusError, ZhengyuError

if TYPE_CHECKING:
    from zhengyu.findings.where import Where
    from zhengyu.io.inputs import PathOrUrl
    from zhengyu.io.layout import TableOptions


@click.group()
def corpus() -> None:
    """Check and describe labelled paragraphs."""


def _paths(files: tuple[Path, ...], no_base: bool) -> list[Path]:
    from zhengyu_corpus.readers import builtin_files

    paths = [*([] if no_base or files else builtin_files()), *files]
    if not paths:
        raise ZhengyuError("nothing to look at: name labelled files, or leave out --no-base")
    return paths


def _tell(notes: Iterable[str]) -> None:
    for note in notes:
        click.echo(f"note: {note}", err=True)


@corpus.command()
@click.argument("files", nargs=-1, type=FOLDER)
@click.option("--no-base", is_flag=True, help="Never look at the built-in corpus.")
@click.option("--themes", type=FOLDER, help="A themes.toml of your own.")
@click.option("--test", "tests", multiple=True, type=FOLDER, help="Test file whose texts must not be trained on.")
@click.option("--fix", type=FOLDER, metavar="OUT", help="Write the sound rows to this JSONL, and say what was changed.")
@label_options
@reading_options
def check(
    files: tuple[Path, ...],
    no_base: bool,
    themes: Path | None,
    tests: tuple[Path, ...],
    fix: Path | None,
    drop_duplicates: bool,
    skip_bad: bool,
    reading: TableOptions,
) -> None:
    """List every problem of labelled FILES (the built-in corpus when none is named)."""
    from zhengyu.io.labelled import check as run
    from zhengyu.io.labelled import write_clean
    from zhengyu_corpus.themes import load_themes

    clean = fix is not None
    found = run(
        _paths(files, no_base), load_themes(themes), tests=tests, options=reading,
        drop_duplicates=drop_duplicates or clean, skip_bad=skip_bad or clean,
    )  # fmt: skip
    _tell(found.notes)
    fatal = [problem for problem in found.problems if problem.fatal]
    for problem in found.problems:
        if not problem.fatal:
            click.echo(str(problem))
    if fatal:
        raise CorpusError(fatal)
    if fix is not None:
        write_clean(found, fix, files)
        click.echo(f"{fix}: {len(found.records)} sound records")
    click.echo(f"{len(found.records)} records, {len(found.problems)} warnings, no errors")


@corpus.command()
@click.argument("files", nargs=-1, type=FOLDER)
@click.option("--no-base", is_flag=True, help="Never look at the built-in corpus.")
@click.option("--themes", type=FOLDER, help="A themes.toml of your own.")
@reading_options
def stats(files: tuple[Path, ...], no_base: bool, themes: Path | None, reading: TableOptions) -> None:
    """Count labelled paragraphs by theme, genre, level and era."""
    from zhengyu.io.labelled import find_files, read_labelled
    from zhengyu_corpus.check import require_sound
    from zhengyu_corpus.stats import stats as count
    from zhengyu_corpus.themes import load_themes

    codes = load_themes(themes)
    found = count(require_sound(read_labelled(find_files(_paths(files, no_base)), codes, reading)).records, codes)
    click.echo(f"{found.written} written paragraphs, {found.bags} bags of words, {found.documents} documents\n")
    click.echo(f"{'theme':<16}{'written':>9}{'bags':>7}")
    for theme, (written, bags) in found.by_theme.items():
        click.echo(f"{theme:<16}{written:>9}{bags:>7}")
    click.echo("\nthemes a record: " + ", ".join(f"{n}: {count}" for n, count in found.themes_each.items()))
    for name, values in found.by_field.items():
        click.echo(f"{name}: " + ", ".join(f"{value or '(none)'} {count}" for value, count in values.items()))


@corpus.command()
@click.argument("files", nargs=-1, type=FOLDER)
@click.option("--no-base", is_flag=True, help="Never look at the built-in corpus.")
@click.option("--themes", type=FOLDER, help="A themes.toml of your own.")
@click.option("--jobs", default=2, show_default=True, type=click.IntRange(min=1), help="Threads.")
@CACHE_OPTION
@reading_options
def quality(
    files: tuple[Path, ...], no_base: bool, themes: Path | None, jobs: int, cache: bool, reading: TableOptions
) -> None:
    """List likely label errors, alike paragraphs, themes that overlap, and thin themes."""
    from zhengyu_corpus.themes import load_themes
    from zhengyu_training.fit_cache import kept_fits
    from zhengyu_training.labelling.label_errors import quality as look

    with kept_fits() if cache else nullcontext() as memory:
        found = look(_paths(files, no_base), load_themes(themes), jobs=jobs, memory=memory, options=reading)
    click.echo(found.as_text())


@corpus.command()
@click.argument("first", type=FOLDER)
@click.argument("second", type=FOLDER)
@click.option("--coders", nargs=2, default=("", ""), help="Coder of each file, where one file holds several.")
@click.option("--themes", type=FOLDER, help="A themes.toml of your own.")
@reading_options
def agreement(first: Path, second: Path, coders: tuple[str, str], themes: Path | None, reading: TableOptions) -> None:
    """Compare two coders' files of the same paragraphs, by id: alpha, F1 per theme, what to settle.

    FIRST and SECOND are labelled files, or what Label Studio, doccano or a spreadsheet gave back.
    """
    from zhengyu_corpus.themes import load_themes
    from zhengyu_training.labelling.agreement import agree_files

    click.echo(agree_files(first, second, load_themes(themes), reading, coders=coders).as_text())


@corpus.command()
@click.argument("file", type=FOLDER)
@click.option("-o", "--output", required=True, type=FOLDER, help="JSONL, CSV, Parquet or XLSX to make, best first.")
@click.option("-n", "--count", default=100, show_default=True, type=click.IntRange(min=1), help="How many to suggest.")
@click.option("--random", "at_random", default=0.2, show_default=True, type=click.FloatRange(0, 1),
              help="Share drawn at random, so that not only hard ones are labelled.")  # fmt: skip
@click.option("--seed", default=0, show_default=True, help="Seed of the draw.")
@reading_options
@MODEL_OPTION
def suggest(
    file: Path, output: Path, count: int, at_random: float, seed: int, reading: TableOptions, folder: Path | None
) -> None:
    """Rank the unlabelled paragraphs of FILE (such as tag writes) by what labelling them would teach.

    They are no fair sample of the file: to measure how good tags are, draw one with corpus sample.
    """
    import pandas as pd

    from zhengyu.io.writers import check_output, write_table
    from zhengyu.tagger import load
    from zhengyu_training.labelling.exchange import read_tasks
    from zhengyu_training.labelling.suggest import suggest as rank

    check_output(output)
    scorer = load(folder).scorer
    notes: list[str] = []
    tasks = read_tasks(file, scorer.model.themes, reading, notes=notes)
    _tell(notes)
    coded = sum(task.themes is not None for task in tasks)
    found = rank(scorer, tasks, count, at_random=at_random, seed=seed)
    if not found:
        raise ZhengyuError(f"{file}: expected paragraphs to label, its {len(tasks)} are all coded; give uncoded ones")
    rows = [{**s.task.carried, "score": round(s.score, 4), "why": s.why, "text": s.task.text} for s in found]
    write_table(pd.DataFrame(rows), output, [file])
    click.echo(f"{output}: {len(found)} paragraphs to label" + (f" ({coded} were coded already)" if coded else ""))


@corpus.command()
@click.argument("tagged", nargs=-1, required=True, type=INPUT)
@click.option("-o", "--output", required=True, type=FOLDER,
              help="XLSX with lists to choose from, JSON for Label Studio, or CSV, JSONL, Parquet.")  # fmt: skip
@CODEBOOK_OPTION
@click.option("-n", "--count", default=200, show_default=True, type=click.IntRange(min=1), help="How many to draw.")
@click.option("--by", multiple=True, help="Strata: theme, probability, year, place or any column; may be repeated.")
@click.option("--allocation", default="root", show_default=True,
              type=click.Choice(["proportional", "root", "equal"]),
              help="Spread over strata as they are large, as the square roots of that, or alike.")  # fmt: skip
@click.option("--seed", default=0, show_default=True, help="Seed of the draw.")
@click.option("--show-tags", is_flag=True, help="Show the model's themes: for a quick look, not for measuring.")
@click.option("--to", "tool", default="", type=click.Choice(["", "xlsx", "label-studio", "doccano", "table"]),
              help="For whom; by the ending when not given.")  # fmt: skip
@click.option("--themes", type=FOLDER, help="A themes.toml of your own.")
@click.option("--prefix", default="", help="The --prefix that the tables were tagged with.")
@WHERE_OPTION
@reading_options
def sample(
    tagged: tuple[PathOrUrl, ...],
    output: Path,
    codebook: Path | None,
    count: int,
    by: tuple[str, ...],
    allocation: Literal["proportional", "root", "equal"],
    seed: int,
    show_tags: bool,
    tool: str,
    themes: Path | None,
    prefix: str,
    where: Where | None,
    reading: TableOptions,
) -> None:
    """Draw a probability sample of the paragraphs of TAGGED tables, for people to check; zhengyu measure takes it back.

    Tags are hidden. Furniture, headings and empty paragraphs are not drawn.
    """
    from zhengyu.batch.codebook import check_codebook, describe
    from zhengyu.io.inputs import local_paths
    from zhengyu.io.variables import SAMPLE
    from zhengyu_corpus.themes import load_themes
    from zhengyu_training.labelling.checking import sample_tables

    sources, codes = local_paths(tagged), load_themes(themes)
    if codebook is not None:
        check_codebook(codebook, [output, *sources])
    drawn = sample_tables(
        tagged, output, codes, count, by=by, allocation=allocation, seed=seed, show_tags=show_tags,
        tool=tool, where=where, prefix=prefix, options=reading,
    )  # fmt: skip
    if codebook is not None:
        described = {name: SAMPLE[re.sub(r"_\d+$", "", name)] for name in drawn.schema.names}
        describe(codebook, output, drawn.schema, described, codes, sources)
    click.echo(f"{output}: {drawn.count:,} of {drawn.paragraphs:,} paragraphs")
    for made in drawn.files[1:]:
        click.echo(f"{made}: labels, for the project's settings")
    if by:
        for name, size, number in drawn.strata:
            click.echo(f"  {name}: {number:,} of {size:,}")


@corpus.command()
@click.argument("file", type=FOLDER)
@click.option("-o", "--output", required=True, type=FOLDER, help="The file to make.")
@click.option("--to", "tool", required=True, type=click.Choice(["label-studio", "doccano", "xlsx"]), help="For whom.")
@click.option("--themes", type=FOLDER, help="A themes.toml of your own.")
@reading_options
def export(file: Path, output: Path, tool: str, themes: Path | None, reading: TableOptions) -> None:
    """Write the paragraphs of FILE, labelled or not, for a labelling tool or a spreadsheet."""
    from zhengyu_corpus.themes import load_themes
    from zhengyu_training.labelling.exchange import export_tasks, read_tasks

    codes = load_themes(themes)
    notes: list[str] = []
    tasks = read_tasks(file, codes, reading, notes=notes)
    _tell(notes)
    for made in export_tasks(tasks, output, tool, codes, [file]):
        click.echo(
            f"{made}: {len(tasks)} paragraphs" if made == output else f"{made}: labels, for the project's settings"
        )


@corpus.command("import")
@click.argument("file", type=FOLDER)
@click.option("-o", "--output", required=True, type=FOLDER, help="The labelled JSONL to make.")
@click.option("--coder", default="", help="Whose labels to take, where several coded one paragraph.")
@click.option("--themes", type=FOLDER, help="A themes.toml of your own.")
@click.option("--offsets", default="auto", show_default=True, type=click.Choice(["auto", "characters", "utf-16"]),
              help="How the tool counted the places of slogans; told from them when auto.")  # fmt: skip
@reading_options
def import_(file: Path, output: Path, coder: str, themes: Path | None, offsets: str, reading: TableOptions) -> None:
    """Turn what Label Studio, doccano or a spreadsheet gave back into labelled JSONL, for check and retrain."""
    from zhengyu_corpus.themes import load_themes
    from zhengyu_training.labelling.exchange import import_tasks

    notes: list[str] = []
    count = import_tasks(file, output, load_themes(themes), reading, coder=coder, offsets=offsets, notes=notes)
    _tell(notes)
    click.echo(f"{output}: {count} labelled paragraphs")
