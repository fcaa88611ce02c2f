"""2x2 association against published worked examples, and tables that cannot give a figure."""

from __future__ import annotations

import math
import warnings
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact.evaluation.statistics.association import Independence, Table, associate

# Physicians' Health Study, aspirin and heart attack (Agresti 2002, section 3.1).
ASPIRIN = Table(right_ok=189, right_not=10845, wrong_ok=104, wrong_not=10933)

# Admissions to Berkeley in 1973, men and women by department A-F (Bickel et al. 1975).
BERKELEY = [
    Table(512, 313, 89, 19),
    Table(353, 207, 17, 8),
    Table(120, 205, 202, 391),
    Table(138, 279, 131, 244),
    Table(53, 138, 94, 299),
    Table(22, 351, 24, 317),
]


def test_counts_pairs_in_the_releases_order() -> None:
    pairs = [(True, True)] * 4 + [(True, False)] * 3 + [(False, True)] * 2 + [(False, False)]
    assert Table.of(pairs) == Table(right_ok=4, right_not=3, wrong_ok=2, wrong_not=1)
    assert Table.of(pairs).n == 10


def test_aspirin_study() -> None:
    figures = associate(ASPIRIN).figures
    assert figures.chi2 == pytest.approx(25.01, abs=0.005)
    assert figures.chi2_yates == pytest.approx(24.43, abs=0.005)
    assert figures.odds_ratio == pytest.approx(1.832, abs=0.0005)
    assert figures.odds_ratio_ci == pytest.approx((1.440, 2.331), abs=0.0005)
    assert figures.phi == pytest.approx(math.sqrt(figures.chi2 / ASPIRIN.n))
    assert figures.testable


def test_lady_tasting_tea() -> None:
    association = associate(Table(3, 1, 1, 3))
    assert association.figures.fisher_p == pytest.approx(0.4857, abs=0.00005)
    assert association.figures.chi2 == pytest.approx(2.0)
    assert not association.figures.testable
    assert association.notes["testable"] == "the least expected count is 2.00, below 5"


def test_berkeley_by_department() -> None:
    pooled = Table(1198, 1493, 557, 1278)
    figures = associate(pooled, BERKELEY).figures
    assert figures.cmh_p == pytest.approx(0.2169, abs=0.00005)
    assert figures.chi2 == pytest.approx(92.21, abs=0.005)


@pytest.mark.parametrize(
    ("table", "interval"),
    [
        (Table(56, 48, 14, 32), (0.0524, 0.3339)),
        (Table(9, 3, 1, 7), (0.1705, 0.8090)),
        (Table(10, 0, 0, 10), (0.6075, 1.0)),
    ],
    ids=["56/70 - 48/80", "9/10 - 3/10", "10/10 - 0/10"],
)
def test_newcombes_own_examples(table: Table, interval: tuple[float, float]) -> None:
    """Newcombe (1998), Table II, method 10."""
    assert associate(table).figures.difference_ci == pytest.approx(interval, abs=0.00005)


def test_shares_and_sign() -> None:
    figures = associate(Table(right_ok=30, right_not=10, wrong_ok=20, wrong_not=40)).figures
    assert (figures.p_right_given_ok, figures.p_right_given_not) == (0.6, 0.2)
    assert figures.difference == pytest.approx(0.4)
    assert figures.phi is not None
    assert figures.phi > 0
    turned = associate(Table(right_ok=10, right_not=30, wrong_ok=40, wrong_not=20)).figures
    assert turned.phi == pytest.approx(-figures.phi)


@pytest.mark.parametrize(
    ("table", "missing", "reason"),
    [
        (Table(0, 0, 0, 0), {"chi2", "phi", "fisher_p", "difference"}, "no right answer"),
        (Table(5, 5, 0, 0), {"chi2", "chi2_yates", "odds_ratio"}, "there is no wrong answer"),
        (Table(5, 0, 5, 0), {"chi2", "phi"}, "there is no trace that is not ok"),
        (Table(0, 5, 0, 5), {"chi2", "phi"}, "there is no trace that is ok"),
    ],
)
def test_empty_margins_give_reasons(table: Table, missing: set[str], reason: str) -> None:
    association = associate(table)
    values = asdict(association.figures)
    assert all(values[name] is None for name in missing)
    assert missing <= association.notes.keys()
    assert reason in association.notes["chi2"]
    assert not association.figures.testable


def test_a_share_that_exists_stays_when_the_other_is_missing() -> None:
    figures = associate(Table(right_ok=3, right_not=0, wrong_ok=1, wrong_not=0)).figures
    assert figures.p_right_given_ok == 0.75
    assert figures.p_right_given_not is None
    assert figures.difference is None


@pytest.mark.parametrize(
    ("table", "odds_ratio"),
    [(Table(0, 9, 9, 9), 0.0), (Table(9, 0, 9, 9), None), (Table(9, 9, 0, 9), None)],
)
def test_a_zero_cell_has_no_odds_interval(table: Table, odds_ratio: float | None) -> None:
    association = associate(table)
    assert association.figures.odds_ratio == odds_ratio
    assert association.figures.odds_ratio_ci is None
    assert "odds_ratio_ci" in association.notes
    assert ("odds_ratio" in association.notes) == (odds_ratio is None)
    assert association.figures.chi2 is not None


def test_strata_with_an_empty_margin_change_nothing() -> None:
    silent = [Table(0, 0, 0, 0), Table(7, 0, 0, 0), Table(4, 0, 3, 0), Table(2, 5, 0, 0)]
    with_silent = associate(ASPIRIN, [*BERKELEY, *silent]).figures.cmh_p
    assert with_silent == pytest.approx(associate(ASPIRIN, BERKELEY).figures.cmh_p)
    assert "cmh_p" in associate(ASPIRIN, silent).notes


def test_a_strong_association_keeps_a_p_above_zero() -> None:
    strong = Table(500, 50, 50, 500)
    p = associate(strong, [strong]).figures.cmh_p
    assert p is not None
    assert 0 < p < 1e-30


counts = st.integers(min_value=0, max_value=5000)
tables = st.builds(Table, counts, counts, counts, counts)


@given(tables, st.lists(tables, max_size=4))
def test_every_table_gives_finite_figures_or_a_reason(table: Table, strata: list[Table]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        association = associate(table, strata)
    for name, value in asdict(association.figures).items():
        if value is None:
            assert association.notes[name]
        elif name.endswith("_ci"):
            assert all(map(math.isfinite, value))
            assert value[0] <= value[1]
        else:
            assert math.isfinite(value)
    assert set(association.notes) <= set(Independence.__dataclass_fields__)
