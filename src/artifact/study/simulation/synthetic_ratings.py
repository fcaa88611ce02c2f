"""Synthetic ratings that agree with the published figures, and with nothing else.

They let the book show the analysis at work while no ratings are public. They are evidence of
nothing: the analysis returns what was put in.

They agree with the published median of interpretability of each trace type and, for R1 traces,
with the abstract's means of interpretability and cognitive load. Where a median and a mean are
public, both are met by moving the ratings of the upper third of the people.

What is not public is left out where possible: no cognitive load of the other three trace types,
no page times, no attention checks (blank in the file), no difference between the three dimensions
of interpretability or between their items. What cannot be left out is assumed and stated in the
file's header: how many problems were rated, how much people, problems and trials vary
(`rating_model.Spread`), and that cognitive load is independent of interpretability.

The header, each row's `simulated` and each row's participant and problem say that no person gave
the rating, so that even a copied row says it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import stats

from artifact.common.errors import InputError
from artifact.study.instrument.items import INTERPRETABILITY, POINTS, Dimension, Item, load_items
from artifact.study.instrument.ratings import MARK, Rating, Ratings, as_ratings
from artifact.study.instrument.ratings_file import write_ratings
from artifact.study.simulation.published_rating import PublishedRating
from artifact.study.simulation.rating_model import STEEPEST, Raters, Spread, draw_raters

COGNITIVE_LOAD: Dimension = "cognitive_load"

ROUNDING = 0.005
"""Largest rounding error of a published figure, in scale points (two decimals)."""

Points = npt.NDArray[np.int64]


def simulate_ratings(
    published: Sequence[PublishedRating],
    out: Path,
    *,
    per_group: int = 25,
    problems: int = 10,
    seed: int = 20260401,
    spread: Spread | None = None,
) -> Ratings:
    """Write a file of synthetic ratings and return them.

    Args:
        published: the figures to agree with, one record per group.
        out: the CSV file to write.
        per_group: participants per trace type.
        problems: problems that each participant rates (ASSUMED: the study's number is not public).
        seed: the same arguments and seed give the same file.
        spread: ASSUMED standard deviations of people, problems and trials.

    Raises:
        InputError: there is no participant or no problem, or so few people cannot meet the
            published figures together.
    """
    spread = spread or Spread()
    rows = draw_ratings(published, per_group=per_group, problems=problems, seed=seed, spread=spread)
    write_ratings(rows, out, remarks=_remarks(published, per_group, problems, seed, spread))
    return as_ratings(rows)


def draw_ratings(
    published: Sequence[PublishedRating],
    *,
    per_group: int,
    problems: int,
    seed: int,
    spread: Spread | None = None,
) -> list[Rating]:
    """What `simulate_ratings` writes; arguments and errors as there."""
    if min(per_group, problems) < 1:
        raise InputError("a simulation needs at least one participant and one problem")
    spread = spread or Spread()
    rng = np.random.default_rng(seed)
    problem_tilts = rng.normal(0, spread.problems, problems)
    # Normal quantiles instead of random draws, so that no group is skewed by chance.
    person_tilts = spread.people * stats.norm.ppf((np.arange(per_group) + 0.5) / per_group)
    items = load_items().items
    interpretability = [item for item in items if item.dimension in INTERPRETABILITY]
    cognitive_load = [item for item in items if item.dimension == COGNITIVE_LOAD]
    rows: list[Rating] = []

    def raters(items: Sequence[Item]) -> Raters:
        # Shuffled, so that cognitive load is independent of interpretability.
        people = rng.permutation(person_tilts)
        return draw_raters(people, problem_tilts, items=len(items), spread=spread, rng=rng)

    for figures in published:
        points = _with_interpretability(raters(interpretability), figures)
        rows += _rows(figures.trace, interpretability, points)
        if figures.cognitive_load is not None:
            points = _with_load(raters(cognitive_load), figures.cognitive_load, figures.trace)
            rows += _rows(figures.trace, cognitive_load, points)
    return rows


def _with_interpretability(raters: Raters, figures: PublishedRating) -> Points:
    """Ratings whose participant means have the published median and, where public, mean."""
    person = raters.tilts.mean(axis=1, keepdims=True)
    # The upper third moves the mean and leaves the person in the middle where it is.
    above = np.maximum(person - np.quantile(person, 2 / 3), 0)

    def at_median(stretch: float) -> Points:
        return _closest(
            lambda tilt: raters.rate(tilt + stretch * above),
            _median,
            figures.interpretability_median,
        )

    if figures.interpretability_mean is None:
        points = at_median(0)
    else:
        points = _closest(at_median, _mean, figures.interpretability_mean, reach=(-1, 50))
        _check(points, _mean(points), figures.interpretability_mean, figures.trace)
    _check(points, _median(points), figures.interpretability_median, figures.trace)
    return points


def _with_load(raters: Raters, mean: float, group: str) -> Points:
    """Ratings with the published mean."""
    points = _closest(raters.rate, _mean, mean)
    _check(points, _mean(points), mean, group)
    return points


def _mean(points: Points) -> float:
    return float(points.mean())


def _median(points: Points) -> float:
    """Median of the participants' means."""
    return float(np.median(points.mean(axis=(1, 2))))


def _closest(
    ratings_at: Callable[[float], Points],
    figure: Callable[[Points], float],
    wanted: float,
    *,
    reach: tuple[float, float] = (-STEEPEST, STEEPEST),
) -> Points:
    """The ratings whose figure is closest to the one wanted; it rises with the argument.

    Ratings are whole numbers, so the figure rises in steps: bisection finds the step over
    `wanted`, and the closer of its two sides is taken.
    """
    low, high = reach
    while high - low > 1e-9:
        middle = (low + high) / 2
        low, high = (middle, high) if figure(ratings_at(middle)) < wanted else (low, middle)
    sides = [ratings_at(low), ratings_at(high)]
    return min(sides, key=lambda points: abs(figure(points) - wanted))


def _check(points: Points, reached: float, wanted: float, group: str) -> None:
    """A figure may differ by its rounding and half a step of a participant's mean."""
    if abs(reached - wanted) > ROUNDING + 0.5 / points[0].size:
        raise InputError(
            f"the published numbers of '{group}' cannot be met by so few people: "
            f"{reached:.2f} instead of {wanted:.2f}",
            cure="ask for more participants or take another seed",
        )


def _rows(group: str, items: Sequence[Item], points: Points) -> Iterator[Rating]:
    for person, problem in np.ndindex(*points.shape[:2]):
        yield from simulated_ratings(
            f"{group}-{person + 1:03}", group, problem, items, points[person, problem]
        )


def simulated_ratings(
    person: str, group: str, problem: int, items: Sequence[Item], points: Points
) -> Iterator[Rating]:
    """One row per rating of one problem; reversed items get the mirrored point, as a rater would
    choose it.

    Args:
        person: what tells participants apart.
        group: the trace type shown.
        problem: its place, from 0.
        points: one for each of `items`.
    """
    for item, point in zip(items, points, strict=True):
        yield Rating(
            participant=f"{MARK}-{person}",
            group=group,
            problem=f"{MARK}-problem-{problem + 1:02}",
            item=item.id,
            dimension=item.dimension,
            reversed=item.reversed,
            rating=POINTS + 1 - int(point) if item.reversed else int(point),
            checks_passed=None,
            duration=None,
            simulated=True,
        )


def _remarks(
    published: Sequence[PublishedRating], per_group: int, problems: int, seed: int, spread: Spread
) -> list[str]:
    medians = ", ".join(f"{p.trace} {p.interpretability_median}" for p in published)
    means = ", ".join(
        f"{p.trace} {p.interpretability_mean}" for p in published if p.interpretability_mean
    )
    load = ", ".join(f"{p.trace} {p.cognitive_load}" for p in published if p.cognitive_load)
    unknown = ", ".join(p.trace for p in published if p.cognitive_load is None)
    return [
        f"{MARK}: no person gave these ratings.",
        f"{MARK} to agree with the published medians of interpretability ({medians}),",
        f"{MARK} its published mean ({means}) and that of cognitive load ({load}), nothing else.",
        f"Not public, so left out: cognitive load of {unknown}; page times; attention checks.",
        f"ASSUMED: {problems} problems each; spread of people {spread.people}, of problems "
        f"{spread.problems}, of trials {spread.trials}; no difference between dimensions.",
        f"{per_group} participants per group; seed {seed}.",
    ]
