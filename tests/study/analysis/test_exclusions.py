"""Each rule at, below and above its threshold, and where the file is silent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace

import pytest

from artifact.study.analysis.exclusions import RULES, Rules, apply_rules
from artifact.study.instrument.ratings import Rating, Ratings, as_ratings

PAGES = ("q1", "q2", "q3", "q4")
CAREFUL = ((4, 2), (5, 1), (3, 4), (4, 1))
"""Points on the plain and on the reversed item of each page."""


def person(
    name: str,
    points: tuple[tuple[int, int], ...] = CAREFUL,
    *,
    checks: float | None = 1.0,
    seconds: tuple[float | None, ...] = (40, 30, 20, 30),
) -> Iterator[Rating]:
    for page, (plain, reverse), duration in zip(PAGES, points, seconds, strict=False):
        row = Rating(
            name,
            "summary",
            page,
            "clear",
            "understandability",
            False,
            plain,
            checks,
            duration,
            False,
        )
        yield row
        yield replace(row, item="muddled", reversed=True, rating=reverse)


def study(*people: Iterator[Rating]) -> Ratings:
    return as_ratings([row for rows in (person("careful"), *people) for row in rows])


def broken(someone: Iterator[Rating], rules: Rules | None = None) -> tuple[str, ...]:
    found = apply_rules(study(someone), rules or Rules()).broken
    assert "careful" not in found
    return found.get("someone", ())


@pytest.mark.parametrize(("checks", "left_out"), [(1.0, False), (0.5, False), (0.49, True)])
def test_attention_checks(checks: float, left_out: bool) -> None:
    assert (broken(person("someone", checks=checks)) == ("checks_failed",)) == left_out


@pytest.mark.parametrize(
    ("seconds", "left_out"),
    [
        ((4, 4, 4, 4), False),  # two items a page: 2.0 seconds an item
        ((3.9, 3.9, 3.9, 3.9), True),
        ((3, 3, 60, 60), False),  # median over pages: (3 + 60) / 2 / 2 items
        ((3, 3, 3, 600), True),  # one long page is a break, no reading
        ((3, None, None, None), True),  # what is recorded is judged
    ],
)
def test_too_fast(seconds: tuple[float | None, ...], left_out: bool) -> None:
    assert (broken(person("someone", seconds=seconds)) == ("too_fast",)) == left_out


@pytest.mark.parametrize(
    ("points", "left_out"),
    [
        (((3, 3), (3, 3), (4, 2), (5, 1)), False),  # half of the pages
        (((3, 3), (3, 3), (4, 4), (5, 1)), True),
        (((5, 1), (5, 1), (5, 1), (5, 1)), False),  # one pattern, no straight line
    ],
)
def test_straight_lining(points: tuple[tuple[int, int], ...], left_out: bool) -> None:
    assert (broken(person("someone", points)) == ("straight_lining",)) == left_out


def test_straight_lines_count_only_where_plain_and_reversed_items_stand_together() -> None:
    rows = [row for row in person("someone", ((4, 4),) * 4) if not row.reversed]
    found = apply_rules(study(iter(rows)), Rules(min_answered=0))
    assert "someone" not in found.broken
    assert found.not_judged["straight_lining"] == {"someone"}


def test_incomplete() -> None:
    half = person("someone", CAREFUL[:2])
    assert broken(half) == ("incomplete",)
    assert broken(person("someone", CAREFUL[:2]), Rules(min_answered=0.5)) == ()


def test_who_breaks_several_rules_is_named_under_each() -> None:
    worst = person("someone", ((3, 3),) * 3, checks=0, seconds=(1, 1, 1))
    assert broken(worst) == tuple(Rules().applied) == RULES[:4]


def test_what_is_not_recorded_is_not_judged() -> None:
    silent = person("someone", checks=None, seconds=(None,) * 4)
    found = apply_rules(study(silent), Rules())
    assert found.broken == {}
    assert found.not_judged["checks_failed"] == {"someone"}
    assert found.not_judged["too_fast"] == {"someone"}
    assert found.not_judged["straight_lining"] == frozenset()


def test_every_threshold_belongs_to_a_rule() -> None:
    assert len(fields(Rules)) == len(RULES)


def test_time_away_leaves_nobody_out_unless_a_limit_is_given() -> None:
    away = [replace(row, times_away=1, seconds_away=15.0) for row in person("someone")]
    ratings = study(iter(away))
    assert "long_away" not in Rules().applied
    assert apply_rules(ratings, Rules()).broken == {}
    assert "long_away" not in apply_rules(ratings, Rules()).not_judged
    for limit, left_out in ((60.0, False), (59.9, True)):  # four pages of 15 seconds
        found = apply_rules(ratings, Rules(max_seconds_away=limit))
        assert found.broken == ({"someone": ("long_away",)} if left_out else {})
        assert found.not_judged["long_away"] == {"careful"}
