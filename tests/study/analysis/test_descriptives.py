"""Means, points and bootstrap limits, worked out by hand or enumerated."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest

from artifact.study.analysis.descriptives import (
    bootstrap_interval,
    item_scores,
    participant_means,
    point_counts,
)
from artifact.study.analysis.undefined import UndefinedError

RATINGS = pd.DataFrame(
    [
        ("ava", "q1", "clear", 5),
        ("ava", "q2", "clear", 4),
        ("ava", "q1", "muddled", 3),
        ("bo", "q1", "clear", 1),
        ("bo", "q1", "muddled", 2),
        ("cy", "q1", "clear", 5),
    ],
    columns=["participant", "problem", "item", "score"],
)


def test_each_participant_has_one_mean() -> None:
    assert participant_means(RATINGS) == pytest.approx([4, 1.5, 5])


def test_items_are_averaged_over_problems_and_gaps_leave_a_person_out() -> None:
    # ava: clear (5 + 4) / 2, muddled 3; bo: 1 and 2; cy never answered muddled.
    assert item_scores(RATINGS) == pytest.approx(np.array([[4.5, 3], [1, 2]]))


def test_points_are_counted_from_one_to_five() -> None:
    assert point_counts(RATINGS) == (1, 1, 1, 1, 2)


@pytest.mark.parametrize("statistic", [np.mean, np.median])
def test_bootstrap_limits_of_three_people_by_enumeration(statistic) -> None:  # type: ignore[no-untyped-def]
    values = np.array([4.0, 4.5, 5.0])
    every = [statistic(sample) for sample in product(values, repeat=3)]
    # 1 of 27 samples is 4, 4, 4 (3.7 %), so the 2.5 % point is 4, and 5 on the other side; at
    # 60 % the limits are the 20 % and 80 % points of the 27.
    for confidence in (0.95, 0.6):
        found = bootstrap_interval(
            values, statistic, seed=(1,), resamples=20_000, confidence=confidence
        )
        tails = np.quantile(np.repeat(every, 999), [(1 - confidence) / 2, (1 + confidence) / 2])
        assert found == pytest.approx(tuple(tails), abs=1e-9)


def test_the_seed_decides() -> None:
    values = np.random.default_rng(5).normal(size=25)
    first, again, other = (
        bootstrap_interval(values, np.mean, seed=(seed,), resamples=99, confidence=0.95)
        for seed in (1, 1, 2)
    )
    assert first == again != other


def test_one_person_has_no_limits() -> None:
    with pytest.raises(UndefinedError, match="two participants"):
        bootstrap_interval(np.ones(1), np.mean, seed=(1,), resamples=9, confidence=0.95)
