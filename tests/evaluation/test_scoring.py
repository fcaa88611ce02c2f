"""Rows of scores: what is counted, and what is left out."""

from __future__ import annotations

import gc
from dataclasses import replace

import pytest

from artifact import datasets
from artifact.common.errors import InputError
from artifact.datasets.problem import Problem
from artifact.datasets.release_records import StoredOutput
from artifact.evaluation.scoring import (
    ScoredOutput,
    associate_steps,
    by_category,
    score_outputs,
    share,
    steps_of,
)
from artifact.evaluation.statistics.association import Table
from artifact.evaluation.steps import Steps

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
RIGHT = Steps(class_right=True, retrieval={"any_context": True, "any_gold": True, "exact": True})
WRONG = Steps(
    class_right=False, retrieval={"any_context": False, "any_gold": False, "exact": False}
)


def _row(steps: Steps | None, *, right: bool, category: str) -> ScoredOutput:
    return ScoredOutput(replace(PROBLEM, category=category), steps, {}, right, right)


def _output(prediction: str) -> StoredOutput:
    return StoredOutput(PROBLEM, prediction, PROBLEM.answers, "here")


def test_shares_are_over_the_rows_that_have_the_step() -> None:
    rows = [_row(steps, right=True, category="equal") for steps in (RIGHT, WRONG, None)]
    assert steps_of(rows) == [RIGHT, WRONG]
    assert share(steps.ok_exact for steps in steps_of(rows)) == 0.5
    assert share(steps.ok_exact for steps in steps_of(rows[2:])) is None


def test_what_is_not_known_is_left_out_of_a_share() -> None:
    assert share([True, None, False, None, 0.25]) == pytest.approx(1.25 / 3)
    assert share([None]) is None
    assert share([]) is None


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
        *[_row(WRONG, right=True, category="equal")] * 3,
        *[_row(RIGHT, right=False, category="mix")] * 2,
        _row(WRONG, right=False, category="mix"),
        _row(None, right=False, category="mix"),
    ]
    association = associate_steps(COTEMPQA, rows, lambda steps: steps.ok_exact)
    assert association.table == Table(right_ok=4, right_not=3, wrong_ok=2, wrong_not=1)
    assert "cmh_p" in association.notes  # each category has one kind of answer only


def test_a_condition_that_can_not_be_told_is_in_no_table() -> None:
    released = Steps(class_right=True, retrieval={"any_context": True})
    rows = [_row(released, right=True, category="equal")]
    assert associate_steps(COTEMPQA, rows, lambda steps: steps.ok_exact).table.n == 0
    assert associate_steps(COTEMPQA, rows, lambda steps: steps.ok_any).table.n == 1


@pytest.mark.parametrize("variant", ["correct", "vanilla", "prompting"])
def test_only_a_traced_variant_has_steps(variant: str) -> None:
    (row,) = score_outputs(COTEMPQA, [_output("['Quell']")], variant, "strict")
    if variant == "correct":
        assert row.steps is not None
        assert (row.steps.no_trace, row.answer["exact_set"]) == (True, False)
    else:
        assert (row.steps, row.answer["exact_set"]) == (None, True)


def test_scoring_leaves_no_cycles_behind_and_the_search_for_them_goes_on() -> None:
    text = "<think>The temporal relation is equal.</think><answer>['Quell']</answer>"
    for _ in range(2):  # the first fills caches
        gc.collect()
        score_outputs(COTEMPQA, [_output(text), _output("Quell")] * 5, "correct", "strict")
    assert gc.isenabled()
    assert gc.collect() == 0


def test_released_semantics_needs_the_release() -> None:
    with pytest.raises(InputError, match="the release's own tables"):
        score_outputs(COTEMPQA, [_output("<think>So.</think>")], "correct", "released")


def test_the_solvers_facts_include_the_anchor() -> None:
    text = f"<think>{COTEMPQA.template.trace('equal', PROBLEM.context)}</think>"
    for gold, exact in (("stored", False), ("solver", True)):
        (row,) = score_outputs(COTEMPQA, [_output(text)], "anchored", "strict", gold=gold)
        assert row.steps is not None
        assert row.steps.retrieval["exact"] == exact
