"""A collection server to be put through something: a process of its own on the loopback."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from artifact.book.measurements.reliability import HostileRun, KillRun, LoadRun, store_run
from artifact.study.instrument.items import load_items
from artifact.study.instrument.manifest import MANIFEST, Manifest, read_manifest
from artifact.study.instrument.ratings import GROUPS

HOST = "127.0.0.1"
PROBLEMS = 6
START_SECONDS = 60

_SERVE = """
import sys
from pathlib import Path
from artifact.study.collection.server import serve
serve(Path(sys.argv[1]), Path(sys.argv[2]), host=sys.argv[3], port=int(sys.argv[4]))
"""


def build_page(folder: Path) -> Manifest:
    """A page with the real questionnaire and nothing to look at or to guess from."""
    folder.mkdir(parents=True)
    record = {
        "version": "0" * 64,
        "design": "between",
        "arms": GROUPS,
        "per_group": 25,
        "problems": [{"id": f"problem-{number}"} for number in range(PROBLEMS)],
        "questionnaire": load_items().model_dump(mode="json", exclude={"comprehension"}),
    }
    (folder / MANIFEST).write_text(json.dumps(record), encoding="utf-8")
    (folder / "index.html").write_text("<!doctype html><title>Study</title>", encoding="utf-8")
    (folder / "page.js").write_text("'use strict';", encoding="utf-8")
    return read_manifest(folder)


class Server:
    """The server's process; it is started again on the port that it had."""

    def __init__(self, folder: Path) -> None:
        self.page, self.database = folder / "page", folder / "data" / "study.db"
        self.manifest = build_page(self.page)
        self.port = 0
        self.log = folder / "server.log"
        self._log = self.log.open("ab")

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        self._process.wait()
        self._log.close()

    def start(self) -> None:
        """Start, and wait until it listens."""
        self._process = subprocess.Popen(
            [sys.executable, "-c", _SERVE, self.page, self.database, HOST, str(self.port)],
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        line = self._process.stdout.readline()
        if "serving" not in line:
            raise SystemExit(f"the server did not start: {line or 'see its log'}")
        self.port = int(line.split(f"{HOST}:")[1].split("/")[0])

    def kill(self) -> None:
        """SIGKILL: no handler runs, nothing is flushed."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()


class Caller:
    """One connection that is made anew when it breaks."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection(HOST, port, timeout=30)
        self.requests = 0

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def post(self, path: str, body: object, token: str = "") -> tuple[int, dict[str, object]]:
        """Ask until there is an answer that is final; at most for a minute."""
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        until = time.monotonic() + 60
        while True:
            self.requests += 1
            wait = 0.1
            try:
                self._connection.request("POST", f"/api/{path}", json.dumps(body), headers)
                response = self._connection.getresponse()
                said = json.loads(response.read())
                if response.status != 429 and response.status < 500:
                    return response.status, said
                wait = float(response.headers.get("Retry-After", wait))
            except (OSError, http.client.HTTPException):
                self._connection.close()
            if time.monotonic() > until:
                raise TimeoutError(f"no answer to {path} within a minute")
            time.sleep(wait)


@contextmanager
def timed(into: list[float]) -> Iterator[None]:
    """Add the seconds that the block takes."""
    start = time.perf_counter()
    yield
    into.append(time.perf_counter() - start)


def report(run: LoadRun | KillRun | HostileRun, store: bool) -> None:
    """Print the counts, store them if they hold and it is wished; exit 1 if they don't hold."""
    print(run.model_dump_json(indent=2))
    if not run.holds:
        raise SystemExit("this does not hold")
    if store:
        store_run(run)
