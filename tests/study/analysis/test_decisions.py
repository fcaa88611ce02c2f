"""Simulated studies and the tests' answers to them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from artifact.study.analysis.comparisons import LEVEL, MARGIN, equivalence, kruskal_wallis
from artifact.study.analysis.decisions import (
    CLAIMS,
    MODEL_TESTS,
    OTHER,
    RANK_TESTS,
    SHIFTED,
    Design,
    Drawn,
    decide,
    draw,
)
from artifact.study.analysis.models import mixed_model, proportional_odds
from artifact.study.instrument.ratings import GROUPS

SMALL = Design(per_group=8, problems=3, items=2)


def drawn(effect: float, design: Design = SMALL, seed: int = 1) -> Drawn:
    return draw(design, effect=effect, rng=np.random.default_rng(seed))


def made(**scores: Sequence[Sequence[int]]) -> Drawn:
    """A study with the given scores in two groups and other ones in the rest."""
    rest = np.array([[3, 4], [2, 3], [4, 3], [3, 2]])
    return Drawn({group: np.array(scores.get(group, rest)) for group in GROUPS})


def test_a_study_has_the_design_asked_for() -> None:
    study = drawn(0)
    assert tuple(study.means) == GROUPS
    assert len(study.ratings) == 4 * 8 * 3 * 2
    assert study.ratings["participant"].nunique() == 32
    by_frame = study.ratings.groupby("participant")["score"].mean().sort_values()
    assert by_frame.to_numpy() == pytest.approx(np.sort(np.concatenate(list(study.means.values()))))


def test_the_effect_lifts_one_group_and_leaves_the_others() -> None:
    without, with_effect = drawn(0), drawn(1)
    for group in GROUPS[1:]:
        assert (without.scores[group] == with_effect.scores[group]).all()
    assert (with_effect.scores[SHIFTED] >= without.scores[SHIFTED]).all()
    big = Design(per_group=2000, problems=200, items=1, mean=3)
    means = drawn(0.75, big).means
    assert means[SHIFTED].mean() - means[OTHER].mean() == pytest.approx(0.75, abs=0.06)


def test_the_answers_are_those_of_the_analysis() -> None:
    for seed in range(4):
        study = drawn(0.7, seed=seed)
        answers = decide(study, CLAIMS)
        assert list(answers) == list(CLAIMS)
        assert answers["kruskal_wallis"] == (kruskal_wallis(study.means).p < LEVEL)
        found = equivalence(study.means[SHIFTED], study.means[OTHER])
        assert answers["equivalence"] == (found.p < LEVEL)
        for model, name in (
            (proportional_odds, "proportional_odds"),
            (mixed_model, "linear_mixed"),
        ):
            fit = model(study.ratings, GROUPS)
            assert answers[name] == (fit.p < LEVEL)
            assert answers[f"{name}_contrast"] == (fit.contrasts[0].p < LEVEL)


def test_a_large_difference_is_found_and_none_is_not() -> None:
    far = made(
        decomposed=[[5, 4], [5, 5], [4, 5], [4, 4]], verbose=[[1, 2], [1, 1], [2, 1], [2, 2]]
    )
    answers = decide(far, RANK_TESTS)
    assert answers == {
        "kruskal_wallis": True,
        "dunn": True,
        "dunn_holm": True,
        "cliffs_delta": True,
        "equivalence": False,
    }
    same = made()
    assert set(decide(same, RANK_TESTS).values()) == {False}


def test_only_the_tests_named_are_asked() -> None:
    assert list(decide(made(), ["dunn"])) == ["dunn"]
    assert list(decide(made(), MODEL_TESTS)) == list(MODEL_TESTS)


def test_equivalence_at_the_margin_moves_one_groups_means() -> None:
    study = drawn(0, Design(per_group=40, problems=10, mean=3))
    moved = equivalence(study.means[SHIFTED] + MARGIN, study.means[OTHER])
    assert decide(study, ["equivalence"], at_margin=True) == {"equivalence": moved.p < LEVEL}


def test_what_a_study_does_not_define_is_no_answer() -> None:
    flat = Drawn({group: np.full((3, 2), 4) for group in GROUPS})
    answers = decide(flat, CLAIMS)
    assert [name for name, answer in answers.items() if answer is None] == [
        "kruskal_wallis",
        "dunn",
        "dunn_holm",
        "equivalence",
        *MODEL_TESTS,
    ]
    assert answers["cliffs_delta"] is False
