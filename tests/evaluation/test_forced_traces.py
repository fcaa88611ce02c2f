"""What forced traces did to answers, on a table small enough to work out by hand."""

from __future__ import annotations

import pytest

from artifact import datasets
from artifact.datasets.problem import Problem
from artifact.evaluation.forced_traces import (
    BASELINE,
    CONTRASTS,
    ForcedAnswer,
    score_forced,
)
from artifact.sft.forced_traces import FORCED, Forced, Intervention

TEMPLATE = datasets.get("babi").template


def problem(name: str, *answers: str) -> Problem:
    return Problem(
        id=name,
        dataset="babi",
        category="single-supporting-fact",
        context=("Ida went to the mill.",),
        question="Where is Ida?",
        answers=answers,
        support=(0,),
    )


PROBLEMS = {
    it.id: it
    for it in (
        problem("a", "mill"),
        problem("b", "barn"),
        problem("c", "mill"),
        problem("d", "pier"),
    )
}


def line(
    name: str, forced: Forced, answer: str | None, points_to: tuple[str, ...] | None = None
) -> Intervention:
    """An answer in its tag; None leaves the tag out."""
    return Intervention(
        id=name,
        category="single-supporting-fact",
        forced=forced,
        points_to=points_to,
        prediction="mill" if answer is None else f" <answer>{answer}</answer>",
        tokens=5,
        truncated=False,
    )


TABLE = [
    # All four are asked after their own trace; three answers are right.
    line("a", "own", "mill", ("mill",)),
    line("b", "own", "barn", ("barn",)),
    line("c", "own", "mill"),
    line("d", "own", "mill", ("mill",)),
    # After the correct one all are right.
    line("a", "correct", "mill", ("mill",)),
    line("b", "correct", "barn", ("barn",)),
    line("c", "correct", "mill", ("mill",)),
    line("d", "correct", "pier", ("pier",)),
    # Three traces mislead: one is followed, one answer stays, one goes to a third place.
    line("a", "misleading", "barn", ("barn",)),
    line("b", "misleading", "barn", ("mill",)),
    line("d", "misleading", "yard", ("mill",)),
    # Another problem's trace happens to point to gold in one of two; that one is not counted.
    line("a", "other", "mill", ("mill",)),
    line("b", "other", "pier", ("pier",)),
    # Without its tag an answer is none, whatever it says.
    line("a", "none", None),
    line("b", "none", "barn"),
]


def test_each_answer_is_judged_by_itself() -> None:
    scored = score_forced(TABLE, PROBLEMS, TEMPLATE)
    assert list(scored) == [forced for forced in FORCED if forced in scored]
    misled = scored["misleading"]
    assert {name: (answer.right, answer.followed) for name, answer in misled.items()} == {
        "a": (False, True),
        "b": (True, False),
        "d": (False, False),
    }
    assert scored["correct"]["a"] == ForcedAnswer(right=True, followed=None)
    assert scored["own"]["c"] == ForcedAnswer(right=True, followed=None)
    assert scored["none"]["a"] == ForcedAnswer(right=False, followed=None)


@pytest.mark.parametrize("stated", ["barn, mill", "mill, barn", "mill,barn"])
def test_answers_are_compared_as_sets(stated: str) -> None:
    problems = {"a": problem("a", "mill", "barn")}
    lines = [line("a", "own", stated), line("a", "other", stated, ("barn", "mill"))]
    scored = score_forced(lines, problems, TEMPLATE)
    assert scored["own"]["a"].right
    assert scored["other"]["a"] == ForcedAnswer(right=True, followed=None)


def test_the_contrasts_are_of_traces_there_are() -> None:
    assert {forced for pair in CONTRASTS for forced in pair} <= set(FORCED)
    assert BASELINE in FORCED
