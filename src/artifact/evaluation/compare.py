"""Which variant answers better: paired on the problems that both variants answered.

Every variant is asked the same test problems, so the pair is the problem. McNemar tests whether
the discordant pairs lean to one side, a bootstrap over problems gives the size of the difference,
and Holm corrects the p values that are read together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from scipy.stats import bootstrap
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from artifact.errors import InputError
from artifact.evaluation.independence import Interval

RESAMPLES = 10_000
BATCH = 500
"""Resamples held at once: 950 problems take 4 MB."""

EXACT_BELOW = 25
"""With fewer discordant pairs McNemar's p is binomial, else chi-squared with correction."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share of right answers with its Wilson interval."""

    right: int
    n: int
    value: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two variants on the problems that both answered.

    Attributes:
        first, second: the variants.
        scorer: the rule by which an answer is right.
        n: problems that both have.
        left_out: problems that only one of the two has.
        first_share, second_share: over the `n` shared problems.
        only_first, only_second: problems that only this variant answers right.
        difference: share of the first minus share of the second.
        difference_ci: percentile bootstrap over problems, 95 %.
        p: McNemar's two-sided p.
        exact: whether `p` is binomial.
        p_holm: `p` after Holm's correction over all comparisons made together.
    """

    first: str
    second: str
    scorer: str
    n: int
    left_out: int
    first_share: Share
    second_share: Share
    only_first: int
    only_second: int
    difference: float
    difference_ci: Interval
    p: float
    exact: bool
    p_holm: float


def share(right: int, n: int) -> Share:
    """`right` of `n` with Wilson's score interval; `n` is at least 1."""
    low, high = proportion_confint(right, n, method="wilson")
    return Share(right, n, right / n, Interval(float(low), float(high)))


def compare(
    rights: Mapping[str, Mapping[str, bool]], scorer: str, *, seed: int = 0
) -> list[Comparison]:
    """Compare every pair of variants, in the order given, and correct over the pairs.

    Args:
        rights: variant -> problem id -> whether its answer is right.
        scorer: name of the rule, carried into the records.
        seed: of the bootstrap.

    Raises:
        InputError: if two variants have fewer than two problems in common.
    """
    pairs = [
        _compare_pair(first, second, rights[first], rights[second], scorer, seed)
        for first, second in combinations(rights, 2)
    ]
    if not pairs:
        return []
    corrected = multipletests([pair.p for pair in pairs], method="holm")[1]
    return [replace(pair, p_holm=float(p)) for pair, p in zip(pairs, corrected, strict=True)]


def bootstrap_difference(
    first: Sequence[bool], second: Sequence[bool], *, seed: int = 0, resamples: int = RESAMPLES
) -> Interval:
    """95 % percentile interval of the difference of two paired shares, problems resampled."""
    differences = np.asarray(first, dtype=float) - np.asarray(second, dtype=float)
    interval = bootstrap(
        (differences,),
        np.mean,
        n_resamples=resamples,
        batch=BATCH,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return Interval(float(interval.low), float(interval.high))


def mcnemar_p(only_first: int, only_second: int) -> tuple[float, bool]:
    """McNemar's two-sided p from the discordant pairs, and whether it is exact."""
    exact = only_first + only_second < EXACT_BELOW
    test = mcnemar([[0, only_first], [only_second, 0]], exact=exact, correction=True)
    return float(test.pvalue), exact


def _compare_pair(
    first: str,
    second: str,
    first_rights: Mapping[str, bool],
    second_rights: Mapping[str, bool],
    scorer: str,
    seed: int,
) -> Comparison:
    shared = [problem for problem in first_rights if problem in second_rights]
    n = len(shared)
    if n < 2:
        raise InputError(
            f"'{first}' and '{second}' have {n} problems in common",
            cure="compare variants that answered the same test problems",
        )
    a = [first_rights[problem] for problem in shared]
    b = [second_rights[problem] for problem in shared]
    only_first = sum(x and not y for x, y in zip(a, b, strict=True))
    only_second = sum(y and not x for x, y in zip(a, b, strict=True))
    p, exact = mcnemar_p(only_first, only_second)
    return Comparison(
        first=first,
        second=second,
        scorer=scorer,
        n=n,
        left_out=len(first_rights) + len(second_rights) - 2 * n,
        first_share=share(sum(a), n),
        second_share=share(sum(b), n),
        only_first=only_first,
        only_second=only_second,
        difference=(only_first - only_second) / n,
        difference_ci=bootstrap_difference(a, b, seed=seed),
        p=p,
        exact=exact,
        p_holm=p,
    )
