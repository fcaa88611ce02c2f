"""The formula, against what torch counts while it computes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from artifact.sft.kernels import flops
from artifact.sft.kernels.lora import adapted
from artifact.sft.kernels.loss import summed_cross_entropy
from artifact.sft.models import loading
from artifact.sft.spec import Lora

SMOLLM2 = SimpleNamespace(
    num_hidden_layers=30,
    hidden_size=576,
    intermediate_size=1536,
    num_attention_heads=9,
    num_key_value_heads=3,
    vocab_size=49152,
)
"""Its published configuration."""


def test_smollm2s_weights_are_counted_without_embeddings() -> None:
    shape = flops.Shape.of(SMOLLM2, rank=16)
    embeddings, norms = 49152 * 576, 61 * 576
    assert shape.weights == 134_515_008 - embeddings - norms
    assert shape.adapters == 4_884_480
    assert (shape.queries, shape.keys) == (576, 192)


@pytest.mark.parametrize("name", ["tiny-llama", "tiny-qwen3"])
def test_the_formula_counts_what_torch_counts(name: str) -> None:
    rows, length, targets, rank = 3, 20, 11, 4
    model = loading.load_model(loading.weights(name), dtype=torch.float32)
    shape = flops.Shape.of(model.config, rank)
    peft_model: Any = adapted(model, Lora(rank=rank, alpha=8, dropout=0.0))
    causal = peft_model.get_base_model()
    ids = torch.arange(rows * length).view(rows, length)
    with FlopCounterMode(display=False) as counter:
        hidden = causal.model(input_ids=ids, use_cache=False).last_hidden_state
        chosen = hidden.reshape(-1, hidden.shape[-1])[:targets]
        summed_cross_entropy(chosen, causal.lm_head.weight, torch.arange(targets)).backward()
    counted = counter.get_flop_counts()["Global"]
    products = {torch.ops.aten.mm, torch.ops.aten.addmm, torch.ops.aten.bmm}
    work = flops.of_step(shape, [length] * rows, targets)
    first = shape.width * (shape.queries + 2 * shape.keys) + 3 * rank * shape.width
    spent = sum(counted[product] for product in products)
    # The first layer hands no gradient on, to frozen weights or to adapters.
    assert spent == work.total - 2 * first * rows * length
    assert counted[torch.ops.aten.bmm] == work.attention


def test_the_parts_add_up_and_padding_is_none_of_them() -> None:
    shape = flops.Shape(layers=1, width=2, inner=3, queries=2, keys=1, vocabulary=5, rank=1)
    work = flops.of_step(shape, [2, 1], targets=2)
    assert work == flops.Work(layers=4 * 30 * 3, adapters=6 * 29 * 3, attention=24 * 5, logits=80)
    assert work.total == 360 + 522 + 120 + 80
