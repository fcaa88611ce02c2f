"""The step evaluation's figures: the points that they draw, and the numbers of each."""

from __future__ import annotations

import html

from artifact.book.figures.charts import Point
from artifact.book.figures.numbers import of_points
from artifact.book.sections.step_evaluation.compute import TRACED, VARIANTS, StepEvaluation
from artifact.book.tables import Markup, Numbers
from artifact.evaluation.statistics.proportions import share
from artifact.workflow.results import Scalar

STRICT_STEPS = {
    "classification": "classification",
    "any_context": "retrieval: any context fact",
    "any_gold": "retrieval: any gold fact",
    "recall_all": "retrieval: all gold facts",
    "exact": "retrieval: exactly the gold facts",
}


def category_points(report: StepEvaluation) -> list[Point]:
    """Answer accuracy by category and variant, as released, with Wilson intervals."""
    return [
        Point(label, e.variant, row.released, *share(round(row.released * row.n), row.n).interval)
        for label in report.dataset.labels
        for e in report.evaluations("released", VARIANTS)
        if (row := e.answer.by_category.get(label)) is not None and row.released is not None
    ]


def category_numbers(report: StepEvaluation) -> Numbers:
    """The numbers of `category_points`."""
    columns = {"group": "category", "series": "variant", "value": "right (%)"}
    return of_points(category_points(report), columns)


LABEL = STRICT_STEPS["classification"]
"""The row of the step figure beside which rules for the label stand."""


def step_points(report: StepEvaluation) -> list[Point]:
    """Strict step accuracies of the variants with traces, with Wilson intervals."""
    points = []
    for field, step in STRICT_STEPS.items():
        for e in report.evaluations("strict", TRACED):
            steps = e.retrieval.model_dump() | {"classification": e.classification.micro}
            if (value := steps[field]) is not None:
                interval = share(round(value * e.n), e.n).interval
                points.append(Point(step, e.variant, value, *interval))
    return points


def label_shortcuts(report: StepEvaluation) -> dict[str, float]:
    """What rules that see no trace reach on the classification step, over the same release."""
    audit = report.figures.audit_of(report.dataset.name)
    rules = audit.category_baselines if audit else {}
    return {f"label by {name}": shares["overall"] for name, shares in rules.items()}


def step_numbers(report: StepEvaluation) -> Numbers:
    """The numbers of `step_points`, then those of the rules that stand beside one row."""
    points = step_points(report)
    if points:
        points += [Point(LABEL, rule, it) for rule, it in label_shortcuts(report).items()]
    columns = {"group": "step", "series": "variant or rule", "value": "right (%)"}
    return of_points(points, columns)


def mosaic_tables(report: StepEvaluation, variant: str) -> dict[str, tuple[int, ...]]:
    """Counts of the answer-by-trace table by semantics, for `figures.answer_trace_mosaic`."""
    tables = {}
    for semantics in ("released", "strict"):
        e = report.evaluation(variant, semantics)
        if e is not None and e.table.right_ok is not None:
            tables[semantics] = tuple(e.table.model_dump().values())
    return tables


def calibration_rows(report: StepEvaluation) -> dict[str, tuple[float, float]]:
    """SIMULATED: quantity -> (as released, truth), where the release scores the dataset."""
    return {m.quantity: (m.released, m.truth) for m in report.calibration if m.released is not None}


def probe_effects(report: StepEvaluation) -> dict[str, tuple[float, float]]:
    """Figures of the correct-trace model that the faults change: (as released, strict)."""
    released = report.evaluation("correct", "released")
    strict = report.evaluation("correct", "strict")
    if released is None or strict is None:
        return {}
    pairs = {
        "retrieval right (F1, F2)": (released.retrieval.any_context, strict.retrieval.exact),
        "answer right (F3, F4)": (released.answer.released_micro, strict.answer.flag_fixed_micro),
        "right given trace right (F1, F2)": (
            released.independence.p_right_given_ok,
            strict.independence.p_right_given_ok,
        ),
        "right given trace wrong": (
            released.independence.p_right_given_not,
            strict.independence.p_right_given_not,
        ),
    }
    return {
        name: (before, after)
        for name, (before, after) in pairs.items()
        if before is not None and after is not None
    }


def probe_effect_numbers(report: StepEvaluation) -> Numbers:
    """The numbers of `probe_effects`."""
    rows: list[list[Scalar]] = [
        [name, 100 * it, 100 * other] for name, (it, other) in probe_effects(report).items()
    ]
    return Numbers(["share", "as released (%)", "strict (%)"], rows)


def probe_list(report: StepEvaluation) -> Markup:
    """The faults as a list of definitions: what goes in, comes out, and would be right."""
    items = []
    for p in report.probes:
        rows = (("in", p.went_in), ("out", p.came_out), ("right", p.would_be_right))
        body = "".join(f"<dt>{name}</dt><dd>{html.escape(text)}</dd>" for name, text in rows)
        state = "shown" if p.shown else "not shown"
        items.append(
            f'<details class="artifact-probe" id="fault-{p.id.lower()}">'
            f"<summary>{p.id}: {html.escape(p.title)}</summary>"
            f"<dl>{body}</dl><p>{state} in this build</p></details>"
        )
    return Markup("".join(items))
