"""What shortcuts learn from training problems, learnt once and not again for every problem."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import TypeVar

from artifact.datasets.problem import Problem

Learnt = TypeVar("Learnt")


def once_per_training_set(
    learn: Callable[[Sequence[Problem]], Learnt],
) -> Callable[[Sequence[Problem]], Learnt]:
    """`learn`, which keeps what it learnt from the training problems it was given last.

    They are told apart as objects, which costs nothing: comparing or hashing them would take as
    long as learning anew. So a list of them must not change from one call to the next.
    """
    last: tuple[Sequence[Problem], Learnt] | None = None

    @wraps(learn)
    def learnt(train: Sequence[Problem]) -> Learnt:
        nonlocal last
        if last is None or last[0] is not train:
            last = train, learn(train)
        return last[1]

    return learnt
