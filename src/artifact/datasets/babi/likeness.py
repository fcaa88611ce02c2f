"""A few of bAbI's statistics, of any problems beside the release's."""

from __future__ import annotations

from collections.abc import Iterable

from artifact.datasets.babi.statistics import TaskStatistics, describe, release_statistics
from artifact.datasets.dataset import Likeness
from artifact.datasets.problem import Problem

SHOWN = {
    "share of all problems": "share",
    "mean facts": "mean_facts",
    "most facts": "max_facts",
    "last fact is gold": "last_is_gold",
    "most frequent name among the answers": "commonest_name",
}


def likeness(problems: Iterable[Problem]) -> tuple[Likeness, ...]:
    """The statistics of `SHOWN` by task type; 0 where one side has no problem of a type."""
    ours, release = describe(problems).tasks, release_statistics().tasks
    return tuple(
        Likeness(f"{label} / {name}", _value(ours.get(label), field), _value(task, field))
        for label, task in release.items()
        for name, field in SHOWN.items()
    )


def _value(task: TaskStatistics | None, field: str) -> float:
    return float(getattr(task, field)) if task is not None else 0.0
