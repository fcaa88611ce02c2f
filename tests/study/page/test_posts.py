"""Sessions without our server: into a file, in JATOS; and designs and texts of other kinds."""

from __future__ import annotations

import functools
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from artifact.study.collection.export import export
from artifact.study.collection.sessions import read_saved_sessions
from artifact.study.instrument.answer_files import COMPREHENSION_CSV, read_guesses
from artifact.study.instrument.items import load_items
from artifact.study.instrument.ratings import GROUPS
from tests.study.page import browser

if TYPE_CHECKING:
    from conftest import Build
    from selenium.webdriver import Chrome

LOAD = [item.id for item in load_items().items if not item.needs_trace]


def test_a_session_saved_as_a_file_from_a_page_opened_from_disk(
    chrome: Chrome, built: Build, tmp_path: Path
) -> None:
    page = built(post="file", answer_only=True)
    chrome.execute_cdp_cmd(
        "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)}
    )
    browser.begin(chrome, f"{(page / 'index.html').as_uri()}?group=5")
    browser.to_practice(chrome)
    assert chrome.find_elements("css selector", ".trace") == []
    assert browser.rows(chrome) == len(LOAD)
    browser.rate(chrome, [1] * len(LOAD))
    browser.to_the_end(chrome, [1, 2, 3, 4, 5], [5] * 5)
    browser.until(lambda: bool(list(tmp_path.glob("study-*.json"))))
    (path,) = tmp_path.glob("study-*.json")
    session = json.loads(path.read_text(encoding="utf-8"))
    assert session["group"] == "answer_only"
    assert session["code"] == browser.text_of(chrome, ".code")
    kinds = [answer["kind"] for answer in session["answers"]]
    assert kinds == ["consent", "practice", "problem", "check", "problem", "check"]
    first = session["answers"][2]
    assert first["trial"] == session["problems"][0]
    assert list(first["answers"]) == LOAD
    assert session["version"] == json.loads((page / "study.json").read_text())["version"]
    (person,) = read_saved_sessions(page, tmp_path).participants
    assert (person.name, person.state) == (session["participant"], "finished")


def test_within_subjects_the_texts_rotate(chrome: Chrome, built: Build) -> None:
    page = built(post="file", design="within", problems=4)
    study = json.loads((page / "study.json").read_text(encoding="utf-8"))
    browser.begin(chrome, f"{(page / 'index.html').as_uri()}?group=3")
    browser.to_first_problem(chrome)
    seen = []
    for position, problem_id in enumerate(browser.kept(chrome)["place"]["problems"]):
        browser.wait_for(chrome, f"Problem {position + 1}")
        (turn,) = (i for i, p in enumerate(study["problems"]) if p["id"] == problem_id)
        arm = GROUPS[(2 + turn) % 4]
        opening = study["problems"][turn]["traces"][arm].split("\n")[0]
        assert browser.text_of(chrome, ".trace").startswith(opening)
        seen.append(arm)
        browser.rate(chrome, [3] * browser.rows(chrome))
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
    browser.begin(chrome, f"{(page / 'index.html').as_uri()}?group=2")
    browser.to_practice(chrome)
    assert browser.text_of(chrome, ".trace p") == "Okay <img src=x onerror=document.title=1>"
    assert [e.text for e in chrome.find_elements("css selector", ".trace li")] == [
        "first </script>",
        "second",
    ]
    assert browser.text_of(chrome, ".trace strong") == "first"
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
def jatos_page(built: Build, request: pytest.FixtureRequest) -> Path:
    """A page for JATOS, with the options that a test asks for."""
    return built(post="jatos", options=getattr(request, "param", ()))


@pytest.fixture
def jatos(chrome: Chrome, jatos_page: Path) -> Iterator[str]:
    """The page, served with a stand-in for the script that JATOS brings."""
    page = jatos_page
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
    browser.begin(chrome, jatos)
    browser.to_first_problem(chrome)
    # a conflict makes the page read the counts anew: the one group nobody is in is taken
    assert in_jatos(chrome)["counts"] == dict(zip(GROUPS, (1, 3, 1, 1), strict=True))
    browser.to_the_end(chrome, [2] * 11, [3] * 11)
    kept = in_jatos(chrome)
    assert kept["end"] == [True, "finished"]
    session = json.loads(kept["result"])
    assert session["group"] == "explanation"
    assert session["code"] == browser.text_of(chrome, ".code")
    assert [answer["trial"] for answer in session["answers"]][2:] == [
        session["problems"][0],
        "check_1",
        session["problems"][1],
        "check_2",
    ]


@pytest.mark.parametrize("jatos_page", [["comprehension"]], indirect=True)
def test_guesses_in_jatos_come_back_in_the_export(
    chrome: Chrome, jatos_page: Path, jatos: str, tmp_path: Path
) -> None:
    from selenium.webdriver import Keys

    def guess(heading: str) -> None:
        browser.wait_for(chrome, heading)
        browser.press(chrome, Keys.TAB, Keys.SPACE)
        chrome.execute_script("document.querySelector('form').requestSubmit()")

    browser.begin(chrome, jatos)
    browser.give_consent(chrome)
    browser.wait_for(chrome, "What to do")
    browser.press(chrome, Keys.TAB, Keys.ENTER)
    guess("Practice: before")
    browser.wait_for(chrome, "Practice")
    browser.until(lambda: browser.rows(chrome) > 1)
    browser.rate(chrome, [3] * browser.rows(chrome))
    for number in (1, 2):
        guess(f"Before the answer to problem {number}")
        browser.wait_for(chrome, f"Problem {number}")
        browser.rate(chrome, [2] * browser.rows(chrome))
    browser.to_the_end(chrome)
    results = tmp_path / "jatos_results"
    results.mkdir()
    (results / "results.txt").write_text(in_jatos(chrome)["result"] + "\n", encoding="utf-8")
    export(read_saved_sessions(jatos_page, results), tmp_path / "out")
    guesses = read_guesses(tmp_path / "out" / COMPREHENSION_CSV)
    assert len(guesses) == 2
    assert all(guess.choices > 2 and ";" not in guess.chosen for guess in guesses)


def test_leaving_in_jatos_frees_the_place(chrome: Chrome, jatos: str) -> None:

    browser.begin(chrome, jatos)
    browser.to_first_problem(chrome)
    browser.leave(chrome)
    kept = in_jatos(chrome)
    assert kept["end"] == [False, "left"]
    assert kept["counts"]["explanation"] == 0
