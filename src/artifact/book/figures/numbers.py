"""The numbers that a figure draws, as rows of the table that is folded below it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from artifact.book.tables import Numbers
from artifact.workflow.results import Scalar

SHARES = ("value", "accuracy", "low", "high", "marked", "runs")
"""Fields of points that hold fractions in [0, 1]; a table shows them in percent."""

VALUES = ("value", "accuracy")
LIMITS = {"low": "95 % low", "high": "95 % high"}
"""Fields of a point's interval, which follow those of `VALUES`, and their heads."""


def of_points(
    points: Iterable[object], columns: Mapping[str, str | Sequence[str]], *, digits: int = 1
) -> Numbers:
    """A row for each of `points`, whose columns are left out where no point fills them.

    Args:
        points: of one dataclass, as a figure draws them.
        columns: field -> head of its column, or heads where the field is a tuple of so many;
            the limits of a value need not be named.
        digits: decimals of what is not an integer.
    """
    heads = dict(chain.from_iterable(_with_limits(*item) for item in columns.items()))
    rows = [list(_cells(point, heads)) for point in points]
    named = [
        head for each in heads.values() for head in ([each] if isinstance(each, str) else each)
    ]
    used = [
        place for place in range(len(named)) if any(row[place] not in (None, "") for row in rows)
    ]
    return Numbers([named[it] for it in used], [[row[it] for it in used] for row in rows], digits)


def _with_limits(
    field: str, head: str | Sequence[str]
) -> Iterator[tuple[str, str | Sequence[str]]]:
    yield field, head
    if field in VALUES:
        yield from LIMITS.items()


def _cells(point: object, heads: Mapping[str, str | Sequence[str]]) -> Iterator[Scalar]:
    for field, head in heads.items():
        found, percent = getattr(point, field, None), field in SHARES
        if not isinstance(found, tuple):
            yield _cell(found, percent=percent)
        elif isinstance(head, str):
            yield ", ".join(f"{_cell(it, percent=percent):.1f}" for it in found)
        else:
            yield from (_cell(it, percent=percent) for it in found)


def _cell(found: Any, *, percent: bool) -> Any:
    """A share in percent, and a whole number without decimals."""
    if percent and found is not None:
        return 100 * found
    return int(found) if isinstance(found, float) and found.is_integer() else found
