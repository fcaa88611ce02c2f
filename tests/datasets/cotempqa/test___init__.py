"""The dataset as the rest of the house meets it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from artifact import datasets
from artifact.common.intake import Intake
from artifact.datasets.cotempqa import DATASET, subjects_of
from artifact.datasets.cotempqa.grammar import RELATIONS, parse_fact, parse_question
from artifact.datasets.cotempqa.solve import read
from artifact.datasets.problem import Problem
from artifact.datasets.splits import grouped_split

FACTS = (
    "Mira Vold works for Tarn Mills in 1995.",
    "Oru Den attended Tarn School in 1995.",
    "Mira Vold works for Lake Mills from 1994 to 1996.",
)


@pytest.fixture(scope="module")
def problems(release):
    return DATASET.release.read_problems(release, Intake())


def test_a_problem_belongs_to_everyone_its_context_tells_of():
    told = Problem("p", "cotempqa", "mix", (*FACTS, "Nothing else is known."), "Who?", ("a",), ())
    assert subjects_of(told) == ("Mira Vold", "Oru Den", "Nothing else is known.")


def test_who_is_asked_about_in_the_release_is_told_of(problems):
    for problem in problems:
        question = parse_question(problem.question)
        assert {question.subject, question.asked_subject or question.subject} <= {
            *subjects_of(problem)
        }


def test_no_fact_of_the_release_stands_on_both_sides_and_the_largest_cluster_trains(problems):
    split = grouped_split(problems, subjects_of)
    train, test = ({fact for p in side for fact in p.context} for side in (split.train, split.test))
    assert train.isdisjoint(test)

    best_known, _ = Counter(s for p in problems for s in subjects_of(p)).most_common(1)[0]
    cluster, found = set(), {best_known}
    while found:
        cluster |= found
        linked = [set(subjects_of(p)) for p in problems if not found.isdisjoint(subjects_of(p))]
        found = set().union(*linked) - cluster
    together = [p for p in problems if not cluster.isdisjoint(subjects_of(p))]
    assert len(together) > len(problems) / 2
    assert {p.id for p in together} <= {p.id for p in split.train}


def worded_in_the_past(sentence):
    fact = parse_fact(sentence)
    wordings = RELATIONS[fact.relation]
    told = fact.text.removeprefix(f"{fact.subject} ")
    return wordings.past != wordings.present and told.startswith(f"{wordings.past} ")


def test_no_fact_in_the_past_tense_is_gold_or_the_event_but_few_contexts_have_one(problems):
    facts, past, contexts = 0, 0, 0
    for problem in problems:
        in_past = {i for i, text in enumerate(problem.context) if worded_in_the_past(text)}
        assert in_past.isdisjoint((*problem.support, *read(problem).anchors))
        facts += len(problem.context)
        past += len(in_past)
        contexts += bool(in_past)
    assert past / facts == pytest.approx(0.03, abs=0.005)
    assert contexts / len(problems) < 0.1


def test_a_rule_that_passes_over_the_past_tense_gains_next_to_nothing(problems):
    rule = DATASET.rules.shortcuts["year-only overlap"]
    right = {"all facts": 0, "present tense": 0}
    for problem in problems:
        present = tuple(text for text in problem.context if not worded_in_the_past(text))
        for name, context in (("all facts", problem.context), ("present tense", present)):
            told = replace(problem, context=context, support=())
            right[name] += set(rule(told, ())) == set(problem.answers)
    assert 0 <= right["present tense"] - right["all facts"] < 0.01 * len(problems)


def test_look_alikes_have_no_fact_in_the_past_tense():
    for problem in DATASET.lookalikes.generate(100, 2):
        assert not any(map(worded_in_the_past, problem.context))


def test_it_is_found_by_its_folder():
    assert datasets.get("cotempqa") is DATASET
    assert DATASET.name == "cotempqa"
    assert len(DATASET.hub.revision) == 40
