"""How two times compare, and the label that follows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact.datasets.cotempqa.grammar import parse_fact, render_fact
from artifact.datasets.cotempqa.labels import label_of_kinds, temporal_relation


def at(when: str):
    return parse_fact(f"Mira Vold works for Tarn Mills {when}.")


@pytest.mark.parametrize(
    ("first", "second", "relation"),
    [
        ("in 1990", "in 1990", "equal"),
        ("in May 3, 1990", "in May 3, 1990", "equal"),
        ("in 1990", "in May, 1990", None),
        ("from 1990 to 1995", "from 1990 to 1995", "equal"),
        ("in 1992", "from 1990 to 1995", "during"),
        ("in 1990", "from 1990 to 1995", None),
        ("in 1995", "from 1990 to 1995", None),
        ("in May, 1990", "from 1990 to 1995", "during"),
        ("in 1990", "from May, 1990 to 1995", None),
        ("from 1990 to 1995", "from 1991 to 1994", "during"),
        ("from 1990 to 1995", "from 1990 to 1994", "during"),
        ("from 1990 to 1995", "from 1991 to 1995", "during"),
        ("from 1990 to 1995", "from 1992 to 1998", "overlap"),
        ("from 1990 to 1995", "from 1994 to May, 1995", "overlap"),
        ("from 1990 to 1995", "from 1995 to 1998", None),
        ("from 1990 to 1995", "from 1996 to 1998", None),
        ("from 1995 to 1990", "from 1991 to 1994", None),
    ],
)
def test_two_times_compare_as_zero_filled_dates(first, second, relation):
    assert temporal_relation(at(first), at(second)) == relation
    assert temporal_relation(at(second), at(first)) == relation


@pytest.mark.parametrize(
    ("kinds", "label"),
    [
        ([], None),
        (["equal"], "equal"),
        (["during", "during"], "during"),
        (["during", "overlap"], "mix"),
        (["equal", "during", "overlap"], "mix"),
    ],
)
def test_the_label_is_the_one_kind_or_mix(kinds, label):
    assert label_of_kinds(kinds) == label


dates = st.tuples(st.integers(1990, 1994), st.integers(0, 3), st.just(0))


@given(dates, dates, dates, dates)
def test_the_temporal_relation_has_no_direction(a, b, c, d):
    first = parse_fact(render_fact("A", "employer", "B", a, b))
    second = parse_fact(render_fact("A", "employer", "C", c, d))
    assert temporal_relation(first, second) == temporal_relation(second, first)
