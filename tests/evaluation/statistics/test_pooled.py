"""Seeds are averaged problem by problem; the exact test is McNemar's where there is one seed."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact.evaluation.statistics.paired import bootstrap_difference, compare, mcnemar_p, share
from artifact.evaluation.statistics.pooled import by_problem, contrasts, mean, sign_flip_p, trend


def rights(flags: str) -> dict[str, bool]:
    """``++-`` as three problems, the third wrong."""
    return {f"p{place}": flag == "+" for place, flag in enumerate(flags)}


def test_a_problem_counts_once_whatever_the_number_of_runs() -> None:
    runs = [rights("++--"), rights("+-+-")]
    assert by_problem(runs) == {
        "p0": 1, "p1": Fraction(1, 2), "p2": Fraction(1, 2), "p3": 0,
    }  # fmt: skip
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


def test_one_run_a_side_is_the_comparison_of_two_variants() -> None:
    first, second = rights("+++-+-+++-"), rights("-+--+--++-")
    (pooled,) = contrasts({"a": [first], "b": [second]}, [("a", "b")])
    (paired,) = compare({"a": first, "b": second}, "exact_set")
    assert pooled.difference == pytest.approx(paired.difference)
    assert pooled.p == pytest.approx(paired.p)
    assert pooled.interval == pytest.approx(
        bootstrap_difference(list(first.values()), list(second.values()))
    )


def test_pairs_share_problems_and_holm_covers_all_of_them() -> None:
    runs = {
        "a": [rights("++++++++++")],
        "b": [rights("--------++"), rights("--------+-")],
        "c": [{"elsewhere": True}],
    }
    found = contrasts(runs, [("a", "b"), ("b", "a"), ("a", "c"), ("a", "d")])
    assert [(it.first, it.second, it.n) for it in found] == [("a", "b", 10), ("b", "a", 10)]
    one, other = found
    assert one.difference == -other.difference == pytest.approx(0.85)
    assert (one.first_runs, one.second_runs) == (1, 2)
    assert one.p_holm == pytest.approx(2 * one.p)


def test_without_pairs_there_is_nothing() -> None:
    assert contrasts({}, [("a", "b")]) == []


@given(st.integers(0, 12), st.integers(0, 12), st.integers(0, 5))
def test_of_single_runs_the_sign_flip_test_is_mcnemars(first: int, second: int, same: int) -> None:
    differences = [Fraction(1)] * first + [Fraction(-1)] * second + [Fraction(0)] * same
    if differences:
        assert sign_flip_p(differences) == pytest.approx(mcnemar_p(first, second))


@given(st.lists(st.fractions(-1, 1, max_denominator=6), min_size=1, max_size=8))
def test_the_sign_flip_test_counts_all_signs(differences: list[Fraction]) -> None:
    total = abs(sum(differences))
    sums = [
        abs(sum(sign * it for sign, it in zip(signs, differences, strict=True)))
        for signs in product((-1, 1), repeat=len(differences))
    ]
    expected = sum(it >= total for it in sums) / len(sums)
    assert sign_flip_p(differences) == pytest.approx(expected)


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
