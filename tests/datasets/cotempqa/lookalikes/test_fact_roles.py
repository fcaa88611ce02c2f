from __future__ import annotations

import pytest

from artifact.datasets.cotempqa.grammar import Date, Fact
from artifact.datasets.cotempqa.labels import temporal_relation
from artifact.datasets.cotempqa.lookalikes.fact_roles import (
    KIND_OF_PLACE,
    annotate,
    constellation,
    gap,
    granularity,
    placement,
    read_constellation,
    share_a_year,
    years_between,
)
from artifact.datasets.problem import Problem


def fact(start: Date, end: Date | None = None) -> Fact:
    return Fact("Ovdu Elvak", "employer", "Bank of Yzrafell", start, end or start, "")


SPAN = fact((1990, 0, 0), (1999, 5, 0))
POINT = fact((1990, 3, 2))


@pytest.mark.parametrize(
    ("anchor", "other", "place"),
    [
        (SPAN, SPAN, "equal"),
        (POINT, POINT, "equal"),
        (SPAN, fact((1980, 0, 0), (2000, 0, 0)), "around"),
        (SPAN, fact((1990, 0, 0), (2000, 0, 0)), "around"),
        (POINT, SPAN, "around"),
        (SPAN, fact((1991, 0, 0), (1999, 5, 0)), "within"),
        (SPAN, POINT, "point within"),
        (SPAN, fact((1980, 0, 0), (1991, 0, 0)), "overlap"),
        (SPAN, fact((1998, 0, 0), (2010, 7, 1)), "overlap"),
        (SPAN, fact((1980, 0, 0), (1990, 0, 0)), "apart"),
        (SPAN, fact((1999, 5, 0), (2010, 0, 0)), "apart"),
        (SPAN, fact((1990, 0, 0)), "apart"),
        (POINT, fact((1990, 3, 3)), "apart"),
    ],
)
def test_placement(anchor: Fact, other: Fact, place: str) -> None:
    assert placement(anchor, other) == place
    assert KIND_OF_PLACE.get(place) == temporal_relation(anchor, other)


def test_constellations_can_be_read_back() -> None:
    text = constellation(SPAN, [POINT, fact((1980, 0, 0), (1991, 0, 0))])
    assert text == "interval: overlap, point within"
    assert read_constellation(text) == (False, ("overlap", "point within"))
    assert read_constellation(constellation(POINT, [SPAN])) == (True, ("around",))


@pytest.mark.parametrize(
    ("dated", "expected"),
    [
        (fact((1990, 0, 0)), "year"),
        (fact((1990, 3, 0)), "month"),
        (POINT, "day"),
        (SPAN, "year-month"),
        (fact((1990, 3, 1), (1991, 0, 0)), "day-year"),
    ],
)
def test_granularity(dated: Fact, expected: str) -> None:
    assert granularity(dated) == expected


def test_years() -> None:
    assert years_between((1990, 0, 0), (1994, 0, 0)) == pytest.approx(4.0, abs=0.01)
    assert years_between((1990, 7, 1), (1990, 10, 0)) == pytest.approx(0.25, abs=0.01)
    assert gap(SPAN, fact((2009, 5, 0))) == pytest.approx(10.0, abs=0.01)
    assert gap(fact((2009, 5, 0)), SPAN) == pytest.approx(10.0, abs=0.01)
    assert share_a_year(SPAN, fact((1999, 12, 31), (2004, 0, 0)))
    assert not share_a_year(SPAN, fact((2000, 1, 1), (2004, 0, 0)))


def problem(question: str, *context: str) -> Problem:
    return Problem("1", "cotempqa", "during", context, question, ("Royal Mill of Usvoholt",), (2,))


QUESTION = (
    "While Ovdu Elvak was working for Bank of Yzrafell, "
    "which employer did Ovdu Elvak work for at the same time?"
)
CONTEXT = (
    "Ovdu Elvak attended University of Aptumer from 1995 to 1997.",
    "Ovdu Elvak works for Bank of Yzrafell from 1990 to 1994.",
    "Ovdu Elvak works for Royal Mill of Usvoholt from 1991 to 1993.",
    "Ovdu Elvak works for Ethkadun Gazette in 1970.",
)


def test_each_fact_has_a_role() -> None:
    seen = annotate(problem(QUESTION, *CONTEXT))
    assert seen is not None
    assert seen.roles == ("bystander", "anchor", "answer", "rival")
    assert seen.anchor.object == "Bank of Yzrafell"
    assert [stray.relation for stray in seen.strays()] == ["school"]
    assert (seen.category, seen.triple_class, seen.weight) == ("during", "S1_R1_O2", 1.0)


@pytest.mark.parametrize(
    ("question", "context"),
    [
        ("Where was Ovdu Elvak?", CONTEXT),
        (QUESTION, (*CONTEXT, "Ovdu Elvak likes rain.")),
        (QUESTION, (CONTEXT[0], CONTEXT[2], CONTEXT[3])),
    ],
    ids=["question", "fact", "anchor"],
)
def test_what_can_not_be_read_is_not_seen(question: str, context: tuple[str, ...]) -> None:
    assert annotate(problem(question, *context)) is None
