"""The type follows from the question's words, the passage from words in common, no answer ever."""

from __future__ import annotations

import pytest

from artifact.datasets.marco.solve import FREE_FORM, check, solve
from artifact.datasets.problem import Problem


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
