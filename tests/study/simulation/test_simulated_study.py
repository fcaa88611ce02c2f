"""Simulated studies have the design and the effect asked for."""

from __future__ import annotations

import numpy as np
import pytest

from artifact.study.instrument.ratings import GROUPS
from artifact.study.simulation.simulated_study import (
    OTHER,
    SHIFTED,
    SimulatedStudy,
    SimulationDesign,
    simulate_study,
)

SMALL = SimulationDesign(per_group=8, problems=3, items=2)


def simulated(effect: float, design: SimulationDesign = SMALL) -> SimulatedStudy:
    return simulate_study(design, effect=effect, rng=np.random.default_rng(1))


def test_a_study_has_the_design_asked_for() -> None:
    study = simulated(0)
    assert tuple(study.means) == GROUPS
    assert len(study.ratings) == 4 * 8 * 3 * 2
    assert study.ratings["participant"].nunique() == 32
    by_frame = study.ratings.groupby("participant")["score"].mean().sort_values()
    assert by_frame.to_numpy() == pytest.approx(np.sort(np.concatenate(list(study.means.values()))))


def test_the_effect_lifts_one_group_and_leaves_the_others() -> None:
    without, with_effect = simulated(0), simulated(1)
    for group in GROUPS[1:]:
        assert (without.scores[group] == with_effect.scores[group]).all()
    assert (with_effect.scores[SHIFTED] >= without.scores[SHIFTED]).all()
    big = SimulationDesign(per_group=2000, problems=200, items=1, mean=3)
    means = simulated(0.75, big).means
    assert means[SHIFTED].mean() - means[OTHER].mean() == pytest.approx(0.75, abs=0.06)
