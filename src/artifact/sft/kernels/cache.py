"""A cache of keys and values that grows in strides, so that a new token copies no old one.

The library's own cache is copied whole for every token and layer, which for a batch of long
sequences takes longer than the model.
"""

from __future__ import annotations

from typing import Any

import torch
from transformers import Cache, DynamicLayer

STRIDE = 256
"""Spare tokens that are allocated each time the cache must grow."""


class GrowingLayer(DynamicLayer):  # type: ignore[no-untyped-call]
    """One layer's keys and values: (batch, heads, tokens, width) views of something larger."""

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Add the states of new tokens; returns all keys and all values so far."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
            empty = key_states.new_empty(0)
            self._rooms: list[torch.Tensor] = [empty, empty]
        held = self.get_seq_length()
        length = held + key_states.shape[-2]
        for index, states in enumerate((key_states, value_states)):
            room = self._rooms[index]
            if room.ndim == 1 or room.shape[-2] < length:
                batch, heads, _, width = states.shape
                larger = states.new_empty(batch, heads, length + STRIDE, width)
                if held:
                    larger[..., :held, :] = room[..., :held, :]
                self._rooms[index] = room = larger
            room[..., held:length, :] = states
        self.keys, self.values = (room[..., :length, :] for room in self._rooms)
        return self.keys, self.values

    def batch_select_indices(self, indices: torch.Tensor) -> None:
        """Only keep the sequences at `indices`."""
        length = self.get_seq_length()
        self._rooms = [room.index_select(0, indices) for room in self._rooms]
        self.keys, self.values = (room[..., :length, :] for room in self._rooms)


def whole_room(view: torch.Tensor) -> torch.Tensor:
    """The whole buffer of which `view`, the keys or values of a `GrowingLayer`, shows the start.

    The rest of the buffer is uninitialised memory. A tensor that is not such a view is returned as
    it is.
    """
    batch, heads, _, width = view.shape
    room = view.untyped_storage().nbytes() // (view.element_size() * batch * heads * width)
    strides = (heads * room * width, room * width, width, 1)
    if view.storage_offset() or view.stride() != strides:
        return view
    return view.as_strided((batch, heads, room, width), strides)


def growing_cache() -> Cache:
    """A cache for one call of ``generate``."""
    return Cache(layer_class_to_replicate=GrowingLayer)


def selected(cache: Cache, rows: torch.Tensor) -> Cache:
    """A new growing cache: the sequences at `rows` of `cache`, repeated as listed."""
    chosen = growing_cache()
    for index, layer in enumerate(cache.layers):
        assert isinstance(layer, GrowingLayer)
        assert layer.keys is not None
        assert layer.values is not None
        chosen.update(layer.keys.index_select(0, rows), layer.values.index_select(0, rows), index)
    return chosen
