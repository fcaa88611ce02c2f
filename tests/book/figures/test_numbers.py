"""The table below a figure holds what its points hold, in percent and with limits."""

from __future__ import annotations

from artifact.book.figures import numbers
from artifact.book.figures.charts import Parts, Point
from artifact.book.figures.runs import KindPoint

BARE = Point("a", "s", 0.5)


def test_shares_are_in_percent_with_limits_and_empty_columns_go() -> None:
    columns = {"group": "row", "run": "run", "value": "right (%)"}
    found = numbers.of_points([Point("a", "s", 0.5, 0.25, 0.75), Point("b", "s", 1.0)], columns)
    assert found.columns == ["row", "right (%)", "95 % low", "95 % high"]
    assert found.rows == [["a", 50.0, 25.0, 75.0], ["b", 100.0, None, None]]
    assert numbers.of_points([BARE], columns).columns == ["row", "right (%)"]


def test_a_tuple_fills_columns_of_its_own_or_one_cell() -> None:
    parts = numbers.of_points(
        [Parts("bar", (3, 1), 0.5)], {"label": "bar", "counts": ("x", "y"), "marked": "m (%)"}
    )
    assert (parts.columns, parts.rows) == (["bar", "x", "y", "m (%)"], [["bar", 3, 1, 50.0]])
    point = KindPoint("p", "correct", "here", 20.0, 0.5, 0.4, 0.6, (0.25, 0.75))
    runs = numbers.of_points([point], {"x": "tokens", "runs": "single runs (%)"})
    assert runs.rows == [[20, "25.0, 75.0"]]


def test_without_points_there_are_no_rows() -> None:
    assert not numbers.of_points([], {"value": "right (%)"}).rows
