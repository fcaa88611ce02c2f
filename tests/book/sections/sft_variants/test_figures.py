"""Points of the figures of runs, and the tables of what they draw."""

from __future__ import annotations

from pathlib import Path

import pytest

from artifact.book.sections.sft_variants import figures
from artifact.book.sections.sft_variants.compute import Experiment, gather
from artifact.evaluation.scored_runs import reference_runs, score_run
from artifact.evaluation.statistics.proportions import share
from artifact.sft.forced_traces import FORCED, IN_WORDS
from artifact.sft.run_folder import Run


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
    numbers = figures.seed_numbers(experiment.groups[0])
    assert list(numbers.columns)[:3] == ["kind of trace", "run", "right (%)"]
    assert [row[:3] for row in numbers.rows][-1] == ["correct (20 tokens)", "seed 1", 75.0]


def test_few_kinds_do_not_show_what_length_does(experiment: Experiment) -> None:
    assert figures.length_points(experiment) == []


def test_kinds_are_points_against_length_here_and_in_reference(
    experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "LENGTHS", {"here": 1, "reference": 3})
    points = {(p.made, p.kind): p for p in figures.length_points(experiment)}
    assert set(points) == {
        ("reference", "vanilla"),
        ("reference", "correct"),
        ("reference", "incorrect"),
        ("here", "correct"),
    }
    pooled = points["reference", "correct"]
    assert (pooled.x, pooled.value, pooled.runs) == (20.5, 0.625, (0.5, 0.75))
    assert points["here", "correct"].panel == pooled.panel
    lines = figures.shortcut_lines(experiment)
    assert list(lines) == [pooled.panel]


def test_groups_of_one_panel_keep_their_own_shortcuts(
    experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "LENGTHS", {"here": 1, "reference": 3})
    shares = {"reference": 0.4, "here": 0.6}
    for group in experiment.groups:
        reached = {"last fact": share(round(10 * shares[group.made]), 10)}
        monkeypatch.setitem(vars(group), "shortcuts", reached)
    (lines,) = figures.shortcut_lines(experiment).values()
    assert lines == {"last fact": 0.4, "last fact (here)": 0.6}


def test_doses_are_points_of_the_groups_that_have_them(experiment: Experiment) -> None:
    assert figures.dose_groups(experiment) == experiment.made("reference")
    assert [(p.dose, p.value, p.runs) for p in figures.dose_points(experiment)] == [
        (0.0, 0.625, (0.5, 0.75)),
        (0.5, 0.625, (0.625,)),
        (1.0, 0.75, (0.75,)),
    ]


def test_forced_traces_are_cells_by_kind_of_model(experiment: Experiment) -> None:
    (group,) = figures.forced_groups(experiment)
    assert figures.forced_cells(group) == {
        "its own, whole": {"correct": 0.5},
        "empty": {"correct": 0.25},
    }
    assert figures.forced_breaks(group) == [1]
    assert "8 problems a cell" in figures.forced_caption(group)


def test_every_forced_trace_has_a_name_of_its_own() -> None:
    grouped = [trace for traces in figures.TRACE_GROUPS.values() for trace in traces]
    assert sorted(grouped) == sorted(FORCED)
    assert set(IN_WORDS) == set(FORCED)
    assert len(set(IN_WORDS.values())) == len(FORCED)


def test_learning_curves_join_runs_that_differ_in_training_problems_alone(
    tmp_path: Path, make_run
) -> None:
    folder = tmp_path / "reference"
    for train, right in ((4, 2), (8, 5)):
        for kind in ("vanilla", "correct"):
            make_run(folder, lambda place, right=right: place < right, variant=kind, train=train)
    make_run(folder, lambda place: place < 7, train=4, optimisation={"epochs": 3})
    experiment = gather([], reference_runs(folder))
    points = figures.learning_points(experiment)
    assert [(p.kind, p.x, p.value) for p in points] == [
        ("vanilla", 4, 0.25),
        ("correct", 4, 0.25),
        ("vanilla", 8, 0.625),
        ("correct", 8, 0.625),
    ]
    assert set(figures.learning_lines(experiment)) == {points[0].panel}
    *rows, rule = figures.learning_numbers(experiment).rows
    assert [row[2:5] for row in rows] == [[p.kind, p.x, 100 * p.value] for p in points]
    lines = figures.learning_lines(experiment)
    assert rule == [
        points[0].panel,
        None,
        "best shortcut rule",
        None,
        100 * lines[points[0].panel],
        *[None] * 3,
    ]
    assert "best rule" in figures.learning_caption(experiment)
    assert len(figures.learning_groups(experiment)) == 2


def test_answers_before_the_trace_is_read_are_points_by_the_share_read(
    tmp_path: Path, make_run
) -> None:
    shares = ("none", "early_25", "early_50", "early_75", "own")
    forced = {trace: lambda place, n=n: place < 2 * n for n, trace in enumerate(shares)}
    make_run(tmp_path / "reference", lambda place: place < 8, forced=forced)
    experiment = gather([], reference_runs(tmp_path / "reference"))
    points = figures.early_points(experiment)
    numbers = figures.early_numbers(experiment)
    assert list(numbers.columns)[2:] == ["share read (%)", "right (%)", "95 % low", "95 % high"]
    assert [row[2:4] for row in numbers.rows] == [[p.x, 100 * p.value] for p in points]
    assert [(p.x, p.value) for p in points] == [(0, 0), (25, 0.25), (50, 0.5), (75, 0.75), (100, 1)]


def test_curves_are_means_over_the_runs_of_a_kind(experiment: Experiment) -> None:
    curves = {(it.made, it.kind): it.losses for it in figures.curves(experiment)}
    assert curves["reference", "correct"] == pytest.approx((2.0, 1.0, 2 / 3, 0.5))
    assert len(curves) == 4
    numbers = figures.curve_numbers(experiment)
    assert [row[2:] for row in numbers.rows if row[1] == "vanilla"] == [
        list(point) for point in next(it for it in figures.curves(experiment)).drawn()
    ]


def test_single_reference_runs_have_no_figure_of_seeds(tmp_path: Path, make_run) -> None:
    for train, seeds in ((4, (0,)), (6, (0, 1))):
        for variant in ("vanilla", "correct"):
            for seed in seeds:
                fields = {"variant": variant, "train": train, "seed": seed}
                make_run(tmp_path, lambda place: place < 4, **fields)
    shown = figures.of_seeds(gather([], reference_runs(tmp_path)))
    assert [group.spec.train for group in shown] == [6]
    here = [score_run(Run(it), "here") for it in sorted(tmp_path.iterdir())]
    assert {it.spec.train for it in figures.of_seeds(gather(here, ()))} == {4, 6}


def test_curves_of_reference_runs_are_those_with_most_steps(tmp_path: Path, make_run) -> None:
    for train in (4, 6):
        for variant in ("vanilla", "correct"):
            make_run(tmp_path, lambda place: place < 4, variant=variant, train=train)
    reference = figures.curves(gather([], reference_runs(tmp_path)))
    assert [(it.kind, len(it.losses)) for it in reference] == [("vanilla", 6), ("correct", 6)]
    here = [score_run(Run(it), "here") for it in sorted(tmp_path.iterdir())]
    assert sorted(len(it.losses) for it in figures.curves(gather(here, ()))) == [4, 4, 6, 6]


def test_titles_say_who_made_a_group(experiment: Experiment) -> None:
    assert [figures.title_of(group) for group in experiment.groups] == [
        "bAbI QA look-alikes, tiny-llama, 4 training problems (reference runs)",
        "bAbI QA look-alikes, tiny-llama, 4 training problems (made here)",
    ]


def test_without_runs_there_are_no_numbers() -> None:
    assert not figures.curve_numbers(Experiment(())).rows
    assert not figures.early_numbers(Experiment(())).rows


def test_each_model_can_be_chosen_and_the_one_trained_on_correct_traces_comes_first(
    tmp_path: Path, make_run
) -> None:
    folder = tmp_path / "reference"
    forced = {
        "correct": lambda place: place < 6,
        "misleading": lambda place: place < 2,
        "none": lambda place: place < 4,
    }
    make_run(folder, lambda place: True, variant="vanilla", forced={"none": lambda place: True})
    make_run(folder, lambda place: True, forced=forced)
    choices = figures.swapped(gather([], reference_runs(folder)))
    first, second = choices
    assert (first.partition(":")[0], second.partition(":")[0]) == ("correct", "vanilla")
    bars = {bar.label: bar for bar in choices[first].bars}
    assert (bars["correct"].value, bars["correct"].mark) == (0.75, None)
    assert (bars["misleading"].value, bars["dots"].value) == (0.25, None)
    assert bars["misleading"].mark == 0.75
    assert "75.0 % of the answers are right after a correct trace and 25.0 %" in choices[first].said
    assert choices[second].said == "Trained on vanilla traces, asked 8 problems."
