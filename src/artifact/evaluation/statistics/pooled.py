"""Several runs as one: seeds are averaged problem by problem, and problems are the unit.

Runs that differ in their seed alone answer the same problems, so their outputs are not independent
cases. Every interval here is over problems, and Wilson's where all of them agree; how far one
training run stands from the next is seen in the runs themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from artifact.evaluation.statistics import paired
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
    """Problem id -> share of the runs that answer it right, of those that were asked."""
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
    rights: Mapping[str, Rights], pairs: Sequence[tuple[str, str]], *, seed: int = 0
) -> list[Contrast]:
    """`paired.contrasts` of kinds with several runs each; `rights` maps each kind to its runs."""
    shares = {kind: dict(sorted(by_problem(runs).items())) for kind, runs in rights.items()}
    return [
        replace(
            contrast,
            first_runs=len(rights[contrast.first]),
            second_runs=len(rights[contrast.second]),
        )
        for contrast in paired.contrasts(shares, pairs, seed=seed)
    ]


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
