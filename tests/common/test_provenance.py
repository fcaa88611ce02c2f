"""A record names what can change a figure, and is the same for the same code and machine."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from artifact.common import provenance
from artifact.common.errors import InputError
from artifact.common.provenance import ignored_by_git, off_the_lock

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Ina Test", "-c", "user.email=ina@example.org"]
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def test_record_names_versions_and_machine() -> None:
    record = provenance.collect(["scipy", "no-such-library", "numpy"])
    assert record.python == platform.python_version()
    assert list(record.libraries) == ["no-such-library", "numpy", "scipy"]
    assert record.libraries["no-such-library"] is None
    assert record.libraries["numpy"]
    assert record.hardware.cores >= 1
    assert record.hardware.cpu
    if hasattr(os, "sysconf"):
        assert record.hardware.memory_bytes
        assert record.hardware.memory_bytes > 2**28


def test_equal_runs_have_equal_records_that_survive_json() -> None:
    record = provenance.collect(["numpy"])
    assert record == provenance.collect(["numpy"])
    assert provenance.Provenance.model_validate_json(record.model_dump_json()) == record


@needs_git
def test_git_state_tells_a_clean_checkout_from_a_dirty_one(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    tracked = tmp_path / "method.txt"
    tracked.write_text("first\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "first")
    revision = git(tmp_path, "rev-parse", "HEAD")

    assert provenance.git_state(tmp_path) == provenance.GitState(revision=revision, dirty=False)
    (tmp_path / "untracked.txt").write_text("not part of the commit\n")
    assert provenance.git_state(tmp_path) == provenance.GitState(revision=revision, dirty=False)
    tracked.write_text("second\n")
    assert provenance.git_state(tmp_path) == provenance.GitState(revision=revision, dirty=True)


@needs_git
def test_git_state_is_none_outside_a_checkout_and_before_the_first_commit(tmp_path: Path) -> None:
    assert provenance.git_state(tmp_path) is None
    git(tmp_path, "init", "--quiet")
    assert provenance.git_state(tmp_path) is None


@pytest.mark.parametrize("size", [0, 1, provenance.CHUNK_BYTES, provenance.CHUNK_BYTES + 1])
def test_file_sha256_is_that_of_the_bytes(tmp_path: Path, size: int) -> None:
    content = b"x" * size
    path = tmp_path / "file"
    path.write_bytes(content)
    assert provenance.file_sha256(path) == hashlib.sha256(content).hexdigest()


def test_file_sha256_names_the_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.bin: cannot be read \(No such file"):
        provenance.file_sha256(tmp_path / "gone.bin")


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("pydantic=={pydantic}", {}),
        ("Pydantic_Core=={core}", {}),
        ("pydantic=={pydantic} ; python_version < '4'", {}),
        ("pydantic==1.0", {"pydantic": "{pydantic}"}),
        ("nobody-has-this==1.0", {"nobody-has-this": "none"}),
        ("# pydantic==1.0", {}),
    ],
)
def test_what_is_installed_is_held_against_the_lock(
    tmp_path: Path, line: str, found: dict[str, str]
) -> None:
    there = {
        "pydantic": metadata.version("pydantic"),
        "core": metadata.version("pydantic-core"),
    }
    (tmp_path / "lock").write_text(f"# a lock\n{line.format(**there)}\n")
    said = {name: version.format(**there) for name, version in found.items()}
    assert off_the_lock(tmp_path / "lock") == said


def test_a_build_of_the_locked_version_is_the_locked_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "torch-2.13.0+cpu.dist-info").mkdir()
    (tmp_path / "lock").write_text("torch==2.13.0\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    assert off_the_lock(tmp_path / "lock") == {}


def test_without_a_checkout_git_ignores_nothing(tmp_path: Path) -> None:
    assert ignored_by_git(["a"], tmp_path) == []
