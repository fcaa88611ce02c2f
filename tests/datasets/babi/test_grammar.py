"""Facts and questions, read and said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact.common.intake import Intake
from artifact.datasets.babi.grammar import (
    FACTS,
    QUESTIONS,
    plural,
    read_fact,
    read_facts,
    read_question,
    same,
    say,
    singular,
)
from artifact.datasets.babi.release.problems import read_release

FACT_CASES = [
    ("Ulla went back to the pier.", "move", {"person": "Ulla", "place": "pier"}),
    ("Ulla and Bex moved to the old pier.", "move together", {"place": "old pier"}),
    ("Yesterday Ulla moved to the pier.", "move first told when", {"When": "Yesterday"}),
    ("Ulla went to the pier this evening.", "move last told when", {"when": "this evening"}),
    ("Ulla picked up the jug there.", "get", {"person": "Ulla", "thing": "jug"}),
    ("Ulla put down the jug.", "drop", {"thing": "jug", "there": ""}),
    ("Ulla discarded the jug there.", "drop", {"thing": "jug", "there": " there"}),
    ("Ulla passed the jug to Bex.", "give", {"person": "Ulla", "receiver": "Bex"}),
    ("The pier is north of the loft.", "compass", {"thing": "pier", "other": "loft"}),
    ("The red jug is to the left of the jar.", "position", {"offset": "to the left of"}),
    ("The jar of jam fits inside the vat.", "fits", {"small": "jar of jam", "big": "vat"}),
    ("The vat is bigger than the jar of jam.", "bigger", {"small": "jar of jam", "big": "vat"}),
    ("Geese are afraid of mice.", "fear", {"Kinds": "Geese", "feared": "mice"}),
    ("Ulla is a goose.", "kind", {"person": "Ulla", "kind": "goose"}),
    ("Ulla is mauve.", "colour", {"person": "Ulla", "colour": "mauve"}),
]

QUESTION_CASES = [
    ("Where is Ulla?", "where is a person", {"person": "Ulla"}),
    ("Where is the jug?", "where is a thing", {"thing": "jug"}),
    ("Where was Ulla before the pier?", "where before", {"person": "Ulla", "place": "pier"}),
    ("What is the pier east of?", "what it lies that way of", {"thing": "pier"}),
    ("What is east of the pier?", "what lies that way", {"compass": "east"}),
    ("How many objects is Ulla carrying?", "how many", {"person": "Ulla"}),
    ("What is Ulla carrying?", "what held", {"person": "Ulla"}),
    ("What is ulla afraid of?", "what feared", {"person": "ulla"}),
    ("What color is Ulla?", "what colour", {"person": "Ulla"}),
    ("Is the red jug above the jar?", "is positioned", {"thing": "red jug", "other": "jar"}),
    ("Is the vat bigger than the jar?", "is bigger", {"big": "vat", "small": "jar"}),
    ("Does the jar of jam fit in the vat?", "does fit", {"small": "jar of jam", "big": "vat"}),
]


@pytest.mark.parametrize(("text", "form", "words"), FACT_CASES)
def test_fact_is_read_and_said_back(text, form, words):
    fact = read_fact(text)
    assert fact.form == form
    assert words.items() <= fact.words.items()
    assert say(form, **fact.words) == text


@pytest.mark.parametrize(("text", "form", "words"), QUESTION_CASES)
def test_question_is_read_and_said_back(text, form, words):
    question = read_question(text)
    assert question.form == form
    assert words.items() <= question.words.items()
    assert say(form, **question.words) == text


def test_every_template_has_a_case():
    assert {form for _, form, _ in FACT_CASES} == set(FACTS)
    assert {form for _, form, _ in QUESTION_CASES} == set(QUESTIONS)


@pytest.mark.parametrize(
    "text",
    ["", "Ulla flew to the pier.", "Ulla went to the pier", "Where is Ulla? ", "The jug is red."],
)
def test_what_follows_no_template_reads_as_nothing(text):
    assert read_fact(text) is None
    assert read_question(text) is None


@given(st.text())
def test_readers_are_total(text):
    for read in (read_fact, read_question):
        sentence = read(text)
        assert sentence is None or say(sentence.form, **sentence.words) == text


def test_unreadable_facts_are_passed_over_and_the_others_keep_their_places():
    facts = read_facts(["It rains.", "Ulla is mauve."])
    assert [(index, fact.form) for index, fact in facts] == [(1, "colour")]


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("goose", "geese"),
        ("mouse", "mice"),
        ("wolf", "wolves"),
        ("sheep", "sheep"),
        ("newt", "newts"),
    ],
)
def test_singular_and_plural(one, many):
    assert plural(one) == many
    assert singular(many) == singular(many.capitalize()) == one


def test_names_are_compared_without_case():
    assert same("ulla", "Ulla")
    assert not same("ulla", "Bex")


def test_every_sentence_of_the_release_follows_a_template(release):
    problems = read_release(release, Intake())
    assert all(read_fact(fact) for problem in problems for fact in problem.context)
    assert all(read_question(problem.question) for problem in problems)
