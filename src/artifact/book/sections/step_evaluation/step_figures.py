"""The step evaluation's figures: what they compare, and each in words."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

from artifact.book.figures.style import NOTHING, Point
from artifact.book.sections.step_evaluation.section import StepEvaluation
from artifact.book.sections.step_evaluation.step_tables import (
    calibration_rows,
    category_points,
    label_shortcuts,
    mosaic_tables,
    step_points,
)
from artifact.book.tables import Markup


def category_alt(report: StepEvaluation) -> str:
    """What the figure of `category_points` shows."""
    return f"Bar chart. {_in_words(category_points(report))}"


def step_alt(report: StepEvaluation) -> str:
    """What the figure of `step_points` shows."""
    shortcuts = "; ".join(f"{k} {100 * v:.1f} %" for k, v in label_shortcuts(report).items())
    return f"Bar chart. {_in_words(step_points(report))}. Dashed lines: {shortcuts}."


def mosaic_alt(report: StepEvaluation, variant: str) -> str:
    """What the figure of `mosaic_tables` shows."""
    panels = [
        f"scored {semantics}, {_right(right_ok, wrong_ok)} where the trace is ok and "
        f"{_right(right_not, wrong_not)} where it is not"
        for semantics, (right_ok, right_not, wrong_ok, wrong_not) in mosaic_tables(
            report, variant
        ).items()
    ]
    return f"Mosaic of answer by trace: {'; '.join(panels) or NOTHING}."


def _right(right: int, wrong: int) -> str:
    n = right + wrong
    return f"{100 * right / n:.1f} % of {n} answers are right" if n else "there are no answers"


def calibration_alt(report: StepEvaluation) -> str:
    """What the figure of `calibration_rows` shows."""
    return f"SIMULATED. {_pairs_in_words(calibration_rows(report), 'truth')}"


def probe_effects(report: StepEvaluation) -> dict[str, tuple[float, float]]:
    """Figures of the correct-trace model that the faults change: (as released, strict)."""
    released = report.evaluation("correct", "released")
    strict = report.evaluation("correct", "strict")
    if released is None or strict is None:
        return {}
    pairs = {
        "retrieval right (F1, F2)": (released.retrieval.any_context, strict.retrieval.exact),
        "answer right (F3, F4)": (released.answer.released_micro, strict.answer.flag_fixed_micro),
        "right given trace ok (F1, F2)": (
            released.independence.p_right_given_ok,
            strict.independence.p_right_given_ok,
        ),
        "right given trace not ok": (
            released.independence.p_right_given_not,
            strict.independence.p_right_given_not,
        ),
    }
    return {
        name: (before, after)
        for name, (before, after) in pairs.items()
        if before is not None and after is not None
    }


def probe_effects_alt(report: StepEvaluation) -> str:
    """What the figure of `probe_effects` shows."""
    return _pairs_in_words(probe_effects(report), "strict")


def probe_list(report: StepEvaluation) -> Markup:
    """The faults as a list of definitions: what goes in, comes out, and would be right."""
    items = []
    for p in report.probes:
        rows = (("in", p.went_in), ("out", p.came_out), ("right", p.would_be_right))
        body = "".join(f"<dt>{name}</dt><dd>{html.escape(text)}</dd>" for name, text in rows)
        state = "shown" if p.shown else "not shown"
        items.append(
            f'<section class="artifact-probe"><h4>{p.id}: {html.escape(p.title)}</h4>'
            f"<dl>{body}</dl><p>{state} in this build</p></section>"
        )
    return Markup("".join(items))


def _in_words(points: Sequence[Point]) -> str:
    return "; ".join(f"{p.group}, {p.series}: {100 * p.value:.1f} %" for p in points) or NOTHING


def _pairs_in_words(rows: Mapping[str, tuple[float, float]], second: str) -> str:
    pairs = (
        f"{name}: as released {100 * a:.1f} %, {second} {100 * b:.1f} %"
        for name, (a, b) in rows.items()
    )
    return "; ".join(pairs) or NOTHING
