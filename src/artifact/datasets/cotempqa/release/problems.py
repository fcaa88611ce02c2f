"""CoTempQA as others store it: the release's branch ``main`` and the hub's records.

The release keeps each category as JSON lines and, for training, as CSV files of conversations.
Where a category's JSON lines are absent, its conversations hold the same problems.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from artifact.common.errors import InputError
from artifact.common.files import first_fault, json_lines, located, read_csv_rows, read_text_bytes
from artifact.common.intake import Intake
from artifact.datasets.cotempqa.labels import LABELS
from artifact.datasets.cotempqa.solve import check
from artifact.datasets.cotempqa.template import PROMPT_HEAD, PROMPT_QUESTION, PROMPT_TAIL
from artifact.datasets.problem import Problem
from artifact.datasets.release_files import SFT_FOLDERS, StoredRow, list_in, traces_in
from artifact.datasets.release_records import StoredTrace
from artifact.datasets.splits import release_split

BRANCH_FOLDER = Path("main", "data", "cotempqa")
SPLITS = ("train", "test")
COLUMNS = ("index", "triple_element", "facts", "question", "answer", "messages")

FIRST_ROW: Mapping[str, int] = {"during": 0, "equal": 3096, "mix": 3532, "overlap": 4095}
"""The hub row at which each file starts; the CSV files number rows so."""

Text = Annotated[str, Field(min_length=1)]


class Record(BaseModel):
    """One line of ``<category>.json``, and one row of Warrieryes/CotempQA."""

    model_config = ConfigDict(strict=True)

    index: int = Field(ge=0)
    triple_element: Literal["S1_R1_O2", "S1_R2_O2", "S2_R1_O1", "S2_R1_O2", "S2_R2_O2"]
    question: Text
    facts: list[Text] = Field(min_length=1)
    answer: list[Text] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record is: a file with a line or a data row, both counted from 1."""

    path: Path | str
    line: int | None = None
    row: int | None = None

    def __str__(self) -> str:
        at = f"line {self.line}" if self.line is not None else f"row {self.row}"
        return f"{self.path}, {at}"


def read_release(root: Path, intake: Intake) -> list[Problem]:
    """Problems of the release, categories in reporting order.

    ``meta`` has ``split`` (the release's), ``triple_element`` and ``index`` (in the category's
    file). For a category without JSON lines, only problems with conversations are read.

    Args:
        root: the folder that holds the release's branches as folders.
        intake: what becomes of a record that can't be used, or of a category without any file.

    Raises:
        InputError: if ``main/data/cotempqa`` is not there.
    """
    folder = _data_folder(root)
    problems: list[Problem] = []
    for category in LABELS:
        lines = folder / f"{category}.json"
        tables = [(split, _table(folder, "correct", category, split)) for split in SPLITS]
        if lines.is_file():
            records = line_records(read_text_bytes(lines), lines, intake)
        elif any(table.is_file() for _, table in tables):
            records = _table_records(tables, category, intake)
        else:
            cure = f"bring {lines.name}, or {category}_test.csv of {SFT_FOLDERS['correct']}"
            intake.reject(InputError("no such file", path=lines, cure=cure))
            continue
        problems += usable_problems(records, category, intake)
    return problems


def problems_in_lines(root: Path, category: str) -> list[Problem] | None:
    """All problems of a category, training and test; None where its JSON lines are absent.

    Raises:
        InputError: for a record that can't be used.
    """
    lines = root / BRANCH_FOLDER / f"{category}.json"
    if not lines.is_file():
        return None
    records = line_records(read_text_bytes(lines), lines, Intake())
    return usable_problems(records, category, Intake())


def read_stored_traces(root: Path, variant: str, intake: Intake) -> list[StoredTrace]:
    """The assistant turns that the release stores for training on `variant`, with their problems.

    Categories in reporting order, training rows first; missing files are skipped.

    Raises:
        InputError: if the variant is not stored with facts, or the release has no such folder; if
            there is nothing in it, or a row is bad or not one of the release's problems, unless
            `intake` skips that.
    """
    variants = [name for name in SFT_FOLDERS if name != "vanilla"]
    if variant not in variants:
        raise InputError(
            f"no variant '{variant}' is stored with facts",
            field="variant",
            cure=f"choose one of {', '.join(variants)}",
        )
    problems = {
        (problem.category, problem.question, problem.context): problem
        for problem in read_release(root, Intake(skip_bad=intake.skip_bad))
    }
    traces = traces_in(_stored_rows(_data_folder(root), variant, problems, intake), intake)
    if not traces:
        folder = _data_folder(root) / SFT_FOLDERS[variant]
        intake.reject(InputError(f"no stored traces of variant '{variant}'", path=folder))
    return traces


def answer_facts(context: Sequence[str], answers: Sequence[str]) -> tuple[int, ...]:
    """The release's gold facts: those in which a gold answer occurs as text."""
    return tuple(
        index for index, fact in enumerate(context) if any(gold in fact for gold in answers)
    )


Located = tuple[Mapping[str, Any], str, Place]
"""A record's values, its split and its place."""


def usable_problems(records: Iterable[Located], category: str, intake: Intake) -> list[Problem]:
    problems: list[Problem] = []
    met: dict[str, Place] = {}
    for values, split, place in records:
        try:
            problem = _problem(values, category, split)
            if problem.id in met:
                raise InputError(f"repeats the index of {met[problem.id]}", field="index")
        except InputError as error:
            intake.reject(located(error, path=place.path, line=place.line, row=place.row))
            continue
        met[problem.id] = place
        problems.append(problem)
    return problems


def _problem(values: Mapping[str, Any], category: str, split: str) -> Problem:
    try:
        record = Record.model_validate(dict(values))
    except ValidationError as error:
        raise first_fault(error) from error
    problem = Problem(
        id=f"{category}-{record.index}",
        dataset="cotempqa",
        category=category,
        context=tuple(record.facts),
        question=record.question,
        answers=tuple(record.answer),
        support=answer_facts(record.facts, record.answer),
        meta={
            "split": split,
            "triple_element": record.triple_element,
            "index": record.index,
        },
    )
    fault = check(problem)
    if fault:
        raise InputError(fault, field="answer")
    return problem


def line_records(content: bytes, path: Path, intake: Intake) -> Iterator[Located]:
    """The records of a category's file, with their split in the release."""
    lines = enumerate(content.split(b"\n"), start=1)
    numbers = [number for number, line in lines if line.strip()]
    in_test = {numbers[position] for position in release_split(len(numbers))}
    for number, values in json_lines(content, path, intake):
        yield values, "test" if number in in_test else "train", Place(path, line=number)


def _table_records(
    tables: Sequence[tuple[str, Path]], category: str, intake: Intake
) -> Iterator[Located]:
    for split, path in tables:
        if not os.path.isfile(path):
            continue
        for number, row in read_csv_rows(path, COLUMNS, intake):
            place = Place(path, row=number)
            try:
                values = _row_values(row, category)
            except InputError as error:
                intake.reject(located(error, path=path, row=number))
                continue
            yield values, split, place


def _row_values(row: Mapping[str, str], category: str) -> dict[str, Any]:
    index = row["index"]
    return {
        "index": int(index) - FIRST_ROW[category] if index.isdecimal() else index,
        "triple_element": row["triple_element"],
        "question": _question_in(row["question"]),
        "facts": list_in(row["facts"], "facts", str),
        "answer": list_in(row["answer"], "answer", str),
    }


def _stored_rows(
    folder: Path,
    variant: str,
    problems: Mapping[tuple[str, str, tuple[str, ...]], Problem],
    intake: Intake,
) -> Iterator[StoredRow]:
    """The usable rows of a variant's tables, with the problem of that category, question, facts."""
    for category in LABELS:
        for split in SPLITS:
            table = _table(folder, variant, category, split)
            if not table.is_file():
                continue
            for number, row in read_csv_rows(table, COLUMNS, intake):
                try:
                    values = _row_values(row, category)
                    key = (category, values["question"], tuple(values["facts"]))
                    if key not in problems:
                        fault = "question and facts match no problem of the release"
                        raise InputError(fault, field="question")
                except InputError as error:
                    intake.reject(located(error, path=table, row=number))
                    continue
                yield StoredRow(problems[key], row, table, number)


def _question_in(prompt: str) -> str:
    """The question of a stored user turn."""
    head, found, asked = prompt.removesuffix(PROMPT_TAIL).rpartition(PROMPT_QUESTION)
    if not (found and head.startswith(PROMPT_HEAD) and prompt.endswith(PROMPT_TAIL)):
        raise InputError("is not worded as the release words a prompt", field="question")
    return asked


def _data_folder(root: Path) -> Path:
    folder = root / BRANCH_FOLDER
    if not os.path.isdir(folder):
        raise InputError(
            "no such folder",
            path=folder,
            cure="name the folder that holds the release's branches main, cotempqa, …",
        )
    return folder


def _table(folder: Path, variant: str, category: str, split: str) -> Path:
    return folder / SFT_FOLDERS[variant] / f"{category}_{split}.csv"
