"""Each output with its scores: the rows from which every figure, table and comparison is read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Literal

from artifact.common.errors import InputError
from artifact.datasets.dataset import Dataset
from artifact.datasets.problem import Problem
from artifact.datasets.release_records import StoredOutput
from artifact.evaluation.answers import TRACELESS, AnswerScores, score_answer
from artifact.evaluation.evaluation import Semantics
from artifact.evaluation.released import step_results
from artifact.evaluation.statistics.association import Association, Table, associate
from artifact.evaluation.steps import Gold, StrictSteps, gold_facts, strict_steps

Step = Literal[
    "class_right",
    "any_context",
    "any_gold",
    "recall_all",
    "exact",
    "ok_exact",
    "ok_any",
    "no_trace",
]
"""A field of `StrictSteps`; `ReleasedSteps` has some of them."""


@dataclass(frozen=True, slots=True)
class ReleasedSteps:
    """The release's two steps, under the names that strict steps have.

    Attributes:
        class_right: the label of the gold row stands where the release looks for it.
        any_context: some context fact of the gold row is quoted.
    """

    class_right: bool
    any_context: bool

    @property
    def ok_any(self) -> bool:
        """Both steps right."""
        return self.class_right and self.any_context


@dataclass(frozen=True, slots=True)
class Scored:
    """One output with its scores.

    Attributes:
        problem: what was asked.
        answer: by each rule.
        steps: None if the variant has no traces, or the release leaves the output out.
    """

    problem: Problem
    answer: AnswerScores
    steps: StrictSteps | ReleasedSteps | None


def score_outputs(
    dataset: Dataset,
    outputs: Sequence[StoredOutput],
    variant: str,
    semantics: Semantics,
    *,
    root: Path | None = None,
    gold: Gold = "stored",
) -> list[Scored]:
    """Score each output once.

    Args:
        dataset: whose problems were asked.
        outputs: each with its own problem.
        variant: what the model was trained on; a variant without traces gets no steps.
        semantics: how the steps are scored; answers are scored by every rule.
        root: folder of the release, in which released semantics looks for gold rows.
        gold: which facts are gold under strict semantics.

    Raises:
        InputError: if released semantics is asked for without `root`.
    """
    steps: Iterable[StrictSteps | ReleasedSteps | None]
    if variant in TRACELESS:
        steps = [None] * len(outputs)
    elif semantics == "strict":
        steps = [_strict(dataset, output, gold) for output in outputs]
    else:
        steps = _released(dataset, root, outputs)
    return [
        Scored(output.problem, score_answer(dataset, output, variant), step)
        for output, step in zip(outputs, steps, strict=True)
    ]


def share(rows: Iterable[Scored], step: Step) -> float | None:
    """Share of the rows with steps in which `step` holds; None if there is none to count."""
    values = [getattr(row.steps, step) for row in rows if hasattr(row.steps, step)]
    return fmean(values) if values else None


def by_category(dataset: Dataset, rows: Iterable[Scored]) -> dict[str, list[Scored]]:
    """Rows of each label of the dataset, in its order; a label without rows has an empty list."""
    grouped: dict[str, list[Scored]] = {label: [] for label in dataset.labels}
    for row in rows:
        grouped[row.problem.category].append(row)
    return grouped


def associate_steps(dataset: Dataset, rows: Sequence[Scored], step: Step) -> Association:
    """Answer right (`AnswerScores.right`) against `step`, over the rows that have it."""
    return associate(
        _table(rows, step), [_table(g, step) for g in by_category(dataset, rows).values()]
    )


def _table(rows: Iterable[Scored], step: Step) -> Table:
    return Table.of(
        (row.answer.right, getattr(row.steps, step)) for row in rows if hasattr(row.steps, step)
    )


def _strict(dataset: Dataset, output: StoredOutput, gold: Gold) -> StrictSteps:
    facts = gold_facts(dataset, output.problem, gold)
    return strict_steps(output.prediction, output.problem, dataset.template, facts)


def _released(
    dataset: Dataset, root: Path | None, outputs: Sequence[StoredOutput]
) -> list[ReleasedSteps | None]:
    if root is None:
        raise InputError(
            "released semantics looks for gold steps in the release's own tables",
            field="semantics",
            cure="name the release's folder, or score strictly",
        )
    return [
        ReleasedSteps(result.class_right, result.retrieval_right) if result else None
        for result in step_results(dataset, root, outputs)
    ]
