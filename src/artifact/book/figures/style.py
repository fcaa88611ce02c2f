"""Figures in one style: drawn with seaborn, shown as inline SVG that follows the page's colours.

Text and axes are drawn in `INK`, which becomes ``currentColor`` in the SVG, so a figure is
readable on a light and on a dark page; the palette's mid-tones keep a contrast of at least 3:1
on both. Every figure carries alt text and a caption; without them it cannot be shown.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import cycle
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
import seaborn.objects as so
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

INK = "#0a0b0c"
"""Stands for the page's text colour; unlike black it occurs nowhere by default."""

VARIANT_COLOURS: Mapping[str, str] = {
    "vanilla": "#7d8a99",
    "prompting": "#a08c5b",
    "correct": "#3b82c4",
    "incorrect": "#d9690f",
    "verbose": "#a05fd0",
    "summary": "#2e9e6b",
    "explanation": "#c8508c",
    "anchored": "#1794a8",
    "irrelevant": "#96694a",
    "filler": "#8f8a1c",
}
RIGHT, WRONG = "#3b82c4", "#d9690f"
MARKERS = "osD^vP*X"
DASHES = ("--", ":", "-.", (0, (1, 3)), (0, (6, 2, 1, 2, 1, 2)))
LEGEND_CHARACTERS = 62
"""That fit beside each other below a figure, keys and gaps counted as six a label."""
WIDTH = 4.6
"""Inches: on a phone the figure is shown at about this width, so its text keeps its size."""


@dataclass(frozen=True, slots=True)
class Point:
    """One value to draw, as a fraction in [0, 1].

    Attributes:
        group: the row it stands in (a variant, a category, a step).
        series: what its colour says (a variant, a scorer).
        value: the fraction.
        low, high: its interval; None where there is none, and no bar is drawn.
        panel: the panel it stands in (a model); "" where there is one panel.
        run: what its marker says (a seed, a stored run).
    """

    group: str
    series: str
    value: float
    low: float | None = None
    high: float | None = None
    panel: str = ""
    run: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A finished figure: HTML for the page, and the same SVG on white for files.

    Attributes:
        markup: ``<figure>`` with inline SVG, alt text and caption.
        svg: stand-alone SVG on a white ground.
        alt: what the figure shows, for a reader who can't see it.
    """

    markup: str
    svg: str
    alt: str

    def _repr_html_(self) -> str:
        return self.markup

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/html": self.markup, "text/plain": f"<figure: {self.alt}>"}


@contextmanager
def style() -> Iterator[None]:
    """The book's look, for the figures drawn inside; the caller's settings return afterwards."""
    settings: dict[Any, Any] = {
        "font.size": 8.5,
        "axes.titlesize": 9,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.labelsize": 8.5,
        "legend.fontsize": 8,
        "xtick.labelsize": 8,
        "ytick.labelsize": 8,
        "figure.facecolor": "none",
        "axes.facecolor": "none",
        "savefig.facecolor": "none",
        "legend.frameon": False,
        "svg.fonttype": "path",
        "svg.hashsalt": "artifact",
        **dict.fromkeys(
            ["text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"], INK
        ),
        "grid.color": "#8a949e",
        "grid.alpha": 0.35,
        "axes.grid": True,
        "axes.axisbelow": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
    }
    with sns.axes_style("ticks"), mpl.rc_context(settings):
        yield


def show(figure: Figure, *, name: str, alt: str, caption: str) -> Shown:
    """Close `figure` and return it ready for the page.

    Args:
        figure: drawn inside `style`.
        name: unique on its page; keeps SVG ids of several figures apart.
        alt: what it shows, in a sentence or two, with the main numbers.
        caption: what the reader sees below, with n and the evidence behind it.

    Raises:
        ValueError: if alt or caption is empty.
    """
    if not alt.strip() or not caption.strip():
        raise ValueError(f"figure '{name}' needs alt text and a caption")
    with style(), mpl.rc_context({"svg.hashsalt": f"artifact-{name}"}):
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", bbox_inches="tight", metadata={"Date": None})
    plt.close(figure)
    svg = re.sub(r"^.*?(?=<svg)", "", buffer.getvalue(), flags=re.DOTALL)
    return Shown(markup=_markup(svg, name, alt, caption), svg=_on_white(svg), alt=alt)


def _markup(svg: str, name: str, alt: str, caption: str) -> str:
    svg = re.sub(INK, "currentColor", svg)
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    opening = f'<svg role="img" aria-label="{html.escape(alt)}" class="artifact-svg"'
    svg = svg.replace("<svg", opening, 1)
    return (
        f'<figure class="artifact-figure" id="fig-{name}">{svg}'
        f"<figcaption>{html.escape(caption)}</figcaption></figure>"
    )


def _on_white(svg: str) -> str:
    ground = '<rect width="100%" height="100%" fill="#ffffff"/>'
    return re.sub(r"(<svg[^>]*>)", rf"\1{ground}", svg, count=1)


def dots_by_group(points: Sequence[Point], *, title: str, x_label: str) -> Figure:
    """Values as dots with intervals, a panel per `Point.panel`, a marker per `Point.run`."""
    panels = _distinct(point.panel for point in points)
    groups = _distinct(point.group for point in points)
    runs = _distinct(point.run for point in points)
    table = _percent(points)
    with style():
        figure, axes = plt.subplots(
            len(panels),
            1,
            figsize=(WIDTH, 0.9 + len(panels) * (0.5 + 0.3 * len(groups))),
            sharex=True,
            squeeze=False,
        )
        for axis, panel in zip(axes[:, 0], panels, strict=True):
            (
                so.Plot(table[table["panel"] == panel], x="value", y="group", color="series")
                .add(so.Range(linewidth=1.6), so.Dodge(by=["group"]), xmin="low", xmax="high",
                     group="run", legend=False)
                .add(so.Dot(pointsize=5.5, edgewidth=0), so.Dodge(by=["group"]), marker="run",
                     group="run", legend=False)
                .scale(color=_colours(points), marker=dict(zip(runs, cycle(MARKERS), strict=False)),
                       y=so.Nominal(order=groups))
                .on(axis)
                .plot()
            )  # fmt: skip
            axis.set(title=panel, xlabel="", ylabel="")
            axis.grid(axis="y", visible=False)
        axes[-1, 0].set_xlabel(x_label)
        finish_title(figure, title)
        if runs != [""]:
            legend_below(figure, [
                Line2D([], [], ls="", color=INK, marker=marker, ms=5, label=run)
                for run, marker in zip(runs, cycle(MARKERS), strict=False)
            ])  # fmt: skip
    return figure


NOTHING = "nothing to draw: there are no such figures"


def blank(title: str) -> Figure:
    """What stands in a figure's place where a model has no outputs of the kind it shows."""
    with style():
        figure, axis = plt.subplots(figsize=(WIDTH, 0.9))
        axis.set_axis_off()
        axis.text(0, 0.5, NOTHING, va="center")
        finish_title(figure, title)
    return figure


def grouped_bars(
    points: Sequence[Point],
    *,
    title: str,
    x_label: str,
    references: Mapping[str, float] | None = None,
) -> Figure:
    """Bars with intervals, a bar per series in each group; `references` are dashed lines.

    Args:
        references: label -> fraction, drawn across (what a shortcut or a majority class reaches).
    """
    if not points:
        return blank(title)
    groups = _distinct(point.group for point in points)
    series = _distinct(point.series for point in points)
    with style():
        figure, axis = plt.subplots(
            figsize=(WIDTH, 0.9 + len(groups) * (0.16 + 0.17 * len(series)))
        )
        (
            so.Plot(_percent(points), x="value", y="group", color="series")
            .add(so.Bar(edgewidth=0, alpha=1), so.Dodge(gap=0.1), legend=False)
            .add(so.Range(color=INK, linewidth=1), so.Dodge(), xmin="low", xmax="high",
                 legend=False)
            .scale(color=_colours(points), y=so.Nominal(order=groups))
            .limit(x=(0, 100))
            .on(axis)
            .plot()
        )  # fmt: skip
        handles: list[Line2D | Patch] = [
            Patch(color=colour, label=name) for name, colour in _colours(points).items()
        ]
        for (label, value), dash in zip((references or {}).items(), cycle(DASHES), strict=False):
            handles.append(axis.axvline(100 * value, color=INK, lw=1.1, ls=dash, label=label))
        axis.set(xlabel=x_label, ylabel="")
        axis.grid(axis="y", visible=False)
        finish_title(figure, title)
        legend_below(figure, handles)
    return figure


def answer_trace_mosaic(tables: Mapping[str, Sequence[int]], *, title: str) -> Figure:
    """The answer x trace table as a mosaic, one panel per semantics.

    Args:
        tables: panel title -> counts (right & ok, right & not, wrong & ok, wrong & not).
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
            figure, [Patch(color=RIGHT, label="answer right"), Patch(color=WRONG, label="wrong")]
        )
    return figure


def _mosaic(axis: Axes, counts: Sequence[int]) -> None:
    right_ok, right_not, wrong_ok, wrong_not = counts
    total, gap, left = sum(counts), 0.015, 0.0
    columns = [("ok", right_ok, wrong_ok), ("not ok", right_not, wrong_not)]
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
            axis.add_patch(Rectangle((left, bottom), width, height, color=colour, lw=0))
            if width > 0.12 and height > 8:
                axis.text(left + width / 2, bottom + height / 2, str(count), ha="center",
                          va="center", color="#ffffff", fontweight="bold")  # fmt: skip
        ticks.append((left + width / 2, f"trace\n{label}"))
        left += width + gap
    axis.set(xlim=(0, 1), ylim=(0, 100))
    axis.grid(visible=False)
    axis.set_xticks([place for place, _ in ticks], [label for _, label in ticks])


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
        for which, (colour, marker) in enumerate(((WRONG, "o"), (RIGHT, "D"))):
            axis.plot([100 * values[which] for values in rows.values()], range(len(rows)), ls="",
                      marker=marker, color=colour)  # fmt: skip
        axis.set_yticks(range(len(rows)), list(rows))
        axis.set(ylim=(len(rows) - 0.5, -0.5), xlim=(-2, 102), xlabel="%")
        axis.grid(axis="y", visible=False)
        finish_title(figure, title)
        legend_below(figure, [
            Line2D([], [], ls="", color=WRONG, marker="o", label=before),
            Line2D([], [], ls="", color=RIGHT, marker="D", label=after),
        ])  # fmt: skip
    return figure


def _distinct(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))


def _percent(points: Sequence[Point]) -> pd.DataFrame:
    table = pd.DataFrame([asdict(point) for point in points])
    return table.assign(**{name: 100 * table[name].astype(float) for name in _NUMBERS})


_NUMBERS = ("value", "low", "high")


def _colours(points: Sequence[Point]) -> dict[str, str]:
    names = _distinct(point.series for point in points)
    spare = [colour for name, colour in VARIANT_COLOURS.items() if name not in names]
    return {name: VARIANT_COLOURS.get(name) or spare.pop(0) for name in names}


def finish_title(figure: Figure, title: str) -> None:
    """Set the title and fit the axes below it."""
    figure.suptitle(title, x=0.01, ha="left", fontsize=9.5, fontweight="bold")
    figure.tight_layout()


def legend_below(figure: Figure, handles: Sequence[Line2D | Patch]) -> None:
    """Put the legend under the figure, where it covers nothing on a narrow page."""
    longest = max(len(str(handle.get_label())) for handle in handles)
    columns = max(1, min(3, LEGEND_CHARACTERS // (longest + 6)))
    figure.legend(handles=handles, loc="upper left", bbox_to_anchor=(0.01, 0.0), ncols=columns)
