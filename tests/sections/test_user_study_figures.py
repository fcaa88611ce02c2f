"""The user study's figures in words, and what they leave out."""

from __future__ import annotations

import pytest

from artifact.sections import user_study, user_study_figures


@pytest.fixture(scope="module")
def simulated():
    return user_study.compute(ratings="", per_group=12, problems=3, power_studies=3, seed=1)


def test_one_curve_per_effect_over_all_sizes(simulated):
    points = user_study_figures.power_points(simulated)
    curves = {point.curve for point in points}
    assert len(curves) == len(user_study.POWER_EFFECTS)
    assert len(points) == len(curves) * len(user_study.POWER_SIZES)


def test_alt_texts_name_the_mark_and_the_numbers(simulated):
    for alt in (
        user_study_figures.power_alt(simulated),
        user_study_figures.distribution_alt(simulated, "interpretability"),
    ):
        assert alt.startswith("SIMULATED")
        assert "%" in alt


def test_the_plane_pairs_each_trace_type_with_its_own_runs():
    points = user_study_figures.plane_points()
    assert {point.trace for point in points} == {"correct", "verbose", "summary", "explanation"}
    verbose = {point.series: point.accuracy for point in points if point.trace == "verbose"}
    assert verbose["Llama-3.2-1B-Instruct"] == pytest.approx(0.63, abs=0.001)
    assert "3.31" in user_study_figures.plane_alt()
