"""The release's scoring of bAbI on invented stories: its own rules, and those it shares."""

from __future__ import annotations

import pytest

from artifact.datasets.babi.labels import LABELS
from artifact.datasets.babi.release.scoring import SCORING, label_of
from artifact.datasets.problem import Problem
from artifact.datasets.release_records import StoredOutput


@pytest.mark.parametrize(
    ("prediction", "right"),
    [
        ("<think>x</think> <answer>lamp,jug</answer>", True),
        ("<answer>jug,lamp</answer>", False),
        ("<answer>lamp, jug</answer>", False),
    ],
)
def test_a_list_counts_in_its_own_order_and_wording(prediction: str, right: bool) -> None:
    told = ("Sella took the lamp there.", "Sella took the jug there.")
    question, answers = "What is Sella carrying?", ("lamp", "jug")
    problem = Problem("p", "babi", "lists-sets", told, question, answers, (0, 1))
    assert (
        SCORING.score_answer(StoredOutput(problem, prediction, ("lamp,jug",), "x")).right is right
    )


@pytest.mark.parametrize("label", LABELS)
def test_the_label_that_is_read_in_a_gold_row(label: str) -> None:
    assert label_of(f"The category of the question asked is: {label.title()}.") == label


def test_a_row_without_a_label_has_none() -> None:
    assert label_of("The category is missing.") is None


def test_the_label_must_stand_in_the_second_sentence() -> None:
    assert SCORING.class_part("First. Asked is: Counting.\nfacts.") == " asked is: counting"
