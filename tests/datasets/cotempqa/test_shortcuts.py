"""Each baseline on a context that tells it from the others, then their figures on the release."""

from __future__ import annotations

from dataclasses import replace

import pytest

from artifact.common.intake import Intake
from artifact.datasets.cotempqa.release.problems import read_release
from artifact.datasets.cotempqa.shortcuts import CATEGORY_SHORTCUTS, SHORTCUTS
from artifact.datasets.cotempqa.solve import solve
from artifact.datasets.problem import Problem

QUESTION = (
    "While Mira Vold was working for Tarn Mills, which employer did Mira Vold work for "
    "concurrently?"
)
ANCHOR = "Mira Vold works for Tarn Mills from May, 1990 to 1995."
BEFORE = "Mira Vold works for Old Mills from January, 1990 to March, 1990."
ACROSS = "Mira Vold works for Lake Mills from 1985 to 1991."
INSIDE = "Mira Vold works for Hill Mills in 1993."
SAME = "Mira Vold works for Dale Mills from May, 1990 to 1995."
LONG = "Mira Vold works for Far Mills from 1920 to 1980."
ALSO_LONG = "Mira Vold works for Sea Mills from 1900 to 1960."
ELSEWHERE = "Oru Den works for Moor Mills from 1994 to 2001."


def problem(*context: str, question: str = QUESTION, answers=("Lake Mills",), name="p"):
    return Problem(name, "cotempqa", "during", context, question, tuple(answers), ())


EVERYTHING = problem(ANCHOR, BEFORE, ACROSS, INSIDE, SAME, LONG, ALSO_LONG, ELSEWHERE)


@pytest.mark.parametrize(
    ("rule", "answers"),
    [
        ("year-only overlap", {"Old Mills", "Lake Mills", "Hill Mills", "Dale Mills"}),
        ("alive at the anchor's start", {"Lake Mills", "Dale Mills"}),
        ("longest interval", {"Far Mills", "Sea Mills"}),
        ("anchor's exact time string", {"Dale Mills"}),
        ("most frequent training answer", set()),
    ],
)
def test_each_rule_chooses_in_its_own_way(rule, answers):
    assert set(SHORTCUTS[rule](EVERYTHING, [])) == answers
    assert answers != set(solve(EVERYTHING).answers)


def test_the_most_frequent_training_answer_is_sought_among_the_candidates():
    train = [
        problem(ANCHOR, answers=("Hill Mills", "Moor Mills")),
        problem(ANCHOR, answers=("Hill Mills", "Moor Mills")),
        problem(ANCHOR, answers=("Lake Mills", "Moor Mills")),
    ]
    rule = SHORTCUTS["most frequent training answer"]
    assert rule(EVERYTHING, train) == ("Hill Mills",)
    assert rule(EVERYTHING, train[2:]) == ("Lake Mills",)
    assert rule(problem(ANCHOR, SAME), train) == ()


def test_the_random_candidate_hangs_on_the_id_alone():
    rule = SHORTCUTS["random candidate"]
    context = EVERYTHING.context
    assert rule(EVERYTHING, []) == rule(EVERYTHING, [EVERYTHING])
    drawn = {rule(problem(*context, name=f"p{index}"), []) for index in range(100)}
    named = ("Old", "Lake", "Hill", "Dale", "Far", "Sea")
    assert drawn == {(f"{name} Mills",) for name in named}


@pytest.mark.parametrize(
    ("labels", "majority"),
    [
        (["equal", "mix", "mix"], ("mix",)),
        (["overlap", "equal"], ("overlap",)),
        (["during", "equal", "equal"], ("equal",)),
        (["during", "during", "mix"], ("during",)),
        ([], ()),
    ],
)
def test_the_majority_label_is_the_commonest_in_training(labels, majority):
    train = [replace(EVERYTHING, category=label) for label in labels]
    assert CATEGORY_SHORTCUTS["majority class"](EVERYTHING, train) == majority


@pytest.mark.parametrize(
    ("context", "label"),
    [
        ([ANCHOR, BEFORE], ()),
        ([ANCHOR, SAME], ("equal",)),
        ([ANCHOR, INSIDE, LONG], ("during",)),
        ([ANCHOR, SAME, ELSEWHERE], ("mix",)),
        ([ANCHOR, SAME, "Mira Vold attended Tarn School in 1993."], ("equal",)),
        ([SAME], ()),
    ],
)
def test_dates_of_the_asked_relation_give_a_label_whoever_they_are_about(context, label):
    rule = CATEGORY_SHORTCUTS["dates of the asked relation"]
    assert rule(problem(*context), []) == label


@pytest.mark.parametrize("rule", [*SHORTCUTS.values(), CATEGORY_SHORTCUTS["majority class"]])
@pytest.mark.parametrize("question", ["Who?", QUESTION])
def test_no_rule_needs_a_question_or_a_candidate(rule, question):
    told = problem("Nothing is known.", question=question)
    assert rule(told, []) in ((), ("during",))


def test_a_date_that_no_calendar_has_is_no_fault():
    odd = problem(ANCHOR, "Mira Vold works for Odd Mills from February 31, 1990 to 1999.")
    assert SHORTCUTS["longest interval"](odd, []) == ("Odd Mills",)


UPSTREAM_SIZES = {"equal": 436, "during": 3096, "overlap": 653, "mix": 563}


def _share_right(problems, right):
    """Share over all 4,748 problems upstream, categories on disk standing for the whole ones."""
    shares = {}
    for category in UPSTREAM_SIZES:
        flags = [right(p) for p in problems if p.category == category]
        shares[category] = sum(flags) / len(flags)
    total = sum(UPSTREAM_SIZES.values())
    return sum(shares[name] * size / total for name, size in UPSTREAM_SIZES.items()), shares


@pytest.fixture(scope="module")
def problems(release):
    """Those of every copy of the release; some lack the training part of during."""
    read = read_release(release, Intake())
    return [p for p in read if p.category != "during" or p.meta["split"] == "test"]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("year-only overlap", 0.810),
        ("alive at the anchor's start", 0.718),
        ("longest interval", 0.334),
        ("most frequent training answer", 0.220),
        ("anchor's exact time string", 0.092),
        ("random candidate", 0.067),
    ],
)
def test_how_far_each_rule_comes_on_the_release(problems, rule, expected):
    train = [p for p in problems if p.meta["split"] == "train"]
    answer = SHORTCUTS[rule]
    overall, shares = _share_right(problems, lambda p: set(answer(p, train)) == set(p.answers))
    assert overall == pytest.approx(expected, abs=0.01)
    if rule == "anchor's exact time string":
        assert shares == {"equal": 1, "during": 0, "overlap": 0, "mix": 0}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("majority class", 0.652), ("dates of the asked relation", 0.944)],
)
def test_how_far_labels_come_without_answers(problems, rule, expected):
    label = CATEGORY_SHORTCUTS[rule]
    tested = [p for p in problems if p.meta["split"] == "test"]
    overall, _ = _share_right(problems, lambda p: label(p, tested) == (p.category,))
    assert overall == pytest.approx(expected, abs=0.01)
