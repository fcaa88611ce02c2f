"""What is told of moves, things and times."""

from __future__ import annotations

import pytest

from artifact.datasets.babi.grammar import read_facts, read_question
from artifact.datasets.babi.tasks import narrate_movement as tell
from artifact.datasets.babi.tasks.outline import Story


def story(question: str, answer: str, *context: str) -> Story:
    read = read_question(question)
    assert read is not None
    return Story(context, read_facts(context), read, answer, ())


def test_the_last_move_of_a_person_counts() -> None:
    telling = tell.where_is_person(
        story(
            "Where is Bex?",
            "loft",
            "Bex and Ulla went to the pier.",
            "Ivo moved to the loft.",
            "Bex moved to the loft.",
            "Bex took the bell there.",
        )
    )
    assert telling.states == {0: "Bex is in the pier now", 2: "Bex is in the loft now"}
    assert telling.beside[1] == "that is about Ivo, not Bex"
    assert telling.beside[3] == "that does not move Bex"
    assert telling.gist == "The story moves Bex twice, and the last time it is to the loft."
    assert telling.settled.startswith("None of the sentences after it moves Bex")
    assert telling.join == (
        "The question starts from Bex's moves, in story order: pier, then loft\n"
        "The last move counts: loft\n"
    )


def test_the_end_of_the_story_is_known() -> None:
    telling = tell.where_is_person(story("Where is Bex?", "pier", "Bex went to the pier."))
    assert telling.gist == "The story moves Bex once, to the pier."
    assert telling.settled == "Sentence 1 is the end of the story, so nothing can follow it."


BELL = ("Bex went to the pier.", "Bex took the bell there.")


@pytest.mark.parametrize(
    ("more", "answer", "last_state", "gist"),
    [
        (
            ("Bex moved to the loft.",),
            "loft",
            "Bex is in the loft now, and so is the bell",
            "Bex gets the bell and keeps it. Bex's last move is to the loft.",
        ),
        (
            ("Bex left the bell.",),
            "pier",
            "Bex leaves the bell behind, in the pier",
            "Bex is the last to have the bell and leaves it behind. Bex's last move before that "
            "is to the pier.",
        ),
        (
            ("Ulla went to the pier.", "Bex gave the bell to Ulla."),
            "pier",
            "Ulla has the bell now, in the pier",
            "Bex gives the bell to Ulla, who keeps it. Ulla's last move is to the pier.",
        ),
    ],
    ids=["kept", "left", "given"],
)
def test_a_thing_is_where_its_holder_is_or_left_it(
    more: tuple[str, ...], answer: str, last_state: str, gist: str
) -> None:
    telling = tell.where_is_thing(story("Where is the bell?", answer, *BELL, *more))
    assert telling.states[len(BELL) + len(more) - 1] == last_state
    assert telling.gist == gist
    assert telling.claim == f"the bell is in the {answer}"


def test_two_carriers_can_move_together() -> None:
    telling = tell.where_is_thing(
        story(
            "Where is the bell?",
            "loft",
            *BELL,
            "Bex gave the bell to Ulla.",
            "Ulla and Bex moved to the loft.",
            "Ivo and Ann moved to the loft.",
            "Ivo took the cup there.",
        )
    )
    assert telling.states[3] == "Bex and Ulla are in the loft now, and so is the bell"
    assert telling.beside[4] == "that is about Ivo and Ann, who never have the bell"
    assert telling.beside[5] == "that is about the cup, not the bell"


CARRIED = (
    "Bex took the bell there.",
    "Bex got the cup there.",
    "Bex went to the pier.",
    "Bex gave the bell to Ulla.",
    "Ulla went to the pier.",
)


def test_things_are_counted_as_they_come_and_go() -> None:
    telling = tell.how_many(story("How many objects is Bex carrying?", "one", *CARRIED))
    assert telling.states == {
        0: "Bex gets the bell, and the count is one",
        1: "Bex gets the cup, and the count is two",
        3: "Bex loses the bell, and the count is one",
    }
    assert telling.beside[2] == "that only says where Bex goes"
    assert telling.beside[4] == "that is about Ulla, not Bex"
    assert telling.claim == "Bex is carrying one thing"
    assert telling.settled == (
        "From the top, Bex gets the bell, gets the cup and then loses the bell. "
        "That leaves the cup."
    )
    assert telling.join == (
        "The question starts from what Bex gets and loses, in story order: + bell = one; "
        "+ cup = two; - bell = one\nThe count in the end: one\n"
    )


def test_things_are_listed_as_they_come_and_go() -> None:
    telling = tell.what_held(story("What is Bex carrying?", "cup", *CARRIED))
    assert telling.states[1] == "Bex gets the cup and has the bell and the cup now"
    assert telling.gist == (
        "In this story Bex gets something twice and loses something once. What is left is the cup."
    )
    assert "+ cup = bell, cup; - bell = cup\nIn hand at the end: cup\n" in telling.join


@pytest.mark.parametrize(
    ("question", "answer", "ending"),
    [
        ("How many objects is Ivo carrying?", "none", "The count in the end: none\n"),
        ("What is Ivo carrying?", "nothing", "In hand at the end: nothing\n"),
    ],
)
def test_empty_hands(question: str, answer: str, ending: str) -> None:
    asked = story(question, answer, *CARRIED)
    telling = (tell.how_many if answer == "none" else tell.what_held)(asked)
    assert telling.claim == "Ivo is carrying nothing"
    assert telling.gist.startswith("In this story Ivo gets nothing and loses nothing.")
    assert telling.settled == "No, there is no sentence in which Ivo gets or loses a thing."
    assert telling.join.endswith(f"in story order: nothing\n{ending}")


def test_places_are_sorted_by_time() -> None:
    telling = tell.where_before(
        story(
            "Where was bex before the loft?",
            "pier",
            "This evening Bex moved to the loft.",
            "Bex went to the attic yesterday.",
            "Bex went to the pier this afternoon.",
            "Ulla went to the pier yesterday.",
        )
    )
    assert telling.states[0] == "Bex was in the loft this evening"
    assert telling.beside[3] == "that is about Ulla, not Bex"
    assert telling.claim == "before the loft Bex was in the pier"
    assert telling.join == (
        "The question starts from Bex's places, in order of time: the attic (yesterday), then the "
        "pier (this afternoon), then the loft (this evening)\nRight before the loft: pier\n"
    )
