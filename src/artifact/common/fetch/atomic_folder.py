"""A folder that is complete as soon as it exists, however often making it was interrupted.

Everything is made in a hidden sibling of the target and renamed at the end; what a killed run
left behind is cleared by the next one. Two runs at once each make their own, and the last to
finish stays; where making is expensive, `alone` makes the second wait for the first.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

ENDINGS = ("part", "old")
"""Suffixes of the hidden work folders: what is being made, and what it replaces."""


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """An empty folder that replaces `target` if the block succeeds, and is removed if not.

    The folder is named after this process: when a run is killed, a program that it started may
    live on for a moment and remove what it was writing; that must not be what the next run writes.
    """
    part, old = (target.with_name(f".{target.name}.{os.getpid()}.{end}") for end in ENDINGS)
    _clear_left(target)
    part.mkdir(parents=True)
    try:
        yield part
        if target.exists():
            shutil.move(target, old)  # a folder in a container's image can only be copied
        part.rename(target)
    finally:
        _clear_left(target)


@contextmanager
def alone(target: Path) -> Iterator[None]:
    """Wait until no other process makes `target`, and keep the others waiting.

    The system drops the lock with the process that holds it, so a killed one blocks nobody.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(target.with_name(f".{target.name}.lock")):
        yield


def _clear_left(target: Path) -> None:
    """Remove the work folders of `target` that belong to this process or to one that is gone."""
    for ending in ENDINGS:
        for folder in target.parent.glob(f".{target.name}.*.{ending}"):
            process = folder.name.split(".")[-2]
            if process == str(os.getpid()) or not (process.isdecimal() and _lives(int(process))):
                shutil.rmtree(folder, ignore_errors=True)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
