"""The rating model: how every simulated rating is drawn.

The probability that a person chooses point k of 1 to 5 is proportional to exp(t * k), the
distribution of maximum entropy for a given mean. The tilt t is the sum of a tilt common to the
group and of normal deviations of the person, the problem and the trial (one person on one
problem), so that ratings of one person are correlated as real ones are. How strongly is not
published: `Spread` is an assumption, and everything computed with it must say so.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy import optimize

from artifact.study.instrument.items import POINTS

Floats = npt.NDArray[np.float64]

_POINTS = np.arange(1, POINTS + 1)
STEEPEST = 20.0
"""A tilt at which practically only one point is ever chosen."""


@dataclass(frozen=True, slots=True)
class Spread:
    """ASSUMED standard deviations of the tilt.

    With the defaults, participant means in the middle of the scale have a standard deviation of
    about 0.7 points.
    """

    people: float = 0.4
    problems: float = 0.2
    trials: float = 0.2

    @property
    def total(self) -> float:
        """Standard deviation of the sum of the three deviations."""
        return float(np.sqrt(self.people**2 + self.problems**2 + self.trials**2))


@dataclass(frozen=True)
class Raters:
    """The random part of a group's ratings, drawn once; a group tilt turns it into ratings.

    Attributes:
        tilts: people x problems, each trial's deviation from the group's tilt.
        quantiles: people x problems x items in [0, 1), the quantile of each rating in its
            distribution.
    """

    tilts: Floats
    quantiles: Floats

    def rate(self, tilt: Floats | float) -> npt.NDArray[np.int64]:
        """Ratings 1 to 5, people x problems x items; a higher tilt lowers no rating.

        Args:
            tilt: of the group, or of each trial (people x problems, or an array that broadcasts).
        """
        weights = np.exp((self.tilts + tilt)[..., None] * (_POINTS - _POINTS.mean()))
        below = np.cumsum(weights, axis=-1)[..., :-1] / weights.sum(axis=-1, keepdims=True)
        points: npt.NDArray[np.int64] = (self.quantiles[..., None] > below[..., None, :]).sum(
            axis=-1
        )
        return 1 + points


def draw_raters(
    person_tilts: Floats,
    problem_tilts: Floats,
    *,
    items: int,
    spread: Spread,
    rng: np.random.Generator,
) -> Raters:
    """Draw people who rate `items` items of each problem.

    Args:
        person_tilts: one deviation per person.
        problem_tilts: one deviation per problem, shared by the groups, which see the same
            problems.
        items: how many items each problem is rated on.
        spread: its standard deviation of trials is used.
        rng: draws the trials and the quantiles.
    """
    trials = (len(person_tilts), len(problem_tilts))
    tilts = person_tilts[:, None] + problem_tilts + rng.normal(0, spread.trials, trials)
    return Raters(tilts, rng.random((*trials, items)))


@cache
def tilt_for_mean(mean: float, *, spread: Spread) -> float:
    """The group tilt at which a random person's expected rating is `mean`.

    The expectation over the normal deviations is taken by Gauss-Hermite quadrature.
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(41)
    weights = weights / weights.sum()

    def excess(tilt: float) -> float:
        probabilities = np.exp((tilt + spread.total * nodes)[:, None] * (_POINTS - _POINTS.mean()))
        means = (probabilities * _POINTS).sum(axis=1) / probabilities.sum(axis=1)
        return float(weights @ means) - mean

    return float(optimize.brentq(excess, -STEEPEST, STEEPEST))
