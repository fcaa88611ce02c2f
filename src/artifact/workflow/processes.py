"""Run a program so that it never outlives the command that started it.

The program gets a session of its own: a Ctrl-C in the terminal reaches this process alone, which
passes it on, waits until the program has cleaned up after itself, and then ends what is left of
the program's process group. Against a kill that no process can answer (SIGKILL) a watcher stands
by: it ends the group as soon as this process is gone.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import IO

from artifact.common.errors import ArtifactError

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""How a person, a batch system or a closed terminal stops a command."""

GRACE_SECONDS = 10
"""To shut kernels down; a second signal cuts it short."""

WATCHER = """\
import os, signal, sys
if not os.read(0, 1):
    try:
        os.killpg(int(sys.argv[1]), signal.SIGKILL)
    except ProcessLookupError:
        pass
"""
"""Reads from a pipe that this process alone can write to: a byte means that all is over, end of
file without one that this process was killed."""

LOOK_SECONDS = 0.2
"""Between two checks for a signal."""


class StoppedError(ArtifactError):
    """The command was told to stop, and did (exit 128 plus the signal's number, as in a shell)."""

    def __init__(self, number: int) -> None:
        self.exit_code = 128 + number
        super().__init__(
            f"stopped by {signal.Signals(number).name}; what is finished is kept; "
            "run the same command again to continue"
        )


def run(
    command: Sequence[str],
    stdout: IO[str] | None = None,
    stderr: IO[str] | None = None,
    held: Sequence[int] = (),
) -> int:
    """The exit code of `command`.

    Args:
        command: program and arguments; found and run as it is, without a shell.
        stdout: where its output goes; this process's own if None.
        stderr: where its messages go, likewise.
        held: file descriptors that stay open as long as the program runs.

    Raises:
        StoppedError: after a signal of `STOPS`, when the program and its group have ended.
    """
    with _noted() as signals:
        process = subprocess.Popen(
            command, stdout=stdout, stderr=stderr, pass_fds=held, start_new_session=True
        )
        with _watched(process):
            while not signals and process.returncode is None:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(LOOK_SECONDS)
            if signals:
                _stop(process, signals)
                raise StoppedError(signals[0])
            _signal_group(process, signal.SIGKILL)  # what a program that was killed left behind
    return process.returncode


@contextmanager
def _watched(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Meanwhile the group of `process` does not outlive this process, however this one ends."""
    watcher = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", WATCHER, str(process.pid)],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield
    finally:
        with suppress(BrokenPipeError):  # someone ended the watcher
            watcher.communicate(b".")


@contextmanager
def _noted() -> Iterator[list[int]]:
    """Collect the signals of `STOPS` that arrive meanwhile instead of letting them take effect.

    A signal that this process ignores (`nohup`, a job in the background) still has no effect,
    but through a handler: a program inherits what is ignored, not what is handled, and must not
    ignore the signal that is passed on.
    """
    received: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        received.append(number)

    def overhear(_number: int, _frame: FrameType | None) -> None:
        pass

    before = {number: signal.getsignal(number) for number in STOPS}
    for number, handler in before.items():
        signal.signal(number, overhear if handler is signal.SIG_IGN else note)
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(process: subprocess.Popen[bytes], signals: Sequence[int]) -> None:
    """Interrupt the whole group; kill it when the grace period is over, or at a second signal."""
    _signal_group(process, signal.SIGINT)
    seen, looks = len(signals), int(GRACE_SECONDS / LOOK_SECONDS)
    for _ in range(looks):
        with suppress(subprocess.TimeoutExpired):
            process.wait(LOOK_SECONDS)
            break
        if len(signals) > seen:
            break
    _signal_group(process, signal.SIGKILL)
    process.wait()


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    with suppress(ProcessLookupError):  # all of it has ended
        os.killpg(process.pid, number)
