"""One row per rule of the derivation, then what it reaches on the release."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact.common.intake import Intake
from artifact.datasets.cotempqa.labels import LABELS
from artifact.datasets.cotempqa.release.problems import read_release
from artifact.datasets.cotempqa.solve import (
    ANCHOR_OBJECT,
    NAMES_ONLY,
    NO_ANCHOR,
    NO_ANSWER,
    NO_GRAMMAR,
    ONE_DATE,
    OTHER_FACT,
    OTHER_RELATION,
    REPEATED_TERM,
    UNEXPLAINED,
    check,
    explain_disagreement,
    solve,
)
from artifact.datasets.dataset import Derivation
from artifact.datasets.problem import Problem

WORKED = "While Mira Vold was working for Tarn Mills, "
SAME_SUBJECT = WORKED + "which employer did Mira Vold work for at the same time?"
ASKS_POSITION = WORKED + "which position did Mira Vold hold at the same time?"
OTHER_SUBJECT = WORKED + "which employer did Oru Den work for at the same time?"
ASKS_SUBJECT = WORKED + "who also worked for Tarn Mills at the same time?"

ANCHOR = "Mira Vold works for Tarn Mills from 1990 to 2000."


def problem(question: str, *context: str, answers=("Lake Mills",), category="during", support=()):
    return Problem("p", "cotempqa", category, context, question, tuple(answers), tuple(support))


@pytest.mark.parametrize(
    ("question", "context", "expected"),
    [
        (
            SAME_SUBJECT,
            ["Mira Vold works for Lake Mills in 1995.", ANCHOR],
            Derivation(("Lake Mills",), "during", (0,), (1,)),
        ),
        (  # the anchor's own fact is no answer, nor is what another did, or what was not asked
            SAME_SUBJECT,
            [
                ANCHOR,
                "Oru Den works for Hill Mills in 1995.",
                "Mira Vold attended Tarn School in 1995.",
                "Mira Vold works for Old Mills in 1980.",
                "Mira Vold works for Lake Mills from 1985 to 1995.",
            ],
            Derivation(("Lake Mills",), "overlap", (4,), (0,)),
        ),
        (
            ASKS_POSITION,
            [ANCHOR, "Mira Vold holds the position of warden from 1990 to 2000."],
            Derivation(("warden",), "equal", (1,), (0,)),
        ),
        (  # another's employer may be the anchor's own
            OTHER_SUBJECT,
            [ANCHOR, "Oru Den works for Tarn Mills in 1995."],
            Derivation(("Tarn Mills",), "during", (1,), (0,)),
        ),
        (  # answers in context order, each once; more than one kind is a mix
            ASKS_SUBJECT,
            [
                "Oru Den works for Tarn Mills in 1995.",
                ANCHOR,
                "Ila Sor works for Tarn Mills from 1980 to 1991.",
                "Oru Den works for Tarn Mills from 1999 to 2005.",
                "Ila Sor works for Lake Mills in 1995.",
            ],
            Derivation(("Oru Den", "Ila Sor"), "mix", (0, 2, 3), (1,)),
        ),
        (  # every fact of the event counts
            SAME_SUBJECT,
            [
                ANCHOR,
                "Mira Vold works for Tarn Mills in 1970.",
                "Mira Vold works for Lake Mills in 1970.",
            ],
            Derivation(("Lake Mills",), "equal", (2,), (0, 1)),
        ),
        (  # a sentence that is no fact is passed over, and indices stay those of the context
            SAME_SUBJECT,
            ["Nothing is known.", ANCHOR, "Mira Vold works for Lake Mills in 1995."],
            Derivation(("Lake Mills",), "during", (2,), (1,)),
        ),
        ("Who worked for Tarn Mills?", [ANCHOR], Derivation(failure=NO_GRAMMAR)),
        (
            SAME_SUBJECT,
            ["Mira Vold works for Lake Mills in 1995."],
            Derivation(failure=NO_ANCHOR),
        ),
        (
            SAME_SUBJECT,
            [ANCHOR, "Mira Vold works for Lake Mills in 1980."],
            Derivation(anchor=(0,), failure=NO_ANSWER),
        ),
    ],
)
def test_answers_label_and_facts_follow_from_the_text(question, context, expected):
    assert solve(problem(question, *context)) == expected


def test_gold_fields_are_not_looked_at():
    context = [ANCHOR, "Mira Vold works for Lake Mills in 1995."]
    told = problem(SAME_SUBJECT, *context, answers=("elsewhere",), category="mix", support=(0,))
    assert solve(told) == solve(problem(SAME_SUBJECT, *context))


@given(st.text(), st.lists(st.text(min_size=1), min_size=1, max_size=4))
def test_any_problem_gives_a_derivation(question, context):
    assert solve(problem(question, *context)).failure is not None


POINTS = [
    ANCHOR,
    "Mira Vold works for Lake Mills in 1995.",
    "Mira Vold works for Hill Mills in 1995.",
    "Mira Vold works for Dale Mills from 1996 to 1998.",
]


@pytest.mark.parametrize(
    ("told", "cause"),
    [
        (
            problem(SAME_SUBJECT, *POINTS, answers=("Lake Mills", "Hill Mills")),
            ONE_DATE,
        ),
        (problem(SAME_SUBJECT, *POINTS, answers=("Dale Mills",)), UNEXPLAINED),
        (
            problem(SAME_SUBJECT, ANCHOR, POINTS[1], answers=("Lake Mills", "Far Mills")),
            UNEXPLAINED,
        ),
        (
            problem(
                SAME_SUBJECT,
                ANCHOR,
                POINTS[1],
                "Mira Vold attended Tarn School in 1995.",
                answers=("Lake Mills", "Tarn School"),
            ),
            OTHER_RELATION,
        ),
        (
            problem(
                OTHER_SUBJECT,
                ANCHOR,
                "Oru Den works for Tarn Mills in 1995.",
                "Oru Den works for Lake Mills in 1996.",
            ),
            ANCHOR_OBJECT,
        ),
        (
            problem(
                SAME_SUBJECT,
                ANCHOR,
                POINTS[1],
                "Mira Vold works for Tarn Mills in 1970.",
                "Mira Vold works for Old Mills in 1970.",
            ),
            REPEATED_TERM,
        ),
        (  # same answers, another label: an employer of both may have lent it its time
            problem(
                OTHER_SUBJECT,
                ANCHOR,
                "Oru Den works for Lake Mills in 1995.",
                "Mira Vold works for Lake Mills from 1995 to 2005.",
                category="mix",
            ),
            OTHER_FACT,
        ),
        (
            problem(SAME_SUBJECT, ANCHOR, POINTS[1], category="mix"),
            UNEXPLAINED,
        ),
        (
            problem(
                SAME_SUBJECT,
                ANCHOR,
                POINTS[1],
                "Mira Vold works for Lake Mills in 1970.",
                support=(1, 2),
            ),
            NAMES_ONLY,
        ),
        (
            problem(SAME_SUBJECT, ANCHOR, POINTS[1], support=(0,)),
            UNEXPLAINED,
        ),
        (problem("Who?", ANCHOR), UNEXPLAINED),
    ],
)
def test_each_disagreement_has_its_cause(told, cause):
    assert explain_disagreement(told, solve(told)) == cause
    assert cause.startswith(("label noise: ", "own limit: "))


def _shares(problems, derivations, agree):
    rows = [(p.category, agree(p, d)) for p, d in zip(problems, derivations, strict=True)]
    return {
        label: sum(ok for category, ok in rows if category == label)
        / sum(category == label for category, _ in rows)
        for label in LABELS
    }


def test_what_the_rules_reach_on_the_release(release):
    problems = [p for p in read_release(release, Intake()) if _on_every_disk(p)]
    derivations = [solve(p) for p in problems]
    assert len(problems) == 2271
    assert all(d.failure is None for d in derivations)
    answers = _shares(problems, derivations, lambda p, d: set(p.answers) == set(d.answers))
    assert answers == pytest.approx(
        {"equal": 1, "during": 565 / 619, "overlap": 650 / 653, "mix": 540 / 563}
    )
    labels = _shares(problems, derivations, lambda p, d: p.category == d.category)
    assert labels == pytest.approx(
        {"equal": 1, "during": 596 / 619, "overlap": 650 / 653, "mix": 540 / 563}
    )


def test_every_disagreement_with_the_release_is_label_noise(release):
    problems = [p for p in read_release(release, Intake()) if _on_every_disk(p)]
    causes: dict[str, int] = {}
    for told in problems:
        derived = solve(told)
        if set(derived.answers) != set(told.answers):
            cause = explain_disagreement(told, derived)
            causes[cause] = causes.get(cause, 0) + 1
        elif derived.category != told.category:
            assert explain_disagreement(told, derived) == OTHER_FACT
        elif derived.support != told.support:
            assert explain_disagreement(told, derived) == NAMES_ONLY
    assert causes == {
        ONE_DATE: 50,
        OTHER_RELATION: 25,
        ANCHOR_OBJECT: 3,
        REPEATED_TERM: 2,
    }


def _on_every_disk(told: Problem) -> bool:
    """Public copies of the release may lack the training part of during."""
    return told.category != "during" or told.meta["split"] == "test"


def test_an_answer_that_the_context_cannot_give_is_told():
    told = Problem("p", "cotempqa", "mix", ("A met B.",), "Who?", ("A", "C", "D"), ())
    assert check(told) == "no fact names 'C', 'D'"
    assert check(Problem("p", "cotempqa", "mix", ("A met B.",), "Who?", ("A", "B"), ())) is None
