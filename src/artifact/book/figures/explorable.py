"""Bars for one choice at a time: a chart complete without a script, and explorable with one.

The page shows the first choice as inline SVG, so what it has to say is said without any script.
The other choices lie beside it as numbers; ``book.js`` offers them in a list, which works by
keyboard as every list does, redraws the same bars and says the choice's sentence.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from artifact.book.figures.style import NOTHING, RIGHT, caption_with_link
from artifact.book.tables import Markup

LEFT, WIDTH, WHOLE = 168, 122, 345
"""Where bars begin, how long one of 100 % is, and how wide the chart is (units of its view)."""

ROW, GAP = 15, 6
"""Height of a row, and what sets groups apart."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One row.

    Attributes:
        group: rows of one group stand together.
        label: what the row is.
        value, low, high: a share with the limits of its interval; None where there is none.
        mark: a second share, shown as a diamond.
        n: the number of cases that `value` is a share of.
    """

    group: str
    label: str
    value: float | None
    low: float | None = None
    high: float | None = None
    mark: float | None = None
    n: int | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """What can be chosen: its bars, the same rows for every choice, and what they say."""

    bars: Sequence[Bar]
    said: str


def show(
    choices: Mapping[str, Choice],
    *,
    name: str,
    alt: str,
    caption: str,
    question: str,
    table: str = "",
) -> Markup:
    """The chart, with the first of `choices` drawn.

    Args:
        choices: by what the list calls them; without any, a line says that there is nothing.
        name: unique on its page.
        alt: what the chart shows, whichever choice is drawn.
        caption: what stands below.
        question: the list's label.
        table: name of the table on the page that holds all numbers.

    Raises:
        ValueError: if the rows of two choices differ, or words are missing.
    """
    if not alt.strip() or not caption.strip() or not question.strip():
        raise ValueError(f"figure '{name}' needs alt text, a caption and a label")
    if not choices:
        return Markup(f'<p class="artifact-note">{NOTHING}</p>')
    if len({tuple((bar.group, bar.label) for bar in it.bars) for it in choices.values()}) != 1:
        raise ValueError(f"figure '{name}' needs choices with the same rows")
    first = next(iter(choices.values()))
    given = {
        "question": question,
        "left": LEFT,
        "width": WIDTH,
        "choices": [
            {"name": of, "said": it.said, "rows": [_numbers(bar) for bar in it.bars]}
            for of, it in choices.items()
        ],
    }
    data = json.dumps(given, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    return Markup(
        f'<figure class="artifact-figure artifact-choices" id="fig-{name}">'
        f'<p role="status">{html.escape(first.said)}</p>{_svg(first.bars, alt)}'
        f'<script type="application/json">{data}</script>'
        f"{caption_with_link(caption, table)}</figure>"
    )


def _numbers(bar: Bar) -> list[float | None]:
    shares = (bar.value, bar.low, bar.high, bar.mark)
    return [*(None if share is None else round(100 * share, 1) for share in shares), bar.n]


def _svg(bars: Sequence[Bar], alt: str) -> str:
    rows, top = [], 0
    for place, bar in enumerate(bars):
        if place and bar.group != bars[place - 1].group:
            top += GAP
        opening = f'<g class="artifact-bar" transform="translate(0 {top})">'
        rows.append(f"{opening}{''.join(_row(bar))}</g>")
        top += ROW
    scale = "".join(
        f'<text x="{LEFT + _long(share)}" y="{top + 11}" text-anchor="middle">{share}</text>'
        for share in (0, 50, 100)
    )
    return (
        f'<svg role="img" aria-label="{html.escape(alt)}" class="artifact-svg" '
        f'viewBox="0 0 {WHOLE} {top + 16}" font-size="8.5" fill="currentColor">'
        f"{''.join(rows)}{scale}</svg>"
    )


def _row(bar: Bar) -> Iterator[str]:
    """Label, bar, interval, diamond, number and n; what a choice lacks has no length."""
    value, low, high, mark, n = _numbers(bar)
    middle = ROW / 2
    yield f'<text y="{middle + 3}">{html.escape(bar.label)}</text>'
    yield f'<rect x="{LEFT}" y="2" width="{_long(value)}" height="{ROW - 4}" fill="{RIGHT}"/>'
    yield (
        f'<line x1="{LEFT + _long(low)}" x2="{LEFT + _long(high)}" y1="{middle}" y2="{middle}" '
        'stroke="currentColor"/>'
    )
    hidden = "" if mark is not None else ' visibility="hidden"'
    yield (
        f'<path d="M0 -4 4 0 0 4 -4 0z" transform="translate({LEFT + _long(mark)} {middle})" '
        f'fill="none" stroke="currentColor" stroke-width="1.4"{hidden}/>'
    )
    text = "–" if value is None else f"{value:.1f}" + ("" if n is None else f" ({n})")
    yield f'<text class="value" x="{WHOLE}" y="{middle + 3}" text-anchor="end">{text}</text>'


def _long(percent: float | None) -> float:
    return round((percent or 0) * WIDTH / 100, 1)
