"""Baselines that skip the reasoning, so that every model on MARCO is read against them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from artifact.datasets.marco.labels import COMMONEST_TYPE, question_type
from artifact.datasets.marco.words import nearest_passage, words
from artifact.datasets.problem import Problem
from artifact.datasets.shortcuts import once_per_training_set

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


def passage_nearest_question(problem: Problem, training: Sequence[Problem]) -> tuple[str, ...]:
    """The whole passage with most words in common with the question."""
    nearest = nearest_passage(problem.context, problem.question)
    return () if nearest is None else (problem.context[nearest],)


def sentence_nearest_question(problem: Problem, training: Sequence[Problem]) -> tuple[str, ...]:
    """The sentence, of all passages, with most words in common with the question."""
    sentences = [part for passage in problem.context for part in _SENTENCE_END.split(passage)]
    asked = words(problem.question)
    return (max(sentences, key=lambda sentence: len(words(sentence) & asked)),)


def longest_passage(problem: Problem, training: Sequence[Problem]) -> tuple[str, ...]:
    """The longest passage in characters; ties go to the first."""
    return (max(problem.context, key=len),)


def first_passage(problem: Problem, training: Sequence[Problem]) -> tuple[str, ...]:
    """The passage that comes first."""
    return (problem.context[0],)


def commonest_answer(problem: Problem, training: Sequence[Problem]) -> tuple[str, ...]:
    """The most frequent training answer, whatever is asked; ties go to the first."""
    return _commonest(_seen(training).answers)


def type_by_question_words(problem: Problem, training: Sequence[Problem]) -> tuple[str, ...]:
    """The type by the fixed rules of the solver."""
    return (question_type(problem.question),)


def type_by_first_word(problem: Problem, training: Sequence[Problem]) -> tuple[str, ...]:
    """The most frequent type of training questions that open with the same word."""
    types = _seen(training).types_by_opening.get(_opening(problem), Counter())
    return _commonest(types) or commonest_type(problem, training)


def commonest_type(problem: Problem, training: Sequence[Problem]) -> tuple[str, ...]:
    """The most frequent training type."""
    return _commonest(_seen(training).types) or (COMMONEST_TYPE,)


@dataclass(frozen=True)
class _Seen:
    """Counts over the training problems."""

    answers: Counter[str]
    types: Counter[str]
    types_by_opening: dict[str, Counter[str]]


@once_per_training_set
def _seen(training: Sequence[Problem]) -> _Seen:
    by_opening: dict[str, Counter[str]] = {}
    for known in training:
        by_opening.setdefault(_opening(known), Counter())[known.category] += 1
    return _Seen(
        answers=Counter(answer for known in training for answer in known.answers),
        types=Counter(known.category for known in training),
        types_by_opening=by_opening,
    )


def _commonest(counts: Counter[str]) -> tuple[str, ...]:
    return tuple(value for value, _ in counts.most_common(1))


def _opening(problem: Problem) -> str:
    return (problem.question.lower().split() or [""])[0]


SHORTCUTS = {
    "passage nearest the question": passage_nearest_question,
    "sentence nearest the question": sentence_nearest_question,
    "longest passage": longest_passage,
    "first passage": first_passage,
    "most frequent training answer": commonest_answer,
}
CATEGORY_SHORTCUTS = {
    "type by question words": type_by_question_words,
    "type by first word": type_by_first_word,
    "most frequent training type": commonest_type,
}
