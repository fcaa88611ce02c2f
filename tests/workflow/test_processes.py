from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from artifact.workflow import processes
from artifact.workflow.processes import STOPS, StoppedError, run

IMPORTS = "import os, signal, sys, time\n"
STOP_US = "os.kill(os.getppid(), signal.{name})\n"
SLEEP = "time.sleep(60)\n"
DEAF = "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
START_ANOTHER = """\
import subprocess
other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
with open(sys.argv[1], "w") as file:
    file.write(str(other.pid))
"""


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", IMPORTS + code, *arguments]


def gone(process: int) -> bool:
    """Whether a process has ended within a few seconds (a zombie of init's has)."""
    for _ in range(50):
        try:
            state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.1)
    return False


@pytest.fixture
def heard(number: signal.Signals) -> Iterator[signal.Signals]:
    """A signal that this process hears, also where nohup has it ignored."""
    before = signal.signal(number, signal.default_int_handler)
    yield number
    signal.signal(number, before)


def test_the_exit_code_and_the_output(tmp_path: Path) -> None:
    with (tmp_path / "out").open("w") as out, (tmp_path / "err").open("w") as err:
        code = run(
            python("import sys; print('said'); sys.exit('complained')"), stdout=out, stderr=err
        )
    assert code == 1
    assert (tmp_path / "out").read_text() == "said\n"
    assert (tmp_path / "err").read_text() == "complained\n"


@pytest.mark.parametrize("number", STOPS)
def test_a_stopped_command_stops_what_it_started(tmp_path: Path, heard: signal.Signals) -> None:
    number = heard
    handlers = [signal.getsignal(each) for each in STOPS]
    started = tmp_path / "pid"
    code = START_ANOTHER + STOP_US.format(name=number.name) + SLEEP
    with pytest.raises(StoppedError, match=f"^stopped by {number.name}; ") as caught:
        run(python(code, str(started)))
    assert caught.value.exit_code == 128 + number
    assert gone(int(started.read_text()))
    assert [signal.getsignal(each) for each in STOPS] == handlers


def test_a_program_has_time_to_put_its_things_in_order(tmp_path: Path) -> None:
    tidied = tmp_path / "tidied"
    tidy = f"try:\n    {SLEEP}finally:\n    time.sleep(0.5)\n    open(sys.argv[1], 'w')\n"
    with pytest.raises(StoppedError):
        run(python(STOP_US.format(name="SIGTERM") + tidy, str(tidied)))
    assert tidied.exists()


def test_a_program_that_does_not_listen_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "GRACE_SECONDS", 1)
    start = time.monotonic()
    with pytest.raises(StoppedError):
        run(python(DEAF + STOP_US.format(name="SIGINT") + SLEEP))
    assert time.monotonic() - start < 10


def test_who_insists_does_not_wait() -> None:
    stop = STOP_US.format(name="SIGINT")
    start = time.monotonic()
    with pytest.raises(StoppedError):
        run(python(f"{DEAF}{stop}time.sleep(1)\n{stop}{SLEEP}"))
    assert time.monotonic() - start < processes.GRACE_SECONDS - 2


def test_an_ignored_signal_stays_ignored_but_the_program_hears_the_one_passed_on(
    tmp_path: Path,
) -> None:
    """A command in the background of a script ignores SIGINT; SIGTERM must end it all the same."""
    tidied = tmp_path / "tidied"
    code = (
        STOP_US.format(name="SIGINT")
        + "time.sleep(0.5)\n"
        + STOP_US.format(name="SIGTERM")
        + f"try:\n    {SLEEP}except KeyboardInterrupt:\n    open(sys.argv[1], 'w')\n"
    )
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with pytest.raises(StoppedError, match="SIGTERM"):
            run(python(code, str(tidied)))
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
    assert tidied.exists()


def test_a_descriptor_is_held_by_the_program(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w") as file:
        os.set_inheritable(file.fileno(), False)
        write = "os.write(int(sys.argv[1]), b'mine')"
        assert run(python(write, str(file.fileno())), held=[file.fileno()]) == 0
    assert (tmp_path / "file").read_text() == "mine"


RUN = """\
import sys
from artifact.workflow.processes import run

run([sys.executable, "-c", *sys.argv[1:]])
"""


def test_what_a_killed_command_started_ends_with_it(tmp_path: Path) -> None:
    started = tmp_path / "pid"
    program = IMPORTS + START_ANOTHER + "os.rename(sys.argv[1], sys.argv[2])\n" + SLEEP
    written = tmp_path / "written"
    command = subprocess.Popen(
        [sys.executable, "-c", RUN, program, str(started), str(written)], start_new_session=True
    )
    for _ in range(300):
        if written.exists():
            break
        time.sleep(0.1)
    os.killpg(command.pid, signal.SIGKILL)
    command.wait()
    assert gone(int(written.read_text()))


def test_what_a_killed_program_left_ends_with_it(tmp_path: Path) -> None:
    started = tmp_path / "pid"
    code = START_ANOTHER + "os.kill(os.getpid(), signal.SIGKILL)\n"
    assert run(python(code, str(started))) == -signal.SIGKILL
    assert gone(int(started.read_text()))
