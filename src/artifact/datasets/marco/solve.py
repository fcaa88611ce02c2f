"""What can be derived for MARCO: the type from the question's words, the passage by overlap.

Answers are free text that people wrote after reading, so no rule derives them; `solve` says so
instead of guessing.
"""

from __future__ import annotations

import re

from artifact.datasets.dataset import Derivation
from artifact.datasets.marco.template import NO_ANSWER
from artifact.datasets.marco.words import nearest_passage, words
from artifact.datasets.problem import Problem

LABELS = ("DESCRIPTION", "NUMERIC", "ENTITY", "LOCATION", "PERSON")

FREE_FORM = "free-form answers cannot be derived from the context by rule"

_MEASURES = (
    "much|many|long|old|far|tall|big|often|fast|heavy|high|large|deep|late|hot|cold|wide|thick|soon"
)
_NUMBERS = (
    "year|date|day|month|time|age|temperature|percent|percentage|number|size|price|cost|population"
)
_PLACES = "county|city|town|village|state|country|continent|region|province|district|street"
_PEOPLE = "actor|actress|author|singer|president|king|queen|person|man|woman|architect|inventor"
_VERBS = "is|are|was|were|do|does|did|can|could|will|would|should|has|have|had|happens|happened"

TYPE_RULES: tuple[tuple[str, str], ...] = (
    (rf"\bhow (?:{_MEASURES})\b", "NUMERIC"),
    (rf"\bwh(?:at|ich) (?:{_NUMBERS})\b", "NUMERIC"),
    (r"\bwhen\b", "NUMERIC"),
    (r"\bwhere\b", "LOCATION"),
    (rf"\bwh(?:at|ich) (?:{_PLACES})\b", "LOCATION"),
    (r"\bwho(?:m|se)?\b", "PERSON"),
    (rf"\bwh(?:at|ich) (?:{_PEOPLE})\b", "PERSON"),
    (r"\b(?:define|definition|meaning|mean|means|why|how)\b", "DESCRIPTION"),
    (rf"\bwhat(?:'?s| (?:{_VERBS}))\b", "DESCRIPTION"),
    (r"\bwh(?:at|ich) \w+", "ENTITY"),
    (r"\b(?:location|address)\b", "LOCATION"),
    (r"\b(?:cost|costs|price|salary|population|temperature|age|length|height)\b", "NUMERIC"),
    (r"\b(?:founder|author|inventor|owner|director)\b", "PERSON"),
    (r"\b(?:name|names|types|list|kinds) of\b", "ENTITY"),
)
"""``(pattern, type)``: the first pattern found in the lower-cased question gives the type."""

COMMONEST_TYPE = "DESCRIPTION"
"""What a question is taken for where no pattern is found: more than half of MARCO is of it."""


def question_type(question: str) -> str:
    """One of `LABELS`, by the question's words alone."""
    text = question.lower()
    matching = (label for pattern, label in TYPE_RULES if re.search(pattern, text))
    return next(matching, COMMONEST_TYPE)


def solve(problem: Problem) -> Derivation:
    """Type and passage; never an answer."""
    nearest = nearest_passage(problem.context, problem.question)
    return Derivation(
        category=question_type(problem.question),
        support=() if nearest is None else (nearest,),
        failure=FREE_FORM,
    )


def check(problem: Problem) -> str | None:
    """Why the gold answers cannot come from these passages, or None.

    A necessary condition only: some word of the answer must occur in some passage. "No Answer
    Present.", "yes" and "no" are answers about the passages and need not occur in them.
    """
    given = frozenset().union(*(words(passage) for passage in problem.context))
    about = {NO_ANSWER.lower(), "yes", "no"}
    for answer in problem.answers:
        if answer.lower() in about or answer.lower().rstrip(".") in about:
            continue
        if not words(answer) & given:
            return f"no word of the answer '{answer}' occurs in the passages"
    return None
