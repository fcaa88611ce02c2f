"""A file of ratings, read with every check: a row for each participant, problem and item.

The file is CSV in UTF-8 with the columns of `COLUMNS`, and `OPTIONAL_COLUMNS`; further columns are
ignored, so an export may hold more. Lines that start with ``#`` are remarks, quoted and filled up
with empty cells or not; blank ones hold nothing. Cells are separated by commas, or by semicolons,
tabs or bars, as spreadsheets write them where a comma is the decimal mark; there ``0,5`` is a half.

==============  ==========================================================================
column          what it holds
==============  ==========================================================================
participant     any identifier of characters that are seen; the same on all rows of a person
group           trace type seen: one of `GROUPS` or `ANSWER_ONLY`; one per participant, or within
                subjects one per participant and problem
problem         id of the problem rated
item            id of the item answered
dimension       one of `items.DIMENSIONS`; one per item
reversed        true | false: agreeing means less of the dimension; one per item
rating          the point chosen, 1 to 5, as chosen: NOT re-coded
checks_passed   share of the session's attention checks answered as asked, 0 to 1 (true and
                false stand for 1 and 0); blank or NA: not recorded; one per participant
duration        seconds spent on the problem's page; blank or NA: not recorded; one per participant
                and problem
simulated       true where no person gave the rating; all rows of a file or none
times_away      optional: how often the person was in another window or tab while the problem was
                open; blank or NA: not recorded; one per participant and problem
seconds_away    optional: for how many seconds in all; likewise
==============  ==========================================================================
"""

from __future__ import annotations

import csv
import difflib
import io
import math
import re
import unicodedata
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple
from pathlib import Path

from artifact.common.errors import InputError
from artifact.common.files import csv_cure, located, read_text_bytes, write_atomically
from artifact.common.intake import Intake
from artifact.study.instrument.items import DIMENSIONS, POINTS
from artifact.study.instrument.ratings import (
    ANSWER_ONLY,
    COLUMNS,
    GROUPS,
    OPTIONAL_COLUMNS,
    Rating,
    Ratings,
    as_ratings,
)

SEPARATORS = (",", ";", "\t", "|")
REMARK = re.compile(r"""[\s"'\ufeff]*(?:#|sep=)|[\s"',;|]*\Z""", re.IGNORECASE)
"""Starts a line before the header; ``sep=;`` is a spreadsheet's own remark."""

SHOWN = 60
"""Characters of a cell or names of a header that a message quotes; longer names are not columns."""

NOT_RECORDED = ("", "NA")
"""Cells without a value; NA is R's."""

UNSEEN = ("Cc", "Cf", "Zl", "Zp")
"""Unicode's categories of invisible characters: two names that look the same would be two
people, two problems or two items."""

DECIMAL_COMMA = re.compile(r"\d*,\d+")
WHOLE = re.compile(r"(\d{1,3})(?:[.,]0*)?")
"""A whole number, also as statistics programs write it: ``5.0``."""


def read_ratings(path: Path, intake: Intake | None = None, *, within: bool = False) -> Ratings:
    """Read and check a file of ratings.

    Args:
        path: the file.
        intake: what happens to a bad row; None stops at the first.
        within: whether a participant may have seen several trace types.

    Raises:
        InputError: the file cannot be read, a column is missing, a value does not fit its column,
            a participant answered an item of a problem twice or is in two groups, or rows
            contradict each other, unless `intake` skips the row. The message names the row (the
            first data row is 1) and the column.
    """
    intake = intake or Intake()
    scopes = WITHIN_SCOPES if within else SCOPES
    rows = list(_consistent(_rows(path, intake), path, intake, scopes))
    if not rows:
        raise intake.nothing_left("ratings", path)
    return as_ratings(rows)


def write_ratings(rows: Iterable[Rating], path: Path, *, remarks: Sequence[str] = ()) -> None:
    """Write rows in the layout that `read_ratings` reads, remarks first, each after ``#``."""
    text = io.StringIO()
    text.writelines(f"# {remark}\n" for remark in remarks)
    writer = csv.writer(text, lineterminator="\n")
    rows = list(rows)
    recorded = any(row.times_away is not None or row.seconds_away is not None for row in rows)
    columns = (*COLUMNS, *OPTIONAL_COLUMNS) if recorded else COLUMNS
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in astuple(row)[: len(columns)]] for row in rows)
    write_atomically(path, text.getvalue())


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else value


def _rows(path: Path, intake: Intake) -> Iterator[tuple[int, Rating]]:
    """Each usable row with its number; rows of blank cells are skipped."""
    try:
        text = read_text_bytes(path).decode("utf-8")
    except UnicodeDecodeError:
        raise InputError("is not UTF-8", path=path, cure="save it as CSV in UTF-8") from None
    lines = list(io.StringIO(text, newline=""))
    remarks = next((n for n, line in enumerate(lines) if not REMARK.match(line)), len(lines))
    table = csv.reader(lines[remarks:], delimiter=separator(lines[remarks:]), strict=True)
    try:
        header = [name.strip().strip("\ufeff") for name in next(table, [])]
        _check_header(header, path)
        for number, cells in enumerate((cells for cells in table if cells), start=1):
            filled = [cell for cell in map(str.strip, cells) if cell]
            if not filled or (len(filled) == 1 and filled[0].startswith("#")):
                continue
            try:
                yield number, _rating(header, cells, decimal_comma=table.dialect.delimiter != ",")
            except InputError as error:
                intake.reject(located(error, path=path, row=number))
    except csv.Error as error:
        line, cure = remarks + table.line_num, csv_cure(error)
        intake.reject(InputError(f"is not CSV: {error}", path=path, line=line, cure=cure))


def separator(lines: Sequence[str]) -> str:
    """What separates the cells: the commonest of `SEPARATORS` in the header."""
    return max(SEPARATORS, key=(lines[0] if lines else "").count)


def _check_header(header: Sequence[str], path: Path) -> None:
    for column in (*COLUMNS, *OPTIONAL_COLUMNS):
        if column in COLUMNS and column not in header:
            names = [name for name in header if 0 < len(name) <= SHOWN][:SHOWN]
            spelt = {name.lower(): name for name in names if name not in COLUMNS}
            close = difflib.get_close_matches(column, spelt)
            there = f"the columns are {', '.join(names)}" + (
                ", …" if len(names) < sum(map(bool, header)) else ""
            )
            cure = f"is it '{spelt[close[0]]}'?" if close else there
            raise InputError("is missing", path=path, field=column, cure=cure if names else None)
        if header.count(column) > 1:
            raise InputError("is used twice in the header", path=path, field=column)


def _rating(header: Sequence[str], cells: Sequence[str], *, decimal_comma: bool) -> Rating:
    if any(cell.strip() for cell in cells[len(header) :]):
        raise InputError("has more cells than the header")
    row = dict(zip(header, (cell.strip() for cell in cells), strict=False))
    values: dict[str, object] = {}
    for column in (*COLUMNS, *(name for name in OPTIONAL_COLUMNS if name in header)):
        if column not in row:
            raise InputError("the row ends before it", field=column)
        cell = row[column]
        if decimal_comma and DECIMAL_COMMA.fullmatch(cell):
            cell = cell.replace(",", ".")
        try:
            values[column] = _PARSERS[column](cell)
        except ValueError as error:
            raise InputError(f"'{_shown(row[column])}' {error}", field=column) from None
    return Rating(**values)  # type: ignore[arg-type]


def _shown(value: object) -> str:
    cell = str(_cell(value))
    return cell if len(cell) <= SHOWN else f"{cell[:SHOWN]}…"


def _token(cell: str) -> str:
    if not cell:
        raise ValueError("is empty")
    if unseen := next((it for it in cell if unicodedata.category(it) in UNSEEN), None):
        raise ValueError(f"holds an invisible character (U+{ord(unseen):04X})")
    return cell


def _one_of(*names: str) -> Callable[[str], str]:
    def parse(cell: str) -> str:
        if cell not in names:
            raise ValueError(f"is not one of {', '.join(names)}")
        return cell

    return parse


def _truth(cell: str) -> bool:
    if cell.lower() not in {"true", "false"}:
        raise ValueError("is neither true nor false")
    return cell.lower() == "true"


def _point(cell: str) -> int:
    whole = WHOLE.fullmatch(cell)
    if whole is None or not 1 <= int(whole[1]) <= POINTS:
        raise ValueError(f"is not a whole number from 1 to {POINTS}")
    return int(whole[1])


def _share(cell: str) -> float | None:
    if cell.lower() in {"true", "false"}:
        return float(cell.lower() == "true")
    share = _number(cell)
    if share is not None and not 0 <= share <= 1:
        raise ValueError("is not between 0 and 1")
    return share


def _seconds(cell: str) -> float | None:
    seconds = _number(cell)
    if seconds is not None and seconds < 0:
        raise ValueError("is a negative time")
    return seconds


def _times(cell: str) -> int | None:
    times = _number(cell)
    if times is not None and (times < 0 or times != int(times)):
        raise ValueError("is not a whole number of times")
    return None if times is None else int(times)


def _number(cell: str) -> float | None:
    if cell in NOT_RECORDED:
        return None
    try:
        number = float(cell)
    except ValueError:
        cure = "; use a point as the decimal mark" if DECIMAL_COMMA.fullmatch(cell) else ""
        raise ValueError(f"is not a number{cure}") from None
    if not math.isfinite(number):
        raise ValueError("is not a finite number")
    return number


_PARSERS: dict[str, Callable[[str], object]] = {
    "participant": _token,
    "group": _one_of(*GROUPS, ANSWER_ONLY),
    "problem": _token,
    "item": _token,
    "dimension": _one_of(*DIMENSIONS),
    "reversed": _truth,
    "rating": _point,
    "checks_passed": _share,
    "duration": _seconds,
    "simulated": _truth,
    "times_away": _times,
    "seconds_away": _seconds,
}


def _consistent(
    rows: Iterable[tuple[int, Rating]], path: Path, intake: Intake, scopes: Sequence[Scope]
) -> Iterator[Rating]:
    """The rows that repeat no answer and contradict no row before them."""
    answered: dict[tuple[str, str, str], int] = {}
    first: dict[tuple[str, Hashable], tuple[int, object]] = {}
    for number, row in rows:
        try:
            _check_once(row, answered)
            _check_agreement(row, first, scopes)
        except InputError as error:
            intake.reject(located(error, path=path, row=number))
            continue
        answered[row.participant, row.problem, row.item] = number
        for column, _, key in scopes:
            first.setdefault((column, key(row)), (number, getattr(row, column)))
        yield row


def _check_once(row: Rating, answered: Mapping[tuple[str, str, str], int]) -> None:
    before = answered.get((row.participant, row.problem, row.item))
    if before is not None:
        raise InputError(
            f"'{_shown(row.participant)}' already answered this item of problem "
            f"'{_shown(row.problem)}' in row "
            f"{before}",
            field="item",
            cure="keep one of the two rows",
        )


def _check_agreement(
    row: Rating, first: Mapping[tuple[str, Hashable], tuple[int, object]], scopes: Sequence[Scope]
) -> None:
    for column, whose, key in scopes:
        value = getattr(row, column)
        first_row, first_value = first.get((column, key(row)), (0, value))
        if first_value != value:
            raise InputError(
                f"'{_shown(value)}' contradicts {whose} '{_shown(first_value)}' of row {first_row}",
                field=column,
                cure=SEVERAL_GROUPS if column == "group" and scopes is SCOPES else None,
            )


Scope = tuple[str, str, Callable[[Rating], Hashable]]

SEVERAL_GROUPS = "if everyone saw several trace types, say so: --design within, or -p design=within"

SCOPES: tuple[Scope, ...] = (
    ("group", "the participant's", lambda row: row.participant),
    ("checks_passed", "the participant's", lambda row: row.participant),
    ("duration", "the page's", lambda row: (row.participant, row.problem)),
    ("times_away", "the page's", lambda row: (row.participant, row.problem)),
    ("seconds_away", "the page's", lambda row: (row.participant, row.problem)),
    ("dimension", "the item's", lambda row: row.item),
    ("reversed", "the item's", lambda row: row.item),
    ("simulated", "the file's", lambda row: None),
)
"""What belongs to a participant, an item, a page or the file, and must be equal in all its rows."""

WITHIN_SCOPES: tuple[Scope, ...] = (
    ("group", "the page's", lambda row: (row.participant, row.problem)),
    *SCOPES[1:],
)
"""The same where each person sees several trace types, one on each page."""
