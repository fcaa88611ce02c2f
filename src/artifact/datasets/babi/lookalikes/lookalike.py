"""A look-alike before it has a name: what a simulated world tells, asks and knows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from random import Random

from artifact.datasets.babi.lookalikes.statistics import release_statistics


@dataclass(frozen=True, slots=True)
class Lookalike:
    """A story with its first question.

    Attributes:
        context: the facts, in the order told.
        question: the question.
        answers: the gold answers.
        support: indices of the gold facts, ascending.
    """

    context: tuple[str, ...]
    question: str
    answers: tuple[str, ...]
    support: tuple[int, ...]


def released_length(label: str, rng: Random) -> int:
    """A number of facts, drawn as often as the release has it for this type."""
    lengths, weights = _lengths(label)
    return rng.choices(lengths, weights)[0]


@cache
def _lengths(label: str) -> tuple[tuple[int, ...], tuple[float, ...]]:
    shares = release_statistics().tasks[label].facts
    return tuple(int(length) for length in shares), tuple(shares.values())
