"""bAbI as the release stores it: a row per problem, and the SFT conversations over them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from artifact.common.errors import InputError
from artifact.common.files import located, read_csv_rows
from artifact.common.intake import Intake
from artifact.datasets.babi.labels import BY_LABEL, LABELS
from artifact.datasets.babi.solve import check
from artifact.datasets.babi.template import SEPARATOR
from artifact.datasets.problem import Problem
from artifact.datasets.release_files import SFT_FOLDERS, StoredRow, list_in, traces_in
from artifact.datasets.release_records import StoredTrace

FOLDER = Path("babiqa", "data", "babiqa")
"""Where the release's branch ``babiqa`` keeps the problems, below the release's root."""
COLUMNS = ("passages", "question", "query_type", "answer_passage", "answer")
SPLITS = ("train", "test")


def read_release(root: Path, intake: Intake) -> list[Problem]:
    """Problems of the release under `root`, training rows first, in file order.

    Raises:
        InputError: if a file is missing or unusable; for a bad row, unless `intake` skips it.
    """
    folder = root / FOLDER
    if not os.path.isdir(folder):
        raise InputError(
            "no such folder", path=folder, cure="give the folder that holds the branch 'babiqa'"
        )
    files = {split: folder / f"{split}_dataset_for_prompting.csv" for split in SPLITS}
    return [row.problem for row in _rows(files, COLUMNS, intake)]


def read_stored_traces(root: Path, variant: str, intake: Intake) -> list[StoredTrace]:
    """The assistant turns stored for `variant` (vanilla, correct, incorrect).

    Only splits whose file is on disk are read: a copy of the release may lack the large
    training files.

    Raises:
        InputError: if there is no such variant; if there is no file of it or a row is bad, unless
            `intake` skips that.
    """
    if variant not in SFT_FOLDERS:
        known = ", ".join(SFT_FOLDERS)
        raise InputError(
            f"none is called '{variant}'", field="variant", cure=f"choose one of {known}"
        )
    folder = root / FOLDER / SFT_FOLDERS[variant]
    files = {split: path for split in SPLITS if (path := folder / f"{split}.csv").is_file()}
    if not files:
        intake.reject(InputError("holds neither train.csv nor test.csv", path=folder))
    return traces_in(_rows(files, (*COLUMNS, "messages"), intake), intake)


def checked_problem(
    *,
    identity: str,
    label: str,
    context: Sequence[str],
    question: str,
    answer: str,
    support: Sequence[int],
    meta: Mapping[str, str | int],
) -> Problem:
    """The problem, if its answer can come from its context.

    Args:
        identity: the problem's id.
        label: the task's name.
        context, question: as told.
        answer: the gold answer as stored; a list answer holds several.
        support: indices of the gold facts, in the order a trace quotes them.
        meta: kept as it is.

    Raises:
        InputError: if a field is empty or nothing in the context can make the answer.
    """
    if not question.strip():
        raise InputError("is empty", field="question")
    answers = tuple(answer.split(SEPARATOR))
    if not all(member.strip() for member in answers):
        raise InputError("is empty or holds an empty member", field="answer")
    problem = Problem(
        identity, "babi", label, tuple(context), question, answers, tuple(support), dict(meta)
    )
    fault = check(problem)
    if fault:
        raise InputError(fault, field="answer")
    return problem


def _rows(files: Mapping[str, Path], columns: Sequence[str], intake: Intake) -> Iterator[StoredRow]:
    """The usable rows of each split's file."""
    for split, path in files.items():
        for number, cells in read_csv_rows(path, columns, intake):
            try:
                problem = _problem_of_row(cells, split, number)
            except InputError as error:
                intake.reject(located(error, path=path, row=number))
                continue
            yield StoredRow(problem, cells, path, number)


def _problem_of_row(cells: Mapping[str, str], split: str, row: int) -> Problem:
    label = cells["query_type"]
    if label not in BY_LABEL:
        raise InputError(
            f"'{label}' is not a task",
            field="query_type",
            cure=f"expected one of {', '.join(LABELS)}",
        )
    context = list_in(cells["passages"], "passages", str)
    if not context:
        raise InputError("is empty", field="passages")
    gold = list_in(cells["answer_passage"], "answer_passage", str)
    return checked_problem(
        identity=f"{split}-{row}",
        label=label,
        context=context,
        question=cells["question"],
        answer=cells["answer"],
        support=_places(context, gold, told_in_order=BY_LABEL[label].told_in_order),
        meta={"split": split, "row": row},
    )


def _places(context: Sequence[str], gold: Sequence[str], *, told_in_order: bool) -> list[int]:
    """The index of each gold fact, in their order.

    The release stores the sentences alone, and a context can say one twice. In a story the later
    event is the one that still holds, so each gold fact is the last of its wording that leaves
    room for the gold facts after it. Facts that hold at all times say the same wherever they
    stand, and the first stands for all.
    """
    places: list[int] = []
    bound = len(context)
    for fact in reversed(gold):
        alike = [index for index, text in enumerate(context) if text == fact]
        if not alike:
            raise InputError("names a fact that is not in the context", field="answer_passage")
        bound = ([index for index in alike if index < bound] or alike)[-1]
        places.append(bound if told_in_order else alike[0])
    return places[::-1]
