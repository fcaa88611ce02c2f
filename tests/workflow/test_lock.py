from __future__ import annotations

import errno
import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from artifact.common import paths
from artifact.common.errors import CheckError, InputError
from artifact.workflow import lock

HOLD = """\
import os, sys, time
from artifact.workflow import lock

with lock.exclusive("artifact book"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_command_is_told_who_is_at_work(project: Path) -> None:
    with (
        lock.exclusive("artifact run"),
        pytest.raises(CheckError) as caught,
        lock.exclusive("artifact book"),
    ):
        pytest.fail("both hold it")
    assert str(caught.value) == (
        f"`artifact run` (process {os.getpid()}) is running here, or a program that it started is; "
        "wait for it to end"
    )
    with lock.exclusive("artifact book"):
        assert paths.RESULTS.joinpath("lock").read_text().startswith("`artifact book`")


def test_a_killed_command_leaves_nothing_to_clean_up(project: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(CheckError, match="artifact book"), lock.exclusive("artifact run"):
        pytest.fail("both hold it")
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    with lock.exclusive("artifact run"):
        pass


def test_what_a_command_started_holds_on(project: Path) -> None:
    sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
    with lock.exclusive("artifact run") as held:
        started = subprocess.Popen(sleep, pass_fds=[held])
    with (
        pytest.raises(CheckError, match="a program that it started is"),
        lock.exclusive("artifact run"),
    ):
        pytest.fail("both hold it")
    started.kill()
    started.wait()
    with lock.exclusive("artifact run"):
        pass


def test_a_file_system_without_locks_is_said(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with lock.exclusive("artifact run"):
        assert "does not support locks" in capsys.readouterr().err


def test_the_program_that_a_killed_command_left_is_not_called_by_its_name(project: Path) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    with lock.exclusive("artifact run"):
        (paths.RESULTS / "lock").write_text(f"`artifact run` (process {ended.pid})")
        with (
            pytest.raises(CheckError, match=r"was killed, and .* is still ending; wait a few sec"),
            lock.exclusive("artifact book"),
        ):
            pytest.fail("both hold it")


def test_a_full_disk_is_named_and_leaves_the_lock_free(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int, _content: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as disk:
        disk.setattr(os, "write", full)
        with (
            pytest.raises(InputError, match=r"lock: cannot be written \(No space left on device\)"),
            lock.exclusive("artifact run"),
        ):
            pytest.fail("it is held")
    with lock.exclusive("artifact run"):
        pass
