"""A target is whole or not there, whoever is killed and however many make it at once."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from artifact.common.fetch.atomic_folder import alone, replacing


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_new_folder_takes_the_old_ones_place(tmp_path: Path) -> None:
    for content in ("first", "second"):
        with replacing(tmp_path / "box") as part:
            (part / content).touch()
            assert names(tmp_path) != ["box"]
    assert names(tmp_path) == ["box"]
    assert names(tmp_path / "box") == ["second"]


def test_a_failure_leaves_the_old_folder_and_nothing_else(tmp_path: Path) -> None:
    with replacing(tmp_path / "box") as part:
        (part / "first").touch()
    with pytest.raises(ZeroDivisionError), replacing(tmp_path / "box"):
        raise ZeroDivisionError
    assert names(tmp_path) == ["box"]
    assert names(tmp_path / "box") == ["first"]


def test_a_folder_that_cannot_be_renamed_is_replaced_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = os.rename

    def as_in_a_container(source: Path, to: Path) -> None:
        """Folders of an image's layer answer so, in overlayfs."""
        if Path(source).name == "box":
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        rename(source, to)

    monkeypatch.setattr(os, "rename", as_in_a_container)
    for content in ("first", "second"):
        with replacing(tmp_path / "box") as part:
            (part / content).touch()
    assert names(tmp_path) == ["box"]
    assert names(tmp_path / "box") == ["second"]


@pytest.mark.skipif(os.name != "posix", reason="kills a process as posix does")
def test_what_a_killed_process_left_is_cleared_by_the_next(tmp_path: Path) -> None:
    code = (
        "import os, signal\n"
        "from pathlib import Path\n"
        "from artifact.common.fetch.atomic_folder import alone, replacing\n"
        f"target = Path({str(tmp_path / 'box')!r})\n"
        "with alone(target), replacing(target) as part:\n"
        "    (part / 'half').touch()\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", code], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert not (tmp_path / "box").exists()
    assert [name for name in names(tmp_path) if name.endswith(".part")]
    with alone(tmp_path / "box"), replacing(tmp_path / "box") as part:
        (part / "whole").touch()
    assert names(tmp_path / "box") == ["whole"]
    assert [name for name in names(tmp_path) if name.endswith(".part")] == []


def test_a_second_process_waits_for_the_first(tmp_path: Path) -> None:
    log = tmp_path / "log"
    code = (
        "import time\n"
        "from pathlib import Path\n"
        "from artifact.common.fetch.atomic_folder import alone\n"
        f"log = Path({str(log)!r})\n"
        f"with alone(Path({str(tmp_path / 'box')!r})):\n"
        "    for word in ('begin', 'end'):\n"
        "        with log.open('a') as stream:\n"
        "            print(word, file=stream)\n"
        "        time.sleep(0.3)\n"
    )
    processes = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(2)]
    assert [process.wait(timeout=60) for process in processes] == [0, 0]
    assert log.read_text().split() == ["begin", "end", "begin", "end"]
