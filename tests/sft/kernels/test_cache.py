"""The growing cache holds what the library's own does, and copies it seldom."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from transformers import DynamicCache

from artifact.sft.kernels.cache import STRIDE, GrowingLayer, growing_cache, whole_room
from artifact.sft.models import loading


def states(tokens: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Keys and values of new tokens."""
    generator = torch.Generator().manual_seed(seed)
    keys, values = torch.randn(2, 3, 2, tokens, 4, generator=generator)
    return keys, values


@pytest.mark.parametrize("added", [[5, 1, 1, 1], [1], [STRIDE, 1, STRIDE + 1, 1], [3, 2 * STRIDE]])
def test_it_holds_all_that_was_added_in_order(added: list[int]) -> None:
    grown, plain = growing_cache(), DynamicCache()
    for seed, tokens in enumerate(added):
        keys, values = states(tokens, seed)
        for layer in (0, 1):
            found = grown.update(keys + layer, values + layer, layer)
            expected = plain.update(keys + layer, values + layer, layer)
            assert torch.equal(found[0], expected[0])
            assert torch.equal(found[1], expected[1])
        assert grown.get_seq_length() == plain.get_seq_length() == sum(added[: seed + 1])


def test_room_is_made_once_per_stride() -> None:
    layer: Any = GrowingLayer()
    rooms = set()
    for seed, tokens in enumerate([7] + [1] * (2 * STRIDE)):
        layer.update(*states(tokens, seed))
        rooms.add(layer.keys.untyped_storage().nbytes())
    assert len(rooms) == 2


@pytest.mark.parametrize("name", ["tiny-llama", "tiny-qwen3"])
def test_a_model_says_the_same_with_it(name: str) -> None:
    model: Any = loading.load_model(loading.weights(name), dtype=torch.float32)
    ids = torch.randint(3, 900, (2, 9), generator=torch.Generator().manual_seed(0))
    mask = torch.ones_like(ids)
    mask[1, :4] = 0
    said = [
        model.generate(
            ids,
            attention_mask=mask,
            max_new_tokens=6,
            do_sample=False,
            pad_token_id=0,
            past_key_values=cache,
        ).tolist()
        for cache in (growing_cache(), DynamicCache())
    ]
    assert said[0] == said[1]


def test_a_view_leads_to_the_whole_room() -> None:
    layer: Any = GrowingLayer()
    for tokens in (9, 1):
        view, _ = layer.update(*states(tokens, tokens))
    assert view.shape[2] == 10
    room = whole_room(view)
    assert room.shape == (*view.shape[:2], 9 + STRIDE, view.shape[3])
    assert room.data_ptr() == view.data_ptr()
    assert torch.equal(room[:, :, :10], view)


def test_what_is_no_view_of_a_room_stays_as_it_is() -> None:
    keys = torch.randn(2, 3, 8, 4)
    for tensor in (
        keys,
        keys[:, :, 2:6],
        keys[1:, :, :5],
        keys[:, :1],
        keys[:, :1].expand(2, 5, 8, 4),
    ):
        assert whole_room(tensor) is tensor or torch.equal(whole_room(tensor), tensor)
