"""Which problems train and which test: the release's rule, and one without leaks.

The release draws rows, so a subject (or a story) can be on both sides; `grouped_split` keeps
together what shares one, and is the default wherever the release's own files are not used.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from artifact.common.errors import InputError
from artifact.datasets.problem import Problem

RELEASE_SHARE = 0.2
RELEASE_SEED = 42

TINY = 1e-6
"""Below this a gain is a rounding error of floats: whole problems are gained or lost."""


@dataclass(frozen=True, slots=True)
class Split:
    """Two disjoint sides of one set of problems, each in the set's own order."""

    train: tuple[Problem, ...]
    test: tuple[Problem, ...]


def release_split(n: int) -> frozenset[int]:
    """Test row positions of a category of `n` rows under the release's rule.

    The release calls ``DataFrame.sample(frac=0.2, random_state=42)`` once per category
    (Trace_Check_QA, scripts/cotempqa_create_sft_data.py).
    """
    import pandas as pd

    rows = pd.Series(range(n))
    return frozenset(rows.sample(frac=RELEASE_SHARE, random_state=RELEASE_SEED).tolist())


def grouped_split(
    problems: Sequence[Problem],
    groups_of: Callable[[Problem], tuple[str, ...]],
    test_share: float = RELEASE_SHARE,
    seed: int = RELEASE_SEED,
) -> Split:
    """Split so that no group has problems on both sides.

    Problems that share a group belong together, and so do those that others link: they are one
    cluster. Clusters are visited in a seeded random order, each changes sides if that brings the
    test counts, of the categories and of the whole, nearer to `test_share`; and this is repeated
    until none does. The counts are thus right to about a cluster. One of more than twice the test
    side's size always trains; a category too small for a test problem of its own may have none.

    Args:
        problems: what to split; ids need not be unique.
        groups_of: the units that must stay whole (`Dataset.groups_of`), at least one each.
        test_share: fraction of problems to test on, between 0 and 1, both excluded.
        seed: fixes the order of the clusters.

    Raises:
        InputError: if `test_share` is out of range.
    """
    if not 0 < test_share < 1:
        raise InputError(
            f"is {test_share}", field="test_share", cure="give a fraction between 0 and 1"
        )
    clusters = _clusters([groups_of(problem) for problem in problems])
    sizes: dict[str, Counter[str]] = {}
    for problem, cluster in zip(problems, clusters, strict=True):
        sizes.setdefault(cluster, Counter())[problem.category] += 1
    order = sorted(sizes)
    random.Random(seed).shuffle(order)
    tested = _nearest_to_share([(cluster, sizes[cluster]) for cluster in order], test_share)
    return Split(
        train=tuple(p for p, own in zip(problems, clusters, strict=True) if own not in tested),
        test=tuple(p for p, own in zip(problems, clusters, strict=True) if own in tested),
    )


def _clusters(groups: Sequence[tuple[str, ...]]) -> list[str]:
    """For the groups of each problem, the least of all groups that these are linked with."""
    linked: dict[str, str] = {}

    def least(group: str) -> str:
        while (lower := linked.setdefault(group, group)) != group:
            linked[group] = linked[lower]  # halves the way for the next one
            group = lower
        return group

    for first, *others in groups:
        for other in others:
            low, high = sorted((least(first), least(other)))
            linked[high] = low
    return [least(first) for first, *_ in groups]


def _nearest_to_share(clusters: Sequence[tuple[str, Counter[str]]], share: float) -> set[str]:
    """Names of the clusters to test on, of names with their counts by category."""
    total = sum((sizes for _, sizes in clusters), Counter[str]())
    lacking = {category: share * count for category, count in total.items()}
    lacking_in_all = share * total.total()
    tested: set[str] = set()
    moving = True
    while moving:
        moving = False
        for name, sizes in clusters:
            sign = -1 if name in tested else 1
            left = {category: lacking[category] - sign * n for category, n in sizes.items()}
            left_in_all = lacking_in_all - sign * sizes.total()
            nearer = abs(lacking_in_all) - abs(left_in_all)
            nearer += sum(abs(lacking[category]) - abs(n) for category, n in left.items())
            if nearer > TINY:
                moving = True
                tested ^= {name}
                lacking |= left
                lacking_in_all = left_in_all
    return tested
