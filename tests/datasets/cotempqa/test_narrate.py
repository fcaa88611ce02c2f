"""The three texts: they visit every fact, keep their length, and state the right answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from artifact.common.intake import Intake
from artifact.datasets import get
from artifact.datasets.cotempqa.narrate import anchored_trace, narrate
from artifact.datasets.cotempqa.template import TEMPLATE
from artifact.datasets.dataset import SUMMARY_WORDS, Narration
from artifact.datasets.problem import Problem

LOOKALIKES = get("cotempqa").lookalikes.generate(300, 11)


def a_problem(question: str, context: tuple[str, ...], *answers: str) -> Problem:
    return Problem(
        id="invented",
        dataset="cotempqa",
        category="during",
        context=context,
        question=question,
        answers=answers,
        support=(),
    )


TWO_POSTS = a_problem(
    "While Orla Fenn was working for Dunmere Press, which position did Orla Fenn hold "
    "simultaneously?",
    (
        "Orla Fenn works for Dunmere Press from 1950 to 1960.",
        "Orla Fenn holds the position of Warden of Skell in 1955.",
        "Orla Fenn holds the position of Reeve of Skell from 1949 to 1951.",
        "Orla Fenn holds the position of Bailiff of Thurle from 1960 to 1970.",
        "Orla Fenn attended Thurle School in 1955.",
        "Ivo Brandt holds the position of Clerk of Thurle in 1955.",
        "Some sentence without a date.",
    ),
    "Warden of Skell",
    "Reeve of Skell",
)


def told(problem: Problem) -> Narration:
    narration = narrate(problem)
    assert narration is not None
    return narration


@pytest.mark.parametrize("problem", LOOKALIKES, ids=lambda problem: problem.id)
def test_texts_of_a_lookalike(problem: Problem) -> None:
    narration = told(problem)
    assert narration.made == "rule"
    for number, fact in enumerate(problem.context, start=1):
        assert f"\n{number}. {fact} " in narration.verbose
    assert len(narration.summary.split()) < SUMMARY_WORDS
    names = " and ".join(problem.answers) if len(problem.answers) < 3 else problem.answers[-1]
    assert narration.verbose.endswith(f"{names}.")
    assert narration.summary.endswith(f"{names}.")
    for text in (narration.verbose, narration.summary, narration.explanation):
        assert all(answer in text for answer in problem.answers)
        assert "  " not in text


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        (0, "That is the event in the question itself."),
        (1, "That lies within the event's time."),
        (2, "That begins before the event and runs on into its time."),
        (3, "That began just as the event ended."),
        (4, "That is a school, and I'm looking for a position, so I skip it."),
        (5, "That is about Ivo Brandt, not Orla Fenn, so I skip it."),
        (6, "There is no date in it that I can compare, so I leave it aside."),
    ],
)
def test_each_fact_gets_its_verdict(fact: int, said: str) -> None:
    assert f"{TWO_POSTS.context[fact]} {said}" in told(TWO_POSTS).verbose


MEETING = {
    ("in 1950", "in 1950"): "That is exactly the event's time. ",
    ("in 1955", "from 1950 to 1960"): "The event's date lies within that span. ",
    ("from 1952 to 1954", "from 1950 to 1960"): "That spans the whole of the event's time. ",
    ("from 1950 to 1954", "from 1952 to 1960"): "That begins in the event's time and goes on ",
}
APART = {
    ("in 1950", "in 1949"): "That is before the event. ",
    ("in 1950", "in 1951"): "That is after the event. ",
    ("from 1950 to 1952", "from 1940 to 1941"): "That was over before the event. ",
    ("from 1950 to 1952", "from 1960 to 1961"): "That began only after the event. ",
    ("from 1950 to 1952", "from 1940 to 1950"): "That ended just as the event began. ",
    # a year says nothing of the day: neither before nor after is claimed
    ("in May 3, 1950", "in 1950"): "By its dates that is not within the event's time. ",
}


@pytest.mark.parametrize("times", [*MEETING, *APART], ids=" / ".join)
def test_how_times_compare_is_said(times: tuple[str, str]) -> None:
    event, other = times
    problem = a_problem(
        "While Orla Fenn was working for Dunmere Press, who also worked for Dunmere Press "
        "concurrently?",
        (
            f"Orla Fenn works for Dunmere Press {event}.",
            f"Ivo Brandt works for Dunmere Press {other}.",
            f"Ada Quill works for Dunmere Press {event}.",
        ),
        *(["Ivo Brandt"] if times in MEETING else []),
        "Ada Quill",
    )
    said = (MEETING | APART)[times]
    assert f"{problem.context[1]} {said}" in told(problem).verbose


def test_the_nearest_miss_is_looked_at_again() -> None:
    verbose = told(TWO_POSTS).verbose
    second_look = verbose.split("\n\n")[-3]
    assert "Bailiff of Thurle" in second_look
    assert "1960 to 1970" in second_look


def test_the_summary_counts_what_could_answer() -> None:
    assert "the context has 3 positions of Orla Fenn" in told(TWO_POSTS).summary


def test_the_explanation_opens_with_the_answer_and_names_what_is_beside_the_point() -> None:
    explanation = told(TWO_POSTS).explanation
    assert explanation.startswith("The answers are Warden of Skell and Reeve of Skell.")
    assert explanation.endswith("The remaining 3 facts are about something else.")


def test_the_same_problem_is_told_the_same_way() -> None:
    assert narrate(TWO_POSTS) == narrate(TWO_POSTS)


def test_problems_differ_in_phrase() -> None:
    openings = {told(problem).verbose[:12] for problem in LOOKALIKES[:40]}
    assert len(openings) > 1


def test_answers_that_the_dates_do_not_give_are_not_told() -> None:
    wrong = a_problem(TWO_POSTS.question, TWO_POSTS.context, "Bailiff of Thurle")
    assert narrate(wrong) is None
    assert narrate(a_problem("Who?", TWO_POSTS.context, "Warden of Skell")) is None


def test_every_derivable_problem_of_the_release_is_told_in_time(release: Path) -> None:
    dataset = get("cotempqa")
    problems = dataset.release.read_problems(release, Intake(skip_bad=True))
    for problem in problems:
        narration = narrate(problem)
        right = set(dataset.rules.solve(problem).answers) == set(problem.answers)
        assert (narration is not None) == right
        if narration is not None:
            assert len(narration.summary.split()) < SUMMARY_WORDS, problem.id
            assert all(fact in narration.verbose for fact in problem.context)


QUESTION = (
    "While Mira Vold was working for Tarn Mills, which employer did Mira Vold work for "
    "concurrently?"
)
ANCHOR = "Mira Vold works for Tarn Mills from 1990 to May 2, 2000."
ANSWER = "Mira Vold works for O'Lake Mills in 1995."
BESIDE = "Mira Vold works for Old Mills in 1980."
PROBLEM = Problem(
    "p", "cotempqa", "during", (ANCHOR, ANSWER, BESIDE), QUESTION, ("O'Lake Mills",), (1,)
)


def test_an_anchored_trace_gives_the_event_and_the_comparison_before_the_rest():
    assert anchored_trace(PROBLEM) == (
        f"The event in question is stated by: ['{ANCHOR}']\n"
        "O'Lake Mills in 1995, compared with the event from 1990 to May 2, 2000: during.\n"
        + TEMPLATE.trace("during", [ANSWER])
    )


@pytest.mark.parametrize(
    ("question", "context"),
    [
        ("Who?", (ANCHOR, ANSWER, BESIDE)),
        (QUESTION, (BESIDE, ANSWER, BESIDE)),
        (QUESTION, (ANCHOR, ANSWER.replace("1995", "1970"), BESIDE)),
        (QUESTION, (ANCHOR, "O'Lake Mills is unknown.", BESIDE)),
    ],
)
def test_no_anchored_trace_without_event_or_comparison(question, context):
    told = Problem("p", "cotempqa", "during", context, question, ("O'Lake Mills",), (1,))
    assert anchored_trace(told) is None
