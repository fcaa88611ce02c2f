"""Intervals: Wilson's as published, and a seeded bootstrap that is not fooled by agreement."""

from __future__ import annotations

import numpy as np
import pytest

from artifact.evaluation.statistics.proportions import bootstrap_mean, share


@pytest.mark.parametrize(
    ("right", "n", "interval"),
    [
        (81, 263, (0.2553, 0.3662)),
        (15, 148, (0.0624, 0.1605)),
        (0, 20, (0.0, 0.1611)),
        (1, 29, (0.0061, 0.1718)),
    ],
)
def test_wilsons_interval(right: int, n: int, interval: tuple[float, float]) -> None:
    """Newcombe (1998), "Two-sided confidence intervals for the single proportion", method 3."""
    assert share(right, n).interval == pytest.approx(interval, abs=0.00005)
    assert share(right, n).value == right / n


def test_the_bootstrap_is_seeded_and_agrees_with_the_normal_interval() -> None:
    rng = np.random.default_rng(5)
    first, second = rng.random(900) < 0.6, rng.random(900) < 0.5
    differences = first.astype(float) - second
    interval = bootstrap_mean(differences.tolist(), lowest=-1, seed=3)
    assert interval == bootstrap_mean(differences.tolist(), lowest=-1, seed=3)
    few = [
        bootstrap_mean(differences.tolist(), lowest=-1, seed=seed, resamples=99) for seed in (3, 4)
    ]
    assert few[0] != few[1]
    half = 1.96 * differences.std() / np.sqrt(900)
    assert interval == pytest.approx(
        (differences.mean() - half, differences.mean() + half), abs=0.005
    )


@pytest.mark.parametrize(
    ("value", "lowest", "low", "high"),
    [(0.0, 0, 0.0, 0.0876), (1.0, 0, 0.9124, 1.0), (0.0, -1, -0.0876, 0.0876)],
)
def test_agreement_is_not_certainty(value: float, lowest: int, low: float, high: float) -> None:
    """The limits of 0 and of 40 right answers of 40, by Wilson."""
    assert bootstrap_mean([value] * 40, lowest=lowest) == pytest.approx((low, high), abs=5e-5)
