"""The commands on model folders."""

from __future__ import annotations

from pathlib import Path

import click

from zhengyu.cli.options import MODEL_OPTION


@click.group()
def model() -> None:
    """Look at model folders."""


@model.command()
@MODEL_OPTION
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
@MODEL_OPTION
def verify(folder: Path | None) -> None:
    """Check a model folder against its hashes and shapes."""
    from zhengyu.store import load_model

    click.echo(f"{load_model(folder).version}: sound")
