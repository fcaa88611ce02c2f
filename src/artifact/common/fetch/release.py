"""The paper's release: the folders that this project uses, of each branch at its commit."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from artifact.common.errors import CheckError, InputError
from artifact.common.fetch.atomic_folder import replacing
from artifact.common.fetch.download import MARKER, Fetched, differences, is_complete
from artifact.common.fetch.git import (
    ANSWER_SECONDS,
    CURE,
    first_line,
    git_environment,
    progress_bars,
    run_git,
)
from artifact.common.fetch.later_commits import (
    LATER_RUNS,
    LaterRuns,
    check_later,
    damaged_later,
    fetch_later,
)
from artifact.common.files import RESTORE, read_record, write_atomically
from artifact.common.paths import DATA
from artifact.common.provenance import file_sha256

if TYPE_CHECKING:
    from rich.progress import Progress

HASHES = Path(__file__).with_name("release_hashes.json")
"""sha256 by path below the release's root, of the files that this project uses.

Made by `write_hashes` (see there for the command). Upstream has more files; those over 4 MiB were
not available when the table was made, so they are fetched but not checked.
"""

RELEASE_REPOSITORY = "https://github.com/sbhambr1/Trace_Check_QA"
RELEASE_FOLDERS = ("data", "results")


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch of the release at a commit.

    Attributes:
        name: the branch, and the folder that it is put in.
        commit: the commit's hash, or the first 7 or more digits of it. A short one is looked up
            among the commits of this branch alone; what the commit must hold is fixed by `HASHES`.
    """

    name: str
    commit: str


RELEASE_BRANCHES = (
    Branch("main", "fa84bdc5c65b440bf3893f081612392508ae4a9c"),
    Branch("cotempqa", "fb3f228"),
    Branch("babiqa", "68cdd38"),
    Branch("marcoqa", "6a1b534"),
)


def fetch_release(
    *,
    repository: str | None = None,
    into: Path | None = None,
    branches: Sequence[Branch] = RELEASE_BRANCHES,
    hashes: Mapping[str, str] | None = None,
    later: Sequence[str] = (),
    later_runs: Mapping[str, LaterRuns] = LATER_RUNS,
) -> Fetched:
    """Fetch the paper's release: the folders data and results of each branch at its commit.

    Args:
        repository: a git address; the public repository by default.
        into: the folder that gets one folder per branch; ``data/release`` by default.
        branches: what to bring.
        hashes: sha256 by path; the committed table by default.
        later: names of later runs to bring too, of those in `later_runs`.

    Raises:
        InputError: if the repository can't be reached or lacks a branch or a later commit, git is
            not installed, there are no such later runs, or `into` holds something that no fetch
            put there.
        CheckError: if a branch lacks its commit, a later commit its runs, or a file differs from
            its hash.
    """
    check_later(later, later_runs)
    repository, into = repository or RELEASE_REPOSITORY, (into or DATA / "release").absolute()
    hashes = read_hashes() if hashes is None else hashes
    files, was_complete = len(hashes), is_complete("the release", into, hashes)
    if not was_complete:
        _require_branches(repository, branches)
        _bring_branches(repository, into, branches, hashes)
    for name in later:
        brought, was_there = fetch_later(repository, into, name, later_runs[name])
        files, was_complete = files + brought, was_complete and was_there
    return Fetched("release", into, files, was_complete)


def altered(root: Path, hashes: Mapping[str, str] | None = None) -> list[str]:
    """One line for each file of the release below `root` that differs from the pinned one.

    A copy may lack files, but an empty or changed one would give figures of something else.
    Takes less than a second.

    Args:
        root: folder of the release's branches.
        hashes: sha256 by path; the committed table by default.
    """
    hashes = read_hashes() if hashes is None else hashes
    there = {name: sha256 for name, sha256 in hashes.items() if (root / name).is_file()}
    return [*differences(root, there), *damaged_later(root)]


def require_pinned(root: Path, hashes: Mapping[str, str] | None = None) -> None:
    """Return if no file of the release below `root` is altered; arguments as for `altered`.

    Raises:
        CheckError: otherwise, with one line for each such file.
    """
    if faults := altered(root, hashes):
        raise CheckError(
            "\n".join(f"{root}: {fault}" for fault in faults)
            + "\nnumbers of the release are computed only from the pinned files"
        )


def read_hashes(path: Path = HASHES) -> dict[str, str]:
    """The committed table: sha256 by path below the release's root."""
    return read_record(path, dict[str, str], cure=RESTORE)


def write_hashes(root: Path, path: Path = HASHES) -> None:
    """Rewrite the table from a copy of the release, DIR with its branch folders:

    ``python -c "from pathlib import Path; from artifact.common.fetch import release;
    release.write_hashes(Path('DIR'))"``
    """
    files = sorted(
        file
        for branch in RELEASE_BRANCHES
        for file in (root / branch.name).rglob("*")
        if file.is_file()
    )
    table = {file.relative_to(root).as_posix(): file_sha256(file) for file in files}
    write_atomically(path, json.dumps(table, indent=0, sort_keys=True) + "\n")


def _require_branches(repository: str, branches: Sequence[Branch]) -> None:
    """Return if the repository answers and has the branches."""
    if shutil.which("git") is None:
        raise InputError("git is not installed", cure="install it, then fetch again")
    command = ["git", "ls-remote", "--heads", "--", repository]
    try:
        listed = subprocess.run(
            command,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=ANSWER_SECONDS,
            env=git_environment(),
        )
    except subprocess.TimeoutExpired as error:
        fault = f"does not answer within {ANSWER_SECONDS} s"
        raise InputError(fault, path=repository, cure=CURE) from error
    if listed.returncode != 0:
        reason = first_line(listed.stderr)
        raise InputError(f"can't be reached with git ({reason})", path=repository, cure=CURE)
    heads = {line.rpartition("refs/heads/")[2] for line in listed.stdout.splitlines()}
    for branch in branches:
        if branch.name not in heads:
            raise InputError(f"has no branch '{branch.name}'", path=repository, cure=CURE)


def _bring_branches(
    repository: str, into: Path, branches: Sequence[Branch], hashes: Mapping[str, str]
) -> None:
    """Put every branch into `into`, checked; later runs that are there stay."""
    with replacing(into) as part, progress_bars() as progress:
        commits = {it.name: _bring(repository, it, part / it.name, progress) for it in branches}
        faults = differences(part, hashes)
        if faults:
            raise CheckError(
                f"{repository}: {len(faults)} of {len(hashes)} files are not those of the pinned "
                f"release, the first: {faults[0]}"
            )
        origin = {"repository": repository, "commits": commits}
        write_atomically(part / MARKER, json.dumps(origin, indent=2) + "\n")
        for name in LATER_RUNS:
            if (into / name).is_dir():
                shutil.move(into / name, part / name)


def _bring(repository: str, branch: Branch, folder: Path, progress: Progress) -> str:
    """Put the used folders of a branch at its commit into `folder`; the commit's full hash."""
    task = progress.add_task(branch.name, total=100)

    def show(phase: str, percent: int) -> None:
        progress.update(task, description=f"{branch.name}: {phase.lower()}", completed=percent)

    # History without contents is enough to find the commit; the checkout then asks for the
    # contents of two folders only. A server that can't do so sends everything, which works too.
    clone = ["clone", "--no-checkout", "--single-branch", "--no-tags", "--filter=blob:none"]
    run_git([*clone, "--branch", branch.name, "--progress", "--", repository, str(folder)], show)
    at = ["-C", str(folder)]
    # Listed rather than looked up: a lookup in such a clone asks the server for any commit it has.
    history = run_git([*at, "rev-list", "HEAD"]).split()
    found = [commit for commit in history if commit.startswith(branch.commit)]
    if len(found) != 1:
        many = "several commits" if found else "no commit"
        raise CheckError(f"{repository}: branch '{branch.name}' has {many} {branch.commit}")
    run_git([*at, "sparse-checkout", "set", *RELEASE_FOLDERS])
    run_git([*at, "checkout", "--detach", "--progress", found[0]], show)
    shutil.rmtree(folder / ".git")
    progress.update(task, description=f"{branch.name} at {found[0][:7]}", completed=100)
    return found[0]
