"""Made-up raters: the model behind every rating that no person gave.

A person's chance of choosing point k of 1 to 5 is proportional to exp(t * k). For a given mean
this is the distribution that assumes least else (of maximum entropy). The tilt t is the sum of
what all people of a group share and of normal deviations of the person, the problem and the
person's trial (one person on one problem), so that ratings of one person resemble each other as
real ones do. How much they do is not published: `Spread` is an assumption, and everything that
is computed with it must say so.
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
"""A tilt at which all but one point are as good as impossible."""


@dataclass(frozen=True, slots=True)
class Spread:
    """ASSUMED standard deviations of the tilt; the defaults give participant means in the
    middle of the scale a standard deviation of about 0.7 points."""

    people: float = 0.4
    problems: float = 0.2
    trials: float = 0.2

    @property
    def total(self) -> float:
        """Standard deviation of the three deviations together."""
        return float(np.sqrt(self.people**2 + self.problems**2 + self.trials**2))


@dataclass(frozen=True)
class Raters:
    """Everything random about a group of people, drawn once; tilts turn it into ratings.

    Attributes:
        tilts: people x problems, each trial's deviation from the group's tilt.
        ranks: people x problems x items in [0, 1): where each answer lies in its distribution.
    """

    tilts: Floats
    ranks: Floats

    def rate(self, tilt: Floats | float) -> npt.NDArray[np.int64]:
        """Ratings 1 to 5, people x problems x items; no rating falls where a tilt rises.

        Args:
            tilt: of the group, or one of each trial (people x problems, or broadcast to it).
        """
        weights = np.exp((self.tilts + tilt)[..., None] * (_POINTS - _POINTS.mean()))
        below = np.cumsum(weights, axis=-1)[..., :-1] / weights.sum(axis=-1, keepdims=True)
        points: npt.NDArray[np.int64] = (self.ranks[..., None] > below[..., None, :]).sum(axis=-1)
        return 1 + points


def gather(
    person_tilts: Floats,
    problem_tilts: Floats,
    *,
    items: int,
    spread: Spread,
    rng: np.random.Generator,
) -> Raters:
    """People who rate `items` items of each problem.

    Args:
        person_tilts: one deviation per person.
        problem_tilts: one deviation per problem, shared by the groups, which see the same
            problems.
        items: how many items each problem is rated on.
        spread: where the spread of trials comes from.
        rng: draws the trials and the answers.
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
        chances = np.exp((tilt + spread.total * nodes)[:, None] * (_POINTS - _POINTS.mean()))
        means = (chances * _POINTS).sum(axis=1) / chances.sum(axis=1)
        return float(weights @ means) - mean

    return float(optimize.brentq(excess, -STEEPEST, STEEPEST))
