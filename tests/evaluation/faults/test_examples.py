"""Every invented example shows its fault through the scoring code, and only its fault."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from artifact.evaluation.faults import examples, recipe
from artifact.evaluation.faults.examples import Example


@pytest.mark.parametrize(
    ("example", "came_out", "would_be_right"),
    [
        (examples.wrong_gold_row, "facts wrong", "facts right"),
        (examples.every_fact_gold, "facts right", "facts wrong"),
        (examples.inverted_flag, "answer right", "answer wrong"),
        (examples.trace_scored_as_answer, "answer right", "answer wrong"),
        (examples.joint_share, "28 %", "93 %"),
        (examples.lower_cased_facts, "facts wrong", "facts right"),
        (examples.unequal_categories, "A 75.0 %, B 60.0 %", "A 55.0 %, B 68.0 %"),
        (examples.seen_in_training, "answer right", "not counted"),
        (examples.label_without_answer, "label right by rules", "beside such rules"),
        (examples.missing_anchor, "no fact states the event", examples.ANCHOR),
        (recipe.cut_conversation, "the first 1,024 tokens", "never trained"),
        (recipe.loss_on_prompt, "the assistant wrote 6 %", "25 characters of the answer"),
        (recipe.decoding_stops, "answer right", "answer wrong"),
        (examples.association_with_sign_turned, "chi-squared 24.0", "sign reversed"),
    ],
)
def test_the_fault_shows(
    example: Callable[[], Example], came_out: str, would_be_right: str
) -> None:
    shown = example()
    assert shown.shown is True
    assert came_out in shown.came_out
    assert would_be_right in shown.would_be_right
    assert shown.went_in


def test_examples_are_the_same_every_time() -> None:
    assert examples.label_without_answer() == examples.label_without_answer()
