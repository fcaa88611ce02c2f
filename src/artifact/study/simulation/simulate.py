"""Synthetic ratings that agree with the published figures, and with nothing else.

They let the book show the analysis at work while no ratings are public. They are evidence for
nothing: what goes in is what comes out.

What they agree with is read from ``claims/published.yml``: the median of interpretability of
each trace type and, for R1 traces, the abstract's means of interpretability and cognitive load.
Where both are public they are met by moving the upper third of the people apart.

What is not public is not made up where it can be left out: no cognitive load of the other three
trace types, no page times, no attention checks (blank in the file), no difference between the
three dimensions of interpretability or between their items. What cannot be left out is assumed
and named in the file's head: how many problems were rated, how people, problems and trials
spread (`raters.Spread`), and that cognitive load varies independently of interpretability.

That no person gave these ratings is said in the file's head, in each row's `simulated` and in
each row's participant and problem, so that a copied row still tells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import yaml
from scipy import stats

import artifact
from artifact.common.errors import InputError
from artifact.study.instrument.items import INTERPRETABILITY, POINTS, Dimension, Item, load_items
from artifact.study.instrument.ratings import MARK, Rating, Ratings, collect, write_ratings
from artifact.study.simulation.raters import STEEPEST, Raters, Spread, gather

PUBLISHED = Path(artifact.__file__).with_name("claims") / "published.yml"
"""The one file that holds published figures."""

LOAD: Dimension = "cognitive_load"

ROUNDING = 0.005
"""Scale points that a published figure of two decimals leaves open."""

Points = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Target:
    """What is public of one group; None where nothing is."""

    group: str
    interpretability_median: float
    interpretability_mean: float | None
    cognitive_load: float | None


def simulate(
    out: Path,
    *,
    per_group: int = 25,
    problems: int = 10,
    seed: int = 20260401,
    spread: Spread | None = None,
) -> Ratings:
    """Write a file of synthetic ratings and return them.

    Args:
        out: the CSV file to write.
        per_group: participants per trace type.
        problems: problems rated by each; how many the published study had is not public.
        seed: the same arguments and seed give the same file.
        spread: ASSUMED spreads of people, problems and trials.

    Raises:
        InputError: fewer than one participant or problem, or the published figures cannot be
            met together by so few people.
    """
    if min(per_group, problems) < 1:
        raise InputError("a simulation needs one participant and one problem or more")
    spread = spread or Spread()
    rng = np.random.default_rng(seed)
    problem_tilts = rng.normal(0, spread.problems, problems)
    # Normal quantiles instead of draws: people differ, but no group is skewed by accident.
    person_tilts = spread.people * stats.norm.ppf((np.arange(per_group) + 0.5) / per_group)
    items = load_items().items
    trace_items = [item for item in items if item.dimension in INTERPRETABILITY]
    load = [item for item in items if item.dimension == LOAD]
    rows: list[Rating] = []

    def recruit(items: Sequence[Item]) -> Raters:
        people = rng.permutation(person_tilts)  # so that load does not go with interpretability
        return gather(people, problem_tilts, items=len(items), spread=spread, rng=rng)

    for target in published_targets():
        points = _with_interpretability(recruit(trace_items), target)
        rows += _rows(target.group, trace_items, points)
        if target.cognitive_load is not None:
            points = _with_load(recruit(load), target.cognitive_load, target.group)
            rows += _rows(target.group, load, points)
    write_ratings(rows, out, remarks=_remarks(per_group, problems, seed, spread))
    return collect(rows)


def published_targets() -> tuple[Target, ...]:
    """What is public of each group, in the order of the file of published figures."""
    study = yaml.safe_load(PUBLISHED.read_text(encoding="utf-8"))["study"]
    return tuple(
        Target(
            group=row["trace"],
            interpretability_median=row["interpretability_median"],
            # The abstract prints two figures of interpretability; where one equals the median
            # of the sister paper, it says nothing more about the mean.
            interpretability_mean=None
            if row["interpretability"] == row["interpretability_median"]
            else row["interpretability"],
            cognitive_load=row["cognitive_load"],
        )
        for row in study["traces"]
    )


def _with_interpretability(raters: Raters, target: Target) -> Points:
    """Ratings whose participant means have the published median and, where public, mean."""
    person = raters.tilts.mean(axis=1, keepdims=True)
    # The upper third moves the mean and leaves the person in the middle where it is.
    above = np.maximum(person - np.quantile(person, 2 / 3), 0)

    def at_median(stretch: float) -> Points:
        return _closest(
            lambda tilt: raters.rate(tilt + stretch * above),
            _median,
            target.interpretability_median,
        )

    if target.interpretability_mean is None:
        points = at_median(0)
    else:
        points = _closest(at_median, _mean, target.interpretability_mean, reach=(-1, 50))
        _check(points, _mean(points), target.interpretability_mean, target.group)
    _check(points, _median(points), target.interpretability_median, target.group)
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
    """The ratings whose figure is closest to the one wanted; figures rise with the argument.

    Ratings are whole, so the figure climbs in steps: the step over `wanted` is found by
    bisection, and of its two sides the closer one is taken.
    """
    low, high = reach
    while high - low > 1e-9:
        middle = (low + high) / 2
        low, high = (middle, high) if figure(ratings_at(middle)) < wanted else (low, middle)
    sides = [ratings_at(low), ratings_at(high)]
    return min(sides, key=lambda points: abs(figure(points) - wanted))


def _check(points: Points, reached: float, wanted: float, group: str) -> None:
    """A figure may miss by its rounding and by half a step of a participant's mean."""
    if abs(reached - wanted) > ROUNDING + 0.5 / points[0].size:
        raise InputError(
            f"the published figures of '{group}' cannot be met by so few people: "
            f"{reached:.2f} instead of {wanted:.2f}",
            cure="ask for more participants or take another seed",
        )


def _rows(group: str, items: Sequence[Item], points: Points) -> Iterator[Rating]:
    """One row per rating; reversed items get the mirrored point, as a rater would choose."""
    people, problems, _ = points.shape
    for person in range(people):
        for problem in range(problems):
            for item, point in zip(items, points[person, problem], strict=True):
                yield Rating(
                    participant=f"{MARK}-{group}-{person + 1:03}",
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


def _remarks(per_group: int, problems: int, seed: int, spread: Spread) -> list[str]:
    targets = published_targets()
    medians = ", ".join(f"{t.group} {t.interpretability_median}" for t in targets)
    means = ", ".join(
        f"{t.group} {t.interpretability_mean}" for t in targets if t.interpretability_mean
    )
    load = ", ".join(f"{t.group} {t.cognitive_load}" for t in targets if t.cognitive_load)
    unknown = ", ".join(t.group for t in targets if t.cognitive_load is None)
    return [
        f"{MARK}: no person gave these ratings.",
        f"{MARK} to agree with the published medians of interpretability ({medians}),",
        f"{MARK} its published mean ({means}) and that of cognitive load ({load}), nothing else.",
        f"Not public, so left out: cognitive load of {unknown}; page times; attention checks.",
        f"ASSUMED: {problems} problems each; spread of people {spread.people}, of problems "
        f"{spread.problems}, of trials {spread.trials}; no difference between dimensions.",
        f"{per_group} participants per group; seed {seed}.",
    ]
