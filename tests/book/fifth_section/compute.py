"""How many facts the problems of each dataset hold."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean

from artifact import datasets
from artifact.datasets.sources import load

LIBRARIES = ()


def report(source: str, *, n: int, seed: int) -> Mapping[str, float]:
    """Facts of a problem, on average, by dataset."""
    return {
        name: fmean(
            len(problem.context)
            for problem in load(source, datasets.get(name), n=n, seed=seed).problems
        )
        for name in datasets.names()
    }
