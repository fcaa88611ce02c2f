"""A chart that is whole without a script; and with one, a list that redraws it by keyboard."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from artifact.book import offline, pages
from artifact.book.figures import explorable
from artifact.book.figures.explorable import Bar, Choice
from artifact.book.figures.style import NOTHING
from tests.study.page import browser

CHOICES = {
    "correct": Choice(
        [Bar("a", "gold <facts>", 0.9, 0.8, 0.95), Bar("b", "elsewhere", 0.1, 0.05, 0.2, 0.85, 7)],
        "It follows.",
    ),
    "vanilla": Choice(
        [Bar("a", "gold <facts>", 0.4, 0.3, 0.5), Bar("b", "elsewhere", None)], "It </script> not."
    ),
}
WORDS = {"name": "swap", "alt": "Bars", "caption": "n = 3", "question": "Trained on"}
STATIC = Path(__file__).parents[3] / "book" / "_static"


def test_the_first_choice_is_drawn_and_said_without_a_script() -> None:
    markup = explorable.show(CHOICES, **WORDS).markup
    drawn = markup.partition("<script")[0]
    assert '<p role="status">It follows.</p>' in drawn
    assert "gold &lt;facts&gt;" in drawn
    assert re.findall(r'class="value"[^>]*>([^<]*)<', drawn) == ["90.0", "10.0 (7)"]
    assert drawn.count('visibility="hidden"') == 1, "a diamond only where there is a second share"
    assert 'class="row"' not in drawn, "the theme makes what is in a row as wide as the page"
    assert pages.without_words(markup) == []
    assert offline.in_document(markup) == []


def test_the_other_choices_lie_beside_it_as_numbers() -> None:
    markup = explorable.show(CHOICES, **WORDS).markup
    (data,) = re.findall(r'<script type="application/json">(.*?)</script>', markup)
    given = json.loads(data)
    assert given["question"] == "Trained on"
    assert given["choices"][0]["rows"][1] == [10.0, 5.0, 20.0, 85.0, 7]
    assert given["choices"][1]["rows"][1] == [None] * 5
    assert given["choices"][1]["said"] == "It </script> not."


def test_nothing_to_choose_is_said() -> None:
    assert NOTHING in explorable.show({}, **WORDS).markup


def test_choices_with_other_rows_and_charts_without_words_are_refused() -> None:
    other = {**CHOICES, "less": Choice([Bar("a", "one", 0.5)], "One.")}
    with pytest.raises(ValueError, match="figure 'swap' needs choices with the same rows"):
        explorable.show(other, **WORDS)
    with pytest.raises(ValueError, match="figure 'swap' needs alt text"):
        explorable.show(CHOICES, **{**WORDS, "alt": " "})


def test_a_list_redraws_the_chart_by_keyboard(tmp_path: Path) -> None:
    from selenium.webdriver import Keys
    from selenium.webdriver.support.ui import WebDriverWait

    if reason := browser.missing():
        pytest.skip(reason)
    page = tmp_path / "page.html"
    script = (STATIC / "book.js").as_uri()
    markup = explorable.show(CHOICES, **WORDS).markup
    page.write_text(
        f"<meta charset=utf-8><script src='{script}'></script>{markup}", encoding="utf-8"
    )
    with browser.chromium() as driver:
        driver.get(page.as_uri())
        before = driver.execute_script("return document.querySelector('rect').outerHTML")
        WebDriverWait(driver, 60).until(lambda it: it.find_elements("css selector", "select"))
        browser.press(driver, Keys.TAB, "v")
        WebDriverWait(driver, 60).until(
            lambda it: browser.text_of(it, "[role=status]") != "It follows."
        )
        said = browser.text_of(driver, "[role=status]")
        values = driver.execute_script(
            "return [...document.querySelectorAll('.value')].map((it) => it.textContent)"
        )
        after = driver.execute_script("return document.querySelector('rect').outerHTML")
        assert browser.text_of(driver, "label").startswith("Trained on")
    assert said == "It </script> not."
    assert values == ["40.0", "–"]
    assert before != after
