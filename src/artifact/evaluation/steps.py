"""The two steps of a trace, label and facts, scored strictly: against the output's own problem.

The release looks for gold steps in a row found by the answer's text and counts every context fact
as gold; here the label and the facts are those of the problem that the model was asked. A metric
of retrieval is a function listed in `RETRIEVAL`; nothing else needs to know about it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from artifact.datasets.dataset import Dataset, Template
from artifact.datasets.problem import Problem
from artifact.datasets.stated_label import folded_label
from artifact.decomposition.parse import NoTrace, Trace, standing_for
from artifact.decomposition.wrapping import unwrap

Gold = Literal["stored", "solver"]
"""Which facts are gold: the problem's `support`, or the solver's plus the fact that the
question starts from."""


@dataclass(frozen=True, slots=True)
class Cited:
    """The facts that a trace cites, and those that it should cite.

    Attributes:
        quoted: indices of the context facts that it quotes.
        gold: indices of the gold facts. Without any, nothing can be recalled.
        hallucinated: how many texts it cites that are not facts of the context.
    """

    quoted: frozenset[int]
    gold: frozenset[int]
    hallucinated: int = 0


def any_context(cited: Cited) -> bool:
    """Some context fact is quoted."""
    return bool(cited.quoted)


def any_gold(cited: Cited) -> bool:
    """Some gold fact is quoted."""
    return bool(cited.quoted & cited.gold)


def recall_all(cited: Cited) -> bool:
    """All gold facts are quoted."""
    return bool(cited.gold) and cited.gold <= cited.quoted


def exact(cited: Cited) -> bool:
    """The quoted facts are the gold facts and nothing is hallucinated."""
    return bool(cited.gold) and cited.gold == cited.quoted and not cited.hallucinated


def precision(cited: Cited) -> float | None:
    """Gold among the texts cited, hallucinated ones included; None if none is cited."""
    texts = len(cited.quoted) + cited.hallucinated
    return len(cited.quoted & cited.gold) / texts if texts else None


RETRIEVAL: dict[str, Callable[[Cited], float | None]] = {
    "any_context": any_context,
    "any_gold": any_gold,
    "recall_all": recall_all,
    "exact": exact,
    "precision": precision,
}
"""Name -> metric of retrieval: in [0, 1] for one output, None where it is undefined; an
evaluation gives the mean over the outputs for which it is defined."""


@dataclass(frozen=True, slots=True)
class Steps:
    """The two steps of one output.

    Attributes:
        class_right: the stated label is right.
        retrieval: metric -> value, as in `RETRIEVAL`. The release has `any_context` alone.
        no_trace: there is no trace, so that every step is wrong.
    """

    class_right: bool
    retrieval: Mapping[str, float | None]
    no_trace: bool = False

    @property
    def any_context(self) -> bool:
        """Some context fact is quoted; as released, one of the row that it takes as gold."""
        return bool(self.retrieval["any_context"])

    @property
    def ok_exact(self) -> bool | None:
        """Label right and facts exact; None as released, where exactness is not scored."""
        exact = self.retrieval.get("exact")
        return None if exact is None else self.class_right and bool(exact)

    @property
    def ok_any(self) -> bool:
        """Label right and some gold fact quoted; as released every context fact is gold."""
        return self.class_right and bool(self.retrieval.get("any_gold", self.any_context))


def strict_steps(
    trace: Trace | NoTrace,
    problem: Problem,
    template: Template,
    gold: tuple[int, ...] | None = None,
) -> Steps:
    """Score the steps of `trace`.

    Args:
        trace: of the generated text, as `parse` reads it.
        problem: the problem that was asked.
        template: how its dataset words traces.
        gold: indices of the gold facts; None takes the problem's `support`.
    """
    facts = standing_for(problem.support if gold is None else gold, problem.context, template)
    if isinstance(trace, NoTrace):
        label, cited = None, Cited(frozenset(), facts)
    else:
        label, cited = trace.label, Cited(frozenset(trace.quoted), facts, len(trace.hallucinated))
    return Steps(
        class_right=label is not None and same_label(label, problem.category),
        retrieval={name: metric(cited) for name, metric in RETRIEVAL.items()},
        no_trace=isinstance(trace, NoTrace),
    )


def same_label(stated: str, gold: str) -> bool:
    """Whether two labels are equal, ignoring case, quotes and markup."""
    return folded_label(unwrap(stated)) == folded_label(unwrap(gold))


def gold_facts(dataset: Dataset, problem: Problem, gold: Gold) -> tuple[int, ...]:
    """Indices of the gold facts of `problem`; the solver gives none if it derives nothing."""
    if gold == "stored":
        return problem.support
    derived = dataset.rules.solve(problem)
    return tuple(sorted({*derived.support, *derived.anchor}))
