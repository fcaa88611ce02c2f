"""Paired contrasts: hand-worked McNemar, matching by problem, Holm's own arithmetic."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from statsmodels.stats.contingency_tables import mcnemar

from artifact.evaluation.statistics.paired import contrasts, sign_flip_p


def _p(only_first: int, only_second: int, same: int = 0) -> float:
    return sign_flip_p(
        [Fraction(1)] * only_first + [Fraction(-1)] * only_second + [Fraction(0)] * same
    )


@pytest.mark.parametrize(
    ("only_first", "only_second", "p"),
    [
        (8, 2, 112 / 1024),  # 2 * (1 + 10 + 45) / 2**10
        (2, 8, 112 / 1024),
        (5, 5, 1.0),
        (0, 0, 1.0),
        (0, 6, 2 / 64),
        (150, 86, binomtest(86, 236).pvalue),
    ],
)
def test_of_single_runs_the_test_is_a_fair_coin_over_the_discordant_pairs(
    only_first: int, only_second: int, p: float
) -> None:
    assert _p(only_first, only_second, same=7) == pytest.approx(p)


@given(st.integers(0, 12), st.integers(0, 12), st.integers(1, 5))
def test_of_single_runs_the_sign_flip_test_is_mcnemars(first: int, second: int, same: int) -> None:
    exact = mcnemar([[0, first], [second, 0]], exact=True).pvalue
    assert _p(first, second, same) == pytest.approx(exact)


@given(st.lists(st.fractions(-1, 1, max_denominator=6), min_size=1, max_size=8))
def test_the_sign_flip_test_counts_all_signs(differences: list[Fraction]) -> None:
    total = abs(sum(differences))
    sums = [
        abs(sum(sign * each for sign, each in zip(signs, differences, strict=True)))
        for signs in product((-1, 1), repeat=len(differences))
    ]
    expected = sum(each >= total for each in sums) / len(sums)
    assert sign_flip_p(differences) == pytest.approx(expected)


def _rights(pattern: str) -> dict[str, bool]:
    return {f"q{index}": mark == "+" for index, mark in enumerate(pattern)}


def test_sides_are_matched_by_problem() -> None:
    first = {"a": True, "b": True, "c": False, "d": True}
    second = {"d": False, "c": False, "b": True, "e": True}
    (pair,) = contrasts({"vanilla": first, "correct": second}, [("vanilla", "correct")])
    assert (pair.first, pair.second, pair.n) == ("vanilla", "correct", 3)
    assert pair.difference == pytest.approx(1 / 3)
    assert pair.p == 1.0  # one discordant pair
    assert pair.interval.low <= pair.difference <= pair.interval.high
    assert (pair.first_runs, pair.second_runs) == (1, 1)


def test_pairs_come_in_the_order_given_and_one_that_is_not_there_is_passed_over() -> None:
    rights = {name: _rights("++--") for name in ("vanilla", "correct", "incorrect")}
    pairs = [("correct", "vanilla"), ("correct", "verbose"), ("vanilla", "incorrect")]
    found = [(pair.first, pair.second) for pair in contrasts(rights, pairs)]
    assert found == [("correct", "vanilla"), ("vanilla", "incorrect")]
    assert contrasts({}, pairs) == []


def test_holm_multiplies_the_smallest_p_by_the_number_of_tests() -> None:
    rights = {
        "vanilla": _rights("+" * 20 + "-" * 4),
        "correct": _rights("-" * 10 + "+" * 14),
        "incorrect": _rights("-" * 2 + "+" * 18 + "-" * 4),
    }
    pairs = [("vanilla", "correct"), ("vanilla", "incorrect"), ("correct", "incorrect")]
    by_p = sorted(contrasts(rights, pairs), key=lambda pair: pair.p)
    assert by_p[0].p_holm == pytest.approx(min(1, 3 * by_p[0].p))
    assert by_p[1].p_holm == pytest.approx(max(by_p[0].p_holm, min(1, 2 * by_p[1].p)))
    assert by_p[2].p_holm == pytest.approx(max(by_p[1].p_holm, by_p[2].p))


@pytest.mark.parametrize("second", [{"b": True}, {"a": True}])
def test_fewer_than_two_problems_in_common_are_no_contrast(second: dict[str, bool]) -> None:
    assert contrasts({"x": {"a": True, "c": False}, "y": second}, [("x", "y")]) == []
