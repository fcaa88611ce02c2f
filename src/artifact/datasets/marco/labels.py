"""MARCO's question types, and the rule that reads them off the question's words."""

from __future__ import annotations

import re

LABELS = ("DESCRIPTION", "NUMERIC", "ENTITY", "LOCATION", "PERSON")

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
"""The type assumed where no pattern is found: more than half of MARCO has it."""


def question_type(question: str) -> str:
    """One of `LABELS`, by the question's words alone."""
    text = question.lower()
    matching = (label for pattern, label in TYPE_RULES if re.search(pattern, text))
    return next(matching, COMMONEST_TYPE)
