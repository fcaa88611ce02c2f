"""Drawing from stored statistics: a value by its share, a number by its quantiles."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Mapping
from itertools import accumulate, pairwise
from math import expm1, log1p
from random import Random
from typing import Generic, TypeVar

Value = TypeVar("Value")


def whole_number(rng: Random, first: int, last: int) -> int:
    """A whole number from `first` to `last`, both included: that of `Random.randint` from the same
    random bits, in a third of its time."""
    choices = last - first + 1
    if choices < 1:
        raise ValueError(f"no number from {first} to {last}")
    bits = choices.bit_length()
    drawn = rng.getrandbits(bits)
    while drawn >= choices:
        drawn = rng.getrandbits(bits)
    return first + drawn


class WeightedChoice(Generic[Value]):
    """Values drawn in proportion to their weights."""

    def __init__(self, weights: Mapping[Value, float]) -> None:
        self._values = list(weights)
        self._cumulated = list(accumulate(weights.values()))

    def pick(self, rng: Random) -> Value:
        """One value."""
        return self.at(rng.random())

    def at(self, position: float) -> Value:
        """The value at a position in [0, 1) of the values laid out side by side."""
        return self._values[bisect(self._cumulated, position * self._cumulated[-1])]

    def only(self, wanted: Callable[[Value], bool]) -> WeightedChoice[Value]:
        """The same choice among the wanted values; if none is left, nothing can be drawn."""
        steps = pairwise([0.0, *self._cumulated])
        weights = {v: high - low for v, (low, high) in zip(self._values, steps, strict=True)}
        return WeightedChoice({value: weight for value, weight in weights.items() if wanted(value)})


class QuantileSampler:
    """Numbers with given quantiles; between two of them the logarithm is spread evenly.

    Nothing is drawn beyond the outermost quantiles.
    """

    def __init__(self, quantiles: Mapping[str, float]) -> None:
        self._levels = [float(level) for level in quantiles]
        self._logs = [log1p(value) for value in quantiles.values()]

    def pick(self, rng: Random) -> float:
        """One number."""
        level = rng.random()
        if not self._levels[0] < level < self._levels[-1]:
            return expm1(self._logs[0] if level <= self._levels[0] else self._logs[-1])
        upper = bisect(self._levels, level)
        low, high = self._levels[upper - 1], self._levels[upper]
        share = (level - low) / (high - low)
        return expm1(self._logs[upper - 1] + share * (self._logs[upper] - self._logs[upper - 1]))
