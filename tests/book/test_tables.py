"""Tables for the page: escaped, captioned, read aloud, with one way to print each kind of cell."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact.book.figures.style import Shown
from artifact.book.tables import LONG, NOT_AVAILABLE, Markup, show, stack
from artifact.workflow.results import Scalar, Table

CAPTION = "Answers by variant (look-alike problems, n = 40)."
MISCHIEF = "<script>alert(\"x\")</script> & 'y'"
TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")))
CELL = st.none() | st.booleans() | st.integers() | st.floats(-1e9, 1e9) | TEXT


def table(
    *rows: list[Scalar], columns: tuple[str, ...] = ("what", "value"), note: str = ""
) -> Table:
    return Table(columns=list(columns), rows=list(rows), evidence="lookalike", note=note)


class Reader(HTMLParser):
    """Reads markup back: the tags there are, and the text of each cell."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.cells: list[str] = []
        self._inside = False
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag in ("th", "td"):
            self.cells.append("")
            self._inside = True

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag not in ("th", "td")

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.cells[-1] += data


@pytest.mark.parametrize(
    ("cell", "printed"),
    [
        (12, '<td class="number">12</td>'),
        (3096, '<td class="number">3,096</td>'),
        (0.25, '<td class="number">0.2</td>'),
        (63.94, '<td class="number">63.9</td>'),
        (-4.26, '<td class="number">-4.3</td>'),
        (-0.01, '<td class="number">0.0</td>'),
        (True, "<td>yes</td>"),
        (False, "<td>no</td>"),
        (None, f"<td>{NOT_AVAILABLE}</td>"),
        ("equal", "<td>equal</td>"),
        (MISCHIEF, f"<td>{html.escape(MISCHIEF)}</td>"),
    ],
)
def test_how_a_cell_is_printed(cell: Scalar, printed: str) -> None:
    assert f"</th>{printed}</tr>" in show(table(["row", cell]), caption=CAPTION).markup


@pytest.mark.parametrize(
    ("first", "printed"),
    [
        ("vanilla", '<th scope="row">vanilla</th>'),
        (2, '<th scope="row" class="number">2</th>'),
        (MISCHIEF, f'<th scope="row">{html.escape(MISCHIEF)}</th>'),
        (None, f'<th scope="row">{NOT_AVAILABLE}</th>'),
    ],
)
def test_the_first_cell_heads_its_row(first: Scalar, printed: str) -> None:
    assert f"<tr>{printed}" in show(table([first, 1]), caption=CAPTION).markup


@pytest.mark.parametrize(("length", "opening"), [(LONG, "<td>"), (LONG + 1, '<td class="long">')])
def test_only_a_long_text_breaks_into_lines(length: int, opening: str) -> None:
    assert f"{opening}{'x' * length}</td>" in show(table(["r", "x" * length]), caption="c").markup


@pytest.mark.parametrize(("digits", "printed"), [(0, "64"), (1, "63.9"), (2, "63.94")])
def test_decimals_are_the_callers(digits: int, printed: str) -> None:
    shown = show(table(["row", 63.94]), caption=CAPTION, digits=digits)
    assert f">{printed}</td>" in shown.markup


def test_a_screen_reader_is_told_what_a_dash_means() -> None:
    # A span without a role may not be named (WAI-ARIA 1.2, "generic").
    assert NOT_AVAILABLE == '<span role="img" aria-label="not available">–</span>'


def test_the_caption_stands_outside_what_scrolls_and_names_it() -> None:
    markup = show(table(["row", 1]), caption=MISCHIEF).markup
    said = html.escape(MISCHIEF)
    assert markup.startswith(
        f'<figure class="artifact-table"><figcaption>{said}</figcaption>'
        f'<div role="region" aria-label="{said}" tabindex="0"><table>'
    )
    scrolling = re.search(r"<div .*?</div>", markup)
    assert scrolling
    assert "figcaption" not in scrolling[0]
    assert "caption" not in Reader(scrolling[0]).tags


@pytest.mark.parametrize("caption", ["", "  \n"])
def test_no_table_without_a_caption(caption: str) -> None:
    with pytest.raises(ValueError, match="caption"):
        show(table(["row", 1]), caption=caption)


def test_a_note_is_printed_below_and_only_where_there_is_one() -> None:
    with_note = show(table(["row", 1], note=MISCHIEF), caption=CAPTION).markup
    assert f'</div><p class="artifact-note">{html.escape(MISCHIEF)}</p></figure>' in with_note
    assert "artifact-note" not in show(table(["row", 1]), caption=CAPTION).markup


def test_columns_are_escaped_and_head_the_columns() -> None:
    markup = show(table(["row", 1], columns=("what", MISCHIEF)), caption=CAPTION).markup
    assert f'<th scope="col">{html.escape(MISCHIEF)}</th></tr></thead>' in markup


def test_a_number_and_its_percent_sign_stay_together() -> None:
    markup = show(table(["row", 1], columns=("what", "95 % low")), caption=CAPTION).markup
    assert '<th scope="col">95&nbsp;% low</th>' in markup


def test_a_table_without_rows_says_so() -> None:
    markup = show(table(columns=("what", "value")), caption=CAPTION).markup
    assert '<tbody><tr><td colspan="2">none</td></tr></tbody>' in markup


@given(st.lists(st.tuples(TEXT, CELL, CELL), max_size=5), TEXT)
def test_no_text_becomes_markup(rows: list[tuple[Scalar, ...]], note: str) -> None:
    columns = ("<i>", "&amp;", '"')
    built = table(*(list(row) for row in rows), columns=columns, note=note)
    read = Reader(show(built, caption=CAPTION).markup)
    assert set(read.tags) <= {
        *("figure", "figcaption", "div", "table", "thead", "tbody", "tr", "th", "td", "span", "p")
    }
    assert len(read.cells) == len(columns) * (len(rows) + 1) + (not rows)
    assert read.cells[:3] == list(columns)
    for row, start in zip(rows, range(3, 3 + 3 * len(rows), 3), strict=True):
        for cell, printed in zip(row, read.cells[start : start + 3], strict=True):
            assert not isinstance(cell, str) or printed == cell


def test_several_become_one_output_in_order() -> None:
    figure = Shown(markup="<figure>2</figure>", svg="<svg/>", alt="two")
    stacked = stack([Markup("<p>1</p>"), figure, Markup("<p>3</p>")])
    assert stacked._repr_html_() == "<p>1</p>\n<figure>2</figure>\n<p>3</p>"
    assert stack([]).markup == ""
