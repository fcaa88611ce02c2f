"""How much arithmetic a training step needs: what it is worth, not what was spent on it.

Counted as in PaLM (Chowdhery et al. 2022, arXiv 2204.02311, appendix B), for frozen weights: their
products run forward and back to their inputs, but no gradient is taken of them. Padding, what is
computed twice to spare memory, norms and activations count nothing. A multiplication and its
addition are two operations.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Shape:
    """What a decoder's products depend on.

    Attributes:
        layers: how many.
        width: of the hidden state.
        inner: of the gated feed-forward part.
        queries, keys: widths of all heads' queries, and of all heads' keys or values.
        vocabulary: logits per position.
        rank: of the adapters, which all seven projections have.
    """

    layers: int
    width: int
    inner: int
    queries: int
    keys: int
    vocabulary: int
    rank: int

    @classmethod
    def of(cls, config: Any, rank: int) -> Shape:
        """Of a transformers configuration of the Llama family (Qwen3 among them)."""
        heads = config.num_attention_heads
        head = getattr(config, "head_dim", None) or config.hidden_size // heads
        return cls(
            layers=config.num_hidden_layers,
            width=config.hidden_size,
            inner=config.intermediate_size,
            queries=heads * head,
            keys=config.num_key_value_heads * head,
            vocabulary=config.vocab_size,
            rank=rank,
        )

    @property
    def projections(self) -> tuple[tuple[int, int], ...]:
        """(in, out) of a layer's q, k, v, o, gate, up and down."""
        attention = [(self.width, self.queries), *[(self.width, self.keys)] * 2]
        inner = [*[(self.width, self.inner)] * 2, (self.inner, self.width)]
        return (*attention, (self.queries, self.width), *inner)

    @property
    def weights(self) -> int:
        """Frozen weights in products, embeddings left out."""
        return self.layers * sum(i * o for i, o in self.projections)

    @property
    def adapters(self) -> int:
        """Trained weights."""
        return self.layers * self.rank * sum(i + o for i, o in self.projections)


@dataclass(frozen=True, slots=True)
class Work:
    """Operations of a training step, forward and backward, by what they are for."""

    layers: int
    adapters: int
    attention: int
    logits: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.layers + self.adapters + self.attention + self.logits


def of_step(shape: Shape, lengths: Iterable[int], targets: int) -> Work:
    """The work of one step.

    Per token 2 operations per frozen weight forward and 2 backward, and per adapter weight 2
    forward and 4 backward. Attention multiplies every position with every other, twice forward
    and four times backward. Logits are needed where there is a loss, 2 operations per weight of
    the head forward and 2 backward. The first layer counts as the others do, though it has no
    gradient to hand on.

    Args:
        lengths: tokens of each sequence, padding not counted.
        targets: positions with a loss.
    """
    lengths = list(lengths)
    tokens = sum(lengths)
    return Work(
        layers=4 * shape.weights * tokens,
        adapters=6 * shape.adapters * tokens,
        attention=12 * shape.layers * shape.queries * sum(length**2 for length in lengths),
        logits=4 * shape.vocabulary * shape.width * targets,
    )
