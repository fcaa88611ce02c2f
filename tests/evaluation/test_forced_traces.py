"""What forced traces did to answers, on a table small enough to work out by hand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from artifact import datasets
from artifact.common.errors import InputError
from artifact.datasets.problem import Problem
from artifact.evaluation import forced_traces as scoring
from artifact.evaluation.forced_traces import BASELINE, CONTRASTS, judge, score, summarise
from artifact.sft.forced_traces import FORCED, Forced, Intervention
from artifact.sft.run_folder import Run

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


def test_accuracy_is_of_the_problems_that_have_the_trace() -> None:
    found = score(TABLE, PROBLEMS, TEMPLATE).accuracy
    assert {forced: (it.right, it.n) for forced, it in found.items()} == {
        "own": (3, 4),
        "correct": (4, 4),
        "misleading": (1, 3),
        "other": (1, 2),
        "none": (1, 2),
    }
    assert found["misleading"].value == pytest.approx(1 / 3)
    low, high = found["own"].interval
    assert 0 < low < 0.75 < high < 1


def test_differences_are_paired() -> None:
    effects = {(it.first, it.second): it for it in score(TABLE, PROBLEMS, TEMPLATE).effects}
    assert list(effects) == [
        ("correct", "own"),
        ("misleading", "own"),
        ("other", "own"),
        ("none", "own"),
        ("correct", "misleading"),
        ("correct", "other"),
        ("correct", "none"),
    ]
    correct = effects["correct", "own"]
    assert (correct.n, correct.first_share, correct.second_share) == (4, 1.0, 0.75)
    assert correct.difference == 0.25
    assert correct.p == 1.0  # one discordant pair
    # a, b and d have both: own is right on a and b, misleading on b alone.
    misled = effects["misleading", "own"]
    assert (misled.n, misled.first_share, misled.second_share) == (3, 1 / 3, 2 / 3)
    assert misled.difference == pytest.approx(-1 / 3)
    against = effects["correct", "misleading"]
    assert (against.n, against.difference) == (3, pytest.approx(2 / 3))
    assert against.p == pytest.approx(0.5)  # both of two discordant pairs on one side: 2 / 2^2
    low, high = against.interval
    assert 0 <= low <= against.difference <= high <= 1


def test_following_counts_only_traces_that_point_elsewhere() -> None:
    found = {it.forced: it for it in score(TABLE, PROBLEMS, TEMPLATE).following}
    assert set(found) == {"own", "misleading", "other"}
    misled = found["misleading"]
    assert (misled.n, misled.followed.right, misled.stayed.right) == (3, 1, 1)
    assert misled.followed.value == pytest.approx(1 / 3)
    other = found["other"]
    assert (other.n, other.followed.right, other.stayed.right) == (1, 1, 0)
    own = found["own"]
    assert (own.n, own.followed.right, own.stayed.right) == (1, 1, 0)


def test_each_answer_is_judged_by_itself() -> None:
    judged = judge(TABLE, PROBLEMS, TEMPLATE)
    assert list(judged) == [forced for forced in FORCED if forced in judged]
    misled: Mapping[str, scoring.Judged] = judged["misleading"]
    assert {name: (it.right, it.followed) for name, it in misled.items()} == {
        "a": (False, True),
        "b": (True, False),
        "d": (False, False),
    }
    assert judged["correct"]["a"] == scoring.Judged(right=True, followed=None)
    assert judged["own"]["c"] == scoring.Judged(right=True, followed=None)
    assert judged["none"]["a"] == scoring.Judged(right=False, followed=None)


@pytest.mark.parametrize("stated", ["barn, mill", "mill, barn", "mill,barn"])
def test_answers_are_compared_as_sets(stated: str) -> None:
    problems = {"a": problem("a", "mill", "barn")}
    lines = [line("a", "own", stated), line("a", "other", stated, ("barn", "mill"))]
    judged = judge(lines, problems, TEMPLATE)
    assert judged["own"]["a"].right
    assert judged["other"]["a"] == scoring.Judged(right=True, followed=None)


def test_one_problem_is_too_few_for_a_difference() -> None:
    lines = [line("a", "own", "mill"), line("a", "correct", "mill")]
    found = score(lines, PROBLEMS, TEMPLATE)
    assert found.effects == ()
    assert found.accuracy["own"].n == 1


def test_without_the_baseline_the_contrasts_are_left() -> None:
    lines = [it for it in TABLE if it.forced != BASELINE]
    found = score(lines, PROBLEMS, TEMPLATE).effects
    assert {(it.first, it.second) for it in found} <= set(CONTRASTS)
    assert len(found) == 3


def test_the_contrasts_are_of_traces_there_are() -> None:
    assert {forced for pair in CONTRASTS for forced in pair} <= set(FORCED)
    assert BASELINE in FORCED


def test_a_run_without_interventions_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Run, "record", type("Record", (), {"run": "abc"})())
    with pytest.raises(InputError) as caught:
        summarise(Run(tmp_path))
    assert str(caught.value) == (
        f"{tmp_path / 'interventions.jsonl'}: is not there; run `artifact intervene abc`"
    )
