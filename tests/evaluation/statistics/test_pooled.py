"""Seeds are averaged problem by problem, and problems are the unit."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from artifact.evaluation.statistics import paired
from artifact.evaluation.statistics.pooled import by_problem, contrasts, mean, trend
from artifact.evaluation.statistics.proportions import share


def rights(flags: str) -> dict[str, bool]:
    """``++-`` as three problems, the third wrong."""
    return {f"p{place}": flag == "+" for place, flag in enumerate(flags)}


def test_a_problem_counts_once_whatever_the_number_of_runs() -> None:
    runs = [rights("++--"), rights("+-+-")]
    half = Fraction(1, 2)
    assert by_problem(runs) == {"p0": 1, "p1": half, "p2": half, "p3": 0}
    pooled = mean(runs)
    assert pooled is not None
    assert (pooled.runs, pooled.n, pooled.value) == (2, 4, 0.5)
    assert pooled.interval.low < 0.5 < pooled.interval.high


def test_the_same_run_twice_is_no_more_certain_than_once() -> None:
    once, twice = mean([rights("++-+---+" * 4)]), mean([rights("++-+---+" * 4)] * 2)
    assert once is not None
    assert twice is not None
    assert once.interval == twice.interval


def test_where_all_problems_agree_the_interval_is_not_certainty() -> None:
    none, every = rights("-" * 40), rights("+" * 40)
    nought, whole = mean([none]), mean([every])
    assert nought is not None
    assert whole is not None
    assert nought.interval == share(0, 40).interval
    assert whole.interval == pytest.approx(share(40, 40).interval)
    (same,) = contrasts({"a": [none], "b": [none]}, [("a", "b")])
    assert (same.difference, same.p) == (0, 1)
    assert same.interval == pytest.approx((-nought.interval.high, nought.interval.high))
    flat = trend({dose: [none] for dose in (0.0, 0.5, 1.0)})
    assert flat is not None
    assert flat.interval.low < flat.slope == 0 < flat.interval.high


@pytest.mark.parametrize("runs", [[], [rights("+")]])
def test_too_few_problems_have_no_mean(runs: list[dict[str, bool]]) -> None:
    assert mean(runs) is None


def test_one_run_a_side_is_the_paired_contrast_of_two_variants() -> None:
    first, second = rights("+++-+-+++-"), rights("-+--+--++-")
    assert contrasts({"a": [first], "b": [second]}, [("a", "b")]) == paired.contrasts(
        {"a": first, "b": second}, [("a", "b")]
    )


def test_pairs_share_problems_and_holm_covers_all_of_them() -> None:
    runs = {
        "a": [rights("++++++++++")],
        "b": [rights("--------++"), rights("--------+-")],
        "c": [{"elsewhere": True}],
    }
    found = contrasts(runs, [("a", "b"), ("b", "a"), ("a", "c"), ("a", "d")])
    assert [(pair.first, pair.second, pair.n) for pair in found] == [("a", "b", 10), ("b", "a", 10)]
    one, other = found
    assert one.difference == -other.difference == pytest.approx(0.85)
    assert (one.first_runs, one.second_runs) == (1, 2)
    assert one.p_holm == pytest.approx(2 * one.p)


def test_without_pairs_there_is_nothing() -> None:
    assert contrasts({}, [("a", "b")]) == []


def test_a_trend_is_the_least_squares_slope_of_the_shares() -> None:
    doses = {0.0: [rights("++++")], 0.5: [rights("++--"), rights("+++-")], 1.0: [rights("----")]}
    found = trend(doses)
    assert found is not None
    assert (found.doses, found.runs, found.n) == ((0.0, 0.5, 1.0), 4, 4)
    assert found.slope == pytest.approx(np.polyfit([0, 0.5, 1], [1, 5 / 8, 0], 1)[0])
    assert found.interval.low <= found.slope <= found.interval.high


@pytest.mark.parametrize(
    "doses", [{}, {0.5: [rights("++")]}, {0.0: [rights("++")], 1.0: [{"q": True}]}]
)
def test_without_two_doses_of_the_same_problems_there_is_no_trend(doses) -> None:
    assert trend(doses) is None
