from __future__ import annotations

import re
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artifact.common.errors import InputError
from artifact.datasets.cotempqa.grammar import (
    QUESTION_PAIRS,
    RELATIONS,
    TAILS,
    Question,
    parse_fact,
    parse_question,
)
from artifact.datasets.cotempqa.lookalikes.fact_roles import annotate
from artifact.datasets.cotempqa.lookalikes.generate import draw
from artifact.datasets.cotempqa.shortcuts import year_overlap
from artifact.datasets.cotempqa.solve import solve
from artifact.datasets.problem import Problem, content_hash

N, SEED = 3000, 11


def generate(*arguments: Any) -> list[Problem]:
    return list(draw(*arguments))


@pytest.fixture(scope="module")
def problems() -> list[Problem]:
    return generate(N, SEED)


def question_of(problem: Problem) -> Question:
    question = parse_question(problem.question)
    assert question is not None
    return question


def names_in(problem: Problem) -> set[str]:
    facts = [fact for text in problem.context if (fact := parse_fact(text)) is not None]
    assert len(facts) == len(problem.context)
    return {fact.subject for fact in facts} | {fact.object for fact in facts}


def test_the_seed_fixes_the_problems(problems: list[Problem]) -> None:
    assert content_hash(generate(200, SEED)) == content_hash(problems[:200])
    assert {p.question for p in generate(200, SEED + 1)}.isdisjoint(p.question for p in problems)
    assert generate(0, SEED) == []


def test_each_problem_has_its_own_id(problems: list[Problem]) -> None:
    assert problems[7].id == "lookalike-11-000007"
    assert problems[7].meta["index"] == 7
    assert len({problem.id for problem in problems}) == N


def assert_gold_is_right(problem: Problem) -> None:
    derived = solve(problem)
    assert derived.answers == problem.answers
    assert derived.category == problem.category
    assert derived.support == problem.support
    naming_a_gold_answer = tuple(
        index
        for index, fact in enumerate(problem.context)
        if any(answer.lower() in fact.lower() for answer in problem.answers)
    )
    assert naming_a_gold_answer == problem.support


def test_gold_is_what_the_rules_derive(problems: list[Problem]) -> None:
    for problem in problems:
        assert_gold_is_right(problem)


@given(st.integers(min_value=0))
@settings(deadline=None, max_examples=25)
def test_gold_is_what_the_rules_derive_for_any_seed(seed: int) -> None:
    for problem in generate(12, seed):
        assert_gold_is_right(problem)


def test_triple_class_is_the_questions(problems: list[Problem]) -> None:
    for problem in problems:
        assert problem.meta["triple_element"] == question_of(problem).triple_class


def test_every_form_of_question_occurs(problems: list[Problem]) -> None:
    questions = [question_of(problem) for problem in problems]
    assert {question.tail for question in questions} == set(TAILS)
    assert {(q.relation, q.asked_relation, q.asks) for q in questions} == set(QUESTION_PAIRS)
    assert len({question.triple_class for question in questions}) == 5


def test_even_few_problems_hold_every_category() -> None:
    shares = Counter(problem.category for problem in generate(100, 3))
    assert shares["during"] == pytest.approx(65, abs=2)
    assert min(shares.values()) >= 8


def test_no_subject_occurs_in_two_problems(problems: list[Problem]) -> None:
    owners: dict[str, str] = {}
    for problem in problems:
        for text in problem.context:
            fact = parse_fact(text)
            assert fact is not None
            assert owners.setdefault(fact.subject, problem.id) == problem.id


def test_no_name_is_within_another_of_its_problem(problems: list[Problem]) -> None:
    for problem in problems[:500]:
        names = [name.lower() for name in names_in(problem)]
        assert all("\n".join(names).count(name) == 1 for name in names)


def test_comparing_years_does_not_answer(problems: list[Problem]) -> None:
    right = sum(set(year_overlap(p, ())) == set(p.answers) for p in problems)
    assert 0.1 < right / N < 0.4


def test_no_wording_sets_distractors_apart(problems: list[Problem]) -> None:
    past = {f" {r.past} " for r in RELATIONS.values() if r.past != r.present}
    assert not [f for p in problems for f in p.context if any(phrase in f for phrase in past)]


def test_rivals_say_the_same_of_another_time(problems: list[Problem]) -> None:
    for problem in problems[:500]:
        seen = annotate(problem)
        assert seen is not None
        question = seen.question
        for fact in seen.of("answer") + seen.of("rival"):
            if question.asked_subject is None:
                assert (fact.relation, fact.object) == (question.relation, question.object)
            else:
                assert fact.subject == question.asked_subject
                assert fact.relation == question.asked_relation


def test_ten_thousand_problems_take_less_than_twenty_seconds() -> None:
    def seconds() -> float:
        started = time.process_time()
        generate(500, 1)
        return time.process_time() - started

    assert min(seconds() for _ in range(3)) < 20 * 500 / 10_000


def test_no_name_occurs_in_the_release(problems: list[Problem], release: Path) -> None:
    """Each holds a word that is not there, so the whole name is not there."""
    word = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
    known: set[str] = set()
    for path in sorted((release / "main" / "data" / "cotempqa").rglob("*.*")):
        known |= set(word.findall(path.read_text("utf-8").lower()))
    for problem in problems:
        for name in names_in(problem):
            assert not known.issuperset(word.findall(name.lower())), name


# Sizes


def test_the_release_has_blocks_of_ten(problems: list[Problem]) -> None:
    assert generate(100, SEED, 10) == problems[:100]


@pytest.mark.parametrize(("size", "blocks"), [(1, 1), (3, 1), (5, 1), (3, 2), (5, 2), (20, 2)])
def test_the_size_is_that_of_a_block(size: int, blocks: int) -> None:
    """Nothing but the event and its answers stands in a block that these already fill."""
    form = {1: "S1_R1_O2", 2: "S1_R2_O2"}[blocks]
    asked = [it for it in generate(300, SEED, size) if it.meta["triple_element"] == form]
    assert asked
    for problem in asked:
        in_blocks = blocks * size
        if len(problem.answers) + 1 + (blocks - 1) * (size - 1) > in_blocks:
            continue
        assert abs(len(problem.context) - in_blocks) <= round(size * 0.6) + 1


@pytest.mark.parametrize("size", [1, 2, 4, 20, 100])
def test_gold_is_what_the_rules_derive_at_any_size(size: int) -> None:
    for problem in generate(40, SEED, size):
        assert_gold_is_right(problem)
        assert problem.id.startswith(f"lookalike{size}-{SEED}-")


def test_fewer_facts_leave_more_to_the_shortcuts() -> None:
    def right(size: int) -> int:
        problems = generate(200, SEED, size)
        return sum(set(year_overlap(it, problems)) == set(it.answers) for it in problems)

    assert right(2) > right(5) > right(10)


def test_too_large_a_block_is_one_line() -> None:
    with pytest.raises(InputError, match="101 facts need more names than there are"):
        generate(1, SEED, 101)
