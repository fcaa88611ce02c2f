"""One look for every figure: drawn with seaborn, shown as inline SVG in the page's colours.

Text and axes are drawn in `INK`, which becomes ``currentColor`` in the SVG, so a figure is
readable on a light and on a dark page; the palette's mid-tones keep a contrast of at least 3:1
on both. Every figure carries alt text and a caption; without them it cannot be shown.
"""

from __future__ import annotations

import html
import io
import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import matplotlib as mpl
import matplotlib.pyplot as plt
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from artifact.book.tables import Markup, Numbers, anchor_of, below_figure, caption_markup
from artifact.decomposition.traces import KINDS

INK = "#0a0b0c"
"""Stands for the page's text colour; unlike black it occurs nowhere by default."""

PROMPTING = "#b8404a"
"""Colour of models that were prompted and not trained."""

RIGHT, WRONG = "#5f6b78", "#5f6b7838"
"""Answers that are right, and that are not. Hues are kept for kinds of trace, which they mean in
every figure; answers and scorings are told apart by fill."""

OUTLINE: dict[str, Any] = {"ec": RIGHT, "lw": 0.8}
"""For bars whose fill alone is too faint against the page."""

STEPS = tuple(f"{INK}{alpha}" for alpha in ("00", "20", "48", "78", "ff"))
"""Five fills from little to much, for what is neither a kind of trace nor an answer; drawn with an
edge of `INK`."""


def ink_on(fill: str) -> str:
    """The colour of text on a bar: that of the page, except on a fill that is as dark as that."""
    return "#ffffff" if fill == RIGHT else INK


GREYED, GREY = "training data broken", "#8a949e70"
"""The series drawn for completeness, which says nothing about its kind, and its colour."""

MARKERS = "osD^vP*X"
DASHES = ("--", ":", "-.", (0, (1, 3)), (0, (6, 2, 1, 2, 1, 2)))
LEGEND_CHARACTERS = 62
"""That fit beside each other below a figure, counting six per label for key and gap."""

TITLE_CHARACTERS = 52
"""Per line of a title."""

FONT = 'font-family="DejaVu Sans, sans-serif"'
"""Of all text in a figure that is saved; on a page the text has the page's font."""

WIDTH = 4.6
"""Inches: on a phone the figure is shown at about this width, so its text keeps its size."""

NOTHING = "nothing to draw: no data"


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

    def folded(self, summary: str) -> Markup:
        """As `Markup.folded`."""
        return Markup(self.markup).folded(summary)

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/html": self.markup, "text/plain": f"<figure: {self.alt}>"}


def variant_colours() -> dict[str, str]:
    """Colour by variant, in the order of legends: each kind of trace, and prompting."""
    untrained, *kinds = [(name, kind.colour) for name, kind in KINDS.items()]
    return dict([untrained, ("prompting", PROMPTING), *kinds])


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
        "svg.fonttype": "none",  # text stays text: it can be searched, read aloud and enlarged
        "font.sans-serif": ["DejaVu Sans", "sans-serif"],
        "hatch.linewidth": 0.4,
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


LONGEST_ALT = 160
"""Characters: a text alternative is heard whole, without a way to skip, and holds no list of
numbers."""


def show(
    figure: Figure,
    *,
    name: str,
    alt: str,
    caption: str,
    table: str = "",
    numbers: Numbers | None = None,
) -> Shown:
    """Close `figure` and return it ready for the page.

    Args:
        figure: drawn inside `style`.
        name: unique on its page; keeps SVG ids of several figures apart.
        alt: what it shows, as a short label.
        caption: what the reader sees below, with n and the evidence behind it.
        table: name of the table on the page that holds its numbers, to which a link leads.
        numbers: what it draws, where no table on the page holds it, folded below the caption.

    Raises:
        ValueError: if alt or caption is empty, or alt is long.
    """
    if not alt.strip() or not caption.strip():
        raise ValueError(f"figure '{name}' needs alt text and a caption")
    if len(alt) > LONGEST_ALT:
        raise ValueError(
            f"figure '{name}' has a long alt text; give numbers as `numbers` or `table`"
        )
    with style(), mpl.rc_context({"svg.hashsalt": f"artifact-{name}"}):
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", bbox_inches="tight", metadata={"Date": None})
    plt.close(figure)
    svg = re.sub(r"^.*?(?=<svg)", "", buffer.getvalue(), flags=re.DOTALL)
    below = caption_with_link(caption, table)
    if numbers is not None and numbers.rows:
        below += below_figure(numbers)
    return Shown(markup=_markup(svg, name, alt, below), svg=_on_white(svg), alt=alt)


def caption_with_link(caption: str, table: str) -> str:
    """A figure's caption, with the way to the table that holds its numbers."""
    link = f' <a href="#{anchor_of(table)}">All numbers</a>' if table else ""
    return f"<figcaption>{caption_markup(caption)}{link}</figcaption>"


def _markup(svg: str, name: str, alt: str, below: str) -> str:
    svg = re.sub(INK, "currentColor", svg)
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    svg = _with_short_ids(_with_shared_styles(_lightened(svg), name), name)
    opening = f'<svg role="img" aria-label="{html.escape(alt)}" class="artifact-svg" {FONT}'
    svg = svg.replace("<svg", opening, 1)
    return f'<figure class="artifact-figure" id="fig-{name}">{svg}{below}</figure>'


PLACES = re.compile(r' (?:d|x|y)="[^"]*"')
"""Attributes that contain positions, in points; others contain shares and colours."""


LINE = re.compile(r'( d="M[^A-Za-z]*L[^A-Za-z]*" style=")fill:none;')
"""A path of two points, which has no area to fill."""

TICK = 'style="fill:currentColor;stroke:currentColor;stroke-width:0.'
"""The look of a tick, which is such a line; marks of points have wider edges."""


def _lightened(svg: str) -> str:
    """The same picture in half the bytes: without comments, digits beyond a tenth of a point,
    bare groups, unused ids, rotations by zero, a font for each text, areas without a colour, and
    needless blanks."""
    referred = set(re.findall(r"#([\w-]+)", svg))
    svg = re.sub(r"<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r"(\d\.\d\d)\d+", r"\1", svg)
    svg = re.sub(PLACES, lambda it: re.sub(r"(\d\.\d)\d+", r"\1", it[0]), svg)
    svg = re.sub(r' transform="rotate\(-0 [^"]*\)"', "", svg)
    svg = svg.replace("font-family: 'DejaVu Sans', sans-serif; ", "")
    svg = re.sub(r' id="([^"]*)"', lambda it: it[0] if it[1] in referred else "", svg)
    svg = re.sub(r"\s*\n\s*", " ", svg).replace("> <", "><")
    svg = re.sub(r'<path [^>]*style="fill: none"\s*/>', "", svg)
    svg = svg.replace("; stroke-dashoffset: 0", "")
    svg = re.sub(r' d="([^"]*)"', _closer, svg)
    svg = re.sub(r' style="[^"]*"', lambda it: re.sub(r"(?<=[:;]) ", "", it[0]), svg)
    svg = re.sub(LINE, r"\1", svg).replace(TICK, TICK.replace("fill:currentColor;", ""))
    return _without_bare_groups(svg)


def _with_shared_styles(svg: str, name: str) -> str:
    """The same picture with each style that three parts or more have as a class of this figure."""
    styles = Counter(re.findall(r' style="([^"]*)"', svg))
    shared = [text for text, count in styles.items() if count > 2]
    rules = ""
    for number, shared_style in enumerate(shared):
        svg = svg.replace(f' style="{shared_style}"', f' class="s{number}"')
        rules += f"#fig-{name} .s{number}{{{shared_style}}}"
    return svg.replace("</style>", f"{rules}</style>", 1)


def _with_short_ids(svg: str, name: str) -> str:
    """The same picture with short names for what it refers to, its own on a page of figures."""
    names = dict.fromkeys(re.findall(r' id="([^"]*)"', svg))
    short = {it: f"_{crc32(name.encode()) % 16**5:x}{number}" for number, it in enumerate(names)}
    svg = re.sub(r'(?<= id=")[^"]*', lambda it: short[it[0]], svg)
    svg = re.sub(r"(?<=#)[\w-]+(?=[\")])", lambda it: short.get(it[0], it[0]), svg)
    return svg.replace(' xmlns:xlink="http://www.w3.org/1999/xlink"', "").replace(" xlink:", " ")


def _closer(path: re.Match[str]) -> str:
    """A path without the blanks around its letters and without zeros after a point."""
    steps = re.sub(r"\s*([A-Za-z])\s*", r"\1", path[1]).strip()
    return f' d="{re.sub("[.]0(?![0-9])", "", steps)}"'


def _without_bare_groups(svg: str) -> str:
    """The same picture without groups that have no attributes."""
    kept, open_groups = list[str](), list[bool]()
    for part in re.split(r"(<g(?:\s[^>]*[^/])?>|</g>|<g/>)", svg):
        if part == "</g>":
            if open_groups.pop():
                kept.append(part)
        elif part.startswith("<g>") or part.startswith("<g "):
            open_groups.append(part != "<g>")
            if open_groups[-1]:
                kept.append(part)
        elif part != "<g/>":
            kept.append(part)
    return "".join(kept)


def _on_white(svg: str) -> str:
    ground = '<rect width="100%" height="100%" fill="#ffffff"/>'
    return re.sub(r"(<svg[^>]*>)", rf"\1{ground}", svg, count=1)


def blank(title: str) -> Figure:
    """What stands in a figure's place where a model has no outputs of the kind it shows."""
    with style():
        figure, axis = plt.subplots(figsize=(WIDTH, 0.9))
        axis.set_axis_off()
        axis.text(0, 0.5, NOTHING, va="center")
        finish_title(figure, title)
    return figure


def distinct(values: Iterable[str]) -> list[str]:
    """Each of `values` once, in order of appearance."""
    return list(dict.fromkeys(values))


def heading(panel: str) -> str:
    """The title of a panel, in several lines if it is long, so that no figure grows with it."""
    return textwrap.fill(panel, TITLE_CHARACTERS - 2)


def finish_title(figure: Figure, title: str) -> None:
    """Set the title, in several lines if it is long, and fit the axes below it."""
    lines = textwrap.fill(title, TITLE_CHARACTERS)
    # At the very top: the layout leaves room for the lines, and not for what is above them.
    figure.suptitle(lines, x=0.01, y=1.0, ha="left", va="top", fontsize=9.5, fontweight="bold")
    figure.tight_layout()


def legend_below(figure: Figure, handles: Sequence[Line2D | Patch]) -> None:
    """Put the legend under the figure, where it covers nothing on a narrow page."""
    longest = max(len(str(handle.get_label())) for handle in handles)
    columns = max(1, min(3, LEGEND_CHARACTERS // (longest + 6)))
    figure.legend(handles=handles, loc="upper left", bbox_to_anchor=(0.01, 0.0), ncols=columns)
