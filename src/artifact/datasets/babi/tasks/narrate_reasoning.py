"""What there is to tell about facts that hold at all times: directions, kinds, positions, sizes."""

from __future__ import annotations

from collections.abc import Sequence

from artifact.datasets.babi.grammar import COMPASS, Sentence, plural, same, singular
from artifact.datasets.babi.tasks.outline import Outline, Story, capital, listed, starting_from
from artifact.datasets.babi.tasks.solve_reasoning import Step, chain_for, path_between, way_along


def lies_that_way(story: Story) -> Outline:
    """The fact that relates the place asked about, as it stands or reversed."""
    question = story.question
    place, compass = question["thing"], question["compass"]
    wanted = _wanted(question)
    at, fact = next(
        (i, s)
        for i, s in story.supporting
        if s.form == "compass" and _other_end(s, place) == (story.answer, wanted)
    )
    asks_of = question.form == "what it lies that way of"
    asked = f"what the {place} is {compass} of" if asks_of else f"what is {compass} of the {place}"
    claim = (
        f"the {place} is {compass} of the {story.answer}"
        if asks_of
        else f"the {story.answer} is {compass} of the {place}"
    )
    told = f"the {fact['thing']} is {fact['compass']} of the {fact['other']}"
    if fact["compass"] == compass:
        state = f"the {story.answer} is what I am looking for"
        gist = "One sentence has the very direction that is asked."
        settled = f"The question asks {asked}, and the sentence has {compass} too. Yes, it fits."
        join = f"That has the direction asked, {compass}"
    else:
        state = claim
        gist = f"The story says that {told}, and {compass} is the opposite of {fact['compass']}."
        settled = (
            f"{capital(compass)} is the opposite of {fact['compass']}: if {told}, then "
            f"{claim}. Yes, it fits."
        )
        join = f"Turned round, {fact['compass']} becomes {compass}"
    return Outline(
        asked=asked,
        states={at: state},
        beside=_elsewhere(story, place),
        gist=gist,
        claim=claim,
        doubt="whether I have the direction the right way round",
        settled=settled,
        join=f"{starting_from(story, at)}{join}, so the place at the other end of it is the "
        f"answer: {story.answer}\n",
    )


def _wanted(question: Sentence) -> str:
    """Which way the answer lies from the place asked about."""
    compass = question["compass"]
    return COMPASS[compass] if question.form == "what it lies that way of" else compass


def _other_end(fact: Sentence, place: str) -> tuple[str, str] | None:
    """What a compass fact relates to `place`, and which way it lies from there."""
    if same(fact["other"], place):
        return fact["thing"], fact["compass"]
    if same(fact["thing"], place):
        return fact["other"], COMPASS[fact["compass"]]
    return None


def _elsewhere(story: Story, place: str) -> dict[int, str]:
    wanted = _wanted(story.question)
    clauses = {}
    for index, fact in story.facts:
        if fact.form != "compass":
            continue
        end = _other_end(fact, place)
        if end is None:
            clauses[index] = f"that says nothing about the {place}"
        elif end[1] != wanted:
            clauses[index] = f"that puts the {end[0]} {end[1]} of the {place}, and I need {wanted}"
    return clauses


def what_feared(story: Story) -> Outline:
    """Member, kind, rule."""
    person = story.person
    at, kind = next(
        (i, s["kind"])
        for i, s in story.supporting
        if s.form == "kind" and same(s["person"], person)
    )
    index, feared = next(
        (i, s["feared"])
        for i, s in story.supporting
        if s.form == "fear" and same(singular(s["Kinds"]), kind)
    )
    beside = {}
    for other, fact in story.facts:
        if fact.form == "fear" and not same(singular(fact["Kinds"]), kind):
            beside[other] = f"that is about {fact['Kinds'].lower()}, not {plural(kind)}"
        elif fact.form == "kind" and not same(fact["person"], person):
            beside[other] = f"that is about {fact['person']}, not {person}"
    return Outline(
        asked=f"what {person} is afraid of",
        start=f"First, what is {person}? The story says: {story.context[at]} So I need the "
        f"sentence on {plural(kind)}.",
        states={at: f"{person} is one of the {plural(kind)}", index: f"{person} fears {feared}"},
        beside=beside,
        gist=f"{person} is a {kind}, and {plural(kind)} are afraid of {feared}.",
        claim=f"{person} is afraid of {feared}",
        doubt="whether I have the fear the right way round",
        settled=f"The {plural(kind)} are those who are afraid, and the {feared} are what they "
        f"fear. {person} is on the side of the {plural(kind)}. Yes, that is right.",
        join=f"{starting_from(story, at)}{person} is of the kind {kind}, and the rule for "
        f"{plural(kind)} names {feared}\nOne of the {feared}: {singular(feared)}\n",
    )


def what_colour(story: Story) -> Outline:
    """Member, another of its kind, that one's colour."""
    person = story.person
    at, member = next(
        (i, s) for i, s in story.supporting if s.form == "kind" and same(s["person"], person)
    )
    example = next(s for _, s in story.supporting if s.form == "colour")
    kind, other, colour = member["kind"], example["person"], example["colour"]
    alike = {
        s["person"]: s["kind"]
        for _, s in story.facts
        if s.form == "kind" and s["kind"] == kind and not same(s["person"], person)
    }
    coloured = {
        s["person"]: s["colour"]
        for _, s in story.facts
        if s.form == "colour" and s["person"] in alike and s["person"] != other
    }
    states = {at: f"{person} is the one whose color I need"}
    beside = {}
    for index, fact in story.facts:
        name = fact.words.get("person", "")
        if fact.form == "kind" and name in alike:
            states[index] = f"{name} is of the same kind as {person}"
        elif fact.form == "kind" and not same(name, person):
            beside[index] = f"that is another kind of animal, not a {kind}"
        elif fact.form == "colour" and name in alike:
            states[index] = f"one of the {plural(kind)} is {fact['colour']}"
        elif fact.form == "colour":
            beside[index] = f"that is the color of {name}, who is no {kind} in this story"
    found = (
        f"Of the other {plural(kind)} the last to be called so" if coloured else f"Another {kind}"
    )
    choice = _which_example(kind, other, coloured)
    return Outline(
        asked=f"what color {person} is",
        start=f"First, what is {person}? The story says: {story.context[at]} So I look for "
        f"another {kind} whose color is told.",
        states=states,
        beside=beside,
        gist=f"{person} is a {kind}, and so is {other}, who is {colour}.{choice}",
        claim=f"{person} is most likely {colour} too",
        doubt=f"whether there is yet another {kind} whose color is told",
        settled=choice.strip() or f"No, besides {person} the only {kind} with a color is {other}.",
        join=f"{starting_from(story, at)}{found} is {other}, and {other}'s color is "
        f"{colour}\nSo {person}'s color should be the same: {colour}\n",
    )


def _which_example(kind: str, chosen: str, coloured: dict[str, str]) -> str:
    """Why one of several animals of a kind counts; "" if there is only one."""
    if not coloured:
        return ""
    others = listed([f"{name} is {colour}" for name, colour in coloured.items()])
    return (
        f" There are more {plural(kind)} with a color: {others}. {chosen} is the last of them to "
        f"be called a {kind}, so I go by {chosen}."
    )


def is_positioned(story: Story) -> Outline:
    """One step at a time on the grid, from the second thing to the first."""
    question = story.question
    thing, other, offset = question["thing"], question["other"], question["offset"]
    path = path_between(story.supporting, question)
    assert path, "the solver found an answer"
    total, way = _way(way_along(path)), [f"{_way(s.offset)} to the {s.end}" for s in path]
    claim = f"the {thing} is {'' if story.answer == 'yes' else 'not '}{offset} the {other}"
    steps = {step.at: step for step in path}
    return Outline(
        asked=f"whether the {thing} is {offset} the {other}",
        start=f"Let me put the {other} in the middle and see where the {thing} comes to lie.",
        states={
            at: f"from the {step.start} it is {_way(step.offset)} to the {step.end}"
            for at, step in steps.items()
        },
        beside={
            index: f"that is no step on my way from the {other} to the {thing}"
            for index, fact in story.facts
            if fact.form == "position"
        },
        gist=f"From the {other} to the {thing} it is {total} in all.",
        claim=claim,
        doubt="whether the steps add up",
        settled=f"From the {other} it is {listed(way, ' and then ')}. Together that is {total}, so "
        f"{claim}.",
        join=f"{starting_from(story, path[0].at)}From the {other}: {', '.join(way)}\n"
        f"In all: {total}\n{capital(claim)}: {story.answer}\n",
    )


def _way(offset: tuple[int, int]) -> str:
    """An offset on the grid in words."""
    right, up = offset
    parts = [
        f"{abs(count)} {'step' if abs(count) == 1 else 'steps'} {ahead if count > 0 else back}"
        for count, ahead, back in ((right, "to the right", "to the left"), (up, "up", "down"))
        if count
    ]
    return listed(parts) if parts else "no step"


def is_bigger(story: Story) -> Outline:
    """A chain from small to big, and on which side the thing asked about stands."""
    question = story.question
    chain = chain_for(story.supporting, question, story.answer)
    assert chain, "the solver found an answer"
    small, big, no = question["small"], question["big"], story.answer == "no"
    if question.form == "does fit":
        asked = f"whether the {small} fits in the {big}"
        claim = f"the {small} {'does not fit' if no else 'fits'} in the {big}"
    else:
        asked = f"whether the {big} is bigger than the {small}"
        claim = f"the {big} is {'not ' if no else ''}bigger than the {small}"
    states, beside = _comparisons(story, chain)
    ordered = [chain[0].start, *(step.end for step in chain)]
    return Outline(
        asked=asked,
        states=states,
        beside=beside,
        gist=f"{capital(listed([_smaller(s.start, s.end) for s in chain], ', and '))}.",
        claim=claim,
        doubt="whether the chain runs the right way",
        settled=f"From small to big it goes: {', '.join(ordered)}. The {ordered[0]} is at the "
        f"small end and the {ordered[-1]} at the big end, so {claim}.",
        join=f"{starting_from(story, chain[0].at)}From small to big: {' < '.join(ordered)}\n"
        f"{capital(claim)}: {story.answer}\n",
    )


def _comparisons(story: Story, chain: Sequence[Step]) -> tuple[dict[int, str], dict[int, str]]:
    """What each fact on sizes amounts to: a link of the chain, or why it is not needed."""
    links, pairs = {step.at for step in chain}, {(step.start, step.end) for step in chain}
    ends = (chain[0].start, chain[-1].end)
    states, beside = {}, {}
    for index, fact in story.facts:
        if fact.form not in ("bigger", "fits"):
            continue
        pair = fact["small"].casefold(), fact["big"].casefold()
        if index in links:
            states[index] = _smaller(*pair)
        elif pair in pairs:
            beside[index] = "that says the same as another sentence"
        elif pair == ends:
            beside[index] = "that says at once what I can check by links"
        else:
            beside[index] = f"that links the {pair[0]} and the {pair[1]}, which I do not need"
    return states, beside


def _smaller(small: str, big: str) -> str:
    return f"the {small} is smaller than the {big}"
