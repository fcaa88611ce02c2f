"""Power of each test by simulation: how often would a study of this size find this difference?

Ratings are drawn by `rating_model`, whose spread is an assumption. For the equivalence test the
curve reads the other way: it rejects most often at effect 0.
"""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import product

import numpy as np
from pydantic import BaseModel, ConfigDict
from statsmodels.stats.proportion import proportion_confint

from artifact.common.errors import InputError
from artifact.study.instrument.items import POINTS
from artifact.study.instrument.ratings import GROUPS, MARK
from artifact.study.simulation.rejections import (
    CLAIMS,
    RANK_TESTS,
    WITHIN_TESTS,
    Rejections,
    rejections,
    within_rejections,
)
from artifact.study.simulation.simulated_study import SHIFTED, SimulationDesign, simulate_study
from artifact.study.simulation.within_study import simulate_within_means


class RejectionRate(BaseModel):
    """How often a test rejected over simulated studies, with Wilson's 95 % limits."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    simulated: bool = True
    test: str
    per_group: int
    mean: float
    effect: float
    studies: int
    yes: int
    """Studies in which the test rejected."""
    undefined: int
    """Studies that do not define the test; they count as not rejected."""
    rate: float
    low: float
    high: float


class PowerTable(BaseModel):
    """Power of each test by participants per group and effect."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mark: str = MARK
    claims: dict[str, str]
    """What a rejection by each test claims."""
    design: SimulationDesign
    """Of every study, except for the participants per group, which `rates` give."""
    shifted: str
    """The group whose mean is higher by the effect."""
    seed: int
    rates: tuple[RejectionRate, ...]

    def curve(self, test: str, effect: float) -> tuple[RejectionRate, ...]:
        """The rates of one test at one effect, by participants per group."""
        return tuple(rate for rate in self.rates if (rate.test, rate.effect) == (test, effect))


def power(
    *,
    per_group: Sequence[int] = (10, 15, 25, 40),
    effects: Sequence[float] = (0.0, 0.25, 0.5, 0.75),
    tests: Collection[str] | None = None,
    studies: int = 200,
    seed: int = 20260401,
    design: SimulationDesign | None = None,
    within: bool = False,
) -> PowerTable:
    """Simulate studies over participants per group and effect.

    The default takes less than a minute; the models (`rejections.MODEL_TESTS`) take about
    twenty times as long.

    Args:
        per_group: participants per group.
        effects: scale points by which one of the four groups is rated higher.
        tests: names of `rejections.CLAIMS`, or within subjects of `rejections.WITHIN_TESTS`; by
            default all rank tests of the design.
        studies: simulated per size and effect.
        seed: the same arguments and seed give the same table. All effects use the same people,
            so that a curve is smooth.
        design: of the studies; `per_group` replaces its participants per group.
        within: everyone rates every trace type; a group is those who begin with the same one, so
            that as many people take part as between subjects.

    Raises:
        InputError: an unknown test, fewer than one study or two participants, a mean that leaves
            the scale, or within subjects fewer problems than trace types.
    """
    design = design or SimulationDesign()
    claims = WITHIN_TESTS if within else CLAIMS
    tests = tuple(WITHIN_TESTS if within else RANK_TESTS) if tests is None else tests
    _check(per_group, effects, tests, studies, design, claims)
    if within and design.problems < len(GROUPS):
        cure = f"ask for {len(GROUPS)} problems or more"
        raise InputError("everyone must rate every trace type", field="problems", cure=cure)
    rates: list[RejectionRate] = []
    for people, effect in product(per_group, effects):
        sized = design.model_copy(update={"per_group": people})
        generators = (np.random.default_rng((seed, people, number)) for number in range(studies))
        with frozen_garbage():
            outcomes = [
                within_rejections(simulate_within_means(sized, effect=effect, rng=rng), tests)
                if within
                else rejections(simulate_study(sized, effect=effect, rng=rng), tests)
                for rng in generators
            ]
        rates += rejection_rates(outcomes, sized, effect=effect)
    return PowerTable(
        claims={test: claim for test, claim in claims.items() if test in tests},
        design=design,
        shifted=SHIFTED,
        seed=seed,
        rates=tuple(rates),
    )


def _check(
    per_group: Iterable[int],
    effects: Iterable[float],
    tests: Iterable[str],
    studies: int,
    design: SimulationDesign,
    claims: Iterable[str],
) -> None:
    unknown = sorted(set(tests) - set(claims))
    if unknown:
        raise InputError(f"no test is called {unknown[0]}", cure=f"choose from {', '.join(claims)}")
    if studies < 1 or min(per_group, default=0) < 2:
        raise InputError("power needs at least one study and two participants per group")
    for effect in effects:
        if not 1 < design.mean + effect < POINTS:
            raise InputError(
                f"an effect of {effect:g} on a mean of {design.mean:g} goes off the scale",
                cure=f"keep their sum between 1 and {POINTS}",
            )


@contextmanager
def frozen_garbage() -> Iterator[None]:
    """Exempt all present objects from garbage collection.

    Holm's correction in statsmodels collects garbage on every call, which would take most of
    the time of a simulation.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def rejection_rates(
    outcomes: Sequence[Rejections], design: SimulationDesign, *, effect: float
) -> list[RejectionRate]:
    """The rejection rate of each test over the outcomes of many studies."""
    rates = []
    for test in outcomes[0]:
        rejected = [outcome[test] for outcome in outcomes]
        yes = rejected.count(True)
        low, high = proportion_confint(yes, len(rejected), method="wilson")
        rates.append(
            RejectionRate(
                test=test,
                per_group=design.per_group,
                mean=design.mean,
                effect=effect,
                studies=len(rejected),
                yes=yes,
                undefined=rejected.count(None),
                rate=yes / len(rejected),
                low=float(low),
                high=float(high),
            )
        )
    return rates
