"""Which tests reject on a simulated study: the analysis's own decisions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from artifact.study.analysis.comparisons import LEVEL, MARGIN, equivalence, kruskal_wallis
from artifact.study.analysis.models import mixed_model, proportional_odds
from artifact.study.instrument.ratings import GROUPS
from artifact.study.simulation.rejections import CLAIMS, MODEL_TESTS, RANK_TESTS, rejections
from artifact.study.simulation.simulated_study import (
    OTHER,
    SHIFTED,
    SimulatedStudy,
    SimulationDesign,
    simulate_study,
)

SMALL = SimulationDesign(per_group=8, problems=3, items=2)


def simulated(effect: float, design: SimulationDesign = SMALL, seed: int = 1) -> SimulatedStudy:
    return simulate_study(design, effect=effect, rng=np.random.default_rng(seed))


def with_scores(**scores: Sequence[Sequence[int]]) -> SimulatedStudy:
    """A study with the given scores in two groups and other ones in the rest."""
    rest = np.array([[3, 4], [2, 3], [4, 3], [3, 2]])
    return SimulatedStudy({group: np.array(scores.get(group, rest)) for group in GROUPS})


def test_the_rejections_are_those_of_the_analysis() -> None:
    for seed in range(4):
        study = simulated(0.7, seed=seed)
        rejected = rejections(study, CLAIMS)
        assert list(rejected) == list(CLAIMS)
        assert rejected["kruskal_wallis"] == (kruskal_wallis(study.means).p < LEVEL)
        found = equivalence(study.means[SHIFTED], study.means[OTHER])
        assert rejected["equivalence"] == (found.p < LEVEL)
        for model, name in (
            (proportional_odds, "proportional_odds"),
            (mixed_model, "linear_mixed"),
        ):
            fit = model(study.ratings, GROUPS)
            assert rejected[name] == (fit.p < LEVEL)
            assert rejected[f"{name}_contrast"] == (fit.contrasts[0].p < LEVEL)


def test_a_large_difference_is_found_and_none_is_not() -> None:
    far = with_scores(
        decomposed=[[5, 4], [5, 5], [4, 5], [4, 4]], verbose=[[1, 2], [1, 1], [2, 1], [2, 2]]
    )
    found = rejections(far, RANK_TESTS)
    assert found == {
        "kruskal_wallis": True,
        "dunn": True,
        "dunn_holm": True,
        "cliffs_delta": True,
        "equivalence": False,
    }
    same = with_scores()
    assert set(rejections(same, RANK_TESTS).values()) == {False}


def test_only_the_tests_named_are_asked() -> None:
    assert list(rejections(with_scores(), ["dunn"])) == ["dunn"]
    assert list(rejections(with_scores(), MODEL_TESTS)) == list(MODEL_TESTS)


def test_equivalence_at_the_margin_moves_one_groups_means() -> None:
    study = simulated(0, SimulationDesign(per_group=40, problems=10, mean=3))
    moved = equivalence(study.means[SHIFTED] + MARGIN, study.means[OTHER])
    assert rejections(study, ["equivalence"], at_margin=True) == {"equivalence": moved.p < LEVEL}


def test_what_a_study_does_not_define_is_no_answer() -> None:
    flat = SimulatedStudy({group: np.full((3, 2), 4) for group in GROUPS})
    found = rejections(flat, CLAIMS)
    assert [name for name, rejected in found.items() if rejected is None] == [
        "kruskal_wallis",
        "dunn",
        "dunn_holm",
        "equivalence",
        *MODEL_TESTS,
    ]
    assert found["cliffs_delta"] is False
