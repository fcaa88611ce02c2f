"""Tables for the page: escaped, captioned, read aloud, with one way to print each kind of cell."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact.book.figures.style import Shown
from artifact.book.tables import (
    ALIGNED,
    FEWEST,
    LONG,
    MANY,
    NOT_AVAILABLE,
    Caption,
    Markup,
    caption_markup,
    show,
    stack,
)
from artifact.common import paths
from artifact.workflow.results import Scalar, Table
from tests.study.page import browser

CSS = (paths.BOOK / "_static" / "book.css").read_text(encoding="utf-8")
CAPTION = "Answers by variant (look-alike problems, n = 40)."
MISCHIEF = "<script>alert(\"x\")</script> & 'y'"
STATIC = Path(__file__).parents[2] / "book" / "_static"
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
        (12, '<td class="n">12</td>'),
        (3096, '<td class="n">3,096</td>'),
        (0.25, '<td class="n">0.2</td>'),
        (63.94, '<td class="n">63.9</td>'),
        (-4.26, '<td class="n">−4.3</td>'),
        (-0.01, '<td class="n">0.0</td>'),
        (True, "<td>yes</td>"),
        (False, "<td>no</td>"),
        (None, "<td></td>"),
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
        (2, '<th scope="row" class="n">2</th>'),
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
    assert 'td:empty::after { content: "–"; content: "–" / "not available"; }' in CSS


def test_a_dash_among_numbers_is_aligned_like_them() -> None:
    markup = show(table(["one", 1.5], ["other", None]), caption=CAPTION).markup
    assert '<td class="n"></td>' in markup


def test_the_evidence_of_a_caption_is_a_badge_that_is_heard_in_full() -> None:
    said = Caption.of("A < b", badge="release", evidence="of the release", cases=", n = 7")
    assert said == "A < b (of the release, n = 7)."
    badge = '<span class="artifact-badge">release<span>: of the release</span></span>'
    assert caption_markup(said, " More.") == f"A &lt; b, n = 7. More. {badge}"
    markup = show(table(["row", 1]), caption=said).markup
    assert f"<figcaption>A &lt; b, n = 7. {badge}</figcaption>" in markup
    assert f'aria-label="{html.escape(said)}"' in markup


def test_a_count_stands_before_what_it_counts() -> None:
    rows: list[list[Scalar]] = [[f"r{place}", 10, 1.0] for place in range(FEWEST)]
    markup = show(table(*rows, columns=("what", "people", "value")), caption="Ratings.").markup
    assert "Ratings. All rows: 10 people.</figcaption>" in markup


def test_what_is_said_of_every_row_begins_a_sentence() -> None:
    rows: list[list[Scalar]] = [[f"r{place}", 7, 1.0] for place in range(FEWEST)]
    markup = show(table(*rows, columns=("what", "n", "value")), caption="Shares (%)").markup
    assert "<figcaption>Shares (%). All rows: n = 7.</figcaption>" in markup


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
    assert f'<th scope="col" class="n">{html.escape(MISCHIEF)}</th></tr></thead>' in markup


def test_a_number_and_its_percent_sign_stay_together() -> None:
    markup = show(table(["row", 1], columns=("what", "95 % low")), caption=CAPTION).markup
    assert 'class="n">95&nbsp;% low</th>' in markup


def test_a_table_without_rows_says_so() -> None:
    markup = show(table(columns=("what", "value")), caption=CAPTION).markup
    assert '<tbody><tr><td colspan="2">none</td></tr></tbody>' in markup


def shown_cells(*rows: list[Scalar], columns: tuple[str, ...]) -> list[str]:
    return Reader(show(table(*rows, columns=columns), caption=CAPTION).markup).cells


@pytest.mark.parametrize(
    ("columns", "row", "printed"),
    [
        (("95 % low", "95 % high"), [50.0, 40.0, 60.0], "50.0 [40.0, 60.0]"),
        (("95 % low, strictly", "95 % high, strictly"), [50.0, 40.0, 60.0], "50.0 [40.0, 60.0]"),
        (("95 % interval",), [1.5, "[+1.0, +2.0]"], "+1.5 [+1.0, +2.0]"),
        (("95 % interval",), [-1.5, "[-3.0, +0.1]"], "\u22121.5 [\u22123.0, +0.1]"),
        (("95 % interval",), [1.5, None], "1.5"),
        (("95 % low", "95 % high"), [None, None, None], ""),
    ],
)
def test_limits_stand_in_the_cell_of_their_number(
    columns: tuple[str, ...], row: list[Scalar], printed: str
) -> None:
    cells = shown_cells(["r", *row], columns=("what", "right", *columns))
    assert cells == ["what", "right 95\xa0%", "r", printed]


def test_a_number_with_its_limits_may_break_between_them_only() -> None:
    markup = show(table(["r", "+1.5 [+1.0, +2.0]"]), caption=CAPTION).markup
    assert '<td class="n">+1.5 <small>[+1.0, +2.0]</small></td>' in markup


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ([7] * FEWEST, " All rows: n = 7."),
        (["yes, <b>"] * FEWEST, " All rows: n: yes, &lt;b&gt;."),
        ([None] * FEWEST, " Not available: n."),
        ([40] * FEWEST, ""),  # which the caption has
        ([7, 7, 8], None),
        ([7] * (FEWEST - 1), None),
        ([7.5] * FEWEST, None),  # a result
        ([7, True, 7.0], None),
    ],
)
def test_what_every_row_says_is_said_once(cells: list[Scalar], told: str | None) -> None:
    rows: list[list[Scalar]] = [[f"r{place}", cell, 1.0] for place, cell in enumerate(cells)]
    markup = show(table(*rows, columns=("what", "n", "value")), caption=CAPTION).markup
    assert (">n</th>" in markup) is (told is None)
    assert f"<figcaption>{CAPTION}{told or ''}</figcaption>" in markup


def test_a_number_that_has_limits_stays_with_them() -> None:
    rows: list[list[Scalar]] = [[f"r{place}", 0, place, 3] for place in range(FEWEST)]
    cells = shown_cells(*rows, columns=("what", "right", "95 % low", "95 % high"))
    assert cells[2:4] == ["r0", "0 [0, 3]"]


def test_words_that_several_rows_share_head_these_rows() -> None:
    rows: list[list[Scalar]] = [[made, f"{place}", 1.0] for made in "ab" for place in range(FEWEST)]
    markup = show(table(*rows, columns=("made", "what", "value")), caption=CAPTION).markup
    assert Reader(markup).cells[:5] == ["what", "value", "made: a", "0", "1.0"]
    assert markup.count('<tbody><tr><th scope="rowgroup" colspan="2"><span>made: ') == 2


@pytest.mark.parametrize(
    "first",
    [["a", "b", "c", "c", "d", "e"], ["a", "b", "a", "b", "a", "b"], [1, 1, 1, 2, 2, 2]],
    ids=["few rows each", "not together", "numbers"],
)
def test_other_first_columns_stay(first: list[Scalar]) -> None:
    rows: list[list[Scalar]] = [[cell, f"{place}", 1.0] for place, cell in enumerate(first)]
    assert shown_cells(*rows, columns=("made", "what", "value"))[0] == "made"


@given(st.lists(st.tuples(TEXT, CELL, CELL), max_size=9), TEXT)
def test_no_text_becomes_markup_or_is_lost(rows: list[tuple[Scalar, ...]], note: str) -> None:
    columns = ("<i>", "&amp;", '"')
    built = table(*(list(row) for row in rows), columns=columns, note=note)
    markup = show(built, caption=CAPTION).markup
    read = Reader(markup)
    assert set(read.tags) <= {
        *("figure", "figcaption", "div", "table", "thead", "tbody", "tr", "th", "td", "span"),
        *("small", "p"),
    }
    for text in (*columns, *(cell for row in rows for cell in row if isinstance(cell, str))):
        assert html.escape(text) in markup.replace("</small>", "").replace("<small>", "")


def test_several_become_one_output_in_order() -> None:
    figure = Shown(markup="<figure>2</figure>", svg="<svg/>", alt="two")
    stacked = stack([Markup("<p>1</p>"), figure, Markup("<p>3</p>")])
    assert stacked._repr_html_() == "<p>1</p>\n<figure>2</figure>\n<p>3</p>"
    assert stack([]).markup == ""


def test_a_fold_says_what_it_holds() -> None:
    folded = Markup("<p>1</p>").folded("Every <run>: table").markup
    assert folded == (
        '<details class="artifact-fold"><summary>Every &lt;run&gt;: table</summary>'
        "<p>1</p></details>"
    )


def test_in_a_browser_a_link_opens_the_fold_and_a_phone_shows_cards(tmp_path: Path) -> None:
    if reason := browser.missing():
        pytest.skip(reason)
    rows: list[list[Scalar]] = [
        [made, f"{kind} {made}", -50.0, -60.0, 40.0, *(f"unbroken{kind}{n}" for n in range(8))]
        for made in ("x, y", "z")
        for kind in "mn"
    ]
    columns = ["made", "kind", "right", "95 % low", "95 % high", *map(str, range(8))]
    wide = Table(columns=columns, rows=rows, evidence="lookalike", name="wide")
    markup = show(wide, caption=CAPTION).folded("All").markup
    page = tmp_path / "page.html"
    page.write_text(
        "<meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<link rel=stylesheet href='{(STATIC / 'book.css').as_uri()}'>"
        f"<script src='{(STATIC / 'book.js').as_uri()}'></script><p>Above</p>{markup}",
        encoding="utf-8",
    )
    shown = "return document.querySelector('.artifact-table').matches('.artifact-cards')"
    with browser.chromium() as driver:
        browser.look(driver, browser.DESKTOP, dark=False)
        driver.get(page.as_uri() + "#table-wide")
        browser.until(lambda: bool(driver.find_elements("css selector", "details[open] table")))
        assert not driver.execute_script(shown)
        csv = driver.execute_script("return csvOf(document.querySelector('table'))").splitlines()
        browser.look(driver, browser.PHONE, dark=False)
        browser.until(lambda: bool(driver.execute_script(shown)))
        width = driver.execute_script("return document.querySelector('table').scrollWidth")
        head = driver.execute_script("return document.querySelector('td.n').dataset.head")
    assert csv[0].split(",")[:5] == ["rows", "kind", "right", "95\xa0%", "0"]
    assert csv[1].startswith('"made: x, y","m x, y",-50.0,"[-60.0, 40.0]",unbrokenm0,')
    assert width <= browser.PHONE[0]
    assert head == "right 95\xa0%"


def test_a_written_table_has_a_number_and_is_saved_too(tmp_path: Path) -> None:
    if reason := browser.missing():
        pytest.skip(reason)
    computed = show(Table(columns=["a"], rows=[[1]], evidence="lookalike"), caption=CAPTION).markup
    written = (
        "<section><h2>Commands</h2><div class=pst-scrollable-table-container><table>"
        "<thead><tr><th>Command</th><th>Takes</th></tr></thead>"
        "<tbody><tr><td>make book</td><td>5, with install</td></tr></tbody></table></div></section>"
    )
    page = tmp_path / "page.html"
    page.write_text(
        f"<meta charset=utf-8><script src='{(STATIC / 'book.js').as_uri()}'></script>"
        f"<article class=bd-article>{computed}{written}</article>",
        encoding="utf-8",
    )
    with browser.chromium() as driver:
        driver.get(page.as_uri())
        browser.until(lambda: bool(driver.find_elements("css selector", ".artifact-numbered")))
        numbers = driver.execute_script(
            "return [...document.querySelectorAll('[data-number]')].map((it) => it.dataset.number)"
        )
        named = driver.execute_script(
            "return document.querySelector('.artifact-numbered button').getAttribute('aria-label')"
        )
        csv = driver.execute_script("return csvOf(document.querySelectorAll('table')[1])")
    assert numbers == ["Table 1", "Table 2"]
    assert named == "CSV: Commands"
    assert csv == 'Command,Takes\nmake book,"5, with install"\n'


def test_a_long_table_of_numbers_says_so_once() -> None:
    rows = [[f"row {it}", it, None if it % 2 else it / 3] for it in range(MANY)]
    long = show(table(*rows, columns=("what", "n", "value")), caption=CAPTION).markup
    short = show(table(*rows[:-1], columns=("what", "n", "value")), caption=CAPTION).markup
    assert '<table class="n2 n3">' in long
    assert 'class="n"' not in long
    assert 'd class="n"' in short
    worded = [[*row, f"word {it}"] for it, row in enumerate(rows)]
    with_words = show(table(*worded, columns=("what", "n", "value", "why")), caption=CAPTION)
    assert '<table class="n2 n3">' in with_words.markup


def test_the_style_sheet_aligns_as_many_columns_as_a_long_table_may_name() -> None:
    numbers = range(ALIGNED + 1)
    rows: list[list[Scalar]] = [[f"r{it}", *(it + more for more in numbers)] for it in range(MANY)]
    markup = show(table(*rows, columns=("what", *map(str, numbers))), caption=CAPTION).markup
    (named,) = re.findall('<table class="(.*?)">', markup)
    style = (paths.ROOT / "book/_static/book.css").read_text()
    assert len(named.split()) == ALIGNED - 1
    for name in named.split():
        assert f".{name} tr > :nth-child({name[1:]})" in style
