"""How a table is laid out: its delimiter, its header row, its sheet; found where the user does not say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from zhengyu.io.limits import listed
from zhengyu_corpus.columns import role_of
from zhengyu_corpus.encoding import codec_name
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.patterns import pattern

#: Delimiters that are looked for, a format's own before them.
DELIMITERS = (",", "\t", ";", "|", "，", "；", "^", ":", "：")
#: Prose is full of these: they stand between columns only where usual names do.
_IN_PROSE = frozenset("，；:：")
#: What people call a delimiter that is hard to type.
_NAMED = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " "}
#: Rows at the top of a table among which its header is looked for.
HEADER_ROWS = 20
#: Columns of a table, as many as a sheet has.
MAX_COLUMNS = 16_384
#: A row is laid out alike with a delimiter when this share of rows has as many fields as most.
_ALIKE = 0.8
#: A name of a column is not longer, and a cell of so many Han characters is no name.
_NAME_CHARS, _PROSE_CHARS = 60, 12
_HAN = pattern(r"[\u3400-\u9fff]")
_NUMBER = pattern(r"[+-]?[.,:/\-年月日 ]*\d[\d.,:/\-年月日 %]*")
_SENTENCE = pattern(r"[。！？；]")


@dataclass(frozen=True, slots=True)
class TableOptions:
    """What the user says of a table's layout; what is None is found.

    Attributes
    ----------
    encoding : str or None
        Of text tables.
    delimiter : str or None
        One character, of CSV and TSV.
    header_row : int or None
        1-based row of the column names; 0 when there is none, and names are made up.
    sheet : str or None
        Name or 1-based number of the sheet of a workbook.
    """

    encoding: str | None = None
    delimiter: str | None = None
    header_row: int | None = None
    sheet: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the fields; `TableOptions` takes them again."""
        return asdict(self)


def table_options(
    encoding: str | None = None, delimiter: str | None = None, header_row: str | None = None, sheet: str | None = None
) -> TableOptions:
    """Return options from the words of a command line.

    Raises
    ------
    ZhengyuError
        A delimiter is not one character, a header row is no number, or an encoding is unknown.
    """
    if encoding is not None:
        try:
            codec_name(encoding)
        except ZhengyuError as error:
            raise ZhengyuError(f"--encoding: {error}") from error
    if delimiter is not None:
        delimiter = _NAMED.get(delimiter.lower(), delimiter)
        if len(delimiter) != 1 or delimiter in '"\r\n':
            raise ZhengyuError(f"--delimiter: expected one character, or {', '.join(_NAMED)}, got {delimiter!r}")
    row: int | None = None
    if header_row is not None:
        if header_row.lower() != "none" and not (header_row.isdecimal() and int(header_row) > 0):
            raise ZhengyuError(f"--header-row: expected the row of the column names, or none, got {header_row!r}")
        row = 0 if header_row.lower() == "none" else int(header_row)
    return TableOptions(encoding, delimiter, row, sheet)


@dataclass(frozen=True, slots=True)
class Reading:
    """How a table was read; every choice is told in the summary of a run and in its JSON.

    Attributes
    ----------
    encoding : str
        ``""`` for formats that carry their own.
    delimiter : str
        ``""`` for formats without one.
    header_row : int or None
        1-based; 0 when names were made up, None for formats that carry their names.
    sheet : str
        ``""`` for formats without sheets.
    notes : tuple of str
        What the user should know, one sentence each: what is not as one would expect, what was left out.
    """

    encoding: str = ""
    delimiter: str = ""
    header_row: int | None = None
    sheet: str = ""
    notes: tuple[str, ...] = ()

    def with_notes(self, *notes: str) -> Reading:
        """Return it with more notes."""
        return replace(self, notes=(*self.notes, *(note for note in notes if note)))

    def as_json(self) -> dict[str, Any]:
        """Return what was chosen, without what the format does not have."""
        kept = {"encoding": self.encoding, "delimiter": self.delimiter, "sheet": self.sheet}
        told: dict[str, Any] = {name: value for name, value in kept.items() if value}
        return told if self.header_row is None else {**told, "header_row": self.header_row}


@dataclass(frozen=True, slots=True)
class Header:
    """Where the column names of a table are.

    Attributes
    ----------
    row : int
        Index of the header among the first rows; -1 when there is none.
    number : int
        Its number in the file; 0 when there is none.
    names : tuple of str
        One name a column, made up where there is none; ``""`` for a column without name that holds nothing.
    notes : tuple of str
        What should be said of it.
    """

    row: int
    number: int
    names: tuple[str, ...]
    notes: tuple[str, ...] = ()


def plain_cell(cell: object) -> str:
    """Return a cell as it counts for the layout: as text without blanks around it."""
    return "" if cell is None else str(cell).strip()


def find_header(
    rows: Sequence[Sequence[object]], where: str, wanted: int | None = None, numbers: Sequence[int] | None = None
) -> Header:
    """Find the header among the first rows of a table.

    A row with a usual name for a column of texts is the header, or two usual names of any kind. Else the first row that
    is as wide as the rows below it and holds names: short, distinct, and neither numbers nor prose. Where the first
    such row holds prose or numbers, there is no header.

    Parameters
    ----------
    rows : sequence of sequences of cells
        The first rows, blank ones among them; the more below the header, the better.
    where : str
        How errors call the table.
    wanted : int, optional
        As `TableOptions.header_row`.
    numbers : sequence of int, optional
        The number of each row in the file, where blank ones are not among them.

    Raises
    ------
    ZhengyuError
        There are no rows, or names stand twice; the message shows what was found.
    """
    cells = [[plain_cell(cell) for cell in row] for row in rows]
    filled = [sum(map(bool, row)) for row in cells]
    if not any(filled):
        raise ZhengyuError(f"{where}: expected a header row with column names, the table is empty")
    places = list(numbers) if numbers is not None else list(range(1, len(rows) + 1))
    if wanted:
        if wanted not in places or not filled[places.index(wanted)]:
            raise ZhengyuError(
                f"{where}: --header-row {wanted}: no such row among the first {HEADER_ROWS}, or it is empty; "
                "name the row of the column names"
            )
        chosen = places.index(wanted)
    elif wanted == 0:
        chosen = -1
    else:
        chosen = _chosen(cells, filled)
    first_data = chosen + 1
    # Cells beyond the header are no columns: of CSV their rows are set aside, sheets name them where they stand.
    width = len(rows[chosen]) if chosen >= 0 else max(map(len, rows))
    if width > MAX_COLUMNS:
        raise ZhengyuError(f"{where}: has {width:,} columns, at most {MAX_COLUMNS:,} are read; is it a table?")
    given = [str(cell) if plain_cell(cell) else "" for cell in rows[chosen]] if chosen >= 0 else []
    given += [""] * (width - len(given))
    held = [any(len(row) > i and row[i] for row in cells[first_data:]) for i in range(width)]
    names = tuple(name or (f"column_{i}" if held[i - 1] else "") for i, name in enumerate(given, 1))
    doubled = [name for name, count in Counter(name for name in names if name).items() if count > 1]
    if doubled:
        raise ZhengyuError(
            f"{where}: column names must differ, {listed(doubled)} stand(s) more than once in row {places[chosen]} "
            f"({listed(name for name in names if name)}); rename the doubled ones, or name another --header-row"
        )
    notes: list[str] = []
    if chosen < 0 and wanted is None:
        shown = next(row for row in cells if any(row))
        notes.append(
            f"no header was found: its first row was read as data ({listed(cell[:20] for cell in shown if cell)}), and "
            f"the columns are called {listed(name for name in names if name)}; --header-row 1 takes it for the header"
        )
    above = [" ".join(filter(None, row)) for row in cells[: max(chosen, 0)] if any(row)]
    if above:
        notes.append(f"the header was found in row {places[chosen]}; above it stood {listed(above)}")
    if chosen >= 0 and any(names[i] and not given[i] for i in range(width)):
        notes.append(f"columns without a name are called {listed(names[i] for i in range(width) if not given[i])}")
    return Header(chosen, places[chosen] if chosen >= 0 else 0, names, tuple(notes))


def _chosen(cells: list[list[str]], filled: list[int]) -> int:
    """Return the index of the header, -1 for none."""
    first = next(i for i, count in enumerate(filled) if count)
    usual = Counter(count for count in filled[first:] if count)
    # A title above has one or two cells, the header as many as most rows; ties go to the wider.
    width = max(usual, key=lambda count: (usual[count], count))
    for i, row in enumerate(cells[:HEADER_ROWS]):
        if filled[i] and _known(row) and (i == first or filled[i] > filled[first] or not _names(cells[first])):
            return i
    for i, row in enumerate(cells[:HEADER_ROWS]):
        # The last column or two of a header may stand empty in the rows, and the other way round.
        if filled[i] and (2 * filled[i] > width or i == len(cells) - 1):
            return i if _names(row) else -1
    return first


def _known(row: Sequence[str]) -> bool:
    """Tell whether cells are usual names: of texts, or two of any kind."""
    roles = {role_of(cell, row) for cell in row if cell} - {""}
    return "text" in roles or len(roles) > 1


def _names(row: Sequence[str]) -> bool:
    """Tell whether the cells of a row can be names of columns."""
    full = [cell for cell in row if cell]
    prose = any(_SENTENCE.search(cell) or len(_HAN.findall(cell)) > _PROSE_CHARS for cell in full)
    short = all(len(cell) <= _NAME_CHARS for cell in full)
    return short and not prose and not any(map(_NUMBER.fullmatch, full))


def find_delimiter(rows: dict[str, list[list[str]]], own: str) -> str:
    """Return the delimiter by which a table's first rows fall into columns.

    Parameters
    ----------
    rows : dict of str to list of rows
        Each delimiter to the first rows as it cuts them.
    own : str
        The one of the format, which is taken if its columns are as good as another's, or if none gives columns.
    """
    best, most = own, 0.0
    for delimiter in (own, *(one for one in DELIMITERS if one != own)):
        cut = [row for row in rows.get(delimiter, []) if any(row)]
        usual = Counter(len(row) for row in cut if len(row) > 1).most_common(1)
        if not usual or len(cut[0]) != usual[0][0]:
            continue
        if delimiter in _IN_PROSE and not _known([cell.strip() for cell in cut[0]]):
            continue
        share = usual[0][1] / len(cut)
        if share >= _ALIKE and delimiter == own:
            return own
        if share > max(most, 0.5):
            best, most = delimiter, share
    return best


def refuse_unparted(line: str, delimiter: str, where: str) -> None:
    """Refuse a header that names columns, though no delimiter parts the rows below it into as many.

    Each whole line would be taken for a paragraph.

    Parameters
    ----------
    line : str
        The first line.
    delimiter : str
        What was found to part columns.
    where : str
        How the error calls the table.

    Raises
    ------
    ZhengyuError
        It is so.
    """
    if delimiter in line:
        return
    for other in DELIMITERS:
        cells = [cell.strip(' "') for cell in line.strip().split(other)]
        if len(cells) > 1 and "text" in {role_of(cell, cells) for cell in cells}:
            raise ZhengyuError(
                f"{where}: its header ({listed(cells)}) names {len(cells)} columns parted by {other!r}, but the rows "
                f"below it do not fall into as many; quote texts that hold {other!r}, write another delimiter, or say "
                "what parts columns with --delimiter"
            )
