"""A file that is written while the run goes on: parts go to it as later ones are still being tagged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from zhengyu.io.blocks import is_loose
from zhengyu.io.schema import whole_schema
from zhengyu.io.writers import Labels, Output

if TYPE_CHECKING:
    from zhengyu.batch.codebook import Described
    from zhengyu.io.variables import Variable


class ConcurrentWriter:
    """One table of a run, written part after part in a thread of its own.

    Its columns are those of its first part. Where a later part has others, or rows have no fixed columns, the file
    cannot be begun before all parts are known: `finish` then writes it from the start.

    Parameters
    ----------
    path : Path
        The file's name.
    work : Path
        What it is called until it is complete; one that a killed run left behind is written over.
    parts : callable
        Yields all parts of the run, when it is over.
    schema : pyarrow.Schema, optional
        Its columns, where they are known before the first part.
    added : list of str
        Columns that go last.
    told : callable
        Called with the numbers of parts and rows that `finish` has written.
    sources : sequence of Path
        The files that it is made from; see `zhengyu_corpus.atomic.Replacement`.
    variables : callable, optional
        From the names of its columns to what they mean.
    chinese : bool, default=False
        In which language labels say that, for formats that hold them.
    """

    def __init__(
        self,
        path: Path,
        work: Path,
        parts: Callable[[], Iterator[pa.Table]],
        schema: pa.Schema | None,
        added: list[str],
        told: Callable[[int, int], None],
        sources: Sequence[Path] = (),
        variables: Callable[[Sequence[str]], Mapping[str, Variable]] | None = None,
        chinese: bool = False,
    ) -> None:
        self._path, self._work, self._parts, self._told, self._sources = path, work, parts, told, sources
        self._schema, self._added, self._variables, self._chinese = schema, added, variables, chinese
        self._first: pa.Schema | None = None
        self._written: pa.Schema | None = None
        self._output: Output | None = None
        self._late = False
        self._thread = ThreadPoolExecutor(1)
        self._writing: Future[None] | None = None

    def add(self, part: pa.Table) -> None:
        """Write the next part, when the one before is written.

        Raises
        ------
        ZhengyuError, OSError, pyarrow.ArrowException
            The part before could not be written.
        """
        self._wait()
        if self._late or not len(part):  # a part without rows, such as that of a file set aside, has no columns to tell
            return
        if self._output is None and not is_loose(part.schema):
            self._first = part.schema
            schema = self._schema or whole_schema([part], self._added)
            self._output = self._begun(schema)
        if self._output is None or part.schema != self._first:
            self._late = True
            self.discard()
            return
        self._writing = self._thread.submit(self._output.write, part)

    def finish(self) -> None:
        """Complete the file and give it its name; see `add` for what is raised."""
        self._wait()
        if self._output is None:
            schema = self._schema or self._whole()
            self._output = self._begun(schema)
            rows = 0
            for number, part in enumerate(self._parts()):
                self._told(number, rows)
                self._output.write(part)
                rows += len(part)
        self._output.finish()

    def described(self) -> Described:
        """Return what was written, once it is `finish`-ed, and what its columns mean."""
        from zhengyu.batch.codebook import Described

        if self._written is None:
            raise RuntimeError("expected a table that is written")
        return Described(self._path, self._written, self._told_of(self._written))

    def _told_of(self, schema: pa.Schema) -> Mapping[str, Variable]:
        return self._variables(schema.names) if self._variables is not None else {}

    def _begun(self, schema: pa.Schema) -> Output:
        self._written = schema
        return Output(self._path, schema, self._work, self._sources, lambda: self._labels(schema))

    def _labels(self, schema: pa.Schema) -> Labels:
        from zhengyu.io.variables import OWN

        return {
            name: (told.label(chinese=self._chinese), {code: both[self._chinese] for code, both in told.codes.items()})
            for name, told in self._told_of(schema).items()
            if told is not OWN
        }

    def _whole(self) -> pa.Schema:
        filled = whole_schema((part for part in self._parts() if len(part)), self._added)
        return filled if len(filled) else whole_schema(self._parts(), self._added)

    def discard(self) -> None:
        """Remove what was written, unless it has its name already."""
        self._thread.shutdown()
        if self._output is not None:
            self._output.discard()
            self._output = None

    def _wait(self) -> None:
        if self._writing is not None:
            self._writing.result()
