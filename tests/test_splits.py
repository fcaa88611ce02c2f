"""The release's rule picks the release's rows; the grouped split keeps groups whole."""

from __future__ import annotations

import csv
import sys
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact.errors import InputError
from artifact.problems import Problem
from artifact.splits import grouped_split, release_split


def problem(index: int, category: str, group: str) -> Problem:
    return Problem(
        id=f"p{index}",
        dataset="invented",
        category=category,
        context=(f"Fact {index}.",),
        question="Which fact?",
        answers=(str(index),),
        support=(0,),
        meta={"group": group},
    )


def group_of(problem: Problem) -> str:
    return str(problem.meta["group"])


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
    st.tuples(st.sampled_from(["a", "b", "c"]), st.integers(0, 30)), max_size=120
).map(lambda pairs: [problem(i, c, f"g{g}") for i, (c, g) in enumerate(pairs)])


@given(problems_with_groups, st.floats(0.05, 0.95), st.integers(0, 5))
def test_grouped_split_parts_the_problems_and_no_group(
    problems: list[Problem], share: float, seed: int
) -> None:
    split = grouped_split(problems, group_of, share, seed)
    assert {group_of(p) for p in split.train}.isdisjoint(group_of(p) for p in split.test)
    assert sorted(p.id for p in split.train + split.test) == sorted(p.id for p in problems)
    order = {p.id: i for i, p in enumerate(problems)}
    for side in (split.train, split.test):
        assert [order[p.id] for p in side] == sorted(order[p.id] for p in side)


def test_grouped_split_keeps_the_share_in_each_category() -> None:
    shares = {"small": 100, "middle": 300, "large": 900}
    problems = [
        problem(i, category, f"{category}-{i // 3}")
        for category, count in shares.items()
        for i in range(count)
    ]
    counts = Counter(p.category for p in grouped_split(problems, group_of, 0.2, 7).test)
    for category, count in shares.items():
        assert abs(counts[category] - 0.2 * count) <= 3


def test_grouped_split_of_many_tiny_categories_still_tests_some() -> None:
    problems = [problem(i, f"c{i}", f"g{i}") for i in range(10)]
    assert len(grouped_split(problems, group_of, 0.2, 0).test) == 2


def test_grouped_split_hangs_on_the_seed_alone() -> None:
    problems = [problem(i, "a", f"g{i % 40}") for i in range(200)]
    first = grouped_split(problems, group_of, 0.2, 1)
    assert first == grouped_split(problems, group_of, 0.2, 1)
    assert first != grouped_split(problems, group_of, 0.2, 2)


@pytest.mark.parametrize("share", [0, 1, -0.2, 20])
def test_grouped_split_refuses_a_share_that_is_no_fraction(share: float) -> None:
    with pytest.raises(InputError, match=r"field 'test_share': is .*between 0 and 1"):
        grouped_split([problem(0, "a", "g")], group_of, share, 0)
