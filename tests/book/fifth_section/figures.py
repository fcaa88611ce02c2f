"""The length of problems, in points and in words."""

from __future__ import annotations

from collections.abc import Mapping

from artifact.book.figures.charts import Point


def points(report: Mapping[str, float]) -> list[Point]:
    """Facts as a share of those of the longest problems."""
    longest = max(report.values())
    return [Point(name, "facts", facts / longest) for name, facts in report.items()]


def alt(report: Mapping[str, float]) -> str:
    """What the figure of `points` shows."""
    return "; ".join(f"{name}: {facts:.1f} facts" for name, facts in report.items())
