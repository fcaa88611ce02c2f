"""Three rules for one answer, and where they part."""

from __future__ import annotations

from dataclasses import replace

import pytest

from artifact import datasets
from artifact.datasets.problem import Problem
from artifact.datasets.release_records import StoredOutput
from artifact.evaluation.answers import TRACELESS, bare_set, exact_set, score_answer, verdict

COTEMPQA = datasets.get("cotempqa")
BABI = datasets.get("babi")
UNKNOWN = replace(datasets.get("marco"), release=None)
"""A dataset that the release's scoring is not known of."""

PROBLEM = Problem(
    id="folm",
    dataset="cotempqa",
    category="during",
    context=(
        "Edda Folm holds the position of mayor of Quell from 1950 to 1960.",
        "Edda Folm holds the position of abbot of Irm from 1952 to 1954.",
        "Edda Folm holds the position of scribe in 1953.",
        "Edda Folm holds the position of consul in 1971.",
    ),
    question=(
        "While Edda Folm was holding the position of mayor of Quell, "
        "which position did Edda Folm at the same time?"
    ),
    answers=("abbot of Irm", "scribe"),
    support=(1, 2),
    meta={"triple_element": "S1_R1_O2"},
)
GOLD = "['abbot of Irm', 'scribe']"


def _output(problem: Problem, prediction: str) -> StoredOutput:
    return StoredOutput(problem, prediction, problem.answers, "here")


@pytest.mark.parametrize(
    ("prediction", "right"),
    [
        (f"<think>So.</think> <answer>{GOLD}</answer>", True),
        ("<think>So.</think> <answer>['scribe', 'abbot of Irm']</answer>", True),
        ("<think>So.</think> <answer>['scribe', 'scribe', 'abbot of Irm']</answer>", True),
        (f"<think>So.</think> <answer>{GOLD}", True),
        (f"\n</think> <answer>{GOLD}</answer>", True),
        (f"<answer>{GOLD}</answer>", True),
        ("<think>So.</think> <answer>['scribe']</answer>", False),
        ("<think>So.</think> <answer>['abbot of Irm', 'scribe', 'consul']</answer>", False),
        ("<think>So.</think> <answer></answer>", False),
        (f"<think>So.</think> {GOLD}", False),
        (
            f"<think>So.</think> <answer>{GOLD}</answer>\n<think>No.</think> <answer>X</answer>",
            True,
        ),
        (
            f"<think>So.</think> <answer>X</answer>\n<think>No.</think> <answer>{GOLD}</answer>",
            False,
        ),
        (f"<think>\n\n</think>\n\n<think>So.</think> <answer>{GOLD}</answer>", True),
        (f"So.</think> <answer>{GOLD}</answer> <think>", True),
        (f"<think>So.</think> <ANSWER>{GOLD}</ANSWER>", True),
        (f"<think>{GOLD}</think>", False),
        (GOLD, False),
        ("", False),
    ],
)
@pytest.mark.parametrize("variant", ["correct", "incorrect", "filler"])
def test_a_trained_answer_stands_in_its_tag(variant: str, prediction: str, right: bool) -> None:
    assert exact_set(COTEMPQA, _output(PROBLEM, prediction), variant) == right


@pytest.mark.parametrize(
    ("prediction", "right"),
    [
        (GOLD, True),
        (f"assistant\n<think>\n\n</think>\n\n{GOLD}", True),
        (f"assistant\n<think>\n\n{GOLD}", True),
        (f"<answer>{GOLD}</answer>", True),
        (f"<think>Either consul or scribe.</think>\n\n{GOLD}", True),
        (f"<think>{GOLD}</think>\n\n['scribe']", False),
        (f"{GOLD}</think>", True),
        ("['scribe']", False),
        (f"The answer: {GOLD}", False),
        ("", False),
    ],
)
@pytest.mark.parametrize("variant", sorted(TRACELESS))
def test_without_traces_the_whole_text_is_the_answer(
    variant: str, prediction: str, right: bool
) -> None:
    assert exact_set(COTEMPQA, _output(PROBLEM, prediction), variant) == right


@pytest.mark.parametrize(
    ("answers", "scores"),
    [
        (GOLD, (True, True, True)),
        ("['scribe']", (False, False, False)),
        ("['abbot of Irm', 'scribe', 'consul']", (True, False, False)),
        ("either abbot of Irm or scribe", (True, True, False)),
    ],
    ids=["gold", "one missing", "an extra object", "other wording"],
)
def test_where_the_rules_part(answers: str, scores: tuple[bool, ...]) -> None:
    output = _output(PROBLEM, f"<think>So.</think> <answer>{answers}</answer>")
    expected = dict(zip(("released", "flag_fixed", "exact_set"), scores, strict=True))
    assert score_answer(COTEMPQA, output, "correct") == expected


BRONA = Problem(
    id="brona",
    dataset="babi",
    category="lists-sets",
    context=("Brona took a pear.", "Brona took a plum."),
    question="What is Brona carrying?",
    answers=("pear", "plum"),
    support=(0, 1),
)


@pytest.mark.parametrize(
    ("answer", "right", "bare"),
    [
        (GOLD, True, True),
        (f"**{GOLD}**", True, False),
        (f"```python\n{GOLD}\n```", True, False),
        ("[“abbot of Irm”, “scribe”]", True, False),
        ("['abbot\u00a0of Irm', 'scribe']", True, False),
        ("['**abbot of Irm**', 'scribe.']", True, False),
        (f"{GOLD}.", True, False),
        ("**['scribe']**", False, False),
        ("**abbot of Irm and scribe**", False, False),
    ],
)
def test_a_right_answer_may_be_wrapped(answer: str, right: bool, bare: bool) -> None:
    output = _output(PROBLEM, f"<think>So.</think> <answer>{answer}</answer>")
    assert exact_set(COTEMPQA, output, "correct") is right
    assert bare_set(COTEMPQA, output, "correct") is bare


@pytest.mark.parametrize(
    ("answer", "right", "bare"),
    [
        ("pear,plum", True, True),
        ("plum, pear.", True, True),
        ("['pear', 'plum']", True, False),
        ("**pear,plum**", True, False),
        (r"\boxed{pear,plum}", True, False),
        ("“pear”,“plum”", True, False),
        ("`pear`", False, False),
    ],
)
def test_wrapped_word_lists(answer: str, right: bool, bare: bool) -> None:
    output = _output(BRONA, f"<think>So.</think> <answer>{answer}</answer>")
    assert (exact_set(BABI, output, "correct"), bare_set(BABI, output, "correct")) == (right, bare)


def test_babi_answers_are_word_lists() -> None:
    for stated, right in (("pear,plum", True), ("plum, pear", True), ("pear", False)):
        text = f"<think>So.</think> <answer>{stated}</answer>"
        assert exact_set(BABI, _output(BRONA, text), "correct") == right


def test_a_dataset_that_the_release_does_not_score_keeps_the_exact_set() -> None:
    problem = Problem(
        id="tides",
        dataset="marco",
        category="NUMERIC",
        context=("High water at Quell comes twice a day.",),
        question="how often is high water at quell",
        answers=("Twice a day",),
        support=(0,),
    )
    scores = score_answer(UNKNOWN, _output(problem, "<answer>Twice a day</answer>"), "correct")
    assert scores == {"released": None, "flag_fixed": None, "exact_set": True}
    assert verdict(scores)


@pytest.mark.parametrize(
    ("released", "exact_set", "right"),
    [(True, False, True), (False, True, False), (None, True, True), (None, False, False)],
)
def test_the_verdict_is_the_releases_where_its_rule_is_known(
    released: bool | None, exact_set: bool, right: bool
) -> None:
    assert verdict({"released": released, "exact_set": exact_set}) is right
