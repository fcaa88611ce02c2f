"""Runs that differ in their limits alone stand side by side, under both rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from artifact.book.sections.sft_variants import cutting, figures
from artifact.book.sections.sft_variants.compute import Experiment, gather
from artifact.evaluation.scored_runs import reference_runs

CUT = {"max_length": 200, "cut": True}


@pytest.fixture
def experiment(tmp_path: Path, make_run) -> Experiment:
    """A whole run, one cut, one cut and stopped, and two that differ from them in more."""
    for right, fields in (
        (6, {}),
        (2, {"optimisation": CUT}),
        (1, {"optimisation": CUT, "decoding": {"max_new_tokens": 12}}),
        (5, {"variant": "vanilla"}),
        (5, {"seed": 1}),
    ):
        make_run(tmp_path, lambda place, most=right: place < most, **fields)
    return gather([], reference_runs(tmp_path))


def test_runs_that_differ_in_more_are_left_out(experiment: Experiment) -> None:
    (runs,) = cutting.limited(experiment)
    assert [it.trained for it in runs] == ["whole", *["cut at 200 tokens (0 %)"] * 2]
    assert runs[1].most_tokens > runs[2].most_tokens == 12
    assert {it.run.spec.seed for it in runs} == {0}


def test_each_row_says_what_was_right_and_what_the_limit_changed(experiment: Experiment) -> None:
    table = cutting.cutting_table(experiment)
    column = {name: [row[place] for row in table.rows] for place, name in enumerate(table.columns)}
    assert column["right strictly"] == [75.0, 25.0, 12.5]
    assert column["change, strictly"][0] is None
    assert str(column["change, strictly"][1]).startswith("-50.0 [")
    assert column["finished"] == [100.0] * 3
    assert table.evidence == "reference run"


def test_an_answer_that_is_not_closed_is_not_finished(experiment: Experiment) -> None:
    run = cutting.limited(experiment)[0][0].run
    path = run.run.folder / "predictions.jsonl"
    first, *others = path.read_text().splitlines(keepends=True)
    path.write_text("".join([first.replace("</answer>", ""), *others]))
    assert cutting.Limited(run).finished.right == 7


def test_without_a_cut_run_there_is_no_row(tmp_path: Path, make_run) -> None:
    make_run(tmp_path, lambda place: True)
    assert cutting.cutting_table(gather([], reference_runs(tmp_path))).rows == []


def test_groups_say_where_they_were_cut_or_stopped(experiment: Experiment) -> None:
    recipes = {group.recipe.partition(" problems")[2] for group in experiment.groups}
    assert recipes == {
        "",
        ", cut at 200 tokens",
        ", cut at 200 tokens, answers stopped after 12 tokens",
    }


def test_groups_of_one_kind_have_no_figure_that_compares_kinds(
    experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(figures.LENGTHS, "reference", 2)
    shown = figures.compared(experiment)
    assert [sorted(group.kinds) for group in shown] == [["correct", "vanilla"]]
    assert {point.panel for point in figures.length_points(experiment)} == {shown[0].title}
