"""CoTempQA's labels, and the rule behind them: how the answers' times relate to the anchor's."""

from __future__ import annotations

from collections.abc import Sequence

from artifact.datasets.cotempqa.grammar import Fact, Span

LABELS = ("equal", "during", "overlap", "mix")


def temporal_relation(first: Fact | Span, second: Fact | Span) -> str | None:
    """ "equal", "during" or "overlap" of two times, or None if they do not meet.

    The same dates are equal. A point is during an interval if strictly inside. Two intervals meet
    if the later start is before the earlier end: during if one contains the other, else overlap.
    """
    if (first.start, first.end) == (second.start, second.end):
        return "equal"
    if first.is_point and second.is_point:
        return None
    if first.is_point or second.is_point:
        point, span = (first, second) if first.is_point else (second, first)
        return "during" if span.start < point.start < span.end else None
    if max(first.start, second.start) >= min(first.end, second.end):
        return None
    first_holds = first.start <= second.start and second.end <= first.end
    second_holds = second.start <= first.start and first.end <= second.end
    return "during" if first_holds or second_holds else "overlap"


def label_of_kinds(kinds: Sequence[str]) -> str | None:
    """The problem's label from its answers' temporal relations: the one there is, else "mix"."""
    distinct = set(kinds)
    if not distinct:
        return None
    return distinct.pop() if len(distinct) == 1 else "mix"
