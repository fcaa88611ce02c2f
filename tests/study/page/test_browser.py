"""Whole sessions in a real browser, driven by keyboard, as the server stores them.

One in each group; and with reloads, lost connections, a second window, and people who leave.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from artifact.study.collection.export import export
from artifact.study.collection.sessions import Participant, read_database, read_saved_sessions
from artifact.study.instrument.completion import Completion
from artifact.study.instrument.items import load_items
from artifact.study.instrument.ratings import GROUPS
from artifact.study.instrument.ratings_file import read_ratings
from tests.study.page import browser

if TYPE_CHECKING:
    from conftest import Build, Serving
    from selenium.webdriver import Chrome

ITEMS = [item.id for item in load_items().items]


class Visit(NamedTuple):
    """Someone who came and finished, and the point that they chose in most rows."""

    person: Participant
    point: int


@pytest.fixture(scope="module")
def finished(chrome: Chrome, serving: Serving) -> dict[str, Visit]:
    """A session from consent to code in each group, by group."""
    found: dict[str, Visit] = {}
    for number in range(2 * len(GROUPS)):  # groups fill evenly, whoever came before
        point = 1 + number % 5
        before = serving.people()
        browser.begin(
            chrome, f"{serving.url}?PROLIFIC_PID=p{number}&STUDY_ID=s&SESSION_ID=x{number}"
        )
        browser.to_first_problem(chrome)
        assert len(browser.text_of(chrome, ".trace")) > 50
        browser.to_the_end(chrome, [1, 2, 3, 4, 5, *[point] * 6], [4] * 11, comment='Señor "A" <b>')
        person = serving.newcomer(before)
        assert person.code == browser.text_of(chrome, ".code")
        found[person.group] = Visit(person, point)
        if len(found) == len(GROUPS):
            break
    return found


def test_each_group_is_led_from_consent_to_the_code(finished: dict[str, Visit]) -> None:
    assert set(finished) == set(GROUPS)
    for person, _ in finished.values():
        assert person.state == "finished"
        asked = {"consent", "practice", "check_1", "check_2", "comment", *person.problems}
        assert set(person.answers) == asked


def test_what_was_chosen_is_what_is_stored(finished: dict[str, Visit]) -> None:
    for person, point in finished.values():
        first, second = (person.answers[problem].values for problem in person.problems)
        checks = [person.answers[check].values[check] for check in ("check_1", "check_2")]
        # a check stands after the first row of its scale, on the page where its turn comes
        assert first == dict(zip(ITEMS, [1, 3, 4, 5, *[point] * 6], strict=True))
        assert second == dict.fromkeys(ITEMS, 4)
        assert checks == [2, 4]
        assert person.answers["comment"].values == {"comment": 'Señor "A" <b>'}


def test_the_export_holds_the_sessions(
    finished: dict[str, Visit], serving: Serving, tmp_path: Path
) -> None:
    export(read_database(serving.database), tmp_path)
    ratings = read_ratings(tmp_path / "ratings.csv").frame
    ours = ratings[ratings["participant"].isin({person.name for person, _ in finished.values()})]
    assert len(ours) == len(GROUPS) * 2 * len(ITEMS)
    assert (ours["duration"] > 0).all()
    assert not ours["simulated"].any()


@pytest.mark.usefixtures("finished")
def test_no_request_left_the_origin(chrome: Chrome, serving: Serving) -> None:
    sent = [
        message["params"]["request"]["url"]
        for entry in chrome.get_log("performance")
        if (message := json.loads(entry["message"])["message"])["method"]
        == "Network.requestWillBeSent"
    ]
    remote = [url for url in sent if url.startswith(("http", "ws"))]
    assert len(remote) > 20
    assert [url for url in remote if not url.startswith(serving.url)] == []


def test_a_reload_loses_no_choice_and_no_answer(fresh: Chrome, serving: Serving) -> None:
    before = serving.people().keys()
    browser.to_first_problem(fresh)
    browser.rate(fresh, [5, 4, 3], send=False)
    time.sleep(0.3)
    fresh.refresh()
    browser.wait_for(fresh, "Problem 1")
    chosen = fresh.execute_script(
        "return [...document.querySelectorAll(':checked')].map((input) => input.value)"
    )
    assert chosen == ["5", "4", "3"]
    assert browser.kept(fresh)["drafts"]["problem 0"]["seconds"] >= 0.3
    browser.to_the_end(fresh, [2] * 11, [2] * 11)
    (name,) = serving.people().keys() - before
    person = serving.people()[name]
    assert person.state == "finished"
    assert person.answers[person.problems[0]].seconds >= 0.3


def test_two_windows_are_one_session(fresh: Chrome, serving: Serving) -> None:
    before = serving.people()
    browser.to_first_problem(fresh)
    first = fresh.current_window_handle
    fresh.switch_to.new_window("tab")
    fresh.get(serving.url)
    browser.wait_for(fresh, "Problem 1")
    browser.rate(fresh, [5] * 11)
    browser.wait_for(fresh, "Problem 2")
    fresh.close()
    fresh.switch_to.window(first)
    assert browser.heading(fresh) == "Problem 1 of 2"
    browser.to_the_end(fresh, [1] * 11, [2] * 11)
    person = serving.newcomer(before)
    answers = [set(person.answers[problem].values.values()) for problem in person.problems]
    assert answers == [{5}, {2}]


def test_after_the_end_a_reload_shows_the_code_again(fresh: Chrome) -> None:
    browser.to_first_problem(fresh)
    browser.to_the_end(fresh, [2] * 11, [2] * 11)
    code = browser.text_of(fresh, ".code")
    fresh.refresh()
    browser.wait_for(fresh, "Thank you")
    assert browser.text_of(fresh, ".code") == code


def online(driver: Chrome, connected: bool) -> None:
    driver.execute_cdp_cmd("Network.enable", {})
    driver.execute_cdp_cmd(
        "Network.emulateNetworkConditions",
        {"offline": not connected, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1},
    )


def test_a_lost_connection_loses_nothing(fresh: Chrome, serving: Serving) -> None:
    before = serving.people()
    browser.to_first_problem(fresh)
    browser.until(lambda: len(serving.newcomer(before).answers) == 2)
    online(fresh, False)
    browser.rate(fresh, [2] * 11)
    browser.wait_for(fresh, "Problem 2")
    browser.until(lambda: browser.text_of(fresh, "#saved").startswith("No connection."))
    browser.rate(fresh, [4] * 11)
    browser.wait_for(fresh, "Your comment")
    assert len(serving.newcomer(before).answers) == 2
    online(fresh, True)
    browser.until(lambda: browser.text_of(fresh, "#saved") == "Your answers so far are saved.")
    browser.to_the_end(fresh)
    person = serving.newcomer(before)
    assert person.state == "finished"
    answers = [set(person.answers[problem].values.values()) for problem in person.problems]
    assert answers == [{2}, {4}]


def test_leaving_wins_over_answers_on_their_way(fresh: Chrome, serving: Serving) -> None:
    before = serving.people()
    browser.to_first_problem(fresh)
    browser.until(lambda: len(serving.newcomer(before).answers) == 2)
    online(fresh, False)
    browser.rate(fresh, [2] * 11)
    browser.wait_for(fresh, "Problem 2")
    browser.leave(fresh, wait=False)
    browser.wait_for(fresh, "Leaving")
    online(fresh, True)
    browser.wait_for(fresh, "You have left")
    time.sleep(0.5)
    assert browser.heading(fresh) == "You have left the study"
    assert serving.newcomer(before).state == "left"


def test_a_server_that_was_down_gets_everything(fresh: Chrome, serving: Serving) -> None:
    before = serving.people()
    browser.to_first_problem(fresh)
    browser.until(lambda: len(serving.newcomer(before).answers) == 2)
    serving.stop()
    browser.rate(fresh, [3] * 11)
    browser.wait_for(fresh, "Problem 2")
    serving.start()
    browser.rate(fresh, [3] * 11)
    browser.wait_for(fresh, "Your comment")
    browser.to_the_end(fresh)
    assert serving.newcomer(before).state == "finished"


def test_leaving_by_keyboard_erases_and_cannot_be_undone(fresh: Chrome, serving: Serving) -> None:

    before = serving.people()
    browser.to_first_problem(fresh)
    browser.until(lambda: len(serving.newcomer(before).answers) == 2)
    browser.leave(fresh)
    person = serving.newcomer(before)
    assert (person.state, dict(person.answers)) == ("left", {})
    fresh.refresh()
    browser.wait_for(fresh, "You have left")


def test_who_does_not_take_part_is_not_stored(fresh: Chrome, serving: Serving) -> None:
    from selenium.webdriver import Keys

    before = serving.people()
    browser.press(fresh, Keys.TAB, Keys.TAB, Keys.TAB, Keys.ENTER)
    browser.wait_for(fresh, "Thank you")
    assert "Nothing was stored" in browser.text_of(fresh, "#stage")
    assert serving.people() == before


def test_the_same_platform_id_from_elsewhere_is_told(chrome: Chrome, serving: Serving) -> None:
    url = f"{serving.url}?PROLIFIC_PID=twice"
    browser.begin(chrome, url)
    browser.to_practice(chrome)
    browser.begin(chrome, url)  # an empty storage is another browser
    browser.give_consent(chrome)
    browser.wait_for(chrome, "This does not work")
    assert "taken part before" in browser.text_of(chrome, "#stage")


def test_back_asks_first_and_staying_keeps_everything(fresh: Chrome) -> None:
    from selenium.webdriver import Keys

    browser.to_first_problem(fresh)
    browser.rate(fresh, [5, 4], send=False)
    for _ in range(2):  # it asks a second time, too
        fresh.back()
        browser.until(fresh.find_element("id", "back").is_displayed)
        assert "go on later with the same link" in browser.text_of(fresh, "#back")
        browser.press(fresh, Keys.ENTER)
        browser.until(lambda: not fresh.find_element("id", "back").is_displayed())
    assert browser.heading(fresh) == "Problem 1 of 2"
    checked = "return [...document.querySelectorAll(':checked')].map((input) => input.value)"
    assert fresh.execute_script(checked) == ["5", "4"]


def test_back_can_be_meant(fresh: Chrome, serving: Serving) -> None:
    from selenium.webdriver import Keys

    browser.to_first_problem(fresh)
    fresh.back()
    browser.until(fresh.find_element("id", "back").is_displayed)
    browser.press(fresh, Keys.TAB, Keys.ENTER)
    browser.until(lambda: fresh.current_url.endswith("study.json"))
    fresh.get(serving.url)
    browser.wait_for(fresh, "Problem 1")


def test_the_end_shows_the_code_of_the_study_and_the_way_back(
    chrome: Chrome, built: Build, tmp_path: Path
) -> None:
    page = built(post="file", completion=Completion("C0DE", "https://example.org/?cc={code}"))
    downloads = {"behavior": "allow", "downloadPath": str(tmp_path)}
    chrome.execute_cdp_cmd("Browser.setDownloadBehavior", downloads)
    browser.begin(chrome, (page / "index.html").as_uri())
    browser.to_first_problem(chrome)
    browser.to_the_end(chrome, [2] * 11, [2] * 11)
    assert browser.text_of(chrome, ".code") == "C0DE"
    link = chrome.find_element("css selector", "a.button")
    assert link.get_attribute("href") == "https://example.org/?cc=C0DE"
    browser.until(lambda: bool(list(tmp_path.glob("study-*.json"))))
    (person,) = read_saved_sessions(page, tmp_path).participants
    assert (person.state, person.code) == ("finished", "C0DE")
