"""Worlds of kinds, directions and sizes keep to what the release's worlds do."""

from __future__ import annotations

from random import Random

from artifact.datasets.babi.grammar import COMPASS, read_facts, read_question, singular
from artifact.datasets.babi.tasks import generate_reasoning as reasoning


def stories(maker, n=300):
    rng = Random(0)
    return [
        (draft, [fact for _, fact in read_facts(draft.context)])
        for draft in (maker(rng) for _ in range(n))
    ]


def test_three_places_lie_in_a_line_and_the_answer_opens_its_fact():
    for draft, facts in stories(reasoning.two_arg_relations):
        (middle,) = {facts[0]["thing"], facts[0]["other"]} & {facts[1]["thing"], facts[1]["other"]}
        sides = [
            fact["compass"] if fact["other"] == middle else COMPASS[fact["compass"]]
            for fact in facts
        ]
        assert sides[1] == COMPASS[sides[0]]
        assert draft.answers == (facts[draft.support[0]]["thing"],)


def test_a_kinds_fear_is_told_before_who_is_of_it_and_is_not_of_itself():
    for draft, facts in stories(reasoning.basic_deduction):
        assert [fact.form for fact in facts].count("fear") == 4
        told = set()
        for fact in facts:
            if fact.form == "fear":
                assert singular(fact["Kinds"]) != singular(fact["feared"])
                told.add(singular(fact["Kinds"]))
            else:
                assert fact["kind"] in told
        assert read_question(draft.question)["person"].islower()


def test_all_but_the_asked_animal_have_a_colour_told_after_their_kind():
    for draft, facts in stories(reasoning.basic_induction):
        asked = read_question(draft.question)["person"]
        kinds = {f["person"]: (i, f["kind"]) for i, f in enumerate(facts) if f.form == "kind"}
        colours = {f["person"]: i for i, f in enumerate(facts) if f.form == "colour"}
        assert set(kinds) - set(colours) == {asked}
        assert all(kinds[person][0] < at for person, at in colours.items())
        alike = [p for p, (_, kind) in kinds.items() if kind == kinds[asked][1] and p != asked]
        assert len(alike) in (1, 3, 4)


def test_positions_are_asked_of_the_two_outer_things():
    for draft, facts in stories(reasoning.positional_reasoning):
        (middle,) = {facts[0]["thing"], facts[0]["other"]} & {facts[1]["thing"], facts[1]["other"]}
        question = read_question(draft.question)
        named = {fact[slot] for fact in facts for slot in ("thing", "other")}
        assert {question["thing"], question["other"]} == named - {middle}


def test_sizes_never_contradict_each_other():
    for draft, facts in stories(reasoning.size_reasoning):
        assert len(facts) % reasoning.BLOCK == 0
        smaller = {(fact["small"], fact["big"]) for fact in facts}
        assert not {(big, small) for small, big in smaller} & smaller
        first, second = (facts[index] for index in draft.support)
        assert {first["small"], first["big"]} & {second["small"], second["big"]}
