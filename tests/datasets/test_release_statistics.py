"""A command that writes a file of statistics, or ends in one line and leaves it as it was."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import BaseModel

from artifact.common.errors import InputError
from artifact.datasets import get, names
from artifact.datasets.release_statistics import write_statistics


class Counted(BaseModel):
    folders: int


def count(root: Path) -> Counted:
    if not root.is_dir():
        raise InputError("no such folder", path=root)
    return Counted(folders=len(list(root.iterdir())))


def test_the_figures_go_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "release" / "main").mkdir(parents=True)
    write_statistics(count, tmp_path / "release", tmp_path / "figures.json")
    assert (tmp_path / "figures.json").read_text() == '{\n "folders": 1\n}\n'


def test_without_a_release_the_file_stays(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="gone: no such folder"):
        write_statistics(count, tmp_path / "gone", tmp_path / "figures.json")
    assert list(tmp_path.iterdir()) == []


ABLE = [name for name in names() if get(name).lookalikes.compare_with_release]


@pytest.mark.parametrize("dataset", ABLE)
def test_the_command_of_a_dataset_says_what_is_missing_and_nothing_else(
    dataset: str, tmp_path: Path
) -> None:
    command = [sys.executable, "-W", "error", "-m", "artifact.datasets.release_statistics"]
    asked = [*command, dataset, str(tmp_path)]
    ended = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    usage, *rest = ended.stderr.splitlines()
    assert usage.startswith("usage: ")
    assert len(rest) == 1
    assert str(tmp_path) in rest[0]
