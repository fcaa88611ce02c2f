"""Whole sessions in a real browser, driven by keyboard: every group, every way of posting.

Seen through the collected answers, the page itself, and the requests that the browser logged.
"""

from __future__ import annotations

import functools
import http.server
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from artifact.study.collected import Participant
from artifact.study.export import export
from artifact.study.items import load_items
from artifact.study.page import browser
from artifact.study.ratings import GROUPS, read_ratings

if TYPE_CHECKING:
    from conftest import Build, Serving
    from selenium.webdriver import Chrome

ITEMS = [item.id for item in load_items().items]
LOAD = [item.id for item in load_items().items if not item.needs_trace]
LOOKS = [(size, dark) for size in (browser.PHONE, browser.DESKTOP) for dark in (False, True)]


@pytest.fixture
def fresh(chrome: Chrome, serving: Serving) -> Iterator[Chrome]:
    """The browser as someone else's, at the study's page."""
    begin(chrome, serving.url)
    yield chrome
    chrome.execute_cdp_cmd("Network.disable", {})


def begin(driver: Chrome, url: str) -> None:
    browser.look(driver, browser.DESKTOP, dark=False)
    # not on the page itself, which keeps the session when it is left
    driver.get(url.rpartition("/")[0] + "/study.json")
    driver.execute_script("localStorage.clear()")
    driver.get(url)
    browser.wait_for(driver, "Before you begin")


def to_practice(driver: Chrome) -> None:
    browser.give_consent(driver)
    browser.wait_for(driver, "What to do")
    browser.go_on(driver)
    browser.wait_for(driver, "Practice")


def to_first_problem(driver: Chrome) -> None:
    to_practice(driver)
    browser.rate(driver, [3] * rows(driver))
    browser.wait_for(driver, "Problem 1")


def to_the_end(driver: Chrome, *points: list[int], comment: str = "") -> None:
    """From the first problem to the code, with these points in the rows of each problem."""
    from selenium.webdriver import Keys

    for number, chosen in enumerate(points, start=1):
        browser.wait_for(driver, f"Problem {number}")
        browser.rate(driver, chosen)
    browser.wait_for(driver, "Your comment")
    browser.press(driver, Keys.TAB, comment, Keys.TAB, Keys.ENTER)
    browser.wait_for(driver, "Thank you")


def rows(driver: Chrome) -> int:
    return len(driver.find_elements("css selector", "fieldset.rating"))


def text_of(driver: Chrome, selector: str) -> str:
    return driver.find_element("css selector", selector).text


def in_storage(driver: Chrome) -> dict[str, Any]:
    """What the browser keeps of the session."""
    kept = driver.execute_script("return localStorage.getItem(localStorage.key(0))")
    return dict(json.loads(kept))


def newcomer(serving: Serving, before: dict[str, Participant]) -> Participant:
    """Who is in the database now and was not before."""
    (name,) = serving.people().keys() - before.keys()
    return serving.people()[name]


def eventually(holds: Callable[[], bool]) -> None:
    for _ in range(200):
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError("did not come to hold")


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
        begin(chrome, f"{serving.url}?PROLIFIC_PID=p{number}&STUDY_ID=s&SESSION_ID=x{number}")
        to_first_problem(chrome)
        assert len(text_of(chrome, ".trace")) > 50
        to_the_end(chrome, [1, 2, 3, 4, 5, *[point] * 6], [4] * 11, comment='Señor "A" <b>')
        person = newcomer(serving, before)
        assert person.code == text_of(chrome, ".code")
        found[person.group] = Visit(person, point)
        if len(found) == len(GROUPS):
            break
    return found


def test_each_group_is_led_from_consent_to_the_code(finished: dict[str, Visit]) -> None:
    assert set(finished) == set(GROUPS)
    for person, _ in finished.values():
        assert person.state == "finished"
        asked = {"consent", "practice", "check_1", "check_2", "comment", *person.problems}
        assert set(person.given) == asked


def test_what_was_chosen_is_what_is_stored(finished: dict[str, Visit]) -> None:
    for person, point in finished.values():
        first, second = (person.given[problem].answers for problem in person.problems)
        checks = [person.given[check].answers[check] for check in ("check_1", "check_2")]
        # a check stands after the first row of its scale, on the page where its turn comes
        assert first == dict(zip(ITEMS, [1, 3, 4, 5, *[point] * 6], strict=True))
        assert second == dict.fromkeys(ITEMS, 4)
        assert checks == [2, 4]
        assert person.given["comment"].answers == {"comment": 'Señor "A" <b>'}


def test_the_export_holds_the_sessions(
    finished: dict[str, Visit], serving: Serving, tmp_path: Path
) -> None:
    export(serving.database, tmp_path)
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
    assert "missing" in text_of(fresh, ".missing")
    check_everywhere(fresh, axe)
    fresh.refresh()
    browser.wait_for(fresh, "Before")
    browser.give_consent(fresh)
    browser.wait_for(fresh, "What to do")
    check_everywhere(fresh, axe)
    browser.go_on(fresh)
    browser.wait_for(fresh, "Practice")
    browser.rate(fresh, [2] * 4, send=False)
    check_everywhere(fresh, axe)
    fresh.execute_script("document.querySelector('form').requestSubmit()")
    assert text_of(fresh, ".missing").startswith("6 answers are missing.")
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


def test_the_longest_text_is_accessible_and_fits(chrome: Chrome, built: Build, axe: str) -> None:
    page = built(post="file", problems=1)
    begin(chrome, f"{(page / 'index.html').as_uri()}?group={GROUPS.index('verbose') + 1}")
    to_practice(chrome)
    assert "step" in text_of(chrome, ".trace") or "fact" in text_of(chrome, ".trace")
    check_everywhere(chrome, axe)


def test_a_reload_loses_no_choice_and_no_answer(fresh: Chrome, serving: Serving) -> None:
    before = serving.people().keys()
    to_first_problem(fresh)
    browser.rate(fresh, [5, 4, 3], send=False)
    time.sleep(0.3)
    fresh.refresh()
    browser.wait_for(fresh, "Problem 1")
    chosen = fresh.execute_script(
        "return [...document.querySelectorAll(':checked')].map((input) => input.value)"
    )
    assert chosen == ["5", "4", "3"]
    assert in_storage(fresh)["drafts"]["problem 0"]["seconds"] >= 0.3
    to_the_end(fresh, [2] * 11, [2] * 11)
    (name,) = serving.people().keys() - before
    person = serving.people()[name]
    assert person.state == "finished"
    assert person.given[person.problems[0]].seconds >= 0.3


def test_two_windows_are_one_session(fresh: Chrome, serving: Serving) -> None:
    before = serving.people()
    to_first_problem(fresh)
    first = fresh.current_window_handle
    fresh.switch_to.new_window("tab")
    fresh.get(serving.url)
    browser.wait_for(fresh, "Problem 1")
    browser.rate(fresh, [5] * 11)
    browser.wait_for(fresh, "Problem 2")
    fresh.close()
    fresh.switch_to.window(first)
    assert browser.heading(fresh) == "Problem 1 of 2"
    to_the_end(fresh, [1] * 11, [2] * 11)
    person = newcomer(serving, before)
    answers = [set(person.given[problem].answers.values()) for problem in person.problems]
    assert answers == [{5}, {2}]


def test_after_the_end_a_reload_shows_the_code_again(fresh: Chrome) -> None:
    to_first_problem(fresh)
    to_the_end(fresh, [2] * 11, [2] * 11)
    code = text_of(fresh, ".code")
    fresh.refresh()
    browser.wait_for(fresh, "Thank you")
    assert text_of(fresh, ".code") == code


def test_a_lost_connection_loses_nothing(fresh: Chrome, serving: Serving) -> None:
    before = serving.people()
    to_first_problem(fresh)
    eventually(lambda: len(newcomer(serving, before).given) == 2)
    fresh.execute_cdp_cmd("Network.enable", {})
    away = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    fresh.execute_cdp_cmd("Network.emulateNetworkConditions", {"offline": True} | away)
    browser.rate(fresh, [2] * 11)
    browser.wait_for(fresh, "Problem 2")
    eventually(lambda: text_of(fresh, "#saved").startswith("No connection."))
    browser.rate(fresh, [4] * 11)
    browser.wait_for(fresh, "Your comment")
    assert len(newcomer(serving, before).given) == 2
    fresh.execute_cdp_cmd("Network.emulateNetworkConditions", {"offline": False} | away)
    eventually(lambda: text_of(fresh, "#saved") == "Your answers so far are saved.")
    to_the_end(fresh)
    person = newcomer(serving, before)
    assert person.state == "finished"
    assert [set(person.given[problem].answers.values()) for problem in person.problems] == [
        {2},
        {4},
    ]


def test_a_server_that_was_down_gets_everything(fresh: Chrome, serving: Serving) -> None:
    before = serving.people()
    to_first_problem(fresh)
    eventually(lambda: len(newcomer(serving, before).given) == 2)
    serving.stop()
    browser.rate(fresh, [3] * 11)
    browser.wait_for(fresh, "Problem 2")
    serving.start()
    browser.rate(fresh, [3] * 11)
    browser.wait_for(fresh, "Your comment")
    to_the_end(fresh)
    assert newcomer(serving, before).state == "finished"


def test_leaving_by_keyboard_erases_and_cannot_be_undone(fresh: Chrome, serving: Serving) -> None:
    from selenium.webdriver import Keys

    before = serving.people()
    to_first_problem(fresh)
    eventually(lambda: len(newcomer(serving, before).given) == 2)
    fresh.find_element("id", "leave").send_keys(Keys.ENTER)
    browser.press(fresh, Keys.TAB, Keys.ENTER)
    browser.wait_for(fresh, "You have left")
    person = newcomer(serving, before)
    assert (person.state, dict(person.given)) == ("left", {})
    fresh.refresh()
    browser.wait_for(fresh, "You have left")


def test_who_does_not_take_part_is_not_stored(fresh: Chrome, serving: Serving) -> None:
    from selenium.webdriver import Keys

    before = serving.people()
    browser.press(fresh, Keys.TAB, Keys.TAB, Keys.TAB, Keys.ENTER)
    browser.wait_for(fresh, "Thank you")
    assert "Nothing was stored" in text_of(fresh, "#stage")
    assert serving.people() == before


def test_what_is_missing_is_told_and_reached(fresh: Chrome) -> None:
    from selenium.webdriver import Keys

    to_practice(fresh)
    browser.rate(fresh, [3] * 9, send=False)
    browser.press(fresh, Keys.TAB, Keys.TAB, Keys.ENTER)
    assert text_of(fresh, ".missing") == "One answer is missing. Go to the first one"
    assert fresh.switch_to.active_element.get_attribute("class") == "missing"
    browser.press(fresh, Keys.TAB, Keys.ENTER)
    assert fresh.switch_to.active_element.get_attribute("name") == ITEMS[-1]
    row = fresh.find_element("id", f"{ITEMS[-1]}-row")
    assert row.get_attribute("aria-invalid") == "true"
    browser.press(fresh, Keys.SPACE)
    assert row.get_attribute("aria-invalid") is None
    assert browser.heading(fresh) == "Practice"


def test_the_same_platform_id_from_elsewhere_is_told(chrome: Chrome, serving: Serving) -> None:
    url = f"{serving.url}?PROLIFIC_PID=twice"
    begin(chrome, url)
    to_practice(chrome)
    begin(chrome, url)  # an empty storage is another browser
    browser.give_consent(chrome)
    browser.wait_for(chrome, "This does not work")
    assert "taken part before" in text_of(chrome, "#stage")


def test_a_session_saved_as_a_file_from_a_page_opened_from_disk(
    chrome: Chrome, built: Build, tmp_path: Path
) -> None:
    page = built(post="file", answer_only=True)
    chrome.execute_cdp_cmd(
        "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)}
    )
    begin(chrome, f"{(page / 'index.html').as_uri()}?group=5")
    to_practice(chrome)
    assert chrome.find_elements("css selector", ".trace") == []
    assert rows(chrome) == len(LOAD)
    browser.rate(chrome, [1] * len(LOAD))
    to_the_end(chrome, [1, 2, 3, 4, 5], [5] * 5)
    eventually(lambda: bool(list(tmp_path.glob("study-*.json"))))
    (path,) = tmp_path.glob("study-*.json")
    session = json.loads(path.read_text(encoding="utf-8"))
    assert session["group"] == "answer_only"
    assert session["code"] == text_of(chrome, ".code")
    kinds = [answer["kind"] for answer in session["answers"]]
    assert kinds == ["consent", "practice", "problem", "check", "problem", "check"]
    first = session["answers"][2]
    assert first["trial"] == session["problems"][0]
    assert list(first["answers"]) == LOAD
    assert session["version"] == json.loads((page / "study.json").read_text())["version"]


def test_within_subjects_the_texts_rotate(chrome: Chrome, built: Build) -> None:
    page = built(post="file", design="within", problems=4)
    study = json.loads((page / "study.json").read_text(encoding="utf-8"))
    begin(chrome, f"{(page / 'index.html').as_uri()}?group=3")
    to_first_problem(chrome)
    seen = []
    for position, problem_id in enumerate(in_storage(chrome)["place"]["problems"]):
        browser.wait_for(chrome, f"Problem {position + 1}")
        (turn,) = (i for i, p in enumerate(study["problems"]) if p["id"] == problem_id)
        arm = GROUPS[(2 + turn) % 4]
        opening = study["problems"][turn]["traces"][arm].split("\n")[0]
        assert text_of(chrome, ".trace").startswith(opening)
        seen.append(arm)
        browser.rate(chrome, [3] * rows(chrome))
    assert sorted(seen) == sorted(GROUPS)


R1 = {
    "facts": [
        "Orla Fenn works for Dunmere Press in 1950.",
        "Orla Fenn works for Skell Mill from 1949 to 1951.",
    ],
    "gold": ["Skell Mill"],
    "triple_element": "S1_R1_O2",
    "prediction": "Skell Mill",
    "r1_trace": "Okay <img src=x onerror=document.title=1>\n\n- **first** </script>\n- second",
    "r1_trace_summary": "Short.",
    "r1_exp_ans": "1. One.\n2. Two.",
}


def test_whatever_a_record_says_is_shown_as_text(
    chrome: Chrome, built: Build, tmp_path: Path
) -> None:
    asked = "While Orla Fenn was working for Dunmere Press, which employer did Orla Fenn work for "
    records = [R1 | {"question": f"{asked}{tail}?"} for tail in ("concurrently", "simultaneously")]
    source = tmp_path / "r1.jsonl"
    source.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    page = built(post="file", source=f"file:{source}", problems=1)
    assert str(tmp_path) not in (page / "study.js").read_text(encoding="utf-8")
    begin(chrome, f"{(page / 'index.html').as_uri()}?group=2")
    to_practice(chrome)
    assert text_of(chrome, ".trace p") == "Okay <img src=x onerror=document.title=1>"
    assert [e.text for e in chrome.find_elements("css selector", ".trace li")] == [
        "first </script>",
        "second",
    ]
    assert text_of(chrome, ".trace strong") == "first"
    assert chrome.title.startswith("Practice")


JATOS = """
const kept = JSON.parse(sessionStorage.getItem("fake jatos") ?? '{"counts": {"verbose": 3}}');
const keep = () => sessionStorage.setItem("fake jatos", JSON.stringify(kept));
let conflicts = 1;
const jatos = {
  onLoad: (done) => setTimeout(done, 10),
  batchSession: {
    get: () => structuredClone(kept.counts),
    set: async (name, counts) => {
      if (conflicts-- > 0) {
        kept.counts = { verbose: 3, decomposed: 1, summary: 1 };
        throw new Error("version conflict");
      }
      kept.counts = counts;
      keep();
    },
  },
  submitResultData: async (text) => { kept.result = text; keep(); },
  endStudyWithoutRedirect: async (well, message) => { kept.end = [well, message]; keep(); },
  abortStudyWithoutRedirect: async (message) => { kept.end = [false, message]; keep(); },
};
"""


@pytest.fixture
def jatos(chrome: Chrome, built: Build) -> Iterator[str]:
    """A page for JATOS, served with a stand-in for the script that JATOS brings."""
    page = built(post="jatos")
    assert not (page / "jatos.js").exists()
    (page / "jatos.js").write_text(JATOS, encoding="utf-8")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(page))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/index.html"
        server.shutdown()


def in_jatos(driver: Chrome) -> dict[str, Any]:
    kept = driver.execute_script("return sessionStorage.getItem('fake jatos')")
    return dict(json.loads(kept))


def test_a_session_in_jatos(chrome: Chrome, jatos: str) -> None:
    begin(chrome, jatos)
    to_first_problem(chrome)
    # a conflict makes the page read the counts anew: the one group nobody is in is taken
    assert in_jatos(chrome)["counts"] == dict(zip(GROUPS, (1, 3, 1, 1), strict=True))
    to_the_end(chrome, [2] * 11, [3] * 11)
    kept = in_jatos(chrome)
    assert kept["end"] == [True, "finished"]
    session = json.loads(kept["result"])
    assert session["group"] == "explanation"
    assert session["code"] == text_of(chrome, ".code")
    assert [answer["trial"] for answer in session["answers"]][2:] == [
        session["problems"][0],
        "check_1",
        session["problems"][1],
        "check_2",
    ]


def test_leaving_in_jatos_frees_the_place(chrome: Chrome, jatos: str) -> None:
    from selenium.webdriver import Keys

    begin(chrome, jatos)
    to_first_problem(chrome)
    chrome.find_element("id", "leave").send_keys(Keys.ENTER)
    browser.press(chrome, Keys.TAB, Keys.ENTER)
    browser.wait_for(chrome, "You have left")
    kept = in_jatos(chrome)
    assert kept["end"] == [False, "left"]
    assert kept["counts"]["explanation"] == 0


def test_nothing_went_wrong_in_any_script(chrome: Chrome) -> None:
    """The browser's log of all sessions above."""
    # beside cut connections and a refusal: `begin` looks at a file that names no icon
    known = ("_DISCONNECTED", "_CONNECTION_REFUSED", "status of 409", "favicon.ico")
    severe = [entry["message"] for entry in chrome.get_log("browser") if entry["level"] == "SEVERE"]
    assert [message for message in severe if not any(part in message for part in known)] == []
