"""What there is to tell about who is where and who holds what, event by event."""

from __future__ import annotations

from collections.abc import Callable

from artifact.datasets.babi.grammar import NUMBERS, TIMES
from artifact.datasets.babi.tasks.outline import (
    Outline,
    Story,
    about_others,
    capital,
    how_often,
    listed,
    persons_in,
    starting_from,
)
from artifact.datasets.babi.tasks.solve_movement import (
    Change,
    Visit,
    before,
    changes_of,
    handlings_of,
    holder_of,
    moves_of,
    visits_of,
)


def where_is_person(story: Story) -> Outline:
    """Every move of the person in turn; the last one counts."""
    person = story.person
    moves = moves_of(story.facts, person)
    at, last = moves[-1]
    places = [move["place"] for _, move in moves]
    often = how_often(len(moves))
    if len(moves) == 1:
        gist = f"The story moves {person} {often}, to the {places[0]}."
    else:
        gist = f"The story moves {person} {often}, and the last time it is to the {places[-1]}."
    if at == len(story.context) - 1:
        settled = f"Sentence {at + 1} is the end of the story, so nothing can follow it."
    else:
        settled = f"None of the sentences after it moves {person}, so that was the last move."
    return Outline(
        asked=f"where {person} is",
        states={index: f"{person} is in the {move['place']} now" for index, move in moves},
        beside=about_others(story.facts, person, f"does not move {person}"),
        gist=gist,
        claim=f"{person} is in the {last['place']}",
        doubt=f"whether {person} goes anywhere after sentence {at + 1}",
        settled=settled,
        join=(
            f"The question starts from {person}'s moves, in story order: {', then '.join(places)}\n"
            f"The last move counts: {places[-1]}\n"
        ),
    )


def where_is_thing(story: Story) -> Outline:
    """Who has the thing, and where that person is."""
    thing = story.question["thing"]
    at, last = handlings_of(story.facts, thing)[-1]
    holder = holder_of(last)
    left = last.form == "drop"
    if left:
        kept, fate = f"{holder} is the last to have the {thing} and leaves it behind.", "leaves it"
    elif last.form == "give":
        kept, fate = f"{last['person']} gives the {thing} to {holder}, who keeps it.", "keeps it"
    else:
        kept, fate = f"{holder} gets the {thing} and keeps it.", "keeps it"
    move = f"{holder}'s last move{' before that' if left else ''} is to the {story.answer}"
    return Outline(
        asked=f"where the {thing} is",
        states=_journey(story),
        beside=_not_with(story),
        gist=f"{kept} {move}.",
        claim=f"the {thing} is in the {story.answer}",
        doubt=f"whether the {thing} changes hands after sentence {at + 1}",
        settled=f"No, nobody gets it, gives it away or leaves it after that. {capital(move)}.",
        join=(
            f"{starting_from(story, at)}"
            f"{holder} {fate}, and {move}\n"
            f"So the {thing} is there: {story.answer}\n"
        ),
    )


def _journey(story: Story) -> dict[int, str]:
    """Every event that the thing's path depends on, and where it leaves the thing."""
    thing = story.question["thing"]
    handled = dict(handlings_of(story.facts, thing))
    carriers = {name for fact in handled.values() for name in persons_in(fact)}
    places: dict[str, str] = {}
    holder = None
    states = {}
    for index, fact in story.facts:
        moved = carriers.intersection(persons_in(fact)) if "place" in fact.words else set()
        for name in moved:
            places[name] = fact["place"]
        if index in handled:
            holder = None if fact.form == "drop" else holder_of(fact)
            known = places.get(holder_of(fact))
            where = f", in the {known}" if known else ""
            verb = f"leaves the {thing} behind" if fact.form == "drop" else f"has the {thing} now"
            states[index] = f"{holder_of(fact)} {verb}{where}"
        elif moved:
            along = f", and so is the {thing}" if holder in moved else ""
            are = "is" if len(moved) == 1 else "are"
            states[index] = f"{listed(sorted(moved))} {are} in the {fact['place']} now{along}"
    return states


def _not_with(story: Story) -> dict[int, str]:
    thing = story.question["thing"]
    clauses = {}
    for index, fact in story.facts:
        if "thing" in fact.words:
            clauses[index] = f"that is about the {fact['thing']}, not the {thing}"
        elif persons_in(fact):
            have = "has" if len(persons_in(fact)) == 1 else "have"
            clauses[index] = (
                f"that is about {listed(persons_in(fact))}, who never {have} the {thing}"
            )
    return clauses


def how_many(story: Story) -> Outline:
    """A running count of what the person holds."""
    person = story.person
    changes = changes_of(story.facts, person)
    count = NUMBERS.index(story.answer)
    things = {0: "nothing", 1: "one thing"}.get(count, f"{story.answer} things")
    return Outline(
        asked=f"how many things {person} is carrying",
        states={c.at: f"{_change(person, c)}, and the count is {_count(c)}" for c in changes},
        beside=about_others(story.facts, person, f"only says where {person} goes"),
        gist=f"{_gains_and_losses(person, changes)} What is left makes {story.answer}.",
        claim=f"{person} is carrying {things}",
        doubt=_doubt(person),
        settled=_recount(person, changes),
        join=(
            f"{_opening(person)}{_tally(changes, _count)}\nThe count in the end: {story.answer}\n"
        ),
    )


def what_held(story: Story) -> Outline:
    """A running list of what the person holds."""
    person = story.person
    changes = changes_of(story.facts, person)
    held = _things(changes[-1] if changes else None)
    return Outline(
        asked=f"what {person} is carrying",
        states={c.at: f"{_change(person, c)} and has {_things(c)} now" for c in changes},
        beside=about_others(story.facts, person, f"only says where {person} goes"),
        gist=f"{_gains_and_losses(person, changes)} What is left is {held}.",
        claim=f"{person} is carrying {held}",
        doubt=_doubt(person),
        settled=_recount(person, changes),
        join=f"{_opening(person)}{_tally(changes, _inventory)}\nIn hand at the end: "
        f"{_inventory(changes[-1]) if changes else story.answer}\n",
    )


def _opening(person: str) -> str:
    return f"The question starts from what {person} gets and loses, in story order: "


def _change(person: str, change: Change) -> str:
    return f"{person} {'gets' if change.gained else 'loses'} the {change.thing}"


def _count(change: Change) -> str:
    held = len(change.held)
    return NUMBERS[held] if held < len(NUMBERS) else str(held)


def _inventory(change: Change) -> str:
    return ", ".join(change.held) or "nothing"


def _things(change: Change | None) -> str:
    return (
        listed([f"the {thing}" for thing in change.held]) if change and change.held else "nothing"
    )


def _gains_and_losses(person: str, changes: list[Change]) -> str:
    gains = sum(change.gained for change in changes)
    told = [
        f"{verb} something {how_often(count)}" if count else f"{verb} nothing"
        for verb, count in (("gets", gains), ("loses", len(changes) - gains))
    ]
    return f"In this story {person} {listed(told)}."


def _doubt(person: str) -> str:
    return f"whether I missed anything that {person} gets or loses"


def _recount(person: str, changes: list[Change]) -> str:
    if not changes:
        return f"No, there is no sentence in which {person} gets or loses a thing."
    told = [f"{'gets' if c.gained else 'loses'} the {c.thing}" for c in changes]
    return (
        f"From the top, {person} {listed(told, ' and then ')}. That leaves {_things(changes[-1])}."
    )


def _tally(changes: list[Change], state: Callable[[Change], str]) -> str:
    entries = [f"{'+' if c.gained else '-'} {c.thing} = {state(c)}" for c in changes]
    return "; ".join(entries) or "nothing"


def where_before(story: Story) -> Outline:
    """The person's places in order of time, and the one before the place asked about."""
    person, place = story.person, story.question["place"]
    visits = visits_of(story.facts, person)
    pair = before(visits, place)
    assert pair is not None, "the solver found an answer"
    stays = [f"in the {visit.place} {TIMES[visit.time]}" for visit in pair]
    return Outline(
        asked=f"where {person} was before the {place}",
        states={v.at: f"{person} was in the {v.place} {TIMES[v.time]}" for v in visits},
        beside=about_others(story.facts, person, f"does not say when {person} was where"),
        gist=f"By the times, {person} was {stays[0]} and {stays[1]}, with nothing in between.",
        claim=f"before the {place} {person} was in the {story.answer}",
        doubt="whether I have the times in the right order",
        settled=f"Sorted from early to late, {person} was in {listed(_dated(visits))}. "
        f"The {story.answer} comes right before the {place}.",
        join=(
            f"The question starts from {person}'s places, in order of time: "
            f"{', then '.join(_dated(visits))}\n"
            f"Right before the {place}: {story.answer}\n"
        ),
    )


def _dated(visits: list[Visit]) -> list[str]:
    return [f"the {visit.place} ({TIMES[visit.time]})" for visit in visits]
