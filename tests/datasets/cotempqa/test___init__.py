"""The dataset as the rest of the house meets it."""

from __future__ import annotations

from collections import Counter

from artifact import datasets
from artifact.datasets.cotempqa import DATASET, subjects_of
from artifact.datasets.cotempqa.facts import parse_question
from artifact.problems import Intake, Problem
from artifact.splits import grouped_split

FACTS = (
    "Mira Vold works for Tarn Mills in 1995.",
    "Oru Den attended Tarn School in 1995.",
    "Mira Vold works for Lake Mills from 1994 to 1996.",
)


def test_a_problem_belongs_to_everyone_its_context_tells_of():
    told = Problem("p", "cotempqa", "mix", (*FACTS, "Nothing else is known."), "Who?", ("a",), ())
    assert subjects_of(told) == ("Mira Vold", "Oru Den", "Nothing else is known.")


def test_who_is_asked_about_in_the_release_is_told_of(release):
    for problem in DATASET.read_release(release, Intake()):
        question = parse_question(problem.question)
        assert {question.subject, question.asked_subject or question.subject} <= {
            *subjects_of(problem)
        }


def test_no_fact_of_the_release_stands_on_both_sides_and_the_largest_cluster_trains(release):
    problems = DATASET.read_release(release, Intake())
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


def test_it_is_found_by_its_folder():
    assert datasets.get("cotempqa") is DATASET
    assert DATASET.name == "cotempqa"
    assert len(DATASET.hub_revision) == 40
