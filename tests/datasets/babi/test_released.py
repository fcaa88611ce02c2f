"""The release's scoring of bAbI, rule by rule, on invented stories."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact.datasets.babi.released import class_part, label_of, score_answer
from artifact.datasets.babi.tasks import LABELS
from artifact.datasets.base import AnswerScore, StoredOutput
from artifact.problems import Problem


def _output(prediction: str, gold: str = "loft") -> StoredOutput:
    problem = Problem(
        "p",
        "babi",
        "single-supporting-fact",
        ("Sella went to the loft.",),
        "Where is Sella?",
        (gold,),
        (0,),
    )
    return StoredOutput(problem, prediction, (gold,), "invented")


@pytest.mark.parametrize(
    ("prediction", "gold", "right"),
    [
        ("<think>x</think> <answer>loft</answer>", "loft", True),
        ("<answer> Loft. </answer>", "loft", True),
        ("assistant\n\nloft", "loft", True),
        ("Answer: loft", "loft", True),
        ("<answer>attic</answer>", "loft", False),
        ("", "loft", False),
        # the whole text is the answer
        ("Sella is in the loft.", "loft", False),
        ("<answer>loft or attic</answer>", "loft", False),
        # a list counts in its own order and wording
        ("<answer>lamp,jug</answer>", "lamp,jug", True),
        ("<answer>jug,lamp</answer>", "lamp,jug", False),
        ("<answer>lamp, jug</answer>", "lamp,jug", False),
    ],
)
def test_answers(prediction: str, gold: str, right: bool) -> None:
    share = float(right)
    assert score_answer(_output(prediction, gold)) == AnswerScore(right, share, share, share)


@given(st.text(), st.booleans(), st.booleans())
def test_neither_switch_changes_anything(prediction: str, fixed: bool, ties: bool) -> None:
    output = _output(prediction)
    assert score_answer(output, flag_fixed=fixed, ties_reversed=ties) == score_answer(output)


@pytest.mark.parametrize("label", LABELS)
def test_the_label_that_is_read_in_a_gold_row(label: str) -> None:
    assert label_of(f"The category of the question asked is: {label.title()}.") == label


def test_a_row_without_a_label_has_none() -> None:
    assert label_of("The category is missing.") is None


@pytest.mark.parametrize(
    ("trace", "part"),
    [
        ("First. Asked is: Counting.\nfacts.", " asked is: counting"),
        ("Asked is: Counting", "asked is: counting"),
        ("First.", ""),
    ],
)
def test_the_label_must_stand_in_the_second_sentence(trace: str, part: str) -> None:
    assert class_part(trace) == part
