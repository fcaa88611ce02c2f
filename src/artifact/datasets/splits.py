"""Which problems train and which test: the release's rule, and one without leaks.

The release draws rows, so a subject (or a story) can be on both sides; `grouped_split` keeps
together what shares one, and is the default wherever the release's own files are not used.
"""

from __future__ import annotations

import random
import sqlite3
import sys
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from artifact.common.errors import InputError
from artifact.common.spool import select
from artifact.datasets.problem import Problem

RELEASE_SHARE = 0.2
RELEASE_SEED = 42

TINY = 1e-6
"""Below this a gain is a rounding error of floats: whole problems are gained or lost."""


@dataclass(frozen=True, slots=True)
class Split:
    """Two disjoint sides of one set of problems, each in the set's own order."""

    train: Sequence[Problem]
    test: Sequence[Problem]

    @classmethod
    def of(cls, problems: Sequence[Problem], in_test: Sequence[bool]) -> Split:
        """The sides of `problems`, given for each whether it is on the test side."""
        train, test = (
            select(problems, (i for i, tested in enumerate(in_test) if tested == side))
            for side in (False, True)
        )
        return cls(train=train, test=test)


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

    Problems that share a group, directly or through others, form one cluster. Clusters are visited
    in a seeded random order; each changes sides if that brings the test counts, per category and
    overall, nearer to `test_share`. This is repeated until none does, so the counts are right to
    about one cluster. A cluster more than twice the test side's size always trains; a category too
    small for a test problem of its own may have none.

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
    categories: list[str] = []

    def groups() -> Iterable[tuple[str, ...]]:
        for problem in problems:  # read once: they may be on disk
            categories.append(sys.intern(problem.category))
            yield groups_of(problem)

    clusters = _clusters(groups())
    sizes = _sizes(clusters, categories)
    order = list(range(len(sizes)))
    random.Random(seed).shuffle(order)
    tested = _nearest_to_share([(cluster, sizes[cluster]) for cluster in order], test_share)
    return Split.of(problems, [cluster in tested for cluster in clusters])


def _clusters(groups: Iterable[tuple[str, ...]]) -> array[int]:
    """The cluster of each problem, given its groups: all problems linked through shared groups.

    Clusters are numbered from 0 by the least of their groups. The groups are sorted by SQLite,
    which keeps few of them in memory.
    """
    by_group = array("Q")
    linked = array("Q")

    def least(problem: int) -> int:
        while (lower := linked[problem]) != problem:
            linked[problem] = linked[lower]  # halves the way for the next call
            problem = lower
        return problem

    def rows() -> Iterable[tuple[bytes, int]]:
        for problem, names in enumerate(groups):
            linked.append(problem)
            for name in names:
                yield name.encode(errors="surrogatepass"), problem

    with closing(sqlite3.connect("")) as database:
        database.execute("CREATE TABLE membership (name BLOB, problem INTEGER)")
        database.executemany("INSERT INTO membership VALUES (?, ?)", rows())
        found = database.execute("SELECT name, problem FROM membership ORDER BY name, problem")
        for _, members in groupby(found, itemgetter(0)):
            first, *others = (problem for _, problem in members)
            by_group.append(first)
            for other in others:
                low, high = sorted((least(first), least(other)))
                linked[high] = low
    numbers = array("q", [-1]) * len(linked)
    count = 0
    for problem in map(least, by_group):
        if numbers[problem] < 0:
            numbers[problem] = count
            count += 1
    return array("Q", (numbers[least(problem)] for problem in range(len(linked))))


def _sizes(clusters: Sequence[int], categories: Sequence[str]) -> list[Counter[str]]:
    """Problems by category of each cluster; clusters of equal sizes share one counter."""
    known: dict[tuple[tuple[str, int], ...], Counter[str]] = {}
    sizes = []
    by_cluster = sorted(range(len(clusters)), key=clusters.__getitem__)
    for _, members in groupby(by_cluster, clusters.__getitem__):
        counts = Counter(categories[problem] for problem in members)
        sizes.append(known.setdefault(tuple(counts.items()), counts))
    return sizes


def _nearest_to_share(clusters: Sequence[tuple[int, Counter[str]]], share: float) -> set[int]:
    """The clusters to test on, of clusters with their counts by category."""
    total = sum((sizes for _, sizes in clusters), Counter[str]())
    lacking = {category: share * count for category, count in total.items()}
    lacking_in_all = share * total.total()
    tested: set[int] = set()
    moving = True
    while moving:
        moving = False
        for cluster, sizes in clusters:
            sign = -1 if cluster in tested else 1
            left = {category: lacking[category] - sign * n for category, n in sizes.items()}
            left_in_all = lacking_in_all - sign * sizes.total()
            nearer = abs(lacking_in_all) - abs(left_in_all)
            nearer += sum(abs(lacking[category]) - abs(n) for category, n in left.items())
            if nearer > TINY:
                moving = True
                tested ^= {cluster}
                lacking |= left
                lacking_in_all = left_in_all
    return tested
