"""Look-alikes of the tasks told in events: people go about, and carry things.

A world knows more than it tells: gold answers and gold facts are read off it, never off the
sentences. After every second fact it checks whether something can be asked, and asks as soon
as it can, which gives stories their lengths. The rates are those of the release's stories.
"""

from __future__ import annotations

from functools import cache
from itertools import permutations
from random import Random
from typing import NamedTuple

from artifact.datasets.babi.grammar import DROPS, GETS, GIVES, MOVES, NOTHING, NUMBERS, TIMES, say
from artifact.datasets.babi.lookalikes.lookalike import Lookalike, released_length
from artifact.datasets.babi.lookalikes.vocabulary import PERSONS, PLACES, THINGS

CAST = 4
"""Persons in a story, as in the release."""
LOCATIONS, CARGO = 6, 3
"""Places and things in a story, as in the release."""

MOVING, GETTING, DROPPING, GIVING = 1.0, 0.12, 0.3, 0.45
"""Rates of a move; of a get per free thing; of a drop and of a give per held thing. They are the
rates at which the release's stories of qa2, qa7 and qa8 do these things."""


def single_supporting_fact(rng: Random) -> Lookalike:
    """Two moves; where is one of those who moved?"""
    world = _World(rng)
    world.move()
    world.move()
    return world.ask_place_of(rng.choice(world.movers))


def conjunction(rng: Random) -> Lookalike:
    """Two moves by two persons each; where is one of those who moved?"""
    world = _World(rng)
    world.move_together()
    world.move_together()
    return world.ask_place_of(rng.choice(world.movers))


def two_supporting_facts(rng: Random) -> Lookalike:
    """Where is a thing that was carried away, or dropped in a place that was told?"""
    world = _World(rng)
    while True:
        world.act(may_give=False)
        world.act(may_give=False)
        proofs = {thing: found for thing in world.things if (found := world.whereabouts_of(thing))}
        if proofs:
            thing = rng.choice(list(proofs))
            place, support = proofs[thing]
            return world.tell(say("where is a thing", thing=thing), (place,), support)


def counting(rng: Random) -> Lookalike:
    """How many things does someone hold who got, dropped or gave one?"""
    world, person = _until_handled(rng, may_give=True)
    question = say("how many", person=person)
    return world.tell(question, (NUMBERS[len(world.held_by(person))],), world.events[person])


def lists_sets(rng: Random) -> Lookalike:
    """What does someone hold who got or dropped something?"""
    world, person = _until_handled(rng, may_give=False)
    held = sorted(world.held_by(person), key=world.got_at.__getitem__)
    support = [world.got_at[thing] for thing in held] or world.events[person]
    return world.tell(say("what held", person=person), tuple(held) or (NOTHING,), support)


def time_reasoning(rng: Random) -> Lookalike:
    """Where was someone before a place? Each person moves once at a time, told out of order."""
    length = released_length("time-reasoning", rng)
    visits = _timed_visits(rng)
    while len(visits) != length:
        visits = _timed_visits(rng)
    order = rng.choice(_orders(length))
    context = tuple(_timed_move(visits[at], rng) for at in order)
    pairs = [
        (earlier, later)
        for earlier in visits
        for later in visits
        if later.person == earlier.person and later.slot == earlier.slot + 1
    ]
    earlier, later = rng.choice(pairs)
    support = sorted(order.index(visits.index(visit)) for visit in (earlier, later))
    question = say("where before", person=later.person, place=later.place)
    return Lookalike(context, question, (earlier.place,), tuple(support))


class _World:
    """Persons, places and things; what is told about them; and how far the story has got.

    Attributes:
        facts: the sentences told so far.
        movers: the person of each move told, in order.
        place: where a person is, once told.
        moved_at: the fact that told it.
        holder: who holds a thing.
        got_at: the fact that brought it to its holder.
        dropped: for a thing put down, where, and the facts that tell it; None if not told.
        events: the facts in which a person got, dropped, gave or was given something.
        handlers: who got, dropped or gave something, in order of the first time.
    """

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.people = rng.sample(PERSONS, CAST)
        self.places = rng.sample(PLACES, LOCATIONS)
        self.things = rng.sample(THINGS, CARGO)
        self.facts: list[str] = []
        self.movers: list[str] = []
        self.place: dict[str, str] = {}
        self.moved_at: dict[str, int] = {}
        self.holder: dict[str, str] = {}
        self.got_at: dict[str, int] = {}
        self.dropped: dict[str, tuple[str, list[int]] | None] = {}
        self.events: dict[str, list[int]] = {person: [] for person in self.people}
        self.handlers: list[str] = []

    def move(self) -> None:
        """Someone goes where they are not."""
        person = self.rng.choice(self.people)
        place = self._elsewhere(person)
        self._say("move", person=person, moved=self.rng.choice(MOVES), place=place)
        self._arrive(person, place)

    def move_together(self) -> None:
        """Two go where neither is."""
        person, companion = self.rng.sample(self.people, 2)
        place = self._elsewhere(person, companion)
        moved = self.rng.choice(MOVES)
        self._say("move together", person=person, companion=companion, moved=moved, place=place)
        self._arrive(person, place)
        self._arrive(companion, place)

    def act(self, *, may_give: bool) -> None:
        """One event at the release's rates; impossible ones are redrawn."""
        while True:
            free = [thing for thing in self.things if thing not in self.holder]
            rates = (MOVING, GETTING * len(free), DROPPING * len(self.holder))
            giving = GIVING * len(self.holder) * may_give
            event = self.rng.choices(("move", "get", "drop", "give"), (*rates, giving))[0]
            person = self.rng.choice(self.people)
            if event == "move":
                return self.move()
            thing = self.rng.choice(free if event == "get" else list(self.holder))
            if event == "get" and self._within_reach(person, thing):
                return self._get(person, thing)
            if event == "drop":
                return self._drop(thing)
            if event == "give" and self._may_meet(self.holder[thing], person):
                return self._give(thing, person)

    def held_by(self, person: str) -> list[str]:
        """The things that the person holds."""
        return [thing for thing, holder in self.holder.items() if holder == person]

    def whereabouts_of(self, thing: str) -> tuple[str, list[int]] | None:
        """Where the thing is and the two facts that prove it, if two facts do.

        A thing not carried since someone got it is not asked about, as in the release.
        """
        if thing not in self.holder:
            return self.dropped.get(thing)
        holder = self.holder[thing]
        got_at, moved_at = self.got_at[thing], self.moved_at.get(holder, -1)
        return (self.place[holder], [got_at, moved_at]) if moved_at > got_at else None

    def ask_place_of(self, person: str) -> Lookalike:
        """The story so far, and where this person is."""
        question = say("where is a person", person=person)
        return self.tell(question, (self.place[person],), [self.moved_at[person]])

    def tell(self, question: str, answers: tuple[str, ...], support: list[int]) -> Lookalike:
        """The story so far, with a question."""
        return Lookalike(tuple(self.facts), question, answers, tuple(sorted(support)))

    def _say(self, form: str, **words: str) -> None:
        self.facts.append(say(form, **words))

    def _arrive(self, person: str, place: str) -> None:
        self.movers.append(person)
        self.place[person] = place
        self.moved_at[person] = len(self.facts) - 1

    def _get(self, person: str, thing: str) -> None:
        self._say("get", person=person, got=self.rng.choice(GETS), thing=thing)
        self.dropped.pop(thing, None)
        self._hold(person, thing)
        self._handled(person)

    def _drop(self, thing: str) -> None:
        person = self.holder.pop(thing)
        there = self.rng.choice(("", "", "", "", " there"))  # the release adds it to one in five
        dropped = self.rng.choice(DROPS)
        self._say("drop", person=person, dropped=dropped, thing=thing, there=there)
        at = len(self.facts) - 1
        self.dropped[thing] = (
            (self.place[person], [self.moved_at[person], at]) if person in self.place else None
        )
        self.events[person].append(at)
        self._handled(person)

    def _give(self, thing: str, receiver: str) -> None:
        giver = self.holder[thing]
        gave = self.rng.choice(GIVES)
        self._say("give", person=giver, gave=gave, thing=thing, receiver=receiver)
        self.events[giver].append(len(self.facts) - 1)
        self._handled(giver)
        self._hold(receiver, thing)

    def _hold(self, person: str, thing: str) -> None:
        self.holder[thing] = person
        self.got_at[thing] = len(self.facts) - 1
        self.events[person].append(len(self.facts) - 1)

    def _handled(self, person: str) -> None:
        if person not in self.handlers:
            self.handlers.append(person)

    def _elsewhere(self, *people: str) -> str:
        taken = {self.place.get(person) for person in people}
        return self.rng.choice([place for place in self.places if place not in taken])

    def _within_reach(self, person: str, thing: str) -> bool:
        """Whether nothing told keeps the two apart."""
        lies = self.dropped.get(thing)
        return lies is None or self.place.get(person, lies[0]) == lies[0]

    def _may_meet(self, one: str, other: str) -> bool:
        """Whether they are two persons and nothing told keeps them apart."""
        places = {self.place[person] for person in (one, other) if person in self.place}
        return one != other and len(places) < 2


def _until_handled(rng: Random, *, may_give: bool) -> tuple[_World, str]:
    """A world in which something was handled, and one of the persons who did so."""
    world = _World(rng)
    while not world.handlers:
        world.act(may_give=may_give)
        world.act(may_give=may_give)
    return world, rng.choice(world.handlers)


@cache
def _orders(length: int) -> tuple[tuple[int, ...], ...]:
    """Orders in which no fact keeps its place: where the release tells two moves only, the later
    one always comes first."""
    return tuple(
        order
        for order in permutations(range(length))
        if all(place != fact for place, fact in enumerate(order))
    )


class _Visit(NamedTuple):
    """A person in a place at a time, an index of `TIMES`."""

    person: str
    slot: int
    place: str


def _timed_visits(rng: Random) -> list[_Visit]:
    """Moves as they happen, two at a time, until someone has moved twice."""
    people, places = rng.sample(PERSONS, CAST), rng.sample(PLACES, LOCATIONS)
    visits: list[_Visit] = []
    while True:
        for _ in range(2):
            person = rng.choice(people)
            own = [visit.place for visit in visits if visit.person == person]
            place = rng.choice([place for place in places if place not in own[-1:]])
            visits.append(_Visit(person, len(own), place))
        if any(visit.slot for visit in visits):
            return visits


def _timed_move(visit: _Visit, rng: Random) -> str:
    """The move with its time in front or at the end, equally often."""
    person, moved, place, when = visit.person, rng.choice(MOVES), visit.place, TIMES[visit.slot]
    if rng.random() < 0.5:
        when = when.capitalize()
        return say("move first told when", person=person, moved=moved, place=place, When=when)
    return say("move last told when", person=person, moved=moved, place=place, when=when)
