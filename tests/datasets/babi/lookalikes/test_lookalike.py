"""Lengths drawn as often as the release has them."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from artifact.datasets.babi.lookalikes.lookalike import released_length
from artifact.datasets.babi.lookalikes.statistics import release_statistics


@pytest.mark.parametrize("label", ["time-reasoning", "size-reasoning"])
def test_lengths_come_as_in_the_release(label):
    rng = Random(0)
    drawn = Counter(released_length(label, rng) for _ in range(5000))
    for length, share in release_statistics().tasks[label].facts.items():
        assert drawn[int(length)] / 5000 == pytest.approx(share, abs=0.03)
