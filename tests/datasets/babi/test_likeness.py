"""bAbI's statistics beside the release's: each task in turn, 0 where one side has none."""

from __future__ import annotations

import pytest

from artifact.datasets.babi import DATASET
from artifact.datasets.babi.likeness import SHOWN, likeness
from artifact.datasets.babi.statistics import describe, release_statistics


def test_every_task_of_the_release_has_every_statistic() -> None:
    rows = likeness(DATASET.generate(200, 1))
    assert [row.statistic for row in rows] == [
        f"{label} / {name}" for label in release_statistics().tasks for name in SHOWN
    ]


def test_ours_and_theirs_stand_where_they_belong() -> None:
    problems = DATASET.generate(200, 1)
    rows = {row.statistic: row for row in likeness(problems)}
    ours, theirs = describe(problems).tasks["counting"], release_statistics().tasks["counting"]
    for name, field in SHOWN.items():
        row = rows[f"counting / {name}"]
        assert (row.ours, row.release) == (getattr(ours, field), getattr(theirs, field))


def test_a_task_without_problems_has_zeros_on_its_side() -> None:
    only = [p for p in DATASET.generate(200, 1) if p.category == "conjunction"]
    for row in likeness(only):
        assert (row.ours == 0) or row.statistic.startswith("conjunction / ")
    assert {row.ours for row in likeness(only) if row.statistic == "counting / mean facts"} == {0}


def test_look_alikes_have_the_releases_shares_of_tasks() -> None:
    shares = [row for row in likeness(DATASET.generate(3000, 2)) if "share of all" in row.statistic]
    assert [row.ours for row in shares] == pytest.approx([row.release for row in shares], abs=0.03)
