"""The loss from hidden states is that of full logits, in value and in gradient."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - its name everywhere

from artifact.sft.kernels import loss
from artifact.sft.kernels.loss import ROWS, summed_cross_entropy

WIDTH, VOCABULARY = 24, 101


def drawn(
    rows: int, dtype: torch.dtype = torch.float32
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Hidden states, a head and targets."""
    generator = torch.Generator().manual_seed(rows)
    hidden = torch.randn(rows, WIDTH, generator=generator).to(dtype)
    head = torch.randn(VOCABULARY, WIDTH, generator=generator).to(dtype)
    targets = torch.randint(VOCABULARY, (rows,), generator=generator)
    return hidden.requires_grad_(), head, targets


@pytest.mark.parametrize("rows", [1, 7, ROWS - 1, ROWS, ROWS + 1, 2 * ROWS + 37])
def test_it_is_the_summed_cross_entropy_of_full_logits(rows: int) -> None:
    hidden, head, targets = drawn(rows)
    full = hidden.detach().clone().requires_grad_()
    expected = F.cross_entropy(F.linear(full, head), targets, reduction="sum")
    found = summed_cross_entropy(hidden, head, targets)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)
    # An upstream gradient other than one: the trainer divides by the number of tokens.
    (found / 3).backward()
    (expected / 3).backward()
    torch.testing.assert_close(hidden.grad, full.grad, rtol=1e-5, atol=1e-5)


def test_in_bfloat16_it_is_summed_in_float32() -> None:
    hidden, head, targets = drawn(ROWS + 5, torch.bfloat16)
    found = summed_cross_entropy(hidden, head, targets)
    full = hidden.detach().clone().requires_grad_()
    expected = F.cross_entropy(F.linear(full, head).float(), targets, reduction="sum")
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)
    found.backward()
    expected.backward()
    assert hidden.grad is not None
    assert hidden.grad.dtype == torch.bfloat16
    torch.testing.assert_close(hidden.grad, full.grad, rtol=0.02, atol=0.02)


def test_its_gradient_is_that_of_finite_differences() -> None:
    hidden, head, targets = drawn(5)
    summed_cross_entropy(hidden, head, targets).backward()
    assert hidden.grad is not None
    step = torch.zeros_like(hidden)
    step[3, 4] = 1e-2
    with torch.no_grad():
        above, below = (
            summed_cross_entropy(hidden + sign * step, head, targets) for sign in (1, -1)
        )
    torch.testing.assert_close((above - below) / 2e-2, hidden.grad[3, 4], rtol=1e-2, atol=1e-3)


def test_logits_large_and_small_do_not_overflow() -> None:
    hidden, head, targets = drawn(9)
    found = summed_cross_entropy(hidden * 1e4, head, targets)
    assert torch.isfinite(found)


def test_logits_of_few_rows_exist_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []
    linear = F.linear

    def watched(rows: torch.Tensor, head: torch.Tensor) -> torch.Tensor:
        sizes.append(len(rows))
        return linear(rows, head)

    monkeypatch.setattr(loss.F, "linear", watched)
    summed_cross_entropy(*drawn(2 * ROWS + 37))
    assert sizes == [ROWS, ROWS, 37]


def test_the_head_is_frozen() -> None:
    hidden, head, targets = drawn(9)
    head.requires_grad_()
    summed_cross_entropy(hidden, head, targets).backward()
    assert head.grad is None
