"""Figures of trained models: accuracy against the length of a trace, doses, training curves.

Drawn in the style of `artifact.book.figures.style`. A kind of trace has a colour and a marker or
dash of its own, so that no figure rests on colour alone; runs made here are hollow, reference
runs filled.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullFormatter, ScalarFormatter

from artifact.book.figures.style import (
    DASHES,
    INK,
    WIDTH,
    blank,
    distinct,
    finish_title,
    heading,
    legend_below,
    style,
)
from artifact.decomposition.traces import KINDS

GAP = 1.11
"""Factor between the positions of two kinds whose traces are equally long."""
LEAST_TOP = 0.2
"""The smallest share that an accuracy axis reaches beyond."""
SMOOTHED = 5
"""Steps that one point of a training curve averages over."""


@dataclass(frozen=True, slots=True)
class KindPoint:
    """One kind of trace: how often the answers are right, against something else.

    Attributes:
        panel: the problems.
        kind: of trace.
        made: "reference" or "here".
        x: what it is drawn against, such as tokens of a training target.
        value, low, high: mean over the runs with its interval, in [0, 1].
        runs: the accuracy of each.
    """

    panel: str
    kind: str
    made: str
    x: float
    value: float
    low: float
    high: float
    runs: tuple[float, ...]


def accuracy_by_length(
    points: Sequence[KindPoint],
    *,
    title: str,
    references: Mapping[str, Mapping[str, float]],
) -> Figure:
    """Accuracy against the length of what a model was trained to write, a panel per dataset.

    Kinds of nearly equal length are drawn a little apart.

    Args:
        references: panel -> rule -> fraction, drawn across.
    """
    if not points:
        return blank(title)
    panels = distinct(point.panel for point in points)
    with style():
        figure, axes = _panels(len(panels), 2.9)
        for axis, panel in zip(axes, panels, strict=True):
            own = [point for point in points if point.panel == panel]
            lines = references.get(panel, {}).values()
            for fraction in lines:
                axis.axhline(100 * fraction, color=INK, lw=0.9, ls=":")
            for point, place in zip(own, _apart([p.x for p in own]), strict=True):
                _draw_kind(axis, point, place)
            axis.set_xscale("log")
            axis.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axis.xaxis.set_major_formatter(ScalarFormatter())
            axis.xaxis.set_minor_formatter(NullFormatter())
            axis.set(title=heading(panel), ylabel="answers right (%)", ylim=(-3, _top(own, lines)))
        axes[-1].set_xlabel("tokens of the training target, trace and answer (log scale)")
        finish_title(figure, title)
        handles = [_kind_handle(kind) for kind in _kinds(points)]
        if any(references.values()):
            handles.append(Line2D([], [], color=INK, lw=0.9, ls=":", label="shortcut rules"))
        legend_below(figure, handles + _made_handles(points))
    return figure


def accuracy_curves(
    points: Sequence[KindPoint],
    *,
    title: str,
    x_label: str,
    references: Mapping[str, float],
    log: bool = False,
) -> Figure:
    """Accuracy against a number, a line per kind and a panel per set of problems.

    Args:
        references: panel -> fraction, drawn across.
        log: whether the numbers are on a log scale.
    """
    if not points:
        return blank(title)
    panels, dashes = distinct(point.panel for point in points), kind_dashes()
    with style():
        figure, axes = _panels(len(panels), 2.9)
        for axis, panel in zip(axes, panels, strict=True):
            own = [point for point in points if point.panel == panel]
            lines = [references[panel]] if panel in references else []
            for fraction in lines:
                axis.axhline(100 * fraction, color=INK, lw=0.9, ls=":")
            for kind in _kinds(own):
                line = sorted((p for p in own if p.kind == kind), key=lambda p: p.x)
                axis.plot(
                    [p.x for p in line],
                    [100 * p.value for p in line],
                    color=KINDS[kind].colour,
                    lw=1.2,
                    ls=dashes[kind],
                )
            xs = sorted({point.x for point in own})
            if log:
                axis.set_xscale("log")
                axis.xaxis.set_minor_formatter(NullFormatter())
            for x in xs:
                there = [point for point in own if point.x == x]
                for point, place in zip(there, _beside(x, len(there), xs, log=log), strict=True):
                    _draw_kind(axis, point, place)
            axis.set_xticks(xs, [f"{x:g}" for x in xs])
            axis.set(title=heading(panel), ylabel="answers right (%)", ylim=(-3, _top(own, lines)))
        axes[-1].set_xlabel(x_label)
        finish_title(figure, title)
        handles = [_kind_handle(kind) for kind in _kinds(points)]
        if references:
            handles.append(Line2D([], [], color=INK, lw=0.9, ls=":", label="best shortcut rule"))
        legend_below(figure, handles + _made_handles(points))
    return figure


def _beside(x: float, count: int, xs: Sequence[float], *, log: bool) -> list[float]:
    """Places next to each other around `x`, so that intervals do not hide one another."""
    ranks = [rank - (count - 1) / 2 for rank in range(count)]
    step = 0.012 * (xs[-1] - xs[0])
    return [x * 1.05**rank if log else x + step * rank for rank in ranks]


def _draw_kind(axis: Axes, point: KindPoint, place: float) -> None:
    colour = KINDS[point.kind].colour
    axis.plot([place] * 2, [100 * point.low, 100 * point.high], color=colour, lw=1.4)
    if len(point.runs) > 1:
        axis.plot(
            [place] * len(point.runs),
            [100 * it for it in point.runs],
            ls="",
            marker="_",
            ms=7,
            color=colour,
        )
    axis.plot(
        place,
        100 * point.value,
        ls="",
        marker=KINDS[point.kind].marker,
        ms=6.5,
        color=colour,
        mfc="none" if point.made == "here" else colour,
    )


def _top(points: Iterable[KindPoint | DosePoint], lines: Iterable[float] = ()) -> float:
    """Where the axis ends: above all points and `lines` (fractions), and 100 % at most.

    It is never so close to 0 that a model that gets almost nothing right fills the panel.
    """
    highest = max(*(max((point.high, *point.runs)) for point in points), *lines, LEAST_TOP)
    return min(103, 115 * highest)


def _apart(places: Sequence[float]) -> list[float]:
    """Places on a log axis, those nearer than `GAP` spread around their common middle."""
    order = sorted(range(len(places)), key=places.__getitem__)
    groups: list[list[int]] = []
    for index in order:
        near = groups and places[index] < places[groups[-1][-1]] * GAP
        if near:
            groups[-1].append(index)
        else:
            groups.append([index])
    spread = list(places)
    for group in groups:
        middle = float(np.exp(np.mean(np.log([places[index] for index in group]))))
        for rank, index in enumerate(group):
            spread[index] = middle * GAP ** (rank - (len(group) - 1) / 2)
    return spread


@dataclass(frozen=True, slots=True)
class DosePoint:
    """Accuracy at one dose: mean with interval, and that of each run; fractions in [0, 1]."""

    panel: str
    made: str
    dose: float
    value: float
    low: float
    high: float
    runs: tuple[float, ...]


def dose_response(points: Sequence[DosePoint], *, title: str) -> Figure:
    """Accuracy against the share of training traces that are incorrect, a panel per dataset."""
    if not points:
        return blank(title)
    panels = distinct(point.panel for point in points)
    colour = INK  # a scale between two kinds is neither of them
    with style():
        figure, axes = _panels(len(panels), 2.3)
        for axis, panel in zip(axes, panels, strict=True):
            for made in distinct(point.made for point in points):
                own = [p for p in points if (p.panel, p.made) == (panel, made)]
                x = [100 * p.dose for p in own]
                hollow = made == "here"
                axis.plot(
                    x,
                    [100 * p.value for p in own],
                    color=colour,
                    marker="s",
                    ms=6,
                    mfc="none" if hollow else colour,
                    ls="--" if hollow else "-",
                )
                for place, point in zip(x, own, strict=True):
                    limits = [100 * point.low, 100 * point.high]
                    axis.plot([place] * 2, limits, color=colour, lw=1.4)
                    axis.plot(
                        [place + 1.5] * len(point.runs),
                        [100 * it for it in point.runs],
                        ls="",
                        marker="o",
                        ms=3.5,
                        color=INK,
                        mfc="none",
                    )
            shown = [point for point in points if point.panel == panel]
            axis.set(title=heading(panel), ylabel="answers right (%)", ylim=(-3, _top(shown)))
            axis.set_xticks([0, 25, 50, 75, 100])
        axes[-1].set_xlabel("training traces that are incorrect (%)")
        finish_title(figure, title)
        legend_below(
            figure,
            [
                Line2D([], [], color=colour, marker="s", ms=6, label="mean over seeds"),
                Line2D([], [], ls="", color=INK, marker="o", mfc="none", ms=3.5, label="one run"),
                *_made_handles(points),
            ],
        )
    return figure


@dataclass(frozen=True, slots=True)
class Curve:
    """Loss by optimiser step, mean over runs of one kind."""

    panel: str
    kind: str
    made: str
    losses: tuple[float, ...]

    def drawn(self) -> list[tuple[int, float]]:
        """The points of its line, as step and loss: a running mean, thinned to `MOST_STEPS`."""
        losses = _smoothed(self.losses)
        first = 1 + (len(self.losses) - len(losses)) // 2
        every = -(-len(losses) // MOST_STEPS)
        return [
            (first + place, float(losses[place])) for place in range(0, len(losses), every or 1)
        ]


MOST_STEPS = 10
"""Most points of a drawn training curve: longer ones are thinned evenly."""


def training_curves(curves: Sequence[Curve], *, title: str) -> Figure:
    """Loss per target token by step, a line per kind, a panel per dataset and maker."""
    if not curves:
        return blank(title)
    panels = distinct(curve.panel for curve in curves)
    dashes = kind_dashes()
    with style():
        figure, axes = _panels(len(panels), 2.5)
        for axis, panel in zip(axes, panels, strict=True):
            for curve in (curve for curve in curves if curve.panel == panel):
                axis.plot(
                    *zip(*curve.drawn(), strict=True),
                    color=KINDS[curve.kind].colour,
                    lw=1.5,
                    ls=dashes[curve.kind],
                )
            axis.set_yscale("log")
            axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axis.yaxis.set_major_formatter(ScalarFormatter())
            axis.yaxis.set_minor_formatter(NullFormatter())
            axis.set(title=heading(panel), ylabel="loss (nats a token)")
        axes[-1].set_xlabel("optimiser step")
        finish_title(figure, title)
        legend_below(
            figure,
            [
                Line2D([], [], color=KINDS[kind].colour, ls=dashes[kind], label=kind)
                for kind in _kinds(curves)
            ],
        )
    return figure


def kind_dashes() -> dict[str, Any]:
    """The dash of each kind's line, as matplotlib takes it; with many kinds, dashes repeat."""
    return dict(zip(KINDS, cycle(("-", *DASHES)), strict=False))


def _smoothed(losses: Sequence[float]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Running mean; a curve of fewer steps stays as it is."""
    width = SMOOTHED if len(losses) > SMOOTHED else 1
    return np.convolve(losses, np.ones(width) / width, mode="valid")


def _panels(count: int, height: float) -> tuple[Figure, list[Axes]]:
    figure, axes = plt.subplots(count, 1, figsize=(WIDTH, 0.6 + height * count), squeeze=False)
    return figure, list(axes[:, 0])


def _kind_handle(kind: str) -> Line2D:
    return Line2D(
        [], [], ls="", color=KINDS[kind].colour, marker=KINDS[kind].marker, ms=6, label=kind
    )


def _made_handles(points: Iterable[KindPoint | DosePoint]) -> list[Line2D]:
    """Explain filled and hollow markers only if there are both."""
    if {point.made for point in points} != {"here", "reference"}:
        return []
    return [
        Line2D([], [], ls="", color=INK, marker="s", mfc=face, ms=5, label=label)
        for face, label in ((INK, "reference run"), ("none", "run made here"))
    ]


def _kinds(drawn: Iterable[KindPoint | Curve]) -> list[str]:
    there = {it.kind for it in drawn}
    return [kind for kind in KINDS if kind in there]
