"""The paper's release: the folders that this project uses, of each branch at its commit."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from artifact.common.errors import CheckError, InputError
from artifact.common.fetch.atomic_folder import replacing
from artifact.common.fetch.download import MARKER, Fetched, differences, is_complete
from artifact.common.files import write_atomically
from artifact.common.paths import DATA
from artifact.common.provenance import file_sha256

if TYPE_CHECKING:
    from rich.progress import Progress

HASHES = Path(__file__).with_name("release_hashes.json")
"""sha256 by path below the release's root, of the files that this project uses.

Made by `write_hashes` (see there for the command). Upstream has more files, and those of more than
4 MiB were not at hand when the table was made: they are fetched too, and not checked.
"""

RELEASE_REPOSITORY = "https://github.com/sbhambr1/Trace_Check_QA"
RELEASE_FOLDERS = ("data", "results")
ANSWER_SECONDS = 60
CURE = "check the address and the network, or let ARTIFACT_RELEASE name a copy of the release"
_PERCENT = re.compile(r"(?P<phase>[A-Z][a-z]+ [a-z]+):\s+(?P<percent>\d+)%")


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
) -> Fetched:
    """Fetch the paper's release: the folders data and results of each branch at its commit.

    Args:
        repository: a git address; the public repository by default.
        into: the folder that gets one folder per branch; ``data/release`` by default.
        branches: what to bring.
        hashes: sha256 by path; the committed table by default.

    Raises:
        InputError: if the repository can't be reached or lacks a branch, git is not installed, or
            `into` holds something that no fetch put there.
        CheckError: if a branch lacks its commit, or a file differs from its hash.
    """
    repository, into = repository or RELEASE_REPOSITORY, (into or DATA / "release").absolute()
    hashes = read_hashes() if hashes is None else hashes
    if is_complete("the release", into, hashes):
        return Fetched("release", into, len(hashes), was_complete=True)
    _require_branches(repository, branches)
    with replacing(into) as part, _progress() as progress:
        commits = {it.name: _bring(repository, it, part / it.name, progress) for it in branches}
        faults = differences(part, hashes)
        if faults:
            raise CheckError(
                f"{repository}: {len(faults)} of {len(hashes)} files are not those of the pinned "
                f"release, the first: {faults[0]}"
            )
        origin = {"repository": repository, "commits": commits}
        write_atomically(part / MARKER, json.dumps(origin, indent=2) + "\n")
    return Fetched("release", into, len(hashes), was_complete=False)


def read_hashes(path: Path = HASHES) -> dict[str, str]:
    """The committed table: sha256 by path below the release's root."""
    table: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return table


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
            env=_environment(),
        )
    except subprocess.TimeoutExpired as error:
        fault = f"does not answer within {ANSWER_SECONDS} s"
        raise InputError(fault, path=repository, cure=CURE) from error
    if listed.returncode != 0:
        reason = _first_line(listed.stderr)
        raise InputError(f"can't be reached with git ({reason})", path=repository, cure=CURE)
    heads = {line.rpartition("refs/heads/")[2] for line in listed.stdout.splitlines()}
    for branch in branches:
        if branch.name not in heads:
            raise InputError(f"has no branch '{branch.name}'", path=repository, cure=CURE)


def _bring(repository: str, branch: Branch, folder: Path, progress: Progress) -> str:
    """Put the used folders of a branch at its commit into `folder`; the commit's full hash."""
    task = progress.add_task(branch.name, total=100)

    def show(phase: str, percent: int) -> None:
        progress.update(task, description=f"{branch.name}: {phase.lower()}", completed=percent)

    # History without contents is enough to find the commit; the checkout then asks for the
    # contents of two folders only. A server that can't do so sends everything, which works too.
    clone = ["clone", "--no-checkout", "--single-branch", "--no-tags", "--filter=blob:none"]
    _git([*clone, "--branch", branch.name, "--progress", "--", repository, str(folder)], show)
    at = ["-C", str(folder)]
    # Listed rather than looked up: a lookup in such a clone asks the server for any commit it has.
    history = _git([*at, "rev-list", "HEAD"]).split()
    found = [commit for commit in history if commit.startswith(branch.commit)]
    if len(found) != 1:
        many = "several commits" if found else "no commit"
        raise CheckError(f"{repository}: branch '{branch.name}' has {many} {branch.commit}")
    _git([*at, "sparse-checkout", "set", *RELEASE_FOLDERS])
    _git([*at, "checkout", "--detach", "--progress", found[0]], show)
    shutil.rmtree(folder / ".git")
    progress.update(task, description=f"{branch.name} at {found[0][:7]}", completed=100)
    return found[0]


def _git(arguments: Sequence[str], show: Callable[[str, int], None] | None = None) -> str:
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
            env=_environment(),
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
            raise InputError(f"git fails ({_first_line(''.join(said))})", cure=CURE)
        printed.seek(0)
        return printed.read()


def _environment() -> dict[str, str]:
    """The environment for git: no prompts, and no repository inherited from a caller's hook."""
    hooked = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"}
    kept = {name: value for name, value in os.environ.items() if name not in hooked}
    quiet = {"GIT_TERMINAL_PROMPT": "0", "GIT_SSH_COMMAND": "ssh -oBatchMode=yes", "LC_ALL": "C"}
    return kept | quiet


def _first_line(text: str) -> str:
    """Git's first fatal or error line, or its last line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    fatal = [line for line in lines if line.startswith(("fatal:", "error:"))]
    return (fatal or lines[-1:] or ["no reason given"])[0]


def _progress() -> Progress:
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
