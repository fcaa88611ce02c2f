"""Look-alikes of the tasks whose facts hold at all times: kinds, fears, directions and sizes.

As with movement, gold answers and gold facts are read off the simulated world, never off the
sentences. Where the release is uneven, the shares used here are the release's.
"""

from __future__ import annotations

from random import Random

from artifact.datasets.babi.grammar import COMPASS, OFFSETS, plural, say
from artifact.datasets.babi.lookalikes.lookalike import Lookalike, released_length
from artifact.datasets.babi.lookalikes.vocabulary import (
    BIG_THINGS,
    COLOURS,
    KINDS,
    PERSONS,
    PLACES,
    SHAPES,
    SMALL_THINGS,
)

MIDDLE_AS_REFERENCE = 0.65
"""Share of the facts of qa4 and qa17 that place an outer thing by the middle one; the others put it
the other way round."""

SAME_COLOUR = 0.35
"""Chance that an animal has the colour of the previous one of its kind. Otherwise, and for the
first of a kind, any colour is possible."""

BLOCK = 5
"""Facts of qa18 come in fives, until a question can be asked."""


def two_arg_relations(rng: Random) -> Lookalike:
    """Three places in a line; what lies on a given side of one?

    The answer is always what its fact names first, as in the release.
    """
    middle, *outer = rng.sample(PLACES, 3)
    way = rng.choice(list(COMPASS))
    facts = [
        (place, side, middle)
        if rng.random() < MIDDLE_AS_REFERENCE
        else (middle, COMPASS[side], place)
        for place, side in zip(outer, (way, COMPASS[way]), strict=True)
    ]
    context = tuple(say("compass", thing=a, compass=side, other=b) for a, side, b in facts)
    at = rng.randrange(2)
    answer, side, known = facts[at]
    if rng.random() < 0.5:
        question = say("what lies that way", compass=side, thing=known)
    else:
        question = say("what it lies that way of", compass=COMPASS[side], thing=known)
    return Lookalike(context, question, (answer,), (at,))


def basic_deduction(rng: Random) -> Lookalike:
    """What is someone afraid of, by their kind? A kind's fear is told before its members."""
    people, kinds = rng.sample(PERSONS, 4), rng.sample(KINDS, 4)
    fears = {kind: rng.choice([other for other in kinds if other != kind]) for kind in kinds}
    untold, facts = [*people, *kinds], list[str]()
    fear_at, person_at = dict[str, int](), dict[str, tuple[int, str]]()
    while untold:
        subject = rng.choice(untold)
        if subject in fears:
            fear_at[subject] = len(facts)
            feared = plural(fears[subject])
            facts.append(say("fear", Kinds=plural(subject).capitalize(), feared=feared))
        else:
            kind = rng.choice(kinds)
            if kind not in fear_at:
                continue
            person_at[subject] = (len(facts), kind)
            facts.append(say("kind", person=subject, kind=kind))
        untold.remove(subject)
    asked = rng.choice(people)
    at, kind = person_at[asked]
    question = say("what feared", person=asked.lower())  # so in the release
    return Lookalike(tuple(facts), question, (fears[kind],), tuple(sorted((fear_at[kind], at))))


def basic_induction(rng: Random) -> Lookalike:
    """What colour is the one animal of five whose colour is not told?

    The animals are told in turns, each first its kind, then its colour; the colour that would
    come last is asked. Like the release, no story has exactly two others of the asked kind.
    """
    while True:
        people, kinds = rng.sample(PERSONS, 5), rng.sample(KINDS, 4)
        colours = rng.sample(COLOURS, 4)
        kind = {person: rng.choice(kinds) for person in people}
        turns = _turns(people, rng)
        asked = turns[-1]
        alike = [person for person in people if person != asked and kind[person] == kind[asked]]
        if len(alike) not in (0, 2):
            break
    facts = list[str]()
    kind_at, colour_at, colour = dict[str, int](), dict[str, int](), dict[str, str]()
    for person in turns[:-1]:
        if person not in kind_at:
            kind_at[person] = len(facts)
            facts.append(say("kind", person=person, kind=kind[person]))
            continue
        before = [other for other in colour if kind[other] == kind[person]]
        copies = before and rng.random() < SAME_COLOUR
        colour[person] = colour[before[-1]] if copies else rng.choice(colours)
        colour_at[person] = len(facts)
        facts.append(say("colour", person=person, colour=colour[person]))
    model = max(alike, key=kind_at.__getitem__)
    support = sorted((kind_at[asked], kind_at[model], colour_at[model]))
    question = say("what colour", person=asked)
    return Lookalike(tuple(facts), question, (colour[model],), tuple(support))


def positional_reasoning(rng: Random) -> Lookalike:
    """Two things placed by a third on a grid; does one lie in that direction from the other?"""
    middle, *outer = rng.sample(SHAPES, 3)
    ways = rng.sample(list(OFFSETS), 2)
    context = tuple(
        _position_fact(thing, way, middle, rng) for thing, way in zip(outer, ways, strict=True)
    )
    first = rng.randrange(2)
    right, up = (OFFSETS[ways[first]][axis] - OFFSETS[ways[1 - first]][axis] for axis in (0, 1))
    lies_so = {way: right * step[0] + up * step[1] > 0 for way, step in OFFSETS.items()}
    answer = rng.choice(("yes", "no"))
    way = rng.choice([way for way, holds in lies_so.items() if holds == (answer == "yes")])
    question = say("is positioned", thing=outer[first], offset=way, other=outer[1 - first])
    return Lookalike(context, question, (answer,), (0, 1))


def size_reasoning(rng: Random) -> Lookalike:
    """Is one thing bigger than another, by a chain of two facts?"""
    big = rng.sample(BIG_THINGS, len(BIG_THINGS))
    by_size = [*SMALL_THINGS, *big]
    length = released_length("size-reasoning", rng)
    facts, chains = _size_story(by_size, rng)
    while len(facts) != length:
        facts, chains = _size_story(by_size, rng)
    small, big_one = rng.choice(list(chains))
    answer = rng.choice(("yes", "no"))
    lesser, greater = (small, big_one) if answer == "yes" else (big_one, small)
    form = rng.choice(("does fit", "is bigger"))
    question = say(form, small=lesser, big=greater)
    return Lookalike(tuple(facts), question, (answer,), tuple(sorted(chains[small, big_one])))


def _turns(people: list[str], rng: Random) -> list[str]:
    """Whose turn it is, drawn each time from those who have not had two."""
    turns = list[str]()
    while waiting := [person for person in people if turns.count(person) < 2]:
        turns.append(rng.choice(waiting))
    return turns


def _position_fact(thing: str, way: str, middle: str, rng: Random) -> str:
    if rng.random() >= MIDDLE_AS_REFERENCE:
        return say("position", thing=thing, offset=way, other=middle)
    right, up = OFFSETS[way]
    inverse = next(other for other, step in OFFSETS.items() if step == (-right, -up))
    return say("position", thing=middle, offset=inverse, other=thing)


def _size_story(
    by_size: list[str], rng: Random
) -> tuple[list[str], dict[tuple[str, str], tuple[int, int]]]:
    """Facts in blocks until two of them make a chain, and the first such chain of each pair."""
    facts: list[str] = []
    pairs: list[tuple[str, str]] = []
    chains: dict[tuple[str, str], tuple[int, int]] = {}
    while not chains:
        for _ in range(BLOCK):
            small, big = (by_size[at] for at in sorted(rng.sample(range(len(by_size)), 2)))
            for earlier, (lesser, greater) in enumerate(pairs):
                if greater == small:
                    chains.setdefault((lesser, big), (earlier, len(facts)))
                if big == lesser:
                    chains.setdefault((small, greater), (earlier, len(facts)))
            pairs.append((small, big))
            facts.append(say(rng.choice(("bigger", "fits")), small=small, big=big))
    return facts, chains
