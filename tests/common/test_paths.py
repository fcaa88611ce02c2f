"""Every path starts at the project's root, and the release is found where it was put."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from artifact.common import paths
from artifact.common.errors import InputError


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


@pytest.mark.parametrize(
    ("package", "named", "root"),
    [
        ("here/src/artifact", None, "here"),
        ("here/src/artifact", "there", "there"),
        ("venv/lib/python3.12/site-packages/artifact", None, "."),
        ("venv/lib/python3.12/site-packages/artifact", "there", "there"),
        ("bare/src/artifact", None, "."),
    ],
)
def test_an_installed_package_has_the_working_directory_for_its_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str, named: str | None, root: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here").mkdir()
    (tmp_path / "here/pyproject.toml").touch()
    assert paths.find_root(tmp_path / package, named) == tmp_path / root


def test_what_needs_a_checkout_names_the_root_that_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    paths.require_project(tmp_path)
    with pytest.raises(InputError) as caught:
        paths.require_project(tmp_path / "notebooks")
    assert str(caught.value) == (
        f"the root of the project ({tmp_path}) has no notebooks; run this in a checkout, or set "
        "ARTIFACT_ROOT to one"
    )


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


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("{root}/data/release", "data/release"),
        ("release:{root}/data/release", "release:data/release"),
        ("{root}-2/data", "{root}-2/data"),
        ("{root}", "{root}"),
        ("lookalike:3", "lookalike:3"),
        ("", ""),
    ],
)
def test_a_path_below_the_root_is_stored_from_there(text: str, stored: str) -> None:
    root = str(paths.ROOT)
    assert paths.portable(text.format(root=root)) == stored.format(root=root)


def test_a_relative_path_starts_here_or_at_the_root_whichever_has_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    root, here = tmp_path / "root", tmp_path / "here"
    for folder, names in {root: ("both", "stored"), here: ("both", "typed")}.items():
        for name in names:
            (folder / name).mkdir(parents=True)
    monkeypatch.setattr(paths, "ROOT", root)
    monkeypatch.chdir(here)
    assert paths.absolute("typed") == here / "typed"
    assert paths.absolute("stored") == root / "stored"
    assert paths.absolute("both") == here / "both"
    assert paths.absolute("both", root_first=True) == root / "both"
    assert paths.absolute("../here/typed", root_first=True) == here / "typed"
    assert paths.absolute("nowhere") == here / "nowhere"
