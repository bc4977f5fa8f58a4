"""One tagging run: inputs of any format and size to one table, its file, and counts that add up."""

from __future__ import annotations

import os
import shutil
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import nullcontext, suppress
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa

from zhengyu import __version__
from zhengyu.batch.block_tagger import BlockTagger, Options, SideTable, TaggedBlock
from zhengyu.batch.concurrent_writer import ConcurrentWriter
from zhengyu.batch.journal import Journal
from zhengyu.batch.progress import Progress, Step
from zhengyu.batch.result import Run, summary
from zhengyu.batch.stream import Stream
from zhengyu.io.blocks import BLOCK_ROWS, Block, SetAside
from zhengyu.io.formats import BY_ENDING
from zhengyu.io.inputs import STDIN, Input, find_inputs
from zhengyu.io.layout import TableOptions
from zhengyu.io.sandbox.parent import READ_SECONDS, GuardedReader, check_ocr
from zhengyu.io.writers import check_output, is_delimited, is_for_programs, write_rows
from zhengyu.tagger import Tagger
from zhengyu.themes.scorer import choose_scoring
from zhengyu_corpus.atomic import refuse_place
from zhengyu_corpus.errors import ZhengyuError

_ASIDE = pa.schema([("file", pa.string()), ("line", pa.int64()), ("reason", pa.string()), ("content", pa.string())])


def tag_inputs(
    tagger: Tagger,
    inputs: Sequence[str],
    *,
    output: Path | None = None,
    text_column: str | None = None,
    options: TableOptions | None = None,
    stdin_format: str = "txt",
    probabilities: bool = False,
    prefix: str = "",
    sides: Sequence[SideTable] = (),
    jobs: int | None = None,
    restart: bool = False,
    compiled: bool | None = None,
    progress: Progress | None = None,
    executor: Callable[[BlockTagger], Executor] | None = None,
    read_seconds: float = READ_SECONDS,
    ocr: str = "auto",
    facts: bool | None = None,
) -> Run:
    """Tag documents and tables, block by block.

    Parameters
    ----------
    tagger : Tagger
        Its model does the work.
    inputs : sequence of str
        Files, folders, globs, URLs that fsspec knows, or ``-`` for standard input.
    output : Path, optional
        Where the table goes; nothing is written, and all is returned, when not given.
    text_column : str, optional
        Column of the tables that holds the paragraphs.
    options : TableOptions, optional
        Encoding of texts, and layout of tables; found where it does not say.
    stdin_format : str, default="txt"
        Format of standard input: an ending without its dot.
    probabilities : bool, default=False
        Add ``p_<theme>`` columns.
    prefix : str, default=""
        Put before the names of added columns, for tables that already have columns of those names.
    sides : sequence of SideTable
        Tables to write beside the output.
    jobs : int, optional
        Threads; one a core when not given.
    restart : bool, default=False
        Forget an unfinished run to the same output.
    compiled : bool, optional
        Score with compiled code; chosen by the size of the inputs when not given.
    progress : callable, optional
        Called with a `zhengyu.batch.progress.Step` at the start, after every block, and while files are written.
    executor : callable, optional
        Makes what runs the blocks from the block tagger; threads when not given.
    read_seconds : float, default=60
        How long reading one document, or 64 MiB of an unpacked XLSX workbook, may take; see
        `zhengyu.io.sandbox.parent`.
    ocr : {'auto', 'never', 'always'}
        Which pages of a PDF are read by OCR: those that are pictures where ``zhengyu[ocr]`` is installed, none, or all.
    facts : bool, optional
        Add to the paragraphs of documents what is known of these: title, issuer, number, dates, source, place, genre,
        see `zhengyu_corpus.facts`; when not given, where the output is Parquet or JSON Lines.

    Returns
    -------
    Run
        The counts, and the table when there is no output.

    Raises
    ------
    ZhengyuError
        An input cannot be used, the output cannot be written, or another run is writing it; no output then stands
        under its name. Finished parts are kept, and the same call goes on after them.
    """
    check_ocr(ocr)
    said = options or TableOptions()
    sources = find_inputs(inputs, stdin_format)
    if sides and output is None:
        raise ZhengyuError("side tables need an output for the paragraphs; name one with -o")
    if output is not None:
        _check_outputs(output, sides, _files(sources), tagger.files)
    if facts is None:
        facts = output is not None and is_for_programs(output)
    sizes = [_told(one, one.size) for one in sources]
    before = "" if output is None or restart else Journal.earlier(output).get("scoring")
    if compiled is None and before:  # an unfinished run goes on as it began, though the cache has been filled since
        compiled = before == "compiled"
    packed = (one.compression or not BY_ENDING[one.ending].text for one in sources)
    scoring = choose_scoring(sum(n * (4 if small else 1) for n, small in zip(sizes, packed, strict=True)), compiled)
    journal = None
    if output is not None:
        settings = {
            "zhengyu": __version__, "model": tagger.model.version, "inputs": [one.name for one in sources],
            "text_column": text_column, "options": said.as_json(), "probabilities": probabilities, "prefix": prefix,
            "scoring": scoring.partition(",")[0], "sides": {side.name: dict(side.settings) for side in sides},
            "ocr": ocr, "facts": facts,
        }  # fmt: skip
        journal = Journal(output, settings)
    run = Run(scoring=scoring)
    identities = _identities(sources)
    told = progress or (lambda _: None)
    with journal.held() if journal is not None else nullcontext():
        delimited = output is not None and is_delimited(output)
        how = Options(scoring == "compiled", probabilities, prefix, tuple(sides), delimited)
        work = BlockTagger(tagger.model, how)
        reader = GuardedReader(read_seconds, ocr=ocr, told=lambda *page: told(_ocr_step(run, *page)))
        stream = Stream(sources, sizes, run, work, text_column, said, reader, output, facts)
        make = executor or (lambda _: ThreadPoolExecutor(jobs or os.cpu_count() or 1))
        with make(work) as pool:
            ahead = getattr(pool, "width", None) or jobs or os.cpu_count() or 1
            if journal is not None:
                afresh = restart or any(one.name == STDIN for one in sources)
                _write(run, stream, pool, ahead, journal, afresh, told, identities)
                return run
            told(Step("tagging", 0, 0, stream.start))
            for place, done in _ordered(pool, work, stream.blocks(), ahead):
                run.parts.append(done.tables["rows"])
                run.set_aside.extend(done.aside)
                _count(run, place, done, told)
            _refuse_changed(sources, identities)
    return run


def _ocr_step(run: Run, name: str, done: int, pages: int) -> Step:
    return Step(f"OCR of {name}, page {done} of {pages}", run.read, run.set_aside_count, None)


def _count(run: Run, place: dict[str, Any], done: TaggedBlock, told: Progress) -> None:
    run.count(done.counts, len(done.aside))
    told(Step("tagging", run.read, run.set_aside_count, place["share"]))


def _ordered(
    pool: Executor, work: BlockTagger, blocks: Iterator[tuple[dict[str, Any], Block]], ahead: int
) -> Iterator[tuple[dict[str, Any], TaggedBlock]]:
    """Tag blocks side by side, a few ahead, and yield them in their order."""
    waiting: deque[tuple[dict[str, Any], Future[TaggedBlock]]] = deque()
    try:
        for place, block in blocks:
            waiting.append((place, pool.submit(work, block)))
            if len(waiting) > ahead:
                first, future = waiting.popleft()
                yield first, future.result()
    except ZhengyuError:
        # What was read before the damage is finished before the run ends.
        while waiting:
            first, future = waiting.popleft()
            yield first, future.result()
        raise
    while waiting:
        first, future = waiting.popleft()
        yield first, future.result()


def _write(
    run: Run, stream: Stream, pool: Executor, ahead: int, journal: Journal, restart: bool, told: Progress,
    identities: list[dict[str, Any]],
) -> None:  # fmt: skip
    """Tag to a file through the journal."""
    work, output, sources = stream.work, journal.output, _files(stream.sources)
    files = [("rows", output, None), *((side.name, side.path, side.schema) for side in work.options.sides)]

    def along(name: str, path: Path, schema: pa.Schema | None) -> ConcurrentWriter:
        def wrote(parts: int, rows: int) -> None:
            told(Step(f"writing {path.name}", rows, run.set_aside_count, parts / len(journal.parts)))

        # In the journal's folder, with which it goes; but a file takes its name only on one file system.
        near = path.parent.stat().st_dev == output.parent.stat().st_dev
        unfinished = journal.folder / f"{name}.unfinished" if near else path.with_name(f".{path.name}.{output.name}")
        return ConcurrentWriter(
            path, unfinished, lambda: journal.tables(name), schema, list(work.added()), wrote, sources
        )

    written = {name: along(name, path, schema) for name, path, schema in files}
    try:
        journal.restart() if restart else journal.resume()
        _same_inputs(journal, stream.sources, identities)
        for entry in journal.parts:
            run.count(entry["counts"], entry["aside"])
            run.recall(stream.sources[entry["source"]].name, entry["told"])
        run.resumed = run.read
        last: dict[str, Any] = journal.parts[-1] if journal.parts else {"source": 0, "block": -1, "share": stream.start}
        told(Step("tagging", run.read, run.set_aside_count, last.get("share")))
        for name, one in written.items():
            for part in journal.tables(name):
                one.add(part)
        for place, done in _ordered(pool, work, stream.blocks(last["source"], last["block"] + 1), ahead):
            told_of = run.told(stream.sources[place["source"]].name)
            facts = {**place, "counts": done.counts, "identity": identities[place["source"]], "told": told_of}
            journal.add(done.tables, done.aside, facts)
            for name, one in written.items():
                one.add(done.tables[name])
            _count(run, place, done, told)
        _refuse_changed(stream.sources, identities)
        for one in written.values():
            one.finish()
        aside = aside_path(output)
        if run.set_aside_count:
            run.set_aside = [next(journal.aside())]
            write_rows(aside, _ASIDE, _aside_parts(journal.aside()), sources)
            run.set_aside_file = aside
        else:
            aside.unlink(missing_ok=True)  # of an earlier run
        journal.remove()
    except (OSError, pa.ArrowException) as error:
        raise _ended(journal, ZhengyuError(f"{output}: could not be written: {error}")) from error
    except ZhengyuError as error:
        raise _ended(journal, error) from error
    finally:
        for one in written.values():
            one.discard()


def aside_path(output: Path) -> Path:
    """Return where the rows that an output's run sets aside are written."""
    return output.with_name(f"{output.name}.set-aside.csv")


def _files(sources: Sequence[Input]) -> list[Path]:
    return [Path(one.name) for one in sources if one.name != STDIN and not one.remote]


def _check_outputs(output: Path, sides: Sequence[SideTable], sources: Sequence[Path], read: Sequence[Path]) -> None:
    """Refuse outputs that cannot be written, or that would replace anything but an older output.

    Parameters
    ----------
    output : Path
        The table of paragraphs.
    sides : sequence of SideTable
        The tables beside it.
    sources, read : sequence of Path
        The inputs, and other files that the run is made from.
    """
    aside, folder = aside_path(output), Journal(output, {}).folder
    taken: dict[tuple[int, int] | Path, str] = {}
    for path in sources:
        taken.update(dict.fromkeys(_names(path), "an input"))
        if folder.resolve() in path.resolve().parents:
            raise ZhengyuError(f"{path}: lies in {folder}, which goes when the run ends; move it out of there")
    for path in read:
        taken.update(dict.fromkeys(_names(path), "a file that this run reads"))
    for path in (output, *(side.path for side in sides), aside):
        if path != aside:
            check_output(path)
        for name in _names(path):
            if name in taken:
                told = f"{path}, where rows are set aside," if path == aside else f"{path}:"
                raise ZhengyuError(f"{told} is also {taken[name]}; choose another name for the output")
        taken.update(dict.fromkeys(_names(path), "another output"))
    refuse_place(aside)
    if aside.exists() and not _is_aside(aside):
        raise ZhengyuError(
            f"{aside}: stands where rows are set aside, and no run of zhengyu wrote it; move it, or choose another "
            "name for the output"
        )


def _names(path: Path) -> Iterator[tuple[int, int] | Path]:
    """Yield what a file is known by: its path without links, and its number on its disk."""
    yield path.resolve()
    with suppress(OSError):
        facts = path.stat()
        if facts.st_ino:
            yield facts.st_dev, facts.st_ino


def _is_aside(path: Path) -> bool:
    try:
        with path.open("rb") as lines:
            return lines.readline(200).decode("utf-8-sig", "replace").rstrip() == ",".join(_ASIDE.names)
    except OSError as error:
        raise ZhengyuError(f"{path}: cannot be read: {error}; rows are set aside there, move it away") from error


def _aside_parts(rows: Iterator[SetAside]) -> Iterator[pa.Table]:
    while held := list(islice(rows, BLOCK_ROWS)):
        yield pa.Table.from_pylist([asdict(row) for row in held], schema=_ASIDE)


Fact = TypeVar("Fact")


def _told(source: Input, ask: Callable[[], Fact]) -> Fact:
    """Return what a file says of itself."""
    try:
        return ask()
    except (OSError, ValueError) as error:
        raise ZhengyuError(f"{source.name}: cannot be read: {error}; look at its path and its permissions") from error


def _ended(journal: Journal, error: ZhengyuError) -> ZhengyuError:
    """Say what is kept; take the journal away when it holds nothing."""
    if not journal.parts:
        if journal.path.is_file() and not _other_run(journal):
            shutil.rmtree(journal.folder, ignore_errors=True)
        return error
    return ZhengyuError(
        f"{error}; {len(journal.parts)} finished part(s) are kept in {journal.folder}, the same command goes on "
        "after them; with an input that was mended start over, with --restart"
    )


def _other_run(journal: Journal) -> bool:
    return any(journal.folder.glob("*.arrow"))


def _identities(sources: Sequence[Input]) -> list[dict[str, Any]]:
    return [{} if one.name == STDIN else _told(one, one.identity) for one in sources]


def _refuse_changed(sources: Sequence[Input], before: list[dict[str, Any]]) -> None:
    """Refuse to call a table whole whose inputs were changed while they were read."""
    for source, then, now in zip(sources, before, _identities(sources), strict=True):
        if differ := _differ(then, now):
            raise ZhengyuError(
                f"{source.name}: changed while it was read: {differ}; run the command again with --restart when "
                "nothing writes to it any more"
            )


def _differ(then: dict[str, Any], now: dict[str, Any]) -> str:
    return "; ".join(f"its {key} was {then[key]}, is {now.get(key)}" for key in then if now.get(key) != then[key])


def _same_inputs(journal: Journal, sources: Sequence[Input], identities: list[dict[str, Any]]) -> None:
    for entry in journal.parts:
        if differ := _differ(entry["identity"], identities[entry["source"]]):
            raise ZhengyuError(
                f"{sources[entry['source']].name}: changed since its first part was tagged: {differ}; "
                "put the old file back to go on, or start over with --restart"
            )


__all__ = ["Progress", "Run", "summary", "tag_inputs"]
