"""The user study's figures: what they draw, and the numbers of each."""

from __future__ import annotations

from artifact.book.figures.numbers import of_points
from artifact.book.figures.ratings import CurvePoint, PlanePoint
from artifact.book.sections.sft_variants.compute import gather
from artifact.book.sections.user_study.compute import UserStudy
from artifact.book.tables import Numbers
from artifact.claims.published import macro_accuracies, published
from artifact.evaluation.scored_runs import reference_runs

VARIANT_OF = {"decomposed": "correct"}
"""The SFT variant that a trace type of the study belongs to, where the names differ."""


def distributions(report: UserStudy, measure: str) -> dict[str, tuple[int, ...]]:
    """Counts of the five points by group, for `rating_figures.diverging_bars`."""
    found = report.analysis.kept.measure(measure)
    return {group.group: group.distribution for group in found.groups}


def distribution_numbers(report: UserStudy, measure: str) -> Numbers:
    """The numbers of `distributions`, lowest point of the scale first."""
    found = distributions(report, measure)
    points = max(map(len, found.values()), default=0)
    heads = [f"{report.mark}trace type", *(f"rated {point + 1}" for point in range(points))]
    return Numbers(heads, [[group, *counts] for group, counts in found.items()])


def power_points(report: UserStudy) -> list[CurvePoint]:
    """Power of the omnibus test by participants per group, one curve per effect."""
    return [
        CurvePoint(
            "no difference" if rate.effect == 0 else f"{rate.effect:g} scale points",
            rate.per_group,
            rate.rate,
            rate.low,
            rate.high,
        )
        for rate in sorted(report.power.rates, key=lambda rate: (rate.effect, rate.per_group))
        if rate.test == report.power_test
    ]


def power_numbers(report: UserStudy) -> Numbers:
    """The numbers of `power_points`."""
    columns = {
        "curve": "SIMULATED: effect",
        "x": report.people_label,
        "value": "studies that find it (%)",
    }
    return of_points(power_points(report), columns)


def plane_points() -> list[PlanePoint]:
    """Published median interpretability against released R1-subset accuracy, and against that of
    our reference runs; these only if there are any."""
    accuracy = accuracy_of_traces() | accuracy_of_ours()
    return [
        PlanePoint(variant, model, trace.interpretability_median, *accuracy[variant, model])
        for trace in published().study.traces
        for variant, model in accuracy
        if variant == VARIANT_OF.get(trace.trace, trace.trace)
        and trace.interpretability_median is not None
    ]


def accuracy_of_traces() -> dict[tuple[str, str], tuple[float, float, float]]:
    """``(trace type, model)`` -> accuracy on the R1 subset with its limits, in [0, 1]."""
    return {
        (run.variant, run.model): (
            run.accuracy / 100,
            run.interval[0] / 100,
            run.interval[1] / 100,
        )
        for run in macro_accuracies(r1_subset=True)
        if not run.run.endswith("earlier files")
    }


def accuracy_of_ours() -> dict[tuple[str, str], tuple[float, float, float]]:
    """``(trace type, model and problems)`` -> accuracy of the reference runs with its limits, in
    [0, 1], seeds pooled; on bAbI, where there is every kind of trace."""
    group = gather([], reference_runs()).reference("babi")
    if group is None:
        return {}
    series = f"{group.spec.model_title}, look-alikes"
    return {
        (kind, series): (mean.value, mean.interval.low, mean.interval.high)
        for kind, mean in group.means.items()
    }


def plane_numbers() -> Numbers:
    """The numbers of `plane_points`."""
    columns = {
        "trace": "trace type",
        "series": "model",
        "rating": "median rating",
        "accuracy": "accuracy (%)",
    }
    return of_points(plane_points(), columns, digits=2)
