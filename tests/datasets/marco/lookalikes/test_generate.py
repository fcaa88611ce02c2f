"""Look-alikes: one passage of ten answers, types have MARCO's shares, shortcuts fail."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import pytest

from artifact.common.errors import InputError
from artifact.datasets.marco import DATASET
from artifact.datasets.marco.labels import LABELS
from artifact.datasets.marco.lookalikes.attributes import ATTRIBUTES
from artifact.datasets.marco.lookalikes.generate import TYPE_SHARES, draw
from artifact.datasets.marco.words import nearest_passage
from artifact.datasets.problem import Problem, content_hash


def generate(*arguments: Any) -> list[Problem]:
    return list(draw(*arguments))


@pytest.fixture(scope="module")
def problems() -> list[Problem]:
    return generate(1_000, 5)


def test_exactly_one_passage_holds_the_answer(problems: list[Problem]) -> None:
    for problem in problems:
        assert len(problem.context) == 10
        (answer,) = problem.answers
        holding = tuple(i for i, passage in enumerate(problem.context) if answer in passage)
        assert holding == problem.support
        assert nearest_passage(problem.context, answer) == problem.support[0]
        assert DATASET.rules.check(problem) is None


def test_the_place_asked_about_is_told_of_in_other_passages_too(problems: list[Problem]) -> None:
    for problem in problems[:100]:
        name = max(problem.question.split(), key=len)
        assert sum(name in passage.lower() for passage in problem.context) >= 2


def test_ids_and_queries_differ(problems: list[Problem]) -> None:
    assert len({problem.id for problem in problems}) == len(problems)
    assert len({problem.question.lower() for problem in problems}) == len(problems)


def test_types_have_the_shares_of_ms_marco(problems: list[Problem]) -> None:
    counts = Counter(problem.category for problem in problems)
    for label, share in TYPE_SHARES.items():
        assert counts[label] == pytest.approx(share * len(problems), abs=1)
    assert sum(TYPE_SHARES.values()) == pytest.approx(1)


@pytest.mark.parametrize("n", [1, 2, 5, 7, 30])
def test_few_problems_still_show_every_type_that_fits(n: int) -> None:
    made = generate(n, 0)
    assert len(made) == n
    assert len({problem.category for problem in made}) == min(n, len(LABELS))


def test_the_seed_fixes_everything() -> None:
    assert content_hash(generate(50, 1)) == content_hash(generate(50, 1))
    assert content_hash(generate(50, 1)) != content_hash(generate(50, 2))


@pytest.mark.parametrize("n", [0, -3])
def test_no_problems_cannot_be_asked_for(n: int) -> None:
    with pytest.raises(InputError, match=f"field 'n': is {n}"):
        generate(n, 0)


def test_every_question_names_the_place_and_every_sentence_its_value() -> None:
    for attribute in ATTRIBUTES:
        assert all("{t}" in question for question in attribute.questions)
        assert "{t}" in attribute.sentence
        assert "{v}" in attribute.sentence
    assert {attribute.category for attribute in ATTRIBUTES} == set(LABELS)


@pytest.mark.parametrize(
    ("rule", "at_most"),
    [("longest passage", 0.2), ("first passage", 0.15), ("passage nearest the question", 0.75)],
)
def test_passage_shortcuts_rarely_meet_the_gold_passage(
    problems: list[Problem], rule: str, at_most: float
) -> None:
    picked = [DATASET.rules.shortcuts[rule](problem, ()) for problem in problems]
    met = sum(
        answer == problem.supporting_facts for answer, problem in zip(picked, problems, strict=True)
    )
    assert met / len(problems) <= at_most


def test_ten_thousand_problems_take_seconds() -> None:
    start = time.process_time()
    generate(10_000, 1)
    assert time.process_time() - start < 20
