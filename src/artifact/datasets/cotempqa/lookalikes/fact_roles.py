"""What a CoTempQA problem shows: the role of each fact, and its place relative to the anchor.

The solver decides; here its reading is only split more finely, for counting and for making
look-alikes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from artifact.datasets.cotempqa.grammar import Date, Fact, Question, Span
from artifact.datasets.cotempqa.labels import temporal_relation
from artifact.datasets.cotempqa.solve import read
from artifact.datasets.problem import Problem

DAYS_A_YEAR = 365.25

ROLES = ("anchor", "answer", "rival", "bystander")
"""The event in the question; a gold fact; one that could answer at another time; any other."""

KIND_OF_PLACE: Mapping[str, str] = {
    "equal": "equal",
    "around": "during",
    "within": "during",
    "point within": "during",
    "overlap": "overlap",
}
"""The temporal relation behind each `placement` but "apart"."""


class AnnotatedProblem(NamedTuple):
    """A problem as it is counted: its facts with their roles, and how many it stands for."""

    problem: Problem
    question: Question
    anchor: Fact
    facts: tuple[Fact, ...]
    roles: tuple[str, ...]
    weight: float

    @property
    def category(self) -> str:
        """Gold label."""
        return self.problem.category

    @property
    def triple_class(self) -> str:
        """Upstream's ``triple_element``, read from the question."""
        return self.question.triple_class

    def of(self, role: str) -> list[Fact]:
        """The facts with a role."""
        return [fact for fact, own in zip(self.facts, self.roles, strict=True) if own == role]

    def strays(self) -> list[Fact]:
        """The bystanders outside the anchor's block."""
        block = (self.anchor.subject, self.anchor.relation)
        return [fact for fact in self.of("bystander") if (fact.subject, fact.relation) != block]


def annotate(problem: Problem, weight: float = 1.0) -> AnnotatedProblem | None:
    """Read a problem and give each fact its role, or None if a part cannot be read."""
    reading = read(problem)
    if reading is None or not reading.anchors or None in reading.facts:
        return None
    facts = tuple(reading.fact(index) for index in range(len(reading.facts)))
    roles = ["bystander"] * len(facts)
    for role, indices in (
        ("rival", reading.candidates),
        ("answer", problem.support),
        ("anchor", reading.anchors[:1]),
    ):
        for index in indices:
            roles[index] = role
    anchor = facts[reading.anchors[0]]
    return AnnotatedProblem(problem, reading.question, anchor, facts, tuple(roles), weight)


def placement(anchor: Fact | Span, fact: Fact | Span) -> str:
    """A fact's place relative to the anchor: equal, around, within, point within, overlap or apart.

    Splits what `temporal_relation` calls "during": an interval "around" the anchor covers it, one
    "within" is covered by it.
    """
    relation = temporal_relation(anchor, fact)
    if relation != "during":
        return relation or "apart"
    if fact.is_point:
        return "point within"
    return "around" if fact.start <= anchor.start and anchor.end <= fact.end else "within"


def constellation(anchor: Fact, answers: Iterable[Fact]) -> str:
    """The answers' facts' places relative to the anchor, as in "interval: around, overlap"."""
    places = sorted(placement(anchor, fact) for fact in answers)
    return f"{'point' if anchor.is_point else 'interval'}: {', '.join(places)}"


def read_constellation(text: str) -> tuple[bool, tuple[str, ...]]:
    """The reverse of `constellation`: whether the anchor is a point, and each answer's place."""
    anchor, _, places = text.partition(": ")
    return anchor == "point", tuple(places.split(", "))


def granularity(fact: Fact) -> str:
    """Finest unit of each date: "day" for a point, "year-month" for an interval."""
    units = [
        ("year", "month", "day")[bool(month) + bool(day)]
        for _, month, day in (fact.start, fact.end)
    ]
    return units[0] if fact.is_point else "-".join(units)


def share_a_year(one: Fact, other: Fact) -> bool:
    """Whether a calendar year belongs to both facts."""
    return one.start[0] <= other.end[0] and other.start[0] <= one.end[0]


def years_between(earlier: Date, later: Date) -> float:
    """Years from one date to another, each taken at its first day."""
    days = [date(y, m or 1, d or 1).toordinal() for y, m, d in (earlier, later)]
    return (days[1] - days[0]) / DAYS_A_YEAR


def gap(one: Fact, other: Fact) -> float:
    """Years from the end of the earlier fact to the start of the later one."""
    earlier, later = sorted((one, other), key=lambda fact: fact.start)
    return years_between(earlier.end, later.start)
