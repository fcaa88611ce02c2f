"""Each baseline does what its name says and looks at no gold field of the problem."""

from __future__ import annotations

import pytest

from artifact.datasets.marco.shortcuts import CATEGORY_SHORTCUTS, SHORTCUTS
from artifact.datasets.problem import Problem

CONTEXT = (
    "Tickets cost 12 crowns.",
    "Herons nest there. The mill was built by Ida Holm. It stands.",
    "A very long passage about nothing that anyone asked for, with no end in sight at all.",
)


def problem(
    question: str = "who built the mill", category: str = "PERSON", answer: str = "Ida Holm"
) -> Problem:
    return Problem(
        id="p",
        dataset="marco",
        category=category,
        context=CONTEXT,
        question=question,
        answers=(answer,),
        support=(1,),
    )


TRAINING = (
    problem("who sold it", "PERSON", "Per Brand"),
    problem("who knows", "ENTITY", "12"),
    problem("who cares", "ENTITY", "12"),
    problem("where is it", "LOCATION", "Skomness"),
    problem("where to", "LOCATION", "12"),
    problem("where from", "LOCATION", "there"),
)


@pytest.mark.parametrize(
    ("rule", "answers"),
    [
        ("passage nearest the question", (CONTEXT[1],)),
        ("sentence nearest the question", ("The mill was built by Ida Holm.",)),
        ("longest passage", (CONTEXT[2],)),
        ("first passage", (CONTEXT[0],)),
        ("most frequent training answer", ("12",)),
    ],
)
def test_answer_shortcuts(rule: str, answers: tuple[str, ...]) -> None:
    assert SHORTCUTS[rule](problem(), TRAINING) == answers
    assert SHORTCUTS[rule](problem(category="ENTITY", answer="12"), TRAINING) == answers


@pytest.mark.parametrize(
    ("rule", "label"),
    [
        ("type by question words", "PERSON"),
        ("type by first word", "ENTITY"),
        ("most frequent training type", "LOCATION"),
    ],
)
def test_category_shortcuts(rule: str, label: str) -> None:
    assert CATEGORY_SHORTCUTS[rule](problem(), TRAINING) == (label,)
    assert CATEGORY_SHORTCUTS[rule](problem(category="NUMERIC"), TRAINING) == (label,)


def test_every_shortcut_copes_without_training_problems_or_words() -> None:
    mute = problem(question="?")
    for shortcut in SHORTCUTS.values():
        assert len(shortcut(mute, ())) <= 1
    for rule, shortcut in CATEGORY_SHORTCUTS.items():
        assert shortcut(mute, ()) == ("DESCRIPTION",), rule


def test_counts_follow_the_training_set_in_use() -> None:
    rule = SHORTCUTS["most frequent training answer"]
    assert rule(problem(), TRAINING) == ("12",)
    assert rule(problem(), TRAINING[:1]) == ("Per Brand",)
    assert rule(problem(), TRAINING) == ("12",)
