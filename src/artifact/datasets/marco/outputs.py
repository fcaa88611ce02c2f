"""MARCO's stored generations, each with the problem that the model was asked.

Upstream layout (branch ``marcoqa``): ``results/Marcoqa/evaluation_outputs/`` for trained models and
``results/marcoqa/evaluation_outputs/default/`` for prompted ones, one JSON object per line even in
files called ``.csv``. A line holds its own passages, question, type and answers, so its problem is
built from the line alone. Most of these files are too large for the copies of the release that are
passed around, so a run may be absent.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from artifact.datasets.base import ResultFile, StoredOutput, StoredOutputs, StoredRun
from artifact.datasets.marco.read import FOLDER, FOLDERS, build_problem, stored_answers
from artifact.datasets.stored import (
    Alignment,
    Names,
    no_outputs,
    outputs_behind,
    read_records,
    reading_order,
    result_folders,
    run_of,
)
from artifact.datasets.stored import matrix_files as stored_matrix_files
from artifact.errors import InputError
from artifact.files import located

TITLE = "MARCO"
NAME = "marcoqa"
BRANCHES = ("marcoqa",)


def _listed(cell: object) -> object:
    """The Python list that a text spells out; what spells out none is left to validation."""
    try:
        return ast.literal_eval(cell) if isinstance(cell, str) else cell
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return cell


Text = Annotated[str, Field(min_length=1)]


class Line(BaseModel):
    """One generation as stored; what else a line holds (prompt, label sentence) is not used."""

    model_config = ConfigDict(strict=True)

    prediction: str
    gold: Text
    question: Text
    query_type: Text
    passage: Annotated[list[Text], Field(min_length=1), BeforeValidator(_listed)]


def list_stored(root: Path) -> tuple[StoredRun, ...]:
    """The runs of which generations are on disk, by model, in the order of the variants."""
    return tuple(sorted({run for run, _ in _output_files(root)}, key=reading_order))


def read_outputs(root: Path, model: str, variant: str) -> StoredOutputs:
    """Stored generations of one run, in file order.

    Args:
        root: folder of the release's branch folders.
        model: as in the file names, without organisation; MODEL@SEED for a seeded run.
        variant: vanilla, correct, incorrect, prompting, or another suffix of upstream's.

    Raises:
        InputError: if there is none, with what there is; if a line cannot be read or contradicts
            another one.
    """
    run = StoredRun(model, variant)
    path = next((path for other, path in _output_files(root) if other == run), None)
    if path is None:
        raise no_outputs(root, TITLE, run, list_stored(root))
    return StoredOutputs(read_file(path))


def read_file(path: Path) -> tuple[StoredOutput, ...]:
    """One file of generations."""
    return tuple(_read(path))


def result_files(root: Path) -> tuple[ResultFile, ...]:
    """The stored files of answer scores, each over all types."""
    return tuple(
        ResultFile(path, run, outputs=outputs_behind(path, folder))
        for folder in result_folders(root, BRANCHES, NAME, "evaluation_results")
        for run, path in _files(folder)
    )


def matrix_files(root: Path) -> tuple[ResultFile, ...]:
    """The stored confusion matrices, each over all types."""
    return stored_matrix_files(root, BRANCHES, NAME)


def gold_table(root: Path, category: str = "") -> Path:
    """The test table in which the release looks for gold steps; one for all types.

    It is the one of the correct traces, for the incorrect-trace models too.
    """
    return root / FOLDER / FOLDERS["correct"] / "test.csv"


def _output_files(root: Path) -> list[tuple[StoredRun, Path]]:
    folders = result_folders(root, BRANCHES, NAME, "evaluation_outputs")
    return [found for folder in folders for found in _files(folder)]


def _files(folder: Path) -> Iterator[tuple[StoredRun, Path]]:
    for path in sorted([*folder.glob("*.json"), *folder.glob("default/*.csv")]):
        if run := run_of(path):
            yield run, path


def _read(path: Path) -> Iterator[StoredOutput]:
    names, alignment = Names(), Alignment()
    for number, line in read_records(path, Line):
        try:
            problem = build_problem(
                identity=names.name(line.query_type, line.question, *line.passage),
                category=line.query_type,
                passages=line.passage,
                question=line.question,
                answers=stored_answers(line.gold),
                meta={"split": "test"},
            )
        except InputError as error:
            raise located(error, path=path, line=number) from error
        key = "\n".join((line.query_type, line.question, *line.passage))
        if fault := alignment.fault(key, line.gold):
            raise InputError(fault, path=path, line=number, field="question")
        yield StoredOutput(problem, line.prediction, (line.gold,), f"{path}, line {number}")
