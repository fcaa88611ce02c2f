"""The figures that the prose shows, by key."""

from __future__ import annotations

from collections.abc import Mapping

from artifact.workflow.results import Value


def all_values(report: Mapping[str, float]) -> dict[str, Value]:
    """Facts of a problem, by dataset."""
    return {
        name: Value(value=facts, unit="number", evidence="lookalike")
        for name, facts in report.items()
    }
