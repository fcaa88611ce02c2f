"""Which problems train and which test: the release's rule, and one without leaks.

The release draws rows, so a subject (or a story) can stand on both sides; `grouped_split` draws
whole groups instead and is the default wherever the release's own files are not used.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from artifact.errors import InputError
from artifact.problems import Problem

RELEASE_SHARE = 0.2
RELEASE_SEED = 42


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
    group_of: Callable[[Problem], str],
    test_share: float = RELEASE_SHARE,
    seed: int = RELEASE_SEED,
) -> Split:
    """Split so that no group has problems on both sides.

    Groups are visited in a seeded random order; one goes to the test side if that brings the
    test counts, of each category and of the whole, nearer to `test_share`. The counts are thus
    right to about half a group per category, and a category too small for a test problem of its
    own may have none.

    Args:
        problems: what to split; ids need not be unique.
        group_of: the unit that must stay whole (cotempqa: subject, babi: story, marco: query).
        test_share: fraction of problems to test on, between 0 and 1, both excluded.
        seed: fixes the order of the groups.

    Raises:
        InputError: if `test_share` is out of range.
    """
    if not 0 < test_share < 1:
        raise InputError(
            f"is {test_share}", field="test_share", cure="give a fraction between 0 and 1"
        )
    members: dict[str, list[Problem]] = {}
    for problem in problems:
        members.setdefault(group_of(problem), []).append(problem)
    order = sorted(members)
    random.Random(seed).shuffle(order)

    wanted = {
        category: test_share * count
        for category, count in Counter(problem.category for problem in problems).items()
    }
    wanted_in_all = test_share * len(problems)
    tested: set[str] = set()
    for group in order:
        gained = Counter(problem.category for problem in members[group])
        nearer = sum(
            abs(wanted[category]) - abs(wanted[category] - count)
            for category, count in gained.items()
        )
        size = len(members[group])
        nearer += abs(wanted_in_all) - abs(wanted_in_all - size)
        if nearer <= 0:
            continue
        tested.add(group)
        wanted_in_all -= size
        for category, count in gained.items():
            wanted[category] -= count
    in_test = [group_of(problem) in tested for problem in problems]
    return Split(
        train=tuple(p for p, chosen in zip(problems, in_test, strict=True) if not chosen),
        test=tuple(p for p, chosen in zip(problems, in_test, strict=True) if chosen),
    )
