"""Worlds of persons, places and things keep to what a world can do."""

from __future__ import annotations

from random import Random

import pytest

from artifact.datasets.babi.grammar import TIMES, read_facts
from artifact.datasets.babi.tasks import generate_movement as movement

MAKERS = [
    movement.single_supporting_fact,
    movement.conjunction,
    movement.two_supporting_facts,
    movement.counting,
    movement.lists_sets,
]


def stories(maker, n=300):
    rng = Random(0)
    return [[fact for _, fact in read_facts(maker(rng).context)] for _ in range(n)]


@pytest.mark.parametrize("maker", MAKERS)
def test_nobody_goes_where_they_are(maker):
    for story in stories(maker):
        at = {}
        for fact in story:
            if "place" in fact.words:
                for role in {"person", "companion"} & set(fact.words):
                    assert at.get(fact[role]) != fact["place"]
                    at[fact[role]] = fact["place"]


@pytest.mark.parametrize("maker", MAKERS)
def test_only_held_things_are_let_go_and_only_free_ones_are_got(maker):
    for story in stories(maker):
        holder = {}
        for fact in story:
            if fact.form == "get":
                assert fact["thing"] not in holder
                holder[fact["thing"]] = fact["person"]
            elif fact.form in ("drop", "give"):
                assert holder.pop(fact["thing"]) == fact["person"]
                if fact.form == "give":
                    assert fact["receiver"] != fact["person"]
                    holder[fact["thing"]] = fact["receiver"]


@pytest.mark.parametrize("maker", MAKERS)
def test_nothing_told_keeps_apart_what_meets(maker):
    for story in stories(maker):
        at, lies = {}, {}
        for fact in story:
            if fact.form == "move":
                at[fact["person"]] = fact["place"]
            elif fact.form == "drop":
                lies[fact["thing"]] = at.get(fact["person"])
            elif fact.form == "get" and fact["person"] in at and lies.get(fact["thing"]):
                assert lies[fact["thing"]] == at[fact["person"]]
            elif fact.form == "give" and {fact["person"], fact["receiver"]} <= set(at):
                assert at[fact["person"]] == at[fact["receiver"]]


def test_each_person_moves_once_at_a_time_and_no_two_moves_stand_as_they_happened():
    for story in stories(movement.time_reasoning):
        slots = [TIMES.index((f.words.get("when") or f["When"]).lower()) for f in story]
        by_person = {}
        for fact, slot in zip(story, slots, strict=True):
            by_person.setdefault(fact["person"], []).append(slot)
        assert all(sorted(own) == list(range(len(own))) for own in by_person.values())
        assert max(len(own) for own in by_person.values()) > 1
        assert len(story) > 2 or slots == [1, 0]


def test_lists_have_no_gifts_and_counting_has():
    forms = [{fact.form for story in stories(maker) for fact in story} for maker in MAKERS]
    assert ["give" in found for found in forms] == [False, False, False, True, False]
