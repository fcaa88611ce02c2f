"""SIMULATED ratings of a within-subjects study of known truth: everyone rates every trace type.

The published study is between subjects, so there is nothing to agree with: what differs, and by
how much, is chosen. Ratings come from `rating_model`; each person also likes each trace type a
little more or less than others do (ASSUMED), which a test within people must not take for an
effect. Trace types rotate over the problems as on the page (`manifest.Manifest.arm`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from artifact.common.errors import InputError
from artifact.study.analysis.comparisons import Scores
from artifact.study.instrument.items import INTERPRETABILITY, Item, load_items
from artifact.study.instrument.ratings import GROUPS, MARK, Rating
from artifact.study.instrument.ratings_file import write_ratings
from artifact.study.simulation.rating_model import Floats, Spread, draw_raters, tilt_for_mean
from artifact.study.simulation.simulated_study import SHIFTED, SimulationDesign
from artifact.study.simulation.synthetic_ratings import simulated_ratings

Points = npt.NDArray[np.int64]

MEAN = 3.5
"""Expected rating of a trace type without an effect."""
OWN_TASTE = 0.15
"""ASSUMED standard deviation, in the tilt, of a person's liking for one trace type."""
EFFECTS: Mapping[str, float] = {GROUPS[0]: 0.5}
"""Scale points by which interpretability differs: the decomposed traces half a point better."""


def simulate_within(
    out: Path,
    *,
    people: int = 100,
    problems: int = 8,
    seed: int = 20260401,
    effects: Mapping[str, float] = EFFECTS,
) -> int:
    """Write a file of SIMULATED ratings and give how many it holds.

    Args:
        out: the CSV file to write.
        people: participants, a quarter beginning with each trace type.
        problems: problems that each of them rates, at least one of every trace type.
        seed: the same arguments and seed give the same file.
        effects: scale points by which a trace type's interpretability differs from `MEAN`;
            cognitive load differs nowhere.

    Raises:
        InputError: there is no participant, or there are fewer problems than trace types.
    """
    if people < 1 or problems < len(GROUPS):
        cure = f"ask for at least one participant and {len(GROUPS)} problems"
        raise InputError("everyone must rate every trace type", cure=cure)
    rng, spread = np.random.default_rng(seed), Spread()
    problem_tilts = rng.normal(0, spread.problems, problems)
    arms = _rotation(people, problems)
    items = load_items().items
    load = [item for item in items if item.dimension not in INTERPRETABILITY]
    interpretability = [item for item in items if item.dimension in INTERPRETABILITY]
    rows: list[Rating] = []
    for own, differs in ((interpretability, effects), (load, {})):
        means = [MEAN + differs.get(group, 0) for group in GROUPS]
        points = _points(arms, problem_tilts, means, items=len(own), spread=spread, rng=rng)
        rows += _rows(own, arms, points)
    write_ratings(rows, out, remarks=_remarks(people, problems, seed, effects))
    return len(rows)


def simulate_within_means(
    design: SimulationDesign, *, effect: float, rng: np.random.Generator
) -> dict[str, Scores]:
    """Each person's mean rating under each trace type, people in one order; nothing is written.

    Args:
        design: of the study; each rotation of the trace types gets its number of participants per
            group, so that as many people take part as between subjects.
        effect: scale points by which the expected rating of `SHIFTED` is higher.
        rng: the same state gives the same people, whatever the effect.
    """
    arms = _rotation(design.per_group * len(GROUPS), design.problems)
    problem_tilts = rng.normal(0, design.spread.problems, design.problems)
    means = [design.mean + (effect if group == SHIFTED else 0) for group in GROUPS]
    points = _points(
        arms, problem_tilts, means, items=design.items, spread=design.spread, rng=rng
    ).mean(axis=2)
    return {
        group: np.where(arms == place, points, 0).sum(axis=1) / (arms == place).sum(axis=1)
        for place, group in enumerate(GROUPS)
    }


def _rotation(people: int, problems: int) -> Points:
    """People x problems: the place in `GROUPS` of the trace type seen."""
    return np.asarray((np.arange(people)[:, None] + np.arange(problems)) % len(GROUPS))


def _points(
    arms: Points,
    problem_tilts: Floats,
    means: Sequence[float],
    *,
    items: int,
    spread: Spread,
    rng: np.random.Generator,
) -> Points:
    """People x problems x items: the points given, with an expected rating for each trace type."""
    people_tilts = rng.normal(0, spread.people, len(arms))
    raters = draw_raters(people_tilts, problem_tilts, items=items, spread=spread, rng=rng)
    tastes = rng.normal(0, OWN_TASTE, (len(arms), len(GROUPS)))
    tilts = np.array([tilt_for_mean(mean, spread=spread) for mean in means])
    return raters.rate(tilts[arms] + np.take_along_axis(tastes, arms, axis=1))


def _rows(items: Sequence[Item], arms: Points, points: Points) -> Iterator[Rating]:
    for person, problem in np.ndindex(arms.shape):
        group = GROUPS[arms[person, problem]]
        yield from simulated_ratings(
            f"{person + 1:03}", group, problem, items, points[person, problem]
        )


def _remarks(people: int, problems: int, seed: int, effects: Mapping[str, float]) -> list[str]:
    shifts = ", ".join(f"{group} {shift:+g}" for group, shift in effects.items()) or "none"
    return [
        f"{MARK}: no person gave these ratings.",
        f"{MARK}, within subjects: {people} participants, {problems} problems each; seed {seed}.",
        f"Chosen, and no finding: interpretability {MEAN:g}, except for {shifts}; cognitive load "
        f"{MEAN:g} throughout.",
    ]
