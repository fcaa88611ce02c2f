"""The record of one evaluation: one model, one variant, one way of scoring.

Its JSON form is what ``artifact evaluate --json`` writes. Shares are in [0, 1]. A figure that
can't be computed is null, and `Evaluation.notes` says why under its dotted name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, model_validator

from artifact.common.errors import InputError
from artifact.evaluation.answers import SCORERS
from artifact.evaluation.statistics.association import Independence
from artifact.evaluation.steps import RETRIEVAL

Semantics = Literal["released", "strict"]
SEMANTICS: tuple[Semantics, ...] = get_args(Semantics)


def check_semantics(name: str) -> Semantics:
    """`name` if it is one of `SEMANTICS`.

    Raises:
        InputError: otherwise.
    """
    for known in SEMANTICS:
        if name == known:
            return known
    raise InputError(
        f"no semantics is called '{name}'",
        field="semantics",
        cure=f"choose {' or '.join(SEMANTICS)}",
    )


class Part(BaseModel):
    """A frozen part of the record; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Metrics(BaseModel):
    """A frozen part that holds metrics: those declared, and any other that is listed in `SCORERS`
    or `RETRIEVAL`."""

    model_config = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[str, float | None]

    @property
    def others(self) -> dict[str, float | None]:
        """Metrics that are listed but not declared."""
        return self.__pydantic_extra__


class Category(Metrics):
    """Shares within one category; those of the steps are null where there are no traces.

    Attributes:
        n: outputs of the category.
        released, flag_fixed, exact_set: right answers by each rule.
        classification: right labels.
        any_context, any_gold, recall_all, exact: as in `Retrieval`.
        trace_ok: traces that are ok in the sense of the evaluation's table.
    """

    n: int
    released: float | None
    flag_fixed: float | None
    exact_set: float
    classification: float | None = None
    any_context: float | None = None
    any_gold: float | None = None
    recall_all: float | None = None
    exact: float | None = None
    trace_ok: float | None = None


class Answer(Metrics):
    """Right answers. `*_micro` is over outputs, `*_macro` the mean of the categories."""

    released_micro: float | None
    released_macro: float | None
    flag_fixed_micro: float | None
    exact_set_micro: float
    by_category: dict[str, Category]

    def micro(self, scorer: str) -> float | None:
        """Share of right answers over outputs, by one of `SCORERS`."""
        figure: float | None = self.model_dump()[f"{scorer}_micro"]
        return figure


class Classification(Part):
    """Right labels over outputs, and as the mean of the categories."""

    micro: float | None = None
    macro: float | None = None


class Retrieval(Metrics):
    """Facts quoted in the trace.

    Attributes:
        any_context: some context fact is quoted (released: of the row it takes as gold).
        any_gold: some gold fact is.
        recall_all: all gold facts are.
        exact: the gold facts and nothing else.
        precision: gold among the cited texts, mean over the outputs that cite any.
    """

    any_context: float | None = None
    any_gold: float | None = None
    recall_all: float | None = None
    exact: float | None = None
    precision: float | None = None


class TraceShares(Part):
    """Whole traces.

    Attributes:
        ok_exact: label right and facts exact.
        ok_any: label right and some gold fact quoted (released: both of its steps right).
        no_trace: outputs in which there is no trace to score.
    """

    ok_exact: float | None = None
    ok_any: float | None = None
    no_trace: float | None = None


class Counts(Part):
    """Outputs by answer and trace (strict: `ok_exact`; released: `ok_any`).

    The answer is right by the release's rule, or by the exact set where that rule is not known.
    """

    right_ok: int | None = None
    right_not: int | None = None
    wrong_ok: int | None = None
    wrong_not: int | None = None


class Evaluation(Part):
    """The figures of one model's outputs of one variant.

    Attributes:
        dataset, model, variant, semantics: what was scored, and how the steps were.
        n: outputs scored.
        notes: why a figure is null or needs care, by its dotted name.
    """

    dataset: str
    model: str
    variant: str
    semantics: Semantics
    n: int
    answer: Answer
    classification: Classification
    retrieval: Retrieval
    trace: TraceShares
    table: Counts
    independence: Independence
    notes: dict[str, str]

    @model_validator(mode="after")
    def _nulls_have_reasons(self) -> Evaluation:
        values = self.model_dump(exclude={"notes"})
        silent = sorted(name for name in null_fields(values) if name not in self.notes)
        if silent:
            raise ValueError(f"null without a reason: {', '.join(silent)}")
        return self


def null_fields(values: Mapping[str, object], prefix: str = "") -> Iterator[str]:
    """Dotted names of the null fields; a null of a category stands for all of that name.

    ``answer.by_category.during.exact`` gives ``answer.by_category.exact``: the reason is
    never particular to one category.
    """
    for name, value in values.items():
        if isinstance(value, Mapping):
            inner = prefix if prefix == "answer.by_category." else f"{prefix}{name}."
            yield from null_fields(value, inner)
        elif value is None:
            yield f"{prefix}{name}"


def answer_figures() -> list[str]:
    """Names of the figures of `Answer`, one for each scorer and average."""
    return [f"{name}_{average}" for name, scorer in SCORERS.items() for average in scorer.averages]


def category_retrieval() -> list[str]:
    """Retrieval metrics given by category. Precision is not among them, since the number of
    outputs that cite anything differs between categories."""
    return [name for name in RETRIEVAL if name != "precision"]


def fill_gaps(evaluation: Mapping[str, Any], reason: str) -> dict[str, Any]:
    """An evaluation's JSON, with null for each metric that is listed now but missing from it.

    Args:
        evaluation: as it was written, perhaps before a metric was added.
        reason: why those are null, for its notes.
    """
    answer, notes = dict(evaluation["answer"]), dict(evaluation["notes"])

    def filled(part: Mapping[str, Any], names: list[str], prefix: str) -> dict[str, Any]:
        gaps = [name for name in names if name not in part]
        notes.update({f"{prefix}.{name}": reason for name in gaps})
        return {**part, **dict.fromkeys(gaps)}

    answer["by_category"] = {
        label: filled(shares, [*SCORERS, *category_retrieval()], "answer.by_category")
        for label, shares in answer["by_category"].items()
    }
    return {
        **evaluation,
        "answer": filled(answer, answer_figures(), "answer"),
        "retrieval": filled(evaluation["retrieval"], list(RETRIEVAL), "retrieval"),
        "notes": notes,
    }
