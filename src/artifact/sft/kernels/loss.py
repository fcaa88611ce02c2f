"""Cross entropy straight from hidden states, for the positions that carry a loss and no others.

Logits of a whole batch are by far the largest tensor of a small model (positions x vocabulary).
Here they exist for a few rows at a time, and the gradient is taken while they do.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - its usual name

ROWS = 128
"""Rows whose logits exist at once: 128 x 49,152 float32 are 25 MB."""


class _CrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, hidden: torch.Tensor, head: torch.Tensor, targets: torch.Tensor
    ) -> torch.Tensor:
        total = hidden.new_zeros((), dtype=torch.float32)
        gradient = torch.empty_like(hidden)
        for start in range(0, len(targets), ROWS):
            rows = slice(start, start + ROWS)
            wanted = targets[rows, None]
            logits = F.linear(hidden[rows], head).float()
            norm = logits.logsumexp(-1, keepdim=True)
            total += (norm - logits.gather(1, wanted)).sum()
            softmax = logits.sub_(norm).exp_()
            softmax.scatter_add_(1, wanted, softmax.new_full(wanted.shape, -1.0))
            torch.mm(softmax.to(head.dtype), head, out=gradient[rows])
        ctx.save_for_backward(gradient)
        return total

    @staticmethod
    def backward(ctx: Any, *upstream: torch.Tensor) -> Any:
        (gradient,) = ctx.saved_tensors
        return gradient * upstream[0].to(gradient.dtype), None, None


def summed_cross_entropy(
    hidden: torch.Tensor, head: torch.Tensor, targets: torch.Tensor
) -> torch.Tensor:
    """Sum over rows of -log softmax(hidden head')[target], in nats.

    The logits and their softmax are float32; `head` gets no gradient (it is frozen).

    Args:
        hidden: (rows, width).
        head: (vocabulary, width).
        targets: (rows,), token ids.
    """
    loss: torch.Tensor = _CrossEntropy.apply(hidden, head, targets)  # type: ignore[no-untyped-call]
    return loss
