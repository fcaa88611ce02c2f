"""The release's scoring of CoTempQA, rule by rule, on invented facts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact.datasets.cotempqa.labels import LABELS
from artifact.datasets.cotempqa.release.scoring import (
    LABELS_AS_READ,
    asks_subject,
    class_part,
    ends_of,
    label_of,
    score_answer,
)
from artifact.datasets.problem import Problem
from artifact.datasets.release_records import StoredOutput

POSITION = "While Runa Tolv was working for Vellby Mill, which position did Runa Tolv hold at once?"
FACTS = (
    "Runa Tolv works for Vellby Mill from 1901 to 1904.",
    "Runa Tolv holds the position of warden of Osk from 1902 to 1903.",
    "Runa Tolv holds the position of reeve of Tamm in 1911.",
)


def _output(
    prediction: str,
    gold: tuple[str, ...] = ("warden of Osk",),
    question: str = POSITION,
    context: tuple[str, ...] = FACTS,
    triple_element: str | None = "S1_R2_O2",
) -> StoredOutput:
    meta = {"triple_element": triple_element} if triple_element else {}
    problem = Problem("p", "cotempqa", "during", context, question, gold, (1,), meta)
    return StoredOutput(problem, prediction, gold, "invented")


@pytest.mark.parametrize(
    ("fact", "ends"),
    [
        ("A holds the position of B from 1901 to May, 1902.", ("A", "B")),
        ("A is a member of the B in 1901.", ("A", "B")),
        ("A is the chair of B from 1901 to 1902.", ("A", "B")),
        ("A is the head of B from 1901 to 1902.", ("A", "B")),
        ("A is owned by B Inc. in 1901.", ("A", "B Inc.")),
        ("A attended B from 1901 to 1902.", ("A", "B")),
        ("A works for B from 1901 to 1902.", ("A", "B")),
        ("A plays for B in 1901.", ("A", "B")),
        # the past tense is read as the present
        ("A was a member of the B in 1901.", ("A", "B")),
        ("A held the position of B in 1901.", ("A", "B")),
        ("A played for B in 1901.", ("A", "B")),
        ("A worked for B in 1901.", ("A", "B")),
        # names that hold a keyword or a preposition
        ("A attended Workers' School from 1901 to 1902.", ("A", "Workers' School")),
        ("A attended Institute in B from 1901 to 1902.", ("A", "Institute in B")),
        ("A attended Institute in B in 1902.", ("A", "Institute")),
        ("A works for Letters from B in 1902.", ("A", "Letters from B")),
        ("A works for B from C.", ("A", "B")),
        ("A was was a member of the B in 1901.", None),
        # looser forms
        ("A works for B from 1901", ("A", "B")),
        ("A works for B.", ("A", "B")),
        ("A works for B in 1901", None),
        ("A knows B from 1901 to 1902.", None),
        ("", None),
    ],
)
def test_the_ends_of_a_fact(fact: str, ends: tuple[str, str] | None) -> None:
    assert ends_of(fact) == ends


@given(st.text())
def test_any_text_has_ends_or_none(fact: str) -> None:
    ends = ends_of(fact)
    assert ends is None or all(ends)


@pytest.mark.parametrize(
    ("prediction", "gold", "right"),
    [
        ("<answer>['warden of Osk']</answer>", ("warden of Osk",), True),
        ("<answer>['Warden of Osk.']</answer>", ("warden of Osk",), True),
        ("<answer>['reeve of Tamm']</answer>", ("warden of Osk",), False),
        ("", ("warden of Osk",), False),
        # of two gold answers both must be there
        ("<answer>['warden of Osk']</answer>", ("warden of Osk", "reeve of Tamm"), False),
        (
            "<answer>['reeve of Tamm', 'warden of Osk']</answer>",
            ("warden of Osk", "reeve of Tamm"),
            True,
        ),
        # a longer candidate is found first and taken out of the text
        ("<answer>['warden of Osk']</answer>", ("Osk", "warden of Osk"), False),
        # the first candidate that the question names is not counted, gold or not; the next one is
        ("<answer>['Vellby Mill']</answer>", ("Vellby Mill",), False),
        ("<answer>['Runa Tolv', 'warden of Osk']</answer>", ("warden of Osk",), True),
        (
            "<answer>['Vellby Mill', 'Runa Tolv', 'warden of Osk']</answer>",
            ("Vellby Mill", "warden of Osk"),
            False,
        ),
    ],
)
def test_answers(prediction: str, gold: tuple[str, ...], right: bool) -> None:
    assert score_answer(_output(prediction, gold)).right is right


@pytest.mark.parametrize(
    ("triple_element", "question", "released", "fixed"),
    [
        ("S1_R2_O2", POSITION, True, False),
        (None, POSITION, True, False),
        ("S2_R1_O1", POSITION, False, True),
        (None, "While A worked, who?", True, False),
    ],
)
def test_the_inverted_flag(
    triple_element: str | None, question: str, released: bool, fixed: bool
) -> None:
    # objects are asked for: a wrong extra object is seen only if objects are candidates
    output = _output(
        "<answer>['warden of Osk', 'reeve of Tamm']</answer>",
        question=question,
        triple_element=triple_element,
    )
    assert score_answer(output).right is released
    assert score_answer(output, flag_fixed=True).right is fixed


def test_what_is_asked_is_read_from_the_question_where_the_source_does_not_say() -> None:
    question = "While A was working for B, who also worked for B simultaneously?"
    assert asks_subject(_output("", question=question, triple_element=None).problem)
    assert not asks_subject(_output("", triple_element=None).problem)
    assert not asks_subject(_output("", question=question, triple_element="S1_R1_O2").problem)


def test_ties_in_length_are_walked_by_the_alphabet_or_its_reverse() -> None:
    # both subjects are candidates of one length, stand in the question, and only one is let off
    facts = ("Ada Holm works for Osk in 1901.", "Bea Holm works for Osk in 1902.")
    output = _output(
        "<answer>Ada Holm, Bea Holm</answer>",
        gold=("Bea Holm",),
        question="While Ada Holm and Bea Holm were working for Osk?",
        context=facts,
    )
    assert score_answer(output).right
    assert not score_answer(output, ties_reversed=True).right


@given(st.text(), st.booleans(), st.booleans())
def test_any_prediction_has_a_score(prediction: str, fixed: bool, ties: bool) -> None:
    score = score_answer(_output(prediction), flag_fixed=fixed, ties_reversed=ties)
    assert score.right == (score.f1 == 1.0)


@pytest.mark.parametrize(
    ("reasoning", "label"),
    [
        ("The relation is: equal.", "equal"),
        ("equal, mix, during", "during"),
        ("overlap or mix", "overlap"),
        ("nothing of it", None),
    ],
)
def test_the_label_that_is_read_in_a_gold_row(reasoning: str, label: str | None) -> None:
    assert label_of(reasoning) == label


def test_labels_are_the_datasets() -> None:
    assert set(LABELS_AS_READ) == set(LABELS)


@pytest.mark.parametrize(
    ("trace", "part"),
    [("is: equal.\nfacts.", "is: equal"), ("is: equal", "is: equal"), (".x", "")],
)
def test_the_label_must_stand_before_the_first_full_stop(trace: str, part: str) -> None:
    assert class_part(trace) == part
