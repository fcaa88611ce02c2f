"""Rows of scores: what is counted, and what is left out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from artifact import datasets
from artifact.common.errors import InputError
from artifact.datasets.problem import Problem
from artifact.datasets.release_records import StoredOutput
from artifact.evaluation.answers import AnswerScores
from artifact.evaluation.scoring import (
    ReleasedSteps,
    Scored,
    associate_steps,
    by_category,
    score_outputs,
    share,
)
from artifact.evaluation.statistics.association import Table
from artifact.evaluation.steps import WITHOUT_TRACE, StrictSteps

COTEMPQA = datasets.get("cotempqa")
PROBLEM = Problem(
    id="folm",
    dataset="cotempqa",
    category="equal",
    context=("Edda Folm works for Irm in 1950.", "Edda Folm works for Quell in 1950."),
    question=(
        "While Edda Folm was working for Irm, "
        "which employer did Edda Folm work for at the same time?"
    ),
    answers=("Quell",),
    support=(1,),
    meta={"triple_element": "S1_R1_O2"},
)
RIGHT = StrictSteps(
    class_right=True,
    any_context=True,
    any_gold=True,
    recall_all=True,
    exact=True,
    precision=1.0,
    no_trace=False,
)


def _row(steps: StrictSteps | ReleasedSteps | None, *, right: bool, category: str) -> Scored:
    answer = AnswerScores(released=right, flag_fixed=right, exact_set=right)
    return Scored(replace(PROBLEM, category=category), answer, steps)


def _output(prediction: str) -> StoredOutput:
    return StoredOutput(PROBLEM, prediction, PROBLEM.answers, "here")


def test_shares_are_over_the_rows_that_have_the_step() -> None:
    rows = [
        _row(RIGHT, right=True, category="equal"),
        _row(WITHOUT_TRACE, right=True, category="equal"),
        _row(None, right=True, category="equal"),
    ]
    assert share(rows, "exact") == 0.5
    assert share(rows, "no_trace") == 0.5
    assert share(rows[2:], "exact") is None
    assert share([], "exact") is None


def test_the_releases_steps_have_no_exact_retrieval() -> None:
    rows = [
        _row(ReleasedSteps(class_right=True, any_context=False), right=True, category="equal"),
        _row(ReleasedSteps(class_right=True, any_context=True), right=True, category="equal"),
    ]
    assert share(rows, "class_right") == 1.0
    assert share(rows, "ok_any") == 0.5
    assert share(rows, "exact") is None


def test_categories_stand_in_the_datasets_order_even_if_empty() -> None:
    rows = [_row(None, right=True, category=label) for label in ("mix", "equal", "mix")]
    grouped = by_category(COTEMPQA, rows)
    assert {label: len(group) for label, group in grouped.items()} == {
        "equal": 1,
        "during": 0,
        "overlap": 0,
        "mix": 2,
    }
    assert tuple(grouped) == COTEMPQA.labels


def test_the_table_crosses_answer_and_step() -> None:
    rows = [
        *[_row(RIGHT, right=True, category="equal")] * 4,
        *[_row(WITHOUT_TRACE, right=True, category="equal")] * 3,
        *[_row(RIGHT, right=False, category="mix")] * 2,
        _row(WITHOUT_TRACE, right=False, category="mix"),
        _row(None, right=False, category="mix"),
    ]
    association = associate_steps(COTEMPQA, rows, "ok_exact")
    assert association.table == Table(right_ok=4, right_not=3, wrong_ok=2, wrong_not=1)
    assert "cmh_p" in association.notes  # each category has one kind of answer only


@pytest.mark.parametrize(
    ("variant", "steps"), [("correct", WITHOUT_TRACE), ("vanilla", None), ("prompting", None)]
)
def test_only_a_traced_variant_has_steps(variant: str, steps: StrictSteps | None) -> None:
    (row,) = score_outputs(COTEMPQA, [_output("['Quell']")], variant, "strict")
    assert row.steps == steps
    assert row.answer.exact_set == (variant != "correct")


def test_released_semantics_needs_the_release() -> None:
    with pytest.raises(InputError, match="the release's own tables"):
        score_outputs(COTEMPQA, [_output("<think>So.</think>")], "correct", "released")


def test_the_solvers_facts_include_the_anchor() -> None:
    text = f"<think>{COTEMPQA.template.trace('equal', PROBLEM.context)}</think>"
    for gold, exact in (("stored", False), ("solver", True)):
        (row,) = score_outputs(COTEMPQA, [_output(text)], "anchored", "strict", gold=gold)
        assert isinstance(row.steps, StrictSteps)
        assert row.steps.exact == exact
