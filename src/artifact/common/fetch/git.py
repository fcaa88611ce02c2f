"""Git as this project calls it: no questions asked, progress shown, failures in one line."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from artifact.common.errors import InputError

if TYPE_CHECKING:
    from rich.progress import Progress

ANSWER_SECONDS = 60
CURE = "check the address and the network, or let ARTIFACT_RELEASE name a copy of the release"
_PERCENT = re.compile(r"(?P<phase>[A-Z][a-z]+ [a-z]+):\s+(?P<percent>\d+)%")


def run_git(arguments: Sequence[str], show: Callable[[str, int], None] | None = None) -> str:
    """What git prints; its progress goes to `show`.

    Raises:
        InputError: with git's own words, if it fails.
    """
    settings = ["-c", "core.autocrlf=false", "-c", "advice.detachedHead=false"]
    settings += ["-c", "http.lowSpeedLimit=1000", "-c", f"http.lowSpeedTime={ANSWER_SECONDS}"]
    # Into a file, because a pipe that nobody reads while the progress is read would fill up.
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as printed,
        subprocess.Popen(
            ["git", *settings, *arguments],
            stdout=printed,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            env=git_environment(),
        ) as process,
    ):
        assert process.stderr is not None
        said = []
        # Universal newlines end a line at each carriage return, so progress arrives as it is made.
        for line in process.stderr:
            found = _PERCENT.search(line)
            if found is None:
                said.append(line)
            elif show is not None:
                show(found["phase"], int(found["percent"]))
        if process.wait() != 0:
            raise InputError(f"git failed ({first_line(''.join(said))})", cure=CURE)
        printed.seek(0)
        return printed.read()


def git_environment() -> dict[str, str]:
    """The environment for git: no prompts, and no repository inherited from a caller's hook."""
    hooked = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"}
    kept = {name: value for name, value in os.environ.items() if name not in hooked}
    quiet = {"GIT_TERMINAL_PROMPT": "0", "GIT_SSH_COMMAND": "ssh -oBatchMode=yes", "LC_ALL": "C"}
    return kept | quiet


def first_line(text: str) -> str:
    """Git's first fatal or error line, or its last line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    fatal = [line for line in lines if line.startswith(("fatal:", "error:"))]
    return (fatal or lines[-1:] or ["no reason given"])[0]


def progress_bars() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=Console(stderr=True))
