"""What bAbI problems look like, counted: the yardstick for look-alikes.

The release's own values lie beside this module, without a word of its text;
they are counted by::

    python -m artifact.datasets.release_statistics babi RELEASE_DIR
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from statistics import fmean

from pydantic import BaseModel, ConfigDict

from artifact.common.errors import InputError
from artifact.common.files import RESTORE, read_record
from artifact.common.intake import Intake
from artifact.datasets.babi.grammar import (
    NOTHING,
    NUMBERS,
    Sentence,
    read_fact,
    read_facts,
    read_question,
)
from artifact.datasets.babi.labels import LABELS
from artifact.datasets.babi.release.problems import read_release
from artifact.datasets.dataset import ReleaseComparison
from artifact.datasets.problem import Problem

RELEASE_STATISTICS = Path(__file__).with_name("release_statistics.json")

Shares = dict[str, float]
"""Share of each value; they add up to 1."""


class TaskStatistics(BaseModel):
    """Statistics of the problems of one type.

    Attributes:
        n: problems.
        share: of all problems.
        mean_facts, max_facts: facts per context.
        facts: number of facts in the context.
        support: number of gold facts.
        answers: "yes", "no" or a number word; how many members a list answer has; "a name" for
            answers of any other kind.
        names: different answers that are names.
        commonest_name: share of the most frequent of them among all answers.
        question_forms, fact_forms: the templates that questions and facts follow.
        last_is_gold: share of problems whose last fact is a gold one.
        persons: mean number of different persons in the context.
        repeats: share of problems in whose context a sentence occurs twice.
    """

    model_config = ConfigDict(frozen=True)

    n: int
    share: float
    mean_facts: float
    max_facts: int
    facts: Shares
    support: Shares
    answers: Shares
    names: int
    commonest_name: float
    question_forms: Shares
    fact_forms: Shares
    last_is_gold: float
    persons: float
    repeats: float


class Statistics(BaseModel):
    """Statistics of a set of problems, by type in the order of the labels.

    Attributes:
        n: problems.
        stories: different contexts.
        tasks: label -> statistics of its problems; types without problems are left out.
    """

    model_config = ConfigDict(frozen=True)

    n: int
    stories: int
    tasks: dict[str, TaskStatistics]


def describe(problems: Iterable[Problem]) -> Statistics:
    """Count everything in `Statistics`.

    Raises:
        InputError: if there are no problems.
    """
    chosen = list(problems)
    if not chosen:
        raise InputError("is empty", field="problems")
    by_label = {label: [p for p in chosen if p.category == label] for label in LABELS}
    return Statistics(
        n=len(chosen),
        stories=len({problem.context for problem in chosen}),
        tasks={label: _of_task(alike, len(chosen)) for label, alike in by_label.items() if alike},
    )


@cache
def release_statistics() -> Statistics:
    """The release's own statistics, as stored beside this module."""
    return read_record(RELEASE_STATISTICS, Statistics, cure=RESTORE)


def answer_kind(problem: Problem) -> str:
    """What `TaskStatistics.answers` counts a problem's answers as."""
    if problem.category == "lists-sets":
        return str(len(_names(problem)))
    return "a name" if _names(problem) else problem.answers[0]


def _of_task(problems: Sequence[Problem], n: int) -> TaskStatistics:
    lengths = [len(problem.context) for problem in problems]
    names = Counter(name for problem in problems for name in _names(problem))
    return TaskStatistics(
        n=len(problems),
        share=len(problems) / n,
        mean_facts=fmean(lengths),
        max_facts=max(lengths),
        facts=_shares(lengths),
        support=_shares(len(problem.support) for problem in problems),
        answers=_shares(answer_kind(problem) for problem in problems),
        names=len(names),
        commonest_name=max(names.values(), default=0) / len(problems),
        question_forms=_shares(_form(read_question(problem.question)) for problem in problems),
        fact_forms=_shares(_form(read_fact(fact)) for p in problems for fact in p.context),
        last_is_gold=fmean(len(p.context) - 1 in p.support for p in problems),
        persons=fmean(len(_persons(problem)) for problem in problems),
        repeats=fmean(len(set(p.context)) < len(p.context) for p in problems),
    )


def _names(problem: Problem) -> list[str]:
    """The answers that are not yes, no, a number or nothing."""
    return [a for a in problem.answers if a not in ("yes", "no", NOTHING, *NUMBERS)]


def _persons(problem: Problem) -> set[str]:
    return {
        fact[slot]
        for _, fact in read_facts(problem.context)
        for slot in ("person", "companion", "receiver")
        if slot in fact.words
    }


def _form(sentence: Sentence | None) -> str:
    return sentence.form if sentence else "no template"


def _shares(values: Iterable[int] | Iterable[str]) -> Shares:
    """Share of each value, numbers in their order and texts in theirs."""
    counts = Counter(values)
    ordered = sorted(counts, key=lambda value: (isinstance(value, str), value))
    return {str(value): counts[value] / counts.total() for value in ordered}


SHOWN = {
    "share of all problems": "share",
    "mean facts": "mean_facts",
    "most facts": "max_facts",
    "last fact is gold": "last_is_gold",
    "most frequent name among the answers": "commonest_name",
}


def compare_with_release(problems: Iterable[Problem]) -> tuple[ReleaseComparison, ...]:
    """The statistics of `SHOWN` by task type; 0 where one side has no problem of a type."""
    ours, release = describe(problems).tasks, release_statistics().tasks
    return tuple(
        ReleaseComparison(f"{label} / {name}", _value(ours.get(label), field), _value(task, field))
        for label, task in release.items()
        for name, field in SHOWN.items()
    )


def _value(task: TaskStatistics | None, field: str) -> float:
    return float(getattr(task, field)) if task is not None else 0.0


def count(root: Path) -> Statistics:
    """The statistics of the release under `root`."""
    return describe(read_release(root, Intake()))
