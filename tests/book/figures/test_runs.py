"""Figures of runs: kinds keep colour and mark, equal lengths stand apart, nothing says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact.book.figures import runs, style
from artifact.book.figures.runs import GAP, Curve, DosePoint, KindPoint
from artifact.decomposition.traces import KINDS

LENGTHS = [
    KindPoint("A", "vanilla", "reference", 3.0, 0.5, 0.4, 0.6, (0.45, 0.55)),
    KindPoint("A", "correct", "reference", 70.0, 0.6, 0.5, 0.7, (0.6,)),
    KindPoint("A", "filler", "here", 71.0, 0.3, 0.2, 0.4, (0.3,)),
    KindPoint("B", "correct", "reference", 150.0, 0.2, 0.1, 0.3, (0.2,)),
]
DOSES = [
    DosePoint("A", made, dose, 0.6 - dose / 2, 0.0, 0.9, (0.5, 0.6))
    for made in ("reference", "here")
    for dose in (0.0, 0.5, 1.0)
]
CURVES = [
    Curve("A", "vanilla", "reference", tuple(3 / step for step in range(1, 41))),
    Curve("A", "correct", "reference", (2.0, 1.0)),
]


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Pyplot keeps every figure that nobody closes, and warns of too many."""
    yield
    plt.close("all")


def by_length(points=LENGTHS):
    return runs.accuracy_by_length(points, title="t", references={"A": {"rule": 0.3}})


def test_curves_of_accuracy_join_the_points_of_a_kind_and_keep_them_apart() -> None:
    points = [
        KindPoint("A", kind, "reference", x, 0.5, 0.4, 0.6, ())
        for kind in ("correct", "vanilla")
        for x in (640.0, 160.0)
    ]
    figure = runs.accuracy_curves(
        points, title="t", x_label="problems", references={"A": 0.46}, log=True
    )
    (axis,) = figure.axes
    joined = [list(line.get_xdata()) for line in axis.lines if len(line.get_xdata()) == 2]
    assert joined.count([160.0, 640.0]) == 2
    assert [label.get_text() for label in axis.get_xticklabels()] == ["160", "640"]
    marks = {line.get_xdata()[0] for line in axis.lines if len(line.get_xdata()) == 1}
    assert len(marks) == len(points), "no two kinds are drawn at the same place"
    assert labels(figure) == ["vanilla", "correct", "best shortcut rule"]


def labels(figure) -> list[str]:
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_every_kind_has_a_colour_a_marker_and_a_dash() -> None:
    assert len({kind.marker for kind in KINDS.values()}) == len(KINDS)
    assert len({kind.colour for kind in KINDS.values()}) == len(KINDS)
    assert set(runs.kind_dashes()) == set(KINDS)


def test_one_panel_per_dataset_and_a_line_per_rule() -> None:
    figure = by_length()
    assert [axis.get_title(loc="left") for axis in figure.axes] == ["A", "B"]
    across = [line for line in figure.axes[0].lines if list(line.get_xdata()) == [0, 1]]
    assert [line.get_ydata()[0] for line in across] == [30]
    assert labels(figure) == [
        "vanilla",
        "correct",
        "filler",
        "shortcut rules",
        "reference run",
        "run made here",
    ]


def test_runs_made_here_are_hollow() -> None:
    marked = {
        line.get_marker(): line.get_markerfacecolor()
        for line in by_length().axes[0].lines
        if line.get_marker() in {kind.marker for kind in KINDS.values()}
    }
    assert marked[KINDS["filler"].marker] == "none"
    assert marked[KINDS["correct"].marker] == KINDS["correct"].colour


def test_with_one_maker_only_filled_and_hollow_are_not_explained() -> None:
    assert "run made here" not in labels(by_length(LENGTHS[:2]))


@pytest.mark.parametrize(
    ("right", "line", "top"), [(0.01, 0.0, 23), (0.5, 0.1, 57.5), (0.1, 0.8, 92), (1.0, 0.0, 103)]
)
def test_an_axis_shows_lines_and_leaves_the_floor_a_floor(right, line, top) -> None:
    point = KindPoint("bAbI", "correct", "here", 9, right, right, right, (right,))
    figure = runs.accuracy_by_length([point], title="t", references={"bAbI": {"a": line}})
    assert figure.axes[0].get_ylim() == pytest.approx((-3, top))


@given(st.lists(st.floats(1, 5000), min_size=1, max_size=10))
def test_equal_lengths_stand_apart_around_their_middle(lengths: list[float]) -> None:
    places = runs._apart(lengths)
    order = np.argsort(lengths, kind="stable")
    ordered = [places[index] for index in order]
    for index, (low, high) in enumerate(pairwise(ordered)):
        one, other = lengths[order[index]], lengths[order[index + 1]]
        if other < one * GAP:
            assert high / low == pytest.approx(GAP)
    assert sum(np.log(places)) == pytest.approx(sum(np.log(lengths)))


def test_lengths_far_apart_stay_where_they_are() -> None:
    assert runs._apart([3.0, 70.0, 900.0]) == pytest.approx([3.0, 70.0, 900.0])


def test_doses_of_both_makers_are_two_lines() -> None:
    figure = runs.dose_response(DOSES, title="t")
    drawn = [line for line in figure.axes[0].lines if line.get_marker() == "s"]
    assert [list(line.get_xdata()) for line in drawn] == [[0, 50, 100]] * 2
    assert list(drawn[0].get_ydata()) == pytest.approx([60, 35, 10])
    assert {line.get_markerfacecolor() for line in drawn} == {"none", style.INK}


def test_curves_are_smoothed_unless_they_are_short() -> None:
    axis = runs.training_curves(CURVES, title="t").axes[0]
    smooth, short = axis.lines
    drawn = list(zip(smooth.get_xdata(), smooth.get_ydata(), strict=True))
    assert drawn == CURVES[0].drawn(), "the points that its table shows"
    assert runs.MOST_STEPS / 2 < len(drawn) <= runs.MOST_STEPS
    assert smooth.get_ydata()[0] == pytest.approx(np.mean([3 / step for step in range(1, 6)]))
    assert smooth.get_xdata()[0] == 3, "the middle of the first five steps"
    assert list(short.get_ydata()) == [2.0, 1.0]
    assert smooth.get_linestyle() != short.get_linestyle()


@pytest.mark.parametrize(
    "empty",
    [
        lambda: runs.accuracy_by_length([], title="t", references={}),
        lambda: runs.dose_response([], title="t"),
        lambda: runs.training_curves([], title="t"),
    ],
)
def test_where_there_is_nothing_to_draw_the_figure_says_so(empty) -> None:
    assert [text.get_text() for text in empty().axes[0].texts] == [style.NOTHING]


@pytest.mark.parametrize(
    "drawn",
    [
        by_length,
        lambda: runs.dose_response(DOSES, title="t"),
        lambda: runs.training_curves(CURVES, title="t"),
    ],
)
def test_same_figure_same_bytes(drawn) -> None:
    first, second = (style.show(drawn(), name="f", alt="a", caption="c") for _ in range(2))
    assert first.markup == second.markup


LONG = "bAbI QA look-alikes, SmolLM2-135M, 2,560 training problems, cut at 512 tokens (reference)"


@pytest.mark.parametrize(
    "drawn",
    [
        lambda: by_length([replace(point, panel=LONG) for point in LENGTHS]),
        lambda: runs.dose_response([replace(point, panel=LONG) for point in DOSES], title=LONG),
        lambda: runs.training_curves([replace(curve, panel=LONG) for curve in CURVES], title=LONG),
    ],
)
def test_a_long_title_makes_no_figure_wider_so_its_text_is_no_smaller_on_a_phone(drawn) -> None:
    markup = style.show(drawn(), name="f", alt="a", caption="c").markup
    _, _, wide, _ = map(float, markup.partition('viewBox="')[2].partition('"')[0].split())
    assert wide <= 1.05 * 72 * style.WIDTH
