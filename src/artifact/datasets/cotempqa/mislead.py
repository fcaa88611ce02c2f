"""What given facts point to, and facts of the context that point elsewhere.

A reader who takes a few facts for the supporting ones assumes that they hold at the time of the
event, which they do not state. So facts point to what they say about the asked subject and
relation, and no dates are compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from artifact.datasets.cotempqa.solve import read, solve
from artifact.datasets.problem import Problem


def answer_from(problem: Problem, facts: Sequence[str]) -> tuple[str, ...] | None:
    """The objects (or subjects, if asked for) of the facts that could answer, in order.

    None if no fact has the asked subject and relation (if a subject is asked for: the event's
    relation and object). The event's own fact is skipped.

    In the release a problem's gold facts don't always give its gold answers: some gold answers
    belong to another relation than the one asked about, and some gold facts only contain an
    answer's text within another term.
    """
    if not facts:
        return None
    reading = read(replace(problem, context=tuple(facts), support=()))
    return reading.answers(reading.candidates) or None if reading else None


def misleading_facts(problem: Problem, rng: Random) -> tuple[str, ...] | None:
    """Facts of the context, in its order, that could answer at another time; None if none could.

    As many as the supporting ones, or all there are if these are fewer, drawn with `rng`. None of
    them contains a gold answer as text, which would make it a gold fact. Terms that hold at the
    event's time are not pointed to either, even where gold leaves them out.
    """
    reading = read(problem)
    if reading is None:
        return None
    right = {*problem.answers, *solve(problem).answers}
    wrong = [
        index
        for index in reading.candidates
        if reading.term(index) not in right
        and not any(gold in problem.context[index] for gold in problem.answers)
    ]
    chosen = rng.sample(wrong, min(len(problem.support), len(wrong)))
    return tuple(problem.context[index] for index in sorted(chosen)) or None
