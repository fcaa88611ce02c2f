"""Pictures of the real page for the book: ``python -m tests.study.page.screenshots``.

The page is built anew, opened from disk, and led to its first problem. Needs npm, Chromium with
its driver, and selenium.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from artifact.common.errors import InputError
from artifact.common.paths import BOOK
from artifact.study.instrument.ratings import GROUPS
from artifact.study.instrument.texts import DEFAULT_TEXTS
from artifact.study.page.build import build_page
from tests.study.page import browser

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

FOLDER = BOOK / "_static" / "study"
COLOURS = 128
"""A page has few colours; a palette of this size can't be told from all of them."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What is to be seen in a file.

    Attributes:
        file: name in `FOLDER`.
        group: whose trace type is shown.
        size: width and height of the picture in CSS pixels.
        dark: whether the reader prefers dark pages.
        top: CSS selector of what stands at the upper edge.
    """

    file: str
    group: str
    size: tuple[int, int]
    dark: bool
    top: str


PICTURES = (
    Picture("problem-desktop.png", "summary", (1000, 1250), dark=False, top="body"),
    Picture("trace-phone.png", "verbose", (375, 1000), dark=False, top=".trace"),
    Picture("ratings-phone-dark.png", "decomposed", (375, 1000), dark=True, top=".asked h2"),
)


def take(folder: Path = FOLDER) -> tuple[Path, ...]:
    """Write all pictures and give their paths.

    Raises:
        InputError: if the page can't be built or no browser is at hand.
    """
    reason = browser.missing()
    if reason:
        raise InputError(reason, cure="install Chromium, its driver and selenium")
    folder.mkdir(parents=True, exist_ok=True)
    with _page() as page, browser.chromium() as driver:
        # nothing is drawn: the same problem comes first in every picture, every time
        always = {"source": "Math.random = () => 0"}
        driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", always)
        for picture in PICTURES:
            (folder / picture.file).write_bytes(_small(_shot(driver, page, picture)))
    return tuple(folder / picture.file for picture in PICTURES)


@contextmanager
def _page() -> Iterator[Path]:
    """A page whose texts have no open places, so that it does not call itself a draft."""
    with tempfile.TemporaryDirectory() as folder:
        texts = Path(folder) / "texts.yml"
        own = DEFAULT_TEXTS.read_text(encoding="utf-8")
        texts.write_text(own.replace("[", "").replace("]", ""), encoding="utf-8")
        yield build_page(Path(folder) / "page", texts=texts, post="file")


def _shot(driver: Chrome, page: Path, picture: Picture) -> bytes:
    browser.begin(driver, f"{page.as_uri()}?group={GROUPS.index(picture.group) + 1}")
    browser.to_first_problem(driver)
    browser.rate(driver, [4, 2], send=False)
    browser.look(driver, picture.size, dark=picture.dark)
    driver.execute_script(
        "document.activeElement.blur(); document.querySelector(arguments[0]).scrollIntoView()",
        picture.top,
    )
    return driver.get_screenshot_as_png()


def _small(png: bytes) -> bytes:
    from PIL import Image

    small = io.BytesIO()
    with Image.open(io.BytesIO(png)) as picture:
        picture.convert("RGB").quantize(COLOURS).save(small, "PNG", optimize=True)
    return small.getvalue()


def main() -> None:
    """Take the pictures and say where they are."""
    for path in take():
        print(f"{path}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
