"""The figures that the user study's prose shows, by key."""

from __future__ import annotations

from artifact.book.sections.user_study.compute import UserStudy
from artifact.claims.published import published
from artifact.study.analysis.findings import INTERPRETABILITY_SCORE
from artifact.workflow.results import Value


def all_values(report: UserStudy) -> dict[str, Value]:
    """The figures that the section's prose shows, by key."""
    study = published().study
    verbose = next(trace for trace in study.traces if trace.trace == "verbose")
    decomposed = next(trace for trace in study.traces if trace.trace == "decomposed")
    shown = {
        "participants": Value(value=study.participants, unit="count", evidence="published"),
        "per_group": Value(value=study.per_group, unit="count", evidence="published"),
        "verbose.mean": _rating(verbose.interpretability),
        "verbose.median": _rating(verbose.interpretability_median),
        "verbose.load": _rating(verbose.cognitive_load),
        "decomposed.mean": _rating(decomposed.interpretability),
    }
    for group in report.analysis.kept.measure(INTERPRETABILITY_SCORE).groups:
        if group.median.value is not None:
            shown[f"{group.group}.analysed_median"] = Value(
                value=group.median.value,
                unit="number",
                evidence=report.evidence,
                n=group.participants,
                note=report.mark,
            )
    return shown


def _rating(value: float | None) -> Value:
    return Value(
        value=value,
        unit="number",
        evidence="published",
        note="" if value is not None else "not public",
    )
