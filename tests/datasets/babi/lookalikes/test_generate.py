"""Look-alikes: right by construction, different from each other and from bAbI, like the release."""

from __future__ import annotations

import re
import time
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artifact.common.errors import InputError
from artifact.common.intake import Intake
from artifact.datasets.babi import story_of
from artifact.datasets.babi.labels import LABELS
from artifact.datasets.babi.lookalikes import vocabulary
from artifact.datasets.babi.lookalikes.generate import MAKERS, draw
from artifact.datasets.babi.lookalikes.statistics import describe, release_statistics
from artifact.datasets.babi.release.problems import read_release
from artifact.datasets.babi.solve import check, solve
from artifact.datasets.problem import Problem, counts_by_category


def generate(*arguments: Any) -> list[Problem]:
    return list(draw(*arguments))


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**9))
def test_gold_is_what_the_solver_derives(seed):
    for problem in generate(200, seed):
        derived = solve(problem)
        assert derived.failure is None, problem
        assert derived.answers == problem.answers, problem
        assert derived.category == problem.category, problem
        assert derived.support == problem.support, problem
        assert check(problem) is None, problem


def test_equal_seeds_give_equal_lists_and_others_do_not():
    assert generate(150, 7) == generate(150, 7)
    assert generate(150, 7) != generate(150, 8)


@pytest.mark.parametrize("n", [0, 1, 10, 997])
def test_exactly_as_many_as_asked_for(n):
    problems = generate(n, 3)
    assert len(problems) == n == len({problem.id for problem in problems})


def test_types_come_in_the_shares_of_the_release():
    counts = counts_by_category(generate(4149, 0))
    assert counts == {label: task.n for label, task in sorted(release_statistics().tasks.items())}


def test_other_shares_can_be_asked_for():
    assert counts_by_category(generate(7, 0, {"counting": 2, "conjunction": 1})) == {
        "conjunction": 2,
        "counting": 5,
    }


def test_types_are_mixed():
    first = {problem.category for problem in generate(2000, 0)[:200]}
    assert len(first) > 8


def test_every_type_can_be_made():
    assert set(MAKERS) == set(LABELS)


def test_ten_thousand_different_stories_in_seconds():
    start = time.perf_counter()
    problems = generate(10_000, 0)
    assert time.perf_counter() - start < 20
    assert len({story_of(problem) for problem in problems}) == 10_000


def test_more_stories_than_the_names_can_tell_are_refused():
    with pytest.raises(InputError, match="more stories of positional-reasoning"):
        generate(100_000, 0, {"positional-reasoning": 1})


def test_a_negative_number_is_refused():
    with pytest.raises(InputError, match="-1 is negative"):
        generate(-1, 0)


def invented() -> set[str]:
    """Every word of the vocabulary but the grammar's own."""
    names = [
        name for names in vars(vocabulary).values() if isinstance(names, tuple) for name in names
    ]
    return {word.lower() for name in names for word in name.split()} - {"of"}


def test_no_invented_name_occurs_in_the_release(release):
    words = Counter(
        word
        for problem in read_release(release, Intake())
        for text in (*problem.context, problem.question)
        for word in re.findall(r"\w+", text.lower())
    )
    assert len(invented()) >= 50
    assert invented().isdisjoint(words)


def test_no_story_occurs_in_the_release(release):
    released = {problem.context for problem in read_release(release, Intake())}
    assert released.isdisjoint(problem.context for problem in generate(2000, 1))


TOLERANCES = {
    "mean_facts": 0.15,  # of the release's mean
    "answers": 0.06,  # of all problems of the type, as below
    "support": 0.06,
    "fact_forms": 0.06,
    "question_forms": 0.06,
    "last_is_gold": 0.12,
}


@pytest.mark.parametrize("label", LABELS)
def test_look_alikes_have_the_statistics_of_the_release(label):
    ours = describe(generate(4000, 0, {label: 1})).tasks[label]
    released = release_statistics().tasks[label]
    assert ours.mean_facts == pytest.approx(released.mean_facts, rel=TOLERANCES["mean_facts"])
    assert ours.last_is_gold == pytest.approx(released.last_is_gold, abs=TOLERANCES["last_is_gold"])
    for name in ("answers", "support", "fact_forms", "question_forms"):
        shares, expected = getattr(ours, name), getattr(released, name)
        assert set(expected) <= set(shares)
        for value, share in shares.items():
            assert share == pytest.approx(expected.get(value, 0.0), abs=TOLERANCES[name]), value


def test_the_longest_stories_are_as_long_as_the_releases():
    ours = describe(generate(4149, 0)).tasks
    for label, released in release_statistics().tasks.items():
        assert released.max_facts / 2 <= ours[label].max_facts <= released.max_facts * 2, label
