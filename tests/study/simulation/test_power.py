"""Power tables: their counts, their limits and what is refused."""

from __future__ import annotations

import gc

import pytest
from scipy import stats

from artifact.common.errors import InputError
from artifact.study.simulation.power import frozen_garbage, power, rejection_rates
from artifact.study.simulation.rejections import RANK_TESTS, WITHIN_TESTS
from artifact.study.simulation.simulated_study import SimulationDesign

SMALL = SimulationDesign(problems=4, items=2, mean=3)


def test_power_rises_with_people_and_with_the_effect() -> None:
    table = power(
        per_group=(6, 24), effects=(0.0, 0.8), tests=["kruskal_wallis"], studies=60, design=SMALL
    )
    found = {(rate.per_group, rate.effect): rate.rate for rate in table.rates}
    assert found[24, 0.8] > found[6, 0.8] + 0.2 > found[6, 0.0] + 0.2
    assert found[24, 0.8] > 0.8
    assert found[24, 0.0] < 0.2
    assert [rate.per_group for rate in table.curve("kruskal_wallis", 0.8)] == [6, 24]


def test_equivalence_is_found_where_there_is_no_effect() -> None:
    table = power(
        per_group=(40,), effects=(0.0, 0.5), tests=["equivalence"], studies=40, design=SMALL
    )
    none, margin = (rate.rate for rate in table.rates)
    assert none > 0.6
    assert margin < 0.2


def test_within_subjects_as_many_people_find_more() -> None:
    sized = {"per_group": (10,), "effects": (0.0, 0.5), "studies": 60, "design": SMALL}
    between = power(tests=["kruskal_wallis"], **sized)  # type: ignore[arg-type]
    within = power(within=True, **sized)  # type: ignore[arg-type]
    assert set(within.claims) == set(WITHIN_TESTS)
    none, some = (rate.rate for rate in within.rates if rate.test == "friedman")
    assert none < 0.2
    assert some > between.curve("kruskal_wallis", 0.5)[0].rate + 0.2


def test_the_same_seed_gives_the_same_table() -> None:
    tables = [
        power(per_group=(5,), effects=(0.3,), studies=5, seed=seed, design=SMALL)
        for seed in (1, 1, 2)
    ]
    assert tables[0] == tables[1] != tables[2]
    assert {rate.test for rate in tables[0].rates} == set(RANK_TESTS)


def test_a_table_is_marked_and_names_its_claims() -> None:
    table = power(per_group=(4,), effects=(0.0,), studies=2, tests=["dunn"], design=SMALL)
    assert table.mark == "SIMULATED"
    assert all(rate.simulated for rate in table.rates)
    assert list(table.claims) == ["dunn"]
    assert '"simulated":true' in table.model_dump_json()


def test_rates_count_yes_no_and_undefined() -> None:
    outcomes = [{"dunn": True}, {"dunn": False}, {"dunn": None}, {"dunn": True}]
    (rate,) = rejection_rates(outcomes, SMALL, effect=0.5)
    assert (rate.studies, rate.yes, rate.undefined, rate.rate) == (4, 2, 1, 0.5)
    # Wilson's limits of 2 in 4: (2 + z^2 / 2 -/+ z sqrt(1 + z^2 / 4)) / (4 + z^2).
    z = stats.norm.ppf(0.975)
    reach = z * (1 + z**2 / 4) ** 0.5
    assert rate.low == pytest.approx((2 + z**2 / 2 - reach) / (4 + z**2))
    assert rate.high == pytest.approx((2 + z**2 / 2 + reach) / (4 + z**2))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"tests": ["anova"]}, "no test is called anova; choose from kruskal_wallis"),
        ({"studies": 0}, "at least one study"),
        ({"per_group": (1,)}, "two participants per group"),
        ({"per_group": ()}, "two participants per group"),
        ({"effects": (2.5,)}, "an effect of 2.5 on a mean of 3.5 goes off the scale"),
        ({"within": True, "tests": ["dunn"]}, "no test is called dunn; choose from friedman"),
        ({"within": True, "design": SMALL.model_copy(update={"problems": 3})}, "4 problems or"),
        ({"effects": (-2.5,)}, "keep their sum between 1 and 5"),
    ],
)
def test_what_cannot_be_simulated_is_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        power(**given)  # type: ignore[arg-type]


def test_garbage_is_collected_again_afterwards() -> None:
    before = gc.get_freeze_count()
    with frozen_garbage():
        assert gc.get_freeze_count() > before
    assert gc.get_freeze_count() == 0
