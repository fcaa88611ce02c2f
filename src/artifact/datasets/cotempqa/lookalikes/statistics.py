"""What CoTempQA problems look like, counted: the yardstick for look-alikes.

The release's own values lie beside this module as shares and quantiles, without a word of its
text; they are counted by::

    python -m artifact.datasets.release_statistics cotempqa RELEASE_DIR
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from artifact.common.errors import InputError
from artifact.common.files import RESTORE, read_record
from artifact.common.intake import Intake
from artifact.datasets.cotempqa.lookalikes.fact_roles import (
    AnnotatedProblem,
    annotate,
    constellation,
    gap,
    granularity,
    placement,
    share_a_year,
    years_between,
)
from artifact.datasets.cotempqa.release.problems import read_release
from artifact.datasets.dataset import ReleaseComparison
from artifact.datasets.problem import Problem

RELEASE_STATISTICS = Path(__file__).with_name("release_statistics.json")
UPSTREAM_SIZES: Mapping[str, int] = {"equal": 436, "during": 3096, "overlap": 653, "mix": 563}
"""Problems per category upstream (rows of ``data/cotempqa/*.json``). Where a copy lacks a part of
a category, the problems that it has stand for those that it lacks."""

TRIPLE = ("subject", "relation", "object")
TRIPLE_CLASS = re.compile(r"S(\d)_R(\d)_O(\d)")
"""Upstream's name for how many subjects, relations and objects a question and its answer hold."""

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
DIGITS = 6
"""Decimals kept, so that the stored file does not depend on the order of a sum."""

HEADLINES = {
    "categories": "share of problems",
    "triple_classes": "share of problems",
    "facts": "mean facts",
    "answers": "share by number of answers",
    "anchor_points": "share of events asked about that are points in time",
    "fact_points": "share of facts that are points in time",
    "granularity": "share of facts by the dates they give",
    "relations": "share of facts by what they state",
    "interval_years / all / all": "length of an interval in years, quantile",
    "support_position": "share of gold facts by the tenth of the context they are in, from 0",
    "same_year": "share of problems with another such fact in the event's year",
}
"""Figures that a reader wants to see beside the release's, with their names; the rest serves the
generator."""

Shares = dict[str, float]
"""Share of each value; they add up to 1."""
Quantiles = dict[str, float]
"""Value at each of `QUANTILES`."""


class Statistics(BaseModel):
    """Statistics of a set of problems.

    Nested names go from left to right: ``answers["mix"]["2"]`` is the share of problems with two
    answers among those of category "mix". A fact has one of four roles: "anchor" (the event in
    the question), "answer" (a gold fact), "rival" (could answer, but at another time)
    and "bystander" (all others).

    Attributes:
        n: problems counted.
        categories, triple_classes, tails: shares over the problems.
        forms: category -> triple class, anchor's relation and asked relation.
        constellations: category -> triple class -> see `constellation`.
        answers: category -> number of answers.
        anchor_points: category -> share of anchors that are points.
        fact_points: category -> share of facts that are points.
        facts: triple class -> mean number of facts.
        layouts: triple class -> "facts in the anchor's and the answers' block + other facts"; a
            block is what shares subject and relation (relation and object if a subject is asked).
        relations: relations of all facts.
        stray_relations: relations of the facts outside the two blocks.
        granularity: units of the dates over all facts: "day" (a point), "year-month", ...
        shapes: role -> category -> the same.
        interval_years: role or "all" -> category or "all" -> length of intervals in years.
        anchor_year: year in which the anchors start.
        gap_years: years between the anchor and a rival that shares no calendar year with it.
        support_position: tenth of the context in which a gold fact is, from "0".
        same_year: share of problems with a rival that shares a calendar year with the anchor.
        concurrent_bystanders: share of bystanders that meet the anchor in time.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    n: int
    categories: Shares
    triple_classes: Shares
    tails: Shares
    forms: dict[str, Shares]
    constellations: dict[str, dict[str, Shares]]
    answers: dict[str, Shares]
    anchor_points: Shares
    fact_points: Shares
    facts: dict[str, float]
    layouts: dict[str, Shares]
    relations: Shares
    stray_relations: Shares
    granularity: Shares
    shapes: dict[str, dict[str, Shares]]
    interval_years: dict[str, dict[str, Quantiles]]
    anchor_year: Quantiles
    gap_years: Quantiles
    support_position: Shares
    same_year: float
    concurrent_bystanders: float


def describe(problems: Iterable[Problem], sizes: Mapping[str, int] | None = None) -> Statistics:
    """Count everything in `Statistics`.

    Args:
        problems: look-alikes or the release's. One whose facts, question or anchor cannot be
            read is not counted, so `Statistics.n` may be below their number.
        sizes: problems per category in the whole that `problems` stand for; what spans several
            categories is weighted by it. Default: every problem counts the same.

    Raises:
        InputError: if no problem can be read.
    """
    chosen = list(problems)
    counts = Counter(problem.category for problem in chosen)
    weights = {name: sizes[name] / n if sizes else 1.0 for name, n in counts.items()}
    sights = [seen for p in chosen if (seen := annotate(p, weights[p.category])) is not None]
    if not sights:
        raise InputError("holds no problem that can be read", field="problems")
    counted = _of_problems(sights) | _of_facts(sights) | _of_times(sights)
    return Statistics.model_validate({"n": len(sights)} | counted)


@cache
def release_statistics() -> Statistics:
    """The statistics of the paper's release, as stored beside this module."""
    return read_record(RELEASE_STATISTICS, Statistics, cure=RESTORE)


def rows(statistics: Statistics) -> dict[str, float]:
    """Every figure under its path, as in ``{"answers / mix / 2": 0.785, ...}``."""
    return dict(_flatten("", statistics.model_dump()))


def compare_with_release(problems: Iterable[Problem]) -> tuple[ReleaseComparison, ...]:
    """The figures of `HEADLINES`, of `problems` beside the release."""
    return compare(describe(problems), release_statistics())


def compare(ours: Statistics, release: Statistics) -> tuple[ReleaseComparison, ...]:
    """The figures of `HEADLINES` side by side."""
    first, second = rows(ours), rows(release)
    return tuple(
        ReleaseComparison(
            " / ".join([words, *map(_in_words, name.removeprefix(headline).split(" / ")[1:])]),
            first.get(name, 0.0),
            second.get(name, 0.0),
        )
        for headline, words in HEADLINES.items()
        for name in sorted(first.keys() | second.keys())
        if name == headline or name.startswith(f"{headline} / ")
    )


def _in_words(step: str) -> str:
    """A step of a path in words: upstream's ``S1_R1_O2`` is "1 subject, 1 relation, 2 objects"."""
    if not (counted := TRIPLE_CLASS.fullmatch(step)):
        return step
    return ", ".join(
        f"{n} {noun}{'s' * (n != '1')}" for noun, n in zip(TRIPLE, counted.groups(), strict=True)
    )


def _of_problems(sights: list[AnnotatedProblem]) -> dict[str, Any]:
    def shares(*path: Callable[[AnnotatedProblem], str]) -> Any:
        return _shares((tuple(step(s) for step in path), s.weight) for s in sights)

    def category(s: AnnotatedProblem) -> str:
        return s.category

    def triple_class(s: AnnotatedProblem) -> str:
        return s.triple_class

    return {
        "categories": shares(category),
        "triple_classes": shares(triple_class),
        "tails": shares(lambda s: s.question.tail),
        "forms": shares(
            category,
            lambda s: f"{s.triple_class} {s.question.relation} {s.question.asked_relation}",
        ),
        "constellations": shares(
            category, triple_class, lambda s: constellation(s.anchor, s.of("answer"))
        ),
        "answers": shares(category, lambda s: str(len(s.problem.answers))),
        "anchor_points": _means((s.category, s.anchor.is_point, s.weight) for s in sights),
        "facts": _means((s.triple_class, len(s.facts), s.weight) for s in sights),
        "layouts": shares(
            triple_class, lambda s: f"{len(s.facts) - len(s.strays())} + {len(s.strays())}"
        ),
        "same_year": _mean(
            (any(share_a_year(s.anchor, rival) for rival in s.of("rival")), s.weight)
            for s in sights
        ),
    }


def _of_facts(sights: list[AnnotatedProblem]) -> dict[str, Any]:
    placed = [(s, f, role) for s in sights for f, role in zip(s.facts, s.roles, strict=True)]
    return {
        "fact_points": _means((s.category, f.is_point, s.weight) for s, f, _ in placed),
        "relations": _shares(((f.relation,), s.weight) for s, f, _ in placed),
        "stray_relations": _shares(((f.relation,), s.weight) for s in sights for f in s.strays()),
        "granularity": _shares(((granularity(f),), s.weight) for s, f, _ in placed),
        "shapes": _shares(((role, s.category, granularity(f)), s.weight) for s, f, role in placed),
        "support_position": _shares(
            ((str(10 * index // len(s.facts)),), s.weight)
            for s in sights
            for index in s.problem.support
        ),
        "concurrent_bystanders": _mean(
            (placement(s.anchor, f) != "apart", s.weight)
            for s, f, role in placed
            if role == "bystander"
        ),
    }


def _of_times(sights: list[AnnotatedProblem]) -> dict[str, Any]:
    lengths: dict[str, dict[str, list[tuple[float, float]]]]
    lengths = defaultdict(lambda: defaultdict(list))
    for s in sights:
        for fact, role in zip(s.facts, s.roles, strict=True):
            if not fact.is_point:
                years = years_between(fact.start, fact.end)
                for name in (role, "all"):
                    lengths[name][s.category].append((years, s.weight))
                    lengths[name]["all"].append((years, s.weight))
    return {
        "interval_years": {
            role: {name: _quantiles(years) for name, years in sorted(by_category.items())}
            for role, by_category in sorted(lengths.items())
        },
        "anchor_year": _quantiles([(float(s.anchor.start[0]), s.weight) for s in sights]),
        "gap_years": _quantiles(
            [
                (gap(s.anchor, rival), s.weight)
                for s in sights
                for rival in s.of("rival")
                if not share_a_year(s.anchor, rival)
            ]
        ),
    }


def _shares(observed: Iterable[tuple[tuple[str, ...], float]]) -> dict[str, Any]:
    """Weights by path as nested dicts; those on the last level of a path add up to 1."""
    weights: dict[tuple[str, ...], float] = defaultdict(float)
    totals: dict[tuple[str, ...], float] = defaultdict(float)
    for path, weight in observed:
        weights[path] += weight
        totals[path[:-1]] += weight
    nested: dict[str, Any] = {}
    for path in sorted(weights):
        level = nested
        for step in path[:-1]:
            level = level.setdefault(step, {})
        level[path[-1]] = round(weights[path] / totals[path[:-1]], DIGITS)
    return nested


def _means(observed: Iterable[tuple[str, float, float]]) -> dict[str, float]:
    groups: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for name, value, weight in observed:
        groups[name].append((value, weight))
    return {name: _mean(values) for name, values in sorted(groups.items())}


def _mean(observed: Iterable[tuple[float, float]]) -> float:
    pairs = list(observed)
    total = sum(weight for _, weight in pairs)
    return round(sum(value * weight for value, weight in pairs) / total, DIGITS) if total else 0.0


def _quantiles(observed: list[tuple[float, float]]) -> Quantiles:
    """The smallest value that at least each share of the weight reaches; {} if there is none."""
    ordered = sorted(observed)
    reached = list(accumulate(weight for _, weight in ordered))
    return {
        str(q): round(ordered[bisect_left(reached, q * reached[-1] * (1 - 1e-12))][0], DIGITS)
        for q in QUANTILES
        if ordered
    }


def _flatten(path: str, level: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for name, value in level.items():
        here = f"{path} / {name}" if path else name
        if isinstance(value, Mapping):
            yield from _flatten(here, value)
        else:
            yield here, float(value)


def count(root: Path) -> Statistics:
    """The statistics of the release under `root`, its categories weighted by upstream's sizes."""
    return describe(read_release(root, Intake()), UPSTREAM_SIZES)
