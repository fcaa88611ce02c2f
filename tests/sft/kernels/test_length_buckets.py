"""Batches hold examples of like length, each example once, in an order that can be repeated."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact.sft.kernels.length_buckets import LengthBuckets, batches

LENGTHS = [3, 90, 40, 41, 5, 200, 88, 39, 4, 210, 91]


def order(seed: int, epoch: int, batch: int = 3) -> list[int]:
    sampler = LengthBuckets(LENGTHS, batch, seed)
    sampler.set_epoch(epoch)
    return list(sampler)


@pytest.mark.parametrize("epoch", range(5))
def test_an_epoch_has_every_example_once_in_batches_of_like_length(epoch: int) -> None:
    drawn = order(0, epoch)
    assert sorted(drawn) == list(range(len(LENGTHS)))
    batches = [drawn[i : i + 3] for i in range(0, len(drawn), 3)]
    assert [len(batch) for batch in batches] == [3, 3, 3, 2]
    padding = sum(
        max(LENGTHS[i] for i in batch) * len(batch) - sum(LENGTHS[i] for i in batch)
        for batch in batches
    )
    assert padding < 0.05 * sum(LENGTHS)


def test_the_order_follows_from_seed_and_epoch_alone() -> None:
    assert order(1, 2) == order(1, 2)
    assert len({tuple(order(seed, epoch)) for seed in range(3) for epoch in range(3)}) == 9


@given(
    st.lists(st.integers(min_value=1, max_value=60), min_size=1, max_size=30),
    st.integers(min_value=1, max_value=7),
)
def test_batches_hold_each_prompt_once_and_follow_from_the_lengths(
    lengths: list[int], size: int
) -> None:
    prompts = [[0] * length for length in lengths]
    found = batches(prompts, size)
    assert sorted(position for batch in found for position in batch) == list(range(len(lengths)))
    assert max(map(len, found)) <= size
    in_order = [lengths[position] for batch in found for position in batch]
    assert in_order == sorted(lengths, reverse=True)
    assert batches(prompts, size) == found
