"""MARCO's stored generations, each with the problem that the model was asked.

Upstream layout (branch ``marcoqa``): ``results/Marcoqa/evaluation_outputs/`` for trained models and
``results/marcoqa/evaluation_outputs/default/`` for prompted ones, one JSON object per line even in
files called ``.csv``. A line holds its own passages, question, type and answers, so its problem is
built from the line alone. Most of these files are too large for the copies of the release that are
passed around, so a run may be absent.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from artifact.common.errors import InputError
from artifact.common.files import located
from artifact.datasets.marco.release.problems import FOLDER, build_problem, stored_answers
from artifact.datasets.release_files import (
    SFT_FOLDERS,
    SPELLED_OUT,
    Alignment,
    Names,
    StoredFiles,
    files_of_whole_runs,
    read_records,
)
from artifact.datasets.release_records import StoredOutput, StoredOutputs

FILES = StoredFiles("MARCO", name="marcoqa", branch="marcoqa", files_in=files_of_whole_runs)

Text = Annotated[str, Field(min_length=1)]


class Line(BaseModel):
    """One generation as stored; what else a line holds (prompt, label sentence) is not used."""

    model_config = ConfigDict(strict=True)

    prediction: str
    gold: Text
    question: Text
    query_type: Text
    passage: Annotated[list[Text], Field(min_length=1), SPELLED_OUT]


def read_outputs(root: Path, model: str, variant: str) -> StoredOutputs:
    """Stored generations of one run (see `StoredFiles.outputs_of`), in file order.

    Raises:
        InputError: if there is none, with what there is; if a line cannot be read or contradicts
            another one.
    """
    return StoredOutputs(read_file(FILES.outputs_of(root, model, variant)[None]))


def read_file(path: Path) -> tuple[StoredOutput, ...]:
    """One file of generations."""
    return tuple(_read(path))


def gold_table(root: Path, category: str = "") -> Path:
    """The test table in which the release looks for gold steps; one for all types.

    It is that of the correct traces, even for models trained on incorrect ones.
    """
    return root / FOLDER / SFT_FOLDERS["correct"] / "test.csv"


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
