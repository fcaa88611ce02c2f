from __future__ import annotations

from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact.datasets.cotempqa.grammar import Date, Fact, parse_fact
from artifact.datasets.cotempqa.labels import LABELS
from artifact.datasets.cotempqa.lookalikes import timeline
from artifact.datasets.cotempqa.lookalikes.fact_roles import KIND_OF_PLACE, placement, share_a_year
from artifact.datasets.cotempqa.lookalikes.statistics import release_statistics
from artifact.datasets.cotempqa.lookalikes.timeline import (
    LAST_DAY,
    Event,
    Statement,
    Timeline,
    surely_apart,
)

STATED = Statement("Ovdu Elvak", "employer", "Bank of Yzrafell")
OTHER = Statement("Ovdu Elvak", "employer", "Royal Mill of Usvoholt")
DURING = Timeline(release_statistics(), "during")


def fact(start: Date, end: Date | None = None) -> Fact:
    return Fact(*STATED, start, end or start, "")


@pytest.mark.parametrize(
    ("anchor", "other", "apart"),
    [
        (fact((1990, 3, 0), (1995, 3, 0)), fact((1995, 4, 0), (1999, 0, 0)), True),
        (fact((1990, 3, 0), (1995, 3, 0)), fact((1990, 2, 28)), True),
        (fact((1990, 3, 0), (1995, 3, 0)), fact((1995, 3, 0), (1999, 0, 0)), True),
        (fact((1990, 0, 0), (1995, 0, 0)), fact((1985, 0, 0), (1990, 0, 0)), True),
        (fact((1990, 6, 3)), fact((1990, 6, 4)), True),
        # apart as the dates are written, but perhaps not as they were lived
        (fact((1990, 3, 0), (1995, 3, 0)), fact((1995, 3, 2), (1999, 0, 0)), False),
        (fact((1990, 0, 0), (1995, 0, 0)), fact((1995, 0, 0)), False),
        (fact((1990, 0, 0), (1995, 0, 0)), fact((1995, 7, 1)), False),
        (fact((1990, 6, 3)), fact((1990, 0, 0)), False),
        # together as the dates are written
        (fact((1990, 0, 0), (1995, 0, 0)), fact((1990, 2, 0)), False),
    ],
)
def test_surely_apart(anchor: Fact, other: Fact, apart: bool) -> None:
    assert surely_apart(anchor, other) is apart
    assert surely_apart(other, anchor) is apart


@given(st.integers(), st.booleans())
def test_anchors_are_told_as_lived(seed: int, point: bool) -> None:
    event = DURING.anchor(Random(seed), STATED, point=point)
    assert event.fact.is_point is point
    assert parse_fact(event.fact.text) == event.fact
    assert event.first <= event.last <= LAST_DAY
    for told, lived in ((event.fact.start, event.first), (event.fact.end, event.last)):
        day = date.fromordinal(lived)
        for part, true in zip(told, (day.year, day.month, day.day), strict=True):
            assert part in (0, true)


@given(st.integers(), st.sampled_from(sorted(KIND_OF_PLACE)))
def test_answers_lie_as_asked(seed: int, place: str) -> None:
    rng = Random(seed)
    anchor = DURING.anchor(rng, STATED, point=False)
    answer = DURING.answer(rng, OTHER, anchor, place)
    assert answer is None or placement(anchor.fact, answer) == place


@given(st.integers(), st.booleans())
def test_rivals_are_surely_apart(seed: int, point: bool) -> None:
    rng = Random(seed)
    anchor = DURING.anchor(rng, STATED, point=point)
    rival = DURING.rival(rng, OTHER, anchor)
    assert surely_apart(anchor.fact, rival)
    assert parse_fact(rival.text) == rival


@given(st.integers(), st.sampled_from(LABELS), st.booleans())
def test_what_cannot_be_apart_is_drawn_and_not_tried(seed: int, category: str, point: bool) -> None:
    """Trying all the same gives the same rival, and leaves the same random numbers to come."""
    found = []
    for tried in (False, True):
        rng, dates = Random(seed), Timeline(release_statistics(), category)
        # of two overlapping times neither is a point
        anchor = dates.anchor(rng, STATED, point=point and category != "overlap")
        with pytest.MonkeyPatch.context() as patch:
            if tried:
                patch.setattr(timeline, "_may_be_apart_within_years", lambda *_: True)
            found.append((dates.rival(rng, OTHER, anchor), rng.getstate()))
    assert found[0] == found[1]


def test_rivals_often_share_the_anchors_year() -> None:
    told = fact((1990, 3, 5), (1995, 8, 9))
    anchor = Event(told, date(1990, 3, 5).toordinal(), date(1995, 8, 9).toordinal())
    rng = Random(1)
    rivals = [DURING.rival(rng, OTHER, anchor) for _ in range(500)]
    assert sum(share_a_year(told, rival) for rival in rivals) > 150


def test_bystanders_may_be_of_the_anchors_time() -> None:
    rng = Random(1)
    anchor = DURING.anchor(rng, STATED, point=False)
    bystanders = [DURING.bystander(rng, OTHER, anchor) for _ in range(500)]
    together = sum(placement(anchor.fact, bystander) != "apart" for bystander in bystanders)
    assert 5 < together < 100
