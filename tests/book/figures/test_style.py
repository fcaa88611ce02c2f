"""Figures carry alt text, follow the page's colour, and are the same each time."""

from __future__ import annotations

import re

import matplotlib as mpl
import pytest

from artifact.book.figures import charts, style
from artifact.book.figures.charts import Point
from artifact.book.tables import Numbers
from artifact.common import paths
from tests.study.page import browser

POINTS = [
    Point("vanilla", "vanilla", 0.5, 0.4, 0.6, panel="model A", run="seed 1"),
    Point("correct", "correct", 0.3, None, None, panel="model A", run="seed 2"),
    Point("vanilla", "vanilla", 0.7, 0.6, 0.8, panel="model B", run="seed 1"),
]
DRAWN = {
    "dots": lambda: charts.dots_by_group(POINTS, title="t", x_label="%"),
    "bars": lambda: charts.grouped_bars(POINTS, title="t", x_label="%", references={"all": 0.6}),
    "heat map": lambda: charts.heat_map(
        {"own": {"correct": 0.5, "incorrect": 0.25}, "none": {"correct": 0.0}},
        title="t",
        x_label="trained on",
        breaks=[1],
    ),
    "mosaic": lambda: charts.answer_trace_mosaic({"released": (4, 3, 2, 1)}, title="t"),
    "before and after": lambda: charts.before_after(
        {"F1": (0.2, 0.8)}, before="released", after="strict", title="t"
    ),
}


@pytest.fixture(params=DRAWN)
def drawn(request):
    return DRAWN[request.param]


def shown(figure, name="f"):
    return style.show(figure, name=name, alt='5 < 6 & "quoted"', caption="n = 3")


def test_markup_has_alt_text_and_caption_escaped(drawn):
    markup = shown(drawn()).markup
    assert 'role="img" aria-label="5 &lt; 6 &amp; &quot;quoted&quot;"' in markup
    assert "<figcaption>n = 3</figcaption>" in markup


def test_text_follows_the_page_and_files_stand_on_white(drawn):
    figure = shown(drawn())
    assert style.INK not in figure.markup
    assert "currentColor" in figure.markup
    assert 'fill="#ffffff"' in figure.svg
    assert "currentColor" not in figure.svg


def test_same_figure_same_bytes_and_no_date(drawn):
    first, second = shown(drawn()), shown(drawn())
    assert first.markup == second.markup
    assert not re.search(r"20\d\d-\d\d-\d\d", first.markup)


def test_ids_of_two_figures_on_a_page_do_not_meet():
    clips = [
        set(re.findall(r'<clipPath id="([^"]+)"', shown(DRAWN["bars"](), name).markup))
        for name in ("one", "two")
    ]
    assert clips[0]
    assert not clips[0] & clips[1]


@pytest.mark.parametrize(("alt", "caption"), [("", "c"), ("a", " ")])
def test_a_figure_without_words_is_refused(alt, caption):
    with pytest.raises(ValueError, match="figure 'f' needs alt text and a caption"):
        style.show(DRAWN["mosaic"](), name="f", alt=alt, caption=caption)


def test_a_long_text_alternative_is_refused_and_the_numbers_stand_below():
    with pytest.raises(ValueError, match="figure 'f' has a long alt text"):
        style.show(DRAWN["mosaic"](), name="f", alt="a" * 161, caption="c")
    given = {"name": "f", "alt": "a", "caption": "c"}
    linked = style.show(DRAWN["mosaic"](), **given, table="babi.forced").markup
    assert '<a href="#table-babi-forced">All numbers</a></figcaption></figure>' in linked
    numbers = Numbers(["x < y", "right (%)"], [["a", 3.14], ["b", 1.0]], digits=2)
    told = style.show(DRAWN["mosaic"](), **given, numbers=numbers).markup
    assert '<summary>Numbers</summary><div class="artifact-table artifact-data">' in told
    assert "x &lt; y" in told
    assert '<tr><th scope="row">a</th><td>3.14</td></tr>' in told
    assert told.endswith("</table></div></div></details></figure>")
    none = Numbers(["x"], [])
    assert "details" not in style.show(DRAWN["mosaic"](), **given, numbers=none).markup


def test_style_leaves_the_callers_settings_alone():
    before = dict(mpl.rcParams)
    DRAWN["dots"]()
    assert dict(mpl.rcParams) == before


def test_mosaic_columns_have_the_height_of_the_conditional_share():
    axis = charts.answer_trace_mosaic({"released": (30, 10, 10, 10)}, title="t").axes[0]
    heights = [round(patch.get_height(), 1) for patch in axis.patches]
    assert heights == [75.0, 25.0, 50.0, 50.0]


def test_mosaic_leaves_out_an_empty_column():
    axis = charts.answer_trace_mosaic({"released": (0, 10, 0, 10)}, title="t").axes[0]
    assert [tick.get_text() for tick in axis.get_xticklabels()] == ["trace\nwrong"]


@pytest.mark.parametrize(
    "drawn",
    [
        lambda: charts.grouped_bars([], title="t", x_label="%", references={"all": 0.6}),
        lambda: charts.answer_trace_mosaic({}, title="t"),
        lambda: charts.before_after({}, before="released", after="strict", title="t"),
    ],
)
def test_where_there_is_nothing_to_draw_the_figure_says_so(drawn):
    figure = drawn()
    assert [text.get_text() for text in figure.axes[0].texts] == [style.NOTHING]
    assert shown(figure).markup == shown(drawn()).markup


def contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("fill", [style.RIGHT, style.WRONG])
@pytest.mark.parametrize(("ground", "ink"), [("#ffffff", "#222832"), ("#14181e", "#ced6dd")])
def test_words_on_bars_are_readable_and_bars_are_seen(fill, ground, ink):
    alpha = int(fill[7:] or "ff", 16) / 255
    mixed = [
        alpha * int(fill[i : i + 2], 16) + (1 - alpha) * int(ground[i : i + 2], 16)
        for i in (1, 3, 5)
    ]
    shown_fill = "#" + "".join(f"{round(it):02x}" for it in mixed)
    assert contrast(style.ink_on(fill).replace(style.INK, ink), shown_fill) >= 4.5
    assert contrast(style.OUTLINE["ec"], ground) >= 3


@pytest.mark.parametrize("colour", style.variant_colours().values())
@pytest.mark.parametrize("ground", ["#ffffff", "#14181e"])
def test_every_colour_is_readable_on_light_and_dark(colour, ground):
    assert contrast(colour, ground) >= 3


def test_a_heat_map_writes_each_share_and_leaves_out_what_was_not_asked():
    (axis,) = DRAWN["heat map"]().axes
    assert [text.get_text() for text in axis.texts] == ["50", "25", "0"]
    assert [label.get_text() for label in axis.get_yticklabels()] == ["own", "none"]


def test_a_figure_on_a_page_is_lighter_than_its_file_and_says_the_same():
    figure = shown(DRAWN["heat map"]())
    drawn = figure.markup[figure.markup.index("<svg") : figure.markup.index("</svg>")]
    assert len(drawn) < 0.8 * len(figure.svg)
    texts = [re.findall(r"<text[^>]*>([^<]*)</text>", it) for it in (drawn, figure.svg)]
    assert texts[0] == texts[1]
    assert not re.search(r"\d\.\d{3}", drawn)
    assert style.TICK not in drawn
    assert not style.LINE.search(drawn)
    referred = re.findall(r"#([\w-]+)\b", re.sub(r"#[0-9a-f]{6}\b|#fig-f", "", drawn))
    assert all(f'id="{name}"' in drawn for name in referred)


def test_places_are_rounded_and_bare_groups_go_but_shares_stay() -> None:
    svg = (
        '<svg><g><g id="a"><path d="M 1.239 2.0" style="stroke-opacity: 0.35"/></g><g/></g>'
        '<g transform="x"><use href="#a" x="3.14159"/></g></svg>'
    )
    assert style._lightened(svg) == (
        '<svg><g id="a"><path d="M1.2 2" style="stroke-opacity:0.35"/></g>'
        '<g transform="x"><use href="#a" x="3.1"/></g></svg>'
    )


def test_styles_that_several_parts_share_are_a_class_of_this_figure_alone() -> None:
    wide, red = "stroke-width:9", "fill:red"
    svg = "".join(f'<path d="M{n}" style="{wide}"/>' for n in range(3)) + f'<path style="{red}"/>'
    shared = style._with_shared_styles(f"<svg><style>*{{}}</style>{svg}</svg>", "x")
    rule = f"#fig-x .s0{{{wide}}}"
    assert shared.startswith(f'<svg><style>*{{}}{rule}</style><path d="M0" class="s0"/>')
    assert shared.count(wide) == 1
    back = shared.replace(rule, "").replace('class="s0"', f'style="{wide}"')
    assert back == f"<svg><style>*{{}}</style>{svg}</svg>"


def test_every_shared_style_has_its_rule(drawn) -> None:
    markup = shown(drawn()).markup
    rules = set(re.findall(r"#fig-f \.(s\d+)\{", markup))
    assert rules == set(re.findall(r' class="(s\d+)"', markup))
    assert "<svg" in markup
    assert re.search(r"<style[^>]*>[^<]*#fig-f", markup)


SEEN = (
    "return [...document.querySelectorAll('svg *')]"
    ".filter((it) => it.getBBox && !it.closest('defs'))"
    ".map((it) => [it.tagName, ...LOOKS.map((name) => getComputedStyle(it)[name])].join(' '))"
).replace(
    "LOOKS", "['fill', 'stroke', 'strokeWidth', 'textAnchor', 'fontSize', 'opacity', 'transform']"
)
"""How each part of the picture is drawn."""


def test_a_saved_figure_looks_as_on_its_page(tmp_path):
    if reason := browser.missing():
        pytest.skip(reason)
    page, saved = tmp_path / "page.html", tmp_path / "saved.svg"
    script = (paths.BOOK / "_static" / "book.js").as_uri()
    figures = "".join(shown(DRAWN[name](), f"f{n}").markup for n, name in enumerate(DRAWN))
    page.write_text(f"<meta charset=utf-8><script src='{script}'></script>{figures}")
    with browser.chromium() as driver:
        for number in range(len(DRAWN)):
            driver.get(page.as_uri())
            saved.write_text(
                driver.execute_script(f"return svgOf(document.querySelector('#fig-f{number} svg'))")
            )
            here = driver.execute_script(SEEN.replace("svg *", f"#fig-f{number} svg *"))
            driver.get(saved.as_uri())
            assert driver.execute_script(SEEN) == here
            assert any("rgb" in it for it in here)
