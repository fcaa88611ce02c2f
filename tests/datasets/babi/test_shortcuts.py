"""Each shortcut on a small case, and what it reaches on the release."""

from __future__ import annotations

import pytest

from artifact.common.intake import Intake
from artifact.datasets.babi import shortcuts
from artifact.datasets.babi.release.problems import read_release
from artifact.datasets.problem import Problem


def problem(context, question, answer="pier", category="single-supporting-fact"):
    return Problem("x", "babi", category, tuple(context), question, (answer,), ())


TRAIN = [
    problem(["Ulla went to the pier."], "Where is Ulla?"),
    problem(["Bex went to the loft."], "Where is Bex?", "loft"),
    problem(["Bex and Cid went to the loft."], "Where is Cid?", "loft", "conjunction"),
    problem(["Bex got the jug there."], "How many objects is Bex carrying?", "one", "counting"),
]
MOVES = ["Ulla went to the pier.", "Bex went to the loft."]


@pytest.mark.parametrize(
    ("rule", "context", "question", "given"),
    [
        (shortcuts.type_by_template, MOVES, "Where is Dot?", ("single-supporting-fact",)),
        (shortcuts.type_by_template, MOVES, "How many objects is Ulla carrying?", ("counting",)),
        (shortcuts.type_by_template, MOVES, "Where is the jug?", ()),
        (shortcuts.commonest_type, MOVES, "Where is the jug?", ("single-supporting-fact",)),
        (shortcuts.answer_by_template, MOVES, "Where is Ulla?", ("loft",)),
        (shortcuts.answer_by_template, MOVES, "Where is the jug?", ()),
        (shortcuts.last_word, MOVES, "Where is Ulla?", ("loft",)),
        (shortcuts.last_word_about_person, MOVES, "Where is Ulla?", ("pier",)),
        (shortcuts.last_word_about_person, MOVES, "Where is Dot?", ()),
        (shortcuts.last_word_about_person, MOVES, "Where is the jug?", ()),
        (shortcuts.last_candidate, MOVES, "Where is the jug?", ("loft",)),
        (shortcuts.last_candidate, MOVES, "Where was Ulla before the loft?", ("pier",)),
        (shortcuts.last_candidate, MOVES, "How many objects is Ulla carrying?", ()),
        (
            shortcuts.last_candidate,
            ["Mice are afraid of geese."],
            "What is ulla afraid of?",
            ("goose",),
        ),
        (shortcuts.last_candidate, ["It rains."], "What color is Ulla?", ()),
        (shortcuts.last_candidate, MOVES, "Why?", ()),
    ],
)
def test_rule(rule, context, question, given):
    assert rule(problem(context, question), TRAIN) == given


def test_rules_without_training_say_nothing_rather_than_fail():
    for rule in (*shortcuts.SHORTCUTS.values(), *shortcuts.CATEGORY_SHORTCUTS.values()):
        assert isinstance(rule(problem(MOVES, "Where is Ulla?"), []), tuple)


def test_another_training_set_is_counted_anew():
    asked = problem(MOVES, "Where is Ulla?")
    assert shortcuts.answer_by_template(asked, TRAIN) == ("loft",)
    assert shortcuts.answer_by_template(asked, TRAIN[:1]) == ("pier",)


def reached(rule, problems, label=None):
    chosen = [p for p in problems if label in (None, p.category)]
    return sum(set(rule(p, problems)) == set(p.answers) for p in chosen) / len(chosen)


def test_what_the_release_gives_away(release):
    problems = read_release(release, Intake())
    types = [shortcuts.type_by_template(p, problems) == (p.category,) for p in problems]
    assert sum(types) / len(types) == pytest.approx(0.947, abs=0.0005)
    counting = reached(shortcuts.answer_by_template, problems, "counting")
    assert counting == pytest.approx(0.805, abs=0.0005)
    single = reached(shortcuts.last_word, problems, "single-supporting-fact")
    assert single == pytest.approx(0.695, abs=0.0005)
