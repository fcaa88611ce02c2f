"""The grammar of bAbI: how a fact and a question are worded, both ways.

Every sentence of the tasks is made from a template (Weston et al. 2015, arXiv 1502.05698), so a
fact or a question is a template with its slots filled, and reading is the reverse of saying.
The same table serves the solver and the generator. Readers are total: a string that follows no
template gives None.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

MOVES = ("went to", "went back to", "journeyed to", "travelled to", "moved to")
GETS = ("took", "got", "grabbed", "picked up")
DROPS = ("left", "dropped", "discarded", "put down")
GIVES = ("handed", "gave", "passed")
TIMES = ("yesterday", "this morning", "this afternoon", "this evening")
"""Times of time-reasoning, earliest first."""
COMPASS: Mapping[str, str] = {"north": "south", "south": "north", "east": "west", "west": "east"}
"""Directions of two-arg-relations, each with its inverse."""
OFFSETS: Mapping[str, tuple[int, int]] = {
    "above": (0, 1),
    "below": (0, -1),
    "to the left of": (-1, 0),
    "to the right of": (1, 0),
}
"""Directions of positional-reasoning as steps (right, up) from the second thing to the first."""
NUMBERS = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
"""Answers of counting; the index is the count."""
NOTHING = "nothing"
"""Answer of lists-sets for empty hands."""

_PLURALS: Mapping[str, str] = {
    "mice": "mouse",
    "sheep": "sheep",
    "wolves": "wolf",
    "geese": "goose",
}
_SINGULARS = {singular: plural for plural, singular in _PLURALS.items()}


@dataclass(frozen=True, slots=True)
class Sentence:
    """A template with its slots filled.

    Attributes:
        form: key of `FACTS` or `QUESTIONS`.
        words: the text in each slot, as written.
    """

    form: str
    words: Mapping[str, str]

    def __getitem__(self, slot: str) -> str:
        return self.words[slot]


Facts = Sequence[tuple[int, Sentence]]
"""Facts of a context, each with its index there."""

FACTS: Mapping[str, str] = {
    "get": "{person} {got} the {thing} there.",
    "drop": "{person} {dropped} the {thing}{there}.",
    "give": "{person} {gave} the {thing} to {receiver}.",
    "move together": "{person} and {companion} {moved} the {place}.",
    "move first told when": "{When} {person} {moved} the {place}.",
    "move last told when": "{person} {moved} the {place} {when}.",
    "move": "{person} {moved} the {place}.",
    "compass": "The {thing} is {compass} of the {other}.",
    "position": "The {thing} is {offset} the {other}.",
    "bigger": "The {big} is bigger than the {small}.",
    "fits": "The {small} fits inside the {big}.",
    "fear": "{Kinds} are afraid of {feared}.",
    "kind": "{person} is a {kind}.",
    "colour": "{person} is {colour}.",
}
"""Templates of the facts. A sentence that fits two of them is read by the first."""

QUESTIONS: Mapping[str, str] = {
    "where is a thing": "Where is the {thing}?",
    "where is a person": "Where is {person}?",
    "where before": "Where was {person} before the {place}?",
    "what lies that way": "What is {compass} of the {thing}?",
    "what it lies that way of": "What is the {thing} {compass} of?",
    "how many": "How many objects is {person} carrying?",
    "what held": "What is {person} carrying?",
    "what feared": "What is {person} afraid of?",
    "what colour": "What color is {person}?",
    "is positioned": "Is the {thing} {offset} the {other}?",
    "is bigger": "Is the {big} bigger than the {small}?",
    "does fit": "Does the {small} fit in the {big}?",
}
"""Templates of the questions. A sentence that fits two of them is read by the first."""


def say(form: str, **words: str) -> str:
    """The sentence of a template; every slot of it must be given."""
    return (FACTS.get(form) or QUESTIONS[form]).format(**words)


def read_facts(context: Iterable[str]) -> Facts:
    """The facts that can be read, with their indices; the others are skipped."""
    readings = ((index, read_fact(text)) for index, text in enumerate(context))
    return [(index, fact) for index, fact in readings if fact is not None]


@lru_cache(maxsize=1 << 16)
def read_fact(text: str) -> Sentence | None:
    """Read one fact, or None if `text` follows no template."""
    return _read(text, _FACT_PATTERNS)


@lru_cache(maxsize=1 << 16)
def read_question(text: str) -> Sentence | None:
    """Read one question, or None if `text` follows no template."""
    return _read(text, _QUESTION_PATTERNS)


def singular(plural: str) -> str:
    """The kind of animal that a plural names, in lower case."""
    lower = plural.lower()
    return _PLURALS.get(lower, lower.removesuffix("s"))


def plural(kind: str) -> str:
    """The reverse of `singular`."""
    return _SINGULARS.get(kind, f"{kind}s")


def same(one: str, other: str) -> bool:
    """Whether two words name the same thing; questions write some names in lower case."""
    return one.casefold() == other.casefold()


def _either(phrases: tuple[str, ...]) -> str:
    return "|".join(sorted(phrases, key=len, reverse=True))


_NAME, _NOUN = r"\w+", r"\w+(?: \w+)*?"
_SLOTS: Mapping[str, str] = {
    "got": _either(GETS),
    "dropped": _either(DROPS),
    "gave": _either(GIVES),
    "moved": _either(MOVES),
    "when": _either(TIMES),
    "When": _either(tuple(time.capitalize() for time in TIMES)),
    "compass": _either(tuple(COMPASS)),
    "offset": _either(tuple(OFFSETS)),
    "there": "(?: there)?",
    "thing": _NOUN,
    "other": _NOUN,
    "place": _NOUN,
    "big": _NOUN,
    "small": _NOUN,
}
"""What may fill a slot; any other slot holds one word."""


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", template)
    return re.compile(
        "".join(
            f"(?P<{part}>{_SLOTS.get(part, _NAME)})" if index % 2 else re.escape(part)
            for index, part in enumerate(parts)
        )
    )


_FACT_PATTERNS = {form: _pattern(template) for form, template in FACTS.items()}
_QUESTION_PATTERNS = {form: _pattern(template) for form, template in QUESTIONS.items()}


def _read(text: str, patterns: Mapping[str, re.Pattern[str]]) -> Sentence | None:
    for form, pattern in patterns.items():
        found = pattern.fullmatch(text)
        if found:
            return Sentence(form, found.groupdict())
    return None
