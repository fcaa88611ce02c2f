"""Runs and problems are both drawn at random: the interval holds what a new run would change."""

from __future__ import annotations

import numpy as np
import pytest

from artifact.evaluation.statistics.crossed import crossed
from artifact.evaluation.statistics.pooled import contrasts


def drawn(rng: np.random.Generator, base: np.ndarray, spread: float, shift: float, runs: int):
    """Runs that answer problems of difficulty `base`, each run with a level of its own."""
    levels = shift + spread * rng.standard_normal(runs)
    return [
        {f"p{i}": bool(rng.random() < chance) for i, chance in enumerate(np.clip(base + it, 0, 1))}
        for it in levels
    ]


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    rng, held = np.random.default_rng(0), {"crossed": 0, "problems": 0}
    studies, resampled = 300, 40  # a bootstrap takes a thousand times as long
    for study in range(studies):
        base = rng.uniform(0.3, 0.7, size=60)
        runs = {kind: drawn(rng, base, 0.08, 0.0, 3) for kind in "ab"}
        found = crossed(runs["a"], runs["b"])
        assert found is not None
        held["crossed"] += found.interval.low <= 0 <= found.interval.high
        if study < resampled:
            (contrast,) = contrasts(runs, [("a", "b")])
            assert contrast.over_runs == found
            held["problems"] += contrast.interval.low <= 0 <= contrast.interval.high
    assert held["problems"] < 0.9 * resampled, "over problems alone, a new run is not accounted for"
    assert held["crossed"] > 0.93 * studies


def test_it_finds_the_difference_that_it_calls_detectable_in_about_four_of_five_studies() -> None:
    rng = np.random.default_rng(1)
    base = rng.uniform(0.3, 0.6, size=200)
    named = [crossed(*(drawn(rng, base, 0.03, 0.0, 5) for _ in "ab")) for _ in range(30)]
    size = float(np.mean([it.detectable for it in named if it]))
    found = [
        crossed(drawn(rng, base, 0.03, size, 5), drawn(rng, base, 0.03, 0.0, 5)) for _ in range(150)
    ]
    power = np.mean([it.p < 0.05 for it in found if it])
    assert 0.65 < power < 0.95


def test_what_runs_have_in_common_cancels_where_they_are_the_same_runs() -> None:
    rng = np.random.default_rng(2)
    second = drawn(rng, np.full(80, 0.4), 0.2, 0.0, 4)
    first = [
        {name: right or i % 5 == 0 for i, (name, right) in enumerate(run.items())} for run in second
    ]
    paired, apart = crossed(first, second, same_runs=True), crossed(first, second)
    assert paired is not None
    assert apart is not None
    assert paired.detectable < 0.6 * apart.detectable


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ([{"a": True, "b": False}], [{"a": True, "b": False}] * 2),
        ([{"a": True}] * 2, [{"a": False}] * 2),
        ([{"a": True, "b": True}] * 2, [{"c": True, "d": True}] * 2),
        ([{"a": True, "b": True}] * 2, [{"a": True, "b": True}] * 2),
    ],
    ids=["one run", "one problem", "no shared problem", "no variance"],
)
def test_without_variance_there_is_nothing(first, second) -> None:
    assert crossed(first, second) is None
