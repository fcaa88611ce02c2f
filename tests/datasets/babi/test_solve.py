"""From question to task, and what is made of disagreement."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact.common.intake import Intake
from artifact.datasets.babi.labels import LABELS
from artifact.datasets.babi.release.problems import read_release
from artifact.datasets.babi.solve import check, explain_disagreement, question_form, solve
from artifact.datasets.dataset import Derivation
from artifact.datasets.problem import Problem

MOVES = ("Ulla went to the pier.", "Bex went to the loft.")


def problem(context, question, answers, support=(), category="single-supporting-fact"):
    return Problem("x", "babi", category, tuple(context), question, tuple(answers), support)


@pytest.mark.parametrize(
    ("context", "question", "category"),
    [
        (MOVES, "Where is Ulla?", "single-supporting-fact"),
        (("Ulla and Bex went to the pier.",), "Where is Ulla?", "conjunction"),
        (MOVES, "Where is the jug?", "two-supporting-facts"),
        (MOVES, "What is the pier east of?", "two-arg-relations"),
        (MOVES, "What is east of the pier?", "two-arg-relations"),
        (MOVES, "How many objects is Ulla carrying?", "counting"),
        (MOVES, "What is Ulla carrying?", "lists-sets"),
        (MOVES, "Where was Ulla before the pier?", "time-reasoning"),
        (MOVES, "What is ulla afraid of?", "basic-deduction"),
        (MOVES, "What color is Ulla?", "basic-induction"),
        (MOVES, "Is the jug above the jar?", "positional-reasoning"),
        (MOVES, "Is the jug bigger than the jar?", "size-reasoning"),
        (MOVES, "Does the jug fit in the jar?", "size-reasoning"),
    ],
)
def test_question_and_context_give_the_type(context, question, category):
    asked = problem(context, question, ["x"], category="counting")
    assert solve(asked).category == category


def test_a_foreign_question_is_a_failure_without_a_type():
    derived = solve(problem(MOVES, "Why did Ulla go?", ["x"]))
    assert derived == Derivation(failure="the question follows no template")
    assert question_form(problem(MOVES, "Why did Ulla go?", ["x"])) is None


@given(st.lists(st.text(), min_size=1, max_size=4), st.text())
def test_solver_and_check_take_any_text(context, question):
    asked = problem(context, question, ["x"])
    assert solve(asked).failure is not None
    assert check(asked) is not None


def test_gold_fields_are_not_looked_at():
    asked = problem(MOVES, "Where is Ulla?", ["pier"], (0,))
    blind = replace(asked, answers=("?",), support=(), category="?")
    assert solve(asked) == solve(blind)


@pytest.mark.parametrize(
    ("context", "question", "answers", "possible"),
    [
        (MOVES, "Where is Ulla?", ["loft"], True),
        (MOVES, "Where is Ulla?", ["attic"], False),
        (MOVES, "Where is Ulla?", ["Bex"], False),
        (("Ulla got the jug there.",), "How many objects is Ulla carrying?", ["one"], True),
        (("Ulla got the jug there.",), "How many objects is Ulla carrying?", ["two"], False),
        (("Ulla got the jug there.",), "What is Ulla carrying?", ["nothing"], True),
        (("Ulla got the jug there.",), "What is Ulla carrying?", ["jug", "nothing"], False),
        (("Ulla got the jug there.",), "What is Ulla carrying?", ["jar"], False),
        (("Geese are afraid of mice.",), "What is ulla afraid of?", ["mouse"], True),
        (("Geese are afraid of mice.",), "What is ulla afraid of?", ["goose"], False),
        (("Ulla is mauve.",), "What color is Bex?", ["mauve"], True),
        (("The jug is above the jar.",), "Is the jug above the jar?", ["maybe"], False),
        (("The jug fits inside the jar.",), "Does the jug fit in the jar?", ["no"], True),
        (("The pier is east of the loft.",), "What is the pier east of?", ["loft"], True),
        (MOVES, "Why did Ulla go?", ["pier"], False),
    ],
)
def test_check_asks_whether_the_context_can_make_the_answer(context, question, answers, possible):
    fault = check(problem(context, question, answers))
    assert (fault is None) is possible


CHAINS = (
    "The jug fits inside the jar.",
    "The jug fits inside the box.",
    "The box fits inside the vat.",
    "The jar fits inside the vat.",
)


@pytest.mark.parametrize(
    ("asked", "cause"),
    [
        pytest.param(
            problem(["It rains."], "Where is Ulla?", ["pier"]),
            "own limit: no fact moves Ulla",
            id="nothing derived",
        ),
        pytest.param(
            problem(MOVES, "Where is Ulla?", ["loft"], (1,)),
            "label noise: the facts give another answer",
            id="another answer",
        ),
        pytest.param(
            problem(MOVES, "Where is Ulla?", ["pier"], (0,), "conjunction"),
            "label noise: question and context are worded as another task's",
            id="another type",
        ),
        pytest.param(
            problem(CHAINS, "Is the vat bigger than the jug?", ["yes"], (0, 3), "size-reasoning"),
            "own limit: other facts prove the answer too, and the text does not say which count",
            id="another proof",
        ),
        pytest.param(
            problem(MOVES, "Where is Ulla?", ["pier"], (1,)),
            "label noise: the answer does not follow from the gold facts",
            id="no proof",
        ),
        pytest.param(
            problem(MOVES, "Where is Ulla?", ["pier"]),
            "label noise: the answer does not follow from the gold facts",
            id="no gold facts",
        ),
    ],
)
def test_disagreement_is_explained(asked, cause):
    assert explain_disagreement(asked, solve(asked)) == cause


@pytest.mark.parametrize("label", LABELS)
def test_the_release_is_derived(release, label):
    problems = [p for p in read_release(release, Intake()) if p.category == label]
    derived = [solve(problem) for problem in problems]
    pairs = list(zip(problems, derived, strict=True))
    assert all(set(d.answers) == set(p.answers) for p, d in pairs)
    assert all(d.category == label for d in derived)
    exact = sum(
        {p.context[index] for index in d.support} == set(p.supporting_facts) for p, d in pairs
    )
    expected = 0.926 if label == "size-reasoning" else 1.0
    assert exact / len(pairs) == pytest.approx(expected, abs=0.0005)


def test_what_differs_in_the_release_are_second_chains(release):
    causes = {
        explain_disagreement(problem, derived)
        for problem in read_release(release, Intake())
        if (derived := solve(problem)).support != problem.support
    }
    assert causes == {
        "own limit: other facts prove the answer too, and the text does not say which count"
    }
