"""Prompts, traces and answers, byte for byte, and read back from what models write."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact.common.intake import Intake
from artifact.datasets.babi.release.problems import read_stored_traces
from artifact.datasets.babi.template import TEMPLATE, corrupt_trace
from artifact.datasets.problem import Problem

PROBLEM = Problem(
    id="x",
    dataset="babi",
    category="lists-sets",
    context=("Ulla got the jug there.", "Bex went to the pier.", "Ulla got the jar there."),
    question="What is Ulla carrying?",
    answers=("jug", "jar"),
    support=(0, 2),
)

TRACE = (
    "The category of the question represents what is being asked in that question. "
    "The category of the question asked is: lists-sets.\n"
    "I need to use the following text to answer the question: "
    "['Ulla got the jug there.', 'Ulla got the jar there.']"
)


def test_user_turn():
    assert TEMPLATE.user_turn(PROBLEM) == (
        "Answer the question based on the context:\n"
        "Ulla got the jug there.\nBex went to the pier.\nUlla got the jar there.\n"
        "Question: What is Ulla carrying? Only return the answer.\n"
    )


def test_trace_and_answer():
    assert TEMPLATE.trace("lists-sets", PROBLEM.supporting_facts) == TRACE
    assert TEMPLATE.answer(PROBLEM.answers) == "jug,jar"


@pytest.mark.parametrize(
    ("text", "label"),
    [
        (TRACE, "lists-sets"),
        (TRACE.replace("is: lists", "is lists"), "lists-sets"),
        (TRACE.replace("\n", " "), "lists-sets"),
        ("the category of the question asked is:  counting\nmore", "counting"),
        ("The category of the question asked is: .", None),
        ("The category of the question represents what is being asked.", None),
        ("", None),
    ],
)
def test_label_is_read_to_the_end_of_its_sentence(text, label):
    assert TEMPLATE.label_of(text) == label


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        (TRACE, "['Ulla got the jug there.', 'Ulla got the jar there.']"),
        (TRACE.replace("question: [", "question ["), TRACE.split("question: ")[1]),
        ("I need to use the following text to answer the question: ", ""),
        ("I need nothing.", None),
    ],
)
def test_cited_facts_are_what_follows_their_sentence(text, cited):
    assert TEMPLATE.cited_facts(text) == cited


@pytest.mark.parametrize(
    ("text", "members"),
    [
        ("jug,jar", {"jug", "jar"}),
        (" jar, jug. ", {"jug", "jar"}),
        ("Jug", {"Jug"}),
        ("jug,,", {"jug"}),
        (" ", set()),
    ],
)
def test_answer_is_a_set_of_members(text, members):
    assert TEMPLATE.parse_answer(text) == members


@given(st.text())
def test_readers_are_total(text):
    TEMPLATE.label_of(text)
    TEMPLATE.cited_facts(text)
    assert all(member.strip() for member in TEMPLATE.parse_answer(text))


@given(st.lists(st.from_regex(r"[a-z]{1,8}", fullmatch=True), min_size=1, max_size=4, unique=True))
def test_answers_are_read_back(answers):
    assert TEMPLATE.parse_answer(TEMPLATE.answer(answers)) == set(answers)


def test_corrupt_trace_quotes_other_facts_in_lower_case():
    trace = corrupt_trace(PROBLEM, "counting", Random(0))
    assert TEMPLATE.label_of(trace) == "counting"
    assert TEMPLATE.cited_facts(trace) == "['bex went to the pier.']"


def test_a_copy_of_a_gold_fact_is_not_beside_the_point():
    context = ("Ulla got the jug there.", "Ulla got the jug there.")
    problem = Problem("x", "babi", "lists-sets", context, "What is Ulla carrying?", ("jug",), (0,))
    assert TEMPLATE.cited_facts(corrupt_trace(problem, "counting", Random(0))) == "[]"


def test_stored_traces_are_rendered_byte_for_byte(release):
    stored = read_stored_traces(release, "correct", Intake())
    for row in stored:
        trace = TEMPLATE.trace(row.problem.category, row.problem.supporting_facts)
        answer = TEMPLATE.answer(row.problem.answers)
        assert row.text == f"<think>{trace}</think> <answer>{answer}</answer>", row.where
    for row in read_stored_traces(release, "vanilla", Intake()):
        assert row.text == TEMPLATE.answer(row.problem.answers), row.where
