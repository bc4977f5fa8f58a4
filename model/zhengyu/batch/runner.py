"""One tagging run: inputs of any format and size to one table, its file, and counts that add up."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import closing, nullcontext, suppress
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa

from zhengyu.batch.block_tagger import BlockTagger, Options, SideTable, TaggedBlock
from zhengyu.batch.concurrent_writer import ConcurrentWriter
from zhengyu.batch.journal import Journal
from zhengyu.batch.progress import Progress, Step
from zhengyu.batch.result import ASIDE, Run, aside_parts, summary
from zhengyu.batch.stream import Piece, Stream, met_table
from zhengyu.io.columns import TagColumns
from zhengyu.io.formats import format_of
from zhengyu.io.inputs import STDIN, Input, find_inputs, passed_over
from zhengyu.io.layout import TableOptions
from zhengyu.io.sandbox.parent import READ_SECONDS, Readers, check_ocr, cores
from zhengyu.io.writers import check_output, is_delimited, is_for_programs, write_rows
from zhengyu.tagger import Tagger
from zhengyu.themes.compiling import PARTS, compile_parts, mark, missing
from zhengyu.themes.scorer import choose_scoring
from zhengyu.version import __version__
from zhengyu_corpus.atomic import refuse_place
from zhengyu_corpus.errors import ZhengyuError

if TYPE_CHECKING:
    from zhengyu.io.variables import Variable

    Describe = Callable[[Sequence[str]], Mapping[str, Variable]]

_DUPLICATES = pa.schema([("file", pa.string()), ("duplicate_of", pa.string()), ("alike", pa.float64())])


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
    read_seconds: float = READ_SECONDS,
    ocr: str | None = None,
    drop_duplicates: bool = False,
    facts: bool | None = None,
    names: str = "id",
    wide: bool = False,
    roll_up: bool = False,
    codebook: Path | None = None,
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
        Threads that tag, and documents that are read at once; one a core when not given.
    restart : bool, default=False
        Forget an unfinished run to the same output.
    compiled : bool, optional
        Score with compiled code; chosen by the size of the inputs when not given.
    progress : callable, optional
        Called with a `zhengyu.batch.progress.Step` at the start, after every document and block, and while files are
        written; never by two threads at once.
    read_seconds : float, default=60
        How long reading one document, or 64 MiB of an unpacked XLSX workbook, may take; see
        `zhengyu.io.sandbox.parent`.
    ocr : {'auto', 'never', 'always'}, optional
        Which pages of a PDF are read by OCR: those that are pictures where ``zhengyu[ocr]`` is installed, none, or all;
        'auto' when not given. When given, every row of a document tells how it was read, as with `facts`.
    drop_duplicates : bool, default=False
        Leave out documents that are nearly the text of an earlier one.
    facts : bool, optional
        Add to the paragraphs of documents what is known of these: title, issuer, number, dates, source, place, genre,
        see `zhengyu_corpus.facts`, and how they were read; when not given, where the output is Parquet or JSON Lines.
    names : {'id', 'zh'}
        Whether themes stand by their ids or by their Chinese names; side tables have ids.
    wide : bool, default=False
        Add a column ``t_<theme>`` of 1 and 0 for each theme, and ``t_none``.
    roll_up : bool, default=False
        Add ``root_themes``, what the themes are rolled up to, and with `wide` a column ``root_<theme>`` for each.
    codebook : Path, optional
        Where to say what each column of the outputs is: Markdown, or a table by its ending.

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
    way = "auto" if ocr is None else ocr
    check_ocr(way)
    said = options or TableOptions()
    sources = find_inputs(inputs, stdin_format, everything=True)
    TagColumns(tagger.model.themes, names=names, roll_up=roll_up)  # what they do not give is refused before a run
    if (sides or codebook is not None) and output is None:
        raise ZhengyuError("side tables and codebooks need an output for the paragraphs; name one with -o")
    if output is not None:
        _check_outputs(output, sides, _files(sources), tagger.files, codebook)
    if facts is None:
        facts = output is not None and is_for_programs(output)
    sizes = [_told(one, one.size) for one in sources]
    before = "" if output is None or restart else Journal.earlier(output).get("scoring")
    if compiled is None and before:  # an unfinished run goes on as it began, though the cache has been filled since
        compiled = before == "compiled"
    packed = (one.compression or not format_of(one.ending).text for one in sources)
    scoring = choose_scoring(sum(n * (4 if small else 1) for n, small in zip(sizes, packed, strict=True)), compiled)
    journal = None
    if output is not None:
        settings = {
            "zhengyu": __version__, "model": tagger.model.version, "inputs": [one.name for one in sources],
            "text_column": text_column, "options": said.as_json(), "probabilities": probabilities, "prefix": prefix,
            "scoring": scoring.partition(",")[0], "sides": {side.name: dict(side.settings) for side in sides},
            "ocr": ocr, "facts": facts, "drop_duplicates": drop_duplicates, "names": names, "wide": wide,
            "roll_up": roll_up,
        }  # fmt: skip
        journal = Journal(output, settings)
    run = Run(scoring=scoring, passed_over=passed_over(inputs), dropped=drop_duplicates)
    told = _Steps(run, len(sources), progress)
    jobs = jobs or cores()
    parts = [part for part in PARTS if part == "themes" or any(side.name == part for side in sides)]
    fresh = missing(parts) if scoring == "compiled" else ()
    with journal.held() if journal is not None else nullcontext():
        if len(fresh) > 1:  # side by side they take less time than one after the other
            told.compiling()
            compile_parts(fresh)
        delimited = output is not None and is_delimited(output)
        how = Options(
            scoring == "compiled",
            probabilities,
            prefix,
            tuple(sides),
            delimited,
            names=names,
            wide=wide,
            roll_up=roll_up,
        )
        work = BlockTagger(tagger.model, how)
        readers = Readers(read_seconds, ocr=way, told=told.page)
        stream = Stream(
            sources, sizes, run, work, text_column, said, readers, jobs, output, facts=facts,
            read_by=facts or ocr is not None, drop_duplicates=drop_duplicates, told=told.document,
        )  # fmt: skip
        with closing(stream), ThreadPoolExecutor(jobs) as pool:
            stream.begin()
            identities = _identities(sources)
            if journal is not None:
                afresh = restart or any(one.name == STDIN for one in sources)
                _write(run, stream, pool, jobs, journal, afresh, told, identities, codebook)
                _note_compiled(fresh)
                return run
            told.tagging(stream.start)
            for piece, done in _ordered(pool, work, stream.blocks(), jobs):
                run.parts.append(done.tables["rows"])
                run.set_aside.extend(done.aside)
                run.count(done.counts, len(done.aside))
                told.tagging(piece.share)
            _refuse_changed(sources, identities)
    _note_compiled(fresh)
    return run


def _note_compiled(parts: Iterable[str]) -> None:
    for part in parts:  # compiled by being used
        mark(part)


class _Steps:
    """Tells how far a run is, one step at a time, whichever thread it comes from."""

    def __init__(self, run: Run, inputs: int, progress: Progress | None) -> None:
        self._run, self._inputs, self._progress = run, inputs, progress
        self._lock = Lock()
        self._read, self._share = 0, 0.0

    def _tell(self, doing: str, share: float | None, rows: int | None = None) -> None:
        if self._progress is not None:
            rows = self._run.read if rows is None else rows
            files = (self._read, self._inputs) if self._inputs > 1 else None
            self._progress(Step(doing, rows, self._run.set_aside_count, share, files))

    def tagging(self, share: float | None) -> None:
        """Tell the share of the inputs that is tagged; what is read already counts too."""
        with self._lock:
            if share is not None:
                share = self._share = max(self._share, share)
            self._tell("tagging", share)

    def document(self, read: int, share: float | None) -> None:
        """Tell that so many inputs are read."""
        with self._lock:
            self._read = read
        self.tagging(share)

    def compiling(self) -> None:
        """Tell that the code is compiled."""
        with self._lock:
            self._tell("compiling, once on this machine", None)

    def page(self, name: str, done: int, pages: int) -> None:
        """Tell of a page that OCR read."""
        with self._lock:
            self._tell(f"OCR of {name}, page {done} of {pages}", None)

    def writing(self, path: Path, rows: int, share: float) -> None:
        """Tell the share of a file that is written."""
        with self._lock:
            self._tell(f"writing {path.name}", share, rows)


def _ordered(
    pool: Executor, work: BlockTagger, pieces: Iterator[Piece], ahead: int
) -> Iterator[tuple[Piece, TaggedBlock]]:
    """Tag blocks side by side, a few ahead, and yield them in their order."""
    waiting: deque[tuple[Piece, Future[TaggedBlock]]] = deque()
    try:
        for piece in pieces:
            waiting.append((piece, pool.submit(work, piece.block)))
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
    run: Run, stream: Stream, pool: Executor, ahead: int, journal: Journal, restart: bool, told: _Steps,
    identities: list[dict[str, Any]], codebook: Path | None,
) -> None:  # fmt: skip
    """Tag to a file through the journal."""
    work, output, sources = stream.work, journal.output, _files(stream.sources)

    def along(name: str, path: Path, schema: pa.Schema | None, variables: Describe) -> ConcurrentWriter:
        def wrote(parts: int, rows: int) -> None:
            told.writing(path, rows, parts / len(journal.parts))

        # In the journal's folder, with which it goes; but a file takes its name only on one file system.
        near = path.parent.stat().st_dev == output.parent.stat().st_dev
        unfinished = journal.folder / f"{name}.unfinished" if near else path.with_name(f".{path.name}.{output.name}")
        return ConcurrentWriter(
            path, unfinished, lambda: journal.tables(name), schema, list(work.added()), wrote, sources, variables,
            chinese=work.options.names == "zh",
        )  # fmt: skip

    def of_rows(names: Sequence[str]) -> Mapping[str, Variable]:
        from zhengyu.io.variables import row_variables

        return row_variables(names, work.columns)

    written = {"rows": along("rows", output, None, of_rows)}
    for side in work.options.sides:
        written[side.name] = along(side.name, side.path, side.schema, lambda _, told=side.variables: told)  # type: ignore[misc]
    try:
        journal.restart() if restart else journal.resume()
        _same_inputs(journal, stream.sources, identities)
        for entry in journal.parts:
            run.count(entry["counts"], entry["aside"])
            for source, facts in entry["inputs"].items():
                run.recall(stream.sources[int(source)].name, facts["told"])
        for documents in journal.tables("documents"):
            stream.recall(documents)
        run.resumed = run.read
        last: dict[str, Any] = journal.parts[-1] if journal.parts else {"source": 0, "block": -1, "share": stream.start}
        told.document(last["source"], last["share"])
        for name, one in written.items():
            for part in journal.tables(name):
                one.add(part)
        begun = last["source"]
        for piece, done in _ordered(pool, work, stream.blocks(begun, last["block"] + 1), ahead):
            inputs = {
                str(s): {"identity": identities[s], "told": run.told(stream.sources[s].name)}
                for s in range(begun, piece.source + 1)
            }
            begun = piece.source
            facts = {
                "source": piece.source, "block": piece.number, "share": piece.share, "counts": done.counts,
                "inputs": inputs,
            }  # fmt: skip
            documents = {"documents": met_table(piece.documents)} if piece.documents else {}
            journal.add({**done.tables, **documents}, done.aside, facts)
            for name, one in written.items():
                one.add(done.tables[name])
            run.count(done.counts, len(done.aside))
            told.tagging(piece.share)
        _refuse_changed(stream.sources, identities)
        for one in written.values():
            one.finish()
        if codebook is not None:
            from zhengyu.batch.codebook import write_codebook

            described = [one.described() for one in written.values()]
            write_codebook(codebook, described, work.model.themes, work.model.version, sources)
        aside, duplicates = aside_path(output), duplicates_path(output)
        if run.set_aside_count:
            run.set_aside = [next(journal.aside())]
            write_rows(aside, ASIDE, aside_parts(journal.aside()), sources)
            run.set_aside_file = aside
        else:
            aside.unlink(missing_ok=True)  # of an earlier run
        if run.duplicates:
            rows = [(name, other, alike) for name, (other, alike) in run.duplicates.items()]
            columns = [pa.array(c, f.type) for c, f in zip(zip(*rows, strict=True), _DUPLICATES, strict=True)]
            write_rows(duplicates, _DUPLICATES, [pa.table(columns, schema=_DUPLICATES)], sources)
            run.duplicates_file = duplicates
        else:
            duplicates.unlink(missing_ok=True)
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


def duplicates_path(output: Path) -> Path:
    """Return where the documents are written that an output's run met twice."""
    return output.with_name(f"{output.name}.duplicates.csv")


def _files(sources: Sequence[Input]) -> list[Path]:
    return [Path(one.name) for one in sources if one.name != STDIN and not one.remote]


def _check_outputs(
    output: Path, sides: Sequence[SideTable], sources: Sequence[Path], read: Sequence[Path], codebook: Path | None
) -> None:
    """Refuse outputs that cannot be written, or that would replace anything but an older output.

    Parameters
    ----------
    output : Path
        The table of paragraphs.
    sides : sequence of SideTable
        The tables beside it.
    sources, read : sequence of Path
        The inputs, and other files that the run is made from.
    codebook : Path or None
        What says what their columns mean.
    """
    beside = {aside_path(output): ("rows are set aside", ASIDE)}
    beside[duplicates_path(output)] = "documents that were met twice are named", _DUPLICATES
    folder = Journal(output, {}).folder
    taken: dict[tuple[int, int] | Path, str] = {}
    journals = folder.resolve()
    for path in sources:
        names = [*_names(path)]
        taken.update(dict.fromkeys(names, "an input"))
        if any(journals in name.parents for name in names if isinstance(name, Path)):
            raise ZhengyuError(f"{path}: lies in {folder}, which goes when the run ends; move it out of there")
    for path in read:
        taken.update(dict.fromkeys(_names(path), "a file that this run reads"))
    told = () if codebook is None else (codebook,)
    for path in (output, *(side.path for side in sides), *told, *beside):
        if path in told:
            from zhengyu.batch.codebook import check_codebook

            check_codebook(path)
        elif path not in beside:
            check_output(path)
        for name in _names(path):
            if name in taken:
                which = f"{path}, where {beside[path][0]}," if path in beside else f"{path}:"
                raise ZhengyuError(f"{which} is also {taken[name]}; choose another name for the output")
        taken.update(dict.fromkeys(_names(path), "another output"))
    for path, (what, schema) in beside.items():
        refuse_place(path)
        if path.exists() and not _is_ours(path, schema):
            raise ZhengyuError(
                f"{path}: stands where {what}, and no run of zhengyu wrote it; move it, or choose another name for "
                "the output"
            )


def _names(path: Path) -> Iterator[tuple[int, int] | Path]:
    """Yield what a file is known by: its path without links, and its number on its disk."""
    yield path.resolve()
    with suppress(OSError):
        facts = path.stat()
        if facts.st_ino:
            yield facts.st_dev, facts.st_ino


def _is_ours(path: Path, schema: pa.Schema) -> bool:
    try:
        with path.open("rb") as lines:
            return lines.readline(200).decode("utf-8-sig", "replace").rstrip() == ",".join(schema.names)
    except OSError as error:
        raise ZhengyuError(f"{path}: cannot be read: {error}; a run writes there, move it away") from error


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
            journal.remove()
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
        for source, facts in entry["inputs"].items():
            if differ := _differ(facts["identity"], identities[int(source)]):
                raise ZhengyuError(
                    f"{sources[int(source)].name}: changed since its first part was tagged: {differ}; "
                    "put the old file back to go on, or start over with --restart"
                )


__all__ = ["Progress", "Run", "summary", "tag_inputs"]
