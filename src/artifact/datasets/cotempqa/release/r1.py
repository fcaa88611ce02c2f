"""How a record of R1's texts states a problem of CoTempQA, as the release's records do.

The record holds the question, the facts and the gold answers; the label and the gold facts are
derived from these, by the dates and by the release's rule for gold facts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from artifact.common.errors import InputError
from artifact.datasets.cotempqa.grammar import parse_question
from artifact.datasets.cotempqa.release.problems import answer_facts
from artifact.datasets.cotempqa.release.scoring import score_answer
from artifact.datasets.cotempqa.solve import check, solve
from artifact.datasets.dataset import R1Records
from artifact.datasets.problem import Problem
from artifact.datasets.r1_records import Stated, Text, identity, read_narrated
from artifact.datasets.release_records import StoredOutput


class CotempqaStated(Stated):
    """The part of a record that states a problem.

    Attributes:
        triple_element: the question's triple class.
    """

    triple_element: Text


def problem_in(record: Mapping[str, Any]) -> Problem:
    """The problem that a record states.

    Raises:
        InputError: if its gold answers are not in the facts, or not what the dates give.
        ValidationError: if a field is missing or of another type.
    """
    stated = CotempqaStated.model_validate(record)
    unlabelled = Problem(
        id=identity(stated.question, stated.facts),
        dataset="cotempqa",
        category="",
        context=tuple(stated.facts),
        question=stated.question,
        answers=tuple(stated.gold),
        support=answer_facts(stated.facts, stated.gold),
        meta={"triple_element": stated.triple_element},
    )
    if fault := check(unlabelled):
        raise InputError(fault, field="gold")
    derived = solve(unlabelled)
    if derived.category is None or set(derived.answers) != set(stated.gold):
        raise InputError("is not what the dates in the facts give", field="gold")
    return replace(unlabelled, category=derived.category)


def state(problem: Problem) -> dict[str, object]:
    """The fields of a record that state `problem`, for a teacher's texts to be added.

    Raises:
        InputError: if `problem_in` would refuse them, or the question is not worded as one of
            CoTempQA's.
    """
    question = parse_question(problem.question)
    if question is None:
        raise InputError("is not worded as a question of the dataset", field="question")
    stated: dict[str, object] = {
        "gold": list(problem.answers),
        "triple_element": question.triple_class,
        "question": problem.question,
        "facts": list(problem.context),
    }
    problem_in(stated)
    return stated


def right_as_released(problem: Problem, prediction: str) -> bool:
    """Whether a final text is right by the release's own scoring, as its records are."""
    return score_answer(StoredOutput(problem, prediction, problem.answers, problem.id)).right


def is_right(problem: Problem, prediction: str) -> bool:
    """Whether a final text is right, with the release's inverted flag as it is and turned round.

    As it is, the flag lets a text pass that names the gold answer and then gives another one.
    """
    output = StoredOutput(problem, prediction, problem.answers, problem.id)
    return all(score_answer(output, flag_fixed=flag_fixed).right for flag_fixed in (False, True))


R1_RECORDS = R1Records(
    read=partial(read_narrated, problem_in=problem_in, is_right=right_as_released),
    state=state,
    is_right=is_right,
)
