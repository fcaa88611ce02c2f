"""Progress of long jobs: one line on stderr now and then, with an estimate of the time left."""

from __future__ import annotations

import sys
import time

LINES = 10
"""Lines per job, besides the last."""


def say(line: str) -> None:
    """One line on stderr, at once."""
    print(line, file=sys.stderr, flush=True)


class Progress:
    """Reports on one job of known size.

    Args:
        name: of the job.
        total: its size, in any unit.
        done: how much of it was done before this process.
    """

    def __init__(self, name: str, total: int, done: int = 0) -> None:
        self._name, self._total, self._first, self._last = name, total, done, done
        self._started = time.monotonic()

    def report(self, done: int, more: str = "") -> None:
        """Report that `done` is done, unless the last line said nearly as much."""
        if done * LINES // self._total > self._last * LINES // self._total:
            pace = (time.monotonic() - self._started) / (done - self._first)
            left = f"about {pace * (self._total - done):.0f} s left"
            line = f"{self._name}: {done} of {self._total}, {more}{left}"
            say(line)
            self._last = done
