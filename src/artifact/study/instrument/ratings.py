"""Ratings in long format: one row per participant, problem and item, read with every check.

The file is CSV in UTF-8 with the columns of `COLUMNS`; further columns are ignored, so an
export may hold more. Lines before the header that start with ``#`` are remarks.

==============  ==========================================================================
column          what it holds
==============  ==========================================================================
participant     any identifier; the same on all rows of a person
group           trace type seen: one of `GROUPS` or `ANSWER_ONLY`; one per participant
problem         id of the problem rated
item            id of the item answered
dimension       one of `items.DIMENSIONS`; one per item
reversed        true | false: agreeing means less of the dimension; one per item
rating          the point chosen, 1 to 5, as chosen: NOT re-coded
checks_passed   share of the session's attention checks answered as asked, 0 to 1 (true and
                false stand for 1 and 0); blank: not recorded; one per participant
duration        seconds spent on the problem's page; blank: not recorded; one per participant
                and problem
simulated       true where no person gave the rating; all rows of a file or none
==============  ==========================================================================
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from itertools import product
from pathlib import Path

import pandas as pd

from artifact.common.errors import InputError
from artifact.study.instrument.items import DIMENSIONS, POINTS

GROUPS = ("decomposed", "verbose", "summary", "explanation")
"""The trace types compared, one group of participants each."""
ANSWER_ONLY = "answer_only"
"""An optional control group that sees no trace and so answers no item about one."""

MARK = "SIMULATED"
"""Label of everything made from simulated ratings."""


@dataclass(frozen=True, slots=True)
class Rating:
    """One row of the file; the fields are the columns, in order."""

    participant: str
    group: str
    problem: str
    item: str
    dimension: str
    reversed: bool
    rating: int
    checks_passed: float | None
    duration: float | None
    simulated: bool


COLUMNS = tuple(field.name for field in fields(Rating))


@dataclass(frozen=True, slots=True)
class MissingAnswer:
    """An answer that others of the group gave and this participant did not."""

    participant: str
    group: str
    problem: str
    item: str


@dataclass(frozen=True)
class Ratings:
    """All ratings of one study.

    Attributes:
        frame: the columns of `COLUMNS` and `score`: the rating after reversed items were
            re-coded once (6 - rating), so that more always means more of the dimension.
            Rows are sorted by participant, problem and item.
        missing: answers not given, in the same order. Expected of each participant are all
            pairs of a problem and an item that occur in the group.
    """

    frame: pd.DataFrame
    missing: tuple[MissingAnswer, ...]

    @property
    def simulated(self) -> bool:
        """No person gave these ratings."""
        return bool(self.frame["simulated"].iloc[0])

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups present, in the order of `GROUPS`, the control last."""
        present = set(self.frame["group"])
        return tuple(group for group in (*GROUPS, ANSWER_ONLY) if group in present)

    def without(self, participants: Iterable[str]) -> Ratings:
        """The ratings of everyone else."""
        left_out = set(participants)
        return Ratings(
            self.frame[~self.frame["participant"].isin(left_out)].reset_index(drop=True),
            tuple(gap for gap in self.missing if gap.participant not in left_out),
        )


def read_ratings(path: Path) -> Ratings:
    """Read and check a file of ratings.

    Raises:
        InputError: the file cannot be read, a column is missing, a value does not fit its column,
            a participant answered an item of a problem twice or is in two groups, or rows
            contradict each other. The message names the row (the first data row is 1) and the
            column.
    """
    rows = list(_rows(path))
    if not rows:
        raise InputError("holds no ratings", path=path)
    _check_once(rows, path)
    _check_agreement(rows, path)
    return as_ratings(rows)


def as_ratings(rows: Sequence[Rating]) -> Ratings:
    """Ratings from rows that are known to be valid (simulated, or checked when read)."""
    frame = pd.DataFrame([astuple(row) for row in rows], columns=list(COLUMNS))
    frame = frame.astype({"checks_passed": float, "duration": float})
    frame["score"] = frame["rating"].where(~frame["reversed"], POINTS + 1 - frame["rating"])
    frame = frame.sort_values(["participant", "problem", "item"], ignore_index=True)
    return Ratings(frame, _gaps(rows))


def write_ratings(rows: Iterable[Rating], path: Path, *, remarks: Sequence[str] = ()) -> None:
    """Write rows in the layout that `read_ratings` reads, remarks first, each after ``#``."""
    text = io.StringIO()
    text.writelines(f"# {remark}\n" for remark in remarks)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(value) for value in astuple(row)] for row in rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.getvalue(), encoding="utf-8")


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else value


def _rows(path: Path) -> Iterable[Rating]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError("no such file", path=path) from None
    except (OSError, UnicodeDecodeError):
        raise InputError("cannot be read as UTF-8 text", path=path) from None
    lines = list(io.StringIO(text, newline=""))
    remarks = next((n for n, line in enumerate(lines) if not line.startswith("#")), len(lines))
    table = csv.DictReader(lines[remarks:], strict=True)
    try:
        header = table.fieldnames or ()
        for column in COLUMNS:
            if header.count(column) != 1:
                fault = "is missing" if column not in header else "is used twice in the header"
                raise InputError(fault, path=path, field=column)
        for number, cells in enumerate(table, start=1):
            yield _rating(cells, path, number)
    except csv.Error as error:
        raise InputError(
            f"is not CSV: {error}", path=path, line=remarks + table.reader.line_num
        ) from None


def _rating(cells: dict[str, str | None], path: Path, number: int) -> Rating:
    if None in cells:
        raise InputError("has more cells than the header", path=path, row=number)
    values: list[object] = []
    for column in COLUMNS:
        cell = cells[column]
        if cell is None:
            raise InputError("the row ends before it", path=path, row=number, field=column)
        try:
            values.append(_PARSERS[column](cell.strip()))
        except ValueError as error:
            raise InputError(
                f"'{cell.strip()}' {error}", path=path, row=number, field=column
            ) from None
    return Rating(*values)  # type: ignore[arg-type]


def _token(cell: str) -> str:
    if not cell:
        raise ValueError("is empty")
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
    if cell not in {str(point) for point in range(1, POINTS + 1)}:
        raise ValueError(f"is not a whole number from 1 to {POINTS}")
    return int(cell)


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


def _number(cell: str) -> float | None:
    if not cell:
        return None
    try:
        number = float(cell)
    except ValueError:
        raise ValueError("is not a number") from None
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
}


def _check_once(rows: Sequence[Rating], path: Path) -> None:
    seen: dict[tuple[str, str, str], int] = {}
    for number, row in enumerate(rows, start=1):
        first = seen.setdefault((row.participant, row.problem, row.item), number)
        if first != number:
            raise InputError(
                f"'{row.participant}' already answered this item of problem '{row.problem}' in row "
                f"{first}",
                path=path,
                row=number,
                field="item",
                cure="keep one of the two rows",
            )


def _check_agreement(rows: Sequence[Rating], path: Path) -> None:
    """What belongs to a participant, an item, a page or the file must be equal in all its rows."""
    scopes: tuple[tuple[str, str, Callable[[Rating], Hashable]], ...] = (
        ("group", "the participant's", lambda row: row.participant),
        ("checks_passed", "the participant's", lambda row: row.participant),
        ("duration", "the page's", lambda row: (row.participant, row.problem)),
        ("dimension", "the item's", lambda row: row.item),
        ("reversed", "the item's", lambda row: row.item),
        ("simulated", "the file's", lambda row: None),
    )
    first: dict[tuple[str, Hashable], tuple[int, object]] = {}
    for number, row in enumerate(rows, start=1):
        for column, whose, key in scopes:
            value = getattr(row, column)
            first_row, first_value = first.setdefault((column, key(row)), (number, value))
            if first_value != value:
                raise InputError(
                    f"'{_cell(value)}' contradicts {whose} '{_cell(first_value)}' "
                    f"of row {first_row}",
                    path=path,
                    row=number,
                    field=column,
                )


def _gaps(rows: Sequence[Rating]) -> tuple[MissingAnswer, ...]:
    given = {(row.participant, row.problem, row.item) for row in rows}
    gaps: list[MissingAnswer] = []
    for group in {row.group for row in rows}:
        members = [row for row in rows if row.group == group]
        expected = product(
            {row.participant for row in members},
            {row.problem for row in members},
            {row.item for row in members},
        )
        gaps += [MissingAnswer(key[0], group, *key[1:]) for key in expected if key not in given]
    return tuple(sorted(gaps, key=lambda gap: (gap.participant, gap.problem, gap.item)))
