"""What facts point to when no dates are compared, and facts of another time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact.common.intake import Intake
from artifact.datasets import get
from artifact.datasets.cotempqa.mislead import answer_from, misleading_facts
from artifact.datasets.problem import Problem

COTEMPQA = get("cotempqa")
LOOKALIKES = COTEMPQA.lookalikes.generate(300, 11)

EVENT = "Orla Fenn works for Dunmere Press from 1950 to 1960."
WARDEN = "Orla Fenn holds the position of Warden of Skell in 1955."
REEVE = "Orla Fenn holds the position of Reeve of Skell from 1970 to 1971."
BAILIFF = "Orla Fenn holds the position of Bailiff of Thurle from 1975 to 1980."
DEPUTY = "Orla Fenn holds the position of Deputy Warden of Skell in 1981."
AGAIN = "Orla Fenn holds the position of Warden of Skell in 1990."
SCHOOL = "Orla Fenn attended Thurle School in 1955."
CLERK = "Ivo Brandt holds the position of Clerk of Thurle in 1955."
IVO = "Ivo Brandt works for Dunmere Press from 1951 to 1952."
UNA = "Una Holm works for Dunmere Press from 1970 to 1972."
STRAY = "Some sentence without a date."

POSTS = Problem(
    id="posts",
    dataset="cotempqa",
    category="during",
    context=(EVENT, WARDEN, REEVE, AGAIN, SCHOOL, CLERK, STRAY),
    question="While Orla Fenn was working for Dunmere Press, which position did Orla Fenn hold "
    "simultaneously?",
    answers=("Warden of Skell",),
    support=(1,),
)
STAFF = replace(
    POSTS,
    id="staff",
    context=(EVENT, IVO, UNA, CLERK),
    question="While Orla Fenn was working for Dunmere Press, who also worked for Dunmere Press "
    "simultaneously?",
    answers=("Ivo Brandt",),
)


@pytest.mark.parametrize(
    ("problem", "facts", "answers"),
    [
        (POSTS, [WARDEN], ("Warden of Skell",)),
        (POSTS, [REEVE], ("Reeve of Skell",)),
        (POSTS, [REEVE, WARDEN], ("Reeve of Skell", "Warden of Skell")),
        (POSTS, [WARDEN, AGAIN], ("Warden of Skell",)),
        (POSTS, [EVENT, REEVE, CLERK], ("Reeve of Skell",)),
        (POSTS, [EVENT], None),
        (POSTS, [SCHOOL], None),
        (POSTS, [CLERK], None),
        (POSTS, [STRAY], None),
        (POSTS, [], None),
        (STAFF, [IVO], ("Ivo Brandt",)),
        (STAFF, [UNA], ("Una Holm",)),
        (STAFF, [EVENT], None),
        (STAFF, [CLERK], None),
        (replace(POSTS, question="Who knows?"), [WARDEN], None),
    ],
)
def test_what_facts_point_to(
    problem: Problem, facts: list[str], answers: tuple[str, ...] | None
) -> None:
    assert answer_from(problem, facts) == answers


@pytest.mark.parametrize(
    ("problem", "facts"),
    [
        (POSTS, (REEVE,)),
        (STAFF, (UNA,)),
        (replace(POSTS, context=(WARDEN, EVENT, BAILIFF, REEVE), support=(0, 1)), (BAILIFF, REEVE)),
        (replace(POSTS, context=(WARDEN, EVENT, REEVE), support=(0, 1)), (REEVE,)),
        (replace(POSTS, context=(EVENT, WARDEN, AGAIN)), None),
        (replace(POSTS, context=(EVENT, WARDEN, DEPUTY)), None),
        (replace(POSTS, context=(EVENT, WARDEN, REEVE), answers=("Reeve of Skell",)), None),
        (replace(POSTS, question="Who knows?"), None),
    ],
    ids=[
        "one of another time",
        "a subject",
        "as many as gold ones, in context order",
        "fewer than gold ones",
        "gold at another time",
        "gold within another term",
        "right, though not gold",
        "no question of the dataset",
    ],
)
def test_facts_that_mislead(problem: Problem, facts: tuple[str, ...] | None) -> None:
    for seed in range(5):
        assert misleading_facts(problem, Random(seed)) == facts


def test_which_facts_mislead_is_drawn() -> None:
    problem = replace(POSTS, context=(EVENT, WARDEN, REEVE, BAILIFF))
    drawn = {misleading_facts(problem, Random(seed)) for seed in range(20)}
    assert drawn == {(REEVE,), (BAILIFF,)}


@pytest.mark.parametrize("problem", LOOKALIKES, ids=lambda problem: problem.id)
def test_facts_of_a_lookalike(problem: Problem) -> None:
    own = answer_from(problem, problem.supporting_facts)
    assert own is not None
    assert set(own) == set(problem.answers)
    facts = misleading_facts(problem, Random(3))
    assert facts == misleading_facts(problem, Random(3))
    if facts is None:
        return
    places = [problem.context.index(fact) for fact in facts]
    assert places == sorted(set(places))
    assert set(places).isdisjoint(problem.support)
    assert len(facts) <= len(problem.support)
    answers = answer_from(problem, facts)
    assert answers
    assert set(answers).isdisjoint(problem.answers)


@given(st.sampled_from(LOOKALIKES), st.data())
def test_facts_together_point_where_each_does(problem: Problem, data: st.DataObject) -> None:
    facts = data.draw(st.lists(st.sampled_from(problem.context)))
    each = [answer_from(problem, [fact]) or () for fact in facts]
    assert (answer_from(problem, facts) or ()) == tuple(dict.fromkeys(sum(each, ())))


@given(st.lists(st.text()))
def test_any_text_can_be_given_for_facts(facts: list[str]) -> None:
    assert answer_from(POSTS, facts) is None


def test_nearly_every_problem_can_be_misled() -> None:
    misled = sum(misleading_facts(p, Random(p.id)) is not None for p in LOOKALIKES)
    assert misled > 0.95 * len(LOOKALIKES)


def test_gold_facts_of_the_release_mostly_give_its_gold_answers(release: Path) -> None:
    problems = COTEMPQA.release.read_problems(release, Intake(skip_bad=True))
    agreeing = [
        set(answer_from(problem, problem.supporting_facts) or ()) == set(problem.answers)
        for problem in problems
    ]
    assert sum(agreeing) > 0.97 * len(problems)
