"""Prompts, traces and answers in the wording of the release's scripts."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact.datasets.marco.template import NO_ANSWER, TEMPLATE, corrupt_trace
from artifact.datasets.problem import Problem

OPENING = (
    "The category of the question represents what is being asked in that question. "
    "The category of the question asked is: {}.\n"
    "I need to use the following text to answer the question: {}"
)


def problem(
    *passages: str, answers: tuple[str, ...] = ("Ida Holm",), support: tuple[int, ...] = (0,)
) -> Problem:
    return Problem(
        id="p",
        dataset="marco",
        category="PERSON",
        context=passages,
        question="who built the mill",
        answers=answers,
        support=support,
    )


def test_the_prompt_prints_the_passages_as_a_python_list() -> None:
    asked = problem("Ida Holm built the mill.", 'The mill\'s wheel is "old".')
    assert TEMPLATE.user_turn(asked) == (
        "Answer the question based on the context:\n"
        "['Ida Holm built the mill.', 'The mill\\'s wheel is \"old\".']\n"
        "Question: who built the mill\nOnly return the answer.\n"
    )


def test_the_trace_states_the_type_and_quotes_the_passage() -> None:
    expected = OPENING.format("PERSON", "Ida Holm built the mill.")
    assert TEMPLATE.trace("PERSON", ["Ida Holm built the mill."]) == expected


def test_the_trace_without_a_passage_says_that_no_answer_is_present() -> None:
    assert TEMPLATE.trace("ENTITY", []) == OPENING.format("ENTITY", NO_ANSWER)


@pytest.mark.parametrize(
    ("text", "label", "cited"),
    [
        (OPENING.format("NUMERIC", "It has 12 sails."), "NUMERIC", "It has 12 sails."),
        (OPENING.format("NUMERIC", "").rstrip(), "NUMERIC", ""),
        ("The category of the question asked is: LOCATION", "LOCATION", None),
        ("I need to use the following text to answer the question: x\ny", None, "x\ny"),
        ("The answer is twelve.", None, None),
        ("", None, None),
    ],
)
def test_label_and_cited_text_are_read_back(
    text: str, label: str | None, cited: str | None
) -> None:
    assert TEMPLATE.label_of(text) == label
    assert TEMPLATE.cited_facts(text) == cited


@given(st.sampled_from(["DESCRIPTION", "PERSON"]), st.text(min_size=1).filter(str.strip))
def test_what_a_trace_says_is_read_back(label: str, passage: str) -> None:
    text = TEMPLATE.trace(label, [passage])
    assert TEMPLATE.label_of(text) == label
    assert TEMPLATE.cited_facts(text) == passage.strip()


@given(st.text())
def test_any_text_is_parsed_without_an_exception(text: str) -> None:
    assert TEMPLATE.label_of(text) is None or isinstance(TEMPLATE.label_of(text), str)
    assert all(isinstance(answer, str) and answer for answer in TEMPLATE.parse_answer(text))


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("Ida Holm", {"Ida Holm"}),
        (" Ida Holm\n", {"Ida Holm"}),
        ("['Ida Holm', 'by Ida Holm']", {"Ida Holm", "by Ida Holm"}),
        ("['No Answer Present.']", {NO_ANSWER}),
        ("[12]", {"[12]"}),
        ("[]", {"[]"}),
        ("['unfinished", {"['unfinished"}),
        ("", set()),
    ],
)
def test_an_answer_is_one_text_or_a_list(text: str, answers: set[str]) -> None:
    assert TEMPLATE.parse_answer(text) == answers


def test_the_answer_is_the_first_wording() -> None:
    assert TEMPLATE.answer(("Ida Holm", "by Ida Holm")) == "Ida Holm"


def test_an_incorrect_trace_quotes_a_passage_far_from_the_gold_one() -> None:
    gold = "Ida Holm built the old mill by the river in spring."
    near = "Ida Holm says that the old mill by the river in spring was hers."
    asked = problem(gold, near, "Herons nest there.", "Tickets cost 12 crowns.")
    quoted = {
        TEMPLATE.cited_facts(corrupt_trace(asked, "NUMERIC", Random(seed))) for seed in range(20)
    }
    assert quoted == {"Herons nest there.", "Tickets cost 12 crowns."}
    assert TEMPLATE.label_of(corrupt_trace(asked, "NUMERIC", Random(0))) == "NUMERIC"


def test_an_incorrect_trace_without_a_far_passage_quotes_an_empty_list() -> None:
    gold = "Ida Holm built the old mill by the river in spring."
    assert corrupt_trace(problem(gold), "ENTITY", Random(0)) == OPENING.format("ENTITY", "[]")


def test_an_incorrect_trace_never_quotes_a_gold_passage_of_few_words() -> None:
    asked = problem("Ida Holm built it.", "Herons nest there.", "Ida Holm built it.")
    quoted = {
        TEMPLATE.cited_facts(corrupt_trace(asked, "ENTITY", Random(seed))) for seed in range(20)
    }
    assert quoted == {"Herons nest there."}


def test_an_incorrect_trace_of_an_unanswerable_problem_may_quote_any_passage() -> None:
    asked = problem("Herons nest there.", answers=(NO_ANSWER,), support=())
    assert corrupt_trace(asked, "ENTITY", Random(0)) == OPENING.format(
        "ENTITY", "Herons nest there."
    )
