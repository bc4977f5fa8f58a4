"""Rows to labelled records: columns of any usual names and layout; every problem is found, none stops the search."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from pathlib import Path
from typing import Any

from zhengyu_corpus.columns import ROLES, find_roles, is_tagged, numbered
from zhengyu_corpus.errors import Problem, ZhengyuError
from zhengyu_corpus.label_cells import CellError, crosses_say_yes, plain_text, theme_names, yes_or_no
from zhengyu_corpus.lexicon import SLOGAN_TYPES
from zhengyu_corpus.records import ERAS, BagOfWords, LabelledParagraph, MarkedSlogan, Record
from zhengyu_corpus.themes import ThemeSet

#: Roles of the columns that a labelled record is made from.
_ROLES = ("text", "themes", "maybe", "id", "doc", "coder", "genre", "level", "era", "slogans")
#: What the ids of corrections made on the page begin with.
CORRECTED = "corrected-"
_LISTED = 5


@dataclass(slots=True)
class Labelled:
    """What was read from labelled files.

    Attributes
    ----------
    records : list of Record
        Sound records.
    places : list of (str, int)
        File and line of each.
    problems : list of Problem
        What is wrong with the other rows, and warnings.
    notes : list of str
        How the files were read and what was done to their rows: merged, dropped, left out; one sentence each.
    """

    records: list[Record] = field(default_factory=list)
    places: list[tuple[str, int]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a table has its labels.

    Attributes
    ----------
    roles : mapping of str to str
        Role to column; see `zhengyu_corpus.columns.ROLES`.
    themes : tuple of str
        Columns that name themes in their cells: one, or several with numbers.
    maybe : tuple of str
        The same for doubtful themes.
    onehot : mapping of str to str
        Columns that say yes or no to one theme, and its id.
    beside : mapping of str to str
        The same where other columns name the themes: what they say must be the same.
    crosses : bool
        Whether × and its like say yes in them; see `zhengyu_corpus.label_cells.crosses_say_yes`.
    """

    roles: Mapping[str, str]
    themes: tuple[str, ...]
    maybe: tuple[str, ...]
    onehot: Mapping[str, str]
    beside: Mapping[str, str] = field(default_factory=dict)
    crosses: bool = True

    @property
    def labelled(self) -> bool:
        """Whether there are labels at all."""
        return bool(self.themes or self.onehot)

    def cells(self, row: Mapping[str, Any], themes: ThemeSet) -> tuple[list[str], list[str]]:
        """Return the themes and the doubtful themes that a row names, ids of known ones.

        Raises
        ------
        CellError
            A cell cannot be read.
        """
        said = {column: yes_or_no(row.get(column), crosses=self.crosses) for column in self.onehot or self.beside}
        if self.onehot:
            for column, one in said.items():
                if one is None:
                    raise CellError(f"expected yes or no (1/0, 是/否, x) in column {column!r}, got {row[column]!r:.80}")
            given = [theme for column, theme in self.onehot.items() if said[column]]
        else:
            given = [name for column in self.themes for name in theme_names(row.get(column), themes)]
            known = {theme for column, theme in self.beside.items() if said[column] is not None}
            marked = {theme for column, theme in self.beside.items() if said[column]}
            if marked != known & set(given) and marked:
                raise CellError(
                    f"{', '.join(map(repr, self.themes))} says {', '.join(given) or 'none'}, columns of themes beside "
                    f"it say {', '.join(sorted(marked))}"
                )
        return given, [name for column in self.maybe for name in theme_names(row.get(column), themes)]


class Rows:
    """The rows of a table; what crosses say in all of them is found once, where a layout asks."""

    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        self._rows = rows
        self._crosses: bool | None = None

    def crosses(self, themes: ThemeSet) -> bool:
        """Tell whether × and its like say yes in columns of themes."""
        if self._crosses is None:
            known: dict[str, bool] = {}
            self._crosses = crosses_say_yes(
                cell
                for row in self._rows
                for column, cell in row.items()
                if (known[column] if column in known else known.setdefault(column, themes.find(column) is not None))
            )
        return self._crosses


def find_layout(columns: Sequence[str], where: str, themes: ThemeSet, rows: Rows) -> Layout:
    """Find where a table has its labels: a column of themes, several with numbers, or one column a theme.

    Parameters
    ----------
    columns : sequence of str
        Its columns.
    where : str
        How errors call it.
    themes : ThemeSet
        The code list.
    rows : Rows
        Its rows, which tell what crosses say in columns of themes.

    Raises
    ------
    ZhengyuError
        Two columns go by names of one role, or two are one theme's.
    """
    roles = find_roles(columns, where, _ROLES)
    named = (roles["themes"],) if "themes" in roles else numbered(columns, "themes")
    maybe = (roles["maybe"],) if "maybe" in roles else numbered(columns, "maybe")
    onehot: dict[str, str] = {}
    taken = {*roles.values(), *named, *maybe}
    for column in columns:
        theme = None if column in taken else themes.find(column)
        if theme is not None and theme in onehot.values():
            if named:
                continue
            other = next(one for one, known in onehot.items() if known == theme)
            raise ZhengyuError(
                f"{where}: the columns {other!r} and {column!r} are both theme {theme!r}; remove one of the two"
            )
        if theme is not None:
            onehot[column] = theme
    crosses = not onehot or rows.crosses(themes)
    # One column beside may be called as a theme is, and be none.
    return Layout(roles, named, maybe, {} if named else onehot, onehot if named and len(onehot) > 1 else {}, crosses)


def builtin_files() -> list[Path]:
    """Return the labelled files that come with zhengyu."""
    folder = Path(__file__).with_name("paragraphs")
    return sorted(path for path in folder.iterdir() if path.name.removesuffix(".gz").endswith(".jsonl"))


def read_builtin(paths: Sequence[Path], themes: ThemeSet) -> list[Record]:
    """Return the records of files that come with zhengyu; a user's files go through `zhengyu.io.labelled`."""
    found = Labelled()
    for path in paths:
        data = path.read_bytes()
        lines = (gzip.decompress(data) if path.suffix == ".gz" else data).decode().split("\n")
        read_rows(str(path), ((n, json.loads(line)) for n, line in enumerate(lines, 1) if line), themes, found)
    return found.records


def read_rows(
    file: str,
    rows: Iterable[tuple[int, Mapping[str, Any]]],
    themes: ThemeSet,
    found: Labelled,
    columns: Sequence[str] | None = None,
) -> None:
    """Add the rows of one file to what was found.

    Rows of several coders for one paragraph (a column ``coder``) become one record: the themes of the majority, those
    that fewer gave as doubtful. Rows that give one paragraph one theme each become one record too.

    Parameters
    ----------
    file : str
        The file as the user named it.
    rows : iterable of (int, mapping)
        Lines and rows.
    themes : ThemeSet
        What the labels must be of; ids and names are taken.
    found : Labelled
        Gets every row, as a record or as a fatal problem.
    columns : sequence of str, optional
        The columns of all rows, where they have the same.

    Raises
    ------
    ZhengyuError
        The file has no labels, or two columns for one role.
    """
    rows = list(rows)
    table = Rows(row for _, row in rows)
    layouts: dict[tuple[str, ...], Layout] = {}
    read: list[_Row] = []
    uncoded = unlabelled = 0
    strange = _Strange()
    for line, row in rows:
        names = tuple(columns) if columns is not None else tuple(row)
        if names not in layouts:
            where = file if columns is not None else f"{file}:{line}"
            layouts[names] = _layout(names, where, themes, table)
        layout = layouts[names]
        if not layout.labelled:
            if columns is not None:
                raise ZhengyuError(
                    f"expected a column of themes ({', '.join(ROLES['themes'])}) or one column a theme, its columns "
                    f"are {', '.join(names[: _LISTED * 4])}; add one, with cells empty for none"
                )
            unlabelled += 1
            if unlabelled <= _LISTED:
                what = "expected a field or column of themes, there is none"
                found.problems.append(Problem(file, line, "themes", what, "add one; leave it empty for none"))
            continue
        if len(layout.themes) > 1 and not any(plain_text(row.get(one)).strip() for one in layout.themes):
            uncoded += 1
            continue
        if layout.onehot:
            strange.see(row, layout)
        record = _record(row, layout, file, line, themes, found.problems)
        if record is not None:
            read.append(_Row(record, line, plain_text(row.get(layout.roles.get("coder", ""))).strip()))
    if unlabelled > _LISTED:
        what = f"{unlabelled - _LISTED} more rows have no field of themes"
        found.problems.append(Problem(file, 0, "themes", what, "add it; leave it empty for none"))
    found.problems.extend(strange.problems(file))
    if uncoded:
        found.notes.append(f"{file}: {uncoded} rows have neither a theme nor none: not coded yet, and left out")
    for one in _merged(file, read, found):
        found.records.append(one.record)
        found.places.append((file, one.line))


def _layout(names: tuple[str, ...], where: str, themes: ThemeSet, rows: Rows) -> Layout:
    if is_tagged(names):
        raise ZhengyuError(
            "expected a coder's themes, these are what zhengyu tag gave; have them labelled "
            "(zhengyu corpus suggest, export, import), or leave out the columns model and uncertain"
        )
    return find_layout(names, where, themes, rows)


@dataclass(frozen=True, slots=True)
class _Row:
    """A record as one row gives it."""

    record: Record
    line: int
    coder: str


class _Strange:
    """Columns of yes and no beside those of the themes: names that the codebook lacks, most likely."""

    def __init__(self) -> None:
        self._said: dict[str, set[bool | None]] = {}

    def see(self, row: Mapping[str, Any], layout: Layout) -> None:
        taken = {*layout.onehot, *layout.roles.values(), *layout.maybe}
        for column, cell in row.items():
            if column not in taken and None not in self._said.setdefault(column, set()):
                self._said[column].add(yes_or_no(cell))

    def problems(self, file: str) -> Iterator[Problem]:
        for column, said in self._said.items():
            if None not in said and True in said:
                yield Problem(
                    file, 0, column, "says yes or no in every row, like columns of themes, but no theme is called so",
                    "mend its name if it is a theme; it was left out", fatal=False,
                )  # fmt: skip


def _merged(file: str, rows: list[_Row], found: Labelled) -> Iterator[_Row]:
    """Yield one row a paragraph, where rows are several coders' of it or give it one theme each."""
    groups: dict[tuple[str, str], list[_Row]] = {}
    for row in rows:
        # Ids that the file gives tell paragraphs apart, and so do their texts where it gives none.
        own = "" if row.record.id == _row_id(file, row.line) else row.record.id
        groups.setdefault((own, row.record.text or str(row.line)), []).append(row)
    joined = before = 0
    votes = _Votes()
    for group in groups.values():
        coders: dict[str, list[_Row]] = {}
        for row in group:
            coders.setdefault(row.coder, []).append(row)
        single: list[_Row] = []
        for some in coders.values():
            if len(some) > 1 and _one_each(some):
                before += len(some)
                joined += 1
                given = tuple(theme for row in some for theme in row.record.themes)
                doubtful = dict.fromkeys(theme for row in some for theme in row.record.maybe if theme not in given)
                some = [replace(some[0], record=replace(some[0].record, themes=given, maybe=tuple(doubtful)))]
            single += some
        if len(single) > 1 and len({row.coder for row in single}) == len(single):
            single = [votes.settled(single)]
        yield from single
    if joined:
        found.notes.append(f"{file}: {before} rows with one theme each were joined to {joined} paragraphs")
    if votes.paragraphs:
        found.notes.append(f"{file}: {votes.told()}")


def _one_each(rows: list[_Row]) -> bool:
    """Tell whether rows of one paragraph give it one theme each, and different ones."""
    given = [row.record.themes for row in rows]
    return all(len(themes) == 1 for themes in given) and len(set(given)) == len(given)


class _Votes:
    """Several coders' rows of one paragraph to one, and how far they agree."""

    def __init__(self) -> None:
        self.paragraphs = self.alike = self.doubtful = 0
        self._pairs: Counter[tuple[str, str]] = Counter()
        self._same: Counter[tuple[str, str]] = Counter()

    def settled(self, rows: list[_Row]) -> _Row:
        given = [frozenset(row.record.themes) for row in rows]
        counts = Counter(theme for row in rows for theme in row.record.themes)
        themes = tuple(theme for theme, count in counts.items() if 2 * count > len(rows))
        doubtful = dict.fromkeys(theme for theme in counts if theme not in themes)
        doubtful |= dict.fromkeys(theme for row in rows for theme in row.record.maybe if theme not in themes)
        self.paragraphs += 1
        self.alike += len(set(given)) == 1
        self.doubtful += bool(doubtful)
        for a, b in combinations(sorted(zip((row.coder for row in rows), given, strict=True)), 2):
            self._pairs[a[0], b[0]] += 1
            self._same[a[0], b[0]] += a[1] == b[1]
        return replace(rows[0], record=replace(rows[0].record, themes=themes, maybe=tuple(doubtful)))

    def told(self) -> str:
        pairs = ", ".join(
            f"{a} and {b} {self._same[a, b]} of {count}" for (a, b), count in self._pairs.most_common(_LISTED)
        )  # fmt: skip
        return (
            f"{self.paragraphs} paragraphs have several coders, {self.alike} of them the same themes by all ({pairs}); "
            f"the majority's themes were taken, and in {self.doubtful} the others' are doubtful; "
            "zhengyu corpus agreement FILE FILE --coders A B tells more"
        )


def _row_id(file: str, line: int) -> str:
    return f"{Path(file).name}:{line}"


def _record(
    row: Mapping[str, Any], layout: Layout, file: str, line: int, themes: ThemeSet, problems: list[Problem]
) -> Record | None:
    before = len(problems)

    def wrong(name: str, what: str, remedy: str, *, fatal: bool = True) -> None:
        problems.append(Problem(file, line, name, what, remedy, fatal))

    def cell(role: str) -> Any:
        return row.get(layout.roles[role]) if role in layout.roles else None

    try:
        given, doubtful = layout.cells(row, themes)
    except CellError as error:
        wrong("themes", str(error), "write ids or names as a list, or joined by ;")
        given, doubtful = [], []
    coded, maybe = (_known(names, name, themes, wrong) for names, name in ((given, "themes"), (doubtful, "maybe")))
    if both := [theme for theme in coded if theme in maybe]:
        wrong("maybe", f"{', '.join(both)} stands in themes too", "leave it in one of the two")
    era = plain_text(cell("era"))
    if era and era not in ERAS:
        wrong("era", f"expected one of {', '.join(ERAS)}, got {era!r}", "take the period that it falls in", fatal=False)
    identity = plain_text(cell("id")) or _row_id(file, line)
    common: dict[str, Any] = {
        "id": identity, "doc": plain_text(cell("doc")) or identity, "themes": coded, "maybe": maybe,
        "genre": plain_text(cell("genre")), "level": plain_text(cell("level")),
    }  # fmt: skip
    text = cell("text")
    if "words" in row and text is None:
        words, pairs = row["words"], row.get("pairs", {})
        for name, counts in (("words", words), ("pairs", pairs)):
            if not isinstance(counts, dict) or not all(type(n) is int and n > 0 for n in counts.values()):
                wrong(name, "expected an object with counts (1 or more)", "build it with zhengyu_training.bags")
        if isinstance(pairs, dict) and not all(len(pair.split(" ")) == 2 for pair in pairs):
            wrong("pairs", "expected two words with a blank between them", "build it with zhengyu_training.bags")
        if any(p.fatal for p in problems[before:]):
            return None
        sentences = _sentences(row.get("sentences", []), {**words, **pairs})
        if sentences is None:
            wrong(
                "sentences", "expected lists of places among words and pairs that add up to their counts",
                "build it with zhengyu_training.bags",
            )  # fmt: skip
            return None
        left_out = row.get("left_out")
        if left_out is not None and (type(left_out) is not int or left_out < 0):
            wrong("left_out", f"expected how many words were left out, got {left_out!r}", "leave it out, or count them")
            return None
        return BagOfWords(
            **common, words=words, pairs=pairs, sentences=sentences, left_out=left_out, year=str(row.get("year", "")),
            source=str(row.get("source", "")),
        )  # fmt: skip
    if not isinstance(text, str) or not text.strip():
        nothing = text is None or plain_text(text) == ""
        came = ("an empty text" if isinstance(text, str) else "nothing") if nothing or isinstance(text, str) else \
            type(text).__name__  # fmt: skip
        wrong("text", f"expected a paragraph, got {came}", "give the text, or remove the row")
        text = ""
    elif "\ufffd" in text:
        wrong(
            "text", "holds replacement characters (�): it was decoded with a wrong encoding", "export it anew as UTF-8"
        )
    marks = cell("slogans")
    slogans = _slogans(marks, text, wrong) if marks is not None and marks != "" else None
    if any(problem.fatal for problem in problems[before:]):
        return None
    corrected = identity.startswith(CORRECTED) and "model" in row
    return LabelledParagraph(**common, text=text, era=era, slogans=slogans, correction=corrected)


def _sentences(places: Any, counts: Mapping[str, int]) -> tuple[Mapping[str, int], ...] | None:
    """Return the counts of each sentence; None where they are not what `zhengyu_training.bags` writes.

    A sentence stands as the places of its words and pairs among all of the paragraph's, each as often as it occurs.
    """
    if not isinstance(places, list) or not all(isinstance(one, list) for one in places):
        return None
    every: list[Any] = [place for one in places for place in one]
    names = list(counts)
    if not all(type(place) is int and 0 <= place < len(names) for place in every):
        return None
    if every and Counter(every) != Counter(dict(enumerate(counts.values()))):
        return None
    counted: list[Counter[int]] = [Counter(one) for one in places]
    return tuple({names[place]: times for place, times in one.items()} for one in counted)


def _known(names: list[str], field_name: str, themes: ThemeSet, wrong: Any) -> tuple[str, ...]:
    """Return the ids among names; an unknown or doubled one is a problem."""
    ids: list[str] = []
    for name in names:
        theme = themes.find(name)
        if theme is None:
            wrong(field_name, f"unknown theme {name!r:.80}", themes.hint(name[:80]))
        elif theme in ids:
            wrong(field_name, f"theme {theme!r} stands twice", "leave it once")
        else:
            ids.append(theme)
    return tuple(ids)


def _slogans(value: Any, text: str, wrong: Any) -> tuple[MarkedSlogan, ...]:
    if not isinstance(value, list):
        wrong("slogans", f"expected a list of objects with text and type, got {value!r:.80}",
              "see CODEBOOK.md, section 2")  # fmt: skip
        return ()
    found: list[MarkedSlogan] = []
    for part in value:
        if not isinstance(part, dict) or part.get("type") not in SLOGAN_TYPES:
            wrong("slogans", f"expected text and a type of {', '.join(SLOGAN_TYPES)}, got {part!r:.80}",
                  "mend the type")  # fmt: skip
        elif not isinstance(part.get("text"), str) or part["text"] not in text:
            wrong("slogans", f"{part.get('text')!r:.80} does not stand in the text",
                  "copy it from the text, to the letter")  # fmt: skip
        else:
            found.append(MarkedSlogan(part["text"], part["type"]))
    return tuple(found)
