"""The length of problems as a table."""

from __future__ import annotations

from collections.abc import Mapping

from artifact.workflow.results import Table


def all_tables(report: Mapping[str, float]) -> dict[str, Table]:
    """Every table of the section, by key."""
    rows = [[name, facts] for name, facts in report.items()]
    return {"facts": Table(columns=["dataset", "facts"], rows=rows, evidence="lookalike")}
