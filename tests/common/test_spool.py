"""A spool gives back what was written, in any order, from its file, and leaves none behind."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from artifact.common.errors import InputError
from artifact.common.spool import Selection, Spool, select

WORDS = ["", "a", "b" * 100_000, "ü", "last"]


def test_items_come_back_by_place_and_in_order() -> None:
    spool = Spool(WORDS)
    assert len(spool) == len(WORDS)
    assert list(spool) == WORDS
    assert [spool[place] for place in (3, -1, 0)] == ["ü", "last", ""]
    assert list(reversed(spool)) == WORDS[::-1]
    for beyond in (len(WORDS), -len(WORDS) - 1):
        with pytest.raises(IndexError):
            spool[beyond]


@pytest.mark.parametrize("cut", [slice(1, 3), slice(None, None, -2), slice(9, None)])
def test_slices_are_read_from_the_file_too(cut: slice) -> None:
    part = Spool(WORDS)[cut]
    assert isinstance(part, Selection)
    assert list(part) == WORDS[cut]
    assert list(part[1:]) == WORDS[cut][1:]


def test_two_readers_do_not_disturb_each_other() -> None:
    spool = Spool(range(50))
    assert list(zip(spool, spool, strict=True)) == [(n, n) for n in range(50)]


def test_a_selection_stays_where_the_items_are() -> None:
    on_disk, in_memory = select(Spool(WORDS), iter([4, 1])), select(WORDS, iter([4, 1]))
    assert isinstance(on_disk, Selection)
    assert in_memory == ("last", "a") == tuple(on_disk)
    assert on_disk[0] == "last"


def test_items_are_taken_one_by_one() -> None:
    alive = 0

    class Item:
        def __init__(self) -> None:
            nonlocal alive
            alive += 1

        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

        def __reduce__(self) -> tuple[type[str], tuple[str, ...]]:
            return str, ("item",)

    def items() -> Iterator[Item]:
        for _ in range(10):
            assert alive <= 1
            yield Item()

    assert list(Spool(items())) == ["item"] * 10


def test_the_file_goes_with_the_spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    spool = Spool(WORDS)
    file = spool._file
    del spool
    assert file.closed
    assert not list(tmp_path.iterdir())


def test_a_folder_that_takes_no_files_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(InputError, match=r"gone.*: cannot be written .*set TMPDIR"):
        Spool(WORDS)
