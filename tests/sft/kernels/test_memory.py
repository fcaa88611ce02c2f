"""Layers that are computed twice give the same numbers, and only as many as a batch needs are."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from artifact.sft.kernels.lora import adapted
from artifact.sft.kernels.memory import IN_WORK, Budget
from artifact.sft.models import loading
from artifact.sft.spec import Lora

LAYERS = 2
assert IN_WORK == 3, "the cases below count on it: half of 200 in float32, 100 // 20 - 3 layers"


def tiny(name: str = "tiny-llama") -> Any:
    model: Any = loading.load_model(loading.weights(name), dtype=torch.float32)
    model.config.use_cache = False
    return model


@pytest.mark.parametrize(
    ("tokens", "repeated"), [(1, 0), (20, 0), (21, 1), (25, 1), (26, 2), (10_000, 2)]
)
def test_as_many_layers_are_repeated_as_the_batch_needs(tokens: int, repeated: int) -> None:
    model = tiny()
    budget = Budget(model, kept=200)
    assert budget.fit(tokens) == repeated
    flags = [layer.gradient_checkpointing for layer in model.model.layers]
    assert flags == [True] * repeated + [False] * (LAYERS - repeated)


def test_a_short_batch_after_a_long_one_pays_nothing() -> None:
    budget = Budget(tiny(), kept=200)
    assert [budget.fit(tokens) for tokens in (1000, 10, 1000)] == [2, 0, 2]


@pytest.mark.parametrize(("tokens", "length", "repeated"), [(10, 4, 0), (10, 5, 1), (99, 20, 0)])
def test_a_pass_keeps_no_more_than_its_tokens_would(
    tokens: int, length: int, repeated: int
) -> None:
    budget = Budget(tiny(), kept=200, tokens=tokens)
    assert budget.fit(length) == repeated


@pytest.mark.parametrize("name", ["tiny-llama", "tiny-qwen3"])
@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_loss_and_gradients_do_not_depend_on_the_budget(name: str, dropout: float) -> None:
    ids = torch.randint(3, 900, (2, 11), generator=torch.Generator().manual_seed(0))
    found, calls = [], []
    for kept in (1, 10_000):
        torch.manual_seed(0)
        model = tiny(name)
        adapters = adapted(model, Lora(rank=4, alpha=8, dropout=dropout)).train()
        model.model.layers[0].self_attn.register_forward_hook(lambda *_, k=kept: calls.append(k))
        Budget(model, kept).fit(ids.numel())
        torch.manual_seed(1)
        loss = adapters(input_ids=ids, labels=ids).loss
        loss.backward()
        grads = [p.grad.clone() for p in adapters.parameters() if p.requires_grad]
        found.append((loss.detach(), grads))
    assert calls == [1, 1, 10_000], "the first layer is computed twice where there is no room"
    assert torch.equal(found[0][0], found[1][0])
    assert all(torch.equal(one, other) for one, other in zip(found[0][1], found[1][1], strict=True))
    assert any(grad.abs().sum() > 0 for grad in found[0][1])
