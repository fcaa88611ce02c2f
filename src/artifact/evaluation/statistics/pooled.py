"""Several runs as one: seeds are averaged problem by problem, and problems are the unit.

Runs that differ in their seed alone answer the same problems, so their outputs are not independent
cases. The intervals made here are over problems, and Wilson's where all of them agree; those of
contrasts are given over problems and runs, too (`crossed`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from artifact.common.p_values import holm
from artifact.evaluation.statistics import paired
from artifact.evaluation.statistics.crossed import crossed
from artifact.evaluation.statistics.paired import LEAST, Contrast
from artifact.evaluation.statistics.proportions import Interval, bootstrap_mean

Rights = Sequence[Mapping[str, bool]]
"""One mapping per run: problem id -> whether the answer is right."""


@dataclass(frozen=True, slots=True)
class Mean:
    """Share of right answers over problems, each averaged over the runs.

    Attributes:
        runs: how many.
        n: problems.
        value: the share, in [0, 1].
        interval: percentile bootstrap over problems, 95 %.
    """

    runs: int
    n: int
    value: float
    interval: Interval


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
    """Problem id -> share of the runs asked it that answer it right."""
    answered: dict[str, list[bool]] = {}
    for run in rights:
        for problem, right in run.items():
            answered.setdefault(problem, []).append(right)
    return {problem: Fraction(sum(runs), len(runs)) for problem, runs in answered.items()}


def mean(rights: Rights, *, seed: int = 0) -> Mean | None:
    """The share of right answers of `rights`; None where fewer than two problems were asked."""
    shares = list(by_problem(rights).values())
    if len(shares) < LEAST:
        return None
    value = float(sum(shares) / len(shares))
    return Mean(len(rights), len(shares), value, bootstrap_mean(shares, lowest=0, seed=seed))


def contrasts(
    rights: Mapping[str, Rights],
    pairs: Sequence[tuple[str, str]],
    *,
    same_runs: bool = False,
    seed: int = 0,
) -> list[Contrast]:
    """`paired.contrasts` of kinds with several runs each, and the same over problems and runs.

    Args:
        rights: kind -> its runs.
        pairs: first and second kind.
        same_runs: whether all kinds are answers of the same runs (see `crossed`).
        seed: of the bootstrap.
    """
    shares = {kind: dict(sorted(by_problem(runs).items())) for kind, runs in rights.items()}
    found = []
    for it in paired.contrasts(shares, pairs, seed=seed):
        first, second = rights[it.first], rights[it.second]
        over_runs = crossed(first, second, same_runs=same_runs and len(first) == len(second))
        sizes = len(first), len(second)
        found.append(replace(it, first_runs=sizes[0], second_runs=sizes[1], over_runs=over_runs))
    corrected = iter(holm([it.over_runs.p for it in found if it.over_runs]))
    return [replace(it, p_runs_holm=next(corrected)) if it.over_runs else it for it in found]


def trend(rights: Mapping[float, Rights], *, seed: int = 0) -> Trend | None:
    """How the share of right answers changes with the dose; None with fewer than two doses or two
    problems that were answered at every one of them.

    Args:
        rights: dose -> its runs.
        seed: of the bootstrap.
    """
    doses = sorted(rights)
    shares = [by_problem(rights[dose]) for dose in doses]
    everywhere = sorted(set.intersection(*map(set, shares))) if shares else []
    if len(doses) < LEAST or len(everywhere) < LEAST:
        return None
    centred = np.array(doses) - np.mean(doses)
    answers = np.array([[float(share[name]) for name in everywhere] for share in shares])
    slopes = centred @ answers / (centred @ centred)
    return Trend(
        doses=tuple(doses),
        runs=sum(len(runs) for runs in rights.values()),
        n=len(everywhere),
        slope=float(slopes.mean()),
        interval=bootstrap_mean(list(slopes), lowest=-1, seed=seed),
    )
