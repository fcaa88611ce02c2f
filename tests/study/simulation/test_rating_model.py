"""The made-up raters: distributions, monotony and the mean asked for."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from artifact.study.simulation.rating_model import (
    STEEPEST,
    Raters,
    Spread,
    draw_raters,
    tilt_for_mean,
)

NONE = Spread(people=0, problems=0, trials=0)


def crowd(people: int, spread: Spread, *, items: int = 2, seed: int = 3) -> Raters:
    rng = np.random.default_rng(seed)
    persons, problems = rng.normal(0, spread.people, people), rng.normal(0, spread.problems, 10)
    return draw_raters(persons, problems, items=items, spread=spread, rng=rng)


def test_a_tilt_of_nothing_makes_all_points_alike() -> None:
    points = crowd(2000, NONE).rate(0)
    shares = np.bincount(points.ravel(), minlength=6)[1:] / points.size
    assert shares == pytest.approx([0.2] * 5, abs=0.01)


def test_points_follow_the_tilt() -> None:
    # p(k) is proportional to exp(t k): neighbouring points stand in the ratio exp(t).
    points = crowd(4000, NONE).rate(np.log(2))
    shares = np.bincount(points.ravel(), minlength=6)[1:] / points.size
    assert shares == pytest.approx(np.array([1, 2, 4, 8, 16]) / 31, abs=0.01)


def test_no_rating_falls_where_the_tilt_rises() -> None:
    raters = crowd(30, Spread())
    steps = [raters.rate(tilt) for tilt in np.linspace(-STEEPEST, STEEPEST, 60)]
    assert (steps[0] == 1).all()
    assert (steps[-1] == 5).all()
    assert all((after >= before).all() for before, after in pairwise(steps))


@pytest.mark.parametrize("mean", [1.5, 3.0, 3.5, 4.8])
def test_the_mean_is_the_one_asked_for(mean: float) -> None:
    # Without problems that all share, 40,000 people leave a standard error below 0.005.
    spread = Spread(people=0.4, problems=0, trials=0.3)
    points = crowd(40_000, spread, items=1).rate(tilt_for_mean(mean, spread=spread))
    assert points.mean() == pytest.approx(mean, abs=0.015)


def test_the_middle_of_the_scale_needs_no_tilt() -> None:
    assert tilt_for_mean(3, spread=Spread()) == pytest.approx(0, abs=1e-9)


def test_ratings_of_a_person_resemble_each_other_as_far_as_said() -> None:
    # The docstring of Spread promises participant means with a deviation of about 0.7.
    means = crowd(4000, Spread(), items=2).rate(0).mean(axis=(1, 2))
    assert means.std(ddof=1) == pytest.approx(0.7, abs=0.05)
    alone = crowd(4000, NONE, items=2).rate(0).mean(axis=(1, 2))
    assert alone.std(ddof=1) == pytest.approx(np.sqrt(2 / 20), abs=0.01)  # variance 2, 20 ratings
