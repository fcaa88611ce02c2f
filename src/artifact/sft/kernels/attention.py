"""Attention for short sequences on a processor: grouped heads without copies, one saved tensor.

PyTorch's own CPU kernel has a slow backward pass on sequences of a few hundred tokens, and
transformers' plain one copies keys and values per head and saves float32 scores. Long sequences go
to PyTorch's, which saves no scores at all. A new token's product reads the cache in place.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from transformers import AttentionInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import AttentionMaskInterface, sdpa_mask

from artifact.sft.kernels.cache import whole_room

NAME = "artifact_grouped"
LONGEST = 384
"""Tokens up to which this is faster: scores grow with the square of the length."""


class _Attention(torch.autograd.Function):
    """softmax(q k' + bias) v for scaled queries; the probabilities are saved in their dtype.

    q: (batch, key heads, group, length, width); k, v: (batch, key heads, length, width);
    bias: broadcast over (batch, key heads, group, length, length).
    """

    @staticmethod
    def forward(
        ctx: Any, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, bias: torch.Tensor
    ) -> torch.Tensor:
        scores = torch.matmul(q.flatten(2, 3), k.transpose(-1, -2)).view(*q.shape[:4], -1)
        # Whatever the dtype, PyTorch's softmax sums in float32.
        p = torch.softmax(scores.add_(bias), -1).flatten(2, 3)
        ctx.save_for_backward(q, k, v, p)
        return torch.matmul(p, v).view(q.shape)

    @staticmethod
    def backward(ctx: Any, *upstream: torch.Tensor) -> Any:
        q, k, v, p = ctx.saved_tensors
        out = upstream[0].flatten(2, 3)
        dv = torch.matmul(p.transpose(-1, -2), out)
        dp = torch.matmul(out, v.transpose(-1, -2))
        ds = torch.ops.aten._softmax_backward_data(dp, p, -1, p.dtype)
        dk = torch.matmul(ds.transpose(-1, -2), q.flatten(2, 3))
        return torch.matmul(ds, k).view(q.shape), dk, dv, None


class _Scratch:
    """Memory reused for every copy: buffers of ever-changing sizes would fragment the heap."""

    def __init__(self) -> None:
        self._held = torch.empty(0)

    def dense(self, view: torch.Tensor) -> torch.Tensor:
        """A contiguous copy of `view`, a part of a layer's buffer; the next call overwrites it."""
        if self._held.numel() < view.numel() or self._held.dtype != view.dtype:
            with torch.inference_mode(False):
                self._held = torch.empty(whole_room(view).numel(), dtype=view.dtype)
        return self._held[: view.numel()].view(view.shape).copy_(view)


_scratch = _Scratch()


def _one_token(
    q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, bias: torch.Tensor
) -> torch.Tensor:
    """`_Attention` for one new token in bfloat16: the same bits in less time and memory.

    PyTorch's product would first copy the tokens so far out of the cache's buffer, and transpose
    the keys. So the keys' whole buffer is multiplied, and the result beyond these tokens dropped.
    The values are summed over tokens, where zeros beyond could change the rounding: they are
    copied, but always to the same buffer.
    """
    seen = k.shape[2]
    scores = torch.matmul(q.flatten(2, 3), whole_room(k).transpose(-1, -2))[..., :seen]
    p = torch.softmax(scores.unsqueeze(3) + bias, -1).flatten(2, 3)
    return torch.matmul(p, _scratch.dense(v)).view(q.shape)


def grouped_attention(
    module: nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float,
    **kwargs: Any,
) -> tuple[torch.Tensor, None]:
    """Transformers' attention interface: query (batch, heads, length, width) -> (batch, length,
    heads, width)."""
    batch, heads, length, width = query.shape
    whole = length == key.shape[2] and length <= LONGEST
    if not (whole or length == 1):
        return sdpa_attention_forward(
            module, query, key, value, attention_mask, scaling=scaling, **kwargs
        )
    bias = torch.zeros((), dtype=query.dtype)
    if attention_mask is None and length > 1:
        attention_mask = torch.ones(length, length, dtype=torch.bool).tril()[None, None]
    if attention_mask is not None:
        bias = torch.zeros_like(attention_mask, dtype=query.dtype)
        bias = bias.masked_fill_(~attention_mask, -1e9)[:, :, None]
    groups = key.shape[1]
    q = (query * scaling).view(batch, groups, heads // groups, length, width)
    if length == 1 and key.dtype == torch.bfloat16 and not torch.is_grad_enabled():
        out = _one_token(q, key, value, bias)
    else:
        out = _Attention.apply(q, key, value, bias)  # type: ignore[no-untyped-call]
    return out.view(batch, heads, length, width).transpose(1, 2), None


AttentionInterface.register(NAME, grouped_attention)
AttentionMaskInterface.register(NAME, sdpa_mask)
