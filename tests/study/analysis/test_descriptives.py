"""Means, points and bootstrap limits by hand; Cronbach's alpha against published examples."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact.study.analysis.descriptives import (
    bootstrap_interval,
    cronbach_alpha,
    feldt_interval,
    item_scores,
    participant_means,
    point_counts,
)
from artifact.study.analysis.findings import UndefinedError

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


# The "attitude" survey of Chatterjee & Price (1977), shipped with R: 30 departments x 7 items.
ATTITUDE = np.fromstring(
    """
    43 51 30 39 61 92 45  63 64 51 54 63 73 47  71 70 68 69 76 86 48  61 63 45 47 54 84 35
    81 78 56 66 71 83 47  43 55 49 44 54 49 34  58 67 42 56 66 68 35  71 75 50 55 70 66 41
    72 82 72 67 71 83 31  67 61 45 47 62 80 41  64 53 53 58 58 67 34  67 60 47 39 59 74 41
    69 62 57 42 55 63 25  68 83 83 45 59 77 35  77 77 54 72 79 77 46  81 90 50 72 60 54 36
    74 85 64 69 79 79 63  65 60 65 75 55 80 60  65 70 46 57 75 85 46  50 58 68 54 64 78 52
    50 40 33 34 43 64 33  64 61 52 62 66 80 41  53 66 52 50 63 80 37  40 37 42 58 50 57 49
    63 54 42 48 66 75 33  66 77 66 63 88 76 72  78 75 58 74 80 78 49  48 57 44 45 51 83 38
    85 85 71 71 77 74 55  82 82 39 59 64 78 39
    """,
    sep=" ",
).reshape(30, 7)


def test_alpha_of_a_published_example() -> None:
    # R, psych::alpha(attitude) prints raw_alpha 0.84; ltm::cronbach.alpha(attitude) 0.843.
    found = cronbach_alpha(ATTITUDE)
    assert found.alpha == pytest.approx(0.843, abs=5e-4)
    assert (found.people, found.items) == (30, 7)


@pytest.mark.parametrize(
    ("alpha", "people", "items", "low", "high"),
    [
        # C. Evans, R code for Feldt's interval (MRC CBU statistics wiki, "cafun").
        (0.913, 873, 20, 0.9044024, 0.9211588),
        # Worked example of real-statistics.com, recomputed by Aoki (2021) with Rmath.
        (0.591719, 15, 10, 0.19492168920552821, 0.8398208740258171),
    ],
)
def test_the_interval_of_published_examples(
    alpha: float, people: int, items: int, low: float, high: float
) -> None:
    assert feldt_interval(alpha, people, items) == pytest.approx((low, high), abs=1e-7)


def test_the_interval_by_hand() -> None:
    # F with 2 and 2 degrees of freedom has P(F < x) = x / (1 + x): its 97.5 % point is 39.
    assert feldt_interval(2 / 3, 3, 2) == pytest.approx((1 - 39 / 3, 1 - 1 / 117))


scores = st.lists(st.lists(st.integers(1, 5), min_size=3, max_size=3), min_size=3, max_size=12).map(
    lambda rows: np.array(rows, float)
)


@given(scores)
def test_alpha_is_one_minus_the_ratio_of_mean_squares(table: np.ndarray) -> None:
    # Hoyt (1941): alpha = 1 - MS(residual) / MS(people) of the two-way analysis of variance.
    people, items = table.shape
    rows, columns, grand = table.mean(1, keepdims=True), table.mean(0), table.mean()
    ms_people = items * ((rows - grand) ** 2).sum() / (people - 1)
    ms_residual = ((table - rows - columns + grand) ** 2).sum() / ((people - 1) * (items - 1))
    if np.isclose(ms_people, 0):
        with pytest.raises(UndefinedError, match="same score"):
            cronbach_alpha(table)
    else:
        found = cronbach_alpha(table)
        assert found.alpha == pytest.approx(1 - ms_residual / ms_people)
        assert found.low <= found.alpha <= found.high or found.alpha == pytest.approx(1)


@pytest.mark.parametrize(
    ("table", "why"), [(np.ones((4, 1)), "two items"), (np.ones((1, 4)), "two participants")]
)
def test_what_has_no_alpha(table: np.ndarray, why: str) -> None:
    with pytest.raises(UndefinedError, match=why):
        cronbach_alpha(table)
