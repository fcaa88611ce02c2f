"""Exclusion rules: fixed before any rating is seen, and each one counted.

A participant may break several rules. Where a file does not record what a rule needs (a blank
``checks_passed`` or ``duration``), the rule is not applied to that participant and this is
counted too, so that a missing record never looks like a pass.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import astuple, dataclass

import pandas as pd

from artifact.study.instrument.ratings import Ratings


@dataclass(frozen=True, slots=True)
class Rules:
    """The thresholds; a participant beyond one of them is left out."""

    min_checks_passed: float = 0.5
    """Share of the attention checks that must be passed. One slip happens to careful people
    and a single check misjudges many (Berinsky, Margolis & Sances 2014, Am. J. Pol. Sci. 58),
    so with two checks only those are left out who fail both."""

    min_seconds_per_item: float = 2.0
    """Median, over the pages, of the seconds on the page for each item answered there. Nobody
    reads and answers an item in less than two seconds (Huang, Curran, Keeney, Poposki &
    DeShon 2012, J. Bus. Psychol. 27), and the problem must be read besides."""

    max_straight_pages: float = 0.5
    """Share of the pages on which every item got the same point, counted only where plain and
    reversed items stand together: there the same point for all is a contradiction. A single
    such page may be meant, most pages cannot be."""

    min_answered: float = 1.0
    """Share of the answers expected. The instrument ends a session only when every item is
    answered, so a gap means that the person left, perhaps because of the trace type."""

    max_seconds_away: float = math.inf
    """Seconds, over all pages of problems, that the person may have been in other windows. Off by
    default: a phone call is not bad faith, and the number was never validated; choose it, if at
    all, before any answer is seen."""

    @property
    def applied(self) -> Mapping[str, float]:
        """The thresholds of the rules that are on, by the rule's name."""
        thresholds = dict(zip(RULES, astuple(self), strict=True))
        return {rule: value for rule, value in thresholds.items() if math.isfinite(value)}


RULES = ("checks_failed", "too_fast", "straight_lining", "incomplete", "long_away")
"""The rules' names, in the order of the fields of `Rules`."""


@dataclass(frozen=True)
class Exclusions:
    """Who is left out, and by which rules.

    Attributes:
        broken: the rules broken by each participant left out, in the order of `RULES`.
        not_judged: participants to whom a rule could not be applied, by rule that is on.
    """

    broken: Mapping[str, tuple[str, ...]]
    not_judged: Mapping[str, frozenset[str]]


def apply_rules(ratings: Ratings, rules: Rules) -> Exclusions:
    """Apply every rule to every participant."""
    values = pd.DataFrame(
        {
            "checks_failed": ratings.frame.groupby("participant")["checks_passed"].first(),
            "too_fast": _seconds_per_item(ratings),
            "straight_lining": _straight_pages(ratings),
            "incomplete": _answered(ratings),
            "long_away": _seconds_away(ratings),
        }
    ).sort_index()
    beyond = pd.DataFrame(
        {
            "checks_failed": values["checks_failed"] < rules.min_checks_passed,
            "too_fast": values["too_fast"] < rules.min_seconds_per_item,
            "straight_lining": values["straight_lining"] > rules.max_straight_pages,
            "incomplete": values["incomplete"] < rules.min_answered,
            "long_away": values["long_away"] > rules.max_seconds_away,
        }
    )
    return Exclusions(
        broken={
            str(person): tuple(rule for rule in RULES if row[rule])
            for person, row in beyond.iterrows()
            if row.any()
        },
        not_judged={rule: frozenset(values.index[values[rule].isna()]) for rule in rules.applied},
    )


def _seconds_per_item(ratings: Ratings) -> pd.Series[float]:
    """Median over a person's pages, those without a recorded time not counted."""
    pages = ratings.frame.groupby(["participant", "problem"])
    pace = pages["duration"].first() / pages.size()
    return pace.groupby("participant").median()


def _straight_pages(ratings: Ratings) -> pd.Series[float]:
    """Share of pages with one point throughout, among those with plain and reversed items."""
    pages = ratings.frame.groupby(["participant", "problem"]).agg(
        points=("rating", "nunique"), kinds=("reversed", "nunique")
    )
    with_both_kinds = pages[pages["kinds"] == 2]
    straight = with_both_kinds["points"].eq(1).groupby("participant").mean()
    return straight.astype(float).reindex(ratings.frame["participant"].unique())


def _seconds_away(ratings: Ratings) -> pd.Series[float]:
    """Over a person's pages; not known where no page recorded it."""
    pages = ratings.frame.groupby(["participant", "problem"])["seconds_away"].first()
    return pages.groupby("participant").sum(min_count=1)


def _answered(ratings: Ratings) -> pd.Series[float]:
    given = ratings.frame.groupby("participant").size().astype(float)
    missing = pd.Series([gap.participant for gap in ratings.missing], dtype=object).value_counts()
    return given / (given + missing.reindex(given.index, fill_value=0))
