"""How a record of a teacher's texts states a problem of bAbI.

The release has such records for CoTemp QA only. These have the same fields for the teacher's texts
and for question, facts and gold answers; the task and the gold facts, which in bAbI do not always
follow from the text, are stated too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from pydantic import NonNegativeInt

from artifact.common.errors import InputError
from artifact.datasets.babi.grammar import NUMBERS
from artifact.datasets.babi.labels import LABELS
from artifact.datasets.babi.solve import check, solve
from artifact.datasets.dataset import R1Records
from artifact.datasets.problem import Problem
from artifact.datasets.r1_records import Stated, Text, identity, read_narrated
from artifact.datasets.release_scoring import normalise

_BOXED = re.compile(r"\\boxed\{(?:\\text\{)?([^{}]*)\}*")
_LEAD = re.compile(r"\W*(?:the )?(?:final |correct )?answers?\b\W*(?:(?:is|are)\b\W*)?", re.I)
_ARTICLE = re.compile(r"\A(?:the|an?) ")


class BabiStated(Stated):
    """The part of a record that states a problem.

    Attributes:
        query_type: the task, as the release's tables call it.
        support: indices into `facts` of the gold facts.
    """

    query_type: Text
    support: list[NonNegativeInt]


def problem_in(record: Mapping[str, Any]) -> Problem:
    """The problem that a record states.

    Raises:
        InputError: if its task is not known, or its gold answers are not what the facts give.
        ValidationError: if a field is missing or of another type.
    """
    stated = BabiStated.model_validate(record)
    if stated.query_type not in LABELS:
        cure = f"expected one of {', '.join(LABELS)}"
        raise InputError(f"'{stated.query_type}' is not a task", field="query_type", cure=cure)
    problem = Problem(
        id=identity(stated.question, stated.facts),
        dataset="babi",
        category=stated.query_type,
        context=tuple(stated.facts),
        question=stated.question,
        answers=tuple(stated.gold),
        support=tuple(stated.support),
    )
    if fault := check(problem):
        raise InputError(fault, field="gold")
    if set(solve(problem).answers) != set(stated.gold):
        raise InputError("is not what the facts give", field="gold")
    return problem


def state(problem: Problem) -> dict[str, object]:
    """The fields of a record that state `problem`, for a teacher's texts to be added.

    Raises:
        InputError: if `problem_in` would refuse them.
    """
    stated: dict[str, object] = {
        "gold": list(problem.answers),
        "query_type": problem.category,
        "question": problem.question,
        "facts": list(problem.context),
        "support": list(problem.support),
    }
    problem_in(stated)
    return stated


def is_right(problem: Problem, prediction: str) -> bool:
    """Whether a final text lists the gold answers and nothing else.

    The release's own rule would refuse a list with blanks after its commas. Here the members
    count, in any order: without case, punctuation, markup and article, a digit as its word.
    """
    return set(_members(prediction)) == set(map(normalise, problem.answers))


def _members(prediction: str) -> Iterator[str]:
    tagged = re.search(r"<answer>(.*?)(?:</answer>|$)", prediction, re.IGNORECASE | re.DOTALL)
    text = _BOXED.sub(r"\1", tagged[1] if tagged else prediction)
    text = text[lead.end() :] if (lead := _LEAD.match(text)) else text
    for member in re.split(r"[,;\n]|\band\b", text):
        said = _ARTICLE.sub("", normalise(member))
        if said:
            yield NUMBERS[int(said)] if re.fullmatch("[0-9]", said) else said


R1_RECORDS = R1Records(
    read=partial(read_narrated, problem_in=problem_in, is_right=is_right),
    state=state,
    is_right=is_right,
)
