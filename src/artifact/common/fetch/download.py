"""The outcome of a download, and the check of its files against their hashes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from artifact.common.errors import InputError
from artifact.common.provenance import file_sha256

MARKER = "fetched.json"
"""Written into a fetched folder: where it came from."""

EMPTY = hashlib.sha256().hexdigest()
"""sha256 of an empty file."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """The outcome of a download.

    Attributes:
        name: as on the command line.
        folder: where it is.
        files: how many files were checked against their hashes.
        was_complete: whether it was there before, so that nothing was downloaded.
    """

    name: str
    folder: Path
    files: int
    was_complete: bool

    def __str__(self) -> str:
        how = "was already there" if self.was_complete else "fetched"
        files = "1 file" if self.files == 1 else f"{self.files} files"
        return f"{self.name} {how}: {self.folder} ({files} checked)"


class Fetcher(Protocol):
    """Fetches one named download."""

    def __call__(self, *, repository: str | None = None, into: Path | None = None) -> Fetched:
        """Fetch from `repository` into the folder `into`; None is the download's default."""


def differences(root: Path, hashes: Mapping[str, str]) -> list[str]:
    """One line for each file below `root` that is missing, empty or not as in `hashes`."""
    faults = []
    for name, expected in hashes.items():
        path = root / name
        if not path.is_file():
            faults.append(f"{name} is missing")
        elif not path.stat().st_size and expected != EMPTY:
            faults.append(f"{name} is empty")
        elif file_sha256(path) != expected:
            faults.append(f"{name} has a different sha256")
    return faults


def is_complete(what: str, folder: Path, hashes: Mapping[str, str]) -> bool:
    """Whether `folder` holds the files of `hashes`; what is damaged may be fetched again.

    Raises:
        InputError: if `folder` holds something that no fetch put there.
    """
    if not (folder.is_dir() and any(folder.iterdir())):
        return False
    if not differences(folder, hashes):
        return True
    if not (folder / MARKER).is_file():
        raise InputError(f"holds files other than {what}", path=folder, cure="name an empty folder")
    return False
