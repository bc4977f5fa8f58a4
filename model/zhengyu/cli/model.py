"""The commands on model folders and on the registry that holds their versions."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from zhengyu.cli.options import FOLDER, MODEL_OPTION, REGISTRY_OPTION, find, reading_options
from zhengyu_corpus.errors import ZhengyuError

if TYPE_CHECKING:
    from zhengyu.io.layout import TableOptions


@click.group()
def model() -> None:
    """Look at models, compare them, and choose the one that is current."""


def _named(which: Path | None, folder: Path | None) -> Path | None:
    """Return the one model that an argument or ``--model`` names."""
    given = click.get_current_context().get_parameter_source("folder")
    if which is not None and given is ParameterSource.COMMANDLINE:
        raise click.UsageError("name the model once: as an argument, or with --model")
    return which or folder


@model.command()
@click.argument("which", required=False, metavar="[MODEL]", type=FOLDER, callback=find)
@MODEL_OPTION
@REGISTRY_OPTION
def show(which: Path | None, folder: Path | None, registry: Path | None) -> None:
    """Show what a model is: version, corpus, settings, packages, figures."""
    import json

    from zhengyu.persistence.folder import load_model

    found = load_model(_named(which, folder))
    shown = {key: value for key, value in found.manifest.items() if key not in ("parts", "seal", "sha256")}
    shown["themes"] = len(found.themes)
    shown["features"] = len(found.vocabulary)
    shown["extras"] = sorted(found.extras)
    shown["figures"] = found.evaluation.get("cross_validation", {}).get("overall", {})
    shown["goals"] = found.evaluation.get("goals", [])
    click.echo(json.dumps(shown, ensure_ascii=False, indent=1))


@model.command()
@click.argument("which", required=False, metavar="[MODEL]", type=FOLDER, callback=find)
@MODEL_OPTION
@click.option("--all", "every", is_flag=True, help="Check every version of the registry.")
@REGISTRY_OPTION
def verify(which: Path | None, folder: Path | None, every: bool, registry: Path | None) -> None:
    """Check a model folder against its hashes and shapes."""
    from zhengyu.persistence.folder import load_model
    from zhengyu.persistence.registry import Registry

    if every and which is not None:
        raise click.UsageError("--all checks every version; leave out the model")
    if not every:
        click.echo(f"{load_model(_named(which, folder)).version}: sound")
        return
    models = Registry(registry)
    models.history()
    bad = 0
    for version in models.versions():
        try:
            found = load_model(models.path(version)).version
            said = "sound" if found == version else f"holds {found}; add it anew"
        except ZhengyuError as error:
            said = str(error)
        bad += said != "sound"
        click.echo(f"{version}: {said}")
    if bad:
        raise ZhengyuError(f"{models.folder}: {bad} version(s) are not sound; remove them or get them anew")


@model.command("list")
@REGISTRY_OPTION
def list_(registry: Path | None) -> None:
    """List the versions of the registry, oldest first, the current one marked with a star, and every promotion."""
    from zhengyu.persistence.folder import load_model
    from zhengyu.persistence.registry import Registry

    models = Registry(registry)
    current = models.current()
    click.echo(f"{models.folder}: {len(models.versions())} version(s)")
    for version in models.versions():
        star = "*" if version == current else " "
        try:
            figures = load_model(models.path(version)).evaluation.get("cross_validation", {}).get("overall", {})
        except ZhengyuError as error:
            click.echo(f"{star} {version}  not sound: {error}")
            continue
        shown = ", ".join(f"{name} {figures[name][0]:.3f}" for name in ("micro_f1", "macro_f1") if name in figures)
        click.echo(f"{star} {version}  cross-validation: {shown or 'no figures'}")
    if current is not None and current not in models.versions():
        click.echo(f"* {current}  is gone; promote another with --overrule, or roll back")
    for entry in models.history():
        came = f"{entry.before or 'nothing'} → {entry.version}"
        click.echo(f"{entry.at}  {entry.action}: {came}  ({entry.reason})")


@model.command()
@click.argument("first", type=FOLDER, callback=find)
@click.argument("second", type=FOLDER, callback=find)
@click.argument("file", type=FOLDER)
@REGISTRY_OPTION
@click.option("--seed", default=0, show_default=True, help="Seed of the resampling.")
@click.option("--changes", default=20, show_default=True, type=click.IntRange(min=0),
              help="Changed paragraphs to show, those for the worse first.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the figures and every changed paragraph as JSON.")
@reading_options
def compare(
    first: Path,
    second: Path,
    file: Path,
    registry: Path | None,
    seed: int,
    changes: int,
    as_json: bool,
    reading: TableOptions,
) -> None:
    """Compare models FIRST and SECOND on a labelled FILE that neither was trained on."""
    import json

    from zhengyu.persistence.folder import load_model
    from zhengyu_training.evaluation.compare import compare_models

    found = compare_models(load_model(first), load_model(second), file, seed=seed, options=reading)
    click.echo(json.dumps(found.as_json(), ensure_ascii=False, indent=1) if as_json else found.as_text(changes))


@model.command()
@click.argument("version")
@click.option("--test", required=True, type=FOLDER, help="Labelled file that neither model was trained on.")
@click.option("--gate", type=FOLDER, help="A gate.toml with margins of your own.")
@click.option("--overrule", default="", metavar="REASON", help="Promote though the gate says no; the reason is kept.")
@REGISTRY_OPTION
@click.option("--seed", default=0, show_default=True, help="Seed of the resampling.")
@reading_options
def promote(
    version: str,
    test: Path,
    gate: Path | None,
    overrule: str,
    registry: Path | None,
    seed: int,
    reading: TableOptions,
) -> None:
    """Make VERSION current if nothing falls by more than its margin; exit code 1 if the gate says no."""
    from zhengyu.persistence.registry import Registry
    from zhengyu_training.evaluation.gate import promote as run
    from zhengyu_training.evaluation.gate import read_gate

    verdict, made = run(
        Registry(registry), version, test, gate=read_gate(gate), overrule=overrule, seed=seed, options=reading
    )
    if verdict is not None:
        click.echo(verdict.as_text())
    if made is None:
        click.echo(f"{version} was not promoted", err=True)
        sys.exit(1)
    click.echo(f"{made.before or 'nothing'} → {made.version}: {made.reason}")


@model.command()
@click.option("--reason", default="asked for", show_default=True, help="Why; kept in the history.")
@REGISTRY_OPTION
def rollback(reason: str, registry: Path | None) -> None:
    """Make the version current again that was current before."""
    from zhengyu.persistence.registry import Registry

    made = Registry(registry).rollback(reason)
    click.echo(f"{made.before} → {made.version}")


@model.command()
@MODEL_OPTION
@REGISTRY_OPTION
@click.option("--joblib", "path", required=True, type=FOLDER, help="The file to make.")
def export(folder: Path | None, registry: Path | None, path: Path) -> None:
    """Export the plain scikit-learn pipeline for use in Python on this machine; a model that travels is its folder."""
    from zhengyu.persistence.folder import load_model
    from zhengyu.persistence.joblib_export import WARNING, export_joblib

    export_joblib(load_model(folder), path)
    click.echo(f"{path}: written")
    click.echo(f"warning: {WARNING}", err=True)
