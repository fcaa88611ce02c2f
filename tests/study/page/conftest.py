"""A page, a server that collects, and a browser; tests skip where what they need is absent."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from artifact.common.errors import InputError
from artifact.study.collection.sessions import Participant, read_database
from artifact.study.page import vendor
from artifact.study.page.build import build_page
from tests.study.page import browser

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

SERVE = """
import sys
from pathlib import Path
from artifact.study.collection.server import serve
serve(Path(sys.argv[1]), Path(sys.argv[2]), host="127.0.0.1", port=int(sys.argv[3]), draft=True)
"""

EXPECTED = ("_DISCONNECTED", "_CONNECTION_REFUSED", "status of 4", "favicon.ico")
"""Faults in the browser's log that tests provoke: cut connections, refusals, and the icon that
`study.json`, looked at by `browser.begin`, does not name."""

Build = Callable[..., Path]


@pytest.fixture(scope="session")
def npm() -> None:
    """Skips where the page's scripts can't be fetched; one that is not the pinned one fails."""
    try:
        vendor.packages(dev=True)
    except InputError as error:
        if error.path is not None:
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def built(npm: None, tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Builds a page in a new folder, with few problems; gives the folder."""

    def make(**choices: Any) -> Path:
        return build_page(tmp_path_factory.mktemp("page"), **({"problems": 2} | choices)).parent

    return make


@pytest.fixture(scope="session")
def axe(npm: None) -> str:
    """The accessibility checker, as script text."""
    return (vendor.packages(dev=True) / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def chrome() -> Iterator[Chrome]:
    """A browser, shared; in the end its log must hold no fault that no test provoked."""
    reason = browser.missing()
    if reason:
        pytest.skip(reason)
    with browser.chromium() as driver:
        yield driver
        log = driver.get_log("browser")
    wrong = [entry["message"] for entry in log if entry["level"] == "SEVERE"]
    assert [message for message in wrong if not any(part in message for part in EXPECTED)] == []


@pytest.fixture
def fresh(chrome: Chrome, serving: Serving) -> Iterator[Chrome]:
    """The browser as someone new, at the first screen of the page that is served."""
    browser.begin(chrome, serving.url)
    yield chrome
    chrome.execute_cdp_cmd("Network.disable", {})


@dataclass
class Serving:
    """A server that can be stopped and started again on its port."""

    page: Path
    database: Path
    url: str = ""
    _process: subprocess.Popen[str] | None = field(default=None, repr=False)

    def start(self) -> None:
        port = self.url.rstrip("/").rpartition(":")[2] or "0"
        self._process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(self.page), str(self.database), port],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.url = re.search(r"http://\S+/", self._process.stdout.readline())[0]  # type: ignore[index]

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.communicate(timeout=10)

    def people(self) -> dict[str, Participant]:
        """Everyone in the database, by name."""
        return {person.name: person for person in read_database(self.database).participants}

    def newcomer(self, before: Mapping[str, Participant]) -> Participant:
        """The one who is in the database now and was not before."""
        (name,) = self.people().keys() - before.keys()
        return self.people()[name]


@pytest.fixture(scope="session")
def serving(built: Build, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """The page of two problems, served."""
    server = Serving(built(), tmp_path_factory.mktemp("collected") / "study.sqlite")
    server.start()
    yield server
    server.stop()
