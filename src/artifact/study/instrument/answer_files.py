"""Files of answers beside the ratings, written by the export and read by the analysis.

Each is CSV in UTF-8 with the columns named here; lines that start with ``#`` are remarks.

demographics_possibly_personal.csv: a row for each participant and question

===========  ==========================================================================
participant  the pseudonym that the ratings have, too
question     id of the question
option       number of the option chosen, from 1; blank where nothing was chosen
answer       the option's words; blank likewise
===========  ==========================================================================

comprehension.csv: a row for each participant and problem whose answer was guessed from a trace

===========  ==========================================================================
participant  as above
group        trace type seen with the problem
problem      id of the problem
choices      how many answers there were to tick
chosen       those ticked, joined with "; "
right        true where these and no others are what the trace points to
seconds      how long the page was open; blank: not recorded
simulated    true where no person guessed; all rows of a file or none
===========  ==========================================================================
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from artifact.common.errors import InputError
from artifact.common.files import (
    csv_cure,
    first_fault,
    located,
    read_text_bytes,
    write_atomically,
)
from artifact.study.instrument.items import MOST_ITEMS, MOST_OPTIONS
from artifact.study.instrument.ratings_file import separator

DEMOGRAPHICS_CSV = "demographics_possibly_personal.csv"
COMPREHENSION_CSV = "comprehension.csv"

POSSIBLY_PERSONAL = (
    "POSSIBLY PERSONAL: several answers of one person together may tell who it is.",
    "Publish counts, not this file.",
)


def _blank(cell: object) -> object:
    return None if cell == "" else cell


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PersonalAnswer(_Row):
    """What one participant said to one question about themselves."""

    participant: Annotated[str, Field(min_length=1)]
    question: Annotated[str, Field(min_length=1)]
    option: Annotated[
        Annotated[int, Field(ge=1, le=MOST_OPTIONS + 1)] | None, BeforeValidator(_blank)
    ]
    """None where nothing was chosen."""
    answer: str


class Guess(_Row):
    """What one participant expected as the answer to one problem, from its trace."""

    participant: Annotated[str, Field(min_length=1)]
    group: Literal["decomposed", "verbose", "summary", "explanation"]
    problem: Annotated[str, Field(min_length=1)]
    choices: Annotated[int, Field(ge=2, le=MOST_ITEMS)]
    chosen: Annotated[str, Field(min_length=1)]
    right: bool
    """Whether these and no others are what the trace points to."""
    seconds: Annotated[
        Annotated[float, Field(ge=0, allow_inf_nan=False)] | None, BeforeValidator(_blank)
    ]
    simulated: bool


R = TypeVar("R", bound=_Row)


def write_personal_answers(rows: Iterable[PersonalAnswer], path: Path) -> None:
    """Write the demographics, with remarks on how to treat them."""
    _write(PersonalAnswer, rows, path, POSSIBLY_PERSONAL)


def read_personal_answers(path: Path) -> list[PersonalAnswer]:
    """Read the demographics.

    Raises:
        InputError: the file cannot be read, a column is missing or unknown, a value does not fit,
            or a question is answered twice by one participant. The message names row and column.
    """
    rows = _read(PersonalAnswer, path)
    _check_once([(row.participant, row.question) for row in rows], path, "question")
    return rows


def write_guesses(rows: Iterable[Guess], path: Path, remarks: Sequence[str] = ()) -> None:
    """Write the guesses, remarks first."""
    _write(Guess, rows, path, remarks)


def read_guesses(path: Path) -> list[Guess]:
    """Read the guesses.

    Raises:
        InputError: as `read_personal_answers`, with a problem in the place of a question.
    """
    rows = _read(Guess, path)
    _check_once([(row.participant, row.problem) for row in rows], path, "problem")
    return rows


def _write(kind: type[R], rows: Iterable[R], path: Path, remarks: Sequence[str] = ()) -> None:
    text = io.StringIO()
    text.writelines(f"# {remark}\n" for remark in remarks)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(kind.model_fields)
    for row in rows:
        writer.writerow(map(_cell, row.model_dump().values()))
    write_atomically(path, text.getvalue())


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else value


def _read(kind: type[R], path: Path) -> list[R]:
    try:
        text = read_text_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("is not UTF-8", path=path, cure="save it as CSV in UTF-8") from None
    lines = [line for line in text.splitlines(keepends=True) if not line.startswith("#")]
    rows: list[R] = []
    try:
        table = csv.DictReader(lines, delimiter=separator(lines), strict=True)
        columns = list(table.fieldnames or ())
        if columns != list(kind.model_fields):
            cure = f"the columns are {', '.join(kind.model_fields)}"
            raise InputError("has other columns", path=path, cure=cure)
        for number, cells in enumerate(table, start=1):
            rows.append(_row(kind, cells, path, number))
    except csv.Error as error:
        raise InputError(f"is not CSV: {error}", path=path, cure=csv_cure(error)) from None
    if not rows:
        raise InputError("holds no answers", path=path)
    return rows


def _row(kind: type[R], cells: dict[str | None, object], path: Path, number: int) -> R:
    if None in cells or None in cells.values():
        raise InputError("does not have as many cells as the header", path=path, row=number)
    try:
        return kind.model_validate(cells)
    except ValidationError as error:
        raise located(first_fault(error), path=path, row=number) from None


def _check_once(keys: Sequence[tuple[str, str]], path: Path, field: str) -> None:
    first: dict[tuple[str, str], int] = {}
    for number, (participant, name) in enumerate(keys, start=1):
        before = first.setdefault((participant, name), number)
        if before != number:
            fault = f"'{participant}' already answered '{name}' in row {before}"
            raise InputError(fault, path=path, row=number, field=field, cure="keep one of the two")
