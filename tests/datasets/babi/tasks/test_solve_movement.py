"""One table per rule of the tasks that are told in events."""

from __future__ import annotations

import pytest

from artifact.datasets.babi.grammar import read_facts, read_question
from artifact.datasets.babi.tasks.solve_movement import (
    how_many,
    what_held,
    where_before,
    where_is_person,
    where_is_thing,
)

GET, DROP = "Ulla got the jug there.", "Ulla left the jug."
TO_PIER, TO_LOFT = "Ulla went to the pier.", "Ulla moved to the loft."
GIVE = "Ulla gave the jug to Bex."
BEX_TO_DOCK = "Bex went to the dock."


def derive(rule, context, question):
    return rule(read_facts(context), read_question(question))


@pytest.mark.parametrize(
    ("context", "answers", "support"),
    [
        ([TO_PIER, TO_LOFT], ("loft",), (1,)),
        ([TO_PIER, BEX_TO_DOCK], ("pier",), (0,)),
        (["Bex and Ulla went to the dock.", BEX_TO_DOCK], ("dock",), (0,)),
        (["Ulla and Bex went to the dock.", TO_PIER], ("pier",), (1,)),
        ([TO_PIER, GET], ("pier",), (0,)),
    ],
)
def test_a_person_is_where_the_last_move_led(context, answers, support):
    derived = derive(where_is_person, context, "Where is Ulla?")
    assert (derived.answers, derived.support) == (answers, support)


@pytest.mark.parametrize(
    ("context", "answers", "support"),
    [
        pytest.param([GET, TO_PIER, TO_LOFT], ("loft",), (0, 2), id="goes where its holder goes"),
        pytest.param([TO_PIER, GET], ("pier",), (0, 1), id="got where its holder was"),
        pytest.param([TO_PIER, GET, DROP, TO_LOFT], ("pier",), (0, 2), id="stays where dropped"),
        pytest.param([GET, BEX_TO_DOCK, GIVE], ("dock",), (1, 2), id="handed over"),
        pytest.param([GET, GIVE, TO_PIER, BEX_TO_DOCK], ("dock",), (1, 3), id="taken on"),
        pytest.param(
            [TO_PIER, GET, DROP, "Bex got the jug there.", BEX_TO_DOCK],
            ("dock",),
            (3, 4),
            id="regot",
        ),
    ],
)
def test_a_thing_is_where_its_last_holder_took_it(context, answers, support):
    derived = derive(where_is_thing, context, "Where is the jug?")
    assert (derived.answers, derived.support) == (answers, support)


@pytest.mark.parametrize(
    ("context", "number", "held", "events", "brought"),
    [
        pytest.param([GET], "one", ("jug",), (0,), (0,), id="got"),
        pytest.param([GET, DROP], "none", ("nothing",), (0, 1), (0, 1), id="dropped"),
        pytest.param([GET, GIVE], "none", ("nothing",), (0, 1), (0, 1), id="given away"),
        pytest.param([GET, DROP, GET], "one", ("jug",), (0, 1, 2), (2,), id="got anew"),
        pytest.param(
            [GET, "Ulla took the jar there."], "two", ("jug", "jar"), (0, 1), (0, 1), id="two"
        ),
        pytest.param(
            ["Bex got the jar there.", GET, "Bex passed the jar to Ulla.", DROP],
            "one",
            ("jar",),
            (1, 2, 3),
            (2,),
            id="was given",
        ),
        pytest.param([BEX_TO_DOCK], "none", ("nothing",), (), (), id="never had anything"),
    ],
)
def test_inventory(context, number, held, events, brought):
    count = derive(how_many, context, "How many objects is Ulla carrying?")
    assert (count.answers, count.support) == ((number,), events)
    listed = derive(what_held, context, "What is Ulla carrying?")
    assert (listed.answers, listed.support) == (held, brought)


def test_more_things_than_number_words_are_not_counted():
    context = [f"Ulla got the {thing} there." for thing in "abcdefghijk"]
    derived = derive(how_many, context, "How many objects is Ulla carrying?")
    assert derived.answers == ()
    assert derived.failure == "no word for 11 things"


@pytest.mark.parametrize(
    ("context", "answers", "support"),
    [
        pytest.param(
            ["Ulla went to the pier this morning.", "Yesterday Ulla went to the loft."],
            ("loft",),
            (0, 1),
            id="yesterday before this morning",
        ),
        pytest.param(
            [
                "This evening Ulla went to the pier.",
                "Ulla went to the loft this afternoon.",
                "Ulla went to the dock this morning.",
            ],
            ("loft",),
            (0, 1),
            id="the afternoon lies between morning and evening",
        ),
        pytest.param(
            [
                "Yesterday Ulla went to the pier.",
                "This morning Ulla went to the loft.",
                "This afternoon Ulla went to the pier.",
            ],
            ("loft",),
            (1, 2),
            id="of two visits the one that has another before it",
        ),
        pytest.param(
            [
                "Yesterday Ulla went to the loft.",
                "This morning Ulla went to the pier.",
                "This morning Bex went to the dock.",
                "This afternoon Ulla went to the dock.",
            ],
            ("loft",),
            (0, 1),
            id="other persons and later moves do not count",
        ),
    ],
)
def test_where_before(context, answers, support):
    derived = derive(where_before, context, "Where was Ulla before the pier?")
    assert (derived.answers, derived.support) == (answers, support)


@pytest.mark.parametrize(
    ("rule", "context", "question", "failure"),
    [
        (where_is_person, [BEX_TO_DOCK], "Where is Ulla?", "no fact moves Ulla"),
        (where_is_thing, [TO_PIER], "Where is the jug?", "no fact says who had the jug"),
        (where_is_thing, [GET], "Where is the jug?", "no fact says where Ulla was with the jug"),
        (where_is_thing, [GET, DROP, TO_PIER], "Where is the jug?", "no fact says where Ulla was"),
        (where_before, [TO_PIER], "Where was Ulla before the pier?", "no fact says where Ulla was"),
    ],
)
def test_what_the_facts_leave_open_is_said(rule, context, question, failure):
    derived = derive(rule, context, question)
    assert derived.answers == derived.support == ()
    assert failure in derived.failure
