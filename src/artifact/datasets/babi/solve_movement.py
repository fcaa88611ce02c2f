"""Who is where and who holds what: the tasks whose facts are events, told in story order.

Tasks qa1, qa2, qa7, qa8, qa12 and qa14. A later event overrides an earlier one; only
time-reasoning is told out of order and sorted by its times. Support is given in story order.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from artifact.datasets.babi.grammar import NOTHING, NUMBERS, TIMES, Facts, Sentence, same
from artifact.datasets.base import Derivation


def where_is_person(facts: Facts, question: Sentence) -> Derivation:
    """The place of the last move that names the person (single-supporting-fact, conjunction)."""
    moves = _moves_of(facts, question["person"])
    if not moves:
        return Derivation(failure=f"no fact moves {question['person']}")
    index, last = moves[-1]
    return Derivation(answers=(last["place"],), support=(index,))


def where_is_thing(facts: Facts, question: Sentence) -> Derivation:
    """The place of whoever held the thing last (two-supporting-facts).

    A thing goes where its holder goes, and stays where the holder was when it was dropped.
    """
    thing = question["thing"]
    handled = [(i, s) for i, s in facts if s.form in _HANDLING and same(s["thing"], thing)]
    if not handled:
        return Derivation(failure=f"no fact says who had the {thing}")
    at, last = handled[-1]
    holder = last["receiver"] if last.form == "give" else last["person"]
    moves = [(i, s) for i, s in _moves_of(facts, holder) if i < at or last.form != "drop"]
    if not moves:
        return Derivation(failure=f"no fact says where {holder} was with the {thing}")
    index, move = moves[-1]
    return Derivation(answers=(move["place"],), support=tuple(sorted((at, index))))


def how_many(facts: Facts, question: Sentence) -> Derivation:
    """The number of things held, over all events that gave or took one (counting)."""
    inventory = _inventory(facts, question["person"])
    if len(inventory.held) >= len(NUMBERS):
        return Derivation(failure=f"no word for {len(inventory.held)} things")
    return Derivation(answers=(NUMBERS[len(inventory.held)],), support=inventory.events)


def what_held(facts: Facts, question: Sentence) -> Derivation:
    """The things held and where each was got; for empty hands all events (lists-sets)."""
    inventory = _inventory(facts, question["person"])
    if not inventory.held:
        return Derivation(answers=(NOTHING,), support=inventory.events)
    return Derivation(answers=tuple(inventory.held), support=tuple(inventory.held.values()))


def where_before(facts: Facts, question: Sentence) -> Derivation:
    """The place visited before the named one, by the time of each move (time-reasoning).

    Where the person was in the named place twice, the later visit that has one before it counts.
    """
    visits = sorted(
        (TIMES.index(_when(move)), index, move["place"])
        for index, move in _moves_of(facts, question["person"])
        if move.form in _TIMED
    )
    for earlier, later in reversed(list(pairwise(visits))):
        if same(later[2], question["place"]):
            return Derivation(answers=(earlier[2],), support=tuple(sorted((earlier[1], later[1]))))
    person, place = question["person"], question["place"]
    return Derivation(failure=f"no fact says where {person} was before the {place}")


_HANDLING = ("get", "drop", "give")
_LOSING = ("drop", "give")
_GAINING = {"get": "person", "give": "receiver"}
_TIMED = ("move first told when", "move last told when")


@dataclass(frozen=True, slots=True)
class _Inventory:
    """What a person holds at the end: thing -> index of the fact that brought it, in that order.

    `events` are the indices of all facts that gave the person something or took it.
    """

    held: dict[str, int]
    events: tuple[int, ...]


def _inventory(facts: Facts, person: str) -> _Inventory:
    held: dict[str, int] = {}
    events = []
    for index, fact in facts:
        if fact.form in _LOSING and same(fact["person"], person):
            held.pop(fact["thing"], None)
            events.append(index)
        elif fact.form in _GAINING and same(fact[_GAINING[fact.form]], person):
            held.pop(fact["thing"], None)  # a thing got anew stands where it was got last
            held[fact["thing"]] = index
            events.append(index)
    return _Inventory(held, tuple(events))


def _moves_of(facts: Facts, person: str) -> list[tuple[int, Sentence]]:
    return [
        (index, fact)
        for index, fact in facts
        if "place" in fact.words
        and any(same(fact.words.get(role, ""), person) for role in ("person", "companion"))
    ]


def _when(move: Sentence) -> str:
    return move.words.get("when") or move["When"].lower()
