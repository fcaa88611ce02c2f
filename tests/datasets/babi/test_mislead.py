"""What facts of a story point to, task by task, and facts that point elsewhere."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact.common.intake import Intake
from artifact.datasets import get
from artifact.datasets.babi.labels import LABELS
from artifact.datasets.babi.mislead import answer_from, misleading_facts
from artifact.datasets.problem import Problem

BABI = get("babi")
LOOKALIKES = BABI.lookalikes.generate(330, 11)


def a_problem(question: str, *context: str) -> Problem:
    """A problem whose gold fields are the solver's."""
    bare = Problem("invented", "babi", LABELS[0], context, question, ("?",), ())
    derived = BABI.rules.solve(bare)
    assert derived.category
    return Problem(
        "invented", "babi", derived.category, context, question, derived.answers, derived.support
    )


@pytest.mark.parametrize(
    ("question", "facts", "answers"),
    [
        ("Where is Ulla?", "Ulla went to the pier.", "pier"),
        ("Where is Ulla?", "Ulla went to the pier. Ulla went to the loft.", "loft"),
        ("Where is Ulla?", "Ulla went to the loft. Ulla went to the pier.", "pier"),
        ("Where is Ulla?", "Bex and Ulla went to the pier.", "pier"),
        ("Where is Ulla?", "Bex went to the pier.", None),
        ("Where is the jug?", "Ulla got the jug there. Ulla went to the pier.", "pier"),
        ("Where is the jug?", "Ulla went to the pier. Ulla left the jug.", "pier"),
        ("Where is the jug?", "Ulla went to the pier.", "pier"),
        ("Where is the jug?", "Ulla went to the pier. Bex moved to the pier.", "pier"),
        ("Where is the jug?", "Ulla went to the pier. Bex moved to the loft.", None),
        ("Where is the jug?", "Bex got the jug there. Ulla went to the pier.", None),
        ("Where is the jug?", "Bex got the jug there.", None),
        ("What is east of the pier?", "The loft is east of the pier.", "loft"),
        ("What is east of the pier?", "The pier is west of the loft.", "loft"),
        ("What is east of the pier?", "The loft is west of the pier.", None),
        ("What is the pier east of?", "The loft is west of the pier.", "loft"),
        ("How many objects is Ulla carrying?", "Ulla got the jug there.", "one"),
        (
            "How many objects is Ulla carrying?",
            "Ulla got the jug there. Ulla left the jug.",
            "none",
        ),
        ("How many objects is Ulla carrying?", "Bex gave the jug to Ulla.", "one"),
        ("How many objects is Ulla carrying?", "Bex got the jug there.", None),
        ("What is Ulla carrying?", "Ulla got the jug there. Ulla got the key there.", "jug,key"),
        ("What is Ulla carrying?", "Ulla left the jug.", "nothing"),
        ("What is Ulla carrying?", "Ulla went to the pier.", None),
        (
            "Where was Ulla before the pier?",
            "Ulla went to the pier this evening. Yesterday Ulla went to the loft.",
            "loft",
        ),
        ("Where was Ulla before the pier?", "Yesterday Ulla went to the loft.", "loft"),
        ("Where was Ulla before the pier?", "Yesterday Bex went to the loft.", None),
        ("Where was Ulla before the pier?", "Ulla went to the pier this evening.", None),
        (
            "Where was Ulla before the pier?",
            "Ulla went to the loft this evening. Yesterday Ulla went to the pier.",
            None,
        ),
        (
            "Where was Ulla before the pier?",
            "Ulla went to the loft this evening. Yesterday Ulla went to the attic.",
            None,
        ),
        ("What is ulla afraid of?", "Ulla is a goose. Geese are afraid of mice.", "mouse"),
        ("What is ulla afraid of?", "Geese are afraid of mice.", "mouse"),
        ("What is ulla afraid of?", "Bex is a goose. Geese are afraid of mice.", "mouse"),
        ("What is ulla afraid of?", "Ulla is a newt. Geese are afraid of mice.", None),
        ("What is ulla afraid of?", "Geese are afraid of mice. Newts are afraid of geese.", None),
        ("What is ulla afraid of?", "Ulla is a goose.", None),
        ("What color is Ulla?", "Ulla is a newt. Bex is a newt. Bex is mauve.", "mauve"),
        ("What color is Ulla?", "Ulla is a newt. Bex is mauve.", "mauve"),
        ("What color is Ulla?", "Bex is a newt. Bex is mauve.", "mauve"),
        ("What color is Ulla?", "Bex is mauve.", "mauve"),
        ("What color is Ulla?", "Bex is mauve. Ivo is mauve.", "mauve"),
        ("What color is Ulla?", "Bex is mauve. Ivo is ochre.", None),
        ("What color is Ulla?", "Ulla is a newt. Bex is a goose. Bex is mauve.", None),
        ("What color is Ulla?", "Ulla is a newt. Bex is a newt.", None),
        ("Is the jug above the jar?", "The jug is above the cup. The cup is above the jar.", "yes"),
        ("Is the jug above the jar?", "The jug is below the jar.", "no"),
        ("Is the jug above the jar?", "The jug is above the cup.", None),
        ("Does the jug fit in the vat?", "The jug fits inside the vat.", "yes"),
        ("Is the jug bigger than the vat?", "The jug fits inside the vat.", "no"),
        ("Does the jug fit in the vat?", "The jug fits inside the jar.", None),
        ("Why did Ulla go?", "Ulla went to the pier.", None),
        ("Where is Ulla?", "It rained all day.", None),
    ],
)
def test_what_facts_point_to(question: str, facts: str, answers: str | None) -> None:
    asked = Problem("invented", "babi", LABELS[0], ("It rained.",), question, ("?",), ())
    sentences = [f"{sentence.removesuffix('.')}." for sentence in facts.split(". ")]
    found = answer_from(asked, sentences)
    assert found == (tuple(answers.split(",")) if answers else None)


def test_no_facts_point_nowhere() -> None:
    for problem in LOOKALIKES:
        assert answer_from(problem, ()) is None


@given(st.sampled_from(LOOKALIKES), st.lists(st.text()))
def test_any_text_can_be_given_for_facts(problem: Problem, facts: list[str]) -> None:
    assert answer_from(problem, facts) is None


STORIES = {
    "where is a person": a_problem(
        "Where is Ulla?", "Ulla went to the pier.", "Ulla went to the loft."
    ),
    "where is a thing": a_problem(
        "Where is the jug?",
        "Ulla went to the pier.",
        "Bex went to the attic.",
        "Ulla got the jug there.",
        "Ulla went to the loft.",
    ),
    "nothing told of the thing but once": a_problem(
        "Where is the jug?",
        "Ulla went to the pier.",
        "Ulla got the jug there.",
        "Bex went to the attic.",
    ),
    "how many": a_problem(
        "How many objects is Ulla carrying?", "Ulla got the jug there.", "Ulla left the jug."
    ),
    "what held": a_problem(
        "What is Ulla carrying?",
        "Ulla got the jug there.",
        "Ulla left the jug.",
        "Ulla got the key there.",
    ),
    "empty hands": a_problem(
        "What is Ulla carrying?", "Ulla got the jug there.", "Ulla left the jug."
    ),
    "where before": a_problem(
        "Where was Ulla before the pier?",
        "Ulla went to the pier this evening.",
        "Ulla went to the attic this morning.",
        "Ulla went to the loft this afternoon.",
    ),
    "a visit afterwards": a_problem(
        "Where was Ulla before the pier?",
        "Ulla went to the pier this afternoon.",
        "Ulla went to the attic this evening.",
        "Ulla went to the loft this morning.",
    ),
    "what feared": a_problem(
        "What is ulla afraid of?",
        "Geese are afraid of mice.",
        "Newts are afraid of geese.",
        "Ulla is a goose.",
    ),
    "two kinds with one fear": a_problem(
        "What is ulla afraid of?",
        "Geese are afraid of mice.",
        "Newts are afraid of geese.",
        "Hares are afraid of geese.",
        "Ulla is a goose.",
    ),
    "what colour, another alike": a_problem(
        "What color is Ulla?",
        "Bex is a newt.",
        "Bex is mauve.",
        "Ivo is a newt.",
        "Ivo is ochre.",
        "Ulla is a newt.",
    ),
}


@pytest.mark.parametrize(
    ("story", "chosen", "answer"),
    [
        ("where is a person", (0,), "pier"),
        ("where is a thing", (0, 2), "pier"),
        ("nothing told of the thing but once", (2,), "attic"),
        ("how many", (0,), "one"),
        ("what held", (0,), "jug"),
        ("empty hands", (0,), "jug"),
        ("where before", (0, 1), "attic"),
        ("a visit afterwards", (1,), "attic"),
        ("what feared", (1,), "goose"),
        ("two kinds with one fear", (1, 2), "goose"),
        ("what colour, another alike", (0, 1, 4), "mauve"),
    ],
)
def test_the_only_facts_that_mislead(story: str, chosen: tuple[int, ...], answer: str) -> None:
    problem = STORIES[story]
    for seed in range(5):
        facts = misleading_facts(problem, Random(seed))
        assert facts == tuple(problem.context[index] for index in chosen)
        assert answer_from(problem, facts) == (answer,)


def test_facts_on_trust_come_with_what_else_is_told_of_them() -> None:
    story = (
        "Bex is a goose.",
        "Bex is mauve.",
        "Ivo is a newt.",
        "Ivo is ochre.",
        "Ulla is a newt.",
    )
    problem = a_problem("What color is Ulla?", *story)
    drawn = {misleading_facts(problem, Random(seed)) for seed in range(20)}
    assert drawn == {(story[0], story[1]), (story[1], story[4])}


@pytest.mark.parametrize(
    "problem",
    [
        a_problem("Where is Ulla?", "Ulla went to the pier.", "Bex went to the loft."),
        a_problem("Where is Ulla?", "Ulla went to the pier.", "Ulla moved to the pier."),
        a_problem(
            "What is east of the pier?",
            "The loft is east of the pier.",
            "The attic is west of the pier.",
        ),
        a_problem(
            "How many objects is Ulla carrying?",
            "Ulla got the jug there.",
            "Bex got the key there.",
        ),
        a_problem(
            "Is the jug above the jar?", "The jug is above the cup.", "The cup is above the jar."
        ),
        a_problem(
            "Does the jug fit in the vat?",
            "The jug fits inside the jar.",
            "The jar fits inside the vat.",
            "The cup fits inside the vat.",
        ),
    ],
    ids=lambda problem: problem.question,
)
def test_where_nothing_misleads(problem: Problem) -> None:
    assert misleading_facts(problem, Random(1)) is None


def test_a_foreign_question_has_no_misleading_facts() -> None:
    asked = Problem("x", "babi", LABELS[0], ("Ulla went to the pier.",), "Why?", ("pier",), (0,))
    assert misleading_facts(asked, Random(1)) is None


@pytest.mark.parametrize("problem", LOOKALIKES, ids=lambda problem: problem.id)
def test_facts_of_a_lookalike(problem: Problem) -> None:
    assert answer_from(problem, problem.supporting_facts) == problem.answers
    facts = misleading_facts(problem, Random(3))
    assert facts == misleading_facts(problem, Random(3))
    if facts is None:
        return
    assert len(facts) <= len(problem.support)
    answers = answer_from(problem, facts)
    assert answers
    assert set(answers).isdisjoint(problem.answers)
    rest = iter(problem.context)
    assert all(fact in rest for fact in facts)  # in story order


@given(st.data(), st.sampled_from(LOOKALIKES))
def test_a_sentence_about_someone_else_changes_nothing_in_a_proof(
    data: st.DataObject, problem: Problem
) -> None:
    foreign = [
        f"{person} went to the {place}." for person in ("Bex", "Ivo") for place in ("a", "b")
    ]
    at = data.draw(st.integers(0, len(problem.support)))
    facts = [*problem.supporting_facts[:at], data.draw(st.sampled_from(foreign))]
    facts += problem.supporting_facts[at:]
    assert answer_from(problem, facts) == problem.answers


def test_every_type_that_can_be_misled_is() -> None:
    problems = BABI.lookalikes.generate(1000, 3)
    misled = {p.category for p in problems if misleading_facts(p, Random(p.id))}
    assert misled == set(LABELS) - {
        "two-arg-relations",
        "positional-reasoning",
        "size-reasoning",
    }


def test_gold_facts_of_the_release_give_its_gold_answers(release: Path) -> None:
    problems = BABI.release.read_problems(release, Intake())
    for problem in problems:
        assert answer_from(problem, problem.supporting_facts) == problem.answers
