"""Batches of examples of similar length, so that little is computed for padding."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from torch.utils.data import Sampler


class LengthBuckets(Sampler[int]):
    """An order of training examples in which batches hold similar lengths, drawn afresh each epoch.

    Lengths are jittered by up to a tenth, so that the same examples don't always share a batch;
    batches come in random order. All depends on seed and epoch alone, so a resumed run repeats it.

    Args:
        lengths: of the examples, in tokens.
        batch: examples per batch.
        seed: of the order.
    """

    def __init__(self, lengths: Sequence[int], batch: int, seed: int) -> None:
        self._lengths, self._batch, self._seed, self._epoch = lengths, batch, seed, 0

    def set_epoch(self, epoch: int) -> None:
        """Called by the trainer's data loader before each epoch."""
        self._epoch = epoch

    def __len__(self) -> int:
        return len(self._lengths)

    def __iter__(self) -> Iterator[int]:
        rng = random.Random(f"{self._seed} {self._epoch}")
        keys = [length * rng.uniform(0.95, 1.05) for length in self._lengths]
        order = sorted(range(len(keys)), key=keys.__getitem__)
        batches = [order[i : i + self._batch] for i in range(0, len(order), self._batch)]
        rng.shuffle(batches)
        # A short batch anywhere but at the end would shift all that follow.
        batches.sort(key=lambda batch: len(batch) < self._batch)
        return iter([index for batch in batches for index in batch])


def batches(prompts: Sequence[Sequence[int]], size: int) -> list[list[int]]:
    """Positions of the prompts to generate after, batch by batch, longest first.

    A batch holds at most `size` prompts, none shorter than half of its longest, so that at most
    half of what is computed is padding.

    Args:
        prompts: token ids.
    """
    order = sorted(range(len(prompts)), key=lambda i: (-len(prompts[i]), i))
    found: list[list[int]] = []
    for position in order:
        batch = found[-1] if found else []
        if not batch or len(batch) == size or 2 * len(prompts[position]) < len(prompts[batch[0]]):
            found.append(batch := [])
        batch.append(position)
    return found


def within(lengths: Sequence[int], budget: int) -> list[list[int]]:
    """Positions of sequences, batch by batch, longest first; a batch takes at most `budget` tokens.

    Args:
        lengths: of the sequences, in tokens; one longer than `budget` is a batch of its own.
        budget: tokens of a batch, padding to its longest sequence included.
    """
    order = sorted(range(len(lengths)), key=lambda i: (-lengths[i], i))
    found: list[list[int]] = []
    for position in order:
        batch = found[-1] if found else []
        if not batch or (len(batch) + 1) * lengths[batch[0]] > budget:
            found.append(batch := [])
        batch.append(position)
    return found
