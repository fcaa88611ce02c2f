"""Traces that can be forced on a model, what their facts point to, and the answers that came.

Reads and writes no model, so that sections can score interventions without one.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Literal, get_args

from pydantic import BaseModel

from artifact.common.errors import InputError
from artifact.datasets.dataset import Dataset
from artifact.datasets.problem import Problem
from artifact.decomposition import traces
from artifact.decomposition.parse import Trace, parse
from artifact.sft import run_folder
from artifact.sft.run_folder import Run

Forced = Literal["own", "correct", "anchored", "incorrect", "misleading", "other", "filler", "none"]
FORCED: tuple[Forced, ...] = get_args(Forced)
"""Traces that are forced.

own: what the model wrote itself. correct, anchored, incorrect, filler: as in training.
misleading: the right label over facts of this context that point to another candidate. other:
another problem's correct trace. none: an empty one.
"""


@dataclass(frozen=True, slots=True)
class ForcedTrace:
    """A trace, without its tags, and the answers that its facts point to; None where they point
    nowhere or that can't be told."""

    text: str
    points_to: tuple[str, ...] | None


class Intervention(BaseModel):
    """One line of ``interventions.jsonl``.

    Attributes:
        id, category: of the problem.
        forced: which trace.
        points_to: answers that the forced trace's facts point to; None where they point nowhere
            or that can't be told.
        prediction: what the model went on with after ``</think>``.
        tokens, truncated: as of a `Prediction`.
    """

    id: str
    category: str
    forced: Forced
    points_to: tuple[str, ...] | None
    prediction: str
    tokens: int
    truncated: bool


def interventions(run: Run) -> list[Intervention]:
    """All whole lines of ``interventions.jsonl``, as generated so far; empty if there are none.

    Raises:
        InputError: with the line, if one can't be read.
    """
    return run_folder.whole_lines(run.folder / run_folder.INTERVENTIONS, Intervention)


def own_trace(dataset: Dataset, problem: Problem, prediction: str) -> str | None:
    """The trace that a model wrote on `problem`; None if it wrote none."""
    found = parse(prediction, dataset.template, problem.context)
    return found.text if isinstance(found, Trace) else None


def forced_traces(
    dataset: Dataset, problem: Problem, own: str | None, others: Sequence[Problem]
) -> dict[Forced, ForcedTrace]:
    """Each trace that can be forced on `problem`, in the order of `FORCED`.

    Args:
        own: the trace that the model wrote, or None if it wrote none.
        others: problems one of which lends its correct trace.
    """
    made = {"none": ForcedTrace("", None)}
    if own is not None:
        made["own"] = ForcedTrace(own, _pointed(dataset, problem, own))
    for kind in _AS_IN_TRAINING:
        with suppress(InputError):  # this problem has no such trace
            text = _between_tags(traces.render(dataset, problem, kind))
            made[kind] = ForcedTrace(text, _pointed(dataset, problem, text))
    if dataset.wording.misleading_facts and (misleading := traces.misleading(dataset, problem)):
        made["misleading"] = ForcedTrace(misleading.trace, misleading.points_to)
    with suppress(InputError):  # no problem is apart from this one
        other = traces.unrelated(dataset, problem, others, Random(f"other {problem.id}"))
        text = _between_tags(traces.render(dataset, other, "correct"))
        made["other"] = ForcedTrace(text, other.answers)
    return {forced: made[forced] for forced in FORCED if forced in made}


_AS_IN_TRAINING: tuple[Literal["correct", "anchored", "incorrect", "filler"], ...] = (
    "correct", "anchored", "incorrect", "filler",
)  # fmt: skip


def _pointed(dataset: Dataset, problem: Problem, trace: str) -> tuple[str, ...] | None:
    return traces.points_to(dataset, problem, trace) if dataset.wording.answer_from else None


def _between_tags(turn: str) -> str:
    return turn.removeprefix("<think>").partition("</think>")[0]
