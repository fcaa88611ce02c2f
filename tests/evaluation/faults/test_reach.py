"""How far the faults reach on the release."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from artifact.evaluation.faults import reach, recipe
from artifact.evaluation.faults.reach import Counts, Stored

Q, B = "Qwen3-1.7B", "Llama-3.2-1B-Instruct"


@pytest.fixture(scope="module")
def stored(release: Path) -> dict[str, Stored]:
    return {name: Stored(name, release) for name in ("cotempqa", "babi", "marco")}


@pytest.mark.parametrize(
    ("count", "figures"),
    [
        (
            reach.wrong_gold_rows,
            {
                "CoTemp QA test problems": 950,
                "CoTemp QA, the row is the problem's own": 637,
                "bAbI QA test problems": 376,
                "bAbI QA, the row is the problem's own": 26,
            },
        ),
        (
            reach.hits_without_gold,
            {
                f"{Q} correct: hits": 745,
                f"{Q} correct: hits that quote no gold fact": 176,
                f"{Q} incorrect: hits": 478,
                f"{Q} incorrect: hits that quote no gold fact": 411,
            },
        ),
        (
            reach.answers_of_everything,
            {
                "test problems": 950,
                "every object named: right": 0.804,
                "every object named: right, mean of the categories": 0.787,
                "every object named: right, flag turned round": 0.0,
            },
        ),
        (
            reach.answers_without_tag,
            {
                f"{Q} correct: outputs without <answer>": 100,
                f"{Q} correct: of these scored right": 63,
                f"{Q} correct: of these with the gold answers in the last line": 34,
            },
        ),
        (
            reach.joint_shares,
            {
                f"{Q} correct: outputs": 949,
                f"{Q} correct: trace and answer right": 261,
                f"{Q} correct: their share of all outputs": 0.275,
                f"{Q} correct: right answers among right traces": 0.572,
                f"{Q} correct: right answers among wrong traces": 0.503,
            },
        ),
        (
            reach.lower_cased_traces,
            {
                "stored incorrect traces": 376,
                "stored incorrect traces, a fact quoted": 0,
                f"{B} incorrect: outputs": 376,
                f"{B} incorrect: outputs, facts right by the released rule": 0,
            },
        ),
        (
            reach.means_and_repeats,
            {
                "equal: test problems": 87,
                "during: test problems": 619,
                "overlap: test problems": 131,
                "mix: test problems": 113,
                f"{Q}: incorrect minus vanilla, published run": 0.0355,
                f"{Q}: incorrect minus vanilla, run with stored outputs": -0.0097,
            },
        ),
        (
            reach.training_overlap,
            {
                "bAbI QA test problems": 376,
                "bAbI QA test problems that are training problems": 18,
                "CoTemp QA test problems": 950,
                "CoTemp QA test problems that are training problems": 0,
            },
        ),
        (
            reach.labels_by_rule,
            {
                "test problems": 950,
                "label right: majority class": 0.652,
                f"label right, released rule: {Q} correct": 0.639,
            },
        ),
        (
            reach.missing_anchors,
            {"correct traces": 950, "without the event's own fact": 0.993},
        ),
        (
            recipe.assistants_share,
            {
                "vanilla: the assistant's share of a conversation's characters, mean": 0.025,
                "correct: the assistant's share of a conversation's characters, mean": 0.188,
            },
        ),
        (
            recipe.unfinished_traces,
            {
                "correct and incorrect, all models: outputs": 6650,
                "correct and incorrect, all models: outputs whose trace is not closed": 0,
            },
        ),
        (
            reach.associated_matrices,
            {
                "stored matrices of correct-trace models": 6,
                "of these with chi-squared above 3.841": 4,
                "of these with fewer right answers after right traces": 2,
                f"MARCO QA, {Q}: chi-squared": 110.797,
                f"MARCO QA, {B}: right answers among right traces": 0.0524,
                f"MARCO QA, {B}: right answers among wrong traces": 0.4042,
                f"CoTemp QA, {Q}: chi-squared": 4.578,
                f"CoTemp QA, {B}: chi-squared": 4.167,
            },
        ),
    ],
)
def test_the_extent_on_the_release(
    stored: Mapping[str, Stored],
    count: Callable[[Mapping[str, Stored]], Counts],
    figures: Counts,
) -> None:
    found = count(stored)
    assert {name: found[name] for name in figures} == pytest.approx(figures, abs=6e-4)


def test_naming_everything_beats_the_trained_runs_of_the_small_model(
    stored: Mapping[str, Stored],
) -> None:
    found = reach.answers_of_everything(stored)
    below = found["of these, runs whose mean of the categories is lower"]
    assert 3 <= below <= found["stored runs of all categories"]
    assert (
        found["every object named: right"] < found["everything of the kind asked for named: right"]
    )


def test_most_test_problems_tell_of_someone_whom_training_tells_of(
    stored: Mapping[str, Stored],
) -> None:
    """At least so many: a copy with more training problems on disk finds more."""
    found = reach.training_overlap(stored)
    assert found["CoTemp QA test problems with a subject or story of training"] >= 594
    assert found["bAbI QA test problems with a subject or story of training"] == 39


def test_one_label_and_the_dates_alone_beat_the_small_models_labels(
    stored: Mapping[str, Stored],
) -> None:
    found = reach.labels_by_rule(stored)
    model = found[f"label right, released rule: {Q} correct"]
    majority = found["label right: majority class"]
    assert model < majority < found["label right: dates of the asked relation"]


def test_without_generations_nothing_is_counted(tmp_path: Path) -> None:
    empty = {name: Stored(name, tmp_path) for name in ("cotempqa", "babi")}
    for count in (
        reach.wrong_gold_rows,
        reach.hits_without_gold,
        reach.answers_of_everything,
        reach.answers_without_tag,
        reach.joint_shares,
        reach.means_and_repeats,
        reach.labels_by_rule,
        reach.missing_anchors,
        reach.associated_matrices,
        recipe.unfinished_traces,
    ):
        assert count(empty) == {}
