"""Activations within a budget: what would not fit is computed a second time, with the same result.

A layer that is checkpointed keeps its input alone and repeats its forward pass in the backward
one. Only as many layers do so as a batch needs, so short batches pay nothing.
"""

from __future__ import annotations

from typing import Any

from transformers import PreTrainedModel

KEPT = 44_000
"""Tokens times layers whose activations are kept at two bytes a number, those in work included;
at four bytes, half as many. A token takes about 45 kB in one layer of SmolLM2-135M with adapters
in bfloat16, so this is about 2 GB of the 4 GB that a laptop can spare."""

IN_WORK = 3
"""Layers' worth of activations and gradients that the backward pass of one layer takes."""


class Budget:
    """Decides for each batch which layers of a model are checkpointed.

    Args:
        model: a decoder; checkpointing is switched on in it.
        kept: tokens times layers whose activations are kept, in two bytes a number.
        tokens: the most intended per pass; a larger pass keeps no more than one of that size.
    """

    def __init__(self, model: PreTrainedModel, kept: int = KEPT, tokens: int | None = None) -> None:
        model.activation_checkpointing_enable()
        decoder: Any = model.get_decoder()  # type: ignore[no-untyped-call]
        self._layers, self._kept = list(decoder.layers), 2 * kept // model.dtype.itemsize
        if tokens is not None:
            self._kept = min(self._kept, tokens * len(self._layers))

    def fit(self, tokens: int) -> int:
        """Choose the layers for a batch of `tokens` (padding included); how many are repeated."""
        room = max(0, self._kept // tokens - IN_WORK)
        repeated = len(self._layers) - min(len(self._layers), room)
        for index, layer in enumerate(self._layers):
            layer.gradient_checkpointing = index < repeated
        return repeated
