"""The user study's figures in numbers, and what they leave out."""

from __future__ import annotations

import pytest

from artifact.book.sections.user_study import compute, figures
from artifact.common import paths


@pytest.fixture(scope="module")
def simulated():
    return compute.report(ratings="", per_group=12, problems=3, power_studies=3, seed=1)


def test_one_curve_per_effect_over_all_sizes(simulated):
    points = figures.power_points(simulated)
    curves = {point.curve for point in points}
    assert len(curves) == len(compute.POWER_EFFECTS)
    assert len(points) == len(curves) * len(compute.POWER_SIZES)


def test_numbers_open_with_the_mark(simulated):
    power = figures.power_numbers(simulated)
    ratings = figures.distribution_numbers(simulated, "interpretability")
    assert [it.columns[0].split(":")[0] for it in (power, ratings)] == ["SIMULATED"] * 2
    assert len(power.rows) == len(figures.power_points(simulated))
    counts = figures.distributions(simulated, "interpretability")
    assert {row[0]: tuple(row[1:]) for row in ratings.rows} == counts


def test_our_reference_runs_are_a_series_of_their_own(tmp_path, make_run, monkeypatch):
    for variant, right in {"vanilla": 1, "correct": 4, "verbose": 6, "summary": 2}.items():
        make_run(tmp_path, lambda place, right=right: place < right, variant=variant)
    monkeypatch.setattr(paths, "REFERENCE_RUNS", tmp_path)
    points = figures.plane_points()
    ours = {p.trace: p for p in points if p.series == "tiny-llama, look-alikes"}
    assert {trace: p.accuracy for trace, p in ours.items()} == {
        "correct": 0.5,
        "verbose": 0.75,
        "summary": 0.25,
    }
    assert all(p.low <= p.accuracy <= p.high for p in ours.values())
    assert {p.rating for p in points if p.trace == "verbose"} == {3.31}
    rows = [list(row[:4]) for row in figures.plane_numbers().rows]
    assert ["verbose", "tiny-llama, look-alikes", 3.31, 75.0] in rows


def test_without_reference_runs_the_plane_has_the_released_ones_only(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "REFERENCE_RUNS", tmp_path)
    assert not [p for p in figures.plane_points() if "look-alikes" in p.series]


def test_the_plane_pairs_each_trace_type_with_its_own_runs():
    points = figures.plane_points()
    assert {point.trace for point in points} == {"correct", "verbose", "summary", "explanation"}
    verbose = {point.series: point.accuracy for point in points if point.trace == "verbose"}
    assert verbose["Llama-3.2-1B-Instruct"] == pytest.approx(0.63, abs=0.001)
