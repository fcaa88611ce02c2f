"""Learnt once from a training set, and anew from another one."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from artifact.datasets.problem import Problem
from artifact.datasets.shortcuts import once_per_training_set


def problem(identity: str) -> Problem:
    return Problem(identity, "invented", "a", ("It rains.",), "What falls?", ("rain",), ())


def test_it_is_learnt_once_per_training_set() -> None:
    asked: list[Sequence[Problem]] = []

    @once_per_training_set
    def ids(train: Sequence[Problem]) -> str:
        """The ids in a row."""
        asked.append(train)
        return "".join(each.id for each in train)

    first, equal, other = [problem("a")], [problem("a")], [problem("b"), problem("c")]
    assert [ids(train) for train in (first, first, other, other, first, equal)] == [
        *("a", "a", "bc", "bc", "a", "a")
    ]
    assert [id(train) for train in asked] == [id(x) for x in (first, other, first, equal)]
    assert ids.__name__ == "ids"


def test_nothing_is_kept_of_a_failure() -> None:
    @once_per_training_set
    def first_id(train: Sequence[Problem]) -> str:
        return train[0].id

    nobody: list[Problem] = []
    for _ in range(2):
        with pytest.raises(IndexError):
            first_id(nobody)
    assert first_id([problem("a")]) == "a"
