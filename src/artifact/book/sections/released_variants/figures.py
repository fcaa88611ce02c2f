"""The figures of published and released runs: their points, and the numbers of each figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from artifact.book.figures.charts import Parts, Point
from artifact.book.figures.numbers import of_points
from artifact.book.figures.style import GREYED, RIGHT, WRONG, variant_colours
from artifact.book.sections.released_variants.compute import READ_KINDS, SEEDED_MODELS, model_order
from artifact.book.tables import Numbers
from artifact.claims import read_by_eye
from artifact.claims.published import MacroAccuracy, macro_accuracies, published, require_figures

PUBLISHED_RUN = "published table"
BROKEN_ON_R1_SUBSET = ("correct",)
"""Variants whose stored training data on R1's subset pair questions with other problems'
conversations."""


def accuracy_points(models: Sequence[str] = SEEDED_MODELS) -> list[Point]:
    """Macro accuracy of every run of `models`, with the published one; one panel per model."""
    rows = [
        Point(r.variant, r.variant, r.final / 100, panel=r.model, run=PUBLISHED_RUN)
        for r in published().cotemp_table.rows
    ] + [_point(run) for run in macro_accuracies(r1_subset=False)]
    require_figures(models)
    order = list(variant_colours())
    return sorted(
        (point for point in rows if point.panel in models),
        key=lambda point: (models.index(point.panel), order.index(point.group)),
    )


def r1_subset_points() -> list[Point]:
    """Macro accuracy on the problems that R1 solved, one panel per model; later files only.

    The series of `BROKEN_ON_R1_SUBSET` is `GREYED`.
    """
    order = list(variant_colours())
    runs = [
        run
        for run in macro_accuracies(r1_subset=True)
        if run.variant in order and not run.run.endswith("earlier files")
    ]
    models = sorted({run.model for run in runs}, key=model_order)
    points = [
        Point(
            run.variant,
            GREYED if run.variant in BROKEN_ON_R1_SUBSET else run.variant,
            run.accuracy / 100,
            run.interval[0] / 100,
            run.interval[1] / 100,
            panel=run.model,
        )
        for run in runs
    ]
    return sorted(points, key=lambda p: (models.index(p.panel), order.index(p.group)))


ANSWERS_REACHED: Mapping[str, str] = {
    "answer exactly gold": RIGHT,
    "another answer": WRONG,
    "no answer begun": "none",
}
"""What becomes of an output, and its shade; the figure says the same by the order of the parts."""


def answers_reached() -> list[Parts]:
    """What became of the outputs that were read by eye, one bar per model and kind of trace."""
    return [
        Parts(
            label=f"{model}, {READ_KINDS[read.variant]}",
            counts=(
                read.exact.right,
                read.begun.right - read.exact.right,
                read.n - read.begun.right,
            ),
            marked=read.released,
        )
        for model in sorted(read_by_eye.models(), key=model_order)
        for read in sorted(
            read_by_eye.reads_of(model).values(), key=lambda it: list(READ_KINDS).index(it.variant)
        )
    ]


def answers_reached_numbers() -> Numbers:
    """The numbers of `answers_reached`."""
    columns = {
        "label": "outputs",
        "counts": tuple(ANSWERS_REACHED),
        "marked": "right as released (%)",
    }
    return of_points(answers_reached(), columns)


def _point(run: MacroAccuracy) -> Point:
    low, high = run.interval
    return Point(
        run.variant,
        run.variant,
        run.accuracy / 100,
        low / 100,
        high / 100,
        panel=run.model,
        run=run.run,
    )
