"""Where no home folder can be written, the project's own data folder takes its place."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from artifact.common import home


@pytest.fixture(autouse=True)
def substitute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(home, "SUBSTITUTE", tmp_path / "data" / "home")
    return tmp_path / "data" / "home"


@pytest.mark.parametrize("given", ["/proc", "/dev/null", "/nonexistent", "FILE", None])
def test_a_home_that_cannot_be_written_is_replaced_with_a_word(
    given: str | None,
    substitute: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "FILE").touch()
    if given is None:
        monkeypatch.delenv("HOME", raising=False)
    else:
        monkeypatch.setenv("HOME", given.replace("FILE", str(tmp_path / "FILE")))
    # A superuser may write to /proc by its rights, though nothing can be made there.
    monkeypatch.setattr(os, "access", lambda place, mode: str(place) != "/proc")
    line = home.ensure_home()
    assert os.environ["HOME"] == str(substitute)
    assert substitute.is_dir()
    shown = given.replace("FILE", str(tmp_path / "FILE")) if given else "not set"
    assert line == f"HOME ({shown}) is not writable; caches go to {substitute}"


def test_a_home_that_can_be_written_stays(
    substitute: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert home.ensure_home() is None
    assert os.environ["HOME"] == str(tmp_path)
    assert not substitute.exists()


@pytest.mark.parametrize(("set_", "named"), [({}, True), ({"LOGNAME": "ada"}, False)])
def test_a_user_without_a_name_gets_one(
    set_: dict[str, str], named: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("LOGNAME", "USER"):
        monkeypatch.delenv(name, raising=False)
    for name, value in set_.items():
        monkeypatch.setenv(name, value)
    home.ensure_home()
    assert os.environ.get("USER") == (str(os.getuid()) if named else None)
