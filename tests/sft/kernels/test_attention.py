"""Grouped attention is plain attention, forwards and backwards, where it is used at all."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn
from transformers import LlamaForCausalLM, Qwen3ForCausalLM
from transformers.models.llama.modeling_llama import eager_attention_forward

from artifact.sft.kernels import attention
from artifact.sft.kernels.attention import LONGEST, grouped_attention
from artifact.sft.kernels.cache import growing_cache
from artifact.sft.models import loading

WIDTH = 16


class Module(nn.Module):
    """What an attention layer tells its kernel."""

    is_causal = True

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.num_key_value_groups = groups
        self.eval()


def drawn(heads: int, groups: int, length: int, batch: int = 3) -> list[torch.Tensor]:
    """Query, key and value."""
    generator = torch.Generator().manual_seed(length)
    return [
        torch.randn(batch, n, length, WIDTH, generator=generator).requires_grad_()
        for n in (heads, groups, groups)
    ]


def masks(lengths: list[int], longest: int) -> torch.Tensor:
    """Causal and padded on the right: true where a position may be seen."""
    seen = torch.tensor([[i < length for i in range(longest)] for length in lengths])
    causal = torch.ones(longest, longest, dtype=torch.bool).tril()
    return causal[None, None] & seen[:, None, None, :]


@pytest.mark.parametrize(("heads", "groups"), [(4, 4), (4, 2), (9, 3), (4, 1)])
@pytest.mark.parametrize("lengths", [None, [11, 7, 1]])
def test_it_is_plain_attention_in_value_and_gradients(
    heads: int, groups: int, lengths: list[int] | None
) -> None:
    inputs = drawn(heads, groups, 11)
    copies = [each.detach().clone().requires_grad_() for each in inputs]
    mask = masks(lengths, 11) if lengths else None
    module, scaling = Module(heads // groups), WIDTH**-0.5
    found, _ = grouped_attention(module, *inputs, mask, scaling)
    full = masks([11] * 3, 11) if mask is None else mask
    bias = torch.zeros(full.shape).masked_fill(~full, torch.finfo(torch.float32).min)
    expected, _ = eager_attention_forward(module, *copies, bias, scaling)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)
    upstream = torch.randn(found.shape, generator=torch.Generator().manual_seed(1))
    found.backward(upstream)
    expected.backward(upstream)
    for one, other in zip(inputs, copies, strict=True):
        torch.testing.assert_close(one.grad, other.grad, rtol=1e-4, atol=1e-5)


@pytest.fixture
def passed_on(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Lengths that went to PyTorch's own kernel."""
    lengths: list[int] = []
    forward = attention.sdpa_attention_forward

    def watched(module: nn.Module, query: torch.Tensor, *given: Any, **more: Any) -> Any:
        lengths.append(query.shape[2])
        return forward(module, query, *given, **more)

    monkeypatch.setattr(attention, "sdpa_attention_forward", watched)
    return lengths


@pytest.mark.parametrize(("length", "passed"), [(1, False), (LONGEST, False), (LONGEST + 1, True)])
def test_long_sequences_go_to_pytorchs_own(passed_on: list[int], length: int, passed: bool) -> None:
    out, _ = grouped_attention(Module(2), *drawn(4, 2, length, 1), None, 0.25)
    assert out.shape == (1, length, 4, WIDTH)
    assert passed_on == ([length] if passed else [])


def test_several_tokens_after_cached_ones_go_to_pytorchs_own(passed_on: list[int]) -> None:
    query, key, value = drawn(4, 2, 9)
    grouped_attention(Module(2), query[:, :, -4:], key, value, None, 0.25)
    assert passed_on == [4]


@pytest.mark.parametrize("new", [9, 1])
@pytest.mark.parametrize("padding", [0, 3])
def test_in_generation_it_is_plain_attention_too(new: int, padding: int) -> None:
    """All of a prompt, then one token after what is cached, padded on the left."""
    query, key, value = (each.detach() for each in drawn(4, 2, 9))
    mask = torch.ones(9, 9, dtype=torch.bool).tril()[None, None].repeat(3, 1, 1, 1)
    mask[1, :, :, :padding] = False
    mask, query = mask[:, :, -new:], query[:, :, -new:]
    bias = torch.zeros(mask.shape).masked_fill(~mask, torch.finfo(torch.float32).min)
    expected, _ = eager_attention_forward(Module(2), query, key, value, bias, 0.25)
    with torch.inference_mode():
        found, _ = grouped_attention(Module(2), query, key, value, mask, 0.25)
    # What stands at padded places is read by nobody.
    real = slice(padding, None) if new > 1 else slice(None)
    torch.testing.assert_close(found[:, real], expected[:, real], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", ["tiny-llama", "tiny-qwen3"])
def test_a_whole_model_computes_the_same_with_it(name: str, passed_on: list[int]) -> None:
    weights = loading.weights(name)
    kinds = {"tiny-llama": LlamaForCausalLM, "tiny-qwen3": Qwen3ForCausalLM}
    model: Any = loading.load_model(weights, dtype=torch.float32)
    plain: Any = kinds[name].from_pretrained(
        weights.path, dtype=torch.float32, attn_implementation="eager"
    )
    assert model.config._attn_implementation == attention.NAME
    ids = torch.randint(3, 900, (2, 19), generator=torch.Generator().manual_seed(0))
    mask = torch.ones_like(ids)
    mask[1, 12:] = 0
    for given in (torch.ones_like(ids), mask):
        grads = []
        for one in (model, plain):
            one.zero_grad()
            logits = one(input_ids=ids, attention_mask=given, use_cache=False).logits
            (logits * given[:, :, None]).square().mean().backward()
            grads.append(one.model.layers[0].self_attn.k_proj.weight.grad.clone())
        torch.testing.assert_close(grads[0], grads[1], rtol=1e-3, atol=1e-5)
    assert passed_on == []


@pytest.mark.parametrize("length", [1, 5, 300, 700])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
def test_a_new_token_sees_a_cache_as_it_sees_a_copy_of_it(length: int, dtype: torch.dtype) -> None:
    cache, (query, *states) = growing_cache(), (each.to(dtype) for each in drawn(4, 2, length))
    seen = masks([length, max(1, length - 3), 1], length)[:, :, -1:]
    with torch.inference_mode():
        views = cache.update(*states, 0)
        found, copied = (
            grouped_attention(Module(2), query[:, :, -1:], *given, seen, WIDTH**-0.5)[0]
            for given in (views, [view.contiguous() for view in views])
        )
    assert not views[0].is_contiguous()
    assert torch.equal(found, copied)
    with torch.enable_grad():
        trained, _ = grouped_attention(Module(2), query[:, :, -1:], *states, seen, WIDTH**-0.5)
    assert torch.equal(found, trained)


def test_a_new_token_takes_no_new_memory_of_a_cache_s_size() -> None:
    cache, (query, *states) = growing_cache(), (each.bfloat16() for each in drawn(4, 2, 600))
    with torch.inference_mode():
        views, seen = cache.update(*states, 0), torch.ones(3, 1, 1, 600, dtype=torch.bool)
        call = (Module(2), query[:, :, -1:], *views, seen, WIDTH**-0.5)
        grouped_attention(*call)
        with torch.profiler.profile(profile_memory=True) as profile:
            grouped_attention(*call)
    taken = [event.cpu_memory_usage for event in profile.events() or []]
    assert 0 < max(taken) < views[0].nbytes
