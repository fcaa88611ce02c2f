"""The grammar of CoTempQA: how a dated fact and a question over it are worded, both ways.

Every sentence of the dataset was written by template (upstream repository zhaochen0110/Cotempqa,
``data_construct/``), so each can be read back exactly. Readers are total: a string that is
neither a fact nor a question gives None.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, NamedTuple

Date = tuple[int, int, int]
"""(year, month, day), zero where unknown. Compared as a tuple, so that a bare year comes
before all of its days; upstream compares dates the same way."""

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
TAILS = (
    "during the same time span",
    "within the same time interval",
    "during the same time period",
    "at the same time",
    "during the identical time period",
    "concurrently",
    "simultaneously",
)
"""Endings of a question, all with the same meaning."""


@dataclass(frozen=True, slots=True)
class Relation:
    """How a fact words one relation.

    Attributes:
        wikidata: the property it comes from.
        present: the usual phrase.
        past: the phrase in the past tense, which upstream uses in some of its added facts.
    """

    wikidata: str
    present: str
    past: str


RELATIONS: Mapping[str, Relation] = {
    "position": Relation("P39", "holds the position of", "held the position of"),
    "party": Relation("P102", "is a member of the", "was a member of the"),
    "school": Relation("P69", "attended", "attended"),
    "employer": Relation("P108", "works for", "worked for"),
    "team": Relation("P54", "plays for", "played for"),
    "owner": Relation("P127", "is owned by", "was owned by"),
    "chair": Relation("P488", "is the chair of", "was the chair of"),
    "head": Relation("P6", "is the head of", "was the head of"),
}


@dataclass(frozen=True, slots=True)
class Clauses:
    """How a question words one relation; ``{}`` stands for the subject asked about.

    Attributes:
        anchor: phrase after "While S1".
        asks_object: clause that asks for the object.
        asks_subject: clause that asks for another subject; the object follows.
        asks_object_in: other wording of `asks_object` in questions of one triple class.
    """

    anchor: str
    asks_object: str
    asks_subject: str
    asks_object_in: Mapping[str, str] = field(default_factory=dict)


CLAUSES: Mapping[str, Clauses] = {
    "position": Clauses(
        anchor="was holding the position of",
        asks_object="which position did {} hold",
        asks_subject="who also held the position of",
        asks_object_in={"S1_R1_O2": "which position did {}"},  # upstream lost the verb here
    ),
    "party": Clauses(
        anchor="was a member of",
        asks_object="which political party did {} belong to",
        asks_subject="who was also a member of",
    ),
    "school": Clauses(
        anchor="attended",
        asks_object="which school did {} attend",
        asks_subject="who also attended",
        asks_object_in={"S2_R1_O2": "which school was {} attending"},
    ),
    "employer": Clauses(
        anchor="was working for",
        asks_object="which employer did {} work for",
        asks_subject="who also worked for",
    ),
    "team": Clauses(
        anchor="was playing for",
        asks_object="which team did {} play for",
        asks_subject="who was also playing for",
    ),
    "owner": Clauses(
        anchor="was owned by",
        asks_object="who was the owner of {}",
        asks_subject="who was also owned by",
    ),
}
"""The relations that upstream's question templates know; chairs and heads occur in facts only."""


class Span(NamedTuple):
    """When something held, as stated. A point has ``start == end``."""

    start: Date
    end: Date

    @property
    def is_point(self) -> bool:
        """Whether it is one date and not two."""
        return self.start == self.end


class Fact(NamedTuple):
    """A dated statement. A point has ``start == end``.

    Attributes:
        subject, relation, object: the statement; `relation` is a key of `RELATIONS`.
        start, end: when it held, as stated.
        text: the sentence it was read from.
    """

    subject: str
    relation: str
    object: str
    start: Date
    end: Date
    text: str

    @property
    def is_point(self) -> bool:
        """Whether the sentence gives one date and not two."""
        return self.start == self.end


@dataclass(frozen=True, slots=True)
class Question:
    """What a question asks: who or what held at the time of its anchor.

    Attributes:
        subject, relation, object: the anchor, the event in the "While" clause.
        asks: "object" ("which employer did X work for") or "subject" ("who also worked for").
        asked_relation: relation of the answers; the anchor's own if a subject is asked.
        asked_subject: subject of the answers if an object is asked, else None.
        tail: one of `TAILS`.
    """

    subject: str
    relation: str
    object: str
    asks: Literal["object", "subject"]
    asked_relation: str
    asked_subject: str | None
    tail: str

    @property
    def triple_class(self) -> str:
        """Upstream's ``triple_element``: which parts of the anchor recur in the answers' facts."""
        if self.asks == "subject":
            return "S2_R1_O1"
        return (
            f"{'S1' if self.asked_subject == self.subject else 'S2'}_"
            f"{'R1' if self.asked_relation == self.relation else 'R2'}_O2"
        )


QUESTION_PAIRS: tuple[tuple[str, str, Literal["object", "subject"]], ...] = (
    ("position", "position", "object"),
    ("position", "employer", "object"),
    ("position", "party", "object"),
    ("position", "position", "subject"),
    ("employer", "employer", "object"),
    ("employer", "school", "object"),
    ("employer", "position", "object"),
    ("employer", "employer", "subject"),
    ("party", "party", "object"),
    ("party", "employer", "object"),
    ("party", "position", "object"),
    ("party", "school", "object"),
    ("party", "party", "subject"),
    ("school", "school", "object"),
    ("school", "party", "object"),
    ("school", "employer", "object"),
    ("school", "position", "object"),
    ("school", "school", "subject"),
    ("team", "school", "object"),
    ("team", "team", "subject"),
    ("owner", "owner", "subject"),
)
"""Anchor relation, asked relation and what is asked, as they occur in the dataset."""


@lru_cache(maxsize=1 << 12)
def parse_date(text: str) -> Date | None:
    """Read "1967", "October, 1967" or "October 3, 1967"."""
    found = _DATE.fullmatch(text)
    return _date(*found.groups()) if found else None


def render_date(date: Date) -> str:
    """The reverse of `parse_date`."""
    year, month, day = date
    if not month:
        return f"{year:04}"
    return f"{MONTHS[month - 1]}{f' {day}' if day else ''}, {year:04}"


def latest_day(date: Date) -> Date:
    """The last day that a date in days, months or years can mean."""
    year, month, day = date
    return year, month or 12, day or 31


@lru_cache(maxsize=1 << 12)
def parse_fact(text: str) -> Fact | None:
    """Read one fact, or None if `text` is not worded as one."""
    found = _FACT.fullmatch(text)
    if found is None:
        return None
    subject, phrase, object_, *point, m1, d1, y1, m2, d2, y2 = found.groups()
    start = _date(*point) if y1 is None else _date(m1, d1, y1)
    end = start if y1 is None else _date(m2, d2, y2)
    return Fact(subject, _RELATION_OF_PHRASE[phrase], object_, start, end, text)


def subject_of(text: str) -> str | None:
    """The subject of one fact, or None if `text` is not worded as one."""
    found = _FACT.fullmatch(text)
    return found[1] if found else None


def render_fact(
    subject: str, relation: str, object_: str, start: Date, end: Date, *, past: bool = False
) -> str:
    """The sentence of a fact, the reverse of `parse_fact`."""
    phrase = RELATIONS[relation].past if past else RELATIONS[relation].present
    return f"{subject} {phrase} {object_} {render_when(start, end)}."


def render_when(start: Date, end: Date) -> str:
    """The time of a fact in its own words: "in" a point, or "from" start "to" end."""
    if start == end:
        return f"in {render_date(start)}"
    return f"from {render_date(start)} to {render_date(end)}"


@lru_cache(maxsize=1 << 12)
def parse_question(text: str) -> Question | None:
    """Read one question, or None if `text` is not worded as one."""
    found = _QUESTION.fullmatch(text)
    if found is None:
        return None
    relation = _RELATION_OF_ANCHOR[found["anchor"]]
    subject, object_, ask, tail = found["subject"], found["object"], found["ask"], found["tail"]
    if ask == f"{CLAUSES[relation].asks_subject} {object_}":
        return Question(subject, relation, object_, "subject", relation, None, tail)
    for asked_relation, clause in _OBJECT_CLAUSES:
        asked = clause.fullmatch(ask)
        if asked:
            return Question(subject, relation, object_, "object", asked_relation, asked[1], tail)
    return None


def render_question(question: Question) -> str:
    """The sentence of a question, worded as the dataset words its triple class."""
    anchor = CLAUSES[question.relation]
    if question.asked_subject is None:
        ask = f"{anchor.asks_subject} {question.object}"
    else:
        asked = CLAUSES[question.asked_relation]
        clause = asked.asks_object_in.get(question.triple_class, asked.asks_object)
        ask = clause.format(question.asked_subject)
    return f"While {question.subject} {anchor.anchor} {question.object}, {ask} {question.tail}?"


def whole_sentence(text: str) -> str:
    """The question with the verb that upstream's template lost; any other text as it is."""
    question = parse_question(text)
    if question is None or question.asked_subject is None:
        return text
    asked = CLAUSES[question.asked_relation]
    lost = asked.asks_object_in.get(question.triple_class, asked.asks_object)
    if not asked.asks_object.startswith(lost):
        return text  # worded otherwise, and whole
    return text.replace(
        lost.format(question.asked_subject), asked.asks_object.format(question.asked_subject)
    )


def _date(month: str | None, day: str | None, year: str) -> Date:
    return int(year), _MONTH_NUMBER[month], int(day) if day else 0


def _either(phrases: Iterable[str]) -> str:
    return "|".join(re.escape(phrase) for phrase in sorted(phrases, key=len, reverse=True))


_DAY = "[1-9]|[12][0-9]|3[01]"
_WHEN = rf"(?:({_either(MONTHS)})(?: ({_DAY}))?, )?([0-9]{{4}})"
"""A date in three groups: month, day and year."""

_DATE = re.compile(_WHEN)
_MONTH_NUMBER = {name: number for number, name in enumerate((None, *MONTHS))}
_RELATION_OF_PHRASE = {relation.present: name for name, relation in RELATIONS.items()} | {
    relation.past: name for name, relation in RELATIONS.items()
}
_RELATION_OF_ANCHOR = {clauses.anchor: name for name, clauses in CLAUSES.items()}
_FACT = re.compile(
    rf"(.+?) ({_either(_RELATION_OF_PHRASE)}) (.+) (?:in {_WHEN}|from {_WHEN} to {_WHEN})\."
)
"""Subject, phrase and object, then the groups of three dates: a point, or a start and an end."""

_QUESTION = re.compile(
    rf"While (?P<subject>.+?) (?P<anchor>{_either(_RELATION_OF_ANCHOR)}) (?P<object>.+?), "
    rf"(?P<ask>(?:which|who) .+) (?P<tail>{_either(TAILS)})\?"
)
_OBJECT_CLAUSES = [
    (name, re.compile(clause.format("(.+)")))
    for name, clauses in CLAUSES.items()
    # the general clause first: "which position did X hold" also fits "which position did {}"
    for clause in (clauses.asks_object, *clauses.asks_object_in.values())
]
