"""Is the book that was built still the one that a build would make?

A build records a hash of everything it reads and of everything it wrote. While both are the same,
building again would give the same bytes, so nothing is built.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterator
from pathlib import Path

from artifact.claims import ledger
from artifact.common import paths
from artifact.common.errors import InputError
from artifact.common.files import read_json, write_atomically
from artifact.common.provenance import file_sha256, git_state, installed
from artifact.workflow.section_inputs import data_sha256


def claims_path() -> Path:
    """Where a build writes the claims that the book shows."""
    return paths.RESULTS / "claims.json"


def inputs_sha256() -> str:
    """Hash of what a build reads: pages, executed sections, results, runs, code, libraries, commit.

    Raises:
        InputError: if a file can't be read.
    """
    read = {file.relative_to(paths.ROOT).as_posix(): file_sha256(file) for file in _files()}
    state = git_state(paths.ROOT)
    read["commit"] = state.model_dump_json() if state else ""
    read |= {"python": platform.python_version(), **installed()}
    read["package"] = data_sha256(Path(__file__).parents[1])
    return hashlib.sha256(json.dumps(read, sort_keys=True).encode()).hexdigest()


def is_current(inputs: str) -> bool:
    """Whether the book in place was built from `inputs` and is as it was built."""
    try:
        recorded = read_json(_stamp())
    except InputError:
        return False
    return bool(recorded == {"inputs": inputs, "outputs": _outputs_sha256()})


def changed_by_hand() -> list[str]:
    """A line each if the book in place, or its claims, are no longer as they were built.

    Without a record of a build the claims are compared with those that a build would write.
    """
    try:
        built = list(read_json(_stamp())["outputs"])
    except (InputError, LookupError, TypeError):
        return _faults_of_claims()
    return [
        f"{place}: was changed after it was built; run `artifact book`"
        for place, before, now in zip(_outputs(), built, _outputs_sha256(), strict=False)
        if before != now
    ]


def _faults_of_claims() -> list[str]:
    path = claims_path()
    if not path.is_file():
        return []
    if path.read_bytes() == ledger.as_json(ledger.current()).encode():
        return []
    return [f"{path}: does not match the numbers here; run `artifact book`"]


def record(inputs: str) -> None:
    """Record that the book in place was built from `inputs`."""
    stamp = {"inputs": inputs, "outputs": _outputs_sha256()}
    write_atomically(_stamp(), json.dumps(stamp, indent=1) + "\n")


def forget() -> None:
    """Make the next build run, whatever is there."""
    _stamp().unlink(missing_ok=True)


def _stamp() -> Path:
    return paths.BUILD / "book.json"


def _outputs_sha256() -> list[str]:
    return [data_sha256(place) if place.exists() else "" for place in _outputs()]


def _outputs() -> tuple[Path, Path]:
    return paths.BUILD / "html", claims_path()


def _files() -> Iterator[Path]:
    """All files below the root that may be read, except those that a build itself writes."""
    yield from sorted(file for file in paths.ROOT.iterdir() if file.is_file())
    yield from sorted(set(paths.RESULTS.glob("*.json")) - {claims_path()})
    for folder in (paths.BOOK, paths.NOTEBOOKS, paths.REFERENCE, paths.RUNS):
        for file in sorted(folder.rglob("*")):
            of_a_build = file.suffix == ".md" and file.is_relative_to(paths.SECTIONS)
            if file.is_file() and not of_a_build:
                yield file
