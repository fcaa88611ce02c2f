"""A proportion, or a mean over problems, with its 95 % interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from scipy.stats import bootstrap
from statsmodels.stats.proportion import proportion_confint

RESAMPLES = 10_000
BATCH = 500
"""Resamples held in memory at once: 950 problems take 4 MB."""


class Interval(NamedTuple):
    """A two-sided 95 % interval."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Share:
    """A share of right answers with its Wilson interval."""

    right: int
    n: int
    value: float
    interval: Interval


def share(right: int, n: int) -> Share:
    """`right` of `n` with Wilson's score interval; `n` is at least 1."""
    low, high = proportion_confint(right, n, method="wilson")
    return Share(right, n, right / n, Interval(float(low), float(high)))


def bootstrap_mean(
    values: Sequence[Fraction] | Sequence[float],
    *,
    lowest: int,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Interval:
    """Percentile bootstrap of the mean of `values`, one value per problem.

    If all problems agree, so do all resamples, which would look like certainty. Then Wilson's upper
    limit for 0 of n is the share of unseen problems that may lie at either end.

    Args:
        values: at least one, each between `lowest` and 1.
        lowest: 0 for shares, -1 for differences of shares.
        seed: of the resampling.
        resamples: how many.
    """
    if len(set(values)) == 1:
        value, unseen = float(values[0]), share(0, len(values)).interval.high
        below, above = max(0.0, value - lowest), max(0.0, 1 - value)
        return Interval(value - unseen * below, value + unseen * above)
    limits = bootstrap(
        (np.array([float(value) for value in values]),),
        np.mean,
        n_resamples=resamples,
        batch=BATCH,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return Interval(float(limits.low), float(limits.high))
