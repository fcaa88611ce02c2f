"""Tables in one style: a `results.Table` as HTML that fits a narrow screen and reads aloud.

Every table has a caption; numbers are right-aligned and printed with a fixed number of digits;
what is not available shows as a dash that a screen reader calls "not available". A table is shown
as narrow as its numbers allow: limits stand in the cell of their number, words that many rows share
head these rows, and what is the same in every row is said in the caption.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Self

from artifact.common.characters import with_minus
from artifact.workflow.results import Scalar, Table

if TYPE_CHECKING:
    from artifact.book.figures.style import Shown

LONG = 40
"""Characters from which a cell keeps a readable width."""
FEWEST = 3
"""Fewest rows of a table for which what is the same in all of them is said once."""
MANY = 25
"""Rows from which a table is long: its page is measured in bytes."""
ALIGNED = 20
"""Columns of a long table that the style sheet can align as a whole, ``n2`` to ``n20``."""
SHARING = 2
"""Rows that must share their first words, on average, for these to head them."""
COUNTED = ("people", "seeds", "guesses")
"""Columns whose name follows the number of a cell."""
LIMITS = ("95 % low", "95 % high", "95 % interval")
"""How columns begin that hold the limits of the number before them."""
WITH_LIMITS = re.compile(r"(\S+) (\[[^]]*\])")
NOT_AVAILABLE = '<span role="img" aria-label="not available">–</span>'
"""Heads a row. Other cells stay empty, and the style sheet shows the same in them."""

Rows = Sequence[Sequence[Scalar]]


@dataclass(frozen=True, slots=True)
class Markup:
    """HTML that is ready for the page."""

    markup: str

    def _repr_html_(self) -> str:
        return self.markup

    def folded(self, summary: str) -> Markup:
        """The same, folded behind a line that says what it is."""
        opening = f'<details class="artifact-fold"><summary>{html.escape(summary)}</summary>'
        return Markup(f"{opening}{self.markup}</details>")


class Caption(str):
    """A caption that ends in the evidence behind it; a page shows the evidence as a badge.

    Attributes:
        text: what stands before the badge.
        badge: the evidence in a word or two.
        evidence: the same in full, for someone who hears the page.
    """

    text: str
    badge: str
    evidence: str

    @classmethod
    def of(cls, text: str, *, badge: str, evidence: str, cases: str) -> Self:
        """The caption of `text`; `cases` says how many there are, or is empty."""
        made = cls(f"{text} ({evidence}{cases}).")
        made.text, made.badge, made.evidence = f"{text}{cases}.", badge, evidence
        return made


def caption_markup(caption: str, more: str = "") -> str:
    """A caption as HTML, with what else is to be said before the badge of its evidence."""
    if not isinstance(caption, Caption):
        return html.escape(caption + more)
    heard = f"<span>: {html.escape(caption.evidence)}</span>"
    return (
        f'{html.escape(caption.text + more)} <span class="artifact-badge">{caption.badge}'
        f"{heard if caption.badge != caption.evidence else ''}</span>"
    )


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a figure draws, as rows of a table; they rest on what the figure rests on.

    Attributes:
        columns: names of the columns.
        rows: one cell per column each.
        digits: decimals of every number that is not an integer.
    """

    columns: Sequence[str]
    rows: Rows
    digits: int = 1


@dataclass(frozen=True, slots=True)
class _Column:
    """A column as shown: its head, its place in the table, and those of its numbers' limits; and
    whether the table says for the whole column that it holds numbers."""

    head: str
    place: int
    limits: tuple[int, ...]
    numbers: bool
    aligned: bool = False


def show(table: Table, *, caption: str, digits: int = 1) -> Markup:
    """`table` ready for the page.

    Args:
        table: its note, where there is one, is printed below; one without rows says so.
        caption: what the table shows, with n and the evidence behind it.
        digits: decimals of every number that is not an integer.

    Raises:
        ValueError: if the caption is empty.
    """
    if not caption.strip():
        raise ValueError("a table needs a caption")
    same = _same_in_every_row(table)
    places = [place for place in range(len(table.columns)) if place not in same]
    heading = _heading(table.rows, places)
    columns = _columns(table, [place for place in places if place not in heading])
    if len(table.rows) >= MANY:
        columns = [
            replace(it, aligned=it.numbers and 0 < place < ALIGNED)
            for place, it in enumerate(columns)
        ]
    note = f'<p class="artifact-note">{html.escape(table.note)}</p>' if table.note else ""
    said = html.escape(caption)
    shown = caption_markup(caption, _shared_in_words(table, same, caption))
    anchor = f' id="{anchor_of(table.name)}"' if table.name else ""
    return Markup(
        f'<figure class="artifact-table"{anchor}><figcaption>{shown}</figcaption>'
        f'<div role="region" aria-label="{said}" tabindex="0">'
        f"{_grid(table, heading, columns, digits)}</div>{note}</figure>"
    )


def below_figure(numbers: Numbers) -> str:
    """The table of what a figure draws, as HTML, folded; without a caption, which the figure has.

    Its rows are as light as they can be: a figure may draw hundreds of points.
    """
    heading = _heading(numbers.rows, range(len(numbers.columns)))
    places = [place for place in range(len(numbers.columns)) if place not in heading]
    grid = _grid(numbers, heading, _columns(numbers, places), numbers.digits)
    light = grid.replace(' class="n"', "")
    return (
        '<details class="artifact-told"><summary>Numbers</summary>'
        '<div class="artifact-table artifact-data">'
        '<div role="group" aria-label="Numbers of this figure" tabindex="0">'
        f"{light}</div></div></details>"
    )


def _grid(
    table: Table | Numbers, heading: Sequence[int], columns: Sequence[_Column], digits: int
) -> str:
    head = "".join(f'<th scope="col"{_css(it)}>{_head(it)}</th>' for it in columns)
    body = "".join(_bodies(table, heading, columns, digits))
    body = body or f'<tbody><tr><td colspan="{len(columns)}">none</td></tr></tbody>'
    aligned = " ".join(f"n{place}" for place, it in enumerate(columns, 1) if it.aligned)
    css = f' class="{aligned}"' if aligned else ""
    return f"<table{css}><thead><tr>{head}</tr></thead>{body}</table>"


def anchor_of(table: str) -> str:
    """The id under which a table of this name stands on its page."""
    return f"table-{table.replace('.', '-')}"


def stack(parts: Iterable[Markup | Shown]) -> Markup:
    """Several tables or figures, one below the other, as one output of a cell."""
    return Markup("\n".join(part.markup for part in parts))


def _same_in_every_row(table: Table) -> list[int]:
    """The places of columns that say the same in every row; a fraction is a result, and stays."""
    after = [*table.columns[1:], ""]
    same = [
        place
        for place, cells in enumerate(zip(*table.rows, strict=True))
        if len(cells) >= FEWEST
        and len(set(map(repr, cells))) == 1
        and not isinstance(cells[0], float)
        and not any(name.startswith(LIMITS) for name in (table.columns[place], after[place]))
    ]
    return same if len(same) < len(table.columns) - 1 else []


def _shared_in_words(table: Table, same: Sequence[int], caption: str) -> str:
    """What is the same in every row, in words, except an n that the caption has."""
    cells = {table.columns[place]: table.rows[0][place] for place in same}
    said = [
        _named(name, cell)
        for name, cell in cells.items()
        if cell is not None and f"{name} = {_plain(cell)}" not in caption
    ]
    missing = [name for name, cell in cells.items() if cell is None]
    told = f" All rows: {'; '.join(said)}." if said else ""
    told += f" Not available: {'; '.join(missing)}." if missing else ""
    return told if caption.endswith((".", "?", "!")) or not told else f".{told}"


def _named(name: str, cell: Scalar) -> str:
    """A cell with its column's name: "10 people", "n = 7", "made: here"."""
    if isinstance(cell, int) and not isinstance(cell, bool):
        return f"{_plain(cell)} {name}" if name in COUNTED else f"{name} = {_plain(cell)}"
    return f"{name}: {_plain(cell)}"


def _heading(rows: Rows, places: Sequence[int]) -> list[int]:
    """The places of the leading columns of words that are the same over several rows each."""
    found: list[int] = []
    for place in places[:-2] if rows else ():
        keys = [tuple(row[it] for it in (*found, place)) for row in rows]
        runs = sum(1 for _ in groupby(keys))
        words = all(isinstance(row[place], str) for row in rows)
        if not words or runs * SHARING > len(rows):
            break
        found.append(place)
    return found


def _columns(table: Table | Numbers, places: Sequence[int]) -> list[_Column]:
    """The columns as shown; limits have none of their own."""
    columns: list[_Column] = []
    for place in places:
        if len(columns) > 1 and table.columns[place].startswith(LIMITS):
            columns[-1] = replace(columns[-1], limits=(*columns[-1].limits, place))
        else:
            numbers = any(_is_number(row[place]) for row in table.rows)
            columns.append(_Column(table.columns[place], place, (), numbers))
    return columns


def _bodies(
    table: Table | Numbers, heading: Sequence[int], columns: Sequence[_Column], digits: int
) -> Iterator[str]:
    """One body of the table for each run of rows with the same heading."""
    for shared, rows in groupby(table.rows, lambda row: [row[place] for place in heading]):
        names = (table.columns[place] for place in heading)
        said = "; ".join(f"{name}: {cell}" for name, cell in zip(names, shared, strict=True))
        over = (
            f'<th scope="rowgroup" colspan="{len(columns)}"><span>{html.escape(said)}</span></th>'
        )
        head = f"<tr>{over}</tr>" if said else ""
        body = "".join(f"<tr>{_row(row, columns, digits)}</tr>" for row in rows)
        yield f"<tbody>{head}{body}</tbody>"


def _head(column: _Column) -> str:
    """A number and its percent sign stay on one line."""
    named = html.escape(column.head) + (" <small>95 %</small>" if column.limits else "")
    return named.replace(" %", "&nbsp;%")


def _row(row: Sequence[Scalar], columns: Sequence[_Column], digits: int) -> str:
    first, *rest = columns
    cell = row[first.place]
    head = f'<th scope="row"{_css(first, cell)}>{_text(cell, digits)}</th>'
    return head + "".join(_cell(row, column, digits) for column in rest)


def _cell(row: Sequence[Scalar], column: _Column, digits: int) -> str:
    """A cell, its limits in brackets after its number, which has a sign where they have."""
    first, limits = row[column.place], [row[place] for place in column.limits]
    text = "" if first is None else _text(first, digits)
    if isinstance(first, str) and (pair := WITH_LIMITS.fullmatch(first)):
        number, interval = map(html.escape, map(with_minus, pair.groups()))
        text = f"{number} <small>{interval}</small>"
    elif len(limits) == 1 and limits[0] is not None:
        interval = _text(limits[0], digits)
        signed = "+" if isinstance(first, float) and first > 0 and "+" in interval else ""
        text = f"{signed}{text} <small>{interval}</small>"
    elif limits and None not in limits:
        text += f" <small>[{', '.join(_text(limit, digits) for limit in limits)}]</small>"
    return f"<td{_css(column, first)}>{text}</td>"


def _css(column: _Column, cell: Scalar = None) -> str:
    """Numbers (``n``), and what stands in the place of one, are right-aligned; long texts keep a
    readable width. A page may hold thousands of numbers, so their class is short, and a long table
    has it once for a column (``n2`` for the second)."""
    if column.aligned and (cell is None or _is_number(cell)):
        return ""
    if _is_number(cell) or (column.numbers and cell is None):
        return ' class="n"'
    return ' class="long"' if isinstance(cell, str) and len(cell) > LONG else ""


def _is_number(cell: Scalar) -> bool:
    if isinstance(cell, str):
        return WITH_LIMITS.fullmatch(cell) is not None
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def _text(cell: Scalar, digits: int) -> str:
    if cell is None:
        return NOT_AVAILABLE
    return html.escape(with_minus(_plain(cell, digits))).replace("&lt; ", "&lt;&nbsp;")


def _plain(cell: Scalar, digits: int = 1) -> str:
    match cell:
        case bool():
            return "yes" if cell else "no"
        case int():
            return f"{cell:,}"
        case float():
            return f"{cell:z.{digits}f}"  # z: what rounds to nothing has no minus sign
        case _:
            return str(cell)
