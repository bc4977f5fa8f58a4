"""The command that opens the web page and the JSON API."""

from __future__ import annotations

from pathlib import Path

import click

from zhengyu.cli.options import FOLDER, MODEL_OPTION


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address; one that others reach needs --token.")
@click.option("--port", default=8765, show_default=True, type=click.IntRange(0, 65535), help="0 for any free one.")
@click.option("--token", envvar="ZHENGYU_TOKEN", help="What requests must carry; better given as ZHENGYU_TOKEN.")
@click.option("--corrections", type=FOLDER, help="A .jsonl file that corrections made on the page are kept in.")
@click.option("--client-requests", default=400, show_default=True, type=click.IntRange(min=1),
              help="Requests of one address under way at once; past it the server says 429.")  # fmt: skip
@click.option("--workers", default=2, show_default=True, type=click.IntRange(min=2),
              help="Processes that tag, each with the model; one is for long requests first.")  # fmt: skip
@click.option("--browser/--no-browser", default=False, help="Open the page in the browser.")
@MODEL_OPTION
def serve(
    host: str,
    port: int,
    token: str | None,
    corrections: Path | None,
    client_requests: int,
    workers: int,
    browser: bool,
    folder: Path | None,
) -> None:
    """Open a web page and a JSON API on this machine: paste or drop a document, see its themes and why."""
    from zhengyu_corpus.errors import ZhengyuError

    try:
        from zhengyu.web.serve import serve as run
        from zhengyu.web.settings import Limits, Settings, check_settings
    except ImportError as error:
        raise ZhengyuError(f"the page needs more libraries ({error.name}); pip install 'zhengyu[web]'") from error
    from zhengyu.tagger import load

    settings = check_settings(Settings(host, token, corrections, Limits(client_requests=client_requests), workers))

    def ready(address: str) -> None:
        click.echo(f"{address} (stop with Ctrl-C)")
        if browser:
            import webbrowser

            webbrowser.open(address)

    try:
        run(load(folder), settings, port, ready)
    except OSError as error:
        raise ZhengyuError(f"--host {host} --port {port}: cannot be served on: {error}; choose another") from error
