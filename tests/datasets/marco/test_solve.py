"""The type follows from the question's words, the passage from words in common, no answer ever."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact.datasets.marco.solve import FREE_FORM, LABELS, check, question_type, solve
from artifact.datasets.problem import Problem


@pytest.mark.parametrize(
    ("question", "label"),
    [
        ("how many sails has the mill", "NUMERIC"),
        ("when did the ferry stop", "NUMERIC"),
        ("what year was the mill built", "NUMERIC"),
        ("mill ticket price", "NUMERIC"),
        ("where is the mill", "LOCATION"),
        ("what county is skomness in", "LOCATION"),
        ("skomness mill address", "LOCATION"),
        ("who built the mill", "PERSON"),
        ("whose mill is it", "PERSON"),
        ("which architect drew the mill", "PERSON"),
        ("skomness mill founder", "PERSON"),
        ("what is a ropeworks", "DESCRIPTION"),
        ("what's a ropeworks", "DESCRIPTION"),
        ("why does the mill stop", "DESCRIPTION"),
        ("how is rope made", "DESCRIPTION"),
        ("define ropeworks", "DESCRIPTION"),
        ("ropeworks", "DESCRIPTION"),
        ("", "DESCRIPTION"),
        ("what metal covers the roof", "ENTITY"),
        ("which company owns the mill", "ENTITY"),
        ("types of mill", "ENTITY"),
    ],
)
def test_question_type(question: str, label: str) -> None:
    assert question_type(question) == label
    assert question_type(question.upper()) == label


@given(st.text())
def test_any_question_has_one_of_the_five_types(question: str) -> None:
    assert question_type(question) in LABELS


def problem(answer: str, *passages: str, question: str = "who built the mill") -> Problem:
    return Problem(
        id="p",
        dataset="marco",
        category="PERSON",
        context=passages,
        question=question,
        answers=(answer,),
        support=(),
    )


def test_type_and_passage_are_derived_and_the_answer_is_not() -> None:
    derived = solve(problem("Ida Holm", "Herons nest there.", "The mill was built by Ida Holm."))
    assert derived.category == "PERSON"
    assert derived.support == (1,)
    assert derived.answers == ()
    assert derived.failure == FREE_FORM


def test_without_a_word_in_common_no_passage_is_derived() -> None:
    assert solve(problem("Ida Holm", "Herons nest.")).support == ()


def test_the_gold_fields_are_not_looked_at() -> None:
    passages = ("Herons nest there.", "The mill was built by Ida Holm.")
    assert solve(problem("Herons", *passages)) == solve(problem("Ida Holm", *passages))


@pytest.mark.parametrize(
    ("answer", "possible"),
    [
        ("Ida Holm", True),
        ("It was HOLM.", True),
        ("No Answer Present.", True),
        ("Yes", True),
        ("no.", True),
        ("Per Brand", False),
        ("...", False),
    ],
)
def test_an_answer_without_a_word_of_the_passages_is_impossible(
    answer: str, possible: bool
) -> None:
    reason = check(problem(answer, "The mill was built by Ida Holm."))
    assert (reason is None) is possible
    if reason:
        assert answer in reason
