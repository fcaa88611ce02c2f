"""What forced traces did to answers, on a table small enough to work out by hand."""

from __future__ import annotations

import pytest

from artifact import datasets
from artifact.datasets.problem import Problem
from artifact.evaluation.forced_traces import (
    BASELINE,
    CONTRASTS,
    ForcedAnswer,
    Margin,
    early_answering,
    margin_means,
    normalised,
    score_forced,
    score_margins,
)
from artifact.sft.forced_traces import EARLY, FORCED, Forced, Intervention, LogProb

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
    assert scored["correct"]["a"] == ForcedAnswer(right=True, followed=None, same=True)
    assert scored["own"]["c"] == ForcedAnswer(right=True, followed=None, same=True)
    assert scored["none"]["a"] == ForcedAnswer(right=False, followed=None, same=False)


@pytest.mark.parametrize("stated", ["barn, mill", "mill, barn", "mill,barn"])
def test_answers_are_compared_as_sets(stated: str) -> None:
    problems = {"a": problem("a", "mill", "barn")}
    lines = [line("a", "own", stated), line("a", "other", stated, ("barn", "mill"))]
    scored = score_forced(lines, problems, TEMPLATE)
    assert scored["own"]["a"].right
    assert scored["other"]["a"] == ForcedAnswer(right=True, followed=None, same=True)


def test_the_contrasts_are_of_traces_there_are() -> None:
    assert {forced for pair in CONTRASTS for forced in pair} <= set(FORCED)
    assert BASELINE in FORCED


def test_a_line_without_an_answer_is_not_scored() -> None:
    asked = line("a", "own", "mill")
    unasked = asked.model_copy(update={"forced": "correct", "prediction": None})
    assert list(score_forced([asked, unasked], PROBLEMS, TEMPLATE)) == ["own"]


# Early answering

EARLY_TABLE = [
    # a has its answer after a half, b only after all of its trace, c is asked without a half.
    *(line("a", trace, "barn") for trace in ("none", "early_25")),
    *(line("a", trace, "mill") for trace in ("early_50", "early_75", "own")),
    *(line("b", trace, None) for trace in ("none", "early_25", "early_50", "early_75")),
    line("b", "own", "barn"),
    *(line("c", trace, "mill") for trace in ("none", "early_25", "early_75", "own")),
]


def test_early_answers_are_compared_with_the_one_after_the_whole_trace() -> None:
    found = early_answering([score_forced(EARLY_TABLE, PROBLEMS, TEMPLATE)])
    assert found is not None
    assert found.shares == (0.0, 0.25, 0.5, 0.75, 1.0)
    assert [it.value for it in found.accuracy] == [0.0, 0.0, 0.5, 0.5, 1.0]
    assert [it.value for it in found.agreement] == [0.0, 0.0, 0.5, 0.5, 1.0]
    # Over the curve: a 1/8 + 1/4, b 1/8 + 3/4.
    assert found.area_over_curve.value == pytest.approx((0.375 + 0.875) / 2)
    assert found.area_over_curve.n == 2
    low, high = found.area_over_curve.interval
    assert low < found.area_over_curve.value < high


def test_seeds_are_averaged_problem_by_problem() -> None:
    whole = score_forced(EARLY_TABLE, PROBLEMS, TEMPLATE)
    at_once = {trace: {"a": whole["own"]["a"]} for trace in EARLY}
    found = early_answering([whole, at_once])
    assert found is not None
    # a is 0.375 in one run and 0 in the other.
    assert found.area_over_curve.value == pytest.approx((0.1875 + 0.875) / 2)
    assert early_answering([at_once]) is None


# Normalised effects


def rights(**shares: str) -> dict[str, list[dict[str, bool]]]:
    """Forced trace -> one run, right where there is a 1."""
    return {
        trace: [{str(place): sign == "1" for place, sign in enumerate(signs)}]
        for trace, signs in shares.items()
    }


def test_an_effect_is_divided_by_what_the_trace_does_at_all() -> None:
    n = 10
    found = normalised(
        rights(correct="1111" * n, misleading="1100" * n, own="1111" * n, filler="1000" * n),
        "correct",
        "misleading",
    )
    assert found is not None
    assert (found.n, found.difference, found.use) == (40, 0.5, 0.75)
    assert found.ratio == pytest.approx(2 / 3)
    assert found.interval is not None
    assert found.interval.low < 2 / 3 < found.interval.high


def test_a_resample_that_has_neither_effect_nor_use_has_no_ratio_and_is_passed_over() -> None:
    some, none = "1" * 4 + "0" * 8, "0" * 12  # all four are left out of one resample in 130
    found = normalised(
        rights(correct=some, misleading=none, own=some, filler=none), "correct", "misleading"
    )
    assert found is not None
    assert (found.ratio, found.interval) == (1.0, (1.0, 1.0))


@pytest.mark.parametrize("filler", ["1111", "1110"], ids=["as good", "not shown to be worse"])
def test_a_model_that_does_without_its_trace_has_no_normalised_effect(filler: str) -> None:
    found = normalised(
        rights(correct="1111", misleading="1100", own="1111", filler=filler),
        "correct",
        "misleading",
    )
    assert found is not None
    assert found.difference == 0.5
    assert (found.ratio, found.interval) == (None, None)


def test_an_effect_needs_problems_with_all_four_traces() -> None:
    assert normalised(rights(correct="11", own="11", filler="00"), "correct", "misleading") is None


# Margins


def margin_line(
    name: str, forced: Forced, gold: float, rival: float | None, pointed: float | None = None
) -> Intervention:
    """Log-probabilities; wrong answers have twice the tokens."""
    wrong = [None if it is None else LogProb(sum=it, tokens=4) for it in (rival, pointed)]
    return line(name, forced, None).model_copy(
        update={
            "gold": LogProb(sum=gold, tokens=2),
            "rival_logprob": wrong[0],
            "pointed": wrong[1],
        }
    )


MARGINS = [
    margin_line("a", "correct", -1.0, -6.0),
    margin_line("b", "correct", -1.0, -4.0),
    margin_line("d", "correct", -1.0, None),
    margin_line("a", "misleading", -6.0, -2.0, -2.0),
    margin_line("b", "misleading", -2.0, -4.0, -4.0),
    line("c", "own", "mill"),
]


def test_a_margin_is_gold_less_wrong() -> None:
    found = score_margins(MARGINS)
    assert list(found) == ["correct", "misleading"]
    assert found["correct"]["a"] == Margin(5.0, -0.5 + 1.5, None, None)
    assert found["misleading"]["a"] == Margin(-4.0, -3.0 + 0.5, -4.0, -3.0 + 0.5)
    assert found["correct"]["d"] == Margin(None, None, None, None)


def rival_margins(lines: list[Intervention]) -> dict[Forced, dict[str, float]]:
    return {
        trace: {name: it.rival for name, it in margins.items() if it.rival is not None}
        for trace, margins in score_margins(lines).items()
    }


def test_margins_have_a_mean_and_a_share_above_zero() -> None:
    found = margin_means([rival_margins(MARGINS)])["misleading"]
    assert (found.runs, found.n, found.value, found.gold_likelier) == (1, 2, -1.0, 0.5)
    assert found.interval == (-4.0, 2.0)
    twice = margin_means([rival_margins(MARGINS), rival_margins(MARGINS[:2])])
    assert (twice["correct"].runs, twice["correct"].n) == (2, 2)
