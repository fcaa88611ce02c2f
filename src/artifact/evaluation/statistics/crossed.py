"""A difference between two kinds of model, with both training runs and problems as random.

An interval over problems is about these runs alone. Here both count: every run answers every
problem, so the variance of a mean difference is that of problems plus that of runs, and the
degrees of freedom are Satterthwaite's (crossed random effects; Clark, J. Verbal Learn. Verbal
Behav. 12 (1973) 335). What runs and problems share is counted in both, which errs on the wide side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t

from artifact.evaluation.statistics.proportions import Interval

LEAST = 2
"""Fewest runs per side, and fewest problems, that have a variance."""

POWER = 0.8


@dataclass(frozen=True, slots=True)
class Crossed:
    """A difference in the share of right answers, over problems and runs.

    Attributes:
        n: problems that all runs answered.
        degrees: of freedom, Satterthwaite's.
        interval: of the difference, t, 95 %, within [-1, 1].
        p: two-sided, of no difference.
        detectable: the difference, as a share, that the design detects with 80 % power at 5 %.
    """

    n: int
    degrees: float
    interval: Interval
    p: float
    detectable: float


def crossed(
    first: Sequence[Mapping[str, bool]],
    second: Sequence[Mapping[str, bool]],
    *,
    same_runs: bool = False,
) -> Crossed | None:
    """The difference of two kinds; None with fewer than two runs per side or two problems.

    Args:
        first, second: for each run, problem id -> whether the answer is right.
        same_runs: whether the two are answers of the same runs, in the same order, such as those
            after two forced traces.
    """
    if min(len(first), len(second)) < LEAST:
        return None
    names = sorted(set.intersection(*map(set, [*first, *second])))
    if len(names) < LEAST:
        return None
    one, other = (np.array([[run[name] for name in names] for run in it]) for it in (first, second))
    by_problem = one.mean(0) - other.mean(0)
    by_run = [one.mean(1) - other.mean(1)] if same_runs else [one.mean(1), other.mean(1)]
    parts = [(np.var(it, ddof=1) / len(it), len(it) - 1) for it in (by_problem, *by_run)]
    variance = sum(part for part, _ in parts)
    difference = float(by_problem.mean())
    if not variance:
        return None
    degrees = float(variance**2 / sum(part**2 / free for part, free in parts))
    error = float(variance**0.5)
    reach = float(t.ppf(0.975, degrees))
    return Crossed(
        n=len(names),
        degrees=degrees,
        interval=Interval(
            max(-1.0, difference - reach * error), min(1.0, difference + reach * error)
        ),
        p=float(2 * t.sf(abs(difference) / error, degrees)),
        detectable=(reach + float(t.ppf(POWER, degrees))) * error,
    )
