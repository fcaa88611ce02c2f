from __future__ import annotations

import json
from pathlib import Path

import pytest

from artifact.common.errors import InputError
from artifact.datasets.cotempqa.lookalikes.generate import draw
from artifact.datasets.cotempqa.lookalikes.statistics import (
    QUANTILES,
    RELEASE_STATISTICS,
    UPSTREAM_SIZES,
    Statistics,
    compare,
    count,
    describe,
    release_statistics,
    rows,
)
from artifact.datasets.dataset import ReleaseComparison
from artifact.datasets.problem import Problem

ONE = Problem(
    id="1",
    dataset="cotempqa",
    category="during",
    context=(
        "Ovdu Elvak attended University of Aptumer from 1992 to 1993.",
        "Ovdu Elvak works for Bank of Yzrafell from 1990 to March, 1994.",
        "Ovdu Elvak works for Royal Mill of Usvoholt in May 2, 1991.",
        "Ovdu Elvak works for Ethkadun Gazette from January, 1970 to January, 1980.",
    ),
    question=(
        "While Ovdu Elvak was working for Bank of Yzrafell, "
        "which employer did Ovdu Elvak work for at the same time?"
    ),
    answers=("Royal Mill of Usvoholt",),
    support=(2,),
)
TWO = Problem(
    id="2",
    dataset="cotempqa",
    category="equal",
    context=(
        "Uzma Irkov plays for FC Elbamer in 1950.",
        "Udva Uskish plays for FC Elbamer in 1950.",
        "Ozmi Elvak plays for FC Elbamer from 1949 to 1950.",
    ),
    question=(
        "While Uzma Irkov was playing for FC Elbamer, "
        "who was also playing for FC Elbamer concurrently?"
    ),
    answers=("Udva Uskish",),
    support=(1,),
)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n", 2),
        ("categories / equal", 0.5),
        ("triple_classes / S2_R1_O1", 0.5),
        ("tails / concurrently", 0.5),
        ("forms / during / S1_R1_O2 employer employer", 1.0),
        ("constellations / during / S1_R1_O2 / interval: point within", 1.0),
        ("constellations / equal / S2_R1_O1 / point: equal", 1.0),
        ("answers / equal / 1", 1.0),
        ("anchor_points / during", 0.0),
        ("anchor_points / equal", 1.0),
        ("fact_points / during", 0.25),
        ("fact_points / equal", 2 / 3),
        ("facts / S1_R1_O2", 4.0),
        ("layouts / S1_R1_O2 / 3 + 1", 1.0),
        ("relations / employer", 3 / 7),
        ("stray_relations / school", 1.0),
        ("granularity / year", 2 / 7),
        ("granularity / day", 1 / 7),
        ("shapes / anchor / during / year-month", 1.0),
        ("shapes / rival / equal / year-year", 1.0),
        ("interval_years / rival / during / 0.5", 10.0),
        ("interval_years / all / equal / 0.99", 1.0),
        ("anchor_year / 0.01", 1950.0),
        ("anchor_year / 0.99", 1990.0),
        ("gap_years / 0.5", 10.0),
        ("support_position / 5", 0.5),
        ("support_position / 3", 0.5),
        ("same_year", 0.5),
        ("concurrent_bystanders", 1.0),
    ],
)
def test_what_is_counted(name: str, value: float) -> None:
    assert rows(describe([ONE, TWO]))[name] == pytest.approx(value, abs=0.01)


def test_sizes_weigh_what_spans_categories_only() -> None:
    weighted = rows(describe([ONE, TWO], {"during": 3, "equal": 1}))
    assert weighted["categories / during"] == 0.75
    assert weighted["relations / employer"] == pytest.approx(9 / 15)
    assert weighted["anchor_points / equal"] == 1.0


def test_what_can_not_be_read_is_not_counted() -> None:
    unread = Problem("3", "cotempqa", "mix", ("It rained.",), "When?", ("rain",), ())
    assert describe([ONE, unread]).n == 1
    with pytest.raises(InputError, match="field 'problems': holds no problem that can be read"):
        describe([unread])


def test_compare_puts_values_side_by_side() -> None:
    compared = compare(describe([ONE]), describe([TWO]))
    assert ReleaseComparison("share of problems / during", 1.0, 0.0) in compared
    assert ReleaseComparison("mean facts / 2 subjects, 1 relation, 1 object", 0.0, 3.0) in compared
    shown = " ".join(row.statistic for row in compared)
    assert "constellations" not in shown
    assert "_" not in shown


def test_the_stored_release_statistics_hold_no_text_of_the_release() -> None:
    """Labels, classes, relations, tails, units, places and numbers only."""
    stored = json.loads(RELEASE_STATISTICS.read_text(encoding="utf-8"))
    assert stored.keys() == Statistics.model_fields.keys()
    assert all(isinstance(value, float) for value in rows(release_statistics()).values())
    capitalised = {
        word
        for path in rows(release_statistics())
        for word in path.split()
        if word[0].isupper() and not word.startswith("S")
    }
    assert not capitalised


def test_upstream_has_as_many_problems_as_the_hub_has_rows() -> None:
    assert sum(UPSTREAM_SIZES.values()) == 4748


@pytest.mark.parametrize(
    ("name", "value", "tolerance"),
    [
        ("facts / S1_R1_O2", 10.0, 0.1),
        ("facts / S2_R1_O1", 10.7, 0.2),
        ("facts / S1_R2_O2", 20.7, 0.2),
        ("facts / S2_R1_O2", 29.2, 0.3),
        ("facts / S2_R2_O2", 30.0, 0.3),
        ("categories / equal", 0.09, 0.01),
        ("categories / during", 0.65, 0.01),
        ("categories / overlap", 0.14, 0.01),
        ("categories / mix", 0.12, 0.01),
        ("answers / equal / 2", 0.14, 0.01),
        ("answers / during / 1", 0.70, 0.01),
        ("answers / mix / 3", 0.16, 0.01),
        ("anchor_points / equal", 0.65, 0.01),
        ("anchor_points / during", 0.21, 0.01),
        ("fact_points / equal", 0.66, 0.01),
        ("fact_points / during", 0.47, 0.01),
        ("granularity / year-year", 0.26, 0.02),
        ("granularity / day", 0.16, 0.02),
        ("relations / position", 0.32, 0.02),
        ("relations / school", 0.20, 0.02),
        ("interval_years / all / all / 0.5", 4.0, 0.1),
        ("interval_years / all / all / 0.95", 27.0, 2.5),
    ],
)
def test_the_release_is_as_was_counted_before(name: str, value: float, tolerance: float) -> None:
    """Against an earlier count by hand, which did not weigh the categories."""
    assert rows(release_statistics())[name] == pytest.approx(value, abs=tolerance)


TOLERANCES = {
    "categories": 0.005,
    "triple_classes": 0.02,
    "tails": 0.02,
    "answers": 0.04,
    "anchor_points": 0.04,
    "fact_points": 0.02,
    "facts": 0.3,
    "relations": 0.02,
    "stray_relations": 0.06,
    "granularity": 0.01,
    "shapes": 0.10,
    "support_position": 0.02,
    "concurrent_bystanders": 0.02,
}
"""Largest difference between a share (facts: a mean) of the release and of 6,000 look-alikes."""

SKEWS = {"interval_years": 1.35, "gap_years": 1.35, "anchor_year": 1.02}
"""Largest ratio between quantiles, from the 25 % to the 95 % one."""


@pytest.fixture(scope="module")
def lookalike() -> dict[str, float]:
    return rows(describe(list(draw(6000, 11))))


@pytest.mark.parametrize("statistic", sorted(TOLERANCES))
def test_lookalikes_have_the_releases_shares(statistic: str, lookalike: dict[str, float]) -> None:
    stored = rows(release_statistics())
    names = {name for name in stored.keys() | lookalike.keys() if name.split(" / ")[0] == statistic}
    assert names
    for name in sorted(names):
        difference = abs(stored.get(name, 0.0) - lookalike.get(name, 0.0))
        assert difference <= TOLERANCES[statistic], name


@pytest.mark.parametrize("statistic", sorted(SKEWS))
def test_lookalikes_have_the_releases_times(statistic: str, lookalike: dict[str, float]) -> None:
    stored = rows(release_statistics())
    for name, value in stored.items():
        quantile = name.split(" / ")[-1]
        pooled = " / " not in name.removesuffix(f" / {quantile}") or "all / all" in name
        if not (name.startswith(statistic) and pooled and 0.25 <= float(quantile) <= 0.95):
            continue
        ratio = max(lookalike[name], value) / min(lookalike[name], value)
        assert ratio <= SKEWS[statistic], name


def test_lookalikes_differ_where_they_are_meant_to(lookalike: dict[str, float]) -> None:
    assert release_statistics().same_year < 0.25
    assert lookalike["same_year"] > 0.6


def test_quantiles_are_stored_in_order() -> None:
    stored = release_statistics()
    for quantiles in [stored.anchor_year, stored.gap_years, stored.interval_years["all"]["all"]]:
        assert [float(level) for level in quantiles] == list(QUANTILES)
        assert list(quantiles.values()) == sorted(quantiles.values())


def test_the_stored_statistics_are_the_releases(release: Path) -> None:
    assert count(release) == release_statistics()
