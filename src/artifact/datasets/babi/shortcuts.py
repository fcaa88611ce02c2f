"""Baselines that skip the reasoning: what do a question's wording and a fact's place give away?

Rules that learn count over the training problems; the others look at the problem alone. Ties go
to the one met first in training.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence

from artifact.datasets.babi.grammar import read_fact, read_question, same, singular
from artifact.datasets.babi.solve import question_form
from artifact.datasets.dataset import Shortcut
from artifact.datasets.problem import Problem
from artifact.datasets.shortcuts import once_per_training_set

_CANDIDATES: Mapping[str, tuple[str, ...]] = {
    "where is a person": ("place",),
    "where is a thing": ("place",),
    "where before": ("place",),
    "what lies that way": ("other", "thing"),
    "what it lies that way of": ("other", "thing"),
    "what held": ("thing",),
    "what feared": ("feared",),
    "what colour": ("colour",),
}
"""Question form -> slots of a fact that hold answers of the kind asked for, last first."""


def type_by_template(problem: Problem, train: Sequence[Problem]) -> tuple[str, ...]:
    """The most frequent type of training questions of the same template."""
    return _seen(train).types.get(question_form(problem), ())


def commonest_type(problem: Problem, train: Sequence[Problem]) -> tuple[str, ...]:
    """The most frequent type in training, whatever is asked."""
    return _seen(train).commonest_type


def answer_by_template(problem: Problem, train: Sequence[Problem]) -> tuple[str, ...]:
    """The most frequent answer to training questions of the same template."""
    return _seen(train).answers.get(question_form(problem), ())


def last_word(problem: Problem, train: Sequence[Problem]) -> tuple[str, ...]:
    """The last word of the last fact."""
    return (_last_word(problem.context[-1]),)


def last_word_about_person(problem: Problem, train: Sequence[Problem]) -> tuple[str, ...]:
    """The last word of the last fact that names the person asked about."""
    question = read_question(problem.question)
    person = question.words.get("person") if question else None
    for fact in reversed(problem.context):
        if person and any(same(word, person) for word in fact.rstrip(".").split()):
            return (_last_word(fact),)
    return ()


def last_candidate(problem: Problem, train: Sequence[Problem]) -> tuple[str, ...]:
    """Of the places, things, kinds or colours asked for, the last told but not in the question.

    Nothing if the question asks for a number, or for yes or no.
    """
    question = read_question(problem.question)
    if question is None:
        return ()
    for text in reversed(problem.context):
        fact = read_fact(text)
        for slot in _CANDIDATES.get(question.form, ()):
            candidate = fact.words.get(slot) if fact else None
            if candidate is not None and candidate not in question.words.values():
                return (singular(candidate) if slot == "feared" else candidate,)
    return ()


SHORTCUTS: Mapping[str, Shortcut] = {
    "most frequent answer to the question template": answer_by_template,
    "last word of the last fact": last_word,
    "last word of the last fact about the person": last_word_about_person,
    "last candidate told": last_candidate,
}
CATEGORY_SHORTCUTS: Mapping[str, Shortcut] = {
    "question template": type_by_template,
    "most frequent type": commonest_type,
}


class _Seen:
    """What is most frequent in training, by question template and overall."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.types = _commonest_by_template(problems, lambda problem: (problem.category,))
        self.answers = _commonest_by_template(problems, lambda problem: problem.answers)
        types = Counter(problem.category for problem in problems)
        self.commonest_type = tuple(label for label, _ in types.most_common(1))


_seen = once_per_training_set(_Seen)


def _commonest_by_template(
    problems: Sequence[Problem], value_of: Callable[[Problem], tuple[str, ...]]
) -> dict[str | None, tuple[str, ...]]:
    counts: dict[str | None, Counter[tuple[str, ...]]] = defaultdict(Counter)
    for problem in problems:
        counts[question_form(problem)][value_of(problem)] += 1
    return {form: max(values, key=values.__getitem__) for form, values in counts.items()}


def _last_word(fact: str) -> str:
    return fact.rstrip(".").split()[-1]
