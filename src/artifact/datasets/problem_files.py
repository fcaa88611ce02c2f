"""Problems in a user's own file: JSON lines, one problem per line, with the fields of `Problem`.

A file as the dataset's makers publish it is read too, where the dataset's folder knows how.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, NonNegativeInt, ValidationError

from artifact.common.errors import InputError
from artifact.common.files import (
    first_fault,
    json_lines,
    located,
    read_text_bytes,
    write_atomically,
)
from artifact.common.intake import Intake
from artifact.datasets.dataset import Dataset
from artifact.datasets.problem import MetaValue, Problem

SIDES = ("train", "test")
"""Values of ``meta['split']`` where a source states the side."""


def read(path: Path, dataset: Dataset, intake: Intake) -> list[Problem]:
    """The problems of a file, in its order.

    Raises:
        InputError: if the file can't be read; for a bad record, unless `intake` skips it.
    """
    content = read_text_bytes(path)
    if dataset.read_original is not None:
        original = dataset.read_original(path, content, intake)
        if original is not None:
            return original
    problems: list[Problem] = []
    line_of: dict[str, int] = {}
    for line, record in json_lines(content, path, intake):
        try:
            problem = _problem(record, dataset)
            if problem.id in line_of:
                raise InputError(f"repeats the id of line {line_of[problem.id]}", field="id")
        except InputError as error:
            intake.reject(located(error, path=path, line=line))
            continue
        line_of[problem.id] = line
        problems.append(problem)
    return problems


def write(problems: Iterable[Problem], path: Path) -> None:
    """Write problems as JSON lines that `read` reads back; all of them or none."""
    lines = (json.dumps(problem.as_record(), ensure_ascii=False) for problem in problems)
    write_atomically(path, "".join(line + "\n" for line in lines))


def write_prompts(
    problems: Iterable[Problem], dataset: Dataset, path: Path, *, system: str | None = None
) -> None:
    """Write what a model is asked about each problem, as JSON lines with ``id`` and ``messages``.

    Args:
        problems: of `dataset`, in the order written.
        dataset: words the question, as in training.
        path: the file; whole or not at all.
        system: text of a message before the question.
    """
    before = [] if system is None else [{"role": "system", "content": system}]
    records = (
        {
            "id": problem.id,
            "messages": [*before, {"role": "user", "content": dataset.template.user_turn(problem)}],
        }
        for problem in problems
    )
    lines = (json.dumps(record, ensure_ascii=False) for record in records)
    write_atomically(path, "".join(line + "\n" for line in lines))


def accepted(
    problems: Iterable[Problem], dataset: Dataset, intake: Intake, where: str
) -> list[Problem]:
    """The problems that `read` would take.

    Args:
        problems: of any source.
        dataset: theirs.
        intake: what becomes of the others.
        where: names the source in messages.
    """
    usable = []
    for problem in problems:
        try:
            record = json.loads(json.dumps(problem.as_record()))
            usable.append(_problem(record, dataset))
        except InputError as error:
            fault = InputError(
                f"{problem.id}: {error.problem}",
                field=error.field,
                cure=error.cure or "--skip-bad leaves it out",
            )
            intake.reject(located(fault, path=where))
    return usable


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("is blank")
    return text


Text = Annotated[str, AfterValidator(_not_blank)]


class _Record(BaseModel):
    """One line of a problem file: the fields of `Problem`, all but `meta` required."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)

    id: Text
    dataset: str
    category: str
    context: list[Text]
    question: Text
    answers: list[Text]
    support: list[NonNegativeInt]
    meta: dict[str, MetaValue] = {}


def _problem(record: dict[str, object], dataset: Dataset) -> Problem:
    try:
        fields = _Record.model_validate(record)
    except ValidationError as error:
        raise first_fault(error) from error
    if fields.dataset != dataset.name:
        raise InputError(f"is '{fields.dataset}', not '{dataset.name}'", field="dataset")
    if fields.category not in dataset.labels:
        cure = f"expected one of {', '.join(dataset.labels)}"
        raise InputError(f"is '{fields.category}'", field="category", cure=cure)
    if fields.meta.get("split", "train") not in SIDES:
        cure = f"expected one of {', '.join(SIDES)}"
        raise InputError(f"is '{fields.meta['split']}'", field="meta.split", cure=cure)
    problem = Problem(
        id=fields.id,
        dataset=fields.dataset,
        category=fields.category,
        context=tuple(fields.context),
        question=fields.question,
        answers=tuple(fields.answers),
        support=tuple(fields.support),
        meta=fields.meta,
    )
    reason = dataset.rules.check(problem)
    if reason:
        raise InputError(reason, field="answers")
    return problem
