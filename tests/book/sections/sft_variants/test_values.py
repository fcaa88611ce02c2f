"""Every figure of the prose has its key, whatever runs there are; an absent one says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from artifact.book.sections.sft_variants.compute import Experiment, gather
from artifact.book.sections.sft_variants.tables import groups_table
from artifact.book.sections.sft_variants.values import NOT_RUN, all_values, describe_models
from artifact.evaluation.scored_runs import ScoredRun, keep, reference_runs, score_run
from artifact.workflow.results import SectionResult, glue_values


@pytest.fixture
def experiment(tmp_path: Path, make_run) -> Experiment:
    """Reference runs of three kinds on bAbI, and two runs made here."""
    folder, here = tmp_path / "reference", tmp_path / "runs"
    forced = {"correct": lambda place: True, "misleading": lambda place: place < 2}
    make_run(folder, lambda place: place < 2, variant="vanilla")
    make_run(folder, lambda place: place < 4, forced=forced)
    turned = {"correct": lambda place: place < 3, "misleading": lambda place: place < 7}
    make_run(folder, lambda place: place < 6, variant="incorrect", forced=turned)
    own = [
        make_run(here, lambda place: place < 4),
        make_run(here, lambda place: place < 6, variant="filler", seed=3),
    ]
    return gather([score_run(run, "here") for run in own], reference_runs(folder))


@pytest.mark.parametrize("there", [True, False])
def test_every_value_that_the_prose_shows_is_there(
    there: bool, experiment: Experiment, glued: Callable[[str], set[str]]
) -> None:
    shown = all_values(experiment if there else Experiment(()))
    result = SectionResult.of("sft_variants", parameters={}, source="", values=shown)
    asked = glued("sft_variants")
    assert len({key for key in asked if key.startswith("reference.")}) > 30
    assert asked <= set(glue_values(result))


def test_values_are_those_of_the_groups(experiment: Experiment) -> None:
    found = all_values(experiment)
    assert {
        key: found[key].value
        for key in (
            "here.runs",
            "reference.runs",
            "reference.babi.correct",
            "here.filler",
            "reference.babi.incorrect_minus_correct",
            "reference.babi.correct_minus_vanilla",
            "reference.babi.forced.correct_minus_misleading",
            "reference.babi.forced.followed",
            "reference.babi.forced_incorrect.correct_minus_misleading",
        )
    } == {
        "here.runs": 2,
        "reference.runs": 3,
        "reference.babi.correct": 0.5,
        "here.filler": 0.75,
        "reference.babi.incorrect_minus_correct": 0.25,
        "reference.babi.correct_minus_vanilla": 0.25,
        "reference.babi.forced.correct_minus_misleading": 0.75,
        "reference.babi.forced.followed": 0.75,
        "reference.babi.forced_incorrect.correct_minus_misleading": -0.5,
    }
    assert found["same.said"].value == (
        "Of the runs made here, 1 were trained as a reference run was, 1 of them with the same "
        "training curve to the last digit; 1 have the same hash, test problems and threads "
        "included, and 1 of those gave the same predictions, byte for byte"
    )
    nothing_alike = all_values(Experiment(()))["same.said"].value
    assert str(nothing_alike).startswith("No run made here was trained as a reference run was")
    assert found["reference.babi.correct"].evidence == "reference run"
    assert found["here.filler"].evidence == "own run"
    assert found["reference.babi.correct"].n == 8


def test_the_best_shortcut_is_named(experiment: Experiment) -> None:
    found, rules = all_values(experiment), experiment.groups[0].shortcuts
    name = found["reference.babi.shortcut_rule"].value
    assert found["reference.babi.shortcut"].value == rules[str(name)].value
    assert rules[str(name)].value == max(share.value for share in rules.values())


def test_what_is_not_there_says_so(experiment: Experiment) -> None:
    found = all_values(experiment)
    for key in ("reference.babi.verbose", "doses.slope", "here.verbose"):
        assert (found[key].value, found[key].note) == (None, NOT_RUN)


def test_models_are_told_with_a_warning_of_those_without_weights(experiment: Experiment) -> None:
    assert describe_models(experiment).startswith("tiny-llama: ")
    assert describe_models(experiment).endswith("The accuracies of tiny-llama mean nothing.")
    assert describe_models(Experiment(())) == "There are no runs in this build."


def test_each_set_of_runs_is_a_row(experiment: Experiment) -> None:
    rows = groups_table(experiment).rows
    title = "bAbI QA look-alikes, tiny-llama, 4 training problems"
    assert rows[0][:4] == [title, "reference", "vanilla, correct, incorrect", 3]
    assert sum(int(row[3] or 0) for row in rows) == sum(len(it.runs) for it in experiment.groups)


def test_learning_curves_give_their_two_ends(tmp_path: Path, make_run) -> None:
    for train, right in ((4, 2), (6, 3), (8, 6)):
        make_run(tmp_path, lambda place, right=right: place < right, variant="vanilla", train=train)
        make_run(tmp_path, lambda place: place < 4, train=train)
    for variant in ("vanilla", "correct"):
        make_run(tmp_path, lambda place: place < 4, variant=variant, train=8, seed=1)
    found = all_values(gather([], reference_runs(tmp_path)))
    assert [found[f"learning.{end}.train"].value for end in ("small", "large")] == [4, 8]
    assert found["learning.large.vanilla"].value == pytest.approx(0.625)
    problems, runs_too = (
        found[f"learning.large.correct_minus_vanilla{over}"] for over in ("", "_over_runs")
    )
    assert problems.value == runs_too.value == pytest.approx(-0.125)
    assert problems.interval != runs_too.interval
    assert found["learning.small.correct_minus_vanilla_over_runs"].note == NOT_RUN
    assert found["learning.small.correct_minus_vanilla"].value == pytest.approx(0.25)
    assert found["learning.large.incorrect_minus_correct"].note == NOT_RUN


def test_runs_on_the_releases_problems_have_figures_by_both_rules(
    experiment: Experiment, tmp_path: Path
) -> None:
    def elsewhere(run: ScoredRun) -> ScoredRun:
        """The scores of a run as they are kept where its texts may not be."""
        kept = score_run(keep(run.run, tmp_path / "kept"), "reference")
        spec = kept.spec.model_copy(update={"source": "release:somewhere"})
        record = kept.record.model_copy(update={"spec": spec})
        return replace(kept, record=record, released=dict.fromkeys(kept.rights, False))

    runs = [run for group in experiment.made("reference") for run in group.runs]
    found = all_values(gather([], [*runs, *map(elsewhere, runs)]))
    assert found["reference.release.correct"].value == 0.5
    assert found["reference.release.correct.released"].value == 0.0
    assert found["reference.release.forced.followed"].value == 0.75
    assert found["reference.release.examples"].value == 4
    assert all_values(experiment)["reference.release.correct"].note == NOT_RUN
