"""Which of two kinds of model answers better: paired on the problems that both answered.

Every model is asked the same test problems, so the pair is the problem. An exact test (McNemar's
where each side is one run) asks whether the differences lean to one side, a bootstrap over
problems gives the size of the difference, and Holm corrects the p values that are read together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import lcm

import numpy as np
from scipy.stats import norm

from artifact.common.p_values import holm
from artifact.evaluation.statistics.crossed import Crossed
from artifact.evaluation.statistics.proportions import Interval, bootstrap_mean

LEAST = 2
"""Fewest problems that have an interval."""

MARGIN = 0.05
"""Difference in accuracy, as a share, up to which two kinds count as equally good; named
before this test was added."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """One kind of model against another, on the problems that both answered.

    Attributes:
        first, second: the kinds, such as variants or forced traces.
        n: problems.
        difference: share of right answers of the first minus that of the second, in [-1, 1].
        interval: percentile bootstrap over problems, 95 %.
        p: two-sided exact sign-flip test over problems; McNemar's with one run per side.
        p_holm: `p` after Holm's correction over all contrasts made together.
        p_equivalence: two one-sided tests that the difference lies within `MARGIN` (TOST, normal
            approximation over problems); small where the two are shown to be equally good.
        first_runs, second_runs: training runs averaged on either side.
        over_runs: the same difference with runs as random, too; None with one run per side.
        p_runs_holm: its p after Holm's correction over all contrasts that have one.
    """

    first: str
    second: str
    n: int
    difference: float
    interval: Interval
    p: float
    p_holm: float
    p_equivalence: float
    first_runs: int = 1
    second_runs: int = 1
    over_runs: Crossed | None = None
    p_runs_holm: float | None = None

    @property
    def judged(self) -> Interval:
        """The interval to judge the kinds by: over problems and runs where there are several."""
        return self.over_runs.interval if self.over_runs else self.interval


def contrasts(
    shares: Mapping[str, Mapping[str, Fraction | bool]],
    pairs: Sequence[tuple[str, str]],
    *,
    seed: int = 0,
) -> list[Contrast]:
    """Each pair with at least two problems in common, corrected over all of them.

    Args:
        shares: kind -> problem id -> whether the answer is right, or the share of runs in which it
            is. Problems are resampled in the order of the first of a pair.
        pairs: first and second kind; a pair with one missing from `shares` is skipped.
        seed: of the bootstrap.
    """
    found = []
    for first, second in pairs:
        one, other = shares.get(first, {}), shares.get(second, {})
        differences = [Fraction(one[name]) - other[name] for name in one if name in other]
        if len(differences) < LEAST:
            continue
        p = sign_flip_p(differences)
        found.append(
            Contrast(
                first,
                second,
                n=len(differences),
                difference=float(sum(differences) / len(differences)),
                interval=bootstrap_mean(differences, lowest=-1, seed=seed),
                p=p,
                p_holm=p,
                p_equivalence=equivalence_p([float(value) for value in differences]),
            )
        )
    corrected = holm([contrast.p for contrast in found])
    return [replace(contrast, p_holm=p) for contrast, p in zip(found, corrected, strict=True)]


def equivalence_p(differences: Sequence[float], margin: float = MARGIN) -> float:
    """p of the two one-sided tests (TOST) that a mean lies between ``-margin`` and ``margin``.

    Schuirmann, J. Pharmacokinet. Biopharm. 15 (1987), with the normal approximation. Where all
    differences are equal there is no spread to test against, and nothing is shown.

    Args:
        differences: one value per problem, each in [-1, 1]; at least two.
        margin: half the width of the range that counts as equal.
    """
    mean, error = float(np.mean(differences)), float(np.std(differences, ddof=1))
    error /= len(differences) ** 0.5
    if not error:
        return 1.0
    below, above = norm.sf((mean + margin) / error), norm.cdf((mean - margin) / error)
    return float(max(below, above))


def sign_flip_p(differences: Sequence[Fraction]) -> float:
    """Two-sided exact p of a mean of 0, where each difference is as likely to have either sign.

    The distribution of the sum over all 2^n choices of signs is built up by convolution. Of
    differences that are -1, 0 or 1 this is McNemar's exact (binomial) test.
    """
    scale = lcm(*(difference.denominator for difference in differences))
    steps = [abs(int(difference * scale)) for difference in differences if difference]
    total = abs(int(sum(differences) * scale))
    if not total:
        return 1.0
    probability = np.ones(1)
    for step in steps:
        wider = np.zeros(len(probability) + 2 * step)
        wider[: len(probability)] += probability / 2
        wider[2 * step :] += probability / 2
        probability = wider
    return min(1.0, 2 * float(probability[sum(steps) + total :].sum()))
