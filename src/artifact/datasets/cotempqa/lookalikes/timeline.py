"""When things happen in a look-alike: lived to the day, told in days, months or years.

Every fact is placed among true days first and then told. An answer is kept only if it has the
same place relative to the anchor as told and as lived; a rival only if it is apart on whichever
days its dates fall.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random
from typing import NamedTuple

from artifact.datasets.cotempqa.grammar import Date, Fact, Span, latest_day, render_fact
from artifact.datasets.cotempqa.labels import temporal_relation
from artifact.datasets.cotempqa.lookalikes.fact_roles import DAYS_A_YEAR, ROLES, placement
from artifact.datasets.cotempqa.lookalikes.sampling import (
    QuantileSampler,
    WeightedChoice,
    whole_number,
)
from artifact.datasets.cotempqa.lookalikes.statistics import Statistics

LAST_DAY = date(2023, 12, 31).toordinal()
"""The year of the release's last facts; nothing happens later."""

NEAR = 0.7
"""How often a rival is first sought in the calendar years of the anchor. Upstream's rivals are
seldom there, so that comparing years alone answers most of its questions."""

TRIES = 20
"""How often dates are redrawn before another anchor, or another year, is tried."""


class Statement(NamedTuple):
    """A fact without its dates."""

    subject: str
    relation: str
    object: str


class Shape(NamedTuple):
    """The units (day, month or year) in which a fact's dates are told; `end` is "" for a point."""

    start: str
    end: str


@dataclass(frozen=True, slots=True)
class Event:
    """A fact with the days between which it was lived, as ordinals of the calendar."""

    fact: Fact
    first: int
    last: int


class Timeline:
    """Dates for the facts of problems of one category, drawn from the statistics."""

    def __init__(self, statistics: Statistics, category: str) -> None:
        self._shapes: dict[str, WeightedChoice[Shape]] = {}
        self._points: dict[str, WeightedChoice[Shape]] = {}
        self._intervals: dict[str, WeightedChoice[Shape]] = {}
        self._years: dict[str, QuantileSampler] = {}
        for role in ROLES:
            shares = statistics.shapes[role][category]
            shapes = WeightedChoice({_read_shape(text): share for text, share in shares.items()})
            self._shapes[role] = shapes
            self._points[role] = shapes.only(lambda shape: not shape.end)
            self._intervals[role] = shapes.only(lambda shape: bool(shape.end))
            self._years[role] = QuantileSampler(statistics.interval_years[role][category])
        self._anchor_year = QuantileSampler(statistics.anchor_year)
        self._gap_years = QuantileSampler(statistics.gap_years)
        self._concurrent_bystanders = statistics.concurrent_bystanders

    def anchor(self, rng: Random, stated: Statement, *, point: bool) -> Event:
        """The event in the question."""
        shapes = (self._points if point else self._intervals)["anchor"]
        while True:
            new_year = date(int(self._anchor_year.pick(rng)), 1, 1).toordinal()
            first = new_year + whole_number(rng, 0, 364)
            last = first if point else first + self._days(rng, "anchor")
            span = _told_span(first, last, shapes.pick(rng))
            if span is not None:
                return Event(_fact(stated, span), first, last)

    def answer(self, rng: Random, stated: Statement, anchor: Event, place: str) -> Fact | None:
        """A fact placed relative to the anchor as `place` says; None if none was found.

        Places are those of `placement`, without "apart".
        """
        if place == "equal":
            return _fact(stated, Span(anchor.fact.start, anchor.fact.end))
        shapes = (self._points if place == "point within" else self._intervals)["answer"]
        for _ in range(TRIES):
            first, last = self._meeting_days(rng, anchor, place)
            span = _told_span(first, last, shapes.pick(rng))
            if span is not None and placement(anchor.fact, span) == place:
                return _fact(stated, span)
        return None

    def rival(self, rng: Random, stated: Statement, anchor: Event) -> Fact:
        """A fact apart from the anchor, however its dates are read, and often in the same year."""
        shape = self._shapes["rival"].pick(rng)
        tries = TRIES if rng.random() < NEAR else 0
        years = _beginning_of_year(anchor.first), _end_of_year(anchor.last)
        if tries and not _may_be_apart_within_years(anchor.fact, shape):
            _draw_in_vain(rng, anchor, shape, years, tries)
            tries = 0
        while True:
            days = self._days(rng, "rival") if shape.end else 0
            first, last = self._days_beside(rng, anchor, days, years if tries > 0 else None)
            span = _told_span(first, last, shape)
            if span is not None and surely_apart(anchor.fact, span):
                return _fact(stated, span)
            tries -= 1

    def bystander(self, rng: Random, stated: Statement, anchor: Event) -> Fact:
        """A fact at any time, seldom the anchor's."""
        shape = self._shapes["bystander"].pick(rng)
        concurrent = rng.random() < self._concurrent_bystanders
        while True:
            days = self._days(rng, "bystander") if shape.end else 0
            if concurrent:
                first = whole_number(rng, anchor.first - days, anchor.last)
                last = first + days
            else:
                first, last = self._days_beside(rng, anchor, days)
            span = _told_span(first, last, shape)
            if span is not None:
                return _fact(stated, span)

    def _days(self, rng: Random, role: str) -> int:
        return 1 + int(self._years[role].pick(rng) * DAYS_A_YEAR)

    def _gap(self, rng: Random) -> int:
        return 1 + int(self._gap_years.pick(rng) * DAYS_A_YEAR)

    def _meeting_days(self, rng: Random, anchor: Event, place: str) -> tuple[int, int]:
        lived = anchor.last - anchor.first
        days = self._days(rng, "answer")
        if place == "point within":
            first = whole_number(rng, anchor.first, anchor.last)
            return first, first
        if place == "within":
            days = min(days, whole_number(rng, 0, lived))
            first = whole_number(rng, anchor.first, anchor.last - days)
        elif place == "around":
            days = max(days, lived) + whole_number(rng, 0, lived)
            first = whole_number(rng, anchor.last - days, anchor.first)
        else:
            shared = whole_number(rng, 0, min(days, lived))
            before = rng.random() < 0.5
            first = anchor.first + shared - days if before else anchor.last - shared
        return first, first + days

    def _days_beside(
        self, rng: Random, anchor: Event, days: int, years: tuple[int, int] | None = None
    ) -> tuple[int, int]:
        """First and last of `days` before or after the anchor: next to it within `years`, given as
        their first and last day, or else beyond a gap."""
        begun, ended = anchor.first, anchor.last
        if rng.random() < 0.5:
            last = whole_number(rng, years[0], begun) if years else begun - self._gap(rng)
            return last - days, last
        first = whole_number(rng, ended, years[1]) if years else ended + self._gap(rng)
        return first, first + days


def surely_apart(anchor: Fact | Span, other: Fact | Span) -> bool:
    """Whether two times do not meet, on whichever day of its month or year each date is.

    Of two intervals one may end on the date on which the other starts: one follows the other.
    """
    start, end = other.start, other.end
    if start < anchor.end and anchor.start < end:
        return False
    apart = latest_day(anchor.end) < start or latest_day(end) < anchor.start
    if not apart and not anchor.is_point and start != end:
        apart = anchor.end == start or end == anchor.start
    return apart and temporal_relation(anchor, other) is None


def _may_be_apart_within_years(anchor: Fact, shape: Shape) -> bool:
    """Whether times that end in the year in which `anchor` starts, or start in that in which it
    ends, can be `surely_apart` from it when told in the units of `shape`.

    Of two dates of one year neither is surely first if one of them is told in years; but an
    interval may start in the year in which another ends, if both dates are told so.
    """
    intervals = not anchor.is_point and bool(shape.end)
    sides = (shape.end or shape.start, anchor.start), (shape.start, anchor.end)
    for unit, (_, month, _) in sides:
        in_years = (unit == "year", not month)
        if not any(in_years) or (intervals and all(in_years)):
            return True
    return False


def _draw_in_vain(
    rng: Random, anchor: Event, shape: Shape, years: tuple[int, int], tries: int
) -> None:
    """Draw what `tries` rivals within `years` need, none of which could be kept: their dates are
    not computed, but the random numbers are used up, so that a seed keeps its problems."""
    for _ in range(tries):
        if shape.end:
            rng.random()  # its length
        if rng.random() < 0.5:
            whole_number(rng, years[0], anchor.first)
        else:
            whole_number(rng, anchor.last, years[1])


def _told_span(first: int, last: int, shape: Shape) -> Span | None:
    """The dates as told in the units of `shape`; None if that leaves no interval, or too late."""
    if last > LAST_DAY:
        return None
    start = _told(first, shape.start)
    if not shape.end:
        return Span(start, start)
    end = _told(last, shape.end)
    return Span(start, end) if start < end else None


def _read_shape(text: str) -> Shape:
    start, _, end = text.partition("-")
    return Shape(start, end)


def _fact(stated: Statement, span: Span) -> Fact:
    return Fact(*stated, *span, render_fact(*stated, *span))


def _told(day: int, unit: str) -> Date:
    lived = date.fromordinal(day)
    if unit == "day":
        return lived.year, lived.month, lived.day
    return lived.year, 0 if unit == "year" else lived.month, 0


def _beginning_of_year(day: int) -> int:
    return date(date.fromordinal(day).year, 1, 1).toordinal()


def _end_of_year(day: int) -> int:
    return date(date.fromordinal(day).year, 12, 31).toordinal()
