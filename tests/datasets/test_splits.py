"""The release's rule picks the release's rows; the grouped split leaves no group on both sides."""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact import datasets
from artifact.common.errors import InputError
from artifact.common.intake import Intake
from artifact.datasets.problem import Problem
from artifact.datasets.splits import RELEASE_SHARE, Split, grouped_split, release_split


def problem(index: int, category: str, *groups: str) -> Problem:
    return Problem(
        id=f"p{index}",
        dataset="invented",
        category=category,
        context=(f"Fact {index}.",),
        question="Which fact?",
        answers=(str(index),),
        support=(0,),
        meta={"groups": " ".join(groups)},
    )


def groups_of(problem: Problem) -> tuple[str, ...]:
    return tuple(str(problem.meta["groups"]).split())


def shared_groups(split: Split, groups_of: Callable[[Problem], tuple[str, ...]]) -> set[str]:
    train, test = ({g for p in side for g in groups_of(p)} for side in (split.train, split.test))
    return train & test


def sides(split: Split) -> list[set[str]]:
    return [{problem.id for problem in side} for side in (split.train, split.test)]


@pytest.mark.parametrize(("n", "tested"), [(436, 87), (563, 113), (653, 131), (3096, 619), (5, 1)])
def test_release_split_has_the_size_of_the_stored_test_files(n: int, tested: int) -> None:
    positions = release_split(n)
    assert len(positions) == tested
    assert positions <= set(range(n))


@pytest.mark.parametrize("n", [0, 1, 7, 436])
def test_release_split_is_the_sample_of_pandas(n: int) -> None:
    frame = pd.DataFrame({"question": [f"q{i}" for i in range(n)]})
    assert release_split(n) == frozenset(frame.sample(frac=0.2, random_state=42).index)


@pytest.mark.parametrize("category", ["equal", "mix", "overlap"])
def test_release_split_names_the_rows_of_the_stored_test_file(release: Path, category: str) -> None:
    folder = release / "main" / "data" / "cotempqa"
    problems = pd.read_json(folder / f"{category}.json", lines=True)
    csv.field_size_limit(sys.maxsize)
    stored = folder / "sft_dataset_chat_template" / f"{category}_test.csv"
    with stored.open(encoding="utf-8", newline="") as rows:
        prompts = [row["question"] for row in csv.DictReader(rows)]
    questions = Counter(
        prompt.rpartition("Question: ")[2].removesuffix(" Only return the answer.\n")
        for prompt in prompts
    )
    chosen = problems.loc[sorted(release_split(len(problems))), "question"]
    assert Counter(chosen) == questions


problems_with_groups = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c"]), st.lists(st.integers(0, 60), min_size=1, max_size=3)
    ),
    max_size=120,
).map(lambda drawn: [problem(i, c, *(f"g{g}" for g in gs)) for i, (c, gs) in enumerate(drawn)])


@given(problems_with_groups, st.floats(0.05, 0.95), st.integers(0, 5))
def test_grouped_split_parts_the_problems_and_no_group(
    problems: list[Problem], share: float, seed: int
) -> None:
    split = grouped_split(problems, groups_of, share, seed)
    assert shared_groups(split, groups_of) == set()
    assert sorted(p.id for p in split.train + split.test) == sorted(p.id for p in problems)
    order = {p.id: i for i, p in enumerate(problems)}
    for side in (split.train, split.test):
        assert [order[p.id] for p in side] == sorted(order[p.id] for p in side)


def test_problems_that_others_link_stay_together() -> None:
    chain = [problem(i, "a", f"g{i}", f"g{i + 1}") for i in range(9)]
    alone = [problem(i, "a", f"h{i}") for i in range(9, 100)]
    for seed in range(20):
        split = grouped_split([*chain, *alone], groups_of, 0.2, seed)
        chained = {p.id for p in chain}
        assert any(chained <= side for side in sides(split))
        assert len(split.test) == 20


def test_a_cluster_of_more_than_twice_the_share_trains() -> None:
    large = [problem(i, "a", "large", f"g{i}") for i in range(41)]
    small = [problem(i, "b", f"g{i}") for i in range(41, 100)]
    for seed in range(20):
        train, _ = sides(grouped_split([*small, *large], groups_of, 0.2, seed))
        assert {p.id for p in large} <= train


def test_grouped_split_does_not_hang_on_the_order_of_the_problems() -> None:
    problems = [problem(i, "a", f"g{i % 40}", f"h{i % 30}") for i in range(200)]
    assert sides(grouped_split(problems, groups_of, 0.2, 1)) == sides(
        grouped_split(problems[::-1], groups_of, 0.2, 1)
    )


def assert_no_leak(name: str, problems: list[Problem]) -> None:
    """No group on both sides, and a fifth of all and of each category but for five problems."""
    dataset = datasets.get(name)
    split = grouped_split(problems, dataset.rules.groups_of)
    assert shared_groups(split, dataset.rules.groups_of) == set()
    assert len(split.test) == pytest.approx(RELEASE_SHARE * len(problems), abs=1)
    tested = Counter(p.category for p in split.test)
    for category, count in Counter(p.category for p in problems).items():
        assert tested[category] == pytest.approx(RELEASE_SHARE * count, abs=5), category


@pytest.mark.parametrize("name", datasets.names())
def test_no_group_of_look_alikes_stands_on_both_sides(name: str) -> None:
    assert_no_leak(name, datasets.get(name).lookalikes.generate(1000, 5))


@pytest.mark.parametrize("name", ["cotempqa", "babi"])
def test_no_group_of_the_release_stands_on_both_sides(name: str, release: Path) -> None:
    assert_no_leak(name, datasets.get(name).release.read_problems(release, Intake()))


def test_grouped_split_keeps_the_share_in_each_category() -> None:
    shares = {"small": 100, "middle": 300, "large": 900}
    problems = [
        problem(i, category, f"{category}-{i // 3}")
        for category, count in shares.items()
        for i in range(count)
    ]
    counts = Counter(p.category for p in grouped_split(problems, groups_of, 0.2, 7).test)
    for category, count in shares.items():
        assert abs(counts[category] - 0.2 * count) <= 3


def test_grouped_split_of_many_tiny_categories_still_tests_some() -> None:
    problems = [problem(i, f"c{i}", f"g{i}") for i in range(10)]
    assert len(grouped_split(problems, groups_of, 0.2, 0).test) == 2


def test_grouped_split_hangs_on_the_seed_alone() -> None:
    problems = [problem(i, "a", f"g{i % 40}") for i in range(200)]
    first = grouped_split(problems, groups_of, 0.2, 1)
    assert first == grouped_split(problems, groups_of, 0.2, 1)
    assert first != grouped_split(problems, groups_of, 0.2, 2)


@pytest.mark.parametrize("share", [0, 1, -0.2, 20])
def test_grouped_split_refuses_a_share_that_is_no_fraction(share: float) -> None:
    with pytest.raises(InputError, match=r"field 'test_share': is .*between 0 and 1"):
        grouped_split([problem(0, "a", "g")], groups_of, share, 0)
