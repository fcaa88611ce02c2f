"""Baselines that skip the reasoning: how far does one get on CoTempQA without comparing dates?

Every rule knows the question's grammar, and with it the facts that could answer (`Reading`); it
differs from the solver in how it chooses among them. Rules that only classify return one label.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from random import Random

from artifact.datasets.cotempqa.grammar import Date, Fact
from artifact.datasets.cotempqa.labels import label_of_kinds, temporal_relation
from artifact.datasets.cotempqa.solve import Reading, read
from artifact.datasets.dataset import Shortcut
from artifact.datasets.problem import Problem
from artifact.datasets.shortcuts import once_per_training_set


def year_overlap(problem: Problem, train: Sequence[Problem]) -> tuple[str, ...]:
    """Candidates that share a calendar year with the event, months and days ignored."""
    return _where(
        problem,
        lambda event, fact: max(event.start[0], fact.start[0]) <= min(event.end[0], fact.end[0]),
    )


def alive_at_start(problem: Problem, train: Sequence[Problem]) -> tuple[str, ...]:
    """Candidates that held on the day the event began."""
    return _where(problem, lambda event, fact: fact.start <= event.start <= fact.end)


def same_time_text(problem: Problem, train: Sequence[Problem]) -> tuple[str, ...]:
    """Candidates dated in the very words of the event: string comparison alone."""
    return _where(problem, lambda event, fact: (fact.start, fact.end) == (event.start, event.end))


def longest_interval(problem: Problem, train: Sequence[Problem]) -> tuple[str, ...]:
    """The candidates that lasted longest, whenever that was."""
    reading = read(problem)
    if reading is None or not reading.candidates:
        return ()
    days = {index: _days(reading.fact(index)) for index in reading.candidates}
    longest = max(days.values())
    return reading.answers([index for index in reading.candidates if days[index] == longest])


def most_frequent_answer(problem: Problem, train: Sequence[Problem]) -> tuple[str, ...]:
    """The candidate that was gold most often in `train`; ties go to the first in the context.

    Nothing if no candidate was ever gold there.
    """
    reading = read(problem)
    if reading is None or not reading.candidates:
        return ()
    gold = _gold_counts(train)
    best = max(reading.candidates, key=lambda index: gold[reading.term(index)])
    return (reading.term(best),) if gold[reading.term(best)] else ()


def random_candidate(problem: Problem, train: Sequence[Problem]) -> tuple[str, ...]:
    """One candidate, drawn with the problem's id as seed."""
    reading = read(problem)
    if reading is None or not reading.candidates:
        return ()
    return (reading.term(Random(problem.id).choice(reading.candidates)),)


def majority_label(problem: Problem, train: Sequence[Problem]) -> tuple[str, ...]:
    """The most frequent label in `train`, whatever the problem; nothing without any."""
    return _majority(train)


def dates_of_relation(problem: Problem, train: Sequence[Problem]) -> tuple[str, ...]:
    """How all facts of the asked relation relate in time to the event, whoever they are about.

    No answer is looked for: the dates alone give the label.
    """
    reading = read(problem)
    if reading is None:
        return ()
    kinds = [
        kind
        for anchor in reading.anchors
        for index, fact in enumerate(reading.facts)
        if fact is not None
        and index not in reading.anchors
        and fact.relation == reading.question.asked_relation
        and (kind := temporal_relation(reading.fact(anchor), fact))
    ]
    label = label_of_kinds(kinds)
    return (label,) if label else ()


SHORTCUTS: Mapping[str, Shortcut] = {
    "year-only overlap": year_overlap,
    "alive at the anchor's start": alive_at_start,
    "longest interval": longest_interval,
    "most frequent training answer": most_frequent_answer,
    "anchor's exact time string": same_time_text,
    "random candidate": random_candidate,
}
CATEGORY_SHORTCUTS: Mapping[str, Shortcut] = {
    "majority class": majority_label,
    "dates of the asked relation": dates_of_relation,
}


def _where(problem: Problem, meets: Callable[[Fact, Fact], bool]) -> tuple[str, ...]:
    reading = read(problem)
    if reading is None:
        return ()
    return reading.answers(_meeting(reading, meets))


def _meeting(reading: Reading, meets: Callable[[Fact, Fact], bool]) -> list[int]:
    events = [reading.fact(anchor) for anchor in reading.anchors]
    return [
        index
        for index in reading.candidates
        if any(meets(event, reading.fact(index)) for event in events)
    ]


def _days(fact: Fact) -> float:
    """Length of a fact's time in days, unknown months and days taken as the first."""
    return _day(fact.end) - _day(fact.start)


def _day(when: Date) -> float:
    year, month, day = when
    return 365.25 * year + 365.25 / 12 * max(month - 1, 0) + max(day - 1, 0)


@once_per_training_set
def _gold_counts(train: Sequence[Problem]) -> Counter[str]:
    """How often each answer is gold."""
    return Counter(answer for problem in train for answer in problem.answers)


@once_per_training_set
def _majority(train: Sequence[Problem]) -> tuple[str, ...]:
    return tuple(label for label, _ in Counter(it.category for it in train).most_common(1))
