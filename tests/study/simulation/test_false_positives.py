"""The level of the tests: the committed table, and that its command makes such a table."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from artifact.study.analysis.comparisons import LEVEL
from artifact.study.simulation import false_positives
from artifact.study.simulation.false_positives import (
    BAND,
    DESIGNS,
    FalsePositives,
    committed,
    main,
    measure,
)
from artifact.study.simulation.rejections import CLAIMS, MODEL_TESTS, RANK_TESTS
from artifact.study.simulation.simulated_study import SimulationDesign

SMALL = (SimulationDesign(per_group=6, problems=2, items=1),)


def test_every_test_holds_its_level_in_every_design() -> None:
    table = committed()
    assert table.outside() == ()
    assert {(rate.test, rate.mean) for rate in table.rates} == {
        (test, design.mean) for test in CLAIMS for design in DESIGNS
    }
    assert min(rate.studies for rate in table.rates) >= 1000
    assert (table.level, table.band) == (0.05, 0.014)


def test_rank_tests_hold_their_level_whatever_is_rated() -> None:
    # Without ties every order of the ranks is equally likely under no effect, so the rates follow
    # from the order alone: 40,000 random orders of 4 x 25 ranks leave a standard error of 0.1 %.
    n, total = 25, 100
    orders = np.tile(np.arange(1.0, total + 1), (40_000, 1))
    ranks = np.random.default_rng(3).permuted(orders, axis=1).reshape(-1, 4, n).mean(axis=2)
    h = 12 / (total * (total + 1)) * n * (ranks**2).sum(axis=1) - 3 * (total + 1)
    first, second = np.triu_indices(4, 1)
    z = np.abs(ranks[:, first] - ranks[:, second]) / np.sqrt(total * (total + 1) / 12 * 2 / n)
    pairs = 2 * stats.norm.sf(z)
    rates = {
        "kruskal_wallis": stats.chi2.sf(h, 3) < LEVEL,
        "dunn": pairs[:, 0] < LEVEL,
        "dunn_holm": pairs.min(axis=1) < LEVEL / 6,
    }
    expected = {"kruskal_wallis": 0.0486, "dunn": 0.0492, "dunn_holm": 0.0398}
    found = {test: float(np.mean(yes)) for test, yes in rates.items()}
    assert found == pytest.approx(expected, abs=0.004)
    assert all(abs(rate - LEVEL) < BAND for rate in found.values())


def test_the_committed_table_says_how_it_was_made() -> None:
    table = committed()
    assert table.mark == "SIMULATED"
    assert table.claims == CLAIMS
    assert table.designs == DESIGNS
    assert table.command in (false_positives.__doc__ or "")
    assert all(rate.effect == 0 and rate.simulated for rate in table.rates)
    assert all(rate.rate == rate.yes / rate.studies for rate in table.rates)


def test_the_number_of_processes_changes_no_figure() -> None:
    one, two = (
        measure(studies=2, rank_studies=30, designs=SMALL, processes=count) for count in (1, 2)
    )
    assert one == two


def test_each_family_of_tests_gets_its_number_of_studies() -> None:
    table = measure(studies=2, rank_studies=3, designs=SMALL)
    counts = {rate.test: rate.studies for rate in table.rates}
    assert counts == dict.fromkeys(RANK_TESTS, 3) | dict.fromkeys(MODEL_TESTS, 2)


def test_what_lies_outside_the_band_is_named() -> None:
    table = committed()
    rates = [rate.model_copy(update={"rate": 0.0641}) for rate in table.rates[:1]]
    moved = table.model_copy(update={"rates": (*rates, *table.rates[1:])})
    assert [rate.rate for rate in moved.outside()] == [0.0641]


def test_the_command_writes_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(false_positives, "measure", partial(measure, designs=SMALL))
    out = tmp_path / "rates.json"
    main(["--studies", "1", "--rank-studies", "2", "--seed", "5", "--out", str(out)])
    table = FalsePositives.model_validate_json(out.read_text("utf-8"))
    assert table.command.endswith("--studies 1 --rank-studies 2 --seed 5")
    assert table == measure(studies=1, rank_studies=2, seed=5, designs=SMALL)
