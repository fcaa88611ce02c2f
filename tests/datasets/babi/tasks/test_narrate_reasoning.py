"""What is told of directions, kinds, positions and sizes."""

from __future__ import annotations

import pytest

from artifact.datasets.babi.grammar import read_facts, read_question
from artifact.datasets.babi.tasks import narrate_reasoning as tell
from artifact.datasets.babi.tasks.outline import Story


def story(question: str, answer: str, *context: str, support: tuple[int, ...]) -> Story:
    read = read_question(question)
    assert read is not None
    return Story(context, read_facts(context), read, answer, support)


PLACES = ("The pier is north of the loft.", "The barn is east of the pier.")


@pytest.mark.parametrize(
    ("question", "answer", "at", "state", "other"),
    [
        (
            "What is north of the loft?",
            "pier",
            0,
            "the pier is what I am looking for",
            "that says nothing about the loft",
        ),
        (
            "What is south of the pier?",
            "loft",
            0,
            "the loft is south of the pier",
            "that puts the barn east of the pier, and I need south",
        ),
        (
            "What is the pier north of?",
            "loft",
            0,
            "the loft is what I am looking for",
            "that puts the barn east of the pier, and I need south",
        ),
        (
            "What is the pier west of?",
            "barn",
            1,
            "the pier is west of the barn",
            "that puts the loft south of the pier, and I need east",
        ),
    ],
)
def test_directions_as_told_and_turned_round(
    question: str, answer: str, at: int, state: str, other: str
) -> None:
    telling = tell.lies_that_way(story(question, answer, *PLACES, support=(at,)))
    assert telling.states == {at: state}
    assert telling.beside[1 - at] == other
    assert telling.join.startswith(f"The question starts from: {[PLACES[at]]}\n")
    assert telling.join.endswith(f": {answer}\n")


def test_a_direction_turned_round_is_explained() -> None:
    telling = tell.lies_that_way(story("What is the pier west of?", "barn", *PLACES, support=(1,)))
    assert telling.gist == (
        "The story says that the barn is east of the pier, and west is the opposite of east."
    )
    assert telling.settled == (
        "West is the opposite of east: if the barn is east of the pier, then the pier is west of "
        "the barn. Yes, it fits."
    )


def test_member_kind_and_rule() -> None:
    telling = tell.what_feared(
        story(
            "What is bex afraid of?",
            "wolf",
            "Mice are afraid of wolves.",
            "Wolves are afraid of mice.",
            "Ulla is a wolf.",
            "Bex is a mouse.",
            support=(0, 3),
        )
    )
    assert telling.start.endswith("The story says: Bex is a mouse. So I need the sentence on mice.")
    assert telling.states == {0: "Bex fears wolves", 3: "Bex is one of the mice"}
    assert telling.beside == {
        1: "that is about wolves, not mice",
        2: "that is about Ulla, not Bex",
    }
    assert telling.gist == "Bex is a mouse, and mice are afraid of wolves."
    assert telling.join.endswith("One of the wolves: wolf\n")


ANIMALS = (
    "Ulla is a newt.",
    "Ulla is teal.",
    "Ivo is a goose.",
    "Ivo is amber.",
    "Bex is a newt.",
)


def test_another_of_the_kind_lends_its_colour() -> None:
    telling = tell.what_colour(story("What color is Bex?", "teal", *ANIMALS, support=(0, 1, 4)))
    assert telling.states == {
        0: "Ulla is of the same kind as Bex",
        1: "one of the newts is teal",
        4: "Bex is the one whose color I need",
    }
    assert telling.beside == {
        2: "that is another kind of animal, not a newt",
        3: "that is the color of Ivo, who is no newt in this story",
    }
    assert telling.gist == "Bex is a newt, and so is Ulla, who is teal."
    assert telling.settled == "No, besides Bex the only newt with a color is Ulla."
    assert "\nAnother newt is Ulla, and Ulla's color is teal\n" in telling.join


def test_of_several_of_the_kind_the_last_called_so_counts() -> None:
    more = (*ANIMALS, "Ann is copper.", "Ann is a newt.")
    telling = tell.what_colour(story("What color is Bex?", "copper", *more, support=(4, 5, 6)))
    assert telling.settled == (
        "There are more newts with a color: Ulla is teal. Ann is the last of them to be called a "
        "newt, so I go by Ann."
    )
    assert telling.gist.endswith(telling.settled)
    assert "\nOf the other newts the last to be called so is Ann, and Ann's color" in telling.join


SHAPES = ("The cone is above the disc.", "The ring is to the left of the cone.")


@pytest.mark.parametrize(
    ("question", "answer", "claim", "total"),
    [
        (
            "Is the ring above the disc?",
            "yes",
            "the ring is above the disc",
            "1 step to the left and 1 step up",
        ),
        (
            "Is the disc to the left of the ring?",
            "no",
            "the disc is not to the left of the ring",
            "1 step to the right and 1 step down",
        ),
    ],
)
def test_steps_on_the_grid(question: str, answer: str, claim: str, total: str) -> None:
    telling = tell.is_positioned(story(question, answer, *SHAPES, support=(0, 1)))
    assert telling.claim == claim
    assert f"Together that is {total}, so {claim}." in telling.settled
    assert telling.join.endswith(f"In all: {total}\n{claim.capitalize()}: {answer}\n")


def test_steps_that_cancel_out_and_steps_off_the_way() -> None:
    telling = tell.is_positioned(
        story(
            "Is the ring above the disc?",
            "no",
            "The cone is above the disc.",
            "The cone is above the ring.",
            "The cube is above the cone.",
            support=(0, 1),
        )
    )
    assert telling.gist == "From the disc to the ring it is no step in all."
    assert set(telling.states) == {0, 1}
    assert telling.beside[2] == "that is no step on my way from the disc to the ring"


SIZES = (
    "The cup fits inside the box.",
    "The cup is bigger than the pin.",
    "The box is bigger than the pin.",
    "The box is bigger than the cup.",
    "The bag is bigger than the pin.",
)


@pytest.mark.parametrize(
    ("question", "answer", "claim"),
    [
        ("Does the pin fit in the box?", "yes", "the pin fits in the box"),
        ("Does the box fit in the pin?", "no", "the box does not fit in the pin"),
        ("Is the box bigger than the pin?", "yes", "the box is bigger than the pin"),
        ("Is the pin bigger than the box?", "no", "the pin is not bigger than the box"),
    ],
)
def test_a_chain_of_sizes(question: str, answer: str, claim: str) -> None:
    telling = tell.is_bigger(story(question, answer, *SIZES, support=(0, 1)))
    assert telling.claim == claim
    assert telling.states == {
        0: "the cup is smaller than the box",
        1: "the pin is smaller than the cup",
    }
    assert telling.beside == {
        2: "that says at once what I can check by links",
        3: "that says the same as another sentence",
        4: "that links the pin and the bag, which I do not need",
    }
    assert telling.gist == "The pin is smaller than the cup, and the cup is smaller than the box."
    assert telling.join == (
        f"The question starts from: ['{SIZES[1]}']\nFrom small to big: pin < cup < box\n"
        f"{claim.capitalize()}: {answer}\n"
    )
