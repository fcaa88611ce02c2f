"""Figures of ratings: the middle of the scale is the middle of the bars, marks stay inside."""

from __future__ import annotations

import pytest

from artifact.book.figures import ratings
from artifact.book.figures.ratings import CurvePoint, PlanePoint

LABELS = ["1", "2", "3", "4", "5"]


def test_bars_are_centred_on_the_middle_of_the_scale():
    drawn = ratings.diverging_bars({"verbose": (10, 20, 40, 20, 10)}, title="t", labels=LABELS)
    patches = drawn.axes[0].patches
    assert sum(patch.get_width() for patch in patches) == pytest.approx(100)
    assert patches[0].get_x() == pytest.approx(-50)
    assert patches[2].get_x() == pytest.approx(-20)


def test_a_group_without_ratings_has_bars_of_no_width():
    drawn = ratings.diverging_bars({"summary": (0, 0, 0, 0, 0)}, title="t", labels=LABELS)
    assert {patch.get_width() for patch in drawn.axes[0].patches} == {0}


def test_power_curves_have_a_line_each_beside_the_two_levels():
    points = [
        CurvePoint(curve, x, y, y - 0.1, y + 0.1)
        for curve, y in (("none", 0.1), ("half a point", 0.7))
        for x in (10, 25)
    ]
    axis = ratings.power_curves(points, title="t", x_label="people").axes[0]
    levels = [line for line in axis.lines if set(line.get_ydata()) in ({5}, {80})]
    curves = [line for line in axis.lines if line not in levels]
    assert len(levels) == 2
    assert [list(line.get_ydata()) for line in curves] == [[10, 10], [70, 70]]


def test_the_plane_has_a_mark_and_an_interval_for_each_point():
    points = [
        PlanePoint("verbose", "m", 3.3, 0.6, 0.5, 0.7),
        PlanePoint("correct", "m", 4.9, 0.3, 0.2, 0.4),
    ]
    axis = ratings.plane(points, title="t", x_label="x", y_label="y").axes[0]
    assert [list(line.get_ydata()) for line in axis.lines] == [[50, 70], [60], [20, 40], [30]]
