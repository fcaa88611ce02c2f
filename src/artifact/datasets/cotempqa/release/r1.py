"""R1's own texts about CoTempQA problems, as the release's records keep them.

Source: the release's JSON lines in which DeepSeek-R1 answered (``r1_trace`` is its reasoning,
``prediction`` its final text). One kind of file adds ``r1_trace_summary``, another one
``r1_exp_ans``, R1's explanation in a further turn; the two are joined by question and facts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from artifact.common.errors import InputError
from artifact.common.files import first_fault, located, read_json_lines
from artifact.common.intake import Intake
from artifact.datasets.cotempqa.grammar import parse_question
from artifact.datasets.cotempqa.narrate import SUMMARY_WORDS
from artifact.datasets.cotempqa.release.problems import answer_facts
from artifact.datasets.cotempqa.release.scoring import score_answer
from artifact.datasets.cotempqa.solve import check, solve
from artifact.datasets.dataset import Narrated, Narration
from artifact.datasets.problem import Problem
from artifact.datasets.release_records import StoredOutput

Text = Annotated[str, Field(min_length=1)]

RELEASE_TEACHER = "r1"
"""Who answered in records that don't say so."""


class Stated(BaseModel):
    """The part of a record that is not the teacher's: a problem and its gold answers."""

    model_config = ConfigDict(strict=True)

    gold: list[Text] = Field(min_length=1)
    triple_element: Text
    question: Text
    facts: list[Text] = Field(min_length=1)


class Record(Stated):
    """One line; `r1_trace_summary` or `r1_exp_ans` is there, or both.

    Attributes:
        teacher: the model that was asked, in files of `artifact.decomposition.teacher`; the
            release's have none.
    """

    prediction: Text
    r1_trace: Text
    r1_trace_summary: Text | None = None
    r1_exp_ans: Text | None = None
    teacher: Text = RELEASE_TEACHER


@dataclass(slots=True)
class _Texts:
    """What the records of one problem have given so far, with the place of the first one."""

    problem: Problem
    path: Path
    line: int
    teacher: str
    verbose: str
    summary: str | None = None
    explanation: str | None = None


def read_narrated(path: Path, intake: Intake) -> list[Narrated]:
    """Problems with R1's reasoning, its summary and R1's explanation, in reading order.

    Args:
        path: a file of JSON lines, or a folder whose ``*.jsonl`` files are read by name.
        intake: what becomes of a record that can't be used: one that is not worded so, whose
            answer is wrong (R1's by the release's own scoring, or gold by the dates), or for
            whose problem one of the three texts is missing in all records.

    Raises:
        InputError: if there is no such file, or no ``*.jsonl`` file in the folder.
    """
    by_problem: dict[str, _Texts] = {}
    for file, line, values in _lines(path, intake):
        try:
            _take(values, file, line, by_problem)
        except InputError as error:
            intake.reject(located(error, path=file, line=line))
    narrated = []
    for texts in by_problem.values():
        try:
            narrated.append(_narrated(texts))
        except InputError as error:
            intake.reject(located(error, path=texts.path, line=texts.line))
    return narrated


def r1_record(problem: Problem) -> dict[str, object]:
    """The fields of a record that state `problem`, for a teacher's texts to be added.

    Raises:
        InputError: if `read_narrated` would refuse the problem: its gold is not what the dates
            give, or its question is not worded as one of CoTempQA's.
    """
    question = parse_question(problem.question)
    if question is None:
        raise InputError("is not worded as a question of the dataset", field="question")
    stated = Stated(
        gold=list(problem.answers),
        triple_element=question.triple_class,
        question=problem.question,
        facts=list(problem.context),
    )
    _problem(stated)
    return stated.model_dump()


def _lines(path: Path, intake: Intake) -> Iterator[tuple[Path, int, dict[str, object]]]:
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    if not files:
        raise InputError("holds no *.jsonl file", path=path)
    for file in files:
        for line, values in read_json_lines(file, intake):
            yield file, line, values


def _take(values: dict[str, object], file: Path, line: int, by_problem: dict[str, _Texts]) -> None:
    try:
        record = Record.model_validate(values)
    except ValidationError as error:
        raise first_fault(error) from error
    problem = _problem(record)
    output = StoredOutput(problem, record.prediction, problem.answers, f"{file}, line {line}")
    if not score_answer(output).right:
        raise InputError("is wrong by the release's scoring", field="prediction")
    texts = by_problem.setdefault(
        problem.id, _Texts(problem, file, line, record.teacher, record.r1_trace)
    )
    if record.r1_trace != texts.verbose:
        raise InputError(f"differs from that of {texts.path}, line {texts.line}", field="r1_trace")
    texts.summary = texts.summary or record.r1_trace_summary
    texts.explanation = texts.explanation or record.r1_exp_ans


def _problem(record: Stated) -> Problem:
    content = "\n".join([record.question, *record.facts])
    unlabelled = Problem(
        id=f"r1-{hashlib.sha256(content.encode()).hexdigest()[:12]}",
        dataset="cotempqa",
        category="",
        context=tuple(record.facts),
        question=record.question,
        answers=tuple(record.gold),
        support=answer_facts(record.facts, record.gold),
        meta={"triple_element": record.triple_element},
    )
    if fault := check(unlabelled):
        raise InputError(fault, field="gold")
    derived = solve(unlabelled)
    if derived.category is None or set(derived.answers) != set(record.gold):
        raise InputError("is not what the dates in the facts give", field="gold")
    return replace(unlabelled, category=derived.category)


def _narrated(texts: _Texts) -> Narrated:
    if texts.summary is None or texts.explanation is None:
        field = "r1_trace_summary" if texts.summary is None else "r1_exp_ans"
        raise InputError("no record of this problem has it", field=field)
    if len(texts.summary.split()) >= SUMMARY_WORDS:
        raise InputError(f"has {SUMMARY_WORDS} words or more", field="r1_trace_summary")
    narration = Narration(texts.verbose, texts.summary, texts.explanation, made=texts.teacher)
    return Narrated(texts.problem, narration)
