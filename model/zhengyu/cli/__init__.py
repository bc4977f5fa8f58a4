"""The command line: one command per job, each thin over the Python API."""

from __future__ import annotations

import sys
from collections import UserDict
from importlib import import_module
from typing import Any

import click

from zhengyu.cli.chinese import chinese_help, choose, in_chinese, wants_chinese
from zhengyu.cli.pipes import quiet_pipes
from zhengyu.version import __version__
from zhengyu_corpus.errors import ZhengyuError

#: Commands, and where each is: ``module`` or ``module:name``.
_HOME = {
    "compare": "compare", "compile": "compile:compile_", "corpus": "corpus", "evaluate": "training:evaluate",
    "explain": "explain", "find": "find", "measure": "measure", "model": "model", "report": "report",
    "retrain": "training:retrain", "serve": "serve", "slogans": "slogans", "tag": "tag",
}  # fmt: skip


class _Commands(UserDict[str, Any]):
    """Commands by name, each imported when it is first asked for, so that a run pays for its own alone."""

    def __getitem__(self, name: str) -> Any:
        """Return a command."""
        found = self.data[name]
        if isinstance(found, str):
            module, _, attribute = found.partition(":")
            found = self.data[name] = getattr(import_module(f"zhengyu.cli.{module}"), attribute or module)
        return found

    def get(self, name: str, default: Any = None) -> Any:
        """Return a command, `default` for what is none; a fault in its module does not make it none."""
        return self[name] if name in self.data else default


class _Clean(click.Group):
    """A group whose commands end with a clean message and an exit code that means one thing."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = super().get_command(ctx, cmd_name)
        return in_chinese(found) if found is not None and wants_chinese(ctx) else found

    def get_help(self, ctx: click.Context) -> str:
        return chinese_help(self, ctx) if wants_chinese(ctx) else super().get_help(ctx)

    def make_context(self, *words: Any, **extra: Any) -> click.Context:
        with quiet_pipes():  # --help and --version print here
            return super().make_context(*words, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        with quiet_pipes():  # errors are printed too
            return self._ended(ctx)

    def _ended(self, ctx: click.Context) -> Any:
        try:
            with quiet_pipes():
                return super().invoke(ctx)
        except ZhengyuError as error:
            click.echo(f"zhengyu: {error}", err=True)
            sys.exit(2)
        except KeyboardInterrupt:
            kept = "; finished parts are kept, the same command goes on after them" if "tag" in sys.argv[1:2] else ""
            click.echo(f"zhengyu: stopped{kept}", err=True)
            sys.exit(130)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception:
            import traceback

            traceback.print_exc()
            click.echo(f"zhengyu {__version__}: this is an error of zhengyu itself; please report it", err=True)
            sys.exit(3)


@click.group(cls=_Clean, commands=_Commands(_HOME), context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="zhengyu")
@click.option("--language", type=click.Choice(["en", "zh"]), envvar="ZHENGYU_LANGUAGE", is_eager=True, callback=choose,
              expose_value=False, help="Language of help; that of the locale when not given.")  # fmt: skip
def main() -> None:
    """Tag paragraphs of Chinese policy prose with policy themes.

    Exit codes: 0 done; 1 done, but some rows were set aside; 2 wrong usage or unusable input, nothing written;
    3 an error of zhengyu itself; 130 stopped; 141 nobody reads the output.
    """
