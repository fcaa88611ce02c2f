"""A folder is told apart by its files' hashes: right, damaged, or somebody else's."""

from __future__ import annotations

from pathlib import Path

import pytest

from artifact.common.errors import InputError
from artifact.common.fetch.download import MARKER, Fetched, differences, is_complete

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
HASHES = {"a/one.txt": EMPTY, "two.txt": EMPTY}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in HASHES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


@pytest.mark.parametrize(
    ("files", "was_complete", "said"),
    [
        (1, False, "x fetched: there (1 file checked)"),
        (2, True, "x was already there: there (2 files checked)"),
    ],
)
def test_it_says_what_it_came_to(files: int, was_complete: bool, said: str) -> None:
    assert str(Fetched("x", Path("there"), files, was_complete=was_complete)) == said


def test_differences_name_each_file(folder: Path) -> None:
    assert differences(folder, HASHES) == []
    (folder / "a/one.txt").write_text("x", encoding="utf-8")
    (folder / "two.txt").unlink()
    assert differences(folder, HASHES) == ["a/one.txt has a different sha256", "two.txt is missing"]


def test_what_is_right_is_there(folder: Path) -> None:
    assert is_complete("the tales", folder, HASHES)


def test_nothing_and_an_empty_folder_are_not_there(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert not is_complete("the tales", tmp_path / "empty", HASHES)
    assert not is_complete("the tales", tmp_path / "gone", HASHES)


def test_what_a_fetch_made_may_be_made_anew(folder: Path) -> None:
    (folder / "two.txt").unlink()
    with pytest.raises(InputError, match="holds files other than the tales; name an empty folder"):
        is_complete("the tales", folder, HASHES)
    (folder / MARKER).touch()
    assert not is_complete("the tales", folder, HASHES)
