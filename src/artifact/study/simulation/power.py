"""Power for the design at hand: how often would a study of this size find this difference?

By simulation with made-up raters (`artifact.study.simulation.raters`), whose spread is an
assumption. For the equivalence test the curve reads the other way: it says yes most often at
effect 0.
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
from artifact.study.analysis.decisions import (
    CLAIMS,
    RANK_TESTS,
    SHIFTED,
    Answers,
    Design,
    decide,
    draw,
)
from artifact.study.instrument.items import POINTS
from artifact.study.instrument.ratings import MARK


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rate(_Record):
    """How often a test said yes over simulated studies, with Wilson's 95 % limits."""

    simulated: bool = True
    test: str
    per_group: int
    mean: float
    effect: float
    studies: int
    yes: int
    undefined: int
    """Studies that do not define the test; they count as no."""
    rate: float
    low: float
    high: float


class PowerTable(_Record):
    """Power of each test by participants per group and effect."""

    mark: str = MARK
    claims: dict[str, str]
    """What a yes of each test says."""
    design: Design
    """Of every study but for the participants per group, which the rows give."""
    shifted: str
    """The group whose mean is higher by the effect."""
    seed: int
    rates: tuple[Rate, ...]

    def curve(self, test: str, effect: float) -> tuple[Rate, ...]:
        """The rates of one test at one effect, by participants per group."""
        return tuple(rate for rate in self.rates if (rate.test, rate.effect) == (test, effect))


def power(
    *,
    per_group: Sequence[int] = (10, 15, 25, 40),
    effects: Sequence[float] = (0.0, 0.25, 0.5, 0.75),
    tests: Collection[str] = tuple(RANK_TESTS),
    studies: int = 200,
    seed: int = 20260401,
    design: Design | None = None,
) -> PowerTable:
    """Simulate studies over participants per group and effect.

    The default takes less than a minute; the models (`decisions.MODEL_TESTS`) take some twenty
    times as long.

    Args:
        per_group: participants per group.
        effects: scale points by which one of the four groups is rated higher.
        tests: names of `decisions.CLAIMS`.
        studies: simulated per cell.
        seed: the same arguments and seed give the same table. Effects share their people, so
            that a curve is smooth.
        design: of the studies; its participants per group are replaced.

    Raises:
        InputError: an unknown test, fewer than one study or two participants, or a mean that
            leaves the scale.
    """
    design = design or Design()
    _check(per_group, effects, tests, studies, design)
    rates: list[Rate] = []
    for people, effect in product(per_group, effects):
        sized = design.model_copy(update={"per_group": people})
        generators = (np.random.default_rng((seed, people, number)) for number in range(studies))
        with light_collections():
            answers = [decide(draw(sized, effect=effect, rng=rng), tests) for rng in generators]
        rates += summarise(answers, sized, effect=effect)
    return PowerTable(
        claims={test: CLAIMS[test] for test in CLAIMS if test in tests},
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
    design: Design,
) -> None:
    unknown = sorted(set(tests) - set(CLAIMS))
    if unknown:
        raise InputError(
            f"no test is called {unknown[0]}", cure=f"name some of {', '.join(CLAIMS)}"
        )
    if studies < 1 or min(per_group, default=0) < 2:
        raise InputError("power needs one study and two participants per group or more")
    for effect in effects:
        if not 1 < design.mean + effect < POINTS:
            raise InputError(
                f"an effect of {effect:g} on a mean of {design.mean:g} leaves the scale",
                cure=f"keep their sum between 1 and {POINTS}",
            )


@contextmanager
def light_collections() -> Iterator[None]:
    """Spare the objects at hand from garbage collection.

    Holm's correction in statsmodels collects garbage on every call, which takes most of the
    time of a simulation unless there is little to look through.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def summarise(answers: Sequence[Answers], design: Design, *, effect: float) -> list[Rate]:
    """Rates of yes per test over the answers of many studies."""
    rates = []
    for test in answers[0]:
        said = [answer[test] for answer in answers]
        yes = said.count(True)
        low, high = proportion_confint(yes, len(said), method="wilson")
        rates.append(
            Rate(
                test=test,
                per_group=design.per_group,
                mean=design.mean,
                effect=effect,
                studies=len(said),
                yes=yes,
                undefined=said.count(None),
                rate=yes / len(said),
                low=float(low),
                high=float(high),
            )
        )
    return rates
