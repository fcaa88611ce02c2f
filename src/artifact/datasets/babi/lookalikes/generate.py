"""Look-alikes of bAbI: as many of each type as the release has, in worlds with invented names.

No story occurs twice, so a split by story has no leak; no name is one of bAbI's, so no model has
met the stories.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from hashlib import blake2b
from random import Random

from artifact.common.errors import InputError
from artifact.datasets.babi.lookalikes.lookalike import Lookalike
from artifact.datasets.babi.lookalikes.statistics import release_statistics
from artifact.datasets.babi.tasks import generate_movement, generate_reasoning
from artifact.datasets.problem import Problem

MAKERS: Mapping[str, Callable[[Random], Lookalike]] = {
    "single-supporting-fact": generate_movement.single_supporting_fact,
    "two-supporting-facts": generate_movement.two_supporting_facts,
    "two-arg-relations": generate_reasoning.two_arg_relations,
    "counting": generate_movement.counting,
    "lists-sets": generate_movement.lists_sets,
    "conjunction": generate_movement.conjunction,
    "time-reasoning": generate_movement.time_reasoning,
    "basic-deduction": generate_reasoning.basic_deduction,
    "basic-induction": generate_reasoning.basic_induction,
    "positional-reasoning": generate_reasoning.positional_reasoning,
    "size-reasoning": generate_reasoning.size_reasoning,
}
DIGEST = 16
"""Bytes of a story's digest; so few problems never collide by chance."""

MOST_REPEATS = 1000
"""Repeated stories in a row after which a type counts as used up."""


def draw(n: int, seed: int, shares: Mapping[str, float] | None = None) -> Iterator[Problem]:
    """Make `n` problems with different stories, the types mixed; equal seeds give equal ones.

    Args:
        n: how many, at least 0.
        seed: fixes everything.
        shares: label -> its share of the problems, in any unit; the release's shares by default.

    Raises:
        InputError: if `n` is negative, or asks for more stories than the names allow.
    """
    if n < 0:
        raise InputError(f"{n} is negative", field="n", cure="give 0 or more")
    rng = Random(seed)
    labels = [label for label, count in _allotted(n, shares).items() for _ in range(count)]
    rng.shuffle(labels)
    told: set[bytes] = set()
    for number, label in enumerate(labels, start=1):
        yield _named(_new_story(label, told, rng), label, f"lookalike-{seed}-{number}")


def _allotted(n: int, shares: Mapping[str, float] | None) -> dict[str, int]:
    """Problems per label, by the method of largest remainders."""
    released = {label: task.share for label, task in release_statistics().tasks.items()}
    weights = shares if shares is not None else released
    total = sum(weights.values())
    exact = {label: n * weight / total for label, weight in weights.items()}
    counts = {label: int(quota) for label, quota in exact.items()}
    by_remainder = sorted(exact, key=lambda label: counts[label] - exact[label])
    for label in by_remainder[: n - sum(counts.values())]:
        counts[label] += 1
    return counts


def _new_story(label: str, told: set[bytes], rng: Random) -> Lookalike:
    """A story that is new: its digest is not in `told` yet, and is added to it."""
    for _ in range(MOST_REPEATS):
        draft = MAKERS[label](rng)
        digest = blake2b("\n".join(draft.context).encode(), digest_size=DIGEST).digest()
        if digest not in told:
            told.add(digest)
            return draft
    raise InputError(
        f"asks for more stories of {label} than the names allow", field="n", cure="ask for fewer"
    )


def _named(draft: Lookalike, label: str, identity: str) -> Problem:
    return Problem(
        id=identity,
        dataset="babi",
        category=label,
        context=draft.context,
        question=draft.question,
        answers=draft.answers,
        support=draft.support,
    )
