"""Outputs that the reader brought, scored by the code that scores all others; shares in percent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from artifact.book.sections.common import percent
from artifact.common.errors import InputError
from artifact.datasets.dataset import Dataset
from artifact.datasets.problem import Problem
from artifact.evaluation.answers import SCORERS
from artifact.evaluation.evaluation import SEMANTICS, Evaluation
from artifact.evaluation.predictions import evaluate_predictions, read_predictions
from artifact.workflow.results import Evidence, Scalar, Table

SOURCE = "; outputs of the reader's file"
"""Appended to what else stands behind a section."""


@dataclass(frozen=True, slots=True)
class OwnOutputs:
    """Outputs that the reader brought.

    Attributes:
        evaluations: as released, where possible, and strictly.
        note: what is missing and why; "" if nothing is.
    """

    evaluations: tuple[Evaluation, ...]
    note: str


def score_own(
    dataset: Dataset, path: Path, problems: Sequence[Problem], variant: str, root: Path | None
) -> OwnOutputs:
    """The file's outputs, scored in both ways; as released only where the release has gold rows
    for these problems.

    Args:
        dataset: whose problems were asked.
        path: the file.
        problems: those that may have been asked.
        variant: what the model behind the outputs was trained on.
        root: folder of the release; None without one.

    Raises:
        InputError: if the file can't be read.
    """
    read = read_predictions(path, problems)
    evaluations, notes = [], [f"{line}." for line in read.missing]
    for semantics in SEMANTICS:
        try:
            found = evaluate_predictions(dataset, read, variant, semantics, root=root)
        except InputError as error:
            if semantics == "strict":
                raise
            notes.append(f"Steps of {path.name} not scored as released: {error.problem}.")
        else:
            evaluations.append(found)
    return OwnOutputs(tuple(evaluations), " ".join(notes))


def scores_table(evaluations: Iterable[Evaluation], evidence: Evidence, note: str) -> Table:
    """Whose outputs, how many, and what each scorer makes of their answers and steps; percent."""
    rows: list[list[Scalar]] = [
        [
            e.model,
            e.variant,
            e.semantics,
            e.n,
            *(percent(e.answer.micro(scorer)) for scorer in SCORERS),
            percent(e.classification.micro),
            percent(e.retrieval.any_context),
            percent(e.retrieval.exact),
            e.independence.phi,
        ]
        for e in evaluations
    ]
    return Table(
        columns=[
            *("outputs of", "variant", "steps scored", "n"),
            *(f"answer, {scorer.title}" for scorer in SCORERS.values()),
            *("label", "any context fact", "exactly the gold facts", "phi"),
        ],
        rows=rows,
        evidence=evidence,
        note=note,
    )
