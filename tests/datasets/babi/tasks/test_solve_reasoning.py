"""One table per rule of the tasks whose facts hold at all times."""

from __future__ import annotations

import pytest

from artifact.datasets.babi.grammar import read_facts, read_question
from artifact.datasets.babi.tasks.solve_reasoning import (
    is_bigger,
    is_positioned,
    lies_that_way,
    what_colour,
    what_feared,
)


def derive(rule, context, question):
    return rule(read_facts(context), read_question(question))


LINE = ["The pier is north of the loft.", "The dock is south of the loft."]


@pytest.mark.parametrize(
    ("question", "answers", "support"),
    [
        ("What is north of the loft?", ("pier",), (0,)),
        ("What is the loft north of?", ("dock",), (1,)),
        ("What is the pier north of?", ("loft",), (0,)),
        ("What is south of the pier?", ("loft",), (0,)),
        ("What is the loft south of?", ("pier",), (0,)),
    ],
)
def test_a_compass_fact_or_its_inverse_answers(question, answers, support):
    derived = derive(lies_that_way, LINE, question)
    assert (derived.answers, derived.support) == (answers, support)


def test_fear_goes_by_kind_and_names_are_asked_in_lower_case():
    context = ["Geese are afraid of wolves.", "Mice are afraid of geese.", "Ulla is a mouse."]
    derived = derive(what_feared, context, "What is ulla afraid of?")
    assert (derived.answers, derived.support) == (("goose",), (1, 2))


@pytest.mark.parametrize(
    ("context", "answers", "support"),
    [
        pytest.param(
            ["Bex is a newt.", "Bex is mauve.", "Ulla is a newt."], ("mauve",), (0, 1, 2), id="one"
        ),
        pytest.param(
            [
                "Bex is a newt.",
                "Cid is a newt.",
                "Dot is a newt.",
                "Dot is beige.",
                "Cid is mauve.",
                "Bex is mauve.",
                "Ulla is a newt.",
            ],
            ("beige",),
            (2, 3, 6),
            id="the latest kind counts, not the latest colour or the majority",
        ),
        pytest.param(
            ["Bex is a newt.", "Bex is mauve.", "Cid is a newt.", "Ulla is a newt."],
            ("mauve",),
            (0, 1, 3),
            id="another without a colour does not count",
        ),
        pytest.param(
            [
                "Bex is a newt.",
                "Cid is a frog.",
                "Cid is beige.",
                "Bex is mauve.",
                "Ulla is a newt.",
            ],
            ("mauve",),
            (0, 3, 4),
            id="nor does another kind",
        ),
    ],
)
def test_colour_goes_by_kind(context, answers, support):
    derived = derive(what_colour, context, "What color is Ulla?")
    assert (derived.answers, derived.support) == (answers, support)


GRID = ["The jug is to the left of the jar.", "The jar is below the vat."]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Is the jug to the left of the vat?", "yes"),
        ("Is the jug to the right of the vat?", "no"),
        ("Is the vat above the jug?", "yes"),
        ("Is the vat to the right of the jug?", "yes"),
        ("Is the vat below the jug?", "no"),
    ],
)
def test_things_lie_on_a_grid(question, answer):
    derived = derive(is_positioned, GRID, question)
    assert (derived.answers, derived.support) == ((answer,), (0, 1))


def test_level_things_are_not_above_each_other():
    context = ["The jug is to the left of the jar.", "The jar is to the left of the vat."]
    assert derive(is_positioned, context, "Is the jug above the vat?").answers == ("no",)


@pytest.mark.parametrize(
    ("context", "question", "answer", "support"),
    [
        pytest.param(
            ["The jug fits inside the jar.", "The vat is bigger than the jar."],
            "Does the jug fit in the vat?",
            "yes",
            (0, 1),
            id="chain up",
        ),
        pytest.param(
            ["The jug fits inside the jar.", "The vat is bigger than the jar."],
            "Is the jug bigger than the vat?",
            "no",
            (0, 1),
            id="chain down",
        ),
        pytest.param(
            [
                "The jug fits inside the vat.",
                "The jug fits inside the jar.",
                "The jug fits inside the box.",
                "The box fits inside the vat.",
                "The jar fits inside the vat.",
            ],
            "Is the vat bigger than the jug?",
            "yes",
            (2, 3),
            id="of several chains of two the first to be complete, and no shorter one",
        ),
        pytest.param(
            ["The jug fits inside the vat."],
            "Does the vat fit in the jug?",
            "no",
            (0,),
            id="one fact where there is no chain of two",
        ),
        pytest.param(
            [
                "The jug fits inside the jar.",
                "The jar fits inside the box.",
                "The box fits inside the vat.",
            ],
            "Does the jug fit in the vat?",
            "yes",
            (0, 1, 2),
            id="a longer chain where nothing else holds",
        ),
    ],
)
def test_sizes_chain(context, question, answer, support):
    derived = derive(is_bigger, context, question)
    assert (derived.answers, derived.support) == ((answer,), support)


@pytest.mark.parametrize(
    ("rule", "context", "question", "failure"),
    [
        (lies_that_way, LINE, "What is east of the loft?", "no fact relates east"),
        (what_feared, ["Mice are afraid of geese."], "What is ulla afraid of?", "what ulla is"),
        (what_feared, ["Ulla is a newt."], "What is ulla afraid of?", "what a newt is afraid of"),
        (what_colour, ["Bex is a newt."], "What color is Ulla?", "what Ulla is"),
        (what_colour, ["Ulla is a newt."], "What color is Ulla?", "no other newt has a colour"),
        (is_positioned, GRID, "Is the jug above the cup?", "no chain of facts places"),
        (is_bigger, ["The jug fits inside the jar."], "Does the cup fit in the jar?", "compares"),
    ],
)
def test_what_the_facts_leave_open_is_said(rule, context, question, failure):
    derived = derive(rule, context, question)
    assert derived.answers == derived.support == ()
    assert failure in derived.failure
