"""The eleven of the twenty bAbI tasks that the paper uses; their names are the labels."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Task:
    """One task.

    Attributes:
        number: its number among the twenty (Weston et al. 2015, arXiv 1502.05698).
        label: its name, the gold label of the classification step.
        told_in_order: whether its facts are events, so that a repeated sentence is a new one.
    """

    number: int
    label: str
    told_in_order: bool


TASKS = (
    Task(1, "single-supporting-fact", told_in_order=True),
    Task(2, "two-supporting-facts", told_in_order=True),
    Task(4, "two-arg-relations", told_in_order=False),
    Task(7, "counting", told_in_order=True),
    Task(8, "lists-sets", told_in_order=True),
    Task(12, "conjunction", told_in_order=True),
    Task(14, "time-reasoning", told_in_order=False),
    Task(15, "basic-deduction", told_in_order=False),
    Task(16, "basic-induction", told_in_order=False),
    Task(17, "positional-reasoning", told_in_order=False),
    Task(18, "size-reasoning", told_in_order=False),
)
LABELS = tuple(task.label for task in TASKS)
BY_LABEL = {task.label: task for task in TASKS}
BY_NUMBER = {task.number: task for task in TASKS}
