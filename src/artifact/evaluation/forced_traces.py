"""Answers after forced traces, each judged by itself: the part of a trace's effect that is no
correlation.

The same weights answer the same problem after several traces, so nothing but the trace can have
made a difference between them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from artifact.datasets.dataset import Template
from artifact.datasets.problem import Problem
from artifact.decomposition.parse import answer_text
from artifact.sft.forced_traces import FORCED, Forced, Intervention

BASELINE: Forced = "own"
CONTRASTS: tuple[tuple[Forced, Forced], ...] = (
    ("correct", "misleading"),
    ("correct", "other"),
    ("correct", "filler"),
    ("correct", "none"),
    ("anchored", "correct"),
)
"""Pairs whose difference is due to the trace alone, beside each one against `BASELINE`."""


@dataclass(frozen=True, slots=True)
class ForcedAnswer:
    """One answer after a forced trace.

    Attributes:
        right: it is gold.
        followed: it is what the trace points to; None where that is gold or can't be told.
    """

    right: bool
    followed: bool | None


def score_forced(
    interventions: Sequence[Intervention], problems: Mapping[str, Problem], template: Template
) -> dict[Forced, dict[str, ForcedAnswer]]:
    """Each answer after each trace by problem id, traces in the order of `FORCED`.

    Args:
        interventions: of one run.
        problems: by id, those of the interventions among them.
        template: how their dataset words answers; they are compared as sets.
    """
    scored: dict[Forced, dict[str, ForcedAnswer]] = {}
    for forced in FORCED:
        for intervention in (each for each in interventions if each.forced == forced):
            gold = _answer_set(template, problems[intervention.id].answers)
            points_to = intervention.points_to
            target = None if points_to is None else _answer_set(template, points_to)
            text = answer_text(intervention.prediction)
            stated = None if text is None else template.parse_answer(text)
            elsewhere = target is not None and target != gold
            answer = ForcedAnswer(stated == gold, stated == target if elsewhere else None)
            scored.setdefault(forced, {})[intervention.id] = answer
    return scored


def _answer_set(template: Template, answers: Sequence[str]) -> frozenset[str]:
    return template.parse_answer(template.answer(answers))
