"""Every screen under axe, on phone and desktop, in light and dark; and what is said of a gap."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from artifact.study.collection.sessions import read_saved_sessions
from artifact.study.instrument.items import load_items
from artifact.study.instrument.ratings import GROUPS
from tests.study.page import browser

if TYPE_CHECKING:
    from conftest import Build, Serving
    from selenium.webdriver import Chrome

LAST_ITEM = load_items().items[-1].id
LOOKS = [(size, dark) for size in (browser.PHONE, browser.DESKTOP) for dark in (False, True)]


def check_everywhere(driver: Chrome, axe: str) -> None:
    """No finding of axe, and no sideways scrolling, on phone and desktop, in light and dark."""
    driver.execute_script(axe)
    for size, dark in LOOKS:
        browser.look(driver, size, dark=dark)
        report = driver.execute_async_script(
            "const done = arguments[0]; axe.run({preload: false}).then(done)"
        )
        found = [
            f"{finding['id']}: {node['html']}"
            for finding in report["violations"]
            for node in finding["nodes"]
        ]
        assert found == [], (browser.heading(driver), size, dark)
        width = driver.execute_script("return document.documentElement.scrollWidth")
        assert width <= size[0], (browser.heading(driver), size)
    browser.look(driver, browser.DESKTOP, dark=False)


def test_the_checks_find_what_is_wrong(fresh: Chrome, axe: str) -> None:
    fresh.execute_script("document.querySelector('form').append(document.createElement('img'))")
    with pytest.raises(AssertionError, match="image-alt"):
        check_everywhere(fresh, axe)
    fresh.refresh()
    browser.wait_for(fresh, "Before")
    fresh.execute_script("document.querySelector('h1').style.width = '400px'")
    with pytest.raises(AssertionError, match="375"):
        check_everywhere(fresh, axe)


def test_every_screen_is_accessible_and_fits(fresh: Chrome, axe: str) -> None:
    from selenium.webdriver import Keys

    check_everywhere(fresh, axe)
    browser.press(fresh, Keys.TAB, Keys.TAB, Keys.ENTER)  # take part without the tick
    assert "missing" in browser.text_of(fresh, ".missing")
    check_everywhere(fresh, axe)
    fresh.refresh()
    browser.wait_for(fresh, "Before")
    browser.give_consent(fresh)
    browser.wait_for(fresh, "What to do")
    check_everywhere(fresh, axe)
    browser.press(fresh, Keys.TAB, Keys.ENTER)
    browser.wait_for(fresh, "Practice")
    browser.rate(fresh, [2] * 4, send=False)
    check_everywhere(fresh, axe)
    fresh.execute_script("document.querySelector('form').requestSubmit()")
    assert browser.text_of(fresh, ".missing").startswith("6 answers are missing.")
    check_everywhere(fresh, axe)
    fresh.refresh()
    browser.wait_for(fresh, "Practice")
    browser.rate(fresh, [2] * 10)
    browser.wait_for(fresh, "Problem 1")
    fresh.find_element("id", "leave").send_keys(Keys.ENTER)
    check_everywhere(fresh, axe)
    browser.press(fresh, Keys.ESCAPE)
    begin_again = fresh.find_element("tag name", "h1")
    fresh.execute_script("arguments[0].focus()", begin_again)
    browser.rate(fresh, [2] * 11)
    browser.wait_for(fresh, "Problem 2")
    browser.rate(fresh, [2] * 11)
    browser.wait_for(fresh, "Your comment")
    check_everywhere(fresh, axe)
    browser.press(fresh, Keys.TAB, Keys.TAB, Keys.ENTER)
    browser.wait_for(fresh, "Thank you")
    check_everywhere(fresh, axe)


def test_the_screen_of_who_left_is_accessible_and_fits(fresh: Chrome, axe: str) -> None:
    browser.to_first_problem(fresh)
    browser.leave(fresh)
    check_everywhere(fresh, axe)


def test_the_screen_of_who_declined_is_accessible_and_fits(fresh: Chrome, axe: str) -> None:
    from selenium.webdriver import Keys

    browser.press(fresh, Keys.TAB, Keys.TAB, Keys.TAB, Keys.ENTER)
    browser.wait_for(fresh, "Thank you")
    check_everywhere(fresh, axe)


def test_the_screen_of_who_is_refused_is_accessible_and_fits(
    chrome: Chrome, serving: Serving, axe: str
) -> None:
    url = f"{serving.url}?PROLIFIC_PID=again"
    browser.begin(chrome, url)
    browser.to_practice(chrome)
    browser.begin(chrome, url)  # an empty storage is another browser
    browser.give_consent(chrome)
    browser.wait_for(chrome, "This does not work")
    check_everywhere(chrome, axe)


def test_the_longest_text_is_accessible_and_fits(chrome: Chrome, built: Build, axe: str) -> None:
    page = built(post="file", problems=1)
    browser.begin(chrome, f"{(page / 'index.html').as_uri()}?group={GROUPS.index('verbose') + 1}")
    browser.to_practice(chrome)
    assert "step" in browser.text_of(chrome, ".trace") or "fact" in browser.text_of(
        chrome, ".trace"
    )
    check_everywhere(chrome, axe)


def test_what_is_missing_is_told_and_reached(fresh: Chrome) -> None:
    from selenium.webdriver import Keys

    browser.to_practice(fresh)
    browser.rate(fresh, [3] * 9, send=False)
    browser.press(fresh, Keys.TAB, Keys.ENTER)
    assert browser.text_of(fresh, ".missing") == "One answer is missing. Go to the first one"
    assert fresh.switch_to.active_element.get_attribute("class") == "missing"
    browser.press(fresh, Keys.TAB, Keys.ENTER)
    assert fresh.switch_to.active_element.get_attribute("name") == LAST_ITEM
    row = fresh.find_element("id", f"{LAST_ITEM}-row")
    assert row.get_attribute("aria-invalid") == "true"
    browser.press(fresh, Keys.SPACE)
    assert row.get_attribute("aria-invalid") is None
    assert not fresh.find_element("css selector", ".missing").is_displayed()
    assert browser.heading(fresh) == "Practice"


def test_the_count_of_missing_answers_follows_the_answers(fresh: Chrome) -> None:
    from selenium.webdriver import Keys

    browser.to_practice(fresh)
    browser.rate(fresh, [3] * 7, send=False)
    fresh.execute_script("document.querySelector('form').requestSubmit()")
    for left in ("3 answers are missing.", "2 answers are missing.", "One answer is missing."):
        assert browser.text_of(fresh, ".missing").startswith(left)
        browser.press(fresh, Keys.TAB, Keys.ENTER, Keys.SPACE)  # to the first one, and choose
        fresh.execute_script("document.querySelector('.missing').focus()")
    assert not fresh.find_element("css selector", ".missing").is_displayed()


def test_on_a_phone_what_was_read_is_shown_again_and_the_way_back_is_open(
    fresh: Chrome, axe: str
) -> None:
    from selenium.webdriver import Keys

    browser.to_practice(fresh)
    trace = browser.text_of(fresh, ".reading .trace")
    browser.look(fresh, browser.PHONE, dark=False)
    browser.rate(fresh, [3] * 5, send=False)
    chosen = fresh.switch_to.active_element
    button = fresh.find_element("css selector", ".again button")
    top = "return arguments[0].getBoundingClientRect().top"
    assert 0 <= fresh.execute_script(top, button) < 20  # in sight, five rows further down
    assert fresh.execute_script(top, chosen) > 50  # and what has the focus is not under it
    button.send_keys(Keys.ENTER)
    assert browser.text_of(fresh, "#again .trace") == trace
    check_everywhere(fresh, axe)
    browser.look(fresh, browser.PHONE, dark=False)
    browser.press(fresh, Keys.ESCAPE)
    assert fresh.switch_to.active_element == button


def test_on_a_wide_screen_what_was_read_stays_beside_the_questions(fresh: Chrome) -> None:
    browser.to_practice(fresh)
    browser.rate(fresh, [3] * 5, send=False)
    place = "const r = arguments[0].getBoundingClientRect(); return [r.left, r.right, r.top]"
    read = fresh.find_element("css selector", ".reading")
    asked = fresh.find_element("css selector", ".asked")
    left, right, top = fresh.execute_script(place, read)
    assert 0 <= left < right < fresh.execute_script(place, asked)[0]
    assert top >= 0  # the rows have scrolled, it has not
    assert not fresh.find_element("css selector", ".again").is_displayed()


def test_questions_about_the_person_are_accessible_fit_and_can_be_left_out(
    chrome: Chrome, built: Build, axe: str, tmp_path: Path
) -> None:
    from selenium.webdriver import Keys

    page = built(post="file", problems=1, options=["demographics", "time_away"])
    downloads = {"behavior": "allow", "downloadPath": str(tmp_path)}
    chrome.execute_cdp_cmd("Browser.setDownloadBehavior", downloads)
    browser.begin(chrome, (page / "index.html").as_uri())
    browser.to_first_problem(chrome)
    chrome.execute_script("dispatchEvent(new Event('blur'))")
    browser.until(lambda: browser.kept(chrome)["drafts"]["problem 0"]["away"]["times"] == 1)
    chrome.execute_script("dispatchEvent(new Event('focus'))")
    chrome.refresh()  # which is no time away
    browser.wait_for(chrome, "Problem 1")
    browser.rate(chrome, [2] * browser.rows(chrome))
    browser.wait_for(chrome, "About you")
    check_everywhere(chrome, axe)
    browser.press(chrome, Keys.TAB, Keys.SPACE, Keys.ARROW_DOWN)  # of the first question only
    chrome.execute_script("document.querySelector('form').requestSubmit()")
    browser.to_the_end(chrome)
    browser.until(lambda: bool(list(tmp_path.glob("study-*.json"))))
    (person,) = read_saved_sessions(page, tmp_path).participants
    assert person.state == "finished"
    assert person.answers["demographics"].values == {"age": 2}
    (rated,) = (person.answers[name] for name in person.problems)
    assert rated.times_away == 1
    assert rated.seconds_away is not None


def test_a_guess_comes_before_the_answer_is_accessible_fits_and_is_stored(
    chrome: Chrome, built: Build, axe: str, tmp_path: Path
) -> None:
    from selenium.webdriver import Keys

    page = built(post="file", problems=1, options=["comprehension"])
    downloads = {"behavior": "allow", "downloadPath": str(tmp_path)}
    chrome.execute_cdp_cmd("Browser.setDownloadBehavior", downloads)
    browser.begin(chrome, (page / "index.html").as_uri())
    browser.give_consent(chrome)
    browser.wait_for(chrome, "What to do")
    browser.press(chrome, Keys.TAB, Keys.ENTER)
    browser.wait_for(chrome, "Practice: before the answer")
    assert not chrome.find_elements("css selector", ".answer, .facts")
    browser.press(chrome, Keys.TAB, Keys.SPACE)
    chrome.execute_script("document.querySelector('form').requestSubmit()")
    browser.wait_for(chrome, "Practice")
    browser.until(lambda: browser.rows(chrome) > 1)
    browser.rate(chrome, [3] * browser.rows(chrome))
    browser.wait_for(chrome, "Before the answer to problem 1")
    check_everywhere(chrome, axe)
    chrome.execute_script("document.querySelector('form').requestSubmit()")
    assert browser.text_of(chrome, ".missing").startswith("One answer is missing.")
    check_everywhere(chrome, axe)
    browser.press(chrome, Keys.TAB, Keys.ENTER, Keys.SPACE, Keys.TAB, Keys.TAB, Keys.SPACE)
    assert not chrome.find_element("css selector", ".missing").is_displayed()
    chrome.refresh()
    browser.wait_for(chrome, "Before the answer to problem 1")
    ticked = "return [...document.querySelectorAll(':checked')].map((box) => box.value)"
    assert chrome.execute_script(ticked) == ["1", "3"]
    assert browser.text_of(chrome, "#progress label") == "Step 4 of 5"
    chrome.execute_script("document.querySelector('form').requestSubmit()")
    browser.wait_for(chrome, "Problem 1")
    browser.rate(chrome, [2] * browser.rows(chrome))
    browser.to_the_end(chrome)
    browser.until(lambda: bool(list(tmp_path.glob("study-*.json"))))
    (person,) = read_saved_sessions(page, tmp_path).participants
    assert person.state == "finished"
    assert person.answers["comprehension:1"].values == {"1": True, "3": True}
