"""Phrases that every teller uses."""

from __future__ import annotations

import pytest

from artifact.datasets.babi.grammar import Sentence, read_facts
from artifact.datasets.babi.tasks.outline import (
    Story,
    about_others,
    capital,
    how_often,
    listed,
    persons_in,
    starting_from,
)

CONTEXT = (
    "Bex and Ulla went to the pier.",
    "Ulla gave the bell to Bex.",
    "Ivo went to the loft.",
    "Wolves are afraid of mice.",
)
FACTS = read_facts(CONTEXT)
STORY = Story(CONTEXT, FACTS, Sentence("where is a person", {"person": "bex"}), "pier", (2, 0))


@pytest.mark.parametrize(
    ("names", "row"), [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_names_in_a_row(names: list[str], row: str) -> None:
    assert listed(names) == row
    assert listed(names, ", then ") == row.replace(" and ", ", then ")


@pytest.mark.parametrize(("count", "words"), [(0, "never"), (1, "once"), (2, "twice")])
def test_counts_of_times(count: int, words: str) -> None:
    assert how_often(count) == words


def test_higher_counts_are_in_figures() -> None:
    assert how_often(3) == "3 times"


def test_only_the_first_letter_is_raised() -> None:
    assert (capital("mcTavish"), capital("")) == ("McTavish", "")


def test_a_story_names_its_person_and_its_support_in_story_order() -> None:
    assert STORY.person == "Bex"
    assert [index for index, _ in STORY.supporting] == [0, 2]
    assert starting_from(STORY, 2) == "The question starts from: ['Ivo went to the loft.']\n"


def test_persons_are_those_that_act_or_receive() -> None:
    assert [persons_in(fact) for _, fact in FACTS] == [
        ["Bex", "Ulla"],
        ["Ulla", "Bex"],
        ["Ivo"],
        [],
    ]


def test_facts_on_others_are_told_apart_from_those_beside_the_point() -> None:
    assert about_others(FACTS, "bex", "says nothing") == {
        0: "that says nothing",
        1: "that says nothing",
        2: "that is about Ivo, not bex",
    }
