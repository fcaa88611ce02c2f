"""CoTempQA's stored generations, each with the problem that the model was asked.

Upstream layout (branch ``main``): ``results/Cotempqa/evaluation_outputs/<category>/`` for trained
models, ``…/<category>_default/`` for prompted ones, one JSON object per line. A line holds its own
context, question and gold answers, so its problem is built from the line alone; the test table of
the release only confirms that it is one of the test problems. Models of the R1 subset were tested
on a selection of their own, which the release doesn't state: any problem of the category may be.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from artifact.common.errors import InputError
from artifact.common.fetch.later_commits import LATER_RUNS
from artifact.common.files import read_csv_rows
from artifact.common.intake import Intake
from artifact.datasets.cotempqa.labels import LABELS
from artifact.datasets.cotempqa.release.problems import (
    BRANCH_FOLDER,
    answer_facts,
    problems_in_lines,
)
from artifact.datasets.cotempqa.template import user_turn
from artifact.datasets.problem import Problem
from artifact.datasets.release_files import (
    SFT_FOLDERS,
    Alignment,
    Names,
    StoredFile,
    StoredFiles,
    read_records,
    run_of,
)
from artifact.datasets.release_records import (
    PROMPTING,
    R1_VARIANTS,
    VARIANTS,
    StoredOutput,
    StoredOutputs,
)

Text = Annotated[str, Field(min_length=1)]
Texts = Annotated[list[Text], Field(min_length=1)]


class Line(BaseModel):
    """One generation as stored; other fields of the line (the prompt) are not used."""

    model_config = ConfigDict(strict=True)

    prediction: str
    gold: Texts
    triple_element: Text
    question: Text
    facts: Texts


def files_in(folder: Path) -> Iterator[StoredFile]:
    """The files of a folder with one per run and category; prompted ones in ``*_default``."""
    for label in LABELS:
        for name in (label, f"{label}_default"):
            for path in sorted((folder / name).glob("*.json")):
                run = run_of(path)
                if run and (run.variant == PROMPTING) == (name != label):
                    yield StoredFile(run, label, path)


FILES = StoredFiles(
    "CoTempQA",
    name="cotempqa",
    branch="main",
    files_in=files_in,
    earlier=("cotempqa",),
    later=tuple(place for name, runs in LATER_RUNS.items() for place in runs.folders(name)),
)
"""Branch ``cotempqa`` holds the figures of an earlier run, the published one."""


def read_outputs(root: Path, model: str, variant: str) -> StoredOutputs:
    """Stored generations of one run (see `StoredFiles.outputs_of`), categories in label order.

    Raises:
        InputError: if there is none, with what there is; if a line cannot be read; if an output
            fits no test problem (on the R1 subset: no problem of its category) or more than one.
            Prompted models were asked another selection of problems, with repeats, so theirs
            need not be test problems.
    """
    paths = FILES.outputs_of(root, model, variant)
    outputs: list[StoredOutput] = []
    for label in (label for label in LABELS if label in paths):
        outputs += _read(paths[label], label, Alignment(_may_be_asked(root, variant, label)))
    missing = tuple(
        f"{label}: no generations of {model} ({variant}) are stored"
        for label in LABELS
        if label not in paths
    )
    return StoredOutputs(tuple(outputs), missing)


def read_file(path: Path) -> tuple[StoredOutput, ...]:
    """One file of generations; its folder names the category."""
    label, _, _ = path.parent.name.partition("_")
    return tuple(_read(path, label, Alignment()))


def gold_table(root: Path, category: str) -> Path:
    """The test table of `category`, in which the release looks for gold steps.

    It is that of the correct traces, even for models trained on incorrect ones.
    """
    return root / BRANCH_FOLDER / SFT_FOLDERS["correct"] / f"{category}_test.csv"


def _may_be_asked(root: Path, variant: str, category: str) -> list[tuple[str, str]] | None:
    """Prompt and gold answers of the problems that a model may have been asked; None where the
    release at hand doesn't say."""
    if variant in R1_VARIANTS.values():
        problems = problems_in_lines(root, category)
        if problems is None:
            return None
        return [(user_turn(problem), str(list(problem.answers))) for problem in problems]
    table = gold_table(root, category)
    return _asked(table) if variant in VARIANTS.values() and table.is_file() else None


def _asked(table: Path) -> list[tuple[str, str]]:
    """Prompt and gold answers of every test problem, as the table's text."""
    rows = read_csv_rows(table, ("question", "answer"), Intake())
    return [(row["question"], row["answer"]) for _, row in rows]


def _read(path: Path, label: str, alignment: Alignment) -> Iterator[StoredOutput]:
    names = Names()
    for number, line in read_records(path, Line):
        context, gold = tuple(line.facts), tuple(line.gold)
        problem = Problem(
            id=names.name(label, line.question, *context),
            dataset="cotempqa",
            category=label,
            context=context,
            question=line.question,
            answers=gold,
            support=answer_facts(context, gold),
            meta={"triple_element": line.triple_element},
        )
        if fault := alignment.fault(user_turn(problem), str(line.gold)):
            raise InputError(fault, path=path, line=number, field="question")
        yield StoredOutput(problem, line.prediction, gold, f"{path}, line {number}")
