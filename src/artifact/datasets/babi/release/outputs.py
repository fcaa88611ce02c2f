"""bAbI's stored generations, each with the problem that the model was asked.

Upstream layout (branch ``babiqa``): ``results/Babiqa/evaluation_outputs/`` for trained models and
``results/babiqa/evaluation_outputs/default/`` for prompted ones, one JSON object per line even in
files called ``.csv``. A line holds its own context, question, answer and supporting facts, so its
problem is built from the line alone; the release's test table only confirms that it is one of the
test problems.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from artifact.common.errors import InputError
from artifact.common.files import located, read_csv_rows
from artifact.common.intake import Intake
from artifact.datasets.babi.labels import LABELS
from artifact.datasets.babi.release.problems import FOLDER, checked_problem
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

FILES = StoredFiles("bAbI", name="babiqa", branch="babiqa", files_in=files_of_whole_runs)

Text = Annotated[str, Field(min_length=1)]
Sentences = Annotated[list[Text], SPELLED_OUT]


class Line(BaseModel):
    """One generation as stored; other fields of the line (the prompt) are not used."""

    model_config = ConfigDict(strict=True)

    prediction: str
    gold: Text
    question: Text
    query_type: Text
    passage: Annotated[Sentences, Field(min_length=1)]
    answer_passage: Sentences


def read_outputs(root: Path, model: str, variant: str) -> StoredOutputs:
    """Stored generations of one run (see `StoredFiles.outputs_of`), in file order.

    Raises:
        InputError: if there is none, with what there is; if a line cannot be read; if an output
            fits no test problem or more than one.
    """
    path = FILES.outputs_of(root, model, variant)[None]
    table = gold_table(root)
    asked = _asked(table) if table.is_file() else None
    return StoredOutputs(tuple(_read(path, Alignment(asked))))


def read_file(path: Path) -> tuple[StoredOutput, ...]:
    """One file of generations."""
    return tuple(_read(path, Alignment()))


def gold_table(root: Path, category: str = "") -> Path:
    """The test table, in which the release looks for gold steps; one for all categories.

    It is that of the correct traces, even for models trained on incorrect ones.
    """
    return root / FOLDER / SFT_FOLDERS["correct"] / "test.csv"


def _asked(table: Path) -> list[tuple[str, str]]:
    """What identifies each test problem, and its gold answer."""
    columns = ("query_type", "question", "passages", "answer")
    return [
        (_key(row["query_type"], row["question"], row["passages"]), row["answer"])
        for _, row in read_csv_rows(table, columns, Intake())
    ]


def _key(label: str, question: str, passages: str) -> str:
    return "\n".join((label, question, passages))


def _read(path: Path, alignment: Alignment) -> Iterator[StoredOutput]:
    names = Names()
    for number, line in read_records(path, Line):
        try:
            output = _output(line, names, f"{path}, line {number}")
        except InputError as error:
            raise located(error, path=path, line=number) from error
        key = _key(line.query_type, line.question, str(line.passage))
        if fault := alignment.fault(key, line.gold):
            raise InputError(fault, path=path, line=number, field="question")
        yield output


def _output(line: Line, names: Names, where: str) -> StoredOutput:
    if line.query_type not in LABELS:
        raise InputError(f"'{line.query_type}' is not a task", field="query_type")
    unknown = [fact for fact in line.answer_passage if fact not in line.passage]
    if unknown:
        raise InputError("names a fact that is not in the passage", field="answer_passage")
    problem = checked_problem(
        identity=names.name(line.query_type, line.question, *line.passage),
        label=line.query_type,
        context=line.passage,
        question=line.question,
        answer=line.gold,
        # a trace cannot tell two equal sentences apart: the first stands for both
        support=[line.passage.index(fact) for fact in line.answer_passage],
        meta={"split": "test"},
    )
    return StoredOutput(problem, line.prediction, (line.gold,), where)
