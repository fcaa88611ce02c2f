"""Records of a teacher's texts about problems, in the release's format for DeepSeek-R1.

Source: the release's JSON lines in which R1 answered (``r1_trace`` is its reasoning, ``prediction``
its final text). One kind of file adds ``r1_trace_summary``, another one ``r1_exp_ans``, R1's
explanation in a further turn; the two are joined by problem. How a record states its problem is
the dataset's own.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from artifact.common.errors import InputError
from artifact.common.files import first_fault, located, read_json_lines
from artifact.common.intake import Intake
from artifact.datasets.dataset import SUMMARY_WORDS, Narrated, Narration
from artifact.datasets.problem import Problem

Text = Annotated[str, Field(min_length=1)]

TEXT_KEYS = ("r1_trace", "r1_trace_summary", "r1_exp_ans")
"""Where a record holds the reasoning, its summary and the explanation."""

RELEASE_TEACHER = "r1"
"""Who answered in records that don't say so."""


class Stated(BaseModel):
    """The part of a record that is not the teacher's: a problem and its gold answers."""

    model_config = ConfigDict(strict=True)

    gold: list[Text] = Field(min_length=1)
    question: Text
    facts: list[Text] = Field(min_length=1)


class _Texts(BaseModel):
    """The teacher's part; at least one of the three texts is there.

    Attributes:
        teacher: the model that was asked, in files of `artifact.decomposition.teacher`; the
            release's have none.
    """

    model_config = ConfigDict(strict=True)

    prediction: Text
    r1_trace: Text | None = None
    r1_trace_summary: Text | None = None
    r1_exp_ans: Text | None = None
    teacher: Text = RELEASE_TEACHER


@dataclass(slots=True)
class _Joined:
    """What the records of one problem have given so far, with the place of the first one."""

    problem: Problem
    path: Path
    line: int
    teacher: str
    verbose: str | None = None
    summary: str | None = None
    explanation: str | None = None


def read_narrated(
    path: Path,
    intake: Intake,
    *,
    problem_in: Callable[[dict[str, Any]], Problem],
    is_right: Callable[[Problem, str], bool],
) -> list[Narrated]:
    """Problems with whatever there is of a teacher's reasoning, its summary and its explanation,
    in reading order.

    Args:
        path: a file of JSON lines, or a folder whose ``*.jsonl`` files are read by name.
        intake: what becomes of a record that can't be used: one that is not worded so, whose
            answer is wrong, or which has none of the three texts.
        problem_in: record -> the problem it states.
        is_right: (problem, final text) -> whether the text gives the gold answers.

    Raises:
        InputError: if there is no such file, or no ``*.jsonl`` file in the folder.
    """
    by_problem: dict[str, _Joined] = {}
    for file, line, values in _lines(path, intake):
        try:
            _take(values, problem_in(values), is_right, file, line, by_problem)
        except (InputError, ValidationError) as error:
            fault = first_fault(error) if isinstance(error, ValidationError) else error
            intake.reject(located(fault, path=file, line=line))
    narrated = []
    for joined in by_problem.values():
        try:
            narrated.append(_narrated(joined))
        except InputError as error:
            intake.reject(located(error, path=joined.path, line=joined.line))
    return narrated


def identity(question: str, facts: Sequence[str]) -> str:
    """The id of a problem that a record states without one."""
    content = "\n".join([question, *facts])
    return f"r1-{hashlib.sha256(content.encode()).hexdigest()[:12]}"


def _lines(path: Path, intake: Intake) -> Iterator[tuple[Path, int, dict[str, Any]]]:
    files = sorted(path.glob("*.jsonl")) if os.path.isdir(path) else [path]
    if not files:
        raise InputError("holds no *.jsonl file", path=path)
    for file in files:
        for line, values in read_json_lines(file, intake):
            yield file, line, values


def _take(
    values: dict[str, Any],
    problem: Problem,
    is_right: Callable[[Problem, str], bool],
    file: Path,
    line: int,
    by_problem: dict[str, _Joined],
) -> None:
    texts = _Texts.model_validate(values)
    if not is_right(problem, texts.prediction):
        raise InputError("does not give the gold answers", field="prediction")
    if not (texts.r1_trace or texts.r1_trace_summary or texts.r1_exp_ans):
        raise InputError(f"has none of {', '.join(TEXT_KEYS)}")
    joined = by_problem.setdefault(problem.id, _Joined(problem, file, line, texts.teacher))
    joined.verbose = joined.verbose or texts.r1_trace
    if texts.r1_trace not in (None, joined.verbose):
        fault = f"differs from that of {joined.path}, line {joined.line}"
        raise InputError(fault, field="r1_trace")
    joined.summary = joined.summary or texts.r1_trace_summary
    joined.explanation = joined.explanation or texts.r1_exp_ans


def _narrated(joined: _Joined) -> Narrated:
    if joined.summary and len(joined.summary.split()) >= SUMMARY_WORDS:
        raise InputError(f"has {SUMMARY_WORDS} words or more", field="r1_trace_summary")
    narration = Narration(joined.verbose, joined.summary, joined.explanation, made=joined.teacher)
    return Narrated(joined.problem, narration)
