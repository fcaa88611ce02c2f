"""What follows from facts that hold at all times, in whatever order they are told.

Tasks qa4, qa15, qa16, qa17 and qa18. Support is given in story order.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from artifact.datasets.babi.grammar import COMPASS, OFFSETS, Facts, Sentence, same, singular
from artifact.datasets.dataset import Derivation


def lies_that_way(facts: Facts, question: Sentence) -> Derivation:
    """What a compass fact or its inverse relates to the thing asked about (two-arg-relations)."""
    found = dict[str, int]()
    for index, fact in facts:
        if fact.form != "compass":
            continue
        stated = (fact["thing"], fact["compass"], fact["other"])
        inverse = (fact["other"], COMPASS[fact["compass"]], fact["thing"])
        for thing, compass, other in (stated, inverse):
            asked, answer = (
                (other, thing) if question.form == "what lies that way" else (thing, other)
            )
            if compass == question["compass"] and same(asked, question["thing"]):
                found.setdefault(answer, index)
    if not found:
        return Derivation(failure=f"no fact relates {question['compass']} to the place asked")
    return Derivation(answers=tuple(found), support=tuple(found.values()))


def what_feared(facts: Facts, question: Sentence) -> Derivation:
    """The person's kind, and what that kind is afraid of (basic-deduction)."""
    kinds = [(i, s) for i, s in facts if s.form == "kind" and same(s["person"], question["person"])]
    if not kinds:
        return Derivation(failure=f"no fact says what {question['person']} is")
    at, last = kinds[-1]
    fears = [
        (i, s) for i, s in facts if s.form == "fear" and same(singular(s["Kinds"]), last["kind"])
    ]
    if not fears:
        return Derivation(failure=f"no fact says what a {last['kind']} is afraid of")
    index, fear = fears[-1]
    return Derivation(answers=(singular(fear["feared"]),), support=tuple(sorted((at, index))))


def what_colour(facts: Facts, question: Sentence) -> Derivation:
    """The colour of another of the same kind (basic-induction).

    Of several others with a colour, the one whose kind is told last counts: the release's gold
    answers follow this rule in every row, and a majority vote in fewer.
    """
    kinds = {s["person"].casefold(): (i, s["kind"]) for i, s in facts if s.form == "kind"}
    colours = {s["person"].casefold(): (i, s["colour"]) for i, s in facts if s.form == "colour"}
    person = question["person"].casefold()
    if person not in kinds:
        return Derivation(failure=f"no fact says what {question['person']} is")
    at, kind = kinds[person]
    alike = [
        (index, other)
        for other, (index, other_kind) in kinds.items()
        if other != person and other_kind == kind and other in colours
    ]
    if not alike:
        return Derivation(failure=f"no other {kind} has a colour")
    index, other = max(alike)
    coloured_at, colour = colours[other]
    return Derivation(answers=(colour,), support=tuple(sorted((at, index, coloured_at))))


def is_positioned(facts: Facts, question: Sentence) -> Derivation:
    """Whether one thing lies in that direction from another, on a grid (positional-reasoning)."""
    path = path_between(facts, question)
    if path is None:
        return Derivation(failure="no chain of facts places the two things")
    (right, up), asked = way_along(path), OFFSETS[question["offset"]]
    lies_so = right * asked[0] + up * asked[1] > 0
    return Derivation(
        answers=("yes" if lies_so else "no",), support=tuple(sorted(step.at for step in path))
    )


def is_bigger(facts: Facts, question: Sentence) -> Derivation:
    """Whether a chain of facts leads from the smaller thing to the bigger one (size-reasoning).

    The support is the chain of two facts that is the first to be complete, read from the top:
    the release always names two facts, even where one would do, and nothing in the text says
    which two where several chains hold. Without such a chain it is the shortest one.
    """
    for answer in ("yes", "no"):
        chain = chain_for(facts, question, answer)
        if chain:
            return Derivation(answers=(answer,), support=tuple(sorted(s.at for s in chain)))
    return Derivation(failure="no chain of facts compares the two things")


class Step(NamedTuple):
    """The fact at an index as an edge between things, with the way it leads on the grid."""

    at: int
    start: str
    end: str
    offset: tuple[int, int] = (0, 0)


def path_between(facts: Facts, question: Sentence) -> tuple[Step, ...] | None:
    """The shortest way from the second thing of a question to the first, or None."""
    return _shortest_path(_steps(facts), question["other"], question["thing"])


def way_along(path: Iterable[Step]) -> tuple[int, int]:
    """How far a path leads in all: (right, up)."""
    steps = list(path)
    return sum(step.offset[0] for step in steps), sum(step.offset[1] for step in steps)


def chain_for(facts: Facts, question: Sentence, answer: str) -> tuple[Step, ...] | None:
    """The facts that make the answer "yes" or "no", as a chain from small to big, or None.

    "yes" needs one from the thing asked to be small to the one asked to be big, "no" the reverse.
    """
    edges = [
        Step(i, s["small"].casefold(), s["big"].casefold())
        for i, s in facts
        if s.form in ("bigger", "fits")
    ]
    low, high = question["small"].casefold(), question["big"].casefold()
    if answer == "no":
        low, high = high, low
    return _first_pair(edges, low, high) or _shortest_path(edges, low, high)


def _steps(facts: Facts) -> Iterator[Step]:
    """Each position fact, both ways."""
    for index, fact in facts:
        if fact.form == "position":
            thing, other = fact["thing"].casefold(), fact["other"].casefold()
            right, up = OFFSETS[fact["offset"]]
            yield Step(index, other, thing, (right, up))
            yield Step(index, thing, other, (-right, -up))


def _first_pair(edges: list[Step], low: str, high: str) -> tuple[Step, ...] | None:
    """Of the chains of two edges, the one whose later fact comes first."""
    pairs = [
        (first, second)
        for first in edges
        if first.start == low
        for second in edges
        if second.end == high and second.start == first.end
    ]
    return min(pairs, key=lambda pair: sorted((s.at for s in pair), reverse=True), default=None)


def _shortest_path(edges: Iterable[Step], start: str, goal: str) -> tuple[Step, ...] | None:
    """The fewest steps from start to goal, those told first preferred; or None."""
    start, goal = start.casefold(), goal.casefold()
    known = list(edges)
    paths: dict[str, tuple[Step, ...]] = {start: ()}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        if here == goal:
            return paths[here]
        for step in known:
            if step.start == here and step.end not in paths:
                paths[step.end] = (*paths[here], step)
                queue.append(step.end)
    return None
