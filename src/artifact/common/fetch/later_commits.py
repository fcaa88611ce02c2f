"""Runs that the release's repository gained in later commits: on the R1 subset, and with seeds.

Each commit is brought into a folder of its own below the release, with the later runs' files and
nothing else: other files of the same names changed from commit to commit. A full commit id pins
every byte, so there is no table of hashes; one is written on arrival, to notice later damage.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from pydantic import BaseModel

from artifact.common.errors import CheckError, InputError
from artifact.common.fetch.atomic_folder import replacing
from artifact.common.fetch.download import MARKER, differences, is_complete
from artifact.common.fetch.git import progress_bars, run_git
from artifact.common.files import read_record, write_atomically
from artifact.common.provenance import file_sha256


@dataclass(frozen=True, slots=True)
class LaterRuns:
    """Runs that are stored in later commits.

    Attributes:
        commits: full ids. A file in several of them is read from the first.
        files: the runs' files, as git's sparse checkout takes patterns.
    """

    commits: tuple[str, ...]
    files: tuple[str, ...]

    def folders(self, name: str) -> tuple[str, ...]:
        """Where the commits of the runs called `name` lie below the release's root."""
        return tuple(f"{name}/{commit}" for commit in self.commits)


LATER_RUNS: Mapping[str, LaterRuns] = MappingProxyType(
    {
        "r1": LaterRuns(
            commits=(
                "2a6d75f7778bccc1a3c89058b95b98f2d88f1b3a",
                "3c279832d470abd4727c356d8c03f88747d82072",
                "46d8bbf5d8696e75239b9478cc605165111a8264",
                "75e3b548d25563259c9936b33ba14f7cc0d1257f",
                "af6d209d151fdaa18571aa1c6a153e7581d6a9c8",
                "7b5c726bbf5fe4a66cf8cf49053353ba29f34641",
                "cee2845091adbe3b8bd49309a1921894b924bf11",
            ),
            files=(
                "/results/*/evaluation_outputs/*/*-sft-adapter-reasoning-*r1-*_default.json",
                "/results/*/evaluation_results/*/*-sft-adapter-reasoning-*r1-*_default.json",
            ),
        ),
        "seeds": LaterRuns(
            commits=(
                "3505cf887f9d01ed5dae02ab0a985b350e02cbc9",
                "c2ec5fcd07cf4333f6b21b0f223379e257cc4ef5",
            ),
            files=(
                "/results/*/evaluation_outputs/*/*-sft-adapter*-12[123]_default.json",
                "/results/*/evaluation_results/*/*-sft-adapter*-12[123]_default.json",
            ),
        ),
    }
)
"""By the word after ``--with``."""


def check_later(names: Sequence[str], known: Mapping[str, LaterRuns] = LATER_RUNS) -> None:
    """Return if there are later runs of each name.

    Raises:
        InputError: otherwise.
    """
    for name in names:
        if name not in known:
            cure = f"choose from {', '.join(known)}"
            raise InputError(f"no later runs are called '{name}'", field="with", cure=cure)


def fetch_later(repository: str, root: Path, name: str, runs: LaterRuns) -> tuple[int, bool]:
    """Bring the later runs called `name` into folders of their own below `root`.

    Returns:
        How many files there are, and whether all of them were there before.

    Raises:
        InputError: if the repository can't be reached or lacks a commit, or a folder holds
            something that no fetch put there.
        CheckError: if a commit holds none of the runs' files.
    """
    files, was_complete = 0, True
    with progress_bars() as progress:
        for commit, place in zip(runs.commits, runs.folders(name), strict=True):
            folder = root / place
            hashes = hashes_on_arrival(folder)
            if not is_complete(f"commit {commit[:7]}", folder, hashes):
                task = progress.add_task(place, total=None)
                hashes = _bring(repository, commit, runs.files, folder)
                progress.update(task, description=f"{name} at {commit[:7]}", total=1, completed=1)
                was_complete = False
            files += len(hashes)
    return files, was_complete


class _Arrival(BaseModel):
    """What `MARKER` says of a folder."""

    sha256: dict[str, str]


def hashes_on_arrival(folder: Path) -> dict[str, str]:
    """sha256 by path below `folder`, of the files that a fetch put there; empty without a fetch."""
    marker = folder / MARKER
    if not marker.exists():
        return {}
    return read_record(marker, _Arrival, cure=f"remove {folder}, and fetch it again").sha256


def damaged_later(root: Path, known: Mapping[str, LaterRuns] = LATER_RUNS) -> list[str]:
    """One line for each fetched file of later runs that is not as it arrived."""
    places = [place for name, runs in known.items() for place in runs.folders(name)]
    return [
        f"{place}/{line}"
        for place in places
        for line in differences(root / place, hashes_on_arrival(root / place))
    ]


def _bring(repository: str, commit: str, patterns: Sequence[str], folder: Path) -> dict[str, str]:
    """Put the files of `patterns` at `commit` into `folder`; their sha256 by path."""
    with replacing(folder) as part:
        at = ["-C", str(part)]
        run_git(["init", "--quiet", str(part)])
        run_git([*at, "remote", "add", "origin", repository])
        run_git([*at, "sparse-checkout", "set", "--no-cone", *patterns])
        # One commit without contents; the checkout then asks for those of the runs' files only.
        run_git([*at, "fetch", "--depth=1", "--no-tags", "--filter=blob:none", "origin", commit])
        run_git([*at, "checkout", "--quiet", "--detach", "FETCH_HEAD"])
        shutil.rmtree(part / ".git")
        files = sorted(path for path in part.rglob("*") if path.is_file())
        if not files:
            raise CheckError(f"{repository}: commit {commit[:7]} holds none of the later runs")
        hashes = {path.relative_to(part).as_posix(): file_sha256(path) for path in files}
        origin = {"repository": repository, "commit": commit, "sha256": hashes}
        write_atomically(part / MARKER, json.dumps(origin, indent=1) + "\n")
    return hashes
