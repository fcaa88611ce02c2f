"""Every page of the built book in a real browser, as a reader has it.

    python -m tests.book.look [FOLDER]

Each page is opened four times: on a desktop and on a phone, in light and, with every fold open, in
dark. There must be no finding of axe-core, no fault in the console, no request to another host, no
link that leads nowhere (those that scripts make included), and nothing that scrolls sideways, and
no page holds more than 500 KB of HTML. A fifth time it is opened as narrow as WCAG asks for
(1.4.10), with every fold open, and may not scroll sideways either. On paper (A4) nothing is cut at
the side. The explorer opens with less than a megabyte in all, and the search is asked something and
finds it.
Where Chromium or axe-core is missing it says that nothing was looked at, and why, and ends with 3.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from artifact.book import links, pages
from artifact.common import paths
from artifact.common.errors import InputError
from artifact.study.page import vendor
from tests.study.page import browser

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

LOOKS = [(size, dark) for size in (browser.DESKTOP, browser.PHONE) for dark in (False, True)]
NARROW = (320, 812)
"""CSS pixels, also those of a desktop's window that is enlarged four times."""

PATIENCE = 300
"""Seconds for one page under axe, which a busy machine may take."""

FINDS = 10
"""Seconds for an answer of the search."""

LARGEST = 500_000
"""Bytes of HTML of a page."""

PAPER = (717, 1_000)
"""CSS pixels of A4 between the margins with which Chromium prints."""
CUT = """
const cut = [], apart = "svg, .visually-hidden, .sr-only";
const shown = (it) => it.checkVisibility() && !it.closest(apart);
for (const it of document.querySelectorAll("main *")) {
  const box = it.getBoundingClientRect(), hides = getComputedStyle(it).overflowX !== "visible";
  const wide = box.right > innerWidth + 1 || (hides && it.scrollWidth > it.clientWidth + 1);
  if (wide && box.width > 1 && shown(it)) cut.push(it.outerHTML.slice(0, 120));
}
return cut.slice(0, 3);
"""
"""What a printed page would lose at its side."""

OPENS_LIGHT = {"explorer": 1_000_000}
"""Page -> bytes that it may load at first, scripts, styles and data together."""

ASKED = {"search": ("?q=98.4", "ul.search li a")}
"""Page -> what its address is followed by, and what must then come on it."""

OPEN_FOLDS = "for (const fold of document.querySelectorAll('details')) fold.open = true"
QUIET = (
    "const done = arguments[0];"
    "requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 100)))"
)
"""Waits until scripts that run at the start have drawn what they draw."""
COMES = (
    "const [selector, patience, done] = arguments, end = Date.now() + patience;"
    "const look = () => document.querySelector(selector) || Date.now() > end"
    " ? done(Boolean(document.querySelector(selector))) : setTimeout(look, 50);"
    "look()"
)
"""Waits until an element is there, or for so many milliseconds; tells whether it is."""
AXE = "const done = arguments[0]; axe.run({preload: false, resultTypes: ['violations']}).then(done)"
LINKS = "return [...document.links].map((it) => it.href)"
IDS = "return [...document.querySelectorAll('[id]')].map((it) => it.id)"
"""The places of the page, with those that its scripts made."""
NOT_LOOKED = 3
"""How it ends where there is no browser: neither well nor with a fault of the book."""

LOCAL = ("file", "data", "blob", "about", "chrome")


def missing() -> str | None:
    """What keeps pages from being looked at here, or None."""
    if reason := browser.missing():
        return reason
    try:
        vendor.packages(dev=True)
    except InputError as error:
        return str(error)
    return None


def faults(folder: Path) -> list[str]:
    """What is wrong with the pages below `folder`, one line each, page and screen first."""
    axe = (vendor.packages(dev=True) / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    with browser.chromium() as driver:
        driver.set_script_timeout(PATIENCE)
        return (
            [
                f"{page.relative_to(folder).as_posix()} ({_words(size, dark)}): {fault}"
                for page in pages.pages_of(folder)
                for size, dark in LOOKS
                for fault in dict.fromkeys(_of_page(driver, page, folder, size, dark, axe))
            ]
            + [
                f"{page.relative_to(folder).as_posix()} (narrow): {fault}"
                for page in pages.pages_of(folder)
                for fault in _of_narrow(driver, page)
            ]
            + [
                f"{page.relative_to(folder).as_posix()} (on paper): cut at the side: {element}"
                for page in pages.pages_of(folder)
                for element in _cut(driver, page)
            ]
        )


def _words(size: tuple[int, int], dark: bool) -> str:
    return f"{'phone' if size == browser.PHONE else 'desktop'}, {'dark' if dark else 'light'}"


def _of_page(
    driver: Chrome, page: Path, folder: Path, size: tuple[int, int], dark: bool, axe: str
) -> Iterator[str]:
    if (large := page.stat().st_size) > LARGEST:
        yield f"is large: {large:,} bytes of HTML"
    browser.look(driver, size, dark=dark)
    question, answer = ASKED.get(page.stem, ("", ""))
    driver.get(page.as_uri() + question)
    if dark:
        driver.execute_script(OPEN_FOLDS)
    driver.execute_async_script(QUIET)
    if answer and not _comes(driver, answer):
        yield f"{question} finds nothing"
    addresses = _requested(driver.get_log("performance"))
    yield from (f"asks another host: {it}" for it in addresses if urlsplit(it).scheme not in LOCAL)
    most = OPENS_LIGHT.get(page.stem)
    if most is not None and (loaded := _bytes_of(addresses)) > most:
        yield f"loads {loaded:,} bytes at first"
    for entry in driver.get_log("browser"):
        if entry["level"] in ("SEVERE", "WARNING"):
            yield f"console: {entry['message']}"
    here = Path(unquote(urlsplit(driver.current_url).path))  # the first page leads to another
    yield from _dead(driver.execute_script(LINKS), here, folder, set(driver.execute_script(IDS)))
    yield from _sideways(driver, size)
    driver.execute_script(axe)
    for finding in driver.execute_async_script(AXE)["violations"]:
        for node in finding["nodes"]:
            yield f"axe: {finding['id']}: {node['html'][:120]}"


def _of_narrow(driver: Chrome, page: Path) -> Iterator[str]:
    """Whether the page scrolls sideways where it is narrowest, with every fold open."""
    browser.look(driver, NARROW, dark=False)
    question, answer = ASKED.get(page.stem, ("", ""))
    driver.get(page.as_uri() + question)
    driver.execute_script(OPEN_FOLDS)
    driver.execute_async_script(QUIET)
    if answer:
        _comes(driver, answer)
    yield from _sideways(driver, NARROW)


def _sideways(driver: Chrome, size: tuple[int, int]) -> Iterator[str]:
    width = driver.execute_script("return document.documentElement.scrollWidth")
    if width > size[0]:
        yield f"scrolls sideways: {width} of {size[0]} pixels"


def _cut(driver: Chrome, page: Path) -> list[str]:
    """Elements of the page that are wider than paper, folds open as for a printer."""
    browser.look(driver, PAPER, dark=False)
    driver.get(page.as_uri())
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    driver.execute_script(OPEN_FOLDS)
    driver.execute_async_script(QUIET)
    found: list[str] = driver.execute_script(CUT)
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    return found


def _comes(driver: Chrome, selector: str) -> bool:
    """Whether an element comes on the page; then all that is being drawn has been."""
    if not driver.execute_async_script(COMES, selector, FINDS * 1000):
        return False
    driver.execute_async_script(QUIET)
    return True


def _requested(log: list[dict[str, Any]]) -> list[str]:
    """The addresses that the page asked for."""
    messages = [json.loads(entry["message"])["message"] for entry in log]
    return [
        it["params"]["request"]["url"]
        for it in messages
        if it["method"] == "Network.requestWillBeSent"
    ]


def _bytes_of(addresses: list[str]) -> int:
    """What the files behind the addresses hold, each once."""
    parts = [urlsplit(it) for it in addresses]
    files = {Path(unquote(it.path)) for it in parts if it.scheme == "file"}
    return sum(it.stat().st_size for it in files if it.is_file())


def _dead(addresses: list[str], page: Path, folder: Path, places: set[str]) -> Iterator[str]:
    for link in addresses:
        address = urlsplit(link)
        goal, fragment = Path(unquote(address.path)), unquote(address.fragment)
        named = f"{goal.name}#{fragment}" if fragment else goal.name
        if address.scheme not in (*links.OUT, *LOCAL):
            yield f"a link leads nowhere: {link[:80]}"
        elif address.scheme != "file":
            continue
        elif not (goal.is_file() and goal.is_relative_to(folder.resolve())):
            yield f"a link leads nowhere: {goal.name}"
        elif not fragment or goal.suffix != ".html" or fragment in _places(goal, page, places):
            continue
        elif links.STATE not in fragment:
            yield f"a link leads nowhere: {named}"
        elif fault := links.fault_of_state(address.fragment, goal, folder):
            yield f"a link {fault}: {named}"


def _places(goal: Path, page: Path, made: set[str]) -> frozenset[str]:
    """What may be named on a page, with what scripts made on the one that is looked at."""
    return pages.targets_of(goal) | (made if goal == page else set())


def main() -> None:
    """Look at the book, report the faults, and end with 1 if there are any."""
    folder = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else paths.BUILD / "html"
    if not (folder / "index.html").is_file():
        sys.exit(f"look: no book in {folder}; make one with `make book`")
    if reason := missing():
        print(f"look: THE BOOK WAS NOT LOOKED AT in a browser: {reason}")
        sys.exit(NOT_LOOKED)
    start, found = time.monotonic(), faults(folder)
    for fault in found:
        print(f"look: {fault}")
    looked = (len(LOOKS) + 1) * len(pages.pages_of(folder))
    print(f"look: {looked} looks, {len(found)} faults, {time.monotonic() - start:.0f} s")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
