"""Rank tests, Cliff's delta and equivalence against published examples and brute force."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from artifact.study.analysis.comparisons import (
    LEVEL,
    cliffs_delta,
    delta_interval,
    dunn,
    equivalence,
    kruskal_wallis,
)
from artifact.study.analysis.findings import UndefinedError

# Insect counts after six sprays (Beall 1942), shipped with R as InsectSprays.
SPRAYS = {
    "A": np.array([10, 7, 20, 14, 14, 12, 10, 23, 17, 20, 14, 13], float),
    "B": np.array([11, 17, 21, 11, 16, 14, 17, 17, 19, 21, 7, 13], float),
    "C": np.array([0, 1, 7, 2, 3, 1, 2, 1, 3, 0, 1, 4], float),
    "D": np.array([3, 5, 12, 6, 4, 3, 5, 5, 5, 5, 2, 4], float),
    "E": np.array([3, 5, 3, 5, 3, 6, 1, 1, 3, 2, 6, 4], float),
    "F": np.array([11, 9, 15, 22, 15, 16, 13, 10, 26, 26, 24, 13], float),
}

# The example of Hogarty & Kromrey (1999), "Using SAS to Calculate Tests of Cliff's Delta".
TREATMENT = np.array([10, 10, 20, 20, 20, 30, 30, 30, 40, 50], float)
CONTROL = np.array([10, 20, 30, 40, 40, 50], float)


def test_kruskal_wallis_of_a_published_example() -> None:
    # R, kruskal.test(count ~ spray, InsectSprays): chi-squared = 54.691, df = 5, p = 1.511e-10.
    found = kruskal_wallis(SPRAYS)
    assert found.statistic == pytest.approx(54.691, abs=5e-4)
    assert found.df == (5,)
    assert found.p == pytest.approx(1.511e-10, abs=5e-14)


def test_dunn_of_a_pair_by_its_formula() -> None:
    # z = difference of mean ranks / sqrt((N (N + 1) / 12 - ties) (1 / n + 1 / m)), with
    # ties = sum (t^3 - t) / (12 (N - 1)); Holm: the i-th smallest p times (pairs - i + 1).
    ranks = stats.rankdata(np.concatenate(list(SPRAYS.values()))).reshape(6, 12)
    _, ties = np.unique(ranks, return_counts=True)
    total = ranks.size
    variance = total * (total + 1) / 12 - (ties**3 - ties).sum() / (12 * (total - 1))
    mean_rank = dict(zip(SPRAYS, ranks.mean(axis=1), strict=True))
    alone = {
        (first, second): 2
        * stats.norm.sf(abs(mean_rank[first] - mean_rank[second]) / np.sqrt(variance / 6))
        for first, second in combinations(SPRAYS, 2)
    }
    holm, largest = {}, 0.0
    for place, (pair, p) in enumerate(sorted(alone.items(), key=lambda entry: entry[1])):
        largest = max(largest, min(1.0, p * (len(alone) - place)))
        holm[pair] = largest
    found = dunn(SPRAYS)
    assert list(found) == list(alone)
    for pair, result in found.items():
        assert result.p == pytest.approx(alone[pair], rel=1e-10)
        assert result.p_holm == pytest.approx(holm[pair], rel=1e-10)


def test_dunn_of_two_groups_is_kruskal_wallis() -> None:
    # With two groups z squared is H, ties and all.
    two = {"first": TREATMENT, "second": CONTROL}
    assert dunn(two)["first", "second"].p == pytest.approx(kruskal_wallis(two).p, rel=1e-12)


def test_cliffs_delta_of_a_published_example() -> None:
    # The effsize package states the three variance terms of this example, .2669753, .447 and
    # 1.0055556, and its stored test output prints delta -0.25, limits -0.7125351 0.3639999.
    found = cliffs_delta(TREATMENT, CONTROL)
    assert found.value == -0.25
    terms = 5 * 0.2669753 + 9 * 0.447 + 1.0055556
    assert found.variance == pytest.approx(terms / 60, abs=1e-7)
    assert (found.low, found.high) == pytest.approx((-0.7125351, 0.3639999), abs=5e-8)


values = st.lists(st.integers(1, 6), min_size=2, max_size=9).map(lambda xs: np.array(xs, float))


@given(values, values)
def test_cliffs_delta_by_brute_force(first: np.ndarray, second: np.ndarray) -> None:
    signs = [[int(x > y) - int(x < y) for y in second] for x in first]
    n, m = len(first), len(second)
    delta = sum(map(sum, signs)) / (n * m)
    rows = [sum(row) / m for row in signs]
    columns = [sum(row[j] for row in signs) / n for j in range(m)]
    s_i = sum((row - delta) ** 2 for row in rows) / (n - 1)
    s_j = sum((column - delta) ** 2 for column in columns) / (m - 1)
    s_ij = sum((sign - delta) ** 2 for row in signs for sign in row) / ((n - 1) * (m - 1))
    found = cliffs_delta(first, second)
    assert found.value == pytest.approx(delta)
    assert found.variance == pytest.approx(((m - 1) * s_i + (n - 1) * s_j + s_ij) / (n * m))
    assert -1 <= found.low <= found.value <= found.high <= 1
    mirrored = cliffs_delta(second, first)
    assert (mirrored.value, mirrored.low, mirrored.high) == pytest.approx(
        (-found.value, -found.high, -found.low)
    )


def test_groups_that_do_not_overlap_have_wilsons_limit() -> None:
    # Wilson's lower limit of 4 successes in 4, p = 4 / (4 + z^2), carried to 2 p - 1.
    z = stats.norm.ppf(0.975)
    found = cliffs_delta(np.array([5.0, 6, 7, 8, 9]), np.array([1.0, 2, 3, 4]))
    assert (found.value, found.high) == (1, 1)
    assert found.low == pytest.approx(2 * 4 / (4 + z**2) - 1)
    assert delta_interval(-1, 0, z, smaller=4) == (-1, -found.low)


def test_the_interval_is_symmetric_about_no_difference() -> None:
    low, high = delta_interval(0, 0.04, 2, smaller=20)
    assert high == -low == pytest.approx(0.4 * np.sqrt(1.16) / 1.16)


def test_equivalence_is_two_one_sided_welch_tests() -> None:
    first, second, margin = SPRAYS["A"], SPRAYS["B"], 5.0
    above = stats.ttest_ind(first, second - margin, equal_var=False, alternative="greater")
    below = stats.ttest_ind(first, second + margin, equal_var=False, alternative="less")
    found = equivalence(first, second, margin=margin)
    assert found.p == pytest.approx(max(above.pvalue, below.pvalue), rel=1e-12)
    interval = stats.ttest_ind(first, second, equal_var=False).confidence_interval(0.9)
    assert (found.low, found.high) == pytest.approx(tuple(interval), rel=1e-12)
    assert found.difference == pytest.approx(-10 / 12)


@given(values, values, st.floats(0.1, 4))
def test_equivalent_exactly_where_the_interval_lies_within_the_margin(
    first: np.ndarray, second: np.ndarray, margin: float
) -> None:
    if np.ptp(first) == 0 and np.ptp(second) == 0:
        with pytest.raises(UndefinedError, match="neither group varies"):
            equivalence(first, second, margin=margin)
        return
    found = equivalence(first, second, margin=margin)
    if abs(found.p - LEVEL) > 1e-9:
        assert (found.p < LEVEL) == (-margin < found.low and found.high < margin)


FLAT = {"a": np.ones(3), "b": np.ones(4)}


def test_what_is_not_defined_says_why() -> None:
    with pytest.raises(UndefinedError, match="same score"):
        kruskal_wallis(FLAT)
    with pytest.raises(UndefinedError, match="same score"):
        dunn(FLAT)
    with pytest.raises(UndefinedError, match="two groups"):
        kruskal_wallis({"a": np.arange(3.0)})
    with pytest.raises(UndefinedError, match="two participants"):
        cliffs_delta(np.ones(1), np.ones(4))
    with pytest.raises(UndefinedError, match="two participants"):
        equivalence(np.ones(4), np.ones(1))


def test_equal_groups_have_no_dominance() -> None:
    found = cliffs_delta(FLAT["a"], FLAT["b"])
    assert (found.value, found.variance, found.low, found.high) == (0, 0, 0, 0)
