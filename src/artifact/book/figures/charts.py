"""The charts that several sections share: dots, bars, the answer-by-trace mosaic, before and after.

Each takes typed points or counts and returns a matplotlib figure in the book's style.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import cycle
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
import seaborn.objects as so
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from artifact.book.figures.style import (
    DASHES,
    GREY,
    GREYED,
    INK,
    MARKERS,
    OUTLINE,
    RIGHT,
    WIDTH,
    WRONG,
    blank,
    distinct,
    finish_title,
    ink_on,
    legend_below,
    style,
    variant_colours,
)

COLUMN_CHARACTERS = 46
"""Of the names of a heat map's columns; if they are longer in total, they are rotated."""


@dataclass(frozen=True, slots=True)
class Point:
    """One value to draw, as a fraction in [0, 1].

    Attributes:
        group: the row it is in (a variant, a category, a step).
        series: what its colour says (a variant, a scorer).
        value: the fraction.
        low, high: its interval; None where there is none, and no bar is drawn.
        panel: the panel it is in (a model); "" where there is one panel.
        run: what its marker says (a seed, a stored run).
    """

    group: str
    series: str
    value: float
    low: float | None = None
    high: float | None = None
    panel: str = ""
    run: str = ""


def dots_by_group(points: Sequence[Point], *, title: str, x_label: str, columns: int = 1) -> Figure:
    """Values as dots with intervals, a panel per `Point.panel`, a marker per `Point.run`.

    The panels are laid out in `columns` columns; the series `GREYED` is drawn in grey.
    """
    panels = distinct(point.panel for point in points)
    groups = distinct(point.group for point in points)
    runs = distinct(point.run for point in points)
    table, rows = _percent(points), -(-len(panels) // columns)
    with style():
        figure, axes = plt.subplots(
            rows,
            columns,
            figsize=(WIDTH, 0.9 + rows * (0.5 + 0.3 * len(groups))),
            sharex=True,
            squeeze=False,
        )
        for axis in axes.flat[len(panels) :]:
            axis.set_axis_off()
        for place, (axis, panel) in enumerate(zip(axes.flat, panels, strict=False)):
            (
                so.Plot(table[table["panel"] == panel], x="value", y="group", color="series")
                .add(
                    so.Range(linewidth=1.6),
                    so.Dodge(by=["group"]),
                    xmin="low",
                    xmax="high",
                    group="run",
                    legend=False,
                )
                .add(
                    so.Dot(pointsize=5.5, edgewidth=0),
                    so.Dodge(by=["group"]),
                    marker="run",
                    group="run",
                    legend=False,
                )
                .scale(
                    color=_colours(points),
                    marker=dict(zip(runs, cycle(MARKERS), strict=False)),
                    y=so.Nominal(order=groups),
                )
                .on(axis)
                .plot()
            )
            axis.set(title=panel, xlabel="", ylabel="")
            axis.tick_params(labelleft=place % columns == 0)
            axis.grid(axis="y", visible=False)
        if columns == 1:
            axes[-1, 0].set_xlabel(x_label)
        else:
            figure.supxlabel(x_label, fontsize=8.5)
        finish_title(figure, title)
        if GREYED in set(table["series"]):
            legend_below(figure, [Patch(color=GREY, label=GREYED)])
        if runs != [""]:
            legend_below(
                figure,
                [
                    Line2D([], [], ls="", color=INK, marker=marker, ms=5, label=run)
                    for run, marker in zip(runs, cycle(MARKERS), strict=False)
                ],
            )
    return figure


def grouped_bars(
    points: Sequence[Point],
    *,
    title: str,
    x_label: str,
    references: Mapping[str, float] | None = None,
    references_of: str | None = None,
) -> Figure:
    """Bars with intervals, a bar per series in each group; `references` are dashed lines.

    Args:
        references: label -> fraction (what a shortcut or a majority class reaches).
        references_of: the group that they are of; without it they cross all groups.
    """
    if not points:
        return blank(title)
    groups = distinct(point.group for point in points)
    series = distinct(point.series for point in points)
    with style():
        figure, axis = plt.subplots(
            figsize=(WIDTH, 0.9 + len(groups) * (0.16 + 0.17 * len(series)))
        )
        (
            so.Plot(_percent(points), x="value", y="group", color="series")
            .add(so.Bar(edgewidth=0, alpha=1), so.Dodge(gap=0.1), legend=False)
            .add(
                so.Range(color=INK, linewidth=1), so.Dodge(), xmin="low", xmax="high", legend=False
            )
            .scale(color=_colours(points), y=so.Nominal(order=groups))
            .limit(x=(0, 100))
            .on(axis)
            .plot()
        )
        handles: list[Line2D | Patch] = [
            Patch(color=colour, label=name) for name, colour in _colours(points).items()
        ]
        for (label, value), dash in zip((references or {}).items(), cycle(DASHES), strict=False):
            row = groups.index(references_of) if references_of in groups else None
            rows = (-0.5, len(groups) - 0.5) if row is None else (row - 0.5, row + 0.5)
            handles += axis.plot([100 * value] * 2, rows, color=INK, lw=1.1, ls=dash, label=label)
        axis.set(xlabel=x_label, ylabel="")
        axis.grid(axis="y", visible=False)
        finish_title(figure, title)
        legend_below(figure, handles)
    return figure


def answer_trace_mosaic(tables: Mapping[str, Sequence[int]], *, title: str) -> Figure:
    """The answer-by-trace table as a mosaic, one panel per semantics.

    Args:
        tables: panel title -> counts (answer and trace right, answer right, trace right, neither).
    """
    if not tables:
        return blank(title)
    with style():
        figure, axes = plt.subplots(
            1, len(tables), figsize=(WIDTH, 2.9), squeeze=False, sharey=True
        )
        for axis, (name, counts) in zip(axes[0], tables.items(), strict=True):
            _mosaic(axis, counts)
            axis.set_title(name, fontweight="normal")
        axes[0, 0].set_ylabel("share of answers (%)")
        finish_title(figure, title)
        legend_below(
            figure,
            [
                Patch(fc=fill, label=label, **OUTLINE)
                for fill, label in ((RIGHT, "answer right"), (WRONG, "answer wrong"))
            ],
        )
    return figure


def _mosaic(axis: Axes, counts: Sequence[int]) -> None:
    right_ok, right_not, wrong_ok, wrong_not = counts
    total, gap, left = sum(counts), 0.015, 0.0
    columns = [("right", right_ok, wrong_ok), ("wrong", right_not, wrong_not)]
    ticks = []
    for label, right, wrong in columns:
        if not right + wrong:
            continue
        width = (1 - gap) * (right + wrong) / total
        share = 100 * right / (right + wrong)
        for bottom, height, colour, count in (
            (0.0, share, RIGHT, right),
            (share, 100 - share, WRONG, wrong),
        ):
            axis.add_patch(Rectangle((left, bottom), width, height, fc=colour, **OUTLINE))
            if width > 0.12 and height > 8:
                axis.text(
                    left + width / 2,
                    bottom + height / 2,
                    f"{height:.0f} %\n({count})",
                    ha="center",
                    va="center",
                    color=ink_on(colour),
                    fontweight="bold",
                )
        ticks.append((left + width / 2, f"trace\n{label}"))
        left += width + gap
    axis.set(xlim=(0, 1), ylim=(0, 100))
    axis.grid(visible=False)
    axis.set_xticks([place for place, _ in ticks], [label for _, label in ticks])


@dataclass(frozen=True, slots=True)
class Parts:
    """One bar of `parts_of_whole`.

    Attributes:
        label: beside the bar.
        counts: of each part, in the order of the parts' names; their sum is the whole.
        marked: a share in [0, 1] that is marked on the bar.
    """

    label: str
    counts: tuple[int, ...]
    marked: float


def parts_of_whole(
    bars: Sequence[Parts], *, parts: Mapping[str, str], marked: str, title: str
) -> Figure:
    """Bars of 100 %, each split into parts, with one share marked on it.

    Args:
        bars: from top to bottom, each with at least one case.
        parts: name of each part -> its colour, in the order of `Parts.counts`.
        marked: what the mark is, for the legend.
        title: of the figure.
    """
    if not bars:
        return blank(title)
    with style():
        figure, axis = plt.subplots(figsize=(WIDTH, 0.9 + 0.34 * len(bars)))
        for place, bar in enumerate(bars):
            total, left = sum(bar.counts), 0.0
            for count, colour in zip(bar.counts, parts.values(), strict=True):
                width = 100 * count / total
                axis.barh(place, width, left=left, height=0.72, **_fill(colour))
                if width > 7:
                    axis.text(
                        left + width / 2,
                        place,
                        str(count),
                        ha="center",
                        va="center",
                        color=ink_on(colour),
                    )
                left += width
            axis.plot([100 * bar.marked], [place - 0.36], marker="v", ms=6, color=INK)
        axis.set_yticks(range(len(bars)), [bar.label for bar in bars])
        axis.set(ylim=(len(bars) - 0.5, -0.5), xlim=(0, 100), xlabel="% of the outputs")
        axis.grid(axis="y", visible=False)
        finish_title(figure, title)
        marks = [Line2D([], [], ls="", color=INK, marker="v", label=marked)]
        legend_below(figure, [*(Patch(label=n, **_fill(c)) for n, c in parts.items()), *marks])
    return figure


def _fill(colour: str) -> dict[str, Any]:
    """A part's look; one without a colour is hatched, since an outline alone means a scoring."""
    return {"fc": colour, **OUTLINE, **({"hatch": "////"} if colour == "none" else {})}


def heat_map(
    cells: Mapping[str, Mapping[str, float]], *, title: str, x_label: str, breaks: Sequence[int]
) -> Figure:
    """Shares as a table of coloured cells with their percentages; cells without a share stay empty.

    Args:
        cells: row -> column -> share, in [0, 1].
        breaks: rows before which a line is drawn.
    """
    if not cells:
        return blank(title)
    data = pd.DataFrame(cells).T * 100
    longest = max(map(len, data.columns))
    upright = longest * len(data.columns) > COLUMN_CHARACTERS
    with style():
        height = 0.9 + 0.27 * len(data) + (0.07 * longest if upright else 0)
        figure, axis = plt.subplots(figsize=(WIDTH, height))
        sns.heatmap(
            data,
            vmin=0,
            vmax=100,
            cmap="cividis",
            annot=True,
            fmt=".0f",
            cbar=False,
            linewidths=0.6,
            linecolor="none",
            ax=axis,
        )
        for row in breaks:
            axis.axhline(row, color=INK, lw=1.2)
        axis.tick_params(length=0)
        axis.xaxis.tick_top()
        axis.xaxis.set_label_position("top")
        axis.set_xlabel(x_label)
        axis.tick_params(axis="y", rotation=0)
        axis.tick_params(axis="x", rotation=90 if upright else 0)
        axis.grid(visible=False)
        finish_title(figure, title)
    return figure


def before_after(
    rows: Mapping[str, tuple[float, float]], *, before: str, after: str, title: str
) -> Figure:
    """Two fractions per row joined by a line: what a fault makes of a figure and what is right.

    Args:
        rows: row label -> (value before, value after).
        before, after: names of the two values, for the legend.
    """
    if not rows:
        return blank(title)
    with style():
        figure, axis = plt.subplots(figsize=(WIDTH, 0.9 + 0.36 * len(rows)))
        for place, values in enumerate(rows.values()):
            axis.plot([100 * value for value in values], [place, place], color=INK, lw=1, zorder=1)
        marks = [
            Line2D([], [], ls="", color=INK, marker=marker, mfc=fill, label=label)
            for label, marker, fill in ((before, "o", "#ffffff"), (after, "D", INK))
        ]
        for which, mark in enumerate(marks):
            axis.plot(
                [100 * values[which] for values in rows.values()],
                range(len(rows)),
                ls="",
                marker=mark.get_marker(),
                color=INK,
                mfc=mark.get_markerfacecolor(),
            )
        axis.set_yticks(range(len(rows)), list(rows))
        axis.set(ylim=(len(rows) - 0.5, -0.5), xlim=(-2, 102), xlabel="%")
        axis.grid(axis="y", visible=False)
        finish_title(figure, title)
        legend_below(figure, marks)
    return figure


def _percent(points: Sequence[Point]) -> pd.DataFrame:
    table = pd.DataFrame([asdict(point) for point in points])
    return table.assign(**{name: 100 * table[name].astype(float) for name in _NUMBERS})


_NUMBERS = ("value", "low", "high")


def _colours(points: Sequence[Point]) -> dict[str, str]:
    names = distinct(point.series for point in points)
    colours = variant_colours()
    spare = [colour for name, colour in colours.items() if name not in names]
    colours[GREYED] = GREY
    return {name: colours.get(name) or spare.pop(0) for name in names}
