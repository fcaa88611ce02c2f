"""Figures of ratings: what people chose, how much a study could find, and the paper's plane.

Drawn in the style of `artifact.book.figures.style`; a figure of simulated ratings bears the mark
inside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from artifact.book.figures.style import (
    DASHES,
    INK,
    MARKERS,
    STEPS,
    WIDTH,
    distinct,
    finish_title,
    legend_below,
    style,
    variant_colours,
)

CURVES = (f"{INK}78", f"{INK}b0", INK)
"""Colours of curves that stand for no kind of trace; their dashes differ too."""

EDGE: dict[str, Any] = {"ec": INK, "lw": 0.8}


def diverging_bars(
    distributions: Mapping[str, Sequence[int]], *, title: str, labels: Sequence[str]
) -> Figure:
    """Shares of each point of a five-point scale, centred on its middle.

    Args:
        distributions: row label -> counts of the points, lowest first.
        labels: what the points are called, lowest first.
    """
    with style():
        figure, axis = plt.subplots(figsize=(WIDTH, 0.9 + 0.4 * len(distributions)))
        for place, counts in enumerate(distributions.values()):
            total = sum(counts) or 1
            shares = [100 * count / total for count in counts]
            left = -(sum(shares[:2]) + shares[2] / 2)
            for share, colour in zip(shares, STEPS, strict=True):
                axis.barh(place, share, left=left, height=0.7, fc=colour, **EDGE)
                left += share
        axis.axvline(0, color=INK, lw=0.8)
        axis.set_yticks(range(len(distributions)), list(distributions))
        axis.set(ylim=(len(distributions) - 0.5, -0.5), xlim=(-100, 100))
        axis.set_xticks([-100, -50, 0, 50, 100], ["100", "50", "0", "50", "100"])
        axis.set_xlabel("share of ratings (%), left below and right above the middle")
        axis.grid(axis="y", visible=False)
        finish_title(figure, title)
        legend_below(
            figure,
            [Patch(fc=c, label=name, **EDGE) for c, name in zip(STEPS, labels, strict=True)],
        )
    return figure


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """One point of a power curve: fractions, with its 95 % limits."""

    curve: str
    x: float
    value: float
    low: float
    high: float


def power_curves(points: Sequence[CurvePoint], *, title: str, x_label: str) -> Figure:
    """Power against participants per group, one line per effect, with limits as bands."""
    table = pd.DataFrame(
        [(p.curve, p.x, 100 * p.value, 100 * p.low, 100 * p.high) for p in points],
        columns=["curve", "x", "value", "low", "high"],
    )
    with style():
        figure, axis = plt.subplots(figsize=(WIDTH, 3.0))
        handles = []
        for (name, part), colour, dash in zip(
            table.groupby("curve", sort=False), cycle(CURVES), cycle(("-", *DASHES)), strict=False
        ):
            axis.fill_between(part["x"], part["low"], part["high"], color=colour, alpha=0.2, lw=0)
            sns.lineplot(
                part,
                x="x",
                y="value",
                ax=axis,
                color=colour,
                ls=dash,
                legend=False,
                marker="o",
                markeredgewidth=0,
            )
            handles.append(Line2D([], [], color=colour, ls=dash, label=str(name)))
        axis.axhline(5, color=INK, lw=0.8, ls=":")
        axis.axhline(80, color=INK, lw=0.8, ls="--")
        axis.set(ylim=(0, 102), xlabel=x_label, ylabel="studies that find it (%)")
        finish_title(figure, title)
        legend_below(figure, handles)
    return figure


@dataclass(frozen=True, slots=True)
class PlanePoint:
    """A trace type in the plane: accuracy in [0, 1] against a median rating."""

    trace: str
    series: str
    rating: float
    accuracy: float
    low: float
    high: float


def plane(points: Sequence[PlanePoint], *, title: str, x_label: str, y_label: str) -> Figure:
    """Accuracy against interpretability, one colour per trace type, one marker per series."""
    series = distinct(point.series for point in points)
    traces = distinct(point.trace for point in points)
    with style():
        figure, axis = plt.subplots(figsize=(WIDTH, 3.4))
        colours = variant_colours()
        for point in points:
            colour = colours[point.trace]
            shift = 0.03 * (series.index(point.series) - (len(series) - 1) / 2)
            axis.plot(
                [point.rating + shift] * 2,
                [100 * point.low, 100 * point.high],
                color=colour,
                lw=1.4,
            )
            axis.plot(
                point.rating + shift,
                100 * point.accuracy,
                ls="",
                color=colour,
                ms=6,
                marker=MARKERS[series.index(point.series)],
            )
        axis.set(xlim=(3, 5.05), xlabel=x_label, ylabel=y_label)
        finish_title(figure, title)
        legend_below(
            figure,
            [Patch(color=colours[trace], label=trace) for trace in traces]
            # A column of its own for each: what is missing in the shorter one stays blank.
            + [Line2D([], [], ls="", label=" ")] * (len(series) - len(traces))
            + [
                Line2D([], [], ls="", color=INK, marker=marker, ms=5, label=name)
                for name, marker in zip(series, MARKERS, strict=False)
            ],
        )
    return figure
