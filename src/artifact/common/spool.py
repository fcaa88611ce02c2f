"""Sequences kept on disk, so that memory hardly grows with the number of items.

A `Spool` is written once and can be read any number of times; each read unpickles items anew.
"""

from __future__ import annotations

import os
import pickle
import tempfile
import weakref
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar, overload

from artifact.common.errors import InputError

T = TypeVar("T")


class Spool(Sequence[T]):
    """Items in a temporary file of this process, deleted with the object.

    Eight bytes per item stay in memory. Several readers do not disturb each other.
    """

    def __init__(self, items: Iterable[T]) -> None:
        """Write `items` one after another; they may be anything that pickle takes.

        Raises:
            InputError: if the folder for temporary files can't hold them.
        """
        self._ends = array("Q", [0])
        try:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115  # open as long as the spool lives
            weakref.finalize(self, self._file.close)
            for item in items:
                content = pickle.dumps(item, pickle.HIGHEST_PROTOCOL)
                self._file.write(content)
                self._ends.append(self._ends[-1] + len(content))
            self._file.flush()
        except OSError as error:
            raise InputError(
                f"cannot be written ({error.strerror})",
                path=tempfile.gettempdir(),
                cure="set TMPDIR to a folder on a disk with free space",
            ) from error

    def __len__(self) -> int:
        return len(self._ends) - 1

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...

    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        """An item, or those of a slice as a `Selection`."""
        places = range(len(self))[index]
        if isinstance(places, range):
            return Selection(self, places)
        start, end = self._ends[places], self._ends[places + 1]
        item: T = pickle.loads(os.pread(self._file.fileno(), end - start, start))
        return item

    def __iter__(self) -> Iterator[T]:
        return map(self.__getitem__, range(len(self)))


class Selection(Sequence[T]):
    """Some items of a sequence, by their places in it, in this order."""

    def __init__(self, items: Sequence[T], places: Sequence[int]) -> None:
        self._items, self._places = items, places

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...

    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        """An item, or those of a slice."""
        if isinstance(index, slice):
            return Selection(self._items, self._places[index])
        return self._items[self._places[index]]

    def __iter__(self) -> Iterator[T]:
        return map(self._items.__getitem__, self._places)


def select(items: Sequence[T], places: Iterable[int]) -> Sequence[T]:
    """The items at `places`: in memory as a tuple, on disk where `items` are."""
    if isinstance(items, Spool):
        return Selection(items, array("Q", places))
    return tuple(items[place] for place in places)
