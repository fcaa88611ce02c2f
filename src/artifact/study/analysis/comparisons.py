"""Comparisons of groups by participant means: rank tests, effect size, equivalence.

The unit of analysis is the participant: all of a person's ratings of a dimension become their
mean, so that ten answers of one person never count as ten people. Rank tests ask whether groups
differ, Cliff's delta by how much. A claim that two groups are comparable needs the equivalence
test: a difference that was not found proves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd
import scikit_posthocs
from scipy import stats
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from artifact.study.analysis.findings import UndefinedError

Scores = npt.NDArray[np.float64]
"""One value per participant of a group."""

LEVEL = 0.05
"""Level of significance of all tests."""

MARGIN = 0.5
"""Scale points within which two groups' means count as equivalent: half a step of the scale,
the largest difference that rounds to no step."""


@dataclass(frozen=True, slots=True)
class Omnibus:
    """A test of "no group differs": its statistic, degrees of freedom and p value."""

    statistic: float
    df: tuple[float, ...]
    p: float


@dataclass(frozen=True, slots=True)
class PairTest:
    """The test of one pair: p uncorrected, and after Holm's correction over all pairs."""

    p: float
    p_holm: float


@dataclass(frozen=True, slots=True)
class RankEffect:
    """How one-sided two groups' ranks are, from -1 to 1, with its interval.

    Cliff's delta, P(first > second) - P(first < second), or its within-people counterpart.
    """

    value: float
    variance: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Equivalence:
    """Two one-sided tests (TOST) of a difference of means against a margin on both sides.

    The confidence level of the interval is 1 - 2 * `LEVEL`: the groups are equivalent at `LEVEL`
    exactly where it lies within the margin.
    """

    margin: float
    difference: float
    low: float
    high: float
    p: float


def kruskal_wallis(groups: Mapping[str, Scores]) -> Omnibus:
    """Kruskal-Wallis test, corrected for ties (scipy).

    Raises:
        UndefinedError: fewer than two groups, or all values are equal.
    """
    _need_spread(groups)
    outcome = stats.kruskal(*groups.values())
    return Omnibus(float(outcome.statistic), (len(groups) - 1,), float(outcome.pvalue))


def dunn(groups: Mapping[str, Scores]) -> dict[tuple[str, str], PairTest]:
    """Dunn's test of every pair, without and with Holm's correction (scikit-posthocs).

    Holm keeps the family-wise error rate at or below the level; with the six pairs of four
    groups, which are not independent, it is about a fifth below.

    Raises:
        UndefinedError: fewer than two groups, or all values are equal.
    """
    _need_spread(groups)
    long = pd.DataFrame(
        [(group, value) for group, values in groups.items() for value in values],
        columns=["group", "value"],
    )
    alone, holm = (
        scikit_posthocs.posthoc_dunn(long, "value", "group", p_adjust=adjust)
        for adjust in (None, "holm")
    )
    return {
        pair: PairTest(float(alone.loc[pair]), float(holm.loc[pair]))
        for pair in combinations(groups, 2)
    }


def _need_spread(groups: Mapping[str, Scores]) -> None:
    if len(groups) < 2:
        raise UndefinedError("a comparison needs two groups or more")
    if np.ptp(np.concatenate(list(groups.values()))) == 0:
        raise UndefinedError("all participants have the same score")


def cliffs_delta(first: Scores, second: Scores, *, confidence: float = 0.95) -> RankEffect:
    """Cliff's delta with the consistent variance and the asymmetric interval.

    With d_ij = sign(first_i - second_j), delta their mean, s_i and s_j the sample variances of
    the row and column means, and s_ij = sum (d_ij - delta)^2 / ((n - 1)(m - 1)):

        variance = ((m - 1) s_i + (n - 1) s_j + s_ij) / (n m)

    (Cliff 1996, Ordinal Methods for Behavioral Data Analysis; Feng & Cliff 2004, J. Mod. Appl.
    Stat. Methods 3). Neither scipy nor statsmodels has it. The interval is `delta_interval`
    with the normal critical value; with Student's t, which some use, an interval that is wide
    already excludes 0 too rarely.

    Args:
        first: n values.
        second: m values; delta is positive where the first are larger.

    Raises:
        UndefinedError: a group has fewer than two values.
    """
    n, m = len(first), len(second)
    if min(n, m) < 2:
        raise UndefinedError("Cliff's delta needs two participants or more in each group")
    dominance = np.sign(np.subtract.outer(first, second))
    delta = float(dominance.mean())
    s_i = dominance.mean(axis=1).var(ddof=1)
    s_j = dominance.mean(axis=0).var(ddof=1)
    s_ij = ((dominance - delta) ** 2).sum() / ((n - 1) * (m - 1))
    variance = float(((m - 1) * s_i + (n - 1) * s_j + s_ij) / (n * m))
    critical = float(stats.norm.ppf((1 + confidence) / 2))
    low, high = delta_interval(delta, variance, critical, smaller=min(n, m))
    return RankEffect(delta, variance, low, high)


def delta_interval(
    delta: float, variance: float, critical: float, *, smaller: int
) -> tuple[float, float]:
    """Asymmetric limits of Cliff's delta, which never leave [-1, 1].

    (d - d^3 -/+ c s sqrt((1 - d^2)^2 + c^2 s^2)) / (1 - d^2 + c^2 s^2), with s^2 the variance
    and c the critical value (Feng & Cliff 2004). Where the groups do not overlap at all, s is 0
    and the formula gives no width; there the inner limit is (n - c^2) / (n + c^2), n the smaller
    group: Wilson's limit of a share of 1, carried from P to delta = 2 P - 1.
    """
    if abs(delta) == 1:
        inner = (smaller - critical**2) / (smaller + critical**2)
        return (inner, 1.0) if delta > 0 else (-1.0, -inner)
    room = 1 - delta**2
    reach = critical * np.sqrt(variance) * np.sqrt(room**2 + critical**2 * variance)
    scale = room + critical**2 * variance
    return float((delta * room - reach) / scale), float((delta * room + reach) / scale)


def equivalence(first: Scores, second: Scores, *, margin: float = MARGIN) -> Equivalence:
    """Two one-sided Welch tests on participant means (statsmodels; Schuirmann 1987).

    On means rather than ranks because a reader must be able to judge the margin: half a scale
    point is plain, a margin of Cliff's delta is not, and with 25 people per group even two
    samples of one population would fail a small one. Welch, because ratings near the end of
    the scale vary less.

    Raises:
        UndefinedError: a group has fewer than two values, or neither group varies.
    """
    if min(len(first), len(second)) < 2:
        raise UndefinedError("equivalence needs two participants or more in each group")
    if np.ptp(first) == 0 and np.ptp(second) == 0:
        raise UndefinedError("neither group varies")
    compared = CompareMeans(DescrStatsW(first), DescrStatsW(second))
    p = compared.ttost_ind(-margin, margin, usevar="unequal")[0]
    low, high = compared.tconfint_diff(alpha=2 * LEVEL, usevar="unequal")
    return Equivalence(
        margin, float(first.mean() - second.mean()), float(low), float(high), float(p)
    )
