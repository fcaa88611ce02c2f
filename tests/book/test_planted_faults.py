"""Faults planted one at a time: each keeps the book from being built, in a sentence that names it.

What needs a browser to be seen (a control that a script makes, a fault in the console) is planted
again for `look`, which opens every page of the built book.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from artifact.book import offline, pages
from artifact.common import paths
from artifact.workflow import section_inputs
from tests.book import look

PAGE = "book/sections/user_study"


def edited(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def wrong_number_in_results() -> None:
    edited(section_inputs.results_path("user_study"), '"value": 100', '"value": 101')


def wrong_number_on_a_page() -> None:
    edited(section_inputs.executed_path("user_study"), '"100"', '"101"')


def failing_cell() -> None:
    path = section_inputs.executed_path("user_study")
    notebook = nbformat.read(path, as_version=4)
    failed = nbformat.v4.new_output("error", ename="ZeroDivisionError", evalue="by zero")
    notebook.cells[-1].outputs.append(failed)
    nbformat.write(notebook, path)


def stale_section() -> None:
    edited(section_inputs.notebook_path("user_study"), "There are", "Here are")


def number_that_no_section_has() -> None:
    (paths.BOOK / "index.md").write_text("{glue:text}`sections/user_study.ipynb::gone`\n")


@pytest.mark.parametrize(
    ("plant", "sentence"),
    [
        (
            wrong_number_in_results,
            f"{PAGE}: out of date: its results JSON: does not match its content; "
            "run `artifact run --section user_study`",
        ),
        (
            wrong_number_on_a_page,
            f"{PAGE}: out of date: its page was changed after it was executed",
        ),
        (failing_cell, f"{PAGE}: In [2] ends in ZeroDivisionError: by zero"),
        (stale_section, f"{PAGE}: out of date: its notebook changed"),
        (number_that_no_section_has, f"book/index: shows 'gone' of {PAGE}, which is not glued"),
    ],
)
def test_a_fault_of_a_section_stops_the_book(
    write_executed, command_line, plant: Callable[[], None], sentence: str
) -> None:
    write_executed()
    plant()
    stopped = command_line("book")
    assert stopped.code == 1
    assert sentence in stopped.err
    assert not (paths.BUILD / "html").exists()
    assert command_line("verify").code == 1


HEAD = (
    '<!DOCTYPE html><html lang="en"><head><title>A page</title>'
    '<meta name="viewport" content="width=device-width"></head>'
)
WHOLE = f'{HEAD}<body><main><h1 id="top">A page</h1><p>With words.</p>{{}}</main></body></html>'

ON_PAGES = {
    "remote script": (
        '<script src="https://example.org/a.js"></script>',
        "index.html: loads https://example.org/a.js from the net",
    ),
    "inaccessible control": (
        "<button></button>",
        "index.html: <button> has no name for screen readers",
    ),
    "broken link": ('<a href="gone.html">There</a>', "index.html: gone.html leads nowhere"),
    "link to a machine's file": (
        '<a href="file:///etc/passwd">There</a>',
        "index.html: file:///etc/passwd leads neither to a web page",
    ),
    "link to a run that is not there": (
        '<a href="index.html#run=gone">There</a>',
        "index.html: index.html#run=gone asks for what only the explorer shows",
    ),
    "drawing without words": ("<svg></svg>", "index.html: an svg has no text alternative"),
    "control out of reach": (
        '<div role="button" tabindex="-1">Go</div>',
        "can't be reached with a keyboard",
    ),
    "missing alt text": (
        '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAACADs=">',
        "has no text alternative",
    ),
}
"""What is planted on a page, and the sentence that names it (`build` raises it as it stands)."""


def site(folder: Path, body: str) -> Path:
    (folder / "index.html").write_text(offline.seal(WHOLE.replace("{}", body)), encoding="utf-8")
    return folder


@pytest.mark.parametrize(("body", "sentence"), ON_PAGES.values(), ids=ON_PAGES)
def test_a_fault_of_a_page_is_named(tmp_path: Path, body: str, sentence: str) -> None:
    (line,) = pages.check(site(tmp_path, body))
    assert sentence in line


IN_A_BROWSER = {
    "nothing": ("", None),
    "remote script": (ON_PAGES["remote script"][0], r"console: .*https://example\.org/a\.js"),
    "inaccessible control": (
        "<script>document.querySelector('main').append(document.createElement('button'))</script>",
        r"axe: button-name: <button>",
    ),
    "broken link": (
        "<script>document.querySelector('p').innerHTML = '<a href=gone.html>There</a>'</script>",
        r"a link leads nowhere: gone\.html",
    ),
    "link to a machine's file": (
        "<script>document.querySelector('p').innerHTML = "
        "'<a href=\"file:///etc/passwd\">There</a>'</script>",
        r"a link leads nowhere: passwd",
    ),
    "link that runs a script": (
        "<script>document.querySelector('p').innerHTML = "
        "'<a href=\"javascript:go()\">There</a>'</script>",
        r"a link leads nowhere: javascript:go",
    ),
    "link to a run that is not there": (
        "<script>document.querySelector('p').innerHTML = '<a href=#run=gone>There</a>'</script>",
        r"a link asks for what only the explorer shows: .*#run=gone",
    ),
    "missing alt text": (ON_PAGES["missing alt text"][0], r"axe: image-alt: <img"),
    "failing script": ("<script>nowhere()</script>", r"console: .*nowhere is not defined"),
    "too wide": ('<p style="width: 2000px">Wide.</p>', r"scrolls sideways: \d+ of 375 pixels"),
    "too wide where narrow": (
        "<p><span style='display: inline-block; width: 340px'>Wide.</span></p>",
        r"\(narrow\): scrolls sideways: \d+ of 320 pixels",
    ),
    "too wide in a fold": (
        "<details><summary>Fold</summary><p style='width: 340px'>Wide.</p></details>",
        r"\(narrow\): scrolls sideways: \d+ of 320 pixels",
    ),
    "cut on paper": (
        "<style>@media print { #wide { width: 2000px } }</style><p id=wide>Wide on paper.</p>",
        r"on paper\): cut at the side: <p id=\"wide\">",
    ),
    "hidden on paper": (
        "<div style='overflow: hidden'><style>@media print { #wide { width: 2000px } }</style>"
        "<p id=wide>Wide on paper.</p></div>",
        r"on paper\): cut at the side: <div",
    ),
}


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What `look` finds on a page for each planted fault, all opened in one browser."""
    if reason := look.missing():
        pytest.skip(f"pages were not looked at in a browser: {reason}")
    folder = tmp_path_factory.mktemp("site")
    for name, (body, _) in IN_A_BROWSER.items():
        site(folder, body).joinpath("index.html").rename(folder / f"{name.replace(' ', '-')}.html")
    return look.faults(folder)


@pytest.mark.parametrize("name", IN_A_BROWSER)
def test_a_browser_sees_it(seen: list[str], name: str) -> None:
    lines = [line for line in seen if line.startswith(f"{name.replace(' ', '-')}.html (")]
    expected = IN_A_BROWSER[name][1]
    if expected is None:
        assert lines == []
    else:
        assert [line for line in lines if re.search(expected, line)], lines


def test_without_a_browser_it_says_that_nothing_was_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(look, "missing", lambda: "Chromium is not at hand")
    monkeypatch.setattr("sys.argv", ["look", str(site(tmp_path, ""))])
    with pytest.raises(SystemExit) as ended:
        look.main()
    assert ended.value.code == look.NOT_LOOKED
    said = capsys.readouterr().out
    assert said == "look: THE BOOK WAS NOT LOOKED AT in a browser: Chromium is not at hand\n"
    monkeypatch.setattr("sys.argv", ["look", str(tmp_path / "nowhere")])
    with pytest.raises(SystemExit, match="no book in"):
        look.main()
