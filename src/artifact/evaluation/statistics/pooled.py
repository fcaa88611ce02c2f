"""Several runs as one: seeds are averaged problem by problem, and problems are the unit.

Runs that differ in their seed alone answer the same problems, so their outputs are no independent
cases. Every interval here is over problems, and Wilson's where all of them agree; how far one
training run stands from the next is seen in the runs themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import lcm

import numpy as np
from scipy.stats import bootstrap
from statsmodels.stats.multitest import multipletests

from artifact.evaluation.statistics.association import Interval
from artifact.evaluation.statistics.paired import BATCH, RESAMPLES, share

Rights = Sequence[Mapping[str, bool]]
"""One mapping per run: problem id -> whether the answer is right."""

LEAST = 2
"""Problems, and doses, below which there is no interval and no slope."""


@dataclass(frozen=True, slots=True)
class Mean:
    """Share of right answers over problems, each averaged over the runs.

    Attributes:
        runs: how many.
        n: problems.
        value: the share.
        interval: percentile bootstrap over problems, 95 %.
    """

    runs: int
    n: int
    value: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class Contrast:
    """One kind of run against another, on the problems that both answered.

    Attributes:
        first, second: the kinds.
        first_runs, second_runs: how many of either.
        n: problems.
        difference: share of the first minus share of the second.
        interval: percentile bootstrap over problems, 95 %.
        p: exact sign-flip test over problems, two-sided; with one run a side it is McNemar's
            exact test.
        p_holm: `p` after Holm's correction over all contrasts made together.
    """

    first: str
    second: str
    first_runs: int
    second_runs: int
    n: int
    difference: float
    interval: Interval
    p: float
    p_holm: float


@dataclass(frozen=True, slots=True)
class Trend:
    """How accuracy changes with a dose.

    Attributes:
        doses: in ascending order.
        runs: over all doses.
        n: problems that were answered at every dose.
        slope: change of the share from dose 0 to dose 1, by least squares over the doses.
        interval: percentile bootstrap over problems, 95 %.
    """

    doses: tuple[float, ...]
    runs: int
    n: int
    slope: float
    interval: Interval


def by_problem(rights: Rights) -> dict[str, Fraction]:
    """Problem id -> share of the runs that answer it right, of those that were asked."""
    answered: dict[str, list[bool]] = {}
    for run in rights:
        for problem, right in run.items():
            answered.setdefault(problem, []).append(right)
    return {problem: Fraction(sum(them), len(them)) for problem, them in answered.items()}


def mean(rights: Rights, *, seed: int = 0) -> Mean | None:
    """The share of right answers of `rights`; None where fewer than two problems were asked."""
    shares = list(by_problem(rights).values())
    if len(shares) < LEAST:
        return None
    value = float(sum(shares) / len(shares))
    return Mean(len(rights), len(shares), value, _interval(shares, seed, lowest=0))


def contrasts(
    rights: Mapping[str, Rights], pairs: Sequence[tuple[str, str]], *, seed: int = 0
) -> list[Contrast]:
    """Each pair of kinds that share two problems or more, corrected over all of them.

    Args:
        rights: kind -> its runs.
        pairs: first and second kind; a pair of which one is not in `rights` is passed over.
        seed: of the bootstrap.
    """
    shares = {kind: by_problem(runs) for kind, runs in rights.items()}
    found = []
    for first, second in pairs:
        both = sorted(shares.get(first, {}).keys() & shares.get(second, {}).keys())
        if len(both) < LEAST:
            continue
        differences = [shares[first][name] - shares[second][name] for name in both]
        p = sign_flip_p(differences)
        found.append(
            Contrast(
                first,
                second,
                first_runs=len(rights[first]),
                second_runs=len(rights[second]),
                n=len(both),
                difference=float(sum(differences) / len(both)),
                interval=_interval(differences, seed, lowest=-1),
                p=p,
                p_holm=p,
            )
        )
    if not found:
        return []
    corrected = multipletests([it.p for it in found], method="holm")[1]
    return [replace(it, p_holm=float(p)) for it, p in zip(found, corrected, strict=True)]


def trend(rights: Mapping[float, Rights], *, seed: int = 0) -> Trend | None:
    """How the share of right answers changes with the dose; None with fewer than two doses or two
    problems that were answered at every one of them.

    Args:
        rights: dose -> its runs.
        seed: of the bootstrap.
    """
    doses = sorted(rights)
    shares = [by_problem(rights[dose]) for dose in doses]
    everywhere = sorted(set.intersection(*(set(it) for it in shares))) if shares else []
    if len(doses) < LEAST or len(everywhere) < LEAST:
        return None
    centred = np.array(doses) - np.mean(doses)
    answers = np.array([[float(it[name]) for name in everywhere] for it in shares])
    slopes = centred @ answers / (centred @ centred)
    return Trend(
        doses=tuple(doses),
        runs=sum(len(runs) for runs in rights.values()),
        n=len(everywhere),
        slope=float(slopes.mean()),
        interval=_interval(list(slopes), seed, lowest=-1),
    )


def sign_flip_p(differences: Sequence[Fraction]) -> float:
    """Two-sided exact p of a mean of 0, where each difference is as likely to have either sign.

    The distribution of the sum over all 2^n choices of signs is built up by convolution. Of
    differences that are -1, 0 or 1 this is the binomial test of McNemar.
    """
    scale = lcm(*(it.denominator for it in differences))
    steps = [abs(int(it * scale)) for it in differences if it]
    total = abs(int(sum(differences) * scale))
    if not total:
        return 1.0
    chance = np.ones(1)
    for step in steps:
        wider = np.zeros(len(chance) + 2 * step)
        wider[: len(chance)] += chance / 2
        wider[2 * step :] += chance / 2
        chance = wider
    return min(1.0, 2 * float(chance[sum(steps) + total :].sum()))


def _interval(values: Sequence[Fraction] | Sequence[float], seed: int, *, lowest: int) -> Interval:
    """Percentile bootstrap of the mean of `values`, which lie between `lowest` and 1.

    Where all problems agree, resamples do too, which would read as certainty. There the limits are
    as far off as Wilson's for 0 of n leaves room for problems at either end.
    """
    if len(set(values)) == 1:
        value, unseen = float(values[0]), share(0, len(values)).interval.high
        below, above = max(0.0, value - lowest), max(0.0, 1 - value)
        return Interval(value - unseen * below, value + unseen * above)
    limits = bootstrap(
        (np.array([float(it) for it in values]),),
        np.mean,
        n_resamples=RESAMPLES,
        batch=BATCH,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return Interval(float(limits.low), float(limits.high))
