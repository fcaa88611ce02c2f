"""What can be derived for MARCO: the type from the question's words, the passage by overlap.

Answers are free text that people wrote after reading, so no rule derives them; `solve` says so
instead of guessing.
"""

from __future__ import annotations

from artifact.datasets.dataset import Derivation
from artifact.datasets.marco.labels import question_type
from artifact.datasets.marco.template import NO_ANSWER
from artifact.datasets.marco.words import nearest_passage, words
from artifact.datasets.problem import Problem

FREE_FORM = "free-form answers cannot be derived from the context by rule"


def solve(problem: Problem) -> Derivation:
    """Type and passage; never an answer."""
    nearest = nearest_passage(problem.context, problem.question)
    return Derivation(
        category=question_type(problem.question),
        support=() if nearest is None else (nearest,),
        failure=FREE_FORM,
    )


def check(problem: Problem) -> str | None:
    """Why the gold answers cannot come from these passages, or None.

    A necessary condition only: some word of the answer must occur in some passage. "No Answer
    Present.", "yes" and "no" are answers about the passages and need not occur in them.
    """
    given = frozenset().union(*(words(passage) for passage in problem.context))
    about = {NO_ANSWER.lower(), "yes", "no"}
    for answer in problem.answers:
        if answer.lower() in about or answer.lower().rstrip(".") in about:
            continue
        if not words(answer) & given:
            return f"no word of the answer '{answer}' occurs in the passages"
    return None
