"""Paired comparisons: hand-worked McNemar, published intervals, Holm's own arithmetic."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from artifact.common.errors import InputError
from artifact.evaluation.statistics.paired import bootstrap_difference, compare, mcnemar_p, share


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
def test_mcnemar_is_a_fair_coin_over_the_discordant_pairs(
    only_first: int, only_second: int, p: float
) -> None:
    assert mcnemar_p(only_first, only_second) == pytest.approx(p)


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
    interval = bootstrap_difference(first.tolist(), second.tolist(), seed=3)
    assert interval == bootstrap_difference(first.tolist(), second.tolist(), seed=3)
    few = [
        bootstrap_difference(first.tolist(), second.tolist(), seed=s, resamples=99) for s in (3, 4)
    ]
    assert few[0] != few[1]
    differences = first.astype(float) - second
    half = 1.96 * differences.std() / np.sqrt(900)
    assert interval == pytest.approx(
        (differences.mean() - half, differences.mean() + half), abs=0.005
    )


def test_equal_answers_leave_no_width() -> None:
    assert bootstrap_difference([True, False, True], [True, False, True]) == (0.0, 0.0)


def _rights(pattern: str) -> dict[str, bool]:
    return {f"q{index}": mark == "+" for index, mark in enumerate(pattern)}


def test_variants_are_matched_by_problem() -> None:
    first = {"a": True, "b": True, "c": False, "d": True}
    second = {"d": False, "c": False, "b": True, "e": True}
    (pair,) = compare({"vanilla": first, "correct": second}, "exact_set")
    assert (pair.first, pair.second, pair.scorer) == ("vanilla", "correct", "exact_set")
    assert (pair.n, pair.left_out) == (3, 2)
    assert (pair.only_first, pair.only_second) == (1, 0)
    assert pair.difference == pytest.approx(1 / 3)
    assert (pair.first_share.right, pair.second_share.right) == (2, 1)


def test_every_pair_is_compared_in_the_order_given() -> None:
    rights = {name: _rights("++--") for name in ("vanilla", "correct", "incorrect")}
    pairs = [(c.first, c.second) for c in compare(rights, "released")]
    assert pairs == [("vanilla", "correct"), ("vanilla", "incorrect"), ("correct", "incorrect")]


def test_holm_multiplies_the_smallest_p_by_the_number_of_tests() -> None:
    rights = {
        "vanilla": _rights("+" * 20 + "-" * 4),
        "correct": _rights("-" * 10 + "+" * 14),
        "incorrect": _rights("-" * 2 + "+" * 18 + "-" * 4),
    }
    pairs = compare(rights, "released")
    by_p = sorted(pairs, key=lambda pair: pair.p)
    assert by_p[0].p_holm == pytest.approx(min(1, 3 * by_p[0].p))
    assert by_p[1].p_holm == pytest.approx(max(by_p[0].p_holm, min(1, 2 * by_p[1].p)))
    assert by_p[2].p_holm == pytest.approx(max(by_p[1].p_holm, by_p[2].p))


def test_one_variant_gives_nothing_to_compare() -> None:
    assert compare({"vanilla": _rights("+-")}, "released") == []


def test_disjoint_problems_are_an_error() -> None:
    with pytest.raises(InputError, match="'vanilla' and 'correct' have 0 problems in common"):
        compare({"vanilla": {"a": True}, "correct": {"b": True}}, "released")
