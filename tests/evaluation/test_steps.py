"""The two steps, scored strictly: one case for each way to be right or wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from artifact import datasets
from artifact.datasets.babi.template import TEMPLATE as BABI
from artifact.datasets.cotempqa.template import TEMPLATE as COTEMPQA
from artifact.datasets.dataset import Template
from artifact.datasets.problem import Problem
from artifact.decomposition.parse import parse
from artifact.evaluation.steps import RETRIEVAL, Steps, gold_facts, same_label, strict_steps

MAYOR = "Edda Folm holds the position of mayor of Quell from 1950 to 1960."
ABBOT = "Edda Folm holds the position of abbot of Irm from 1952 to 1954."
SCRIBE = "Edda Folm holds the position of scribe in 1953."
CONSUL = "Edda Folm holds the position of consul in 1971."

PROBLEM = Problem(
    id="folm",
    dataset="cotempqa",
    category="during",
    context=(MAYOR, ABBOT, SCRIBE, CONSUL),
    question=(
        "While Edda Folm was holding the position of mayor of Quell, "
        "which position did Edda Folm at the same time?"
    ),
    answers=("abbot of Irm", "scribe"),
    support=(1, 2),
    meta={"triple_element": "S1_R1_O2"},
)


def _scored(
    text: str,
    problem: Problem = PROBLEM,
    template: Template = COTEMPQA,
    gold: tuple[int, ...] | None = None,
) -> Steps:
    return strict_steps(parse(text, template, problem.context), problem, template, gold)


def _steps(label: str, *facts: str, problem: Problem = PROBLEM) -> Steps:
    text = f"<think>{COTEMPQA.trace(label, facts)}</think> <answer>['scribe']</answer>"
    return _scored(text, problem)


@pytest.mark.parametrize(
    ("facts", "any_context", "any_gold", "recall_all", "exact", "precision"),
    [
        ((ABBOT, SCRIBE), True, True, True, True, 1.0),
        ((SCRIBE, ABBOT), True, True, True, True, 1.0),
        ((ABBOT, ABBOT, SCRIBE), True, True, True, True, 1.0),
        ((ABBOT,), True, True, False, False, 1.0),
        ((ABBOT, SCRIBE, MAYOR), True, True, True, False, 2 / 3),
        ((ABBOT, MAYOR), True, True, False, False, 0.5),
        ((CONSUL,), True, False, False, False, 0.0),
        ((ABBOT, SCRIBE, "Edda Folm attended Irm in 1940."), True, True, True, False, 2 / 3),
        (("Edda Folm attended Irm in 1940.",), False, False, False, False, 0.0),
        ((), False, False, False, False, None),
    ],
    ids=[
        "gold",
        "order does not count",
        "a repeat does not count",
        "one is missing",
        "one too many",
        "one missing, one too many",
        "context but not gold",
        "gold and a hallucinated one",
        "hallucinated",
        "none",
    ],
)
def test_retrieval(
    facts: tuple[str, ...],
    any_context: bool,
    any_gold: bool,
    recall_all: bool,
    exact: bool,
    precision: float | None,
) -> None:
    steps = _steps("during", *facts)
    assert steps.retrieval == {
        "any_context": any_context,
        "any_gold": any_gold,
        "recall_all": recall_all,
        "exact": exact,
        "precision": precision,
    }
    assert steps.class_right
    assert not steps.no_trace


@pytest.mark.parametrize(
    ("label", "facts", "class_right", "ok_exact", "ok_any"),
    [
        ("during", (ABBOT, SCRIBE), True, True, True),
        ("during", (ABBOT,), True, False, True),
        ("during", (CONSUL,), True, False, False),
        ("equal", (ABBOT, SCRIBE), False, False, False),
    ],
)
def test_a_trace_is_ok_if_both_steps_are(
    label: str, facts: tuple[str, ...], class_right: bool, ok_exact: bool, ok_any: bool
) -> None:
    steps = _steps(label, *facts)
    assert steps.class_right == class_right
    assert (steps.ok_exact, steps.ok_any) == (ok_exact, ok_any)


@pytest.mark.parametrize("text", ["", "['scribe']", "\n</think>\n\n <answer>['scribe']</answer>"])
def test_without_a_trace_every_step_is_wrong(text: str) -> None:
    steps = _scored(text)
    assert not steps.class_right
    assert steps.retrieval == {**dict.fromkeys(RETRIEVAL, False), "precision": None}
    assert steps.no_trace
    assert (steps.ok_exact, steps.ok_any) == (False, False)


@pytest.mark.parametrize(
    ("stated", "same"),
    [
        ("two-supporting-facts", True),
        ("Two-Supporting-Facts", True),
        ("two supporting facts", True),
        ("two_supporting_facts.", True),
        ("'two-supporting-facts'", True),
        ("**two-supporting-facts**", True),
        ("[“two-supporting-facts”]", True),
        (r"\boxed{two-supporting-facts}", True),
        ("\u200btwo\xa0supporting facts", True),
        ("three-supporting-facts", False),
        ("two-supporting", False),
        ("", False),
    ],
)
def test_labels_are_compared_without_case_quotes_and_markup(stated: str, same: bool) -> None:
    assert same_label(stated, "two-supporting-facts") is same
    template = replace(BABI, label_of=lambda text: stated)
    problem = replace(PROBLEM, category="two-supporting-facts")
    steps = strict_steps(parse("<think>So.</think>", template, problem.context), problem, template)
    assert steps.class_right is same


def test_facts_are_found_outside_the_list_too() -> None:
    steps = _scored(f"<think>Since {ABBOT} And {SCRIBE}</think>")
    assert (steps.class_right, steps.retrieval["exact"]) == (False, True)


def test_without_a_gold_fact_nothing_is_recalled() -> None:
    bare = replace(PROBLEM, support=())
    for facts in ((), (ABBOT,)):
        steps = _steps("during", *facts, problem=bare)
        assert not any(steps.retrieval[name] for name in ("any_gold", "recall_all", "exact"))


def test_the_gold_facts_may_be_others() -> None:
    text = f"<think>{COTEMPQA.trace('during', [MAYOR, ABBOT, SCRIBE])}</think>"
    assert not _scored(text).retrieval["exact"]
    solver = gold_facts(datasets.get("cotempqa"), PROBLEM, "solver")
    assert solver == (0, 1, 2)
    assert _scored(text, gold=solver).retrieval["exact"]
    assert gold_facts(datasets.get("cotempqa"), PROBLEM, "stored") == (1, 2)


def test_babi_reads_facts_without_case_and_repeats_as_one() -> None:
    problem = Problem(
        id="wils",
        dataset="babi",
        category="single-supporting-fact",
        context=("Wils went to the loft.", "Brona took a pear.", "Wils went to the loft."),
        question="Where is Wils?",
        answers=("loft",),
        support=(2,),
    )
    text = f"<think>{BABI.trace('single-supporting-fact', ['wils went to the loft.'])}</think>"
    steps = _scored(text, problem, BABI)
    assert steps.class_right
    assert (steps.retrieval["exact"], steps.retrieval["precision"]) == (True, 1.0)


def test_as_released_every_context_fact_is_gold_and_exactness_is_not_told() -> None:
    for quoted in (True, False):
        steps = Steps(class_right=True, retrieval={"any_context": quoted})
        assert (steps.ok_any, steps.ok_exact) == (quoted, None)
