"""The audit counts agreement, sorts disagreements, and says what it cannot give."""

from __future__ import annotations

from dataclasses import replace

import pytest

from artifact import datasets
from artifact.datasets.dataset import Derivation
from artifact.datasets.problem import Problem
from artifact.datasets.release_records import StoredTrace
from artifact.decomposition import audit as decomposition
from artifact.decomposition.parse import parse
from artifact.decomposition.traces import render

BASE = datasets.get("babi")


def problem(number: int, category: str = "conjunction", answer: str = "atrium") -> Problem:
    return Problem(
        id=f"p{number}",
        dataset="babi",
        category=category,
        context=("Ost went to the atrium.", "Vela went to the loft."),
        question="Where is Ost?",
        answers=(answer,),
        support=(0,),
    )


def derived(answer: str = "atrium", category: str = "conjunction", support=(0,)) -> Derivation:
    return Derivation(answers=(answer,), category=category, support=support)


def with_solver(solve, **changes):
    rules = replace(
        BASE.rules, solve=solve, explain_disagreement=None, shortcuts={}, category_shortcuts={}
    )
    return replace(BASE, rules=replace(rules, **changes))


@pytest.mark.parametrize(
    ("derivation", "expected"),
    [
        (derived(), (1.0, 1.0, 1.0)),
        (derived(answer="loft"), (0.0, 1.0, 1.0)),
        (derived(category="counting"), (1.0, 0.0, 1.0)),
        (derived(support=(1,)), (1.0, 1.0, 0.0)),
        (derived(support=(0, 1)), (1.0, 1.0, 0.0)),
    ],
)
def test_each_kind_of_agreement_is_counted_alone(derivation, expected):
    audit = decomposition.audit(with_solver(lambda _: derivation), [problem(1)], source="s")
    row = audit.by_category["conjunction"]
    assert (row.answers_exact, row.category_match, row.support_exact) == expected
    assert audit.overall == row


def test_answers_are_compared_as_sets_and_facts_as_sentences():
    twice = replace(problem(1), context=("a", "a", "b"), support=(0,), answers=("x", "y"))
    solver = with_solver(
        lambda _: Derivation(answers=("y", "x"), category="conjunction", support=(1,))
    )
    row = decomposition.audit(solver, [twice], source="s").overall
    assert (row.answers_exact, row.support_exact) == (1.0, 1.0)


def test_disagreements_are_sorted_by_cause_with_three_examples_each():
    solver = with_solver(
        lambda _: derived(answer="loft"),
        explain_disagreement=lambda p, _: f"label noise: {p.category}",
    )
    problems = [problem(i) for i in range(5)] + [problem(9, category="counting")]
    audit = decomposition.audit(solver, problems, source="s")
    assert audit.disagreements == {"label noise: conjunction": 5, "label noise: counting": 1}
    assert [example.id for example in audit.examples] == ["p0", "p1", "p2", "p9"]


def test_what_cannot_be_derived_is_a_limit_of_ours_and_counts_as_missed():
    solver = with_solver(
        lambda p: derived() if p.id == "p1" else Derivation(failure="no rule reads it")
    )
    audit = decomposition.audit(solver, [problem(1), problem(2)], source="s")
    assert (audit.parsed, audit.overall.answers_exact) == (1, 0.5)
    assert audit.disagreements == {"own limit: no rule reads it": 1}


def test_without_any_derived_answer_the_share_is_none_with_a_reason():
    solver = with_solver(lambda _: Derivation(category="conjunction", failure="free text"))
    audit = decomposition.audit(solver, [problem(1)], source="s")
    assert audit.overall.answers_exact is None
    assert "answers_exact" in audit.notes


def test_stored_traces_are_compared_byte_for_byte():
    right = render(BASE, problem(1), "correct")
    stored = [StoredTrace(problem(1), right, "a"), StoredTrace(problem(2), right + " ", "b")]
    audit = decomposition.audit(
        with_solver(lambda _: derived()), [problem(1), problem(2)], source="s", stored=stored
    )
    assert audit.overall.trace_bytes_equal == 0.5
    unstored = decomposition.audit(with_solver(lambda _: derived()), [problem(1)], source="s")
    assert unstored.overall.trace_bytes_equal is None
    assert "trace_bytes_equal" in unstored.notes


def test_shortcuts_are_rows_by_category_and_learn_from_training_problems_only():
    train = [problem(7, answer="cellar")]
    first_training_answer = lambda _, known: known[0].answers  # noqa: E731
    solver = with_solver(
        lambda _: derived(),
        shortcuts={"train": first_training_answer},
        category_shortcuts={"always counting": lambda *_: ("counting",)},
    )
    tested = [problem(1, answer="cellar"), problem(2), problem(3, category="counting")]
    audit = decomposition.audit(solver, tested, source="s", train=train)
    assert audit.baselines["train"] == {
        "conjunction": 0.5,
        "counting": 0.0,
        "overall": pytest.approx(1 / 3),
    }
    assert audit.category_baselines["always counting"]["overall"] == pytest.approx(1 / 3)


@pytest.mark.parametrize("name", datasets.names())
def test_lookalikes_of_every_dataset_agree_with_the_solver(name):
    dataset = datasets.get(name)
    audit = decomposition.audit(dataset, dataset.lookalikes.generate(60, 3), source="lookalike")
    if audit.overall.answers_exact is not None:
        assert audit.overall.answers_exact == 1.0
        assert audit.disagreements == {}


def test_trace_records_are_seeded_and_readable():
    dataset = datasets.get("cotempqa")
    problems = dataset.lookalikes.generate(20, 1)
    first, again, other = (
        list(decomposition.trace_records(dataset, problems, "incorrect", seed=seed))
        for seed in (5, 5, 6)
    )
    assert first == again
    assert first != other
    for record, asked in zip(first, problems, strict=True):
        trace = parse(record["text"], dataset.template, asked.context)
        assert (record["id"], record["kind"]) == (asked.id, "incorrect")
        assert trace.label != asked.category


def test_text_has_a_line_for_each_category_and_cause():
    solver = with_solver(lambda _: derived(answer="loft"))
    audit = decomposition.audit(solver, [problem(1)], source="lookalike")
    text = decomposition.as_text(audit)
    assert "babi from lookalike: 1 problems, 1 derived" in text
    assert "1 x own limit: unexplained" in text


@pytest.mark.parametrize(
    ("train", "test", "share"),
    [
        (["equal", "mix", "mix"], ["equal", "mix"], 0.5),
        (["equal", "equal", "mix"], ["mix", "mix", "mix", "equal"], 0.25),
        (["equal", "equal", "mix"], ["during", "during", "during", "mix"], 0.75),
    ],
    ids=["counted over training", "also where the test side differs", "a label is not in training"],
)
def test_the_majority_class_is_the_files_own(train, test, share) -> None:
    dataset = datasets.get("cotempqa")
    one = dataset.lookalikes.generate(1, 0)[0]
    sides = [[replace(one, category=label) for label in labels] for labels in (train, test)]
    found = decomposition.audit(
        dataset, [*sides[0], *sides[1]], source="file:own", train=sides[0], test=sides[1]
    )
    assert found.category_baselines["majority class"]["overall"] == share
