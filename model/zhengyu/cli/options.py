"""Options and types that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

FOLDER = click.Path(path_type=Path)
MODEL_OPTION = click.option("--model", "folder", type=FOLDER, help="Model folder; the shipped one when not given.")
