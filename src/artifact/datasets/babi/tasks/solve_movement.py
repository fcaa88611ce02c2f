"""Who is where and who holds what: the tasks whose facts are events, told in story order.

Tasks qa1, qa2, qa7, qa8, qa12 and qa14. A later event overrides an earlier one; only
time-reasoning is told out of order and sorted by its times. Support is given in story order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from artifact.datasets.babi.grammar import NOTHING, NUMBERS, TIMES, Facts, Sentence, same
from artifact.datasets.dataset import Derivation


def where_is_person(facts: Facts, question: Sentence) -> Derivation:
    """The place of the last move that names the person (single-supporting-fact, conjunction)."""
    moves = moves_of(facts, question["person"])
    if not moves:
        return Derivation(failure=f"no fact moves {question['person']}")
    index, last = moves[-1]
    return Derivation(answers=(last["place"],), support=(index,))


def where_is_thing(facts: Facts, question: Sentence) -> Derivation:
    """The place of whoever held the thing last (two-supporting-facts).

    A thing goes where its holder goes, and stays where the holder was when it was dropped.
    """
    thing = question["thing"]
    handled = handlings_of(facts, thing)
    if not handled:
        return Derivation(failure=f"no fact says who had the {thing}")
    at, last = handled[-1]
    holder = holder_of(last)
    moves = [(i, s) for i, s in moves_of(facts, holder) if i < at or last.form != "drop"]
    if not moves:
        return Derivation(failure=f"no fact says where {holder} was with the {thing}")
    index, move = moves[-1]
    return Derivation(answers=(move["place"],), support=tuple(sorted((at, index))))


def how_many(facts: Facts, question: Sentence) -> Derivation:
    """The number of things held, over all events that gave or took one (counting)."""
    changes = changes_of(facts, question["person"])
    held = changes[-1].held if changes else {}
    if len(held) >= len(NUMBERS):
        return Derivation(failure=f"no word for {len(held)} things")
    return Derivation(answers=(NUMBERS[len(held)],), support=tuple(c.at for c in changes))


def what_held(facts: Facts, question: Sentence) -> Derivation:
    """The things held and where each was got; for empty hands all events (lists-sets)."""
    changes = changes_of(facts, question["person"])
    held = changes[-1].held if changes else {}
    if not held:
        return Derivation(answers=(NOTHING,), support=tuple(c.at for c in changes))
    return Derivation(answers=tuple(held), support=tuple(held.values()))


def where_before(facts: Facts, question: Sentence) -> Derivation:
    """The place visited before the named one, by the time of each move (time-reasoning).

    If the person was there twice, the later visit that has one before it counts.
    """
    pair = before(visits_of(facts, question["person"]), question["place"])
    if pair:
        earlier, later = pair
        return Derivation(answers=(earlier.place,), support=tuple(sorted((earlier.at, later.at))))
    person, place = question["person"], question["place"]
    return Derivation(failure=f"no fact says where {person} was before the {place}")


class Change(NamedTuple):
    """An event that gave a person something or took it.

    Attributes:
        at: index of the fact.
        thing: what was got or lost.
        gained: whether it was got.
        held: what the person holds afterwards: thing -> index of the fact that brought it.
    """

    at: int
    thing: str
    gained: bool
    held: Mapping[str, int]


class Visit(NamedTuple):
    """A stay of a person: when (an index of `TIMES`), by which fact, where."""

    time: int
    at: int
    place: str


def moves_of(facts: Facts, person: str) -> list[tuple[int, Sentence]]:
    """The facts that move a person, in story order."""
    return [
        (index, fact)
        for index, fact in facts
        if "place" in fact.words
        and any(same(fact.words.get(role, ""), person) for role in ("person", "companion"))
    ]


def handlings_of(facts: Facts, thing: str) -> list[tuple[int, Sentence]]:
    """The facts in which a thing is got, left or given, in story order."""
    return [(i, s) for i, s in facts if s.form in _HANDLING and same(s["thing"], thing)]


def holder_of(handling: Sentence) -> str:
    """Who holds the thing after it was got or given, or held it until it was left."""
    return handling["receiver"] if handling.form == "give" else handling["person"]


def changes_of(facts: Facts, person: str) -> list[Change]:
    """What a person gets and loses, in story order."""
    held: dict[str, int] = {}
    changes = []
    for index, fact in facts:
        lost = fact.form in _LOSING and same(fact["person"], person)
        gained = fact.form in _GAINING and same(fact[_GAINING[fact.form]], person)
        if not (lost or gained):
            continue
        held.pop(fact["thing"], None)  # a thing got again moves to its latest place in the order
        if not lost:
            held[fact["thing"]] = index
        changes.append(Change(index, fact["thing"], not lost, dict(held)))
    return changes


def visits_of(facts: Facts, person: str) -> list[Visit]:
    """Where a person was at which time, earliest first."""
    return sorted(
        Visit(TIMES.index(_when(move)), index, move["place"])
        for index, move in moves_of(facts, person)
        if move.form in _TIMED
    )


def before(visits: Sequence[Visit], place: str) -> tuple[Visit, Visit] | None:
    """The latest visit to `place` that has one before it, and that one first; or None."""
    pairs = reversed(list(pairwise(visits)))
    return next((pair for pair in pairs if same(pair[1].place, place)), None)


_HANDLING = ("get", "drop", "give")
_LOSING = ("drop", "give")
_GAINING = {"get": "person", "give": "receiver"}
_TIMED = ("move first told when", "move last told when")


def _when(move: Sentence) -> str:
    return move.words.get("when") or move["When"].lower()
