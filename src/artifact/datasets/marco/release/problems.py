"""MARCO as others store it: the release's CSV files and the records of microsoft/ms_marco v2.1.

The release's scripts write ``data/marcoqa/sft_dataset_*/{train,test}.csv`` with the columns of
`COLUMNS` and the SFT conversation in ``messages``; the public repository leaves these files out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from artifact.common.errors import InputError
from artifact.common.files import located, read_csv_rows
from artifact.common.intake import Intake
from artifact.datasets.marco.labels import LABELS
from artifact.datasets.marco.template import NO_ANSWER
from artifact.datasets.marco.words import nearest_passage
from artifact.datasets.problem import Problem
from artifact.datasets.release_files import SFT_FOLDERS, StoredRow, list_in, traces_in
from artifact.datasets.release_records import StoredTrace

COLUMNS = ("answers", "passages", "question", "query_type", "answer_passage", "messages")
FOLDER = Path("marcoqa", "data", "marcoqa")
"""Where the release's branch ``marcoqa`` keeps the problems, below the release's root."""
SPLITS = ("train", "test")
ABSENT = "the public repository leaves MARCO's problems out: use lookalike or hub"


def read_release(root: Path, intake: Intake) -> list[Problem]:
    """Problems of the release's branch ``marcoqa`` under `root`, training rows first."""
    return [row.problem for row in _release_rows(root, "vanilla", intake)]


def read_stored_traces(root: Path, variant: str, intake: Intake) -> list[StoredTrace]:
    """The assistant turns that the release stores for `variant` (vanilla, correct, incorrect).

    In test rows the release's scripts put the list of gold answers where the passage belongs, and
    answer with that list, so only training rows are as `TEMPLATE` words them.

    Raises:
        InputError: if there is no such variant or a file is missing; for a bad row, unless
            `intake` skips it.
    """
    if variant not in SFT_FOLDERS:
        raise InputError(
            f"no variant '{variant}' is stored",
            field="variant",
            cure=f"choose one of {', '.join(SFT_FOLDERS)}",
        )
    return traces_in(_release_rows(root, variant, intake), intake)


def build_problem(
    *,
    identity: str,
    category: str,
    passages: Sequence[str],
    question: str,
    answers: Sequence[str],
    meta: dict[str, str | int | None],
    answer_passage: str | None = None,
) -> Problem:
    """A problem whose support is the passage that the release would quote.

    Args:
        identity: the problem's id.
        category: one of `LABELS`.
        passages: the context.
        question: the query.
        answers: MARCO's answers: wordings of one answer, of which the release uses the first.
        meta: kept as it is, with the number of other wordings added.
        answer_passage: the passage that the release stored, if it stored one of `passages`.

    Raises:
        InputError: if the label is unknown, or a field is empty.
    """
    if category not in LABELS:
        raise InputError(
            f"is '{category}'", field="query_type", cure=f"expected one of {', '.join(LABELS)}"
        )
    if not question.strip():
        raise InputError("is empty", field="question")
    support: tuple[int, ...] = ()
    if answers and not is_unanswerable(answers[0]):
        stored = passages.index(answer_passage) if answer_passage in passages else None
        nearest = stored if stored is not None else nearest_passage(passages, answers[0])
        support = () if nearest is None else (nearest,)
    return Problem(
        id=identity,
        dataset="marco",
        category=category,
        context=tuple(passages),
        question=question,
        answers=tuple(answers[:1]),
        support=support,
        meta=meta | {"other_wordings": max(len(answers) - 1, 0)},
    )


def is_unanswerable(answer: str) -> bool:
    """Whether this gold answer says that no passage answers, by the release's test."""
    return NO_ANSWER.lower().rstrip(".") in answer.lower()


def stored_answers(text: str) -> tuple[str, ...]:
    """The answers of a stored cell: a Python list in test rows, the first answer in others."""
    try:
        return tuple(list_in(text, "answers", str))
    except InputError:
        return (text,) if text.strip() else ()


def _release_rows(root: Path, variant: str, intake: Intake) -> Iterator[StoredRow]:
    """The usable rows of a variant's files."""
    for split in SPLITS:
        path = root / FOLDER / SFT_FOLDERS[variant] / f"{split}.csv"
        if not path.exists():
            raise InputError("no such file", path=path, cure=ABSENT)
        for number, row in read_csv_rows(path, COLUMNS, intake):
            try:
                problem = build_problem(
                    identity=f"{split}-{number}",
                    category=row["query_type"],
                    passages=list_in(row["passages"], "passages", str),
                    question=row["question"],
                    answers=stored_answers(row["answers"]),
                    meta={"split": split},
                    answer_passage=row["answer_passage"],
                )
            except InputError as error:
                intake.reject(located(error, path=path, row=number))
                continue
            yield StoredRow(problem, row, path, number)
