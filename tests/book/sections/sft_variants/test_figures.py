"""Points of the figures of runs, and alt texts that hold every number figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from artifact.book.figures.style import NOTHING
from artifact.book.sections.sft_variants import figures
from artifact.book.sections.sft_variants.compute import Experiment, gather
from artifact.evaluation.scored_runs import reference_runs, score_run


@pytest.fixture
def experiment(tmp_path: Path, make_run) -> Experiment:
    """Reference runs of three kinds, two seeds of one, a dose; and a run made here."""
    folder = tmp_path / "reference"
    forced = {"own": lambda place: place < 4, "none": lambda place: place < 2}
    make_run(folder, lambda place: place < 2, variant="vanilla")
    make_run(folder, lambda place: place < 4, forced=forced)
    make_run(folder, lambda place: place < 6, seed=1)
    make_run(folder, lambda place: place < 6, variant="incorrect")
    make_run(folder, lambda place: place < 5, corruption=0.5)
    own = score_run(make_run(tmp_path / "runs", lambda place: place < 8), "here")
    return gather([own], reference_runs(folder))


def test_runs_are_points_by_kind_shortest_first(experiment: Experiment) -> None:
    points = figures.seed_points(experiment.groups[0])
    assert [(p.group, p.run, p.value) for p in points] == [
        ("vanilla (4 tokens)", "seed 0", 0.25),
        ("incorrect (20 tokens)", "seed 0", 0.75),
        ("correct (20 tokens)", "seed 0", 0.5),
        ("correct (20 tokens)", "seed 1", 0.75),
    ]
    assert all(p.low < p.value < p.high for p in points)
    assert "correct (20 tokens), seed 1: 75.0 %" in figures.seed_alt(experiment.groups[0])


def test_kinds_are_points_against_length_here_and_in_reference(experiment: Experiment) -> None:
    points = {(p.made, p.kind): p for p in figures.length_points(experiment)}
    assert set(points) == {
        ("reference", "vanilla"),
        ("reference", "correct"),
        ("reference", "incorrect"),
        ("here", "correct"),
    }
    pooled = points["reference", "correct"]
    assert (pooled.tokens, pooled.value, pooled.runs) == (20.5, 0.625, (0.5, 0.75))
    assert points["here", "correct"].panel == pooled.panel
    lines = figures.shortcut_lines(experiment)
    assert list(lines) == [pooled.panel]
    alt = figures.length_alt(experiment)
    assert "correct (reference): 20 tokens, 62.5 %" in alt
    assert f"{100 * max(lines[pooled.panel].values()):.1f} %" in alt


def test_doses_are_points_of_the_groups_that_have_them(experiment: Experiment) -> None:
    assert figures.dose_groups(experiment) == experiment.made("reference")
    assert [(p.dose, p.value, p.runs) for p in figures.dose_points(experiment)] == [
        (0.0, 0.625, (0.5, 0.75)),
        (0.5, 0.625, (0.625,)),
        (1.0, 0.75, (0.75,)),
    ]
    assert "50 % incorrect: 62.5 %" in figures.dose_alt(experiment)


def test_forced_traces_are_bars_by_kind_of_model(experiment: Experiment) -> None:
    (group,) = figures.forced_groups(experiment)
    assert [(p.group, p.series, p.value) for p in figures.forced_points(group)] == [
        ("its own", "correct", 0.5),
        ("none", "correct", 0.25),
    ]
    assert "its own, trained on correct: 50.0 %" in figures.forced_alt(group)


def test_curves_are_means_over_the_runs_of_a_kind(experiment: Experiment) -> None:
    curves = {(it.made, it.kind): it.losses for it in figures.curves(experiment)}
    assert curves["reference", "correct"] == pytest.approx((2.0, 1.0, 2 / 3, 0.5))
    assert len(curves) == 4
    assert "correct: from 2.00 to 0.50" in figures.curves_alt(experiment)


def test_titles_say_who_made_a_group(experiment: Experiment) -> None:
    assert [figures.title_of(group) for group in experiment.groups] == [
        "bAbI QA look-alikes, tiny-llama (reference runs)",
        "bAbI QA look-alikes, tiny-llama (made here)",
    ]


@pytest.mark.parametrize("alt", [figures.length_alt, figures.dose_alt, figures.curves_alt])
def test_without_runs_the_words_say_so(alt) -> None:
    assert NOTHING in alt(Experiment(()))
