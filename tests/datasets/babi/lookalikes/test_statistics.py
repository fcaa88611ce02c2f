"""Counting, and the committed counts of the release."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from artifact.common.errors import InputError
from artifact.common.intake import Intake
from artifact.datasets.babi import DATASET
from artifact.datasets.babi.lookalikes.statistics import (
    RELEASE_STATISTICS,
    SHOWN,
    answer_kind,
    compare_with_release,
    count,
    describe,
    release_statistics,
)
from artifact.datasets.babi.release.problems import read_release
from artifact.datasets.problem import Problem


def problem(context, question, answers, category, support=()):
    return Problem("x", "babi", category, tuple(context), question, tuple(answers), support)


WHERE = problem(
    ["Ulla went to the pier.", "Ulla and Bex went to the loft."],
    "Where is Ulla?",
    ["loft"],
    "single-supporting-fact",
    (1,),
)
LONGER = problem(
    ["Ulla went to the pier.", "Bex went to the pier.", "Bex went to the pier."],
    "Where is Ulla?",
    ["pier"],
    "single-supporting-fact",
    (0,),
)
COUNT = problem(
    ["Bex gave the jug to Ulla."], "How many objects is Ulla carrying?", ["one"], "counting", (0,)
)


def test_statistics_of_a_small_set():
    counted = describe([WHERE, LONGER, COUNT, WHERE])
    assert (counted.n, counted.stories) == (4, 3)
    assert list(counted.tasks) == ["single-supporting-fact", "counting"]
    single = counted.tasks["single-supporting-fact"]
    assert (single.n, single.share) == (3, 0.75)
    assert (single.mean_facts, single.max_facts) == (pytest.approx(7 / 3), 3)
    assert single.facts == pytest.approx({"2": 2 / 3, "3": 1 / 3})
    assert single.support == {"1": 1.0}
    assert single.answers == {"a name": 1.0}
    assert (single.names, single.commonest_name) == (2, pytest.approx(2 / 3))
    assert single.question_forms == {"where is a person": 1.0}
    assert single.fact_forms == pytest.approx({"move": 5 / 7, "move together": 2 / 7})
    assert single.last_is_gold == pytest.approx(2 / 3)
    assert single.persons == 2.0
    assert single.repeats == pytest.approx(1 / 3)
    counting = counted.tasks["counting"]
    assert (counting.answers, counting.names, counting.persons) == ({"one": 1.0}, 0, 2.0)


@pytest.mark.parametrize(
    ("answers", "category", "kind"),
    [
        (["loft"], "conjunction", "a name"),
        (["none"], "counting", "none"),
        (["yes"], "size-reasoning", "yes"),
        (["nothing"], "lists-sets", "0"),
        (["jug"], "lists-sets", "1"),
        (["jug", "jar"], "lists-sets", "2"),
    ],
)
def test_answer_kind(answers, category, kind):
    assert answer_kind(problem(["It rains."], "?", answers, category)) == kind


def test_sentences_of_no_template_are_counted_as_such():
    counted = describe([problem(["It rains."], "?", ["yes"], "size-reasoning")])
    task = counted.tasks["size-reasoning"]
    assert task.fact_forms == task.question_forms == {"no template": 1.0}


def test_nothing_to_count_is_an_error():
    with pytest.raises(InputError, match="is empty"):
        describe([])


def test_the_committed_statistics_hold_no_name(release):
    names = {
        answer for p in read_release(release, Intake()) for answer in p.answers if len(answer) > 4
    } - {"nothing"}
    text = json.dumps(json.loads(RELEASE_STATISTICS.read_text()))
    assert not [name for name in names if name in text]


@pytest.mark.parametrize(
    ("label", "mean", "longest"),
    [
        ("two-supporting-facts", 9.2, 46),
        ("counting", 4.7, 26),
        ("lists-sets", 4.5, 32),
        ("time-reasoning", 3.9, 6),
        ("basic-deduction", 8, 8),
        ("basic-induction", 9, 9),
        ("two-arg-relations", 2, 2),
        ("positional-reasoning", 2, 2),
        ("single-supporting-fact", 2, 2),
        ("conjunction", 2, 2),
        ("size-reasoning", 6.1, 15),
    ],
)
def test_facts_per_problem_of_the_release(label, mean, longest):
    task = release_statistics().tasks[label]
    assert (round(task.mean_facts, 1), task.max_facts) == (mean, longest)


def test_counting_is_one_in_most_problems_of_the_release():
    assert release_statistics().tasks["counting"].answers["one"] == pytest.approx(0.805, abs=5e-4)


def test_every_task_of_the_release_has_every_statistic() -> None:
    rows = compare_with_release(DATASET.lookalikes.generate(200, 1))
    assert [row.statistic for row in rows] == [
        f"{label} / {name}" for label in release_statistics().tasks for name in SHOWN
    ]


def test_ours_and_theirs_stand_where_they_belong() -> None:
    problems = DATASET.lookalikes.generate(200, 1)
    rows = {row.statistic: row for row in compare_with_release(problems)}
    ours, theirs = describe(problems).tasks["counting"], release_statistics().tasks["counting"]
    for name, field in SHOWN.items():
        row = rows[f"counting / {name}"]
        assert (row.ours, row.release) == (getattr(ours, field), getattr(theirs, field))


def test_a_task_without_problems_has_zeros_on_its_side() -> None:
    only = [p for p in DATASET.lookalikes.generate(200, 1) if p.category == "conjunction"]
    for row in compare_with_release(only):
        assert (row.ours == 0) or row.statistic.startswith("conjunction / ")
    assert {
        row.ours for row in compare_with_release(only) if row.statistic == "counting / mean facts"
    } == {0}


def test_look_alikes_have_the_releases_shares_of_tasks() -> None:
    shares = [
        row
        for row in compare_with_release(DATASET.lookalikes.generate(3000, 2))
        if "share of all" in row.statistic
    ]
    assert [row.ours for row in shares] == pytest.approx([row.release for row in shares], abs=0.03)


def test_the_stored_statistics_are_the_releases(release: Path) -> None:
    assert count(release) == release_statistics()
