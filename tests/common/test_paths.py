"""Every path starts at the project's root, and the release is found where it was put."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from artifact.common import paths


def test_every_path_lies_below_the_root() -> None:
    below = (
        paths.NOTEBOOKS,
        paths.BOOK,
        paths.SECTIONS,
        paths.RESULTS,
        paths.RUNS,
        paths.DATA,
        paths.BUILD,
        paths.LOCK,
    )
    assert all(path.is_relative_to(paths.ROOT) for path in below)
    assert len(set(below)) == len(below)


@pytest.mark.parametrize(("named", "root"), [("/somewhere/else", "/somewhere/else"), ("", None)])
def test_the_root_is_the_checkout_unless_named_and_never_the_working_directory(
    tmp_path: Path, named: str, root: str | None
) -> None:
    printed = subprocess.run(
        [sys.executable, "-c", "from artifact.common import paths; print(paths.ROOT)"],
        env=os.environ | {"ARTIFACT_ROOT": named},
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    assert printed == (root or str(Path(paths.__file__).resolve().parents[3]))


def test_the_release_is_the_named_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ARTIFACT_RELEASE", str(tmp_path))
    assert paths.release_root() == tmp_path.resolve()


@pytest.mark.parametrize("named", [None, ""])
def test_the_release_is_else_the_fetched_one_if_there_is_any(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, named: str | None
) -> None:
    monkeypatch.setattr(paths, "DATA", tmp_path)
    if named is None:
        monkeypatch.delenv("ARTIFACT_RELEASE", raising=False)
    else:
        monkeypatch.setenv("ARTIFACT_RELEASE", named)
    assert paths.release_root() is None
    (tmp_path / "release").mkdir()
    assert paths.release_root() == tmp_path / "release"
