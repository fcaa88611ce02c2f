"""What fine-tuning on each kind of trace gave: the figures that were published and released.

The section reads accuracy files only; nothing here was re-scored. It shows every run there is,
so that a reader sees how far one run stands from the next before reading a difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from scipy import stats

from artifact.book.figures.style import VARIANT_COLOURS, Point
from artifact.claims.published import (
    MacroAccuracy,
    macro_accuracies,
    over_seeds,
    published,
    released_results,
)
from artifact.common.errors import InputError
from artifact.workflow.results import Table, Value

SOURCE = "published table and result files of the public release; no model outputs"
LIBRARIES = ("numpy", "scipy")
PUBLISHED_RUN = "published table"
SEEDED_MODELS = ("Qwen3-1.7B", "Llama-3.2-1B-Instruct")
"""Models for which the release holds three seeds."""


def published_table() -> Table:
    """The paper's CoTemp QA table as printed, percent."""
    table = published().cotemp_table
    return Table(
        columns=["model", "variant", "final answer", "classification", "retrieval"],
        rows=[[r.model, r.variant, r.final, r.classification, r.retrieval] for r in table.rows],
        evidence="published",
        note=f"Source: {table.source}. Percent, unweighted mean over the four categories.",
    )


def accuracy_points(models: Sequence[str] = SEEDED_MODELS) -> list[Point]:
    """Macro accuracy of every run of `models`, with the published one; one panel per model."""
    rows = [
        Point(r.variant, r.variant, r.final / 100, panel=r.model, run=PUBLISHED_RUN)
        for r in published().cotemp_table.rows
    ] + [_point(run) for run in macro_accuracies(r1_subset=False)]
    unknown = sorted(set(models) - {point.panel for point in rows})
    if unknown:
        known = ", ".join(sorted({point.panel for point in rows}))
        raise InputError(f"no figures of {', '.join(unknown)}", field="models",
                         cure=f"choose of {known}")  # fmt: skip
    order = list(VARIANT_COLOURS)
    return sorted(
        (point for point in rows if point.panel in models),
        key=lambda point: (models.index(point.panel), order.index(point.group)),
    )


def accuracy_alt(models: Sequence[str]) -> str:
    """What the figure of `accuracy_points` shows, in words."""
    return "Dot plot of macro accuracy by variant and run. " + _in_words(accuracy_points(models))


def r1_subset_alt() -> str:
    """What the figure of `r1_subset_points` shows, in words."""
    return "Dot plot of macro accuracy by trace kind. " + _in_words(r1_subset_points())


def r1_subset_points() -> list[Point]:
    """Macro accuracy on the problems that R1 solved, one panel per model; later files only."""
    order = list(VARIANT_COLOURS)
    runs = [
        run
        for run in macro_accuracies(r1_subset=True)
        if run.variant in order and not run.run.endswith("earlier files")
    ]
    models = sorted({run.model for run in runs}, key=_model_order)
    points = [
        Point(run.variant, run.variant, run.accuracy / 100, run.interval[0] / 100,
              run.interval[1] / 100, panel=run.model)
        for run in runs
    ]  # fmt: skip
    return sorted(points, key=lambda p: (models.index(p.panel), order.index(p.group)))


def runs_table(*, r1_subset: bool) -> Table:
    """Every run with its macro accuracy and interval, percent."""
    runs = sorted(
        macro_accuracies(r1_subset=r1_subset),
        key=lambda run: (_model_order(run.model), run.variant, run.run),
    )
    sizes = published().cotemp_test_sizes
    return Table(
        columns=["model", "variant", "run", "n", "macro accuracy", "95 % low", "95 % high"],
        rows=[[r.model, r.variant, r.run, r.n, r.accuracy, *r.interval] for r in runs],
        evidence="published",
        note=f"Result files of the public release. Test sizes: {sizes.source}. The interval is "
        "over problems and says nothing about another training run.",
    )


def seeds_table() -> Table:
    """Mean and standard deviation over the three seeds, percent."""
    rows = over_seeds(macro_accuracies(r1_subset=False))
    return Table(
        columns=["model", "variant", "seeds", "mean", "sd"],
        rows=[[row.model, row.variant, row.seeds, row.mean, row.sd] for row in rows],
        evidence="published",
        note="Result files of the public release with a seed in their name.",
    )


def seed_differences() -> dict[str, Value]:
    """Differences between variants over seeds, by ``<model>.<a>_minus_<b>``.

    Welch's interval of the difference of two means; with three seeds each it is wide, and that
    is the point.
    """
    values = {}
    for model in SEEDED_MODELS:
        seeds = {
            variant: np.array(
                [
                    run.accuracy / 100
                    for run in macro_accuracies(r1_subset=False)
                    if (run.model, run.variant) == (model, variant) and run.run.startswith("seed")
                ]
            )
            for variant in ("vanilla", "correct", "incorrect")
        }
        for b, a in combinations(seeds, 2):
            test = stats.ttest_ind(seeds[a], seeds[b], equal_var=False)
            limits = test.confidence_interval()
            values[f"{key_of(model)}.{a}_minus_{b}"] = Value(
                value=float(seeds[a].mean() - seeds[b].mean()),
                unit="points",
                evidence="published",
                n=len(seeds[a]),
                interval=(float(limits.low), float(limits.high)),
                note="difference of seed means of macro accuracy, Welch interval; n = seeds each",
            )
    return values


def values() -> dict[str, Value]:
    """The figures that the section's prose shows, by key."""
    shown = {
        f"{key_of(row.model)}.{row.variant}.seed_mean": Value(
            value=row.mean / 100, unit="share", evidence="published", n=row.seeds
        )
        for row in over_seeds(macro_accuracies(r1_subset=False))
    }
    for row in published().cotemp_table.rows:
        shown[f"{key_of(row.model)}.{row.variant}.published"] = Value(
            value=row.final / 100, unit="share", evidence="published"
        )
    for run in macro_accuracies(r1_subset=True):
        if not run.run.endswith("earlier files"):
            low, high = run.interval
            shown[f"{key_of(run.model)}.{run.variant}.r1_subset"] = Value(
                value=run.accuracy / 100,
                unit="share",
                evidence="published",
                n=run.n,
                interval=(low / 100, high / 100),
            )
    return shown | seed_differences()


def other_datasets_table() -> Table:
    """Accuracy files of bAbI and MARCO, percent, as released."""
    rows = [row for row in released_results() if row.dataset in ("bAbI", "MARCO")]
    return Table(
        columns=["dataset", "model", "released variant", "accuracy", "F1"],
        rows=[[row.dataset, row.model, row.variant, row.acc, row.f1] for row in rows],
        evidence="published",
        note="Result files of the public release, one run each.",
    )


def all_tables() -> dict[str, Table]:
    """The tables that the section shows, by key."""
    return {
        "published": published_table(),
        "runs": runs_table(r1_subset=False),
        "seeds": seeds_table(),
        "r1_subset": runs_table(r1_subset=True),
        "other_datasets": other_datasets_table(),
    }


def key_of(model: str) -> str:
    """A model's name as part of a value's key."""
    return model.replace("-Instruct", "").replace(".", "_").replace("-", "_")


def _in_words(points: Sequence[Point]) -> str:
    """Per panel and group, the range of its dots in percent."""
    ranges: dict[tuple[str, str], list[float]] = {}
    for point in points:
        ranges.setdefault((point.panel, point.group), []).append(100 * point.value)
    return "; ".join(
        f"{panel}, {group}: {min(values):.1f}"
        + (f" to {max(values):.1f}" if len(values) > 1 else "")
        for (panel, group), values in ranges.items()
    )


def _point(run: MacroAccuracy) -> Point:
    low, high = run.interval
    return Point(run.variant, run.variant, run.accuracy / 100, low / 100, high / 100,
                 panel=run.model, run=run.run)  # fmt: skip


def _model_order(model: str) -> tuple[int, str]:
    """Small models first: the size is the number before "B"."""
    size = next(part for part in model.split("-") if part.endswith("B") and part[0].isdigit())
    return int(float(size.rstrip("B")) >= 4), model
