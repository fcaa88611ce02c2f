"""What a result rests on: the code, the libraries, the machine and the bytes that went in.

A `Provenance` names everything that can change a figure and nothing that cannot, so it holds no
clock: two runs of the same spec on the same machine have equal records.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from artifact.common.errors import InputError
from artifact.common.files import read_bytes
from artifact.common.paths import ROOT

CHUNK_BYTES = 1 << 20


class GitState(BaseModel):
    """The checkout that ran.

    Attributes:
        revision: full hash of the commit.
        dirty: whether tracked files differ from it.
    """

    model_config = ConfigDict(frozen=True)

    revision: str
    dirty: bool


class Hardware(BaseModel):
    """The machine that ran.

    Attributes:
        machine: architecture, e.g. ``x86_64``.
        cpu: model name; the architecture again where the system does not say.
        cores: logical cores that this process may use.
        memory_bytes: physical memory; None where the system does not say.
        gpus: names of NVIDIA devices, in the driver's order.
    """

    model_config = ConfigDict(frozen=True)

    machine: str
    cpu: str
    cores: int
    memory_bytes: int | None
    gpus: tuple[str, ...]


class Provenance(BaseModel):
    """What a result rests on.

    Attributes:
        artifact: this package's version.
        python: the interpreter's version.
        platform: operating system and release.
        libraries: version by distribution name; None where it is not installed.
        git: None where the package runs outside a checkout.
        hardware: the machine.
    """

    model_config = ConfigDict(frozen=True)

    artifact: str
    python: str
    platform: str
    libraries: dict[str, str | None]
    git: GitState | None
    hardware: Hardware


def collect(libraries: Iterable[str] = ()) -> Provenance:
    """The record of this process.

    Args:
        libraries: distribution names ("scipy", "statsmodels") whose versions matter to the result.
    """
    return Provenance(
        artifact=metadata.version("artifact"),
        python=platform.python_version(),
        platform=f"{platform.system()} {platform.release()}",
        libraries=library_versions(libraries),
        git=git_state(),
        hardware=hardware(),
    )


def library_versions(names: Iterable[str]) -> dict[str, str | None]:
    """Version by distribution name, sorted; None where one is not installed."""
    return {name: _version(name) for name in sorted(set(names))}


def file_sha256(path: Path) -> str:
    """sha256 (hex) of a file's bytes, read in chunks.

    Raises:
        InputError: if the file cannot be read.
    """
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(CHUNK_BYTES):
                digest.update(chunk)
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", path=path) from error
    return digest.hexdigest()


def git_state(root: Path = ROOT) -> GitState | None:
    """Commit and dirtiness of the checkout at `root`; None where there is none."""
    if shutil.which("git") is None or not (root / ".git").exists():
        return None
    revision = _output("git", "-C", str(root), "rev-parse", "HEAD")
    if not revision:
        return None
    changes = _output("git", "-C", str(root), "status", "--porcelain", "--untracked-files=no")
    return GitState(revision=revision, dirty=bool(changes))


def ignored_by_git(names: Iterable[str], folder: Path) -> list[str]:
    """Those of `names`, relative to a folder, that git's rules ignore; none where there is no
    git, or the folder is in no checkout."""
    given = list(names)
    if not given or shutil.which("git") is None:
        return []
    said = _output("git", "-C", str(folder), "check-ignore", "--", *given).splitlines()
    return [name for name in given if name in said]


def off_the_lock(lock: Path) -> dict[str, str]:
    """Installed packages that differ from a lock file: version by name, "none" for what is not
    installed.

    The part of a version after ``+`` names a build and is ignored (``2.13.0+cpu``).

    Raises:
        InputError: if the file can't be read.
    """
    there, found = installed(), {}
    for line in read_bytes(lock).decode("utf-8", "replace").splitlines():
        name, pinned, version = line.partition(";")[0].strip().partition("==")
        if pinned and not name.startswith("#"):
            has = there.get(_as_indexed(name), "none")
            if has.partition("+")[0] != version.strip():
                found[name] = has
    return found


def installed() -> dict[str, str]:
    """Version by name of every distribution that this process can import.

    Read from the names of their folders: opening each one's metadata takes seconds.
    """
    found: dict[str, str] = {}
    for place in map(Path, sys.path):
        names = os.listdir(place) if place.is_dir() else []
        for name in names:
            if name.endswith(".dist-info"):
                distribution, _, version = name.removesuffix(".dist-info").partition("-")
                found.setdefault(_as_indexed(distribution), version)
    return found


def _as_indexed(name: str) -> str:
    """A distribution's name as the package index compares names."""
    return re.sub(r"[-_.]+", "-", name).lower()


def commit_date(root: Path = ROOT) -> str | None:
    """Day (YYYY-MM-DD) on which the commit at `root` was made; None where there is none."""
    state = git_state(root)
    return _output("git", "-C", str(root), "show", "-s", "--format=%cs", "HEAD") if state else None


def hardware() -> Hardware:
    """A summary of this machine."""
    affinity = getattr(os, "sched_getaffinity", None)
    return Hardware(
        machine=platform.machine(),
        cpu=_cpu_model(),
        cores=len(affinity(0)) if affinity else os.cpu_count() or 1,
        memory_bytes=_memory_bytes(),
        gpus=_gpus(),
    )


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _cpu_model() -> str:
    described = Path("/proc/cpuinfo")
    if described.is_file():
        for line in described.read_text(encoding="utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    if platform.system() == "Darwin":
        return _output("sysctl", "-n", "machdep.cpu.brand_string") or platform.machine()
    return platform.processor() or platform.machine()


def _memory_bytes() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return None


def _gpus() -> tuple[str, ...]:
    if shutil.which("nvidia-smi") is None:
        return ()
    listed = _output("nvidia-smi", "--query-gpu=name", "--format=csv,noheader")
    return tuple(line.strip() for line in listed.splitlines() if line.strip())


def _output(*command: str) -> str:
    """What `command` prints; empty if it fails, because a summary must not stop a run."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
