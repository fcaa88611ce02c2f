"""A headless Chromium for looking at the page and for driving it by keyboard alone.

Only for tests and screenshots: it needs Chromium with its driver, and selenium.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
DRIVER = "chromedriver"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--hide-scrollbars",
    # Chromium's own errands would show up as requests to other hosts.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

PHONE = (375, 812)
DESKTOP = (1280, 900)
MOBILE = 500
"""Narrower screens are those of phones, which a browser treats differently."""
STOPS_BEFORE_ROWS = 3
"""What the keyboard may reach between a heading and the first row: the problem where it scrolls,
and the button that shows it again."""
PATIENCE = 10.0
"""Seconds until a screen must have changed."""


def missing() -> str | None:
    """What keeps a browser from starting here, or None."""
    if importlib.util.find_spec("selenium") is None:
        return "selenium is not installed"
    if not any(shutil.which(name) for name in BROWSERS):
        return "Chromium is not at hand"
    return None if shutil.which(DRIVER) else "chromedriver is not at hand"


@contextmanager
def chromium() -> Iterator[Chrome]:
    """A Chromium with an empty profile that logs every request."""
    from selenium.webdriver import Chrome, ChromeOptions
    from selenium.webdriver.chrome.service import Service

    options = ChromeOptions()
    options.binary_location = next(filter(None, map(shutil.which, BROWSERS)), "")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
        driver = Chrome(options, Service(shutil.which(DRIVER)))
        try:
            yield driver
        finally:
            driver.quit()


def look(driver: Chrome, size: tuple[int, int], *, dark: bool) -> None:
    """Show the page as on a screen of `size` (CSS pixels), in light or dark."""
    width, height = size
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < MOBILE}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})


def heading(driver: Chrome) -> str:
    """The heading of the screen, which has the focus when the screen is new."""
    text: str = driver.execute_script("return document.querySelector('h1')?.textContent ?? ''")
    return text


def wait_for(driver: Chrome, opening: str) -> None:
    """Wait for a screen whose heading begins with `opening`.

    Raises:
        TimeoutError: if it does not come.
    """
    try:
        until(lambda: heading(driver).startswith(opening))
    except TimeoutError:
        raise TimeoutError(f"no screen '{opening}' but '{heading(driver)}'") from None


def until(holds: Callable[[], bool]) -> None:
    """Wait until `holds` says so.

    Raises:
        TimeoutError: if it never does.
    """
    since = time.monotonic()
    while not holds():
        if time.monotonic() - since > PATIENCE:
            raise TimeoutError(f"not so after {PATIENCE:.0f} s")
        time.sleep(0.02)


def press(driver: Chrome, *keys: str) -> None:
    """Press keys one after the other, wherever the focus is."""
    from selenium.webdriver import ActionChains

    chain = ActionChains(driver)
    for key in keys:
        chain.send_keys(key)
    chain.perform()


def begin(driver: Chrome, url: str) -> None:
    """Open the page at `url` as someone new, in the look of a desktop."""
    look(driver, DESKTOP, dark=False)
    # not on the page itself, which keeps the session when it is left
    driver.get(url.rpartition("/")[0] + "/study.json")
    driver.execute_script("localStorage.clear()")
    driver.get(url)
    wait_for(driver, "Before you begin")


def give_consent(driver: Chrome) -> None:
    """Tick the box and take part, from the heading on."""
    from selenium.webdriver import Keys

    press(driver, Keys.TAB, Keys.SPACE, Keys.TAB, Keys.ENTER)


def rows(driver: Chrome) -> int:
    """How many rows there are to rate."""
    return len(driver.find_elements("css selector", "fieldset.rating"))


def rate(driver: Chrome, points: Sequence[int], *, send: bool = True) -> None:
    """Choose a point in each row, from the heading on, and send the page off if asked to."""
    from selenium.webdriver import Keys

    for _ in range(STOPS_BEFORE_ROWS):
        press(driver, Keys.TAB)
        if driver.execute_script("return document.activeElement.type === 'radio'"):
            break
    keys = []
    for point in points:
        keys += [Keys.SPACE, *[Keys.ARROW_DOWN] * (point - 1), Keys.TAB]
    press(driver, *keys, *([Keys.ENTER] if send else []))


def to_practice(driver: Chrome) -> None:
    """From the first screen to the practice page."""
    from selenium.webdriver import Keys

    give_consent(driver)
    wait_for(driver, "What to do")
    press(driver, Keys.TAB, Keys.ENTER)
    wait_for(driver, "Practice")


def to_first_problem(driver: Chrome) -> None:
    """From the first screen to the first problem."""
    to_practice(driver)
    rate(driver, [3] * rows(driver))
    wait_for(driver, "Problem 1")


def to_the_end(driver: Chrome, *points: Sequence[int], comment: str = "") -> None:
    """From the first problem (or the comment, without points) to the code.

    Args:
        driver: the browser.
        points: those to choose in the rows of each problem.
        comment: what to write at the end.
    """
    from selenium.webdriver import Keys

    for number, chosen in enumerate(points, start=1):
        wait_for(driver, f"Problem {number}")
        rate(driver, chosen)
    wait_for(driver, "Your comment")
    press(driver, Keys.TAB, comment, Keys.TAB, Keys.ENTER)
    wait_for(driver, "Thank you")


def text_of(driver: Chrome, selector: str) -> str:
    """The visible text of the first element that fits."""
    return driver.find_element("css selector", selector).text


def kept(driver: Chrome) -> dict[str, Any]:
    """What the browser keeps of the session."""
    record = driver.execute_script("return localStorage.getItem(localStorage.key(0))")
    return dict(json.loads(record))


def leave(driver: Chrome, *, wait: bool = True) -> None:
    """Leave the study, from any screen on which that can be done, and wait until it is done."""
    from selenium.webdriver import Keys

    driver.find_element("id", "leave").send_keys(Keys.ENTER)
    press(driver, Keys.TAB, Keys.ENTER)
    if wait:
        wait_for(driver, "You have left")
