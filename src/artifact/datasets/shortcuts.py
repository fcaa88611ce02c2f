"""What shortcuts learn from training problems, learnt once, not for every problem."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import TypeVar

from artifact.datasets.problem import Problem

Learnt = TypeVar("Learnt")


def once_per_training_set(
    learn: Callable[[Sequence[Problem]], Learnt],
) -> Callable[[Sequence[Problem]], Learnt]:
    """`learn`, with its result kept for the training problems it was given last.

    They are compared by identity, which costs nothing: comparing or hashing their content would
    take as long as learning anew. So a list of them must not change from one call to the next.
    """
    last: tuple[Sequence[Problem], Learnt] | None = None

    @wraps(learn)
    def learnt(train: Sequence[Problem]) -> Learnt:
        nonlocal last
        if last is None or last[0] is not train:
            last = train, learn(train)
        return last[1]

    return learnt
