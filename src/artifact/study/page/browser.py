"""A headless Chromium for looking at the page and for driving it by keyboard alone.

Only for tests and screenshots: it needs Chromium with its driver, and selenium.
"""

from __future__ import annotations

import importlib.util
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

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
        TimeoutException: if it does not come.
    """
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(driver, PATIENCE, poll_frequency=0.02).until(
        lambda driver: heading(driver).startswith(opening),
        f"no screen '{opening}' but '{heading(driver)}'",
    )


def press(driver: Chrome, *keys: str) -> None:
    """Press keys one after the other, wherever the focus is."""
    from selenium.webdriver import ActionChains

    chain = ActionChains(driver)
    for key in keys:
        chain.send_keys(key)
    chain.perform()


def give_consent(driver: Chrome) -> None:
    """Tick the box and take part, from the heading on."""
    from selenium.webdriver import Keys

    press(driver, Keys.TAB, Keys.SPACE, Keys.TAB, Keys.ENTER)


def go_on(driver: Chrome) -> None:
    """Press the button of a screen that asks nothing, from the heading on."""
    from selenium.webdriver import Keys

    press(driver, Keys.TAB, Keys.ENTER)


def rate(driver: Chrome, points: Sequence[int], *, send: bool = True) -> None:
    """Choose a point in each row, from the heading on, and send the page off if asked to."""
    from selenium.webdriver import Keys

    keys = []
    for point in points:
        keys += [Keys.TAB, Keys.SPACE, *[Keys.ARROW_DOWN] * (point - 1)]
    press(driver, *keys, *([Keys.TAB, Keys.ENTER] if send else []))
