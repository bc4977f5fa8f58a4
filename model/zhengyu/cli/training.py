"""The commands that make a model and measure it."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zhengyu.cli.options import (
    CACHE_OPTION,
    FAVOUR_OPTION,
    FOLDER,
    PRECISION_OPTION,
    REGISTRY_OPTION,
    find,
    label_options,
    reading_options,
)
from zhengyu_corpus.errors import ZhengyuError

if TYPE_CHECKING:
    from zhengyu.io.layout import TableOptions


@click.command()
@click.option(
    "--corpus",
    multiple=True,
    type=FOLDER,
    help="Labelled CSV, XLSX or JSONL file, or a folder of them; may be repeated.",
)
@click.option("-o", "--output", type=FOLDER, help="The model folder to make.")
@click.option("--register", is_flag=True, help="Add the model to the registry as a candidate.")
@REGISTRY_OPTION
@click.option("--no-base", is_flag=True, help="Leave the built-in corpus out.")
@click.option("--themes", type=FOLDER, help="A themes.toml of your own.")
@click.option("--test", type=FOLDER, help="Labelled file to evaluate on.")
@click.option(
    "--user-terms",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File of terms that segmentation keeps whole, one a line.",
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
    type=click.FloatRange(min=0, min_open=True),
    help="Inverse strength C of the penalty; chosen out of fold when not given.",
)
@click.option(
    "--features",
    type=click.Choice(["words", "characters"]),
    help="Words, the characters inside them and pairs; or words, and characters across their borders. Chosen out of "
    "fold when not given and every row has its text; else words.",
)
@click.option(
    "--exclusive/--no-exclusive",
    default=None,
    help="Classes exclude one another: each paragraph gets just one. Noticed and said when not given.",
)
@click.option("--lexicon", type=FOLDER, help="CSV of slogans in place of the built-in lexicon.")
@click.option("--jobs", default=2, show_default=True, type=click.IntRange(min=1),
              help="Threads of the fits; with two or more, one beside them trains slogans.")  # fmt: skip
@click.option("--seed", default=0, show_default=True, help="Seed of the resampling.")
@CACHE_OPTION
@label_options
@reading_options
def retrain(
    corpus: tuple[Path, ...],
    output: Path | None,
    register: bool,
    registry: Path | None,
    no_base: bool,
    themes: Path | None,
    test: Path | None,
    user_terms: Path | None,
    name: str,
    written_weight: float,
    strength: float | None,
    features: str | None,
    exclusive: bool | None,
    lexicon: Path | None,
    jobs: int,
    seed: int,
    cache: bool,
    drop_duplicates: bool,
    skip_bad: bool,
    reading: TableOptions,
) -> None:
    """Train a model from labelled paragraphs into a folder or the registry, and report how good it is."""
    from zhengyu.batch.progress import shown_share
    from zhengyu.persistence.registry import Registry
    from zhengyu_corpus.lexicon import read_terms
    from zhengyu_training.evaluation.operating_points import points_as_text
    from zhengyu_training.fit_cache import kept_fits
    from zhengyu_training.retrain import retrain as run
    from zhengyu_training.retrain import retrain_candidate

    if register == (output is not None):
        raise ZhengyuError("expected either a folder to make (-o FOLDER) or --register; give one of the two")
    terms = read_terms(user_terms, reading.encoding) if user_terms else []
    settings = {
        "base": not no_base, "themes": themes, "test": test, "user_terms": terms,
        "name": name, "written_weight": written_weight, "C": strength, "features": features, "exclusive": exclusive,
        "lexicon": lexicon, "jobs": jobs, "seed": seed,
        "drop_duplicates": drop_duplicates, "skip_bad": skip_bad, "options": reading,
    }  # fmt: skip
    with kept_fits() if cache else nullcontext() as memory, shown_share(quiet=False) as told:
        if output is None:
            made = retrain_candidate(Registry(registry), corpus, memory=memory, told=told, **settings)
        else:
            made = run(corpus, out=output, memory=memory, told=told, **settings)  # type: ignore[arg-type]
    for warning in made.warnings:
        click.echo(f"warning: {warning}", err=True)
    click.echo("\n".join([*made.choices_as_text(), ""]) + made.cross_validation.as_text())
    if made.unseen_sources is not None:
        click.echo("\n" + "\n".join(made.unseen_sources.overall_as_text()))
    click.echo("\nCross-validation on one's own corpus flatters; a test file of new documents decides.")
    click.echo("\nthresholds chosen on other documents than they are measured on:")
    click.echo("\n".join(points_as_text(made.goals)))
    if made.test is not None:
        click.echo("\n" + made.test.as_text())
    click.echo(f"\n{made.version} stands in {made.folder}")


@click.command()
@click.argument("model_folder", metavar="MODEL", type=FOLDER, callback=find)
@click.argument("file", type=FOLDER)
@REGISTRY_OPTION
@FAVOUR_OPTION
@PRECISION_OPTION
@click.option("--slogans", is_flag=True, help="Evaluate the finding of slogans: FILE is JSONL with marked ones.")
@click.option("--reliability", type=FOLDER, help="Draw a reliability diagram into this SVG file.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@click.option("--seed", default=0, show_default=True, help="Seed of the resampling.")
@reading_options
def evaluate(
    model_folder: Path,
    file: Path,
    registry: Path | None,
    favour: str | None,
    precision: float | None,
    slogans: bool,
    reliability: Path | None,
    as_json: bool,
    seed: int,
    reading: TableOptions,
) -> None:
    """Evaluate MODEL (a folder, a version of the registry, or 'default' for the shipped one) on a labelled FILE."""
    import json

    from zhengyu.persistence.folder import load_model
    from zhengyu_training.evaluation.evaluate import evaluate_model
    from zhengyu_training.evaluation.reliability import draw_reliability

    if slogans:
        from zhengyu.tagger import Tagger
        from zhengyu_training.slogans.evaluate import ablation, read_marked

        for part in ablation(Tagger(load_model(model_folder)).finder, read_marked(file), seed=seed):
            click.echo(json.dumps(part.as_json(), ensure_ascii=False) if as_json else part.as_text() + "\n")
        return
    found = evaluate_model(load_model(model_folder).deciding(favour, precision), file, seed=seed, options=reading)
    if reliability is not None:
        draw_reliability(found.reliability, found.reliability_by_theme, found.name, reliability)
    click.echo(json.dumps(found.as_json(), ensure_ascii=False, indent=1) if as_json else found.as_text())
