"""The explorer's data: what a run wrote, as it was read and judged, and what came of swaps."""

from __future__ import annotations

from pathlib import Path

import pytest

from artifact.book.generated import explorer
from artifact.book.generated.explorer import CHUNK, OF_OWN, write_data
from artifact.common import paths
from artifact.evaluation.scored_runs import ScoredRun, outputs_of, reference_runs
from artifact.sft.forced_traces import IN_WORDS, interventions
from tests.study.page import browser

SCRIPT = paths.BOOK / "_static" / "explorer.js"


@pytest.fixture(scope="module")
def runs() -> list[ScoredRun]:
    """A run on which traces were forced, and one of the same setting on which none were."""
    found = reference_runs()
    forced = next(run for run in found if run.forced)
    plain = next(run for run in found if not run.forced and run.spec.setting == forced.spec.setting)
    return [forced, plain]


@pytest.fixture(scope="module")
def data(runs: list[ScoredRun], tmp_path_factory: pytest.TempPathFactory) -> dict:
    folder = tmp_path_factory.mktemp("explorer")
    write_data(runs, folder)
    return {path.stem: read(path) for path in folder.iterdir()}


def read(path: Path):
    """What the script hands over, under its own name and without an end of the script in it."""
    text = path.read_text(encoding="utf-8")
    assert text.startswith(f'explorerData("{path.stem}",')
    assert "</" not in text, "nothing in the data ends the script"
    return explorer.read(path)


def test_every_run_is_listed_with_its_files(runs: list[ScoredRun], data: dict) -> None:
    assert [each["id"] for each in data["runs"]["runs"]] == [run.record.run for run in runs]
    assert data["runs"]["traces"] == IN_WORDS
    assert data["runs"]["first"] == runs[0].record.run, "traces were forced on it alone"
    for each, run in zip(data["runs"]["runs"], runs, strict=True):
        assert each["right"] == round(100 * run.accuracy.value, 1)
        asked = [it for part in range(99) for it in data.get(f"{each['problems']}-{part}", [])]
        assert [it["id"] for it in asked] == list(run.rights)
    assert all(len(part) <= CHUNK for name, part in data.items() if "-" in name)


def outputs_in(data: dict, run: ScoredRun) -> list[dict]:
    return [it for part in range(99) for it in data.get(f"{run.record.run}-{part}", [])]


def test_an_output_has_its_text_and_its_verdicts(runs: list[ScoredRun], data: dict) -> None:
    for run in runs:
        outputs = outputs_in(data, run)
        assert [it["text"] for it in outputs] == [it.prediction for it in outputs_of(run.run)]
        assert [it["right"] for it in outputs] == list(run.rights.values())
        strict = sum(bool(it["strict"] and all(it["strict"])) for it in outputs)
        table = run.evaluation.table
        assert strict == (table.right_ok or 0) + (table.wrong_ok or 0)
        chosen_by = [
            [it[name] for name in ("right", "released", "strict", "lenient")] for it in outputs
        ]
        assert data[run.record.run] == chosen_by


def test_a_swap_has_the_text_that_was_forced_and_the_answer(
    runs: list[ScoredRun], data: dict
) -> None:
    forced, plain = runs
    assert not any(it["swaps"] for it in outputs_in(data, plain))
    outputs = outputs_in(data, forced)
    assert sum(len(it["swaps"]) for it in outputs) == len(interventions(forced.run))
    key = data["runs"]["runs"][0]["problems"]
    for place, output in enumerate(outputs):
        problem = data[f"{key}-{place // CHUNK}"][place % CHUNK]
        for kind, swap in output["swaps"].items():
            assert swap["right"] == forced.forced[kind][problem["id"]].right
            assert kind in OF_OWN or problem["traces"][kind]


def test_the_files_are_those_that_the_runs_name(runs: list[ScoredRun], tmp_path: Path) -> None:
    write_data(runs, tmp_path)
    assert explorer.faults(tmp_path) == []
    gone, large = f"{runs[1].record.run}-1.js", tmp_path / f"{runs[0].record.run}-0.js"
    (tmp_path / gone).unlink()
    (tmp_path / "left.js").write_text("explorerData('left',[]);\n")
    large.write_text(large.read_text() + " " * explorer.LARGEST)
    assert explorer.faults(tmp_path) == [
        f"explorer: {gone} is missing",
        "explorer: left.js belongs to no run",
        f"explorer: {large.name} has more than 250,000 bytes",
    ]
    (tmp_path / f"{runs[1].record.run}.js").unlink()
    assert f"explorer: {runs[1].record.run}.js is missing" in explorer.faults(tmp_path)


RELEASED = {
    "text": "<think>One.</think> <answer>B</answer>",
    "label": "equal",
    "quoted": [0],
    "invented": [],
    "strict": [False, True],
    "lenient": [True, True],
    "right": False,
    "released": True,
    "mended": False,
    "swaps": {},
    "gold": [0],
    "looked_up": {"question": "Who else?", "label": "equal"},
    "cut": 12,
}
"""An invented output, as `released_outputs.rows_of` gives them."""


def page_in(folder: Path) -> Path:
    """A bare page with the explorer, whose data lie in the folder ``explorer`` beside it."""
    (folder / "explorer.js").write_text(SCRIPT.read_text(encoding="utf-8"), encoding="utf-8")
    page = folder / "page.html"
    page.write_text(
        "<meta charset=utf-8><div id=artifact-explorer></div><script src=explorer.js></script>"
    )
    return page


def test_the_page_opens_where_a_misleading_trace_takes_the_answer(
    runs: list[ScoredRun], data: dict
) -> None:
    opens = data["runs"]["runs"][0]["opens"]
    moved = [
        place
        for place, it in enumerate(outputs_in(data, runs[0]))
        if it["right"] and it["swaps"].get("misleading", {}).get("followed")
    ]
    assert moved[0] == opens
    assert data["runs"]["runs"][1]["opens"] is None


def test_the_page_opens_with_the_correct_traces_of_most_problems() -> None:
    """Of the reference runs, whose list begins with the smallest of them."""
    found = [it for it in reference_runs() if it.kept is None]
    first = next(it for it in found if it.record.run == explorer._first(found))
    assert first.forced
    assert first.kind == "correct"
    others = [it.spec.train for it in found if it.forced and it.kind == "correct"]
    assert first.spec.train == max(others)
    assert explorer._first([it for it in found if not it.forced]) is None


def test_a_link_says_all_that_is_chosen(runs: list[ScoredRun], tmp_path: Path) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    if reason := browser.missing():
        pytest.skip(reason)
    write_data(runs, tmp_path / "explorer")
    page, run = page_in(tmp_path), runs[0].record.run
    numbered = list(enumerate(runs[0].rights.values(), start=1))
    wrong = next(number for number, right in numbered if not right)
    right = next(number for number, right in numbered if right)

    with browser.chromium() as driver:

        def address(wanted: str) -> str:
            WebDriverWait(driver, 60).until(
                lambda it: wanted in it.execute_script("return location.hash")
            )
            return driver.execute_script("return location.hash")

        driver.get(f"{page.as_uri()}#run={run}&answer=wrong")
        assert f"problem={wrong}&" in address("problem=")
        driver.execute_script(f"location.hash = 'run={run}&problem={right}&trace=correct'")
        assert "answer=" not in address(f"problem={right}&trace=correct")
        driver.execute_script("location.hash = 'run=nowhere&problem=99999'")
        address(f"run={run}&")
        said = browser.text_of(driver, "[role=status]")
        driver.execute_script("location.hash = 'answer=toString&trace=nowhere'")
        address("trace=misleading")
        unknown = browser.text_of(driver, "[role=status]")
        driver.execute_script(f"location.hash = 'run={run}&problem={right}&answer=wrong&steps=so'")
        address(f"problem={wrong}&")
        left = browser.text_of(driver, "[role=status]")
        kept = driver.execute_script("return location.hash")
        driver.execute_script("location.hash = 'top'")
        address("#top")
        driver.execute_async_script("setTimeout(arguments[0], 300)")
        place = driver.execute_script("return location.hash")
    assert "There is no run nowhere; another is shown." in said
    assert "There is no problem 99999 in this run; another is shown." in said
    assert f"Problem {right} does not match; another is shown. Problem {wrong}. " in left
    assert "There is no filter steps=so." in left
    assert "There is no filter answer=toString. There is no forced trace nowhere." in unknown
    assert "answer=wrong" in kept
    assert place == "#top", "a link to a place on the page chooses nothing"


def test_damaged_data_are_named_and_leave_the_choice(runs: list[ScoredRun], tmp_path: Path) -> None:
    if reason := browser.missing():
        pytest.skip(reason)
    folder = tmp_path / "explorer"
    write_data(runs, folder)
    page, (cut, gone) = page_in(tmp_path), (run.record.run for run in runs)
    (folder / f"{cut}-0.js").write_text((folder / f"{cut}-0.js").read_text()[:99])
    (folder / f"{gone}-1.js").write_text(f'explorerData("{gone}-1",[]);')
    (folder / f"{gone}-2.js").unlink()
    asked = {f"{cut}-0": 1, f"{gone}-1": CHUNK + 1, f"{gone}-2": 2 * CHUNK + 1}

    def said(file: str, selector: str) -> str:
        driver.get("about:blank")
        driver.get(f"{page.as_uri()}#run={file.partition('-')[0]}&problem={asked.get(file, 1)}")
        browser.until(lambda: bool(driver.find_elements("css selector", selector)))
        return browser.text_of(driver, selector)

    with browser.chromium() as driver:
        for file in asked:
            how = "missing" if file.endswith("-2") else "damaged"
            assert f"explorer/{file}.js is {how}; build" in said(file, "[role=alert]")
            assert driver.find_elements("css selector", "select")
        (folder / f"{gone}.js").write_text("")
        assert f"explorer/{gone}.js is damaged; build" in said(gone, "[role=status]")
        assert driver.find_elements("css selector", "select")
        (folder / "runs.js").write_text("")
        assert "explorer/runs.js is damaged; build" in said("runs", "[role=alert]")


def test_a_released_output_shows_both_verdicts_and_why(tmp_path: Path) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    if reason := browser.missing():
        pytest.skip(reason)
    folder = tmp_path / "explorer"
    problem = {"category": "mix", "question": "Who?", "context": ["One."], "answers": ["A"]}
    listed = {"id": "release/r", "group": "g", "kind": "correct", "seed": None, "right": 0.0}
    listed |= {"problems": "release/p", "forced": False, "commit": "fa84bdc"}
    for name, data in {
        "runs": {"chunk": CHUNK, "first": None, "runs": [listed]},
        "release/r": explorer.by_verdicts([RELEASED]),
        "release/r-0": [RELEASED],
        "release/p-0": [problem],
    }.items():
        explorer._call(folder, name, data)
    page = page_in(tmp_path)
    with browser.chromium() as driver:
        driver.get(page.as_uri())
        WebDriverWait(driver, 60).until(lambda it: it.find_elements("css selector", "tbody tr"))
        said = browser.text_of(driver, "#artifact-explorer")
        cells = driver.execute_script(
            "return [...document.querySelectorAll('tbody tr')].map((row) =>"
            " [...row.cells].map((cell) => cell.textContent))"
        )
        chosen = browser.text_of(driver, "option[selected]")
    assert chosen == "correct: 0.0 % right"
    assert "A released output, from commit fa84bdc" in said
    assert "12 more characters are not shown" in said
    assert [row[:3] for row in cells] == [
        ["label", "wrong", "right"],
        ["facts", "right", "right"],
        ["answer", "wrong", "right"],
    ]
    assert "here another problem's: “Who else?”, label equal." in cells[0][3]
    assert cells[2][3] == "gold: A; wrong with the inverted flag corrected"
