"""Outputs made anywhere: a file of JSON lines, each with a prediction and the problem it answers.

A line names its problem by ``id``, or states it by ``question`` and ``context``; its other fields
are ignored. Each problem is answered at most once; unanswered ones are reported.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ValidationError

from artifact.common.errors import InputError
from artifact.common.files import first_fault, located, read_json_lines
from artifact.common.intake import Intake
from artifact.common.p_values import p_text
from artifact.datasets.dataset import Dataset
from artifact.datasets.problem import Problem
from artifact.datasets.release_records import StoredOutput
from artifact.evaluation.answers import exact_set
from artifact.evaluation.evaluate import evaluate_outputs
from artifact.evaluation.evaluation import Evaluation, Semantics
from artifact.evaluation.scoring import check_variant
from artifact.evaluation.statistics.paired import Contrast, contrasts

NAMED = 5
"""Ids that a line names; the rest are only counted."""


class _Line(BaseModel):
    """One line of a file of predictions."""

    id: str | None = None
    question: str | None = None
    context: list[str] | None = None
    prediction: str


@dataclass(frozen=True, slots=True)
class Predictions:
    """The outputs of a file, each with its own problem.

    Attributes:
        path: the file.
        outputs: in the order of the problems.
        unanswered: ids of the problems without an output, in their order.
    """

    path: Path
    outputs: tuple[StoredOutput, ...]
    unanswered: tuple[str, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """The unanswered problems, in a line; empty if there are none."""
        if not self.unanswered:
            return ()
        more = len(self.unanswered) - NAMED
        named = ", ".join(self.unanswered[:NAMED]) + (f" and {more} more" if more > 0 else "")
        return (
            f"{len(self.unanswered)} problems have no prediction in {self.path.name} ({named})",
        )


def read_predictions(path: Path, problems: Sequence[Problem]) -> Predictions:
    """Match each line of a file to its problem.

    Args:
        path: JSON lines.
        problems: those that may have been asked, with unique ids.

    Raises:
        InputError: naming the line, if it can't be read, names no problem, states one that is
            missing or ambiguous, or answers one that another line answers.
    """
    by_id = {problem.id: problem for problem in problems}
    by_content: dict[tuple[str, tuple[str, ...]], list[Problem]] = {}
    for problem in problems:
        by_content.setdefault((problem.question, problem.context), []).append(problem)
    found: dict[str, tuple[int, StoredOutput]] = {}
    for number, record in read_json_lines(path, Intake()):
        try:
            line = _Line.model_validate(record)
            problem = _problem_of(line, by_id, by_content)
            if problem.id in found:
                first = found[problem.id][0]
                raise InputError(f"'{problem.id}' is already answered in line {first}", field="id")
        except ValidationError as error:
            raise located(first_fault(error), path=path, line=number) from error
        except InputError as error:
            raise located(error, path=path, line=number) from error
        where = f"{path}, line {number}"
        found[problem.id] = number, StoredOutput(problem, line.prediction, problem.answers, where)
    if not found:
        raise InputError("holds no predictions", path=path)
    return Predictions(
        path=path,
        outputs=tuple(found[problem.id][1] for problem in problems if problem.id in found),
        unanswered=tuple(problem.id for problem in problems if problem.id not in found),
    )


def _problem_of(
    line: _Line,
    by_id: dict[str, Problem],
    by_content: dict[tuple[str, tuple[str, ...]], list[Problem]],
) -> Problem:
    if line.id is not None:
        if line.id not in by_id:
            raise InputError(
                f"no problem is called '{line.id}'",
                field="id",
                cure="name the source of the problems that were asked: --source",
            )
        return by_id[line.id]
    if line.question is None or line.context is None:
        raise InputError("is missing", field="id", cure="give id, or question and context")
    alike = by_content.get((line.question, tuple(line.context)), [])
    if len(alike) != 1:
        fault = f"{len(alike)} problems have this question and context"
        raise InputError(fault, field="question", cure="give the problem's id")
    return alike[0]


def evaluate_predictions(
    dataset: Dataset,
    predictions: Predictions,
    variant: str,
    semantics: Semantics,
    *,
    root: Path | None = None,
) -> Evaluation:
    """Score the outputs of a file as stored ones are scored.

    Args:
        dataset: whose problems were asked.
        predictions: the file's outputs.
        variant: what the model was trained on; a variant without traces gets no steps.
        semantics: how the steps are scored.
        root: folder of the release, needed under released semantics.

    Raises:
        InputError: if released semantics is asked for without `root`, or there is no such variant.
    """
    return evaluate_outputs(
        dataset,
        predictions.outputs,
        model=predictions.path.name,
        variant=check_variant(variant),
        semantics=semantics,
        root=root,
        missing=predictions.missing,
    )


def compare_predictions(
    dataset: Dataset, first: Predictions, second: Predictions, variant: str
) -> Contrast:
    """Answers that are exactly gold: one file minus another, on the problems that both answer.

    Args:
        dataset: whose problems were asked.
        first, second: the files.
        variant: what both models were trained on; says whether a trace is expected.

    Raises:
        InputError: if they have fewer than two problems in common.
    """
    names = (first.path.name, second.path.name)
    if names[0] == names[1]:
        names = (str(first.path), str(second.path))
    rights = {
        name: {o.problem.id: exact_set(dataset, o, variant) for o in predictions.outputs}
        for name, predictions in zip(names, (first, second), strict=True)
    }
    found = contrasts(rights, [names])
    if not found:
        raise InputError(
            "the two files have fewer than two answered problems in common", path=second.path
        )
    return found[0]


def contrast_text(contrast: Contrast) -> str:
    """A comparison of two files in a line; differences in percentage points."""
    low, high = (100 * limit for limit in contrast.interval)
    return (
        f"{contrast.first} minus {contrast.second}, answers exactly gold: "
        f"{100 * contrast.difference:+.1f} points [{low:+.1f}, {high:+.1f}], n = {contrast.n}, "
        f"p {p_text(contrast.p)}"
    )
