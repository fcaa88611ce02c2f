"""One command at a time writes sections and book.

The system drops the lock with the last process that holds it, however that one ended: a killed
command leaves nothing to clean up.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from artifact.common import paths
from artifact.common.errors import CheckError
from artifact.common.files import writing

NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)
"""Errors of file systems without locks (some Lustre mounts, NFS without its lock service)."""


@contextmanager
def exclusive(command: str) -> Iterator[int]:
    """Lock the project for `command`; the descriptor can be passed to programs that it starts.

    Raises:
        CheckError: if it is held already.
        InputError: if the folder of results can't be written.
    """
    path = paths.RESULTS / "lock"
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+", encoding="utf-8")
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise CheckError(_who_holds(file.read())) from error
        except OSError as error:
            if error.errno not in NO_LOCKS:
                raise
            print(
                "this file system does not support locks: run one command at a time",
                file=sys.stderr,
            )
        with writing(path):
            file.truncate(0)
            os.write(file.fileno(), f"`{command}` (process {os.getpid()})".encode())
        yield file.fileno()


def _who_holds(said: str) -> str:
    """Who is at work, from what the holder wrote: itself, or a program that it left behind."""
    process = re.search(r"\(process (\d+)\)", said)
    if process is None:  # it holds the lock, and is about to write
        return "another command is running here; wait for it to end"
    if _is_alive(int(process[1])):
        return f"{said} is running here, or a program that it started is; wait for it to end"
    return (
        f"{said} was killed, and a program that it started is still ending; "
        "wait a few seconds and try again"
    )


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's
        return True
    return True
