"""Strict scoring of the two steps: each output against its own problem.

The release looks for gold steps in a row found by the answer's text and counts every context fact
as gold; here the label and the facts are those of the problem that the model was asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from artifact.datasets.dataset import Dataset, Template
from artifact.datasets.problem import Problem
from artifact.decomposition.parse import NoTrace, parse, standing_for

Gold = Literal["stored", "solver"]
"""Which facts are gold: the problem's `support`, or the solver's with the fact that the question
starts from."""


@dataclass(frozen=True, slots=True)
class StrictSteps:
    """The steps of one output. Without a trace every step is wrong.

    Attributes:
        class_right: the stated label is the problem's.
        any_context: some context fact is quoted.
        any_gold: some gold fact is quoted.
        recall_all: all gold facts are quoted.
        exact: the quoted facts are the gold facts and nothing is hallucinated.
        precision: gold among the texts cited, hallucinated ones included; None if none is cited.
        no_trace: there is no trace.
    """

    class_right: bool
    any_context: bool
    any_gold: bool
    recall_all: bool
    exact: bool
    precision: float | None
    no_trace: bool

    @property
    def ok_exact(self) -> bool:
        """Both steps right, the facts exactly."""
        return self.class_right and self.exact

    @property
    def ok_any(self) -> bool:
        """The label right and some gold fact quoted."""
        return self.class_right and self.any_gold


WITHOUT_TRACE = StrictSteps(
    class_right=False,
    any_context=False,
    any_gold=False,
    recall_all=False,
    exact=False,
    precision=None,
    no_trace=True,
)


def strict_steps(
    prediction: str, problem: Problem, template: Template, gold: tuple[int, ...] | None = None
) -> StrictSteps:
    """Score the steps of `prediction`.

    Args:
        prediction: the generated text, untouched.
        problem: the problem that was asked.
        template: how its dataset words traces.
        gold: indices of the gold facts; None takes the problem's `support`. Without any gold fact
            nothing can be recalled, and `exact` does not hold.
    """
    trace = parse(prediction, template, problem.context)
    if isinstance(trace, NoTrace):
        return WITHOUT_TRACE
    gold_facts = standing_for(problem.support if gold is None else gold, problem.context, template)
    quoted = frozenset(trace.quoted)
    cited = len(quoted) + len(trace.hallucinated)
    return StrictSteps(
        class_right=trace.label == problem.category,
        any_context=bool(quoted),
        any_gold=bool(quoted & gold_facts),
        recall_all=bool(gold_facts) and gold_facts <= quoted,
        exact=bool(gold_facts) and gold_facts == quoted and not trace.hallucinated,
        precision=len(quoted & gold_facts) / cited if cited else None,
        no_trace=False,
    )


def gold_facts(dataset: Dataset, problem: Problem, gold: Gold) -> tuple[int, ...]:
    """Indices of the gold facts of `problem`; the solver's are none where it derives nothing."""
    if gold == "stored":
        return problem.support
    derived = dataset.rules.solve(problem)
    return tuple(sorted({*derived.support, *derived.anchor}))
